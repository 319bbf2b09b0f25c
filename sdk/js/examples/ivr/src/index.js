// A menu: the caller presses a digit, and the operator's table `ivr` says what it means.

import { config, count, done, endpoint, failed, flow, goto, hangUp, lookup, NotAnswered, seconds } from "@ucx/sdk";

const TRIES = 3;
const RING = seconds(20);

flow((channel) => {
  const menu = lookup("ivr");
  channel.answer();
  for (let tried = 0; tried < TRIES; tried++) {
    const { digits } = channel.gather({ prompt: config("prompt", "ivr-menu"), maxDigits: 1 });
    const row = digits ? menu.find(digits) : null;
    if (!row) {
      channel.play(config("invalid", "option-is-invalid"));
      continue;
    }
    const [action, target] = [row.require("action"), row.text("target", "")];
    console.info(`${digits}: ${action} ${target}`);
    count("choices");
    if (action === "goto") return goto(target, row.text("exten", "s"));
    if (action === "hangup") return hangUp();
    if (action !== "dial") return failed(`row ${row.key}: ${action} is no action (dial, goto, hangup)`);
    const peer = dial(channel, target);
    if (!peer) continue;
    channel.connect(peer);
    return done();
  }
  channel.play(config("goodbye", "vm-goodbye"));
  return hangUp();
});

/** The leg that answered; the caller hears it if there is none. */
function dial(channel, target) {
  try {
    return channel.dial(endpoint(target), { ring: RING });
  } catch (error) {
    if (!(error instanceof NotAnswered)) throw error;
    channel.play(config("nobody", "vm-nobodyavail"));
    return null;
  }
}
