// Asks the caller for an extension and goes on there, in the context the call is in.

#include "ucx.h"

UCX_FLOW(channel, args, outcome) {
  (void)args;
  UCX_TRY(ucx_answer(channel));
  ucx_media prompt = ucx_file(ucx_config("prompt", "vm-enter-num-to-call"));
  ucx_gathered pressed;
  UCX_TRY(ucx_gather(channel, (ucx_gather_spec){.prompt = &prompt, .prompts = 1, .max_digits = 4}, &pressed));
  if (ucx_is_empty(pressed.digits)) return ucx_hang_up(outcome, 16);
  ucx_log(UCX_INFO, "goes on at %s", ucx_c(pressed.digits));
  return ucx_goto(outcome, ucx_s(""), pressed.digits, "1");
}
