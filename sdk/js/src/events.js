// How does a plugin watch?

import { after, register, told } from "./export.js";
import { reading } from "./host.js";

/** Thrown by a subscriber: give this batch again later. */
export class Retry extends Error {}

/** Thrown by a subscriber: this batch can never be taken; set it aside with these words. */
export class Reject extends Error {}

/** Makes `onEvent(event)` the plugin's subscriber. A batch ends at the first error. */
export function subscriber(onEvent, { onGap = () => {} } = {}) {
  register("subscriber", {
    onEvents(batch) {
      let nack;
      try {
        for (const { tag, val } of batch) {
          if (tag === "event") onEvent(reading(val));
          else onGap(val);
        }
        return;
      } catch (error) {
        if (error instanceof Retry) nack = { tag: "retry" };
        else nack = { tag: "reject", val: error instanceof Reject ? error.message : told(error) };
      } finally {
        after();
      }
      throw nack;
    },
  });
}
