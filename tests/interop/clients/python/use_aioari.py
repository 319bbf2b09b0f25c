"""aioari: an API made at run time from what the host says of itself at /ari/api-docs."""

import asyncio
import logging

import aioari
from aiohttp.web_exceptions import HTTPException
from clients import CONTEXT, HTTP, PATIENCE, SECRET, USER, Cases, Wire, equal, originate, wanted

logging.disable(logging.CRITICAL)
APP = "aioari"


class Trial:
    def __init__(self):
        self.events = []

    async def event(self, kind, holds=lambda event: True):
        end = asyncio.get_running_loop().time() + PATIENCE
        while asyncio.get_running_loop().time() < end:
            for event in self.events:
                if event["type"] == kind and holds(event):
                    return event
            await asyncio.sleep(0.01)
        wanted(False, f"no {kind} in {[event['type'] for event in self.events]}")

    async def until(self, look, what):
        end = asyncio.get_running_loop().time() + PATIENCE
        while not look():
            wanted(asyncio.get_running_loop().time() < end, what)
            await asyncio.sleep(0.01)

    async def of(self, kind, channel):
        return await self.event(kind, lambda event: event["channel"]["id"] == channel)

    async def connect(self):
        self.client = await aioari.connect(f"http://127.0.0.1:{HTTP[1]}/", USER, SECRET)
        self.client.on_event("*", self.events.append)
        self.reader = asyncio.ensure_future(self.client.run(apps=APP))
        await asyncio.sleep(0)
        end = asyncio.get_running_loop().time() + PATIENCE
        while APP not in [found["name"] for found in await self.client.applications.list()]:
            wanted(asyncio.get_running_loop().time() < end, "it is not registered")
        equal(sorted(self.client.repositories), sorted(
            ["asterisk", "endpoints", "channels", "bridges", "recordings", "sounds", "playbacks", "deviceStates",
             "mailboxes", "events", "applications"]))

    async def host(self):
        info = await self.client.asterisk.getInfo()
        equal(info["system"]["version"], "22.5.0")
        await self.client.asterisk.setGlobalVar(variable="AIOARI", value="a value")
        equal((await self.client.asterisk.getGlobalVar(variable="AIOARI"))["value"], "a value")

    async def originate(self):
        started = []
        self.client.on_channel_event("StasisStart", lambda found, event: started.append(found["channel"].id))
        self.channel = await self.client.channels.originate(
            endpoint=f"Local/keys@{CONTEXT}", app=APP, appArgs="one", channelId="aio-1", callerId="4771", timeout=5)
        equal(self.channel.id, "aio-1")
        start = await self.of("StasisStart", "aio-1")
        equal((start["args"], start["application"]), (["one"], APP))
        await self.until(lambda: "aio-1" in started, "the library's object of the event")

    async def variables(self):
        await self.channel.setChannelVar(variable="COLOUR", value="a b")
        equal((await self.channel.getChannelVar(variable="COLOUR"))["value"], "a b")
        event = await self.event("ChannelVarset", lambda event: event["value"] == "a b")
        equal(event["channel"]["id"], "aio-1")

    async def digits(self):
        seen = []
        self.channel.on_event("ChannelDtmfReceived", lambda _, event: seen.append(event["digit"]))
        await self.of("ChannelDtmfReceived", "aio-1")
        await self.until(lambda: seen, "no digit")
        equal(seen[:1], ["5"])

    async def play(self):
        playback = await self.channel.play(media="sound:tone")
        finished = []
        playback.on_event("PlaybackFinished", lambda found, event: finished.append(found.id))
        await self.event("PlaybackStarted", lambda event: event["playback"]["id"] == playback.id)
        for operation in ("pause", "unpause", "restart"):
            await playback.control(operation=operation)
        equal((await playback.get()).json["state"], "playing")
        await playback.stop()
        await self.event("PlaybackFinished", lambda event: event["playback"]["id"] == playback.id)
        await self.until(lambda: finished, "the playback is not told")
        equal(finished, [playback.id])

    async def record(self):
        recording = await self.channel.record(name="aio", format="wav", ifExists="overwrite")
        await self.event("RecordingStarted")
        await recording.stop()
        equal((await self.event("RecordingFinished"))["recording"]["state"], "done")
        stored = await self.client.recordings.getStored(recordingName="aio")
        await stored.deleteStored()

    async def answer(self):
        originate(Channel=f"Local/app@{CONTEXT}", Exten="answer", Variable=f"APP={APP}", OtherChannelId="aio-in")
        equal((await self.of("StasisStart", "aio-in"))["channel"]["state"], "Ring")
        await self.client.channels.answer(channelId="aio-in")
        equal((await self.of("ChannelStateChange", "aio-in"))["channel"]["state"], "Up")

    async def bridge(self):
        bridge = await self.client.bridges.create(type="mixing", bridgeId="aio-bridge", name="a name")
        await self.client.applications.subscribe(applicationName=APP, eventSource="bridge:aio-bridge")
        await bridge.addChannel(channel=["aio-1", "aio-in"])
        await self.of("ChannelEnteredBridge", "aio-1")
        await self.of("ChannelEnteredBridge", "aio-in")
        equal(sorted((await bridge.get()).json["channels"]), ["aio-1", "aio-in"])
        await bridge.startMoh()
        await bridge.stopMoh()
        await bridge.removeChannel(channel="aio-in")
        await self.of("ChannelLeftBridge", "aio-in")
        await bridge.destroy()
        await self.event("BridgeDestroyed")

    async def goes_on(self):
        await self.client.channels.continueInDialplan(channelId="aio-in", context=CONTEXT, extension="dest", priority=1)
        await self.of("StasisEnd", "aio-in")
        await self.client.channels.hangup(channelId="aio-in")

    async def refused_calls(self):
        for exten in ("busy", "ring"):
            await self.client.channels.originate(endpoint=f"Local/{exten}@{CONTEXT}", app=APP, channelId=f"aio-{exten}", timeout=1)
            await self.of("ChannelDestroyed", f"aio-{exten}")

    async def device_states(self):
        await self.client.applications.subscribe(applicationName=APP, eventSource=["deviceState:Stasis:aio"])
        await self.client.deviceStates.update(deviceName="Stasis:aio", deviceState="RINGING")
        event = await self.event("DeviceStateChanged")
        equal(event["device_state"], {"name": "Stasis:aio", "state": "RINGING"})
        state = await self.client.deviceStates.get(deviceName="Stasis:aio")
        equal(state.json["state"], "RINGING")
        await state.delete()

    async def errors(self):
        for operation, status in ((self.client.channels.get(channelId="nobody"), 404),
                                  (self.client.bridges.addChannel(bridgeId="nobody", channel="aio-1"), 404),
                                  (self.client.channels.originate(endpoint="Local"), 400)):
            try:
                await operation
            except HTTPException as refusal:
                equal(refusal.status, status)
                continue
            wanted(False, f"no refusal with {status}")

    async def hangup(self):
        await self.channel.hangup()
        await self.of("StasisEnd", "aio-1")
        equal((await self.of("ChannelDestroyed", "aio-1"))["cause_txt"], "Normal Clearing")

    async def comes_back(self):
        """Its reader ends with the connection; another one takes up the application."""
        wire = Wire(HTTP)
        client = await aioari.connect(f"http://127.0.0.1:{wire.port}/", USER, SECRET)
        reader = asyncio.ensure_future(client.run(apps=APP + "-back"))
        end = asyncio.get_running_loop().time() + PATIENCE
        while APP + "-back" not in [found["name"] for found in await client.applications.list()]:
            wanted(asyncio.get_running_loop().time() < end, "it is not registered")
        wire.cut()
        await asyncio.wait([reader], timeout=PATIENCE)
        wanted(reader.done(), "the reader does not end")
        reader = asyncio.ensure_future(client.run(apps=APP + "-back"))
        seen = asyncio.Event()
        client.on_event("StasisStart", lambda event: seen.set())
        await self.until(lambda: client.websockets, "no second socket")
        await client.channels.originate(endpoint=f"Local/answer@{CONTEXT}", app=APP + "-back", channelId="aio-back")
        await asyncio.wait_for(seen.wait(), PATIENCE)
        await client.channels.hangup(channelId="aio-back")


async def main():
    cases, trial = Cases(), Trial()
    for name in ("connect", "host", "originate", "variables", "digits", "play", "record", "answer", "bridge", "goes_on",
                 "refused_calls", "device_states", "errors", "hangup", "comes_back"):
        await cases.run_async(name.replace("_", "-"), getattr(trial, name))
    cases.end()


asyncio.run(main())
