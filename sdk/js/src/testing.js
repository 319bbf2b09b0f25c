// How are a plugin's decisions tested without a host? With a stand-in that answers from what the test sets.

import { setStandIn } from "./call.js";

const thrown = (tag, val) => Object.assign(new Error(tag), { payload: val === undefined ? { tag } : { tag, val } });

/** A host of tables, settings, secrets, and answers of other functions by name (`http.fetch`). */
export class Host {
  constructor({ tables = {}, config = {}, secrets = {}, answers = {} } = {}) {
    this.lines = [];
    this.counters = {};
    this.calls = [];
    const rows = (table) => {
      if (!(table in tables)) throw thrown("not-found");
      return tables[table];
    };
    const find = (table, key) => (key in rows(table) ? row(key, rows(table)[key]) : null);
    const own = {
      "logging.log": (level, _context, text) => void this.lines.push([level, text]),
      "lookup.find": find,
      "lookup.longestPrefix": (table, digits) => {
        for (let end = digits.length; end >= 0; end--) {
          const found = find(table, digits.slice(0, end));
          if (found) return found;
        }
        return null;
      },
      "lookup.findMany": (table, keys) => keys.map((key) => find(table, key)),
      "wasi_config_store.get": (name) => config[name] ?? null,
      "secrets.get": (name) => {
        if (!(name in secrets)) throw thrown("not-found");
        return secrets[name];
      },
      "metrics.count": (name, n) => {
        this.counters[name] = (this.counters[name] ?? 0) + n;
      },
    };
    const answer = (name) => (...args) => {
      this.calls.push([name, ...args]);
      if (!(name in answers)) throw new Error(`the test gives no answer for ${name}`);
      return typeof answers[name] === "function" ? answers[name](...args) : answers[name];
    };
    this.functions = new Proxy({}, { get: (_, name) => own[name] ?? answer(name) });
    setStandIn(this);
  }
}

/** A row of a table. */
export function row(key, columns) {
  return { key, columns: Object.entries(columns).map(([name, val]) => ({ name, value: { tag: "text", val } })) };
}

/** A question about a call to that number. */
export function request(dialled, fields = {}) {
  return {
    call: "1", tenant: "", direction: "internal",
    caller: { number: "6001", name: null, uri: null, presentation: "allowed", attrs: [] },
    dialled, via: null, place: { context: "default", exten: dialled, priority: "1" },
    at: 0, attempt: 0, headers: [], attrs: [], ...fields,
  };
}

/** An event of that kind about call 1. */
export function event(seq, kind, attrs = {}) {
  const val = {
    seq, at: 0, tenant: "", kind, edition: 1, call: "1", channel: null, bridge: null, queue: null, agent: null, subject: null,
    attrs: Object.entries(attrs).map(([name, text]) => ({ name, value: { tag: "text", val: String(text) } })),
    traceparent: null,
  };
  return { tag: "event", val };
}

/** A caller with a script: what is pressed at each `gather`, how each dial ends. What the flow did is in `done`. */
export class Caller {
  constructor({ digits = [], dials = [], variables = {}, goneAt = null } = {}) {
    const script = { digits: [...digits], dials: [...dials] };
    const done = [];
    const own = { done, closed: false };
    return new Proxy(own, {
      get(target, name) {
        if (name === Symbol.dispose || name === Symbol.for("dispose")) return () => void (own.closed = true);
        if (typeof name !== "string" || name in target) return target[name];
        return (...args) => {
          done.push([name, ...args]);
          if (name === goneAt) throw thrown("gone");
          return answerOf(name, args, script, variables);
        };
      },
    });
  }
}

function answerOf(name, args, script, variables) {
  if (name === "play") return { ending: "complete", key: "", position: 0, attrs: [] };
  if (name === "gather") {
    const digits = script.digits.shift() ?? "";
    return { digits, ending: digits ? "complete" : "timed-out", key: "", attrs: [] };
  }
  if (name === "dial") {
    const status = script.dials.shift() ?? "no-answer";
    const answered = status === "answered" ? new Caller() : null;
    return { status, answered, cause: 0, sipCode: 0, leg: 0, rang: 0, attrs: [] };
  }
  if (name === "connect") return { endedByUs: false, talked: 1000, attrs: [] };
  if (name === "getVariable") return variables[args[0]] ?? null;
  return undefined;
}

/** Leads a caller through the flow that was registered; answers the outcome. */
export function run(exported, caller, ...args) {
  return exported.flow.run(caller, args.map((val, n) => ({ name: `arg${n + 1}`, value: { tag: "text", val } })));
}
