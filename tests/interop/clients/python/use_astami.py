"""astami: its client for threads and its client for asyncio."""

import asyncio

from astami import AMIClient, AMIError, AsyncAMIClient
from clients import CONTEXT, MANAGER, PATIENCE, SECRET, USER, Cases, Wire, equal, until, wanted

ANSWER = f"Local/answer@{CONTEXT}"


class Trial:
    def client(self, secret=SECRET, port=MANAGER[1]):
        return AMIClient(MANAGER[0], port, USER, secret, timeout=PATIENCE)

    def login(self):
        self.ami = self.client().__enter__()
        wanted(self.ami.authenticated, "not logged in")

    def wrong_secret(self):
        try:
            self.client("wrong").__enter__()
        except AMIError as refusal:
            equal(refusal.response.message, "Authentication failed")
            return
        wanted(False, "a wrong secret is taken")

    def ping(self):
        equal(self.ami.ping().data["Ping"], "Pong")

    def command(self):
        answer = self.ami.command("core show channels")
        wanted(answer.success and any("active channel" in line for line in answer.output), answer)
        answer = self.ami.command("no such command")
        wanted(not answer.success or "No such command" in answer.output[0], answer)

    def originate_answered(self):
        answer = self.ami.originate(ANSWER, context=CONTEXT, exten="answer", caller_id='"As Tami" <4741>', timeout=5000,
                                    variables={"COLOUR": "green", "TOKEN": "astami"})
        equal((answer.success, answer.message), (True, "Originate successfully queued"))
        lines = self.ami.command("core show channels concise").output
        mine = [line for line in lines if line.startswith(f"Local/answer@{CONTEXT}") and "!4741!" in line]
        wanted(mine, lines)
        self.channel = mine[0].split("!")[0]

    def originate_refused(self):
        for exten in ("busy", "ring"):
            answer = self.ami.originate(f"Local/{exten}@{CONTEXT}", application="Wait", data="1", timeout=300, priority=0)
            equal((answer.response, answer.message), ("Error", "Originate failed"))
        answer = self.ami.originate(ANSWER, context=CONTEXT, exten="nowhere")
        equal(answer.message, "Extension does not exist.")
        # A priority without an extension is looked up before the application is.
        answer = self.ami.originate(ANSWER, application="Wait", data="1")
        equal(answer.message, "Extension does not exist.")
        return "with an application it needs priority=0, as it sends a priority of 1 of its own"

    def variables(self):
        equal(self.ami.get_var(self.channel, "COLOUR").data["Value"], "green")
        wanted(self.ami.set_var(self.channel, "COLOUR", "a b").success, "no success")
        equal(self.ami.get_var(self.channel, "COLOUR").data["Value"], "a b")
        equal(self.ami.get_var(self.channel, "NOBODY").data.get("Value", ""), "")

    def redirect(self):
        equal(self.ami.redirect(self.channel, CONTEXT, "dest").message, "Redirect successful")
        until(lambda: self.ami.get_var(self.channel, "REACHED").data.get("Value") == "dest", "the place it was sent to")

    def hangup(self):
        wanted(self.ami.hangup(self.channel, 17).success, "no success")
        # The reply to the first may come before the channel is gone.
        until(lambda: self.ami.hangup(self.channel).message == "No such channel", "end of the channel")

    def database(self):
        equal(self.ami.database_put("astami", "key", "some value").output, ["Updated database successfully"])
        wanted(self.ami.database_get("astami", "key").success, "not found")
        equal(self.ami.command("database get astami key").output, ["Value: some value"])
        equal(self.ami.database_del("astami", "key").output, ["Database entry removed."])
        equal(self.ami.database_get("astami", "key").message, "Database entry not found")
        self.ami.database_put("astami", "tree/leaf", "1")
        equal(self.ami.database_deltree("astami", "tree").output, ["1 database entries removed."])

    def reload(self):
        wanted(self.ami.reload("dialplan").success, "no success")
        wanted(self.ami.reload().success, "no success")

    def callback(self):
        seen = []
        self.ami.send_action({"Action": "CoreSettings"}, seen.append)
        equal(seen[0]["AMIversion"], "11.0.0")

    def cut(self):
        wire = Wire(MANAGER)
        ami = self.client(port=wire.port).__enter__()
        wire.cut()
        try:
            ami.ping()
        except AMIError:
            pass
        else:
            wanted(False, "a pong over a wire that is cut")
        equal(self.client(port=wire.port).__enter__().ping().data["Ping"], "Pong")

    def asyncio_client(self):
        async def work():
            async with AsyncAMIClient(*MANAGER, USER, SECRET) as ami:
                equal((await ami.ping()).data["Ping"], "Pong")
                answer = await ami.originate(ANSWER, application="Wait", data="0.1", async_=True, priority=0)
                equal(answer.message, "Originate successfully queued")
                wanted((await ami.command("core show uptime")).output, "no output")
        asyncio.run(work())

    def logoff(self):
        self.ami.__exit__(None, None, None)
        wanted(not self.ami.connected, "still connected")


cases, trial = Cases(), Trial()
for name in ("login", "wrong_secret", "ping", "command", "originate_answered", "originate_refused", "variables", "redirect",
             "hangup", "database", "reload", "callback", "cut", "asyncio_client", "logoff"):
    cases.run(name.replace("_", "-"), getattr(trial, name))
cases.end()
