// A menu: the caller presses a digit, and the operator's table `ivr` says what it means.

#include "ucx.h"

#define TRIES 3
#define RING 20000

static ucx_status say(ucx_channel channel, const char *setting, const char *otherwise) {
  ucx_media item = ucx_file(ucx_config(setting, otherwise));
  return ucx_play(channel, &item, 1);
}

// Says in `*answered` whether somebody took the call; the caller hears it if nobody did.
static ucx_status dial(ucx_channel channel, ucx_string target, bool *answered) {
  ucx_leg leg = ucx_endpoint(target, 0);
  ucx_channel peer;
  ucx_status status = ucx_dial(channel, &leg, 1, RING, &peer);
  *answered = status == UCX_OK;
  if (status == UCX_NOT_FOUND) return say(channel, "nobody", "vm-nobodyavail");
  UCX_TRY(status);
  return ucx_join(channel, peer);
}

UCX_FLOW(channel, args, outcome) {
  (void)args;
  UCX_TRY(ucx_answer(channel));
  for (int tried = 0; tried < TRIES; tried++) {
    ucx_media prompt = ucx_file(ucx_config("prompt", "ivr-menu"));
    ucx_gathered pressed;
    UCX_TRY(ucx_gather(channel, (ucx_gather_spec){.prompt = &prompt, .prompts = 1, .max_digits = 1}, &pressed));
    ucx_row row;
    ucx_found found = ucx_is_empty(pressed.digits) ? UCX_NONE : ucx_find("ivr", pressed.digits, &row);
    if (found == UCX_BROKEN) return ucx_fail("%s", ucx_c(ucx_why()));
    if (found == UCX_NONE) {
      UCX_TRY(say(channel, "invalid", "option-is-invalid"));
      continue;
    }
    ucx_string action = ucx_text(&row, "action"), target = ucx_text(&row, "target"), exten = ucx_text(&row, "exten");
    if (ucx_is_empty(action)) return ucx_fail("row %s has no action", ucx_c(row.key));
    ucx_log(UCX_INFO, "%s: %s %s", ucx_c(pressed.digits), ucx_c(action), ucx_c(target));
    ucx_count("choices", 1);
    if (ucx_equals(action, "goto")) return ucx_goto(outcome, target, ucx_is_empty(exten) ? ucx_s("s") : exten, "1");
    if (ucx_equals(action, "hangup")) return ucx_hang_up(outcome, 16);
    if (!ucx_equals(action, "dial")) return ucx_fail("row %s: %s is no action (dial, goto, hangup)", ucx_c(row.key), ucx_c(action));
    bool answered;
    UCX_TRY(dial(channel, target, &answered));
    if (answered) return ucx_done(outcome);
  }
  UCX_TRY(say(channel, "goodbye", "vm-goodbye"));
  return ucx_hang_up(outcome, 16);
}
