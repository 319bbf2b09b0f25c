"""Values are checked before they cross, errors become exceptions, handles are closed."""

import importlib.util
import sys
import unittest
from datetime import timedelta
from pathlib import Path

SDK = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(SDK))

import ucx  # noqa: E402
from ucx import _host, testing, types  # noqa: E402
from ucx._adopt import Err  # noqa: E402
from ucx._check import lower  # noqa: E402


def load(folder, name="app"):
    """A plugin's module, anew."""
    spec = importlib.util.spec_from_file_location(f"{name}_{len(sys.modules)}", folder / "app.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


class Checks(unittest.TestCase):
    def refused(self, value, of):
        with self.assertRaises(ucx.InvalidValue) as caught:
            lower(value, of, "x")
        return str(caught.exception)

    def test_whole_numbers_have_their_range(self):
        self.assertEqual(lower(65535, "u16", "x"), 65535)
        for wrong in (65536, -1, 1.5, True, "7", None):
            self.assertIn("whole number", self.refused(wrong, "u16"))

    def test_texts_and_bytes_are_not_mixed_up(self):
        self.assertEqual(lower(bytearray(b"a"), "bytes", "x"), b"a")
        self.refused(b"a", "string")
        self.refused("a", "bytes")
        self.refused("\ud800", "string")

    def test_times_are_milliseconds_or_a_timedelta(self):
        self.assertEqual(lower(timedelta(seconds=2), "millis", "x"), 2000)
        self.refused(timedelta(seconds=2), "u32")
        self.refused(timedelta(days=60), "millis")

    def test_a_record_is_made_of_what_is_given(self):
        spec = lower({"max_digits": 4, "prompt": "enter-pin"}, "media.gather-spec", "spec")
        self.assertEqual(spec.prompt, [types.MediaItem_File("enter-pin")])
        self.assertEqual((spec.max_digits, spec.attrs), (4, []))
        self.assertIn("max_digit", self.refused({"max_digit": 4}, "media.gather-spec"))
        self.assertIn("x.max_digits", self.refused({"max_digits": "four"}, "media.gather-spec"))

    def test_attributes_are_a_dict(self):
        attrs = lower({"a": 1, "b": True, "c": 0.5, "d": "t"}, ("list", "common.attr"), "x")
        kinds = [type(attr.value).__name__ for attr in attrs]
        self.assertEqual(kinds, ["Value_Int", "Value_Boolean", "Value_Real", "Value_Text"])
        self.refused({"a": None}, ("list", "common.attr"))
        self.refused("text", ("list", "common.attr"))

    def test_words_of_an_enum(self):
        self.assertIs(lower("no-answer", "channels.dial-status", "x"), types.DialStatus.NO_ANSWER)
        self.assertIn("no-answer", self.refused("gone", "channels.dial-status"))

    def test_what_is_missing_is_named_with_its_place(self):
        verdict = ucx.connect([types.Leg(None)])
        self.assertIn("the answer.decision.value[0][0].to", self.refused_answer(verdict))

    def refused_answer(self, verdict):
        with self.assertRaises(ucx.InvalidValue) as caught:
            lower(verdict, "routing.verdict", "the answer")
        return str(caught.exception)


class Calls(unittest.TestCase):
    def test_errors_of_the_host_are_exceptions(self):
        quota = Err(types.Error_Quota(500))
        fault = Err(types.Error_Other(types.Fault("no-disk", "the disk is full", None)))
        for error, of, code in ((quota, ucx.Quota, "quota"), (fault, ucx.HostError, "no-disk")):
            def fail(*_, error=error):
                raise error

            with testing.Host(answers={"http.fetch": fail}), self.assertRaises(of) as caught:
                ucx.fetch("http://x/")
            self.assertEqual(caught.exception.code, code)

    def test_nothing_wrong_reaches_the_host(self):
        with testing.Host(answers={"http.fetch": None}) as host:
            with self.assertRaises(ucx.InvalidValue):
                ucx.fetch(b"http://x/")
            self.assertEqual(host.calls, [])

    def test_fetch_sends_json_and_reads_it(self):
        answer = types.Response(200, [types.Header("Content-Type", "application/json")], b'{"vip": true}')
        with testing.Host(answers={"http.fetch": answer}) as host:
            got = ucx.fetch("http://crm.example/x", "POST", json={"number": "1"}, timeout=ucx.seconds(1))
        self.assertEqual(got.json(), {"vip": True})
        request = host.calls[0][1]
        self.assertEqual((request.body, request.timeout), (b'{"number": "1"}', 1000))
        self.assertEqual(request.headers[0].name, "content-type")

    def test_a_world_without_the_interface_is_said(self):
        with self.assertRaises(ucx.Unavailable) as caught:
            ucx.sleep(10)
        self.assertIn("turn", str(caught.exception))


class Flows(unittest.TestCase):
    def flow(self, function):
        module = type(sys)("flow_under_test")
        sys.modules[module.__name__] = module
        function.__module__ = module.__name__
        ucx.call_flow(function)
        return module.Flow

    def test_handles_are_closed_when_the_flow_returns(self):
        caller = testing.Caller(dials=["answered"])
        peers = []

        def lead(channel, args):
            peers.append(channel.dial(ucx.endpoint("6001"), ring=20000))
            channel.connect(peers[0])

        with testing.Host():
            outcome = testing.run(self.flow(lead), caller)
        self.assertIsInstance(outcome, types.Outcome_Done)
        self.assertTrue(caller.closed)
        self.assertEqual(_host._open, [])
        with self.assertRaises(ucx.Gone):
            peers[0].hangup()
        (_, spec) = caller.done[0]
        self.assertEqual((spec.timeout, spec.groups[0][0].to), (20000, types.Target_Endpoint("6001")))

    def test_a_hangup_ends_the_flow_quietly(self):
        def lead(channel, args):
            channel.answer()
            self.fail("went on")

        with testing.Host():
            outcome = testing.run(self.flow(lead), testing.Caller(gone_at="answer"))
        self.assertIsInstance(outcome, types.Outcome_Done)

    def test_a_mistake_becomes_the_fallback_and_a_line_in_the_log(self):
        def lead(channel, args):
            channel.play(7)

        caller = testing.Caller()
        with testing.Host() as host:
            outcome = testing.run(self.flow(lead), caller)
        self.assertIsInstance(outcome, types.Outcome_Failed)
        self.assertIn("items", outcome.value)
        self.assertEqual(host.lines[0][0], "error")
        self.assertEqual(caller.done, [])

    def test_arguments_have_names_and_numbers(self):
        seen = []
        with testing.Host():
            testing.run(self.flow(lambda channel, args: seen.append((args[0], args["arg2"]))), testing.Caller(), "a", "b")
        self.assertEqual(seen, [("a", "b")])

    def test_who_does_not_answer_is_an_exception_with_the_status(self):
        def lead(channel, args):
            try:
                channel.dial([ucx.endpoint("1")], [ucx.endpoint("2")])
            except ucx.NotAnswered as error:
                return ucx.goto("busy", error.status.name)

        caller = testing.Caller(dials=["busy"])
        with testing.Host():
            outcome = testing.run(self.flow(lead), caller)
        self.assertEqual(outcome.value, types.Location("busy", "BUSY", "1"))
        self.assertEqual(len(caller.done[0][1].groups), 2)


class Subscribers(unittest.TestCase):
    def subscriber(self, function):
        module = type(sys)("subscriber_under_test")
        sys.modules[module.__name__] = module
        function.__module__ = module.__name__
        ucx.subscriber(function)
        return module.Subscriber()

    def test_a_batch_ends_at_the_first_exception(self):
        seen = []

        def on(event):
            seen.append(event.seq)
            if event.seq == 2:
                raise ucx.Retry

        with self.assertRaises(Err) as caught:
            self.subscriber(on).on_events([testing.event(n, "call.ended") for n in (1, 2, 3)])
        self.assertIsInstance(caught.exception.value, types.Nack_Retry)
        self.assertEqual(seen, [1, 2])

    def test_what_breaks_the_plugin_is_set_aside(self):
        with testing.Host(), self.assertRaises(Err) as caught:
            self.subscriber(lambda event: event.nothing).on_events([testing.event(1, "call.ended")])
        self.assertIn("AttributeError", caught.exception.value.value)


class Router(unittest.TestCase):
    ROUTES = {"routes": {"60": {"target": "6001", "ring": "5"}, "7": {}}}

    def route(self, dialled):
        app = load(SDK.parent / "templates/python-router")
        with testing.Host(tables=self.ROUTES) as host:
            self.host = host
            return app.Router().route(testing.request(dialled))

    def test_the_longest_prefix_rings(self):
        verdict = self.route("6001")
        leg = verdict.decision.value[0][0]
        self.assertEqual((leg.to.value, leg.ring, verdict.reason), ("6001", 5000, "prefix 60 rings 6001"))

    def test_what_no_prefix_fits_is_left_to_others(self):
        self.assertIsInstance(self.route("9").decision, types.Decision_Pass)

    def test_a_refused_number_says_why(self):
        self.assertEqual(self.route("+19005551234").decision.value.cause, 21)

    def test_a_broken_row_is_a_failure_with_words(self):
        with self.assertRaises(Err) as caught:
            self.route("7")
        self.assertEqual(caught.exception.value, "ValueError: row 7 has no target")
        self.assertIn("Traceback", self.host.lines[0][1])


if __name__ == "__main__":
    unittest.main()
