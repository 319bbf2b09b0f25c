// The menu does what `sdk/cases/ivr.json` says, as it does in every other language.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as ucx from "../src/index.js";
import { Caller, Host, run } from "../src/testing.js";

const { table, cases } = JSON.parse(readFileSync(new URL("../../cases/ivr.json", import.meta.url), "utf8"));

/** Evaluates a plugin's source, whose import of the SDK the build resolves, and answers what it registered. */
function load(path) {
  const source = readFileSync(new URL(path, import.meta.url), "utf8");
  Object.keys(ucx.exported).forEach((name) => delete ucx.exported[name]);
  new Function("ucx", source.replace(/import \{([^}]*)\} from "@ucx\/sdk";/, "const {$1} = ucx;"))(ucx);
  return ucx.exported;
}

function detail({ val }) {
  if (val?.exten !== undefined) return [val.context, val.exten, val.priority].join(",");
  return val === undefined ? "" : String(val);
}

for (const { name, digits, dials = [], gone = null, outcome, detail: told, did } of cases) {
  test(name, () => {
    new Host({ tables: { ivr: table } });
    const caller = new Caller({ digits, dials, goneAt: gone });
    const ended = run(load("../examples/ivr/src/index.js"), caller);
    assert.equal(ended.tag, outcome);
    assert.equal(detail(ended).replace(/^Error: /, ""), told);
    assert.equal(caller.done.map(([method]) => method).join(" "), did);
  });
}

test("the call flow of the template goes on at what was pressed", () => {
  new Host();
  const flow = load("../../templates/js-call-flow/src/index.js");
  assert.equal(detail(run(flow, new Caller({ digits: ["6002"] }))), ",6002,1");
  assert.equal(detail(run(flow, new Caller())), "16");
});
