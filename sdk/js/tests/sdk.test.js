// Values are checked before they cross, errors become UcxError, handles are closed.

import assert from "node:assert/strict";
import { createHmac, createHash } from "node:crypto";
import { beforeEach, test } from "node:test";

import { lower } from "../src/check.js";
import { decodeUtf8, encodeUtf8, line } from "../src/polyfill.js";
import * as ucx from "../src/index.js";
import { Caller, event, Host, request, run } from "../src/testing.js";

beforeEach(() => Object.keys(ucx.exported).forEach((name) => delete ucx.exported[name]));

const refused = (value, type, words) => assert.throws(() => lower(value, type, "x"), { name: "InvalidValue", message: words });

test("whole numbers have their range", () => {
  assert.equal(lower(65535, "u16", "x"), 65535);
  assert.equal(lower(7n, "u64", "x"), 7);
  for (const wrong of [65536, -1, 1.5, Number.NaN, "7", null, undefined, 70000n]) refused(wrong, "u16", /whole number/);
  refused(2 ** 53, "u64", /whole number/);
});

test("texts and bytes are not mixed up", () => {
  assert.deepEqual(lower([1, 2], "bytes", "x"), Uint8Array.of(1, 2));
  refused("a", "bytes", /bytes/);
  refused(Uint8Array.of(1), "string", /text/);
  refused("\ud800", "string", /surrogate/);
});

test("a record is made of what is given", () => {
  const spec = lower({ maxDigits: 4, prompt: "enter-pin" }, "media.gather-spec", "spec");
  assert.deepEqual(spec.prompt, [{ tag: "file", val: "enter-pin" }]);
  assert.deepEqual([spec.maxDigits, spec.attrs], [4, []]);
  refused({ maxDigit: 4 }, "media.gather-spec", /no field maxDigit; there are prompt/);
  refused({ maxDigits: "four" }, "media.gather-spec", /x\.maxDigits/);
  refused({ context: "a", exten: "b" }, "common.location", /priority is missing/);
});

test("attributes are an object", () => {
  const attrs = lower({ a: 1, b: true, c: 0.5, d: "t" }, ["list", "common.attr"], "x");
  assert.deepEqual(attrs.map((attr) => attr.value.tag), ["int", "boolean", "real", "text"]);
  refused({ a: null }, ["list", "common.attr"], /x\[0\]\.value/);
});

test("words of an enum and cases of a variant", () => {
  assert.equal(lower("no-answer", "channels.dial-status", "x"), "no-answer");
  refused("gone", "channels.dial-status", /answered, busy/);
  refused({ tag: "nowhere" }, "routing.target", /endpoint, trunk/);
  refused({ tag: "trunk", val: { trunk: "t" } }, "routing.target", /number is missing/);
});

test("errors of the host have a code", () => {
  const fail = (payload) => () => {
    throw Object.assign(new Error("x"), { payload });
  };
  const codes = [
    [{ tag: "gone" }, "gone", ""],
    [{ tag: "denied", val: "http = [...]" }, "denied", "http = [...]"],
    [{ tag: "other", val: { code: "no-disk", message: "full", retryAfter: null } }, "no-disk", "full"],
    [{ tag: "no-such-store" }, "not-found", ""],
  ];
  for (const [payload, code, text] of codes) {
    new Host({ answers: { "http.fetch": fail(payload) } });
    assert.throws(() => ucx.fetch("http://x/"), { name: "UcxError", code, text });
  }
});

test("nothing wrong reaches the host", () => {
  const host = new Host({ answers: { "http.fetch": null } });
  assert.throws(() => ucx.fetch(7), { name: "InvalidValue" });
  assert.deepEqual(host.calls, []);
});

test("fetch sends JSON and reads it", () => {
  const answer = { status: 200, headers: [{ name: "A", value: "b" }], body: encodeUtf8('{"vip":true}') };
  const host = new Host({ answers: { "http.fetch": answer } });
  const got = ucx.fetch("http://crm.example/x", { method: "POST", json: { number: "1" }, timeout: ucx.seconds(1) });
  assert.deepEqual(got.json(), { vip: true });
  assert.equal(got.header("a"), "b");
  const [, sent] = host.calls[0];
  assert.equal(decodeUtf8(sent.body), '{"number":"1"}');
  assert.deepEqual(sent.headers, [{ name: "content-type", value: "application/json" }]);
});

test("handles are closed when the flow returns", () => {
  new Host();
  const caller = new Caller({ dials: ["answered"] });
  let peer;
  ucx.flow((channel) => {
    peer = channel.dial(ucx.endpoint("6001"), { ring: 20000 });
    channel.connect(peer);
  });
  assert.deepEqual(run(ucx.exported, caller), { tag: "done" });
  assert.equal(caller.closed, true);
  assert.throws(() => peer.hangup(), { code: "gone" });
  const [, spec] = caller.done[0];
  assert.deepEqual([spec.timeout, spec.groups[0][0].to], [20000, { tag: "endpoint", val: "6001" }]);
});

test("a hangup ends the flow quietly, a mistake gives the fallback", () => {
  const host = new Host();
  ucx.flow((channel) => {
    channel.answer();
    channel.play(7);
  });
  assert.deepEqual(run(ucx.exported, new Caller({ goneAt: "answer" })), { tag: "done" });
  const outcome = run(ucx.exported, new Caller());
  assert.equal(outcome.tag, "failed");
  assert.match(outcome.val, /items: a list expected/);
  assert.equal(host.lines[0][0], "error");
});

test("who does not answer is an error with the status", () => {
  new Host();
  ucx.flow((channel) => {
    try {
      channel.dial([[ucx.endpoint("1")], [ucx.endpoint("2")]]);
    } catch (error) {
      return ucx.goto("busy", error.status);
    }
  });
  assert.deepEqual(run(ucx.exported, new Caller({ dials: ["busy"] })).val, { context: "busy", exten: "busy", priority: "1" });
});

test("a batch ends at the first error", () => {
  new Host();
  const seen = [];
  ucx.subscriber((one) => {
    seen.push(one.seq);
    if (one.seq === 2) throw new ucx.Retry();
    if (one.kind === "call.odd") throw new TypeError("odd");
  });
  const events = (kinds) => kinds.map((kind, n) => event(n + 1, kind));
  assert.throws(() => ucx.exported.subscriber.onEvents(events(["a", "b", "c"])), (nack) => nack.tag === "retry");
  assert.deepEqual(seen, [1, 2]);
  assert.throws(() => ucx.exported.subscriber.onEvents(events(["call.odd"])), (nack) => nack.val === "TypeError: odd");
});

test("one of a kind makes a plugin", () => {
  ucx.router(() => ucx.pass());
  assert.throws(() => ucx.router(() => ucx.pass()), /there is a router already/);
});

test("the router of the template", async () => {
  const host = new Host({ tables: { routes: { 60: { target: "6001", ring: "5" }, 7: {} } } });
  const source = new URL("../../templates/js-router/src/index.js", import.meta.url);
  const { readFileSync } = await import("node:fs");
  const body = readFileSync(source, "utf8").replace(/import \{([^}]*)\} from "@ucx\/sdk";/, "const {$1} = ucx;");
  new Function("ucx", body)(ucx);
  const { route } = ucx.exported.router;
  const verdict = route(request("6001"));
  assert.deepEqual([verdict.decision.val[0][0].to.val, verdict.decision.val[0][0].ring], ["6001", 5000]);
  assert.equal(verdict.reason, "prefix 60 rings 6001");
  assert.equal(route(request("9")).decision.tag, "pass");
  assert.equal(route(request("+1900")).decision.val.cause, 21);
  assert.throws(() => route(request("7")), (words) => words === "Error: row 7 has no target");
  assert.match(host.lines[0][1], /row 7 has no target/);
});

test("UTF-8 both ways, and what is none", () => {
  const text = "aä€𝄞";
  assert.deepEqual(encodeUtf8(text), new TextEncoder().encode(text));
  assert.equal(decodeUtf8(encodeUtf8(text)), text);
  assert.equal(decodeUtf8(Uint8Array.of(0x61, 0xff, 0xc0, 0x80, 0x62)), "a\uFFFD\uFFFD\uFFFDb");
  const host = new Host();
  line("info", "half \ud800 pair 𝄞", { a: 1 });
  assert.equal(host.lines[0][1], 'half \uFFFD pair 𝄞 {"a":1}');
});

test("signatures are those of others", () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 200]) {
    const bytes = Uint8Array.from({ length }, (_, n) => n & 255);
    assert.equal(Buffer.from(ucx.sha256(bytes)).toString("hex"), createHash("sha256").update(bytes).digest("hex"));
    const key = "k".repeat(length + 1);
    assert.equal(ucx.hmacSha256(key, bytes), createHmac("sha256", key).update(bytes).digest("hex"));
  }
});
