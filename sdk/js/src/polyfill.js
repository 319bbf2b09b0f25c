// What QuickJS lacks and plugins expect: `console` on the operator's log, UTF-8.

import { call } from "./call.js";

function words(parts) {
  const word = (part) => {
    if (typeof part === "string") return part;
    if (part instanceof Error) return `${part.name}: ${part.message}\n${part.stack ?? ""}`.trim();
    try {
      return JSON.stringify(part) ?? String(part);
    } catch {
      return String(part);
    }
  };
  return parts.map(word).join(" ");
}

/** A line for the operator's log. */
export function line(level, ...parts) {
  call("logging.log", [level, "", words(parts).replace(/[\uD800-\uDFFF]/g, (unit, at, all) => (isPaired(all, at) ? unit : "\uFFFD"))]);
}

function isPaired(text, at) {
  const unit = text.charCodeAt(at);
  const other = text.charCodeAt(unit < 0xdc00 ? at + 1 : at - 1);
  return unit < 0xdc00 ? other >= 0xdc00 && other < 0xe000 : other >= 0xd800 && other < 0xdc00;
}

export const console = {
  trace: (...parts) => line("trace", ...parts),
  debug: (...parts) => line("debug", ...parts),
  log: (...parts) => line("info", ...parts),
  info: (...parts) => line("info", ...parts),
  warn: (...parts) => line("warn", ...parts),
  error: (...parts) => line("error", ...parts),
};

/** UTF-8 of a text; a lone surrogate becomes U+FFFD. */
export function encodeUtf8(text) {
  const bytes = [];
  for (const letter of String(text)) {
    let point = letter.codePointAt(0);
    if (point >= 0xd800 && point < 0xe000) point = 0xfffd;
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), 0x80 | (point & 63));
    else if (point < 0x10000) bytes.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
    else bytes.push(0xf0 | (point >> 18), 0x80 | ((point >> 12) & 63), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
  }
  return Uint8Array.from(bytes);
}

// First byte of a sequence: [mask of its bits, bytes that follow, smallest code point].
function lead(byte) {
  if (byte < 0x80) return [0x7f, 0, 0];
  if (byte >= 0xc2 && byte < 0xe0) return [0x1f, 1, 0x80];
  if (byte >= 0xe0 && byte < 0xf0) return [0x0f, 2, 0x800];
  if (byte >= 0xf0 && byte < 0xf5) return [0x07, 3, 0x10000];
  return null;
}

/** The text of UTF-8 bytes; what is none becomes U+FFFD. */
export function decodeUtf8(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const [mask, more, least] = lead(bytes[at]) ?? [0, -1, 0];
    let point = bytes[at] & mask;
    at += 1;
    let left = more;
    while (left > 0 && at < bytes.length && (bytes[at] & 0xc0) === 0x80) {
      point = (point << 6) | (bytes[at] & 63);
      at += 1;
      left -= 1;
    }
    const bad = left !== 0 || point < least || point > 0x10ffff || (point >= 0xd800 && point < 0xe000);
    text += bad ? "\uFFFD" : String.fromCodePoint(point);
  }
  return text;
}

class Encoder {
  get encoding() {
    return "utf-8";
  }
  encode(text = "") {
    return encodeUtf8(text);
  }
}

class Decoder {
  get encoding() {
    return "utf-8";
  }
  decode(bytes = new Uint8Array(0)) {
    return decodeUtf8(bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes);
  }
}

globalThis.console ??= console;
globalThis.TextEncoder ??= Encoder;
globalThis.TextDecoder ??= Decoder;
