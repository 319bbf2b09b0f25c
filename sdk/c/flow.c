// What `ucx.h` promises to call flows.

#include <string.h>

#include "arena.h"
#include "ucx.h"

#ifdef UCX_WORLD_CALL_FLOW

static ucx_media item(uint8_t tag) {
  ucx_media made;
  memset(&made, 0, sizeof made);
  made.tag = tag;
  return made;
}

ucx_media ucx_file(ucx_string name) {
  ucx_media made = item(UCX_CALL_MEDIA_MEDIA_ITEM_FILE);
  made.val.file = ucx_valid(name);
  return made;
}

ucx_media ucx_tone(const char *name) {
  ucx_media made = item(UCX_CALL_MEDIA_MEDIA_ITEM_TONE);
  made.val.tone = ucx_s(name);
  return made;
}

ucx_media ucx_digits(ucx_string digits) {
  ucx_media made = item(UCX_CALL_MEDIA_MEDIA_ITEM_DIGITS);
  made.val.digits = ucx_valid(digits);
  return made;
}

ucx_media ucx_number(int64_t number) {
  ucx_media made = item(UCX_CALL_MEDIA_MEDIA_ITEM_NUMBER);
  made.val.number.number = number;
  return made;
}

ucx_media ucx_silence(uint32_t time) {
  ucx_media made = item(UCX_CALL_MEDIA_MEDIA_ITEM_SILENCE);
  made.val.silence = time;
  return made;
}

ucx_status ucx_answer(ucx_channel channel) {
  ucx_error error;
  return ucx_call_channels_method_channel_answer(channel, &error) ? UCX_OK : ucx_failed_with(&error);
}

ucx_status ucx_ring(ucx_channel channel) {
  ucx_error error;
  return ucx_call_channels_method_channel_ring(channel, &error) ? UCX_OK : ucx_failed_with(&error);
}

ucx_status ucx_hangup(ucx_channel channel, uint16_t cause) {
  ucx_error error;
  return ucx_call_channels_method_channel_hangup(channel, cause, &error) ? UCX_OK : ucx_failed_with(&error);
}

ucx_status ucx_play(ucx_channel channel, const ucx_media *items, size_t count) {
  ucx_call_channels_media_items_t list = {(ucx_media *)items, count};
  ucx_call_channels_play_options_t options;
  memset(&options, 0, sizeof options);
  ucx_call_channels_played_t played;
  ucx_error error;
  if (ucx_call_channels_method_channel_play(channel, &list, &options, &played, &error)) return UCX_OK;
  return ucx_failed_with(&error);
}

ucx_status ucx_gather(ucx_channel channel, ucx_gather_spec spec, ucx_gathered *gathered) {
  ucx_call_channels_gather_spec_t full;
  memset(&full, 0, sizeof full);
  full.prompt = (ucx_call_channels_media_items_t){(ucx_media *)spec.prompt, spec.prompts};
  full.min_digits = spec.min_digits == 0 ? 1 : spec.min_digits;
  full.max_digits = spec.max_digits == 0 ? 1 : spec.max_digits;
  full.terminators = ucx_s(spec.terminators == NULL ? "#" : spec.terminators);
  full.first = spec.first == 0 ? 5000 : spec.first;
  full.between = spec.between == 0 ? 2000 : spec.between;
  full.barge_in = !spec.whole_prompt;
  ucx_error error;
  if (ucx_call_channels_method_channel_gather(channel, &full, gathered, &error)) return UCX_OK;
  return ucx_failed_with(&error);
}

// Legs the flow was handed, given back to the host when it returns.
#define LEGS_MAX 64
static ucx_call_channels_own_channel_t kept[LEGS_MAX];
static size_t kept_count;

// One more than fits stays the host's to clear away, as everything is when the instance ends.
static void keep(ucx_call_channels_own_channel_t leg) {
  if (kept_count < LEGS_MAX) kept[kept_count++] = leg;
}

static void give_back(void) {
  while (kept_count > 0) ucx_call_channels_channel_drop_own(kept[--kept_count]);
}

ucx_status ucx_dial(ucx_channel channel, const ucx_leg *legs, size_t count, uint32_t ring, ucx_channel *peer) {
  static const char *const words[] = {"answered",    "busy",       "no answer", "rejected",
                                      "unavailable", "congestion", "cancelled", "another status"};
  ucx_call_routing_group_t group = {(ucx_leg *)legs, count};
  ucx_call_channels_dial_spec_t spec;
  memset(&spec, 0, sizeof spec);
  spec.groups = (ucx_call_channels_plan_t){&group, 1};
  spec.timeout = ring;
  ucx_call_channels_dial_result_t result;
  ucx_error error;
  if (!ucx_call_channels_method_channel_dial(channel, &spec, &result, &error)) return ucx_failed_with(&error);
  if (!result.answered.is_some) {
    size_t known = sizeof words / sizeof *words;
    ucx_fail("not answered: %s", words[result.status < known ? result.status : known - 1]);
    return UCX_NOT_FOUND;
  }
  keep(result.answered.val);
  *peer = ucx_call_channels_borrow_channel(result.answered.val);
  return UCX_OK;
}

ucx_status ucx_join(ucx_channel channel, ucx_channel peer) {
  ucx_call_channels_connect_spec_t spec;
  memset(&spec, 0, sizeof spec);
  ucx_call_channels_connect_result_t result;
  ucx_error error;
  if (ucx_call_channels_method_channel_connect(channel, peer, &spec, &result, &error)) return UCX_OK;
  return ucx_failed_with(&error);
}

ucx_status ucx_get_variable(ucx_channel channel, const char *name, ucx_string *value) {
  ucx_string key = ucx_s(name);
  plugin_option_string_t given;
  ucx_error error;
  if (!ucx_call_channels_method_channel_get_variable(channel, &key, &given, &error)) return ucx_failed_with(&error);
  *value = given.is_some ? given.val : (ucx_string){NULL, 0};
  return UCX_OK;
}

ucx_status ucx_set_variable(ucx_channel channel, const char *name, ucx_string value) {
  ucx_string key = ucx_s(name);
  ucx_error error;
  value = ucx_valid(value);
  return ucx_call_channels_method_channel_set_variable(channel, &key, &value, &error) ? UCX_OK : ucx_failed_with(&error);
}

ucx_status ucx_done(ucx_outcome *outcome) {
  outcome->tag = EXPORTS_UCX_CALL_FLOW_OUTCOME_DONE;
  return UCX_OK;
}

ucx_status ucx_goto(ucx_outcome *outcome, ucx_string context, ucx_string exten, const char *priority) {
  outcome->tag = EXPORTS_UCX_CALL_FLOW_OUTCOME_CONTINUE_AT;
  outcome->val.continue_at.context = ucx_valid(context);
  outcome->val.continue_at.exten = ucx_valid(exten);
  outcome->val.continue_at.priority = ucx_s(priority);
  return UCX_OK;
}

ucx_status ucx_hang_up(ucx_outcome *outcome, uint16_t cause) {
  outcome->tag = EXPORTS_UCX_CALL_FLOW_OUTCOME_HANGUP;
  outcome->val.hangup = cause;
  return UCX_OK;
}

void exports_ucx_call_flow_run(exports_ucx_call_flow_own_channel_t caller, exports_ucx_call_flow_attrs_t *args,
                               exports_ucx_call_flow_outcome_t *outcome) {
  memset(outcome, 0, sizeof *outcome);
  ucx_done(outcome);
  keep(caller);
  ucx_status status = ucx_run(ucx_call_channels_borrow_channel(caller), args, outcome);
  if (status == UCX_GONE) {
    ucx_done(outcome);
  } else if (status != UCX_OK) {
    outcome->tag = EXPORTS_UCX_CALL_FLOW_OUTCOME_FAILED;
    outcome->val.failed = ucx_why();
  }
  give_back();
  ucx_answered();
}

#endif
