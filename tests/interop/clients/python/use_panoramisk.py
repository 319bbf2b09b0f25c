"""panoramisk: actions, lists, calls, asynchronous and network AGI, and coming back after a cut."""

import asyncio
import logging

from clients import CONTEXT, MANAGER, PATIENCE, SECRET, USER, Cases, Wire, equal, wanted
from panoramisk import CallManager, Manager
from panoramisk.fast_agi import Application

logging.disable(logging.CRITICAL)
ANSWER = f"Local/answer@{CONTEXT}"


async def seen(look, what, limit=PATIENCE):
    end = asyncio.get_running_loop().time() + limit
    while asyncio.get_running_loop().time() < end:
        found = look()
        if found:
            return found
        await asyncio.sleep(0.01)
    wanted(False, f"no {what} within {limit} s")


async def reply(future, what="a reply"):
    try:
        return await asyncio.wait_for(future, PATIENCE)
    except asyncio.TimeoutError:
        wanted(False, f"{what} did not come")


def client(kind=Manager, port=MANAGER[1], **more):
    options = dict(host=MANAGER[0], port=port, username=USER, secret=SECRET, ping_delay=60)
    return kind(**{**options, **more})


async def logged_in(manager):
    manager.connect()
    await seen(lambda: manager.authenticated, "login")
    return manager


class Trial:
    def __init__(self):
        self.events = []
        self.manager = None
        self.numbers = 0

    def unique(self):
        self.numbers += 1
        return f"panoramisk-{self.numbers}"

    async def event(self, name, **fields):
        def found():
            for event in self.events:
                if event.event == name and all(event.get(k) == v for k, v in fields.items()):
                    return event
        return await seen(found, f"{name} {fields}")

    async def login(self):
        self.manager = client(CallManager)
        self.manager.register_event("*", lambda _, event: self.events.append(event))
        await logged_in(self.manager)
        await self.event("FullyBooted")
        equal(self.manager.protocol.version, "11.0.0", "the protocol's version")

    async def wrong_secret(self):
        manager = client(username=None)
        del manager.config["username"]
        manager.connect()
        await seen(lambda: manager.protocol, "connection")
        answer = await reply(manager.send_action({"Action": "Login", "Username": USER, "Secret": "wrong"}))
        wanted(not answer.success, "a wrong secret is taken")
        equal(answer.message, "Authentication failed")
        manager.reconnect_timeout = 3600
        manager.close()

    async def ping(self):
        answer = await reply(self.manager.send_action({"Action": "Ping"}))
        equal(answer.ping, "Pong")
        wanted(answer.success, "no success")

    async def command(self):
        answer = await reply(self.manager.send_command("core show channels"))
        wanted(any("active channel" in line for line in answer.output), answer)
        answer = await reply(self.manager.send_command("no such command"))
        wanted("No such command" in str(answer.output), answer)

    async def refusal(self):
        answer = await reply(self.manager.send_action({"Action": "Hangup", "Channel": "Local/nobody"}))
        wanted(not answer.success, "hanging up nobody succeeds")
        equal(answer.message, "No such channel")

    async def call(self, exten="answer", channel=ANSWER, **more):
        """An originated call that is up: its channel's name and id."""
        unique = self.unique() + ".1"
        action = {"Action": "Originate", "Channel": channel, "Context": CONTEXT, "Exten": exten, "Priority": 1,
                  "Async": "true", "ChannelId": unique, "OtherChannelId": unique + "b", **more}
        answers = await reply(self.manager.send_action(action), "the end of Originate")
        return answers

    async def originate_answered(self):
        answers = await self.call(CallerID='"Pan O" <4711>', Variable=["COLOUR=green", "SIZE=7"])
        wanted(isinstance(answers, list) and len(answers) == 2, answers)
        event = answers[-1]
        equal((event.event, event.response, event.reason), ("OriginateResponse", "Success", "4"))
        equal((event.calleridnum, event.exten, event.context), ("4711", "answer", CONTEXT))
        self.channel, self.unique_id = event.channel, event.uniqueid

    async def variables(self):
        ask = lambda name: self.manager.send_action({"Action": "Getvar", "Channel": self.channel, "Variable": name})
        equal((await reply(ask("COLOUR"))).value, "green")
        done = await reply(self.manager.send_action(
            {"Action": "Setvar", "Channel": self.channel, "Variable": "COLOUR", "Value": "a b: c=d"}))
        wanted(done.success, done)
        equal((await reply(ask("COLOUR"))).value, "a b: c=d")
        event = await self.event("VarSet", Channel=self.channel, Value="a b: c=d")
        equal(event.variable, "COLOUR")
        equal((await reply(ask("CALLERID(num)"))).value, "4711")

    async def lists(self):
        answers = await reply(self.manager.send_action({"Action": "CoreShowChannels"}))
        end = answers[-1]
        equal((end.event, end.eventlist, int(end.listitems)), ("CoreShowChannelsComplete", "Complete", len(answers) - 2))
        mine = [event for event in answers if event.channel == self.channel]
        equal([event.uniqueid for event in mine], [self.unique_id])
        answers = await reply(self.manager.send_action({"Action": "Status", "Channel": self.channel, "Variables": "COLOUR"}))
        equal([event.event for event in answers[1:]], ["Status", "StatusComplete"])
        equal(answers[1].variable, "COLOUR=a b: c=d")

    async def redirect(self):
        done = await reply(self.manager.send_action(
            {"Action": "Redirect", "Channel": self.channel, "Context": CONTEXT, "Exten": "dest", "Priority": 1}))
        equal(done.message, "Redirect successful")
        await self.event("Newexten", Channel=self.channel, Extension="dest", Application="Set")
        await self.event("VarSet", Channel=self.channel, Variable="REACHED", Value="dest")

    async def hangup(self):
        done = await reply(self.manager.send_action({"Action": "Hangup", "Channel": self.channel, "Cause": 21}))
        equal(done.message, "Channel Hungup")
        event = await self.event("Hangup", Channel=self.channel)
        equal((event.cause, event.get("Cause-txt")), ("21", "Call Rejected"))

    async def originate_busy(self):
        event = (await self.call(channel=f"Local/busy@{CONTEXT}"))[-1]
        equal((event.event, event.response, event.reason), ("OriginateResponse", "Failure", "5"))

    async def originate_no_answer(self):
        event = (await self.call(channel=f"Local/ring@{CONTEXT}", Timeout=400))[-1]
        equal((event.event, event.response, event.reason), ("OriginateResponse", "Failure", "3"))

    async def originate_waiting(self):
        """Async: false is answered when the call is up."""
        done = await reply(self.manager.send_action(
            {"Action": "Originate", "Channel": ANSWER, "Application": "Hangup", "Async": "false"}))
        equal((done.response, done.message), ("Success", "Originate successfully queued"))

    async def whole_call(self):
        unique = self.unique()
        call = await reply(self.manager.send_originate({
            "Action": "Originate", "Channel": ANSWER, "ChannelId": unique + ".1", "OtherChannelId": unique + ".2",
            "Application": "Wait", "Data": "0.2"}), "the call")
        equal(call.uniqueid, unique)
        gone, names = set(), []
        while len(gone) < 2:
            event = await reply(call.queue.get(), f"the end of the call after {names}")
            names.append(event.event)
            if event.event == "Hangup":
                gone.add(event.channel)
        self.manager.clean_originate(call)
        for name in ("Newstate", "Newexten", "HangupRequest", "SoftHangupRequest"):
            wanted(name in names, f"no {name} in {names}")
        equal(names.count("Newchannel"), 2, "the number of new channels")

    async def user_event(self):
        done = await reply(self.manager.send_action(
            {"Action": "UserEvent", "UserEvent": "PanLamp", "Colour": "blue", "Text": "a: b"}))
        equal(done.message, "Event Sent")
        event = await self.event("UserEvent", UserEvent="PanLamp")
        equal((event.colour, event.text), ("blue", "a: b"))

    async def async_agi(self):
        event = (await self.call(exten="async", Variable=["COLOUR=red", "TOKEN=pan"]))[-1]
        channel = event.channel
        start = await self.event("AsyncAGIStart", Channel=channel)
        wanted("agi_request%3A%20async" in start.env, start.env)

        async def run(number, command):
            done = await reply(self.manager.send_action(
                {"Action": "AGI", "Channel": channel, "Command": command, "CommandID": f"pan-{number}"}, as_list=False))
            equal(done.message, "Added AGI command to queue")
            return (await self.event("AsyncAGIExec", CommandId=f"pan-{number}")).parsed_result()

        equal((await run(1, "GET VARIABLE COLOUR"))["result"], ("1", "red"))
        equal((await run(2, "STREAM FILE blip \"\""))["result"], ("0", ""))
        equal((await run(3, "EXEC NoOp something"))["result"], ("0", ""))
        equal((await run(4, "FLY AWAY"))["error"], "AGIInvalidCommand")
        equal((await run(5, "GET VARIABLE"))["error"], "AGIUsageError")
        equal((await run(6, "ASYNCAGI BREAK"))["result"], ("0", ""))
        await self.event("AsyncAGIEnd", Channel=channel)
        await self.event("UserEvent", UserEvent="AsyncDone", Status="SUCCESS", Token="pan")
        return "its send_agi_command waits for the SubEvent of Asterisk 11, so commands go by send_action"

    async def fast_agi(self):
        told = {}

        async def start(request):
            told["headers"] = dict(request.headers)
            for command in ("ANSWER", "GET VARIABLE COLOUR", "SET VARIABLE SHAPE \"a round one\"", "GET VARIABLE SHAPE",
                            "GET FULL VARIABLE ${CHANNEL(state)}", "DATABASE PUT pan key value", "DATABASE GET pan key",
                            "STREAM FILE blip \"\"", "EXEC UserEvent PanAgi,Token:12", "GOSUB lib sub 1 x",
                            "FLY AWAY", "VERBOSE \"hello there\" 1"):
                told[command] = await request.send_command(command)
            # Of an answer of several lines it reads two, so nothing can be asked after it.
            told["usage"] = await request.send_command("SET VARIABLE")

        async def end(request):
            told["end"] = await request.send_command("HANGUP")

        application = Application()
        application.add_route("calls/start", start)
        application.add_route("calls/end", end)
        server = await asyncio.start_server(application.handler, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        for script, last in (("start", "usage"), ("end", "end")):
            variables = ["COLOUR=pink", f"AGIURL=agi://127.0.0.1:{port}/calls/{script}"]
            await self.call(exten="agi", Variable=variables)
            await seen(lambda: last in told, f"the end of the session {script}")
        headers = told["headers"]
        equal((headers["agi_network"], headers["agi_network_script"]), ("yes", "calls/start"))
        equal((headers["agi_context"], headers["agi_extension"], headers["agi_enhanced"]), (CONTEXT, "agi", "0.0"))
        results = {command: answer.get("result") for command, answer in told.items() if command != "headers"}
        equal(results["GET VARIABLE COLOUR"], ("1", "pink"))
        equal(results["GET VARIABLE SHAPE"], ("1", "a round one"))
        equal(results["GET FULL VARIABLE ${CHANNEL(state)}"], ("1", "Up"))
        equal(results["DATABASE GET pan key"], ("1", "value"))
        equal(results["STREAM FILE blip \"\""], ("0", ""))
        wanted(800 <= int(told["STREAM FILE blip \"\""]["endpos"][0]) < 64000, told)
        equal(results["GOSUB lib sub 1 x"][0], "0")
        equal(told["FLY AWAY"]["error"], "AGIInvalidCommand")
        equal((told["usage"]["status_code"], told["usage"]["error"]), (520, "AGIUsageError"))
        equal(told["end"]["result"], ("1", ""))
        await self.event("UserEvent", UserEvent="PanAgi", Token="12")
        server.close()

    async def comes_back(self):
        wire = Wire(MANAGER)
        logins, losses = [], []
        manager = client(port=wire.port, reconnect_timeout=0, on_login=lambda _: logins.append(1),
                         on_disconnect=lambda _, error: losses.append(error))
        await logged_in(manager)
        wire.is_held = True
        lost = manager.send_action({"Action": "CoreStatus"})
        await seen(lambda: wire.swallowed, "what is lost")
        wire.cut()
        wire.is_held = False
        await seen(lambda: len(logins) == 2 and losses, "second login")
        # What had no reply before the cut is sent again when the host says that it is booted.
        wanted((await reply(lost, "the reply to what was lost")).corestartuptime, "no time of start")
        wanted((await reply(manager.send_action({"Action": "Ping"}))).success, "no pong")
        manager.reconnect_timeout = 3600
        manager.close()

    async def logoff(self):
        answer = await reply(self.manager.send_action({"Action": "Logoff"}))
        equal((answer.response, answer.message), ("Goodbye", "Thanks for all the fish."))
        self.manager.reconnect_timeout = 3600


async def main():
    cases, trial = Cases(), Trial()
    for name in ("login", "wrong_secret", "ping", "command", "refusal", "originate_answered", "variables", "lists",
                 "redirect", "hangup", "originate_busy", "originate_no_answer", "originate_waiting", "whole_call",
                 "user_event", "async_agi", "fast_agi", "comes_back", "logoff"):
        await cases.run_async(name.replace("_", "-"), getattr(trial, name))
    cases.end()


asyncio.run(main())
