// How does a function become the component's export?

import { lower } from "./check.js";
import { closeAll } from "./call.js";
import { line } from "./polyfill.js";

/** What the component exports, by the name of the interface. */
export const exported = {};

export function register(name, of) {
  if (exported[name]) throw new TypeError(`there is a ${name} already: one of a kind makes a plugin`);
  exported[name] = of;
}

/** Writes an error to the operator's log and answers it in one line. */
export function told(error) {
  try {
    line("error", error);
  } catch {
    // The first error is the one that counts.
  }
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

export const checked = (value, type) => lower(value, type, "the answer");

/** What is done when an exported function ends, however it ends. */
export function after() {
  try {
    closeAll();
  } catch (error) {
    told(error);
  }
}
