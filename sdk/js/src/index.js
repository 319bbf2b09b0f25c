// Write UCX plugins in JavaScript: what a plugin's file imports.

import "./polyfill.js";

export { InvalidValue, NotAnswered, UcxError } from "./errors.js";
export { Reject, Retry, subscriber } from "./events.js";
export { exported } from "./export.js";
export {
  adopt, Bridge, Channel, characters, createBridge, date, Dialing, digits, done, failed, file, flow, goto, hangUp, nextEvent,
  number, originate, phonetic, Playback, Recording, silence, stored, tone, url,
} from "./flows.js";
export {
  Bucket, bucket, cancelled, cancelTimer, config, count, fetch, gauge, isOpen, localTime, lookup, now, observe, randomBytes,
  secret, seconds, setTimer, sleep,
} from "./host.js";
export { connect, continueAt, endpoint, pass, place, queue, reject, router, to, trunk, uri, voicemail } from "./routing.js";
export { hmacSha256, sha256 } from "./sign.js";
