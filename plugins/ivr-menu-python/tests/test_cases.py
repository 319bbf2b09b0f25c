"""The menu does what `plugins/ivr-menu/cases.json` says, as it does in Rust."""

import importlib.util
import json
import sys
import unittest
from pathlib import Path

PLUGIN = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PLUGIN.parents[1] / "sdk/python"))

from ucx import testing, types  # noqa: E402
from ucx._adopt import Err  # noqa: E402

CASES = json.loads((PLUGIN.parent / "ivr-menu/cases.json").read_text())
#: More keys than any caller can use up.
MANY = 200


def load():
    """The plugin, as a module."""
    spec = importlib.util.spec_from_file_location("ivr_menu_python", PLUGIN / "app.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


class Caller(testing.Caller):
    """A caller who leaves after so many things were done; what was done is told as in the cases."""

    def __init__(self, case):
        keys = [case["keys-again"]] * MANY if "keys-again" in case else case["keys"]
        super().__init__(keys, case.get("dials", []))
        self.leaves_after = case.get("leaves-after")
        self.steps = []

    def _answer(self, name, args):
        if self.leaves_after is not None and len(self.steps) >= self.leaves_after:
            raise Err(types.Error_Gone())
        self.steps.append(step(name, args))
        # As in the Rust SDK, a dial nobody spoke of is answered.
        if name == "dial" and not self.dials:
            self.dials.append("answered")
        return super()._answer(name, args)


def step(name, args):
    if name == "play":
        return "play " + "&".join(item.value for item in args[0])
    if name == "gather":
        return "gather " + "&".join(item.value for item in args[0].prompt)
    if name == "dial":
        groups = ["&".join(leg.to.value for leg in group) for group in args[0].groups]
        return "dial " + " then ".join(groups)
    return name


def detail(outcome):
    value = getattr(outcome, "value", "")
    return ",".join((value.context, value.exten, value.priority)) if hasattr(value, "exten") else str(value)


class Menu(unittest.TestCase):
    def test_every_case(self):
        flow = load().Flow
        for case in CASES["cases"]:
            with self.subTest(case["name"]), testing.Host(tables={"menus": CASES["table"]}, config=CASES["settings"]):
                caller = Caller(case)
                args = [case["menu"]] if "menu" in case else []
                outcome = testing.run(flow, caller, *args)
                word = type(outcome).__name__.removeprefix("Outcome_")
                self.assertEqual(word.lower(), case["outcome"].replace("-", ""))
                self.assertEqual(detail(outcome), case["detail"])
                if "did" in case:
                    self.assertEqual(caller.steps, case["did"])


if __name__ == "__main__":
    unittest.main()
