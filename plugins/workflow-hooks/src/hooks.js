// Which hooks fit an event, what is sent, and with what signature?

import { hmacSha256 } from "@ucx/sdk";

/** Does the hook's `events` (kinds, or families that end in a dot, separated by blanks) name this kind? */
export function fits(events, kind) {
  return events.split(/[\s,]+/).some((name) => name === kind || (name.endsWith(".") && kind.startsWith(name)));
}

/** What templates and the usual body are made of: the event's head and its attributes. */
export function facts(event) {
  const attrs = Object.fromEntries(event.attrs.map((attr) => [attr.name, attr.value.val]));
  const head = { seq: event.seq, at: event.at, kind: event.kind, call: event.call, channel: event.channel };
  return { ...head, tenant: event.tenant, subject: event.subject, attrs };
}

/** `{kind}`, `{call}`, `{attr:cause}` in a template; the text is escaped for the place it stands in, `json` or `url`. */
export function fill(template, of, escape) {
  return template.replace(/\{([a-z-]+)(?::([^{}]+))?\}/g, (whole, name, attr) => {
    const found = name === "attr" && attr ? of.attrs[attr] : of[name];
    if (attr === undefined && !(name in of)) return whole;
    return escape(found ?? "");
  });
}

/** A text inside a JSON string. */
export const inJson = (value) => JSON.stringify(String(value)).slice(1, -1);

/** A text inside an address. */
export const inUrl = (value) => encodeURIComponent(String(value));

/** The request for a hook: the row's template filled, or all facts. */
export function request(row, event, key, timeout) {
  const of = facts(event);
  const template = row.text("body");
  const body = template ? fill(template, of, inJson) : JSON.stringify(of);
  const headers = {
    "content-type": row.text("type", "application/json"),
    "x-ucx-event": event.kind,
    "x-ucx-delivery": `${event.at}-${event.seq}`,
    "x-ucx-timestamp": String(event.at),
  };
  // The time is signed too, so that an old delivery cannot be played again later.
  if (key) headers["x-ucx-signature"] = `sha256=${hmacSha256(key, `${event.at}.${body}`)}`;
  return { url: fill(row.require("url"), of, inUrl), options: { method: row.text("method", "POST"), headers, body, timeout } };
}
