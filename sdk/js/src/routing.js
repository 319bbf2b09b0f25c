// How does a router say where a call goes?

import { after, checked, register, told } from "./export.js";
import { reading } from "./host.js";

/** Makes `decide(request)` the plugin's router. It answers a verdict; an error becomes the manifest's fallback. */
export function router(decide) {
  register("router", {
    route(request) {
      let words;
      try {
        return checked(decide(reading(request)), "routing.verdict");
      } catch (error) {
        words = told(error);
      } finally {
        after();
      }
      throw words;
    },
  });
}

class Verdict {
  constructor(decision, reason) {
    this.decision = decision;
    this.reason = reason;
    this.set = [];
    this.attrs = [];
  }
  /** Adds legs that are tried together when the ones before did not answer. */
  otherwise(legs) {
    this.decision.val.push(legs);
    return this;
  }
  /** Sets a channel variable. */
  setting(name, value) {
    this.set.push({ name, value });
    return this;
  }
  /** Gives the reason, in one sentence for people. */
  because(reason) {
    this.reason = reason;
    return this;
  }
}

export const connect = (legs) => new Verdict({ tag: "connect", val: [legs] }, "");
export const reject = (cause, reason) => new Verdict({ tag: "reject", val: { cause, sipCode: 0, reason } }, reason);
export const pass = (reason = "") => new Verdict({ tag: "pass" }, reason);
export const continueAt = (context, exten, priority = 1) =>
  new Verdict({ tag: "continue-at", val: place(context, exten, priority) }, "");

/** A place in the dialplan; the priority is a number or a label. */
export const place = (context, exten = "s", priority = 1) => ({ context, exten, priority: String(priority) });

/** A leg to any destination. `ring` is in milliseconds; 0 is as long as the host is set to. */
export const to = (target, { ring = 0, caller = null, headers = {}, attrs = {} } = {}) => ({ to: target, ring, caller, headers, attrs });
export const endpoint = (name, leg) => to({ tag: "endpoint", val: name }, leg);
export const trunk = (name, number, leg) => to({ tag: "trunk", val: { trunk: name, number } }, leg);
export const queue = (name, leg) => to({ tag: "queue", val: name }, leg);
export const voicemail = (mailbox, leg) => to({ tag: "voicemail", val: mailbox }, leg);
export const uri = (address, leg) => to({ tag: "uri", val: address }, leg);
