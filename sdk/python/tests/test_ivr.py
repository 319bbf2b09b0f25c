"""The menu does what `sdk/cases/ivr.json` says, as it does in every other language."""

import json
import sys
import unittest
from pathlib import Path

SDK = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(SDK))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from test_sdk import load  # noqa: E402
from ucx import testing  # noqa: E402

CASES = json.loads((SDK.parent / "cases/ivr.json").read_text())


def detail(outcome):
    value = getattr(outcome, "value", "")
    return ",".join((value.context, value.exten, value.priority)) if hasattr(value, "exten") else str(value)


class Ivr(unittest.TestCase):
    def test_every_case(self):
        for case in CASES["cases"]:
            with self.subTest(case["name"]), testing.Host(tables={"ivr": CASES["table"]}):
                caller = testing.Caller(case["digits"], case.get("dials", []), gone_at=case.get("gone"))
                outcome = testing.run(load(SDK / "examples/ivr").Flow, caller)
                word = type(outcome).__name__.removeprefix("Outcome_")
                self.assertEqual(word.lower(), case["outcome"].replace("-", ""))
                self.assertEqual(detail(outcome).removeprefix("ValueError: "), case["detail"])
                self.assertEqual(" ".join(name for name, *_ in caller.done), case["did"])


class Template(unittest.TestCase):
    def test_the_call_flow_goes_on_at_what_was_pressed(self):
        app = load(SDK.parent / "templates/python-call-flow")
        with testing.Host():
            self.assertEqual(detail(testing.run(app.Flow, testing.Caller(["6002"]))), ",6002,1")
            self.assertEqual(detail(testing.run(app.Flow, testing.Caller())), "16")


if __name__ == "__main__":
    unittest.main()
