"""ari-client of Python: typed models of everything that comes, so every field must be as documented."""

import asyncio
import logging

from ari_client import AriClient
from clients import CONTEXT, HTTP, PATIENCE, SECRET, USER, Cases, equal, originate, wanted

logging.disable(logging.CRITICAL)
APP = "py-ari-client"
TYPES = ("StasisStart", "StasisEnd", "ChannelDestroyed", "ChannelVarset", "PlaybackStarted", "PlaybackFinished",
         "RecordingStarted", "RecordingFinished", "RecordingFailed", "BridgeCreated", "BridgeDestroyed",
         "ChannelEnteredBridge", "ChannelLeftBridge", "ChannelDtmfReceived", "ChannelHangupRequest", "Dial",
         "ChannelStateChange", "ChannelUserevent", "ChannelCreated", "ChannelDialplan", "ChannelHold", "ChannelUnhold",
         "DeviceStateChanged", "ApplicationReplaced")


class Trial:
    def __init__(self):
        self.events = []
        self.client = AriClient(*HTTP, USER, SECRET)

    async def event(self, kind, holds=lambda event: True):
        end = asyncio.get_running_loop().time() + PATIENCE
        while asyncio.get_running_loop().time() < end:
            for event in self.events:
                if event.type == kind and holds(event):
                    return event
            await asyncio.sleep(0.01)
        wanted(False, f"no {kind} in {[event.type for event in self.events]}")

    async def connect(self):
        async def keep(event):
            self.events.append(event)
        for kind in TYPES:
            self.client.on_event(kind)(keep)
        await self.client.connect(APP)
        self.ari = self.client.ari
        equal((await self.ari.get_application()).name, APP)
        wanted(APP in [application.name for application in await self.ari.list_applications()], "the list lacks it")

    async def wrong_secret(self):
        client = AriClient(*HTTP, USER, "wrong")
        try:
            await client.connect("nobody")
        except Exception as refusal:
            wanted("401" in str(refusal), refusal)
            return
        wanted(False, "a wrong secret is taken")

    async def host(self):
        info = await self.ari.get_asterisk_info()
        equal((info.system.version, info.config.default_language), ("22.5.0", "en"))
        equal((await self.ari.get_asterisk_info("system")).build, None)
        equal((await self.ari.ping()).ping, "pong")
        wanted(any(module.name == "app_dial.so" for module in await self.ari.list_modules()), "no app_dial.so")
        await self.ari.set_global_variable("ARICLIENT", "a value")
        equal(await self.ari.get_global_variable("ARICLIENT"), "a value")

    async def originate(self):
        channel = await self.ari.originate(f"Local/keys@{CONTEXT}", channel_id="pyari-1", app_args="one,two",
                                           caller_id='"Py Ari" <4761>', timeout=5, variables={"COLOUR": "green"})
        equal((channel.id, channel.caller.number), ("pyari-1", "4761"))
        start = await self.event("StasisStart", lambda event: event.channel.id == "pyari-1")
        equal((start.args, start.channel.state, start.application), (["one", "two"], "Up", APP))
        self.channel = start.channel

    async def look(self):
        equal((await self.ari.get_channel("pyari-1")).name, self.channel.name)
        wanted("pyari-1" in [channel.id for channel in await self.ari.list_channels()], "the list lacks it")
        wanted("pyari-1" in (await self.ari.get_application()).channel_ids, "the application lacks it")

    async def variables(self):
        equal(await self.ari.get_channel_variable("pyari-1", "COLOUR"), "green")
        await self.ari.set_channel_variable("pyari-1", "COLOUR", "a b&c=d")
        equal(await self.ari.get_channel_variable("pyari-1", "COLOUR"), "a b&c=d")
        event = await self.event("ChannelVarset", lambda event: event.value == "a b&c=d")
        equal((event.variable, event.channel.id), ("COLOUR", "pyari-1"))

    async def digits(self):
        event = await self.event("ChannelDtmfReceived")
        equal((event.digit, event.channel.id), ("5", "pyari-1"))
        await self.channel.send_dtmf("12", between=20, duration=50)

    async def play(self):
        playback = await self.channel.play("sound:blip")
        equal((playback.media_uri, playback.target_uri, playback.state), ("sound:blip", "channel:pyari-1", "queued"))
        done = await self.event("PlaybackFinished", lambda event: event.playback.id == playback.id)
        equal(done.playback.state, "done")
        listed = await self.ari.play_channel_with_id("pyari-1", "pyari-list", ["sound:blip", "digits:12"])
        equal(listed.id, "pyari-list")
        await self.event("PlaybackFinished", lambda event: event.playback.id == "pyari-list")

    async def playback_control(self):
        playback = await self.channel.play("sound:tone", playback_id="pyari-play")
        await self.event("PlaybackStarted", lambda event: event.playback.id == "pyari-play")
        for operation in ("pause", "unpause", "forward", "reverse", "restart"):
            await playback.control(operation)
        equal((await self.ari.get_playback("pyari-play")).state, "playing")
        await playback.stop()
        await self.event("PlaybackFinished", lambda event: event.playback.id == "pyari-play")

    async def record(self):
        recording = await self.channel.record("pyari-first", "wav", max_duration_seconds=5, if_exists="overwrite", beep=False)
        equal((recording.name, recording.format), ("pyari-first", "wav"))
        await self.event("RecordingStarted", lambda event: event.recording.name == "pyari-first")
        equal((await self.ari.get_live_recording("pyari-first")).state, "recording")
        for control in (self.ari.pause_recording, self.ari.unpause_recording, self.ari.mute_recording,
                        self.ari.unmute_recording):
            await control("pyari-first")
        await self.ari.stop_recording("pyari-first")
        done = await self.event("RecordingFinished", lambda event: event.recording.name == "pyari-first")
        equal((done.recording.state, done.recording.target_uri), ("done", "channel:pyari-1"))
        data = await self.ari.download_recording("pyari-first")
        equal(bytes(data[:4]), b"RIFF")
        equal((await self.ari.get_stored_recording("pyari-first")).format, "wav")
        equal((await self.ari.copy_stored_recording("pyari-first", "pyari-second")).name, "pyari-second")
        for name in ("pyari-first", "pyari-second"):
            await self.ari.delete_stored_recording(name)
        wanted("pyari-first" not in [stored.name for stored in await self.ari.list_stored_recordings()], "it is still there")

    async def hold_and_music(self):
        for work in (self.ari.hold_channel, self.ari.unhold_channel, self.ari.mute_channel, self.ari.unmute_channel,
                     self.ari.start_channel_moh, self.ari.stop_channel_moh, self.ari.start_channel_silence,
                     self.ari.stop_channel_silence, self.ari.ring_channel, self.ari.stop_ringing_channel):
            await work("pyari-1")

    async def answer(self):
        """A call that comes in, still ringing."""
        originate(Channel=f"Local/app@{CONTEXT}", Exten="answer", Variable=f"APP={APP}", OtherChannelId="pyari-in")
        start = await self.event("StasisStart", lambda event: event.channel.id == "pyari-in")
        equal((start.channel.state, start.channel.dialplan.app_name), ("Ring", "Stasis"))
        await start.channel.answer()
        change = await self.event("ChannelStateChange", lambda event: event.channel.id == "pyari-in")
        equal(change.channel.state, "Up")

    async def bridge(self):
        bridge = await self.ari.create_bridge("mixing", "pyari-bridge", "a name")
        equal((bridge.id, bridge.name, bridge.bridge_type), ("pyari-bridge", "a name", "mixing"))
        wanted("pyari-bridge" in (await self.ari.subscribe_application("bridge:pyari-bridge")).bridge_ids, "no subscription")
        await bridge.add_channel("pyari-1")
        await bridge.add_channel("pyari-in")
        for channel in ("pyari-1", "pyari-in"):
            await self.event("ChannelEnteredBridge", lambda event: event.channel.id == channel)
        equal(sorted((await self.ari.get_bridge("pyari-bridge")).channels), ["pyari-1", "pyari-in"])
        playback = await bridge.play("sound:blip")
        await self.event("PlaybackFinished", lambda event: event.playback.id == playback.id)
        await bridge.record("pyari-bridge", "wav", if_exists="overwrite")
        await self.ari.stop_recording("pyari-bridge")
        await self.event("RecordingFinished", lambda event: event.recording.name == "pyari-bridge")
        await self.ari.start_bridge_moh("pyari-bridge")
        await self.ari.stop_bridge_moh("pyari-bridge")
        await self.ari.bridge_remove_channel("pyari-bridge", "pyari-in")
        await self.event("ChannelLeftBridge", lambda event: event.channel.id == "pyari-in")
        await self.ari.stop_bridge("pyari-bridge")
        await self.event("BridgeDestroyed", lambda event: event.bridge.id == "pyari-bridge")

    async def dial(self):
        channel = await self.ari.create_channel(f"Local/answer@{CONTEXT}", channel_id="pyari-2", app_args="dialled")
        equal(channel.state, "Down")
        await self.event("StasisStart", lambda event: event.channel.id == "pyari-2")
        await channel.dial("pyari-1", 5)
        await self.event("Dial", lambda event: event.peer.id == "pyari-2" and event.dialstatus == "ANSWER")
        await self.ari.hangup_channel("pyari-2")
        await self.event("ChannelDestroyed", lambda event: event.channel.id == "pyari-2")

    async def goes_on(self):
        await self.ari.continue_in_dialplan("pyari-in", context=CONTEXT, extension="dest", priority=1)
        await self.event("StasisEnd", lambda event: event.channel.id == "pyari-in")
        end = asyncio.get_running_loop().time() + PATIENCE
        while await self.ari.get_channel_variable("pyari-in", "REACHED") != "dest":
            wanted(asyncio.get_running_loop().time() < end, "it does not go on")
            await asyncio.sleep(0.02)
        await self.ari.hangup_channel("pyari-in")

    async def refused_calls(self):
        for exten in ("busy", "ring"):
            await self.ari.originate(f"Local/{exten}@{CONTEXT}", channel_id=f"pyari-{exten}", timeout=1)
            await self.event("ChannelDestroyed", lambda event: event.channel.id == f"pyari-{exten}")
        wanted(not any(e.type == "StasisStart" and e.channel.id == "pyari-busy" for e in self.events), "busy starts")

    async def device_states(self):
        await self.ari.subscribe_application("deviceState:Stasis:lamp")
        await self.ari.update_device_state("Stasis:lamp", "INUSE")
        await self.event("DeviceStateChanged")
        equal((await self.ari.get_device_state("Stasis:lamp")).state.value, "INUSE")
        wanted("Stasis:lamp" in [state.name for state in await self.ari.list_device_states()], "the list lacks it")
        await self.ari.delete_device_state("Stasis:lamp")
        await self.ari.unsubscribe_application("deviceState:Stasis:lamp")
        return "it has no model of DeviceStateChanged: the event comes without its fields"

    async def subscription(self):
        """A call that is not the application's own."""
        originate(Channel=f"Local/answer@{CONTEXT}", Exten="answer", ChannelId="pyari-alien")
        end = asyncio.get_running_loop().time() + PATIENCE
        while "pyari-alien" not in [channel.id for channel in await self.ari.list_channels()]:
            wanted(asyncio.get_running_loop().time() < end, "no call")
        told = await self.ari.subscribe_application("channel:pyari-alien")
        wanted("pyari-alien" in told.channel_ids, told)
        await self.ari.hangup_channel("pyari-alien", reason="busy")
        await self.event("ChannelHangupRequest", lambda event: event.channel.id == "pyari-alien")
        await self.event("ChannelDestroyed", lambda event: event.channel.id == "pyari-alien")

    async def filter(self):
        told = await self.ari.set_application_event_filter(disallowed=["ChannelVarset"])
        equal(told.events_disallowed, [{"type": "ChannelVarset"}])
        await self.ari.set_channel_variable("pyari-1", "HIDDEN", "yes")
        await self.ari.send_user_event("Shown", APP, source="channel:pyari-1")
        await self.event("ChannelUserevent", lambda event: event.eventname == "Shown")
        wanted(not any(e.type == "ChannelVarset" and e.variable == "HIDDEN" for e in self.events), "a filtered event came")
        await self.ari.set_application_event_filter()

    async def lists(self):
        for look in (self.ari.list_endpoints, self.ari.list_sounds, self.ari.list_bridges):
            await look()
        equal((await self.ari.get_sound("blip")).id, "blip")

    async def hangup(self):
        await self.channel.stop()
        await self.event("StasisEnd", lambda event: event.channel.id == "pyari-1")
        gone = await self.event("ChannelDestroyed", lambda event: event.channel.id == "pyari-1")
        equal((gone.cause, gone.cause_txt), (16, "Normal Clearing"))
        try:
            await self.ari.get_channel("pyari-1")
        except Exception as refusal:
            wanted("404" in str(refusal), refusal)
            return
        wanted(False, "it is still there")

    async def comes_back(self):
        """The application lives on by name; another client takes it up."""
        await self.client.disconnect()
        again = asyncio.Event()
        client = AriClient(*HTTP, USER, SECRET)

        async def seen(_):
            again.set()
        client.on_stasis_start(seen)
        await client.connect(APP)
        await client.ari.originate(f"Local/answer@{CONTEXT}", channel_id="pyari-back", timeout=5)
        await asyncio.wait_for(again.wait(), PATIENCE)
        await client.ari.hangup_channel("pyari-back")
        await client.disconnect()
        return "after a cut its reader spins on the closed socket and lets nothing else run, so it was told to leave"


async def main():
    cases, trial = Cases(), Trial()
    for name in ("connect", "wrong_secret", "host", "originate", "look", "variables", "digits", "play", "playback_control",
                 "record", "hold_and_music", "answer", "bridge", "dial", "goes_on", "refused_calls", "device_states",
                 "subscription", "filter", "lists", "hangup", "comes_back"):
        await cases.run_async(name.replace("_", "-"), getattr(trial, name))
    cases.end()


asyncio.run(main())
