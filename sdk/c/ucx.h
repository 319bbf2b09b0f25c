// Write UCX plugins in C: short names over the bindings that are made of the WIT packages.
//
//   #include "ucx.h"
//   UCX_ROUTER(request, verdict) {
//     ucx_row row;
//     if (ucx_longest_prefix("routes", request->dialled, &row) != UCX_FOUND) return ucx_pass(verdict, "no prefix fits");
//     ucx_leg leg = ucx_endpoint(ucx_text(&row, "target"), 20000);
//     return ucx_connect(verdict, &leg, 1, ucx_format("prefix %s", ucx_c(row.key)));
//   }
//
// Texts are `ucx_string`: bytes and a length, UTF-8, not ended by a zero. Memory comes from an arena that is thrown away
// when the exported function has answered, so nothing has to be freed; what has to live longer stands in `static` variables.
// Times are milliseconds. Which parts there are depends on the worlds in plugin.toml.
#ifndef UCX_H
#define UCX_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugin.h"

typedef plugin_string_t ucx_string;
typedef ucx_types_common_attr_t ucx_attr;
typedef ucx_types_common_attrs_t ucx_attrs;
typedef ucx_types_common_error_t ucx_error;
typedef ucx_host_lookup_row_t ucx_row;

// --- memory and texts

// Zeroed memory that lives until the exported function has answered.
void *ucx_new(size_t size);
// A text made like `printf` makes it: `%s %.*s %d %u %x %lld %llu %zu %c %%`, without widths.
ucx_string ucx_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
// The same text ended by a zero, for `%s` and the C library.
const char *ucx_c(ucx_string text);
// A text of a C string, not copied.
ucx_string ucx_s(const char *text);
// The text itself if it is UTF-8, else a copy with U+FFFD for each byte that is none: the host would end a plugin over one
// that was cut in the middle of a character. Whatever `ucx.h` hands to the host goes through it.
ucx_string ucx_valid(ucx_string text);
bool ucx_equals(ucx_string text, const char *other);
bool ucx_starts(ucx_string text, const char *beginning);
bool ucx_is_empty(ucx_string text);

// --- how things went

typedef enum {
  UCX_OK = 0,
  UCX_NOT_FOUND,
  UCX_GONE,
  UCX_INVALID,
  UCX_DENIED,
  UCX_QUOTA,
  UCX_CONFLICT,
  UCX_TIMED_OUT,
  UCX_CANCELLED,
  UCX_UNAVAILABLE,
  UCX_OTHER,
  // Answered by a plugin's own function, with `ucx_fail`.
  UCX_FAILED,
  // Answered by a subscriber: give this batch again later.
  UCX_RETRY,
} ucx_status;

// Ends the function with what went wrong.
#define UCX_TRY(call)                          \
  do {                                         \
    ucx_status ucx_tried = (call);             \
    if (ucx_tried != UCX_OK) return ucx_tried; \
  } while (0)

// Words for the trace; answer it from a router, a flow or a subscriber.
ucx_status ucx_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
// What the host or the plugin last said about a failure.
ucx_string ucx_why(void);
// Remembers an error of the host's and answers its status.
ucx_status ucx_failed_with(const ucx_error *error);

// --- what every plugin may use

#define UCX_DEBUG WASI_LOGGING_LOGGING_LEVEL_DEBUG
#define UCX_INFO WASI_LOGGING_LOGGING_LEVEL_INFO
#define UCX_WARN WASI_LOGGING_LOGGING_LEVEL_WARN
#define UCX_ERROR WASI_LOGGING_LOGGING_LEVEL_ERROR

// A line for the operator's log.
void ucx_log(uint8_t level, const char *format, ...) __attribute__((format(printf, 2, 3)));
// Adds to a counter.
void ucx_count(const char *name, uint64_t n);

typedef enum { UCX_NONE = 0, UCX_FOUND = 1, UCX_BROKEN = 2 } ucx_found;

// The row with exactly this key; the row whose key is the longest prefix. `UCX_BROKEN`: `ucx_why` says why.
ucx_found ucx_find(const char *table, ucx_string key, ucx_row *row);
ucx_found ucx_longest_prefix(const char *table, ucx_string digits, ucx_row *row);

// The text of that column or attribute, empty if it is absent or no text; the whole number, or the one given.
ucx_string ucx_text(const ucx_row *row, const char *column);
int64_t ucx_int(const ucx_row *row, const char *column, int64_t otherwise);
ucx_string ucx_attr_text(const ucx_attrs *attrs, const char *name);
int64_t ucx_attr_int(const ucx_attrs *attrs, const char *name, int64_t otherwise);

// The operator's setting, or the one given; a secret.
ucx_string ucx_config(const char *name, const char *otherwise);
ucx_status ucx_secret(const char *name, ucx_string *secret);

// --- where a call can go

#if defined(UCX_WORLD_ROUTER) || defined(UCX_WORLD_CALL_FLOW)
typedef ucx_call_routing_leg_t ucx_leg;

ucx_leg ucx_endpoint(ucx_string name, uint32_t ring);
ucx_leg ucx_trunk(ucx_string trunk, ucx_string number, uint32_t ring);
ucx_leg ucx_queue(ucx_string name);
ucx_leg ucx_voicemail(ucx_string mailbox);
#endif

// --- routers

#ifdef UCX_WORLD_ROUTER
typedef exports_ucx_call_router_route_request_t ucx_request;
typedef exports_ucx_call_router_verdict_t ucx_verdict;

ucx_status ucx_pass(ucx_verdict *verdict, const char *reason);
ucx_status ucx_reject(ucx_verdict *verdict, uint16_t cause, const char *reason);
// These legs ring together; further calls of `ucx_or` add legs that are tried when the ones before did not answer.
ucx_status ucx_connect(ucx_verdict *verdict, const ucx_leg *legs, size_t count, ucx_string reason);
ucx_status ucx_or(ucx_verdict *verdict, const ucx_leg *legs, size_t count);
ucx_status ucx_continue_at(ucx_verdict *verdict, ucx_string context, ucx_string exten, const char *priority, const char *reason);
// Sets a channel variable.
ucx_status ucx_set(ucx_verdict *verdict, const char *name, ucx_string value);

ucx_status ucx_route(const ucx_request *request, ucx_verdict *verdict);
#define UCX_ROUTER(request, verdict) ucx_status ucx_route(const ucx_request *request, ucx_verdict *verdict)
#endif

// --- subscribers

#ifdef UCX_WORLD_EVENT_SUBSCRIBER
typedef ucx_events_envelope_event_t ucx_event;

// One event; anything but `UCX_OK` ends the batch: `UCX_RETRY` asks for it again, everything else sets it aside.
ucx_status ucx_on_event(const ucx_event *event);
#define UCX_SUBSCRIBER(event) ucx_status ucx_on_event(const ucx_event *event)
#endif

// --- call flows

#ifdef UCX_WORLD_CALL_FLOW
typedef ucx_call_channels_borrow_channel_t ucx_channel;
typedef ucx_call_media_media_item_t ucx_media;
typedef ucx_call_media_gathered_t ucx_gathered;
typedef exports_ucx_call_flow_outcome_t ucx_outcome;

ucx_media ucx_file(ucx_string name);
ucx_media ucx_tone(const char *name);
ucx_media ucx_digits(ucx_string digits);
ucx_media ucx_number(int64_t number);
ucx_media ucx_silence(uint32_t time);

ucx_status ucx_answer(ucx_channel channel);
ucx_status ucx_ring(ucx_channel channel);
ucx_status ucx_hangup(ucx_channel channel, uint16_t cause);
ucx_status ucx_play(ucx_channel channel, const ucx_media *items, size_t count);

// What is left out (0): at least and at most one digit, 5 s for the first, 2 s between, `#` ends, a key cuts the prompt short.
typedef struct {
  const ucx_media *prompt;
  size_t prompts;
  uint16_t min_digits, max_digits;
  const char *terminators;
  uint32_t first, between;
  bool whole_prompt;
} ucx_gather_spec;
ucx_status ucx_gather(ucx_channel channel, ucx_gather_spec spec, ucx_gathered *gathered);

// Dials legs together, `ring` for all of it (0: as the legs say). `*peer` is the leg that answered; nobody took it:
// `UCX_NOT_FOUND`, and `ucx_why` says why.
ucx_status ucx_dial(ucx_channel channel, const ucx_leg *legs, size_t count, uint32_t ring, ucx_channel *peer);
// Connects two legs and waits until one of them ends it.
ucx_status ucx_join(ucx_channel channel, ucx_channel peer);

// A channel variable, empty if it is not set; sets one.
ucx_status ucx_get_variable(ucx_channel channel, const char *name, ucx_string *value);
ucx_status ucx_set_variable(ucx_channel channel, const char *name, ucx_string value);

// What becomes of the caller. Nothing said means `done`.
ucx_status ucx_done(ucx_outcome *outcome);
ucx_status ucx_goto(ucx_outcome *outcome, ucx_string context, ucx_string exten, const char *priority);
ucx_status ucx_hang_up(ucx_outcome *outcome, uint16_t cause);

// `UCX_GONE` ends a flow quietly, everything else that is not `UCX_OK` gives the caller the manifest's fallback.
ucx_status ucx_run(ucx_channel channel, const ucx_attrs *args, ucx_outcome *outcome);
#define UCX_FLOW(channel, args, outcome) \
  ucx_status ucx_run(ucx_channel channel, const ucx_attrs *args, ucx_outcome *outcome)
#endif

#endif
