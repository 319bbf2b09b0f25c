// What is sent, with what signature, how often, and what is done when it is not taken.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";

import { decodeUtf8 } from "../../../sdk/js/src/polyfill.js";
import * as ucx from "../../../sdk/js/src/index.js";
import { event, Host } from "../../../sdk/js/src/testing.js";

// The sources import `@ucx/sdk`, which the build resolves; here it is the folder.
async function load() {
  const read = (name) => readFileSync(fileURLToPath(new URL(`../src/${name}`, import.meta.url)), "utf8");
  const imports = /import \{([^}]*)\} from "([^"]*)";/g;
  const body = (text) => text.replace(imports, "const {$1} = modules[\"$2\"];");
  const hooks = {};
  const exportsOf = body(read("hooks.js")).replace(/export (function|const) (\w+)/g, "const $2 = hooks.$2 = $1 $2").replace(/= const (\w+) =/g, "=");
  new Function("modules", "hooks", exportsOf)({ "@ucx/sdk": ucx }, hooks);
  new Function("modules", body(read("index.js")))({ "@ucx/sdk": ucx, "./hooks.js": hooks });
  return hooks;
}

class Store {
  constructor() {
    this.kept = new Map();
  }
  get(key) {
    return this.kept.get(key) ?? null;
  }
}

function world(statuses, { rows, secrets = { "hook-key": "k" } } = {}) {
  const store = new Store();
  const sent = [];
  const hooks = rows ?? { crm: { events: "call.", url: "https://crm.example/{call}?why={attr:cause-text}" } };
  const host = new Host({
    tables: { hooks },
    config: { hooks: Object.keys(hooks).join(" ") },
    secrets,
    answers: {
      "wasi_keyvalue_store.open": () => store,
      "keyvalue_extra.setExpiring": (_bucket, key, value) => void store.kept.set(key, value),
      "turn.sleep": () => undefined,
      "http.fetch": (request) => {
        sent.push(request);
        const status = statuses.shift() ?? 200;
        if (status === "lost") throw Object.assign(new Error("x"), { payload: { tag: "unavailable", val: "no route" } });
        return { status, headers: [], body: new Uint8Array(0) };
      },
    },
  });
  return { host, sent, store };
}

const ended = (seq) => event(seq, "call.ended", { "cause-text": "Normal & \"clear\"" });
const take = (...events) => ucx.exported.subscriber.onEvents(events);
const header = (request, name) => request.headers.find((line) => line.name === name)?.value;

beforeEach(async () => {
  Object.keys(ucx.exported).forEach((name) => delete ucx.exported[name]);
  await load();
});

test("an event is sent once, filled in and signed", () => {
  const { sent } = world([]);
  take(ended(1));
  assert.equal(sent.length, 1);
  const [request] = sent;
  assert.equal(request.url, "https://crm.example/1?why=Normal%20%26%20%22clear%22");
  const body = decodeUtf8(request.body);
  assert.deepEqual(JSON.parse(body).attrs, { "cause-text": 'Normal & "clear"' });
  const expected = createHmac("sha256", "k").update(`0.${body}`).digest("hex");
  assert.equal(header(request, "x-ucx-signature"), `sha256=${expected}`);
  assert.equal(header(request, "x-ucx-delivery"), "0-1");
});

test("a template is escaped for JSON", () => {
  const rows = { chat: { events: "call.ended", url: "http://c/", body: '{"text": "{kind}: {attr:cause-text} {nothing}"}' } };
  const { sent } = world([], { rows });
  take(ended(1));
  assert.equal(JSON.parse(decodeUtf8(sent[0].body)).text, 'call.ended: Normal & "clear" {nothing}');
});

test("only hooks that fit are told", () => {
  const rows = { a: { events: "channel. call.started", url: "http://a/" }, b: { events: "call.", url: "http://b/" } };
  const { sent } = world([], { rows });
  take(ended(1));
  assert.deepEqual(sent.map((request) => request.url), ["http://b/"]);
});

test("what is not taken is sent again, then the batch is asked for again", () => {
  const { sent, host } = world([503, "lost", 200]);
  take(ended(1));
  assert.equal(sent.length, 3);
  assert.equal(host.calls.filter(([name]) => name === "turn.sleep").length, 2);
  const late = world([503, 503, 503]);
  assert.throws(() => take(ended(2)), (nack) => nack.tag === "retry");
  assert.equal(late.sent.length, 3);
  assert.equal(late.host.counters.hooks_late, 1);
});

test("a refusal for good is not repeated", () => {
  const { sent, host } = world([404]);
  take(ended(1));
  take(ended(1));
  assert.equal(sent.length, 1);
  assert.equal(host.counters.hooks_refused, 1);
});

test("a batch that comes again repeats nothing that was taken", () => {
  const { sent } = world([200, 503, 503, 503]);
  assert.throws(() => take(ended(1), ended(2)), (nack) => nack.tag === "retry");
  take(ended(1), ended(2));
  assert.deepEqual(sent.map((request) => header(request, "x-ucx-delivery")), ["0-1", "0-2", "0-2", "0-2", "0-2"]);
});

test("without a key nothing is signed, and a row without an address is an error of its own", () => {
  const { sent } = world([], { secrets: {} });
  take(ended(1));
  assert.equal(header(sent[0], "x-ucx-signature"), undefined);
  world([], { rows: { broken: { events: "call." } } });
  assert.throws(() => take(ended(2)), (nack) => nack.tag === "reject" && /row broken has no url/.test(nack.val));
});
