"""asyncari: objects that follow the host's events, and state machines of calls."""

import logging

import anyio
import asyncari
from asyncari.state import HangupBridgeState, ToplevelChannelState
from clients import CONTEXT, HTTP, PATIENCE, SECRET, USER, Cases, Wire, equal, originate, wanted

logging.disable(logging.CRITICAL)
APP = "asyncari"
SITE = f"http://127.0.0.1:{HTTP[1]}/"


class Trial:
    def __init__(self, client):
        self.client = client
        self.events = []

    async def listen(self):
        async for event in self.client:
            self.events.append(event)

    async def event(self, kind, holds=lambda event: True):
        with anyio.move_on_after(PATIENCE):
            while True:
                for event in self.events:
                    if event["type"] == kind and holds(event):
                        return event
                await anyio.sleep(0.01)
        wanted(False, f"no {kind} in {[event['type'] for event in self.events]}")

    async def of(self, kind, channel):
        return await self.event(kind, lambda event: event["channel"]["id"] == channel)

    async def connect(self):
        wanted(APP in [found["name"] for found in await self.client.applications.list()], "not registered")
        equal((await self.client.asterisk.getInfo())["system"]["version"], "22.5.0")

    async def originate(self):
        self.channel = await self.client.channels.originate(
            endpoint=f"Local/keys@{CONTEXT}", app=APP, appArgs="one,two", channelId="asy-1", callerId="4781")
        start = await self.of("StasisStart", "asy-1")
        equal(start["args"], ["one", "two"])
        wanted(start.channel is self.channel, "the event's channel is another object")

    async def variables(self):
        await self.channel.setChannelVar(variable="COLOUR", value="a b")
        equal((await self.channel.getChannelVar(variable="COLOUR"))["value"], "a b")
        await self.event("ChannelVarset", lambda event: event["value"] == "a b")
        equal(self.channel.vars["COLOUR"], "a b")

    async def digits(self):
        equal((await self.of("ChannelDtmfReceived", "asy-1"))["digit"], "5")

    async def play(self):
        playback = await self.channel.play(media="sound:tone")
        with anyio.fail_after(PATIENCE):
            await playback.wait_playing()
        await playback.control(operation="pause")
        await playback.control(operation="unpause")
        await playback.stop()
        with anyio.fail_after(PATIENCE):
            await playback.wait_done()
            await self.channel.wait_not_playing()

    async def record(self):
        recording = await self.channel.record(name="asy", format="wav", ifExists="overwrite")
        with anyio.fail_after(PATIENCE):
            await recording.wait_recording()
        await self.client.recordings.stop(recordingName="asy")
        with anyio.fail_after(PATIENCE):
            await recording.wait_done()
        await self.client.recordings.deleteStored(recordingName="asy")

    async def bridge(self):
        originate(Channel=f"Local/app@{CONTEXT}", Exten="answer", Variable=f"APP={APP}", OtherChannelId="asy-in")
        start = await self.of("StasisStart", "asy-in")
        await start.channel.answer()
        bridge = await self.client.bridges.create(type="mixing", bridgeId="asy-bridge")
        await self.client.applications.subscribe(applicationName=APP, eventSource="bridge:asy-bridge")
        for channel in (self.channel, start.channel):
            await bridge.addChannel(channel=channel.id)
            with anyio.fail_after(PATIENCE):
                await channel.wait_bridged(bridge)
        await bridge.removeChannel(channel="asy-in")
        with anyio.fail_after(PATIENCE):
            await start.channel.wait_not_bridged(bridge)
        await start.channel.hang_up("busy")
        with anyio.fail_after(PATIENCE):
            await start.channel.wait_down()
        await bridge.destroy()
        await self.event("BridgeDestroyed")

    async def device_states(self):
        await self.client.deviceStates.update(deviceName="Stasis:asy", deviceState="BUSY")
        try:
            await self.client.deviceStates.get(deviceName="Stasis:asy")
        except RuntimeError as error:
            wanted("override .api" in str(error), error)
        else:
            wanted(False, "its class of device states works: use it")
        await self.client.deviceStates.delete(deviceName="Stasis:asy")
        return "its class of device states is unfinished, so neither they nor their events can be read"

    async def errors(self):
        for operation in (self.client.channels.get(channelId="nobody"), self.client.channels.originate(endpoint="Local")):
            try:
                await operation
            except Exception as refusal:
                wanted("40" in str(refusal.__cause__ or refusal), refusal)
                continue
            wanted(False, "no refusal")

    async def state_machine(self):
        """Its own example: a bridge that calls somebody, joins him, and ends with him.

        He rings a while: who answers before the host has replied is waited for without end.
        """
        class Caller(ToplevelChannelState):
            pass

        async with HangupBridgeState.new(self.client, name="machine") as bridge:
            await bridge.add(self.channel)
            with anyio.fail_after(PATIENCE):
                called = await bridge.dial(Caller, endpoint=f"Local/late@{CONTEXT}")
                await called.channel.wait_bridged()
            equal(called.channel.state, "Up")
            await called.channel.hangup()

    async def hangup(self):
        with anyio.move_on_after(PATIENCE):
            try:
                await self.channel.hangup()
            except Exception:
                pass  # the state machine may have ended it
        await self.of("StasisEnd", "asy-1")
        await self.of("ChannelDestroyed", "asy-1")

    async def comes_back(self):
        wire = Wire(HTTP)
        for _ in range(2):
            try:
                async with asyncari.connect(f"http://127.0.0.1:{wire.port}/", APP + "-back", USER, SECRET) as client:
                    with anyio.fail_after(PATIENCE):
                        async with client.on_channel_event("StasisStart") as starts:
                            await client.channels.originate(endpoint=f"Local/answer@{CONTEXT}", app=APP + "-back")
                            async for _, event in starts:
                                await event.channel.hangup()
                                break
                    wire.cut()
                    await anyio.sleep(0.1)
            except BaseExceptionGroup:
                pass  # its tasks end with the connection
        equal(wire.accepted >= 4, True, "connections of both")


async def main():
    cases = Cases()
    async with asyncari.connect(SITE, APP, USER, SECRET) as client:
        trial = Trial(client)
        client.taskgroup.start_soon(trial.listen)
        for name in ("connect", "originate", "variables", "digits", "play", "record", "bridge", "device_states", "errors",
                     "state_machine", "hangup", "comes_back"):
            await cases.run_async(name.replace("_", "-"), getattr(trial, name))
        cases.end()


anyio.run(main)
