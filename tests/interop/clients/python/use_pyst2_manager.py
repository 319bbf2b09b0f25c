"""pyst2, its Manager: actions, events and lists, as its threads read them."""

import time

from asterisk.manager import Manager, ManagerAuthException, ManagerException
from clients import CONTEXT, MANAGER, PATIENCE, SECRET, USER, Cases, Wire, equal, until, wanted

ANSWER = f"Local/answer@{CONTEXT}"


class Trial:
    def __init__(self):
        self.events = []
        self.manager = None

    def event(self, name, **fields):
        def found():
            for event in list(self.events):
                if event.name == name and all(event.get_header(k) == v for k, v in fields.items()):
                    return event
        return until(found, f"{name} {fields}")

    def login(self):
        self.manager = Manager()
        self.manager.connect(*MANAGER)
        equal((self.manager.title, self.manager.version), ("Asterisk Call Manager", "11.0.0"))
        self.manager.register_event("*", lambda event, _: self.events.append(event) and None)
        equal(self.manager.login(USER, SECRET)["Message"], "Authentication accepted")
        self.event("FullyBooted")

    def wrong_secret(self):
        manager = Manager()
        manager.connect(*MANAGER)
        try:
            manager.login(USER, "wrong")
        except ManagerAuthException as refusal:
            equal(str(refusal), "Authentication failed")
        else:
            wanted(False, "a wrong secret is taken")

    def ping(self):
        equal(self.manager.ping()["Ping"], "Pong")

    def command(self):
        answer = self.manager.command("core show channels")
        wanted(any(line.startswith("Output:") and "active channel" in line for line in answer.response), answer.response)
        return "its headers keep one line of Output, the raw response has all"

    def originate_answered(self):
        answer = self.manager.originate(ANSWER, "answer", context=CONTEXT, priority="1", timeout="5000",
                                        caller_id='"Py St" <4712>', account="py", variables={"COLOUR": "green", "SIZE": "7"})
        equal((answer["Response"], answer["Message"]), ("Success", "Originate successfully queued"))
        event = self.event("Newexten", Context=CONTEXT, Extension="answer", CallerIDNum="4712", AccountCode="py",
                           Application="Wait")
        self.channel = event["Channel"]

    def variables(self):
        ask = lambda: self.manager.send_action({"Action": "Getvar", "Channel": self.channel, "Variable": "COLOUR"})
        equal(ask()["Value"], "green")
        self.manager.send_action({"Action": "Setvar", "Channel": self.channel, "Variable": "COLOUR", "Value": "a b"})
        equal(ask()["Value"], "a b")
        self.event("VarSet", Channel=self.channel, Variable="COLOUR", Value="a b")

    def status(self):
        answer = self.manager.status(self.channel)
        equal(answer["Response"], "Success")
        wanted(f"Channel: {self.channel}" in answer.data and "Event: StatusComplete" in answer.data, answer.data)
        wanted(self.channel in self.manager.status().data, "the list of all lacks the channel")

    def channels(self):
        equal(self.manager.send_action({"Action": "CoreShowChannels"})["EventList"], "start")
        self.event("CoreShowChannel", Channel=self.channel)
        equal(self.event("CoreShowChannelsComplete")["EventList"], "Complete")

    def digit(self):
        equal(self.manager.playdtmf(self.channel, "5")["Message"], "DTMF successfully queued")

    def absolute_timeout(self):
        equal(self.manager.absolute_timeout(self.channel, 60)["Message"], "Timeout Set")

    def redirect(self):
        answer = self.manager.redirect(self.channel, "dest", context=CONTEXT)
        equal(answer["Message"], "Redirect successful")
        self.event("VarSet", Channel=self.channel, Variable="REACHED", Value="dest")

    def hangup(self):
        equal(self.manager.hangup(self.channel)["Response"], "Success")
        event = self.event("Hangup", Channel=self.channel)
        equal((event["Cause"], event["Cause-txt"]), ("0", "Unknown"))
        equal(self.manager.hangup(self.channel)["Message"], "No such channel")

    def originate_busy(self):
        answer = self.manager.originate(f"Local/busy@{CONTEXT}", "answer", context=CONTEXT, priority="1")
        equal((answer["Response"], answer["Message"]), ("Error", "Originate failed"))

    def originate_no_answer(self):
        began = time.monotonic()
        answer = self.manager.originate(f"Local/ring@{CONTEXT}", "answer", context=CONTEXT, priority="1", timeout="400")
        equal(answer["Message"], "Originate failed")
        wanted(0.3 < time.monotonic() - began < PATIENCE, "the time it rang")

    def originate_async(self):
        answer = self.manager.originate(ANSWER, "", application="Wait", data="0.1", run_async=True, caller_id="4713")
        equal(answer["Message"], "Originate successfully queued")
        event = self.event("OriginateResponse", CallerIDNum="4713")
        equal((event["Response"], event["Reason"], event.get_action_id()), ("Success", "4", answer["ActionID"]))
        self.event("Hangup", Channel=event["Channel"])

    def whole_call(self):
        self.manager.originate(f"Local/dial@{CONTEXT}", "", application="Wait", data="0.3", caller_id="4714")
        begin = self.event("DialBegin", DialString=f"answer@{CONTEXT}", CallerIDNum="4714")
        linked = begin["Linkedid"]
        equal(self.event("DialEnd", Uniqueid=begin["Uniqueid"])["DialStatus"], "ANSWER")
        mine = lambda name: [e for e in list(self.events) if e.name == name and e.get_header("Linkedid") == linked]
        until(lambda: len(mine("Hangup")) == 4, "four channels to end")
        until(lambda: len(mine("BridgeLeave")) == len(mine("BridgeEnter")), "parties to leave")
        equal(len(mine("Newchannel")), 4, "channels")
        wanted(len(mine("BridgeEnter")) >= 2, "no bridge")

    def user_event(self):
        answer = self.manager.send_action({"Action": "UserEvent", "UserEvent": "PystLamp", "Colour": "blue"})
        equal(answer["Message"], "Event Sent")
        equal(self.event("UserEvent", UserEvent="PystLamp")["Colour"], "blue")

    def database(self):
        equal(self.manager.dbput("pyst", "key", "some value")["Message"], "Updated database successfully")
        equal(self.manager.dbget("pyst", "key")["Response"], "Success")
        equal(self.event("DBGetResponse", Family="pyst", Key="key")["Val"], "some value")
        equal(self.manager.dbdel("pyst", "key")["Message"], "Key deleted successfully")
        equal(self.manager.dbget("pyst", "key")["Message"], "Database entry not found")
        self.manager.dbput("pyst", "a/b", "1")
        equal(self.manager.dbdeltree("pyst", "a")["Message"], "Key tree deleted successfully")

    def extension_state(self):
        answer = self.manager.extension_state("100", CONTEXT)
        equal((answer["Status"], answer["StatusText"]), ("0", "Idle"))

    def reload(self):
        equal(self.manager.reload("manager")["Response"], "Success")

    def unknown_action(self):
        answer = self.manager.sipshowpeer("nobody")
        wanted(answer["Message"].startswith("Invalid/unknown command: SIPshowpeer"), answer.response)

    def cut(self):
        wire = Wire(MANAGER)
        manager = Manager()
        manager.connect("127.0.0.1", wire.port)
        manager.login(USER, SECRET)
        wire.cut()
        until(lambda: not manager.connected(), "the end of the connection")
        try:
            manager.ping()
        except ManagerException:
            pass
        else:
            wanted(False, "a ping without a connection")
        again = Manager()
        again.connect("127.0.0.1", wire.port)
        again.login(USER, SECRET)
        equal(again.ping()["Ping"], "Pong")

    def logoff(self):
        """Its thread that reads closes the file at the end; what was written may just then be flushed."""
        try:
            equal(self.manager.logoff()["Message"], "Thanks for all the fish.")
        except ValueError as error:
            wanted("closed file" in str(error), error)
        until(lambda: not self.manager.connected(), "the end of the connection")


cases, trial = Cases(), Trial()
for name in ("login", "wrong_secret", "ping", "command", "originate_answered", "variables", "status", "channels", "digit",
             "absolute_timeout", "redirect", "hangup", "originate_busy", "originate_no_answer", "originate_async",
             "whole_call", "user_event", "database", "extension_state", "reload", "unknown_action", "cut", "logoff"):
    cases.run(name.replace("_", "-"), getattr(trial, name))
cases.end()
