"""asterisk-ami: actions with futures, listeners of events, and its thread that logs in again after a cut."""

import re
import threading

from asterisk.ami import Action, AMIClient, AMIClientAdapter, AutoReconnect, SimpleAction
from clients import CONTEXT, MANAGER, PATIENCE, SECRET, USER, Cases, Wire, equal, until, wanted

ANSWER = f"Local/answer@{CONTEXT}"


def client(port=MANAGER[1]):
    return AMIClient(address=MANAGER[0], port=port, timeout=PATIENCE)


class Trial:
    def __init__(self):
        self.events = []
        self.client = client()

    def send(self, name, **headers):
        answer = self.client.send_action(SimpleAction(name, **headers)).response
        wanted(answer is not None, f"no answer to {name}")
        return answer

    def event(self, name, **fields):
        def found():
            for event in list(self.events):
                if event.name == name and all(event.keys.get(k) == v for k, v in fields.items()):
                    return event
        return until(found, f"{name} {fields}")

    def login(self):
        self.client.add_event_listener(lambda event, source: self.events.append(event))
        answer = self.client.login(USER, SECRET).response
        equal((answer.status, answer.keys["Message"]), ("Success", "Authentication accepted"))
        equal(self.client._ami_version, "11.0.0", "the version")
        self.event("FullyBooted")

    def wrong_secret(self):
        answer = client().login(USER, "wrong").response
        wanted(answer.is_error(), answer)
        equal(answer.keys["Message"], "Authentication failed")

    def ping(self):
        equal(AMIClientAdapter(self.client).Ping().response.keys["Ping"], "Pong")

    def callback(self):
        seen = []
        self.client.send_action(SimpleAction("Ping"), callback=seen.append)
        equal(until(lambda: seen, "the callback")[0].keys["Ping"], "Pong")

    def command(self):
        output = self.send("Command", Command="core show channels").keys["Output"]
        wanted("active channel" in output and "\n" in output, output)

    def settings(self):
        equal(self.send("CoreSettings").keys["AsteriskVersion"], "22.5.0")
        wanted("CoreCurrentCalls" in self.send("CoreStatus").keys, "no number of calls")

    def originate_answered(self):
        action = Action("Originate", dict(Channel=ANSWER, Context=CONTEXT, Exten="answer", Priority=1, Async="true",
                                          CallerID='"As Te" <4731>', ActionID="ami-answered"), dict(COLOUR="green"))
        equal(self.client.send_action(action).response.keys["Message"], "Originate successfully queued")
        event = self.event("OriginateResponse", ActionID="ami-answered")
        equal((event["Response"], event["Reason"], event["CallerIDName"]), ("Success", "4", "As Te"))
        self.channel = event["Channel"]

    def variables(self):
        equal(self.send("Getvar", Channel=self.channel, Variable="COLOUR").keys["Value"], "green")
        self.send("Setvar", Channel=self.channel, Variable="COLOUR", Value="blue")
        self.event("VarSet", Channel=self.channel, Variable="COLOUR", Value="blue")
        equal(self.send("Getvar", Channel=self.channel, Variable="COLOUR").keys["Value"], "blue")

    def lists(self):
        for action, item, end in (("CoreShowChannels", "CoreShowChannel", "CoreShowChannelsComplete"),
                                  ("Status", "Status", "StatusComplete")):
            equal(self.send(action, ActionID=f"ami-{action}").keys["EventList"], "start")
            self.event(item, Channel=self.channel, ActionID=f"ami-{action}")
            equal(self.event(end, ActionID=f"ami-{action}")["EventList"], "Complete")

    def redirect(self):
        answer = self.send("Redirect", Channel=self.channel, Context=CONTEXT, Exten="dest", Priority=1)
        equal(answer.keys["Message"], "Redirect successful")
        self.event("VarSet", Channel=self.channel, Variable="REACHED")

    def listeners(self):
        named, matched = [], []
        self.client.add_event_listener(on_event=lambda event, **_: named.append(event), white_list="Hangup",
                                       Channel=self.channel)
        self.client.add_event_listener(on_event=lambda event, **_: matched.append(event.name),
                                       white_list=re.compile("hangup", re.IGNORECASE), black_list="Hangup")
        self.send("Hangup", Channel=self.channel, Cause=17)
        event = until(lambda: named, "the end of the channel")[0]
        equal((event["Cause"], event["Cause-txt"]), ("17", "User busy"))
        wanted("HangupRequest" in matched or "SoftHangupRequest" in matched, matched)
        wanted("Hangup" not in matched, "the black list")

    def refused_calls(self):
        for exten, reason in (("busy", "5"), ("ring", "3")):
            self.send("Originate", Channel=f"Local/{exten}@{CONTEXT}", Application="Wait", Data=1, Timeout=400,
                      Async="true", ActionID=f"ami-{exten}")
            event = self.event("OriginateResponse", ActionID=f"ami-{exten}")
            equal((event["Response"], event["Reason"]), ("Failure", reason))

    def user_event(self):
        self.send("UserEvent", UserEvent="AmiLamp", Colour="blue")
        equal(self.event("UserEvent", UserEvent="AmiLamp")["Colour"], "blue")

    def comes_back(self):
        wire = Wire(MANAGER)
        again, lost = threading.Event(), threading.Event()
        reconnecting = client(wire.port)
        AutoReconnect(reconnecting, delay=0.1, on_disconnect=lambda *_: lost.set(), on_reconnect=lambda *_: again.set())
        wanted(not reconnecting.login(USER, SECRET).response.is_error(), "the login")
        # It waits so long for what was asked when the wire was cut.
        reconnecting._timeout = 2
        wire.cut()
        wanted(lost.wait(PATIENCE), "the cut is not seen")
        wanted(again.wait(PATIENCE), "it does not come back")
        reconnecting._timeout = PATIENCE
        equal(reconnecting.send_action(SimpleAction("Ping")).response.keys["Ping"], "Pong")

    def logoff(self):
        equal(self.client.logoff().response.status, "Goodbye")
        until(self.client.finished.is_set, "the end")


cases, trial = Cases(), Trial()
for name in ("login", "wrong_secret", "ping", "callback", "command", "settings", "originate_answered", "variables", "lists",
             "redirect", "listeners", "refused_calls", "user_event", "comes_back", "logoff"):
    cases.run(name.replace("_", "-"), getattr(trial, name))
cases.end()
