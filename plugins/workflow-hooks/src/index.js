// Tells web services of events. Rows of the operator's table `hooks` say which, where and in what words.

import { bucket, config, count, fetch, lookup, Retry, secret, seconds, sleep, subscriber, UcxError } from "@ucx/sdk";

import { fits, request } from "./hooks.js";

/** The longest pause between two attempts, in milliseconds. */
const PAUSE_MAX = 1000;
/** How long it is remembered which deliveries are done, so that a batch that comes again repeats none. */
const REMEMBERED = seconds(3600);

subscriber((event) => {
  const names = config("hooks", "").split(/[\s,]+/).filter(Boolean);
  const rows = lookup("hooks").findMany(names);
  rows.forEach((row, n) => {
    if (!row) return console.warn(`the table hooks has no row ${names[n]}`);
    if (fits(row.text("events", ""), event.kind)) deliver(row, event);
  });
});

/** Delivers once; what is not taken after all attempts is asked for again, and set aside by the host at last. */
function deliver(row, event) {
  const done = bucket();
  const mark = `${row.key}/${event.at}-${event.seq}`;
  if (done.getText(mark) !== null) return;
  const { url, options } = request(row, event, signingKey(), Number(config("timeout", "1000")));
  const attempts = Number(config("attempts", "3"));
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const refused = send(url, options);
    if (refused === null || refused.final) {
      if (refused) console.error(`${row.key}: ${event.kind} is refused for good: ${refused.why}`);
      count(refused ? "hooks_refused" : "hooks_delivered");
      return done.setExpiring(mark, [1], REMEMBERED);
    }
    console.warn(`${row.key}: attempt ${attempt} for ${event.kind}: ${refused.why}`);
    if (attempt < attempts) sleep(Math.min(PAUSE_MAX, 100 * 2 ** attempt));
  }
  count("hooks_late");
  throw new Retry();
}

/** Nothing if it was taken; else why not, and whether asking again is of no use. */
function send(url, options) {
  try {
    const { status, ok } = fetch(url, options);
    if (ok) return null;
    return { why: `status ${status}`, final: status < 500 && status !== 408 && status !== 425 && status !== 429 };
  } catch (error) {
    if (!(error instanceof UcxError)) throw error;
    return { why: error.message, final: error.code === "denied" || error.code === "invalid" };
  }
}

/** The key for signatures, none if the operator set none. */
function signingKey() {
  try {
    return secret("hook-key");
  } catch (error) {
    if (error.code === "not-found") return null;
    throw error;
  }
}
