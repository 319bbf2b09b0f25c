"""Tells a web service of each finished call: a client of the Manager interface, on panoramisk."""

import asyncio
import json
import urllib.request

from panoramisk import Manager

manager = Manager(host="127.0.9.1", port=5038, username="office", secret="office-secret")
calls = {}


@manager.register_event("Newchannel")
def began(_, event):
    calls.setdefault(event.linkedid, {"live": set(), "answered": False})["live"].add(event.uniqueid)


@manager.register_event("Newstate")
def changed(_, event):
    if event.channelstatedesc == "Up" and event.linkedid in calls:
        calls[event.linkedid]["answered"] = True


@manager.register_event("Hangup")
def ended(_, event):
    call = calls.get(event.linkedid, {"live": set()})
    call["live"].discard(event.uniqueid)
    if not call["live"] and calls.pop(event.linkedid, None):
        told = {"call": event.linkedid, "disposition": "answered" if call["answered"] else "no-answer"}
        asyncio.get_running_loop().run_in_executor(None, tell, told)


def tell(told, attempts=3):
    request = urllib.request.Request("http://127.0.9.1:8090/hook", json.dumps(told).encode(), {"x-from": "script"})
    for attempt in range(attempts):
        try:
            return urllib.request.urlopen(request, timeout=1).close()
        except OSError as error:
            print(f"attempt {attempt + 1}: {error}", flush=True)


async def main():
    await manager.connect()
    print("watching", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
