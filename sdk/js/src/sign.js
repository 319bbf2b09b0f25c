// SHA-256 and HMAC (FIPS 180-4, RFC 2104), which QuickJS does not have: for signed webhooks.

import { encodeUtf8 } from "./polyfill.js";

// The first 32 bits of the fractional parts of the roots of the first primes.
function fractions(count, root) {
  const found = [];
  for (let n = 2; found.length < count; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) prime &&= n % d !== 0;
    if (prime) {
      const of = root(n);
      found.push(((of - Math.floor(of)) * 2 ** 32) >>> 0);
    }
  }
  return found;
}
const ROUNDS = fractions(64, Math.cbrt);
const START = fractions(8, Math.sqrt);

const turn = (word, by) => (word >>> by) | (word << (32 - by));

function padded(bytes) {
  const length = (((bytes.length + 8) >> 6) + 1) << 6;
  const all = new Uint8Array(length);
  all.set(bytes);
  all[bytes.length] = 0x80;
  const view = new DataView(all.buffer);
  view.setUint32(length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(length - 4, (bytes.length << 3) >>> 0);
  return view;
}

/** The SHA-256 of bytes. */
export function sha256(bytes) {
  const view = padded(bytes);
  const state = [...START];
  const words = new Int32Array(64);
  for (let at = 0; at < view.byteLength; at += 64) {
    for (let n = 0; n < 16; n++) words[n] = view.getInt32(at + n * 4);
    for (let n = 16; n < 64; n++) {
      const [a, b] = [words[n - 15], words[n - 2]];
      const low = turn(a, 7) ^ turn(a, 18) ^ (a >>> 3);
      const high = turn(b, 17) ^ turn(b, 19) ^ (b >>> 10);
      words[n] = (words[n - 16] + low + words[n - 7] + high) | 0;
    }
    compress(state, words);
  }
  const out = new DataView(new ArrayBuffer(32));
  state.forEach((word, n) => out.setUint32(n * 4, word >>> 0));
  return new Uint8Array(out.buffer);
}

function compress(state, words) {
  let [a, b, c, d, e, f, g, h] = state;
  for (let n = 0; n < 64; n++) {
    const high = (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g));
    const one = (h + high + ROUNDS[n] + words[n]) | 0;
    const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, n) => {
    state[n] = (state[n] + word) | 0;
  });
}

/** The HMAC-SHA256 of a text or bytes, in hexadecimal. */
export function hmacSha256(key, message) {
  const bytes = (of) => (typeof of === "string" ? encodeUtf8(of) : of);
  let block = bytes(key);
  if (block.length > 64) block = sha256(block);
  const pad = (by) => Uint8Array.from({ length: 64 }, (_, n) => (block[n] ?? 0) ^ by);
  const joined = (one, two) => {
    const all = new Uint8Array(one.length + two.length);
    all.set(one);
    all.set(two, one.length);
    return all;
  };
  const inner = sha256(joined(pad(0x36), bytes(message)));
  return [...sha256(joined(pad(0x5c), inner))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
