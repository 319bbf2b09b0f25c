// How is the host called? Values are checked, its errors become `UcxError`, its handles are remembered and closed.

import { lower, neutral } from "./check.js";
import { fromHost, UcxError } from "./errors.js";
import modules from "./modules.js";
import { FUNCTIONS, TYPES } from "./shapes.js";

const open = new Set();
const wrappers = {};
let standIn = null;

/** In unit tests: what answers instead of the host. */
export function setStandIn(host) {
  standIn = host;
}

/** Calls `lookup.find`, or `channels.channel.play` on a handle's raw object. */
export function call(name, args, on) {
  const [params, answer] = FUNCTIONS[name];
  const checked = params.map(([param, type], n) => {
    const given = args[n] === undefined ? neutral(type, param) : args[n];
    return lower(given, type, param);
  });
  const [target, method] = find(name, on);
  let result;
  try {
    result = target[method](...checked);
  } catch (thrown) {
    throw fromHost(thrown);
  }
  return answer === undefined ? result : wrap(result, answer);
}

function find(name, on) {
  const path = name.split(".");
  const method = path.at(-1);
  if (on) return [on, method];
  if (standIn) return [standIn.functions, name];
  const module = modules[path[0]];
  if (!module) {
    throw new UcxError("unavailable", `the world of this component has no ${path[0]}; ask for another world in plugin.toml`);
  }
  if (path.length === 2) return [module, method];
  return [module[path[1][0].toUpperCase() + path[1].slice(1)], method];
}

function wrap(value, type) {
  if (value === null || value === undefined) return value;
  if (Array.isArray(type)) {
    if (type[0] === "own") return new wrappers[type[1]](value);
    return type[0] === "option" ? wrap(value, type[1]) : value;
  }
  const shape = TYPES[type];
  if (shape?.[0] !== "record") return value;
  for (const [field, inner] of shape[1]) {
    if (Array.isArray(inner) && JSON.stringify(inner).includes('"own"')) value[field] = wrap(value[field], inner);
  }
  return value;
}

/** Closes what a function left open. */
export function closeAll() {
  for (const handle of [...open].reverse()) handle.close();
}

/** A handle of the host's: closed by `using`, by `close`, or when the exported function returns. */
export class Handle {
  #raw;
  constructor(raw) {
    this.#raw = raw;
    open.add(this);
  }
  get resource() {
    return this.constructor.resource;
  }
  lend() {
    if (this.#raw === null) throw new UcxError("gone", `this ${this.resource.split(".")[1]} was closed`);
    return this.#raw;
  }
  give() {
    const raw = this.lend();
    this.#forget();
    return raw;
  }
  #forget() {
    this.#raw = null;
    open.delete(this);
  }
  close() {
    const raw = this.#raw;
    this.#forget();
    raw?.[Symbol.dispose]?.();
  }
  [Symbol.dispose ?? Symbol.for("dispose")]() {
    this.close();
  }
  run(method, ...args) {
    return call(`${this.resource}.${method}`, args, this.lend());
  }
}

/** Makes a class the one of its resource: it gets the methods of the WIT package that it does not have itself. */
export function wraps(of) {
  wrappers[of.resource] = of;
  const start = `${of.resource}.`;
  for (const name of Object.keys(FUNCTIONS)) {
    const method = name.slice(start.length);
    if (!name.startsWith(start) || method in of.prototype) continue;
    of.prototype[method] = function (...args) {
      return this.run(method, ...args);
    };
  }
}
