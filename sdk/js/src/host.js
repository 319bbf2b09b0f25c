// What may a plugin ask of the host? Tables, settings, secrets, storage, figures, time, HTTP.

import { call, Handle, wraps } from "./call.js";
import { decodeUtf8, encodeUtf8 } from "./polyfill.js";

/** Gives a record of the host's the methods that read attributes. */
export function reading(record, more = {}) {
  if (record === null || record === undefined) return null;
  return Object.setPrototypeOf(record, { ...Reading, ...more });
}

const Reading = {
  value(name, fallback = null) {
    const found = (this.columns ?? this.attrs).find((attr) => attr.name === name);
    return found === undefined ? fallback : found.value.val;
  },
  text(name, fallback = null) {
    const found = this.value(name);
    return typeof found === "string" ? found : fallback;
  },
  int(name, fallback = null) {
    const found = this.value(name);
    const number = typeof found === "string" && /^\s*[+-]?\d+\s*$/.test(found) ? Number(found) : found;
    return Number.isInteger(number) ? number : fallback;
  },
  header(name) {
    const lines = this.headers ?? [];
    return lines.find((line) => line.name.toLowerCase() === name.toLowerCase())?.value ?? null;
  },
  require(column) {
    const found = this.text(column);
    if (!found) throw new Error(`row ${this.key} has no ${column}`);
    return found;
  },
};

/** The operator's table of that name. The manifest has to ask for it. */
export function lookup(table) {
  return {
    find: (key) => reading(call("lookup.find", [table, key])),
    longestPrefix: (digits) => reading(call("lookup.longestPrefix", [table, digits])),
    findMany: (keys) => call("lookup.findMany", [table, keys]).map((row) => reading(row)),
  };
}

/** The operator's setting of that name. */
export function config(name, fallback = null) {
  return call("wasi_config_store.get", [name]) ?? fallback;
}

/** The secret of that name. */
export const secret = (name) => call("secrets.get", [name]);

/** Figures for the operator's dashboards. */
export const count = (name, n = 1, labels = {}) => call("metrics.count", [name, n, labels]);
export const observe = (name, value, labels = {}) => call("metrics.observe", [name, value, labels]);
export const gauge = (name, value, labels = {}) => call("metrics.gauge", [name, value, labels]);

/** What the clock shows in a zone, and whether a schedule is open, at that moment. */
export const localTime = (at, zone = "") => call("calendar.local", [at, zone]);
export const isOpen = (schedule, at) => call("calendar.isOpen", [schedule, at]);

/** The plugin's own storage. Routers can only read it. */
export class Bucket extends Handle {
  static resource = "wasi_keyvalue_store.bucket";
  getText(key) {
    const found = this.run("get", key);
    return found === null || found === undefined ? null : decodeUtf8(found);
  }
  setText(key, text) {
    this.run("set", key, encodeUtf8(text));
  }
  increment(key, delta = 1) {
    return call("atomics.increment", [this, key, delta]);
  }
  setExpiring(key, value, ttl) {
    call("keyvalue_extra.setExpiring", [this, key, value, ttl]);
  }
  getVersioned(key) {
    return call("keyvalue_extra.getVersioned", [this, key]);
  }
  swap(key, expected, value) {
    return call("keyvalue_extra.swap", [this, key, expected, value]);
  }
}
wraps(Bucket);

/** Opens a bucket. The manifest has to ask for it. */
export const bucket = (name = "default") => call("wasi_keyvalue_store.open", [name]);

/** Milliseconds since 1970, by the host's clock. A router takes the time of its request instead. */
export function now() {
  const moment = call("wall_clock.now", []);
  return moment.seconds * 1000 + Math.floor(moment.nanoseconds / 1e6);
}

/** Bytes nobody can guess. */
export const randomBytes = (count) => call("random.getRandomBytes", [count]);

/** Waits that many milliseconds. Ends early with the error `gone` when the caller hangs up. */
export const sleep = (time) => call("turn.sleep", [time]);
export const cancelled = () => call("turn.cancelled", []);
export const setTimer = (delay, tag) => call("turn.setTimer", [delay, tag]);
export const cancelTimer = (id) => call("turn.cancelTimer", [id]);

/** That many seconds, in the milliseconds that every time here is given in. */
export const seconds = (number) => Math.round(number * 1000);

/** Asks an HTTP server and waits for the answer: it returns, it does not promise. A status of 500 is an answer. */
export function fetch(url, { method = "GET", headers = {}, body = new Uint8Array(0), json, timeout = 0 } = {}) {
  const lines = Array.isArray(headers) ? headers : Object.entries(headers).map(([name, value]) => ({ name, value }));
  if (json !== undefined && !lines.some((line) => line.name.toLowerCase() === "content-type")) {
    lines.push({ name: "content-type", value: "application/json" });
  }
  const text = json === undefined ? body : JSON.stringify(json);
  const bytes = typeof text === "string" ? encodeUtf8(text) : text;
  const answer = call("http.fetch", [{ method, url, headers: lines, body: bytes, timeout }]);
  return {
    status: answer.status,
    ok: answer.status >= 200 && answer.status < 300,
    headers: answer.headers,
    body: answer.body,
    header: (name) => answer.headers.find((line) => line.name.toLowerCase() === name.toLowerCase())?.value ?? null,
    text: () => decodeUtf8(answer.body),
    json: () => JSON.parse(decodeUtf8(answer.body)),
  };
}
