"""pyst2, its AGI class: every command it offers, over a socket."""

import io
import time

# The class reads its own program's arguments and standard streams at import.
from asterisk.agi import AGI, AGIAppError, AGIDBError, AGIInvalidCommand, AGIResultHangup, AGIUsageError
from clients import CONTEXT, PATIENCE, Cases, Gateway, equal, originate, until, wanted

gateway = Gateway()
# A component speaks with this server instead of the dialplan's own application.
BRIDGED = CONTEXT == "bridged"


def session(channel="keys", script="script", **variables):
    """A session with a caller at the other end, who presses 5 again and again if it is `keys`."""
    told = [f"AGIURL={gateway.url(script)}", *(f"{name}={value}" for name, value in variables.items())]
    originate(Channel=f"Local/{channel}@{CONTEXT}", Exten="agi", CallerID='"Py Agi" <4720>', Variable=",".join(told))
    connection = gateway.accept()
    agi = AGI(stdin=connection.makefile("r", newline="\n"), stdout=connection.makefile("w", newline="\n"),
              stderr=io.StringIO())
    agi.connection = connection
    return agi


class Trial:
    def environment(self):
        self.agi = session(script="a/script?b=c", COLOUR="green")
        env = self.agi.env
        equal((env["agi_network"], env["agi_network_script"]), ("yes", "a/script?b=c"))
        equal(env["agi_request"], gateway.url("a/script?b=c"))
        equal((env["agi_context"], env["agi_extension"], env["agi_priority"]), (CONTEXT, "agi", "2"))
        equal((env["agi_type"], env["agi_language"], env["agi_version"]), ("Local", "en", "22.5.0"))
        equal((env["agi_callerid"], env["agi_calleridname"]), ("4720", "Py Agi"))
        equal((env["agi_enhanced"], env["agi_dnid"], env["agi_rdnis"]), ("0.0", "unknown", "unknown"))

    def answer(self):
        self.agi.answer()
        equal(self.agi.channel_status(), 6)

    def variables(self):
        equal(self.agi.get_variable("COLOUR"), "green")
        self.agi.set_variable("SHAPE", "a round, big one")
        equal(self.agi.get_variable("SHAPE"), "a round, big one")
        equal(self.agi.get_variable("NOBODY"), "")
        equal(self.agi.get_full_variable("${COLOUR} and ${SHAPE:2:5}"), "green and round")
        equal(self.agi.get_full_variable("${CHANNEL(state)}", self.agi.env["agi_channel"]), "Up")

    def wait_for_digit(self):
        equal(self.agi.wait_for_digit(9000), "5")
        # Now and then the next digit comes just then.
        until(lambda: self.agi.wait_for_digit(1) == "", "wait without a digit")

    def get_data(self):
        equal(self.agi.get_data("blip", 9000, 3), "555")

    def get_option(self):
        equal(self.agi.get_option("blip", "56", 9000), "5")
        equal(self.agi.get_option("blip", [1, 2], 100), "")

    def stream_file(self):
        equal(self.agi.stream_file("blip"), "")
        equal(self.agi.stream_file("tone", "5"), "5")
        equal(self.agi.stream_file("blip", ["1"], 400), "")
        try:
            self.agi.stream_file("no-such-sound")
        except AGIAppError:
            return
        wanted(False, "a file that is not there plays")

    def control_stream_file(self):
        equal(self.agi.control_stream_file("blip"), "")
        equal(self.agi.control_stream_file("tone", "5", 1000, "6", "4", "8"), "5")
        equal(self.agi.get_variable("CPLAYBACKSTATUS"), "USERSTOPPED")

    def say(self):
        equal(self.agi.say_digits("123"), "")
        equal(self.agi.say_digits([1, 2]), "")
        equal(self.agi.say_number("42"), "")
        equal(self.agi.say_alpha("ab1"), "")
        equal(self.agi.say_phonetic("ab"), "")
        equal(self.agi.say_date(0), "")
        equal(self.agi.say_time(0), "")
        equal(self.agi.say_datetime(0, "", "BdY", "UTC"), "")
        equal(self.agi.say_digits("1" * 200, "5"), "5")

    def record_file(self):
        equal(ord(self.agi.record_file("pyst2", "wav", "5", 9000, 0, "")), ord("5"))
        equal(ord(self.agi.record_file("pyst2", "wav", "1", 200, 0, "")), 0)

    def text(self):
        self.agi.send_text("hello there")
        self.agi.send_image("picture")
        try:
            self.agi.receive_char(50)
        except AGIResultHangup:
            pass  # nothing that came is told as its model tells it, -1 (hangup), and the class takes the word
        else:
            wanted(False, "a character of nobody")
        try:
            self.agi.tdd_mode("on")
        except AGIAppError as refusal:
            wanted("not TDD-capable" in str(refusal), refusal)
            return
        wanted(False, "a Local channel has a TDD")

    def database(self):
        self.agi.database_put("pyagi", "key", "a value")
        equal(self.agi.database_get("pyagi", "key"), "a value")
        self.agi.database_del("pyagi", "key")
        for lost in (lambda: self.agi.database_get("pyagi", "key"), lambda: self.agi.database_del("pyagi", "key")):
            try:
                lost()
            except AGIDBError:
                continue
            wanted(False, "what is deleted is there")
        self.agi.database_put("pyagi", "tree/leaf", "1")
        try:
            self.agi.database_deltree("pyagi", "tree")
        except AGIDBError:
            # The host answers 0 when rows went, as its model does.
            return "its database_deltree takes the answer 0, which says that rows went, for a failure"
        wanted(False, "DATABASE DELTREE answers other than its model")

    def execute(self):
        equal(self.agi.appexec("NoOp", "something"), "0")
        equal(self.agi.exec_command("Set", "SIZE=7")["result"][0], "0")
        equal(self.agi.get_variable("SIZE"), "7")
        try:
            self.agi.appexec("NoSuchApplication")
        except AGIAppError as refusal:
            wanted("Unable to find application" in str(refusal), refusal)
            return
        wanted(False, "an unknown application runs")

    def small_ones(self):
        self.agi.verbose("hello there", 3)
        self.agi.noop()
        self.agi.set_callerid('"New Name" <4721>'.replace(" ", "").replace('"', ""))
        self.agi.set_autohangup(60)
        self.agi.set_autohangup(0)
        self.agi.test_hangup()

    def errors(self):
        for words, kind in (("FLY AWAY", AGIInvalidCommand), ("GET VARIABLE", AGIUsageError)):
            try:
                self.agi.execute(words)
            except kind as refusal:
                if kind is AGIUsageError:
                    wanted("Usage:" in str(refusal) and str(refusal).strip().endswith("520 End of proper usage."), refusal)
                continue
            wanted(False, words)

    def goes_on(self):
        """After the session the dialplan goes on where it was sent."""
        self.agi.goto_on_exit(extension="second", priority="1")
        self.agi.connection.close()
        del self.agi.stdin, self.agi.stdout
        connection = gateway.accept()
        agi = AGI(stdin=connection.makefile("r"), stdout=connection.makefile("w"), stderr=io.StringIO())
        equal((agi.env["agi_extension"], agi.env["agi_network_script"]), ("second", "again"))
        equal(agi.get_variable("AGISTATUS"), "SUCCESS")
        self.agi = agi

    def hangup(self):
        self.agi.hangup()
        # The far end of the same session says HANGUP in its own line, and commands for the living are refused then.
        equal(self.agi.stdin.readline().strip(), "HANGUP")
        self.agi.send_command("ANSWER")
        wanted(self.agi.stdin.readline().startswith("511 "), "a dead channel answers")
        # A component has no hand on a call that is over.
        equal(self.agi.get_variable("AGIURL"), "" if BRIDGED else gateway.url("a/script?b=c"))

    def hangup_while_it_plays(self):
        agi = session("brief")
        began = time.monotonic()
        try:
            agi.stream_file("tone")
            agi.stream_file("tone")
            agi.stream_file("tone")
        except AGIAppError:
            wanted(time.monotonic() - began < PATIENCE, "late")
            return
        except AGIResultHangup:
            return
        wanted(False, "it plays to nobody")


cases, trial = Cases(), Trial()
for name in ("environment", "answer", "variables", "wait_for_digit", "get_data", "get_option", "stream_file",
             "control_stream_file", "say", "record_file", "text", "database", "execute", "small_ones", "errors", "goes_on",
             "hangup", "hangup_while_it_plays"):
    cases.run(name.replace("_", "-"), getattr(trial, name))
cases.end()
