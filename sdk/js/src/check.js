// Checks every value before it crosses into the host, where a wrong one would end the component without an exception.
//
// What is meant is taken: an object for attributes or headers, a text for a sound file, a record without its optional fields.

import { InvalidValue } from "./errors.js";
import { TYPES } from "./shapes.js";

const RANGES = {
  u8: [0, 2 ** 8 - 1],
  u16: [0, 2 ** 16 - 1],
  u32: [0, 2 ** 32 - 1],
  millis: [0, 2 ** 32 - 1],
  u64: [0, Number.MAX_SAFE_INTEGER],
  s8: [-(2 ** 7), 2 ** 7 - 1],
  s16: [-(2 ** 15), 2 ** 15 - 1],
  s32: [-(2 ** 31), 2 ** 31 - 1],
  s64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

function shown(value) {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (value === null || typeof value !== "object") return typeof value === "bigint" ? `${value}n` : String(value);
  return Array.isArray(value) ? "a list" : "an object";
}

function wrong(value, wanted, where) {
  return new InvalidValue(`${where}: ${wanted} expected, not ${shown(value)}`);
}

const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

function plain(value, type, where) {
  if (type === "string") {
    if (typeof value !== "string") throw wrong(value, "text", where);
    if (LONE_SURROGATE.test(value)) throw wrong(value, "text without lone surrogates", where);
    return value;
  }
  if (type === "bool") {
    if (typeof value !== "boolean") throw wrong(value, "true or false", where);
    return value;
  }
  if (type === "f64") {
    if (typeof value !== "number") throw wrong(value, "a number", where);
    return value;
  }
  if (type === "bytes") return bytes(value, where);
  const [low, high] = RANGES[type];
  const number = typeof value === "bigint" && value >= low && value <= high ? Number(value) : value;
  if (!Number.isInteger(number) || number < low || number > high) {
    throw wrong(value, `a whole number from ${low} to ${high}`, where);
  }
  return number;
}

function bytes(value, where) {
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (Array.isArray(value) && value.every((b) => Number.isInteger(b) && b >= 0 && b <= 255)) return Uint8Array.from(value);
  throw wrong(value, "bytes", where);
}

/** The value as the host takes it; throws `InvalidValue`. */
export function lower(value, type, where) {
  if (typeof type === "string") {
    return type in TYPES ? named(value, type, where) : plain(value, type, where);
  }
  const [kind, inner] = type;
  if (kind === "list") return list(value, inner, where);
  if (kind === "option") return value === null || value === undefined ? null : lower(value, inner, where);
  if (kind === "tuple") {
    const parts = type.slice(1);
    if (!Array.isArray(value) || value.length !== parts.length) throw wrong(value, `${parts.length} values`, where);
    return parts.map((part, n) => lower(value[n], part, `${where}[${n}]`));
  }
  if (value?.resource !== inner) throw wrong(value, `a ${inner.split(".")[1]}`, where);
  return kind === "borrow" ? value.lend() : value.give();
}

function list(value, inner, where) {
  let items = value;
  if (isObject(value)) {
    if (inner === "common.attr") items = Object.entries(value).map(([name, attr]) => ({ name, value: attr }));
    if (inner === "common.header") items = Object.entries(value).map(([name, line]) => ({ name, value: line }));
  }
  if (inner === "media.media-item" && (typeof value === "string" || value?.tag)) items = [value];
  if (!Array.isArray(items)) throw wrong(value, "a list", where);
  return items.map((item, n) => lower(item, inner, `${where}[${n}]`));
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

// What a bare value means where a variant is wanted.
const MEANT = {
  "common.value": (value) => {
    if (typeof value === "string") return { tag: "text", val: value };
    if (typeof value === "boolean") return { tag: "boolean", val: value };
    if (typeof value === "bigint" || Number.isInteger(value)) return { tag: "int", val: value };
    if (typeof value === "number") return { tag: "real", val: value };
    return value instanceof Uint8Array ? { tag: "bytes", val: value } : value;
  },
  "media.media-item": (value) => (typeof value === "string" ? { tag: "file", val: value } : value),
  "routing.target": (value) => (typeof value === "string" ? { tag: "endpoint", val: value } : value),
};

function named(value, type, where) {
  const [kind, parts] = TYPES[type];
  if (kind === "enum") {
    if (!parts.includes(value)) throw wrong(value, `one of ${parts.join(", ")}`, where);
    return value;
  }
  if (kind === "variant") {
    const meant = MEANT[type] ? MEANT[type](value) : value;
    const found = isObject(meant) ? parts.find(([tag]) => tag === meant.tag) : undefined;
    if (!found) throw wrong(value, `one of ${parts.map(([tag]) => tag).join(", ")}`, where);
    return found[1] === null ? { tag: found[0] } : { tag: found[0], val: lower(meant.val, found[1], `${where}.${found[0]}`) };
  }
  return record(value, parts, where);
}

function record(value, parts, where) {
  if (!isObject(value)) throw wrong(value, "an object", where);
  for (const name of Object.keys(value)) {
    if (!parts.some(([field]) => field === name)) {
      throw new InvalidValue(`${where}: no field ${name}; there are ${parts.map(([field]) => field).join(", ")}`);
    }
  }
  const made = {};
  for (const [field, type, optional] of parts) {
    const given = value[field];
    if (given === undefined && !optional) {
      if (type[0] !== "option") throw new InvalidValue(`${where}: ${field} is missing`);
    }
    made[field] = lower(given === undefined ? neutral(type, `${where}.${field}`) : given, type, `${where}.${field}`);
  }
  return made;
}

/** What stands for a value of that type which was left out: an empty one, the first word, or nothing at all. */
export function neutral(type, where) {
  if (Array.isArray(type)) return type[0] === "list" ? [] : null;
  if (type === "string") return "";
  if (type === "bool") return false;
  if (type === "bytes") return new Uint8Array(0);
  if (!(type in TYPES)) return 0;
  const [kind, parts] = TYPES[type];
  if (kind === "enum") return parts[0];
  if (kind === "variant") throw new InvalidValue(`${where} is missing`);
  return Object.fromEntries(parts.map(([field, inner]) => [field, neutral(inner, `${where}.${field}`)]));
}
