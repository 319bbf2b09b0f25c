"""Writes one line per finished call: a client of the Manager interface, on panoramisk."""

import asyncio
import time

from panoramisk import Manager

manager = Manager(host="127.0.9.1", port=5038, username="office", secret="office-secret")
#: By linked id: when it began, who called whom, whether somebody answered, and the channels that are still there.
calls = {}


@manager.register_event("Newchannel")
def began(_, event):
    call = calls.setdefault(event.linkedid, {
        "at": time.monotonic(), "caller": event.calleridnum, "dialled": event.exten, "answered": False, "live": set(),
    })
    call["live"].add(event.uniqueid)


@manager.register_event("Newstate")
def changed(_, event):
    if event.channelstatedesc == "Up" and event.linkedid in calls:
        calls[event.linkedid]["answered"] = True


@manager.register_event("Hangup")
def ended(_, event):
    call = calls.get(event.linkedid)
    if call is None:
        return
    call["live"].discard(event.uniqueid)
    if not call["live"]:
        del calls[event.linkedid]
        lasted = time.monotonic() - call["at"]
        outcome = "answered" if call["answered"] else event["cause-txt"]
        print(f"call {event.linkedid}: {call['caller']} to {call['dialled']}, {lasted:.1f} s, {outcome}", flush=True)


async def main():
    await manager.connect()
    print("watching", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
