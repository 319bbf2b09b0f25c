"""py-Asterisk: its Manager, whose lists are made of events and whose channels are objects."""

import socket
import time

from Asterisk.Manager import ActionFailed, AuthenticationFailure, GoneAwayError, Manager
from clients import CONTEXT, MANAGER, PATIENCE, SECRET, USER, Cases, Wire, equal, wanted

ANSWER = f"Local/answer@{CONTEXT}"


def connect(listens=True, address=MANAGER, secret=SECRET):
    return Manager(address, USER, secret, listen_events=listens, timeout=PATIENCE)


class Trial:
    def __init__(self):
        self.seen = []

    def event(self, name, **fields):
        """Reads on until the event came."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for event in self.seen:
                if event["Event"] == name and all(str(event.get(k)) == v for k, v in fields.items()):
                    return event
            self.heard.read()
        wanted(False, f"no {name} {fields}")

    def login(self):
        self.quiet = connect(listens=False)
        self.heard = connect()
        names = ("FullyBooted", "Newchannel", "Newexten", "Hangup", "VarSet", "UserEvent")
        for name in names:
            self.heard.events.subscribe(name, lambda _, event: self.seen.append(event))
        self.event("FullyBooted")

    def wrong_secret(self):
        try:
            connect(secret="wrong")
        except AuthenticationFailure:
            return
        wanted(False, "a wrong secret is taken")

    def ping(self):
        equal(self.quiet.Ping().Ping, "Pong")

    def command(self):
        equal(self.quiet.Command("core show channels"), [])
        id = self.quiet._write_action("Command", {"Command": "core show channels"})
        wanted("call" in self.quiet.read_response(id).Output, "no output")
        return "it knows output only as of Asterisk 13, where it had an end mark; its Command answers no lines"

    def originate_answered(self):
        answer = self.quiet.Originate(ANSWER, CONTEXT, "answer", 1, caller_id='"Py As" <4751>', timeout=5000,
                                      variable=["COLOUR=green", "SIZE=7"], async_param=True, channel_id="pyast-1")
        equal(answer.Message, "Originate successfully queued")
        self.channel = self.quiet.get_channel(self.called("pyast-1"))
        return "it takes OriginateResponse, which has a header Response, for a response, and keeps it for nobody"

    def called(self, unique):
        """The channel of a call that was answered."""
        self.event("Newexten", Uniqueid=unique, Application="Wait")
        waiting = self.heard.response_buffer
        end = time.monotonic() + PATIENCE
        while not [packet for packet in waiting if packet.get("Uniqueid") == unique]:
            wanted(time.monotonic() < end, "no OriginateResponse")
            self.heard.read()
        packet = [packet for packet in waiting if packet.get("Uniqueid") == unique][0]
        equal((packet["Event"], packet["Response"], packet["Reason"]), ("OriginateResponse", "Success", "4"))
        return str(packet["Channel"])

    def variables(self):
        equal(self.channel["COLOUR"], "green")
        self.channel["COLOUR"] = "a b"
        equal(self.channel["COLOUR"], "a b")
        self.event("VarSet", Channel=str(self.channel), Value="a b")
        equal(self.quiet.Getvar(self.channel, "NOBODY"), "")

    def lists(self):
        equal(self.channel.Status()["Uniqueid"], "pyast-1")
        found = [event for event in self.quiet.CoreShowChannels() if event["Uniqueid"] == "pyast-1"]
        equal([str(event["Channel"]) for event in found], [str(self.channel)])
        wanted("Originate" in self.quiet.ListCommands(), "no Originate")

    def digits_and_limits(self):
        equal(self.quiet.PlayDTMF(self.channel, "5").Message, "DTMF successfully queued")
        equal(self.channel.AbsoluteTimeout(60), None)

    def redirect(self):
        equal(self.channel.Redirect(CONTEXT, "dest").Message, "Redirect successful")
        self.event("VarSet", Channel=str(self.channel), Variable="REACHED", Value="dest")

    def hangup(self):
        equal(self.channel.Hangup().Message, "Channel Hungup")
        equal(self.event("Hangup", Uniqueid="pyast-1")["Cause-txt"], "Unknown")
        try:
            self.channel.Hangup()
        except ActionFailed as refusal:
            wanted("No such channel" in str(refusal), refusal)
            return
        wanted(False, "a channel that is gone is hung up")

    def refused_calls(self):
        for exten in ("busy", "ring"):
            try:
                self.quiet.Originate(f"Local/{exten}@{CONTEXT}", application="Wait", data=1, timeout=300)
            except ActionFailed as refusal:
                wanted("Originate failed" in str(refusal), refusal)
                continue
            wanted(False, f"{exten} answers")

    def database(self):
        equal(self.quiet.DBPut("pyast", "key", "some value").Message, "Updated database successfully")
        equal(self.quiet.DBGet("pyast", "key"), "some value")
        wanted("Database entry not found" in self.quiet.DBGet("pyast", "nokey"), "found")

    def masks(self):
        equal(self.quiet.Events(["call", "user"]).Response, "Success")
        self.quiet.Events(["user"])

    def user_event(self):
        id = self.quiet._write_action("UserEvent", {"UserEvent": "PyLamp", "Colour": "blue"})
        equal(self.quiet.read_response(id).Message, "Event Sent")
        equal(self.event("UserEvent", UserEvent="PyLamp")["Colour"], "blue")

    def cut(self):
        wire = Wire(MANAGER)
        manager = connect(False, ("127.0.0.1", wire.port))
        wire.cut()
        try:
            manager.Ping()
        except (GoneAwayError, OSError, socket.error):
            pass
        else:
            wanted(False, "a pong over a wire that is cut")
        equal(connect(False, ("127.0.0.1", wire.port)).Ping().Ping, "Pong")

    def logoff(self):
        self.quiet.Logoff()


cases, trial = Cases(), Trial()
for name in ("login", "wrong_secret", "ping", "command", "originate_answered", "variables", "lists", "digits_and_limits",
             "redirect", "hangup", "refused_calls", "database", "masks", "user_event", "cut", "logoff"):
    cases.run(name.replace("_", "-"), getattr(trial, name))
cases.end()
