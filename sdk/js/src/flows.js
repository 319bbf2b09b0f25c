// How does a plugin lead a call? In straight lines: each function waits, and the error `gone` ends the flow quietly.

import { call, Handle, wraps } from "./call.js";
import { NotAnswered } from "./errors.js";
import { after, checked, register, told } from "./export.js";
import { reading } from "./host.js";
import { place } from "./routing.js";

// How long a caller may think before the first digit, and between two, unless a flow says otherwise.
const USUAL = { minDigits: 1, terminators: "#", first: 5000, between: 2000, bargeIn: true };

export const file = (name) => ({ tag: "file", val: name });
export const tone = (name) => ({ tag: "tone", val: name });
export const digits = (text) => ({ tag: "digits", val: text });
export const number = (value, gender = "") => ({ tag: "number", val: { number: value, gender } });
export const characters = (text) => ({ tag: "characters", val: text });
export const phonetic = (text) => ({ tag: "phonetic", val: text });
export const date = (at, zone = "", format = "") => ({ tag: "date", val: { at, zone, format } });
export const url = (address) => ({ tag: "url", val: address });
export const stored = (name) => ({ tag: "recording", val: name });
export const silence = (time) => ({ tag: "silence", val: time });

export class Playback extends Handle {
  static resource = "media.playback";
}
export class Recording extends Handle {
  static resource = "media.recording";
}
export class Dialing extends Handle {
  static resource = "channels.dialing";
}
export class Bridge extends Handle {
  static resource = "bridges.bridge";
}
export class Spying extends Handle {
  static resource = "monitoring.spying";
}

/** Legs that ring together, or lists of them that are tried one after another. */
function groups(legs) {
  const some = Array.isArray(legs) ? legs : [legs];
  return some.every(Array.isArray) ? some : [some];
}

/** A leg of a call. Methods that are not written out here are those of the WIT package. */
export class Channel extends Handle {
  static resource = "channels.channel";
  get name() {
    return this.info().name;
  }
  info() {
    return reading(this.run("info"));
  }
  hangup(cause = 16) {
    this.run("hangup", cause);
  }
  gather(spec = {}) {
    return this.run("gather", { ...USUAL, ...spec });
  }
  record(spec = {}) {
    return this.run("recordMessage", { format: "wav", terminators: "#", beep: true, ...spec });
  }
  startRecording(spec = {}) {
    return this.run("startRecording", { format: "wav", ...spec });
  }
  /** Dials; answers the leg that took it, not yet connected. `ring` is for all of it. Throws `NotAnswered`. */
  dial(legs, { ring = 0, ...spec } = {}) {
    const result = this.run("dial", { groups: groups(legs), timeout: ring, ...spec });
    if (!result.answered) throw new NotAnswered(result);
    return result.answered;
  }
  startDial(legs, { ring = 0, ...spec } = {}) {
    return this.run("startDial", { groups: groups(legs), timeout: ring, ...spec });
  }
  variable(name) {
    return this.run("getVariable", name) ?? null;
  }
  headers(name) {
    return this.run("getHeaders", name);
  }
  subroutine(context, exten = "s", priority = 1, ...args) {
    return this.run("callSubroutine", place(context, exten, priority), args.map(String));
  }
}
[Playback, Recording, Dialing, Bridge, Spying, Channel].forEach(wraps);

/** Makes `lead(channel, args)` the plugin's call flow. It answers what becomes of the caller; nothing means `done`. */
export function flow(lead) {
  register("flow", {
    run(caller, args) {
      try {
        const named = Object.fromEntries(args.map((attr) => [attr.name, attr.value.val]));
        return checked(lead(new Channel(caller), named) ?? done(), "flow.outcome");
      } catch (error) {
        return error?.code === "gone" ? done() : failed(told(error));
      } finally {
        after();
      }
    },
  });
}

export const done = () => ({ tag: "done" });
export const goto = (context, exten = "s", priority = 1) => ({ tag: "continue-at", val: place(context, exten, priority) });
export const hangUp = (cause = 16) => ({ tag: "hangup", val: cause });
export const failed = (words) => ({ tag: "failed", val: words });

/** The next event about the legs this flow holds, or none after that many milliseconds. */
export const nextEvent = (wait) => reading(call("channels.nextEvent", [wait]));

/** Makes a call and answers the leg that took it. Throws `NotAnswered`. */
export function originate(leg, spec = {}) {
  const result = call("channels.originate", [{ leg, ...spec }]);
  if (!result.answered) throw new NotAnswered(result);
  return result.answered;
}
export const adopt = (id) => call("channels.adopt", [id]);
export const createBridge = (spec = {}) => call("bridges.bridge.create", [{ kind: "mixing", ...spec }]);
