// Asks the caller for an extension and goes on there, in the context the call is in.

import { config, flow, goto, hangUp } from "@ucx/sdk";

flow((channel) => {
  channel.answer();
  const pressed = channel.gather({ prompt: config("prompt", "vm-enter-num-to-call"), maxDigits: 4 });
  if (!pressed.digits) return hangUp();
  console.info(`goes on at ${pressed.digits}`);
  return goto("", pressed.digits);
});
