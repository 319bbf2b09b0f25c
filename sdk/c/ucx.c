// What `ucx.h` promises to every plugin: texts, the log, tables, settings, secrets; and routers and subscribers.

#include "ucx.h"

#include <string.h>

#include "arena.h"

static ucx_string why;

// --- memory and texts

void *ucx_new(size_t size) {
  void *block = calloc(1, size);
  if (block == NULL) __builtin_trap();
  return block;
}

// `vsnprintf` would bring the C library's streams along, and with them files that a plugin does not have.
typedef struct {
  char *to;
  size_t length;
} out;

static void put(out *o, const char *text, size_t length) {
  if (o->to != NULL && length != 0) memcpy(o->to + o->length, text, length);
  o->length += length;
}

static void put_number(out *o, uint64_t number, unsigned base) {
  char digits[20];
  size_t at = sizeof digits;
  do digits[--at] = "0123456789abcdef"[number % base];
  while ((number /= base) != 0);
  put(o, digits + at, sizeof digits - at);
}

static void put_signed(out *o, int64_t number) {
  if (number < 0) put(o, "-", 1);
  put_number(o, number < 0 ? 0 - (uint64_t)number : (uint64_t)number, 10);
}

// One conversion, from after its `%`; answers where the text goes on. What it does not know stands as it is.
static const char *convert(out *o, const char *at, va_list *list) {
  const char *start = at - 1;
  bool wide = false;
  int precision = -1;
  if (at[0] == '.' && at[1] == '*') {
    precision = va_arg(*list, int);
    at += 2;
  }
  for (; *at == 'l' || *at == 'z' || *at == 'j'; at++) wide = *at == 'j' || (*at == 'l' && at[1] == 'l') || wide;
  switch (*at) {
    case 's': {
      const char *text = va_arg(*list, const char *);
      put(o, text, precision >= 0 ? (size_t)precision : strlen(text));
      break;
    }
    case 'd':
    case 'i':
      put_signed(o, wide ? va_arg(*list, int64_t) : va_arg(*list, int32_t));
      break;
    case 'u':
    case 'x':
      put_number(o, wide ? va_arg(*list, uint64_t) : va_arg(*list, uint32_t), *at == 'x' ? 16 : 10);
      break;
    case 'c': {
      char letter = (char)va_arg(*list, int);
      put(o, &letter, 1);
      break;
    }
    case '%':
      put(o, "%", 1);
      break;
    default:
      put(o, start, (size_t)(at - start));
      return at;
  }
  return at + 1;
}

static size_t write_list(char *to, const char *format, va_list *list) {
  out o = {to, 0};
  while (*format != 0) {
    const char *percent = strchr(format, '%');
    put(&o, format, percent == NULL ? strlen(format) : (size_t)(percent - format));
    if (percent == NULL) break;
    format = convert(&o, percent + 1, list);
  }
  return o.length;
}

// How many bytes the character at the beginning of these has; 0 if there is none (RFC 3629).
static size_t character(const uint8_t *at, size_t left) {
  uint8_t first = at[0];
  if (first < 0x80) return 1;
  size_t length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length == 0 || length > left) return 0;
  for (size_t n = 1; n < length; n++)
    if ((at[n] & 0xc0) != 0x80) return 0;
  bool is_long = (first == 0xe0 && at[1] < 0xa0) || (first == 0xf0 && at[1] < 0x90);
  bool is_beyond = (first == 0xed && at[1] > 0x9f) || (first == 0xf4 && at[1] > 0x8f);
  return is_long || is_beyond ? 0 : length;
}

ucx_string ucx_valid(ucx_string text) {
  size_t bad = 0, length;
  for (size_t at = 0; at < text.len; at += length == 0 ? 1 : length)
    if ((length = character(text.ptr + at, text.len - at)) == 0) bad++;
  if (bad == 0) return text;
  uint8_t *made = ucx_new(text.len + 2 * bad);
  size_t to = 0;
  for (size_t at = 0; at < text.len; at += length == 0 ? 1 : length) {
    length = character(text.ptr + at, text.len - at);
    memcpy(made + to, length == 0 ? (const uint8_t *)"\xef\xbf\xbd" : text.ptr + at, length == 0 ? 3 : length);
    to += length == 0 ? 3 : length;
  }
  return (ucx_string){made, to};
}

static ucx_string format_list(const char *format, va_list list) {
  va_list measured;
  va_copy(measured, list);
  size_t length = write_list(NULL, format, &measured);
  va_end(measured);
  char *text = ucx_new(length + 1);
  va_list written;
  va_copy(written, list);
  write_list(text, format, &written);
  va_end(written);
  return ucx_valid((ucx_string){(uint8_t *)text, length});
}

ucx_string ucx_format(const char *format, ...) {
  va_list list;
  va_start(list, format);
  ucx_string text = format_list(format, list);
  va_end(list);
  return text;
}

const char *ucx_c(ucx_string text) {
  char *ended = ucx_new(text.len + 1);
  if (text.len != 0) memcpy(ended, text.ptr, text.len);
  return ended;
}

ucx_string ucx_s(const char *text) { return ucx_valid((ucx_string){(uint8_t *)text, text == NULL ? 0 : strlen(text)}); }

bool ucx_equals(ucx_string text, const char *other) {
  return text.len == strlen(other) && (text.len == 0 || memcmp(text.ptr, other, text.len) == 0);
}

bool ucx_starts(ucx_string text, const char *beginning) {
  size_t length = strlen(beginning);
  return text.len >= length && (length == 0 || memcmp(text.ptr, beginning, length) == 0);
}

bool ucx_is_empty(ucx_string text) { return text.len == 0; }

// --- how things went

ucx_string ucx_why(void) { return why; }

ucx_status ucx_fail(const char *format, ...) {
  va_list list;
  va_start(list, format);
  why = format_list(format, list);
  va_end(list);
  return UCX_FAILED;
}

ucx_status ucx_failed_with(const ucx_error *error) {
  static const char *const words[] = {"not found", "gone",      "invalid",   "denied; needs", "a limit is used up", "conflict",
                                      "timed out", "cancelled", "unavailable", "failed"};
  ucx_string text = {NULL, 0};
  switch (error->tag) {
    case UCX_TYPES_COMMON_ERROR_INVALID:
    case UCX_TYPES_COMMON_ERROR_DENIED:
    case UCX_TYPES_COMMON_ERROR_CONFLICT:
    case UCX_TYPES_COMMON_ERROR_UNAVAILABLE:
      text = error->val.invalid;
      break;
    case UCX_TYPES_COMMON_ERROR_OTHER:
      text = error->val.other.message;
      break;
    default:
      break;
  }
  size_t known = sizeof words / sizeof *words;
  const char *word = error->tag < known ? words[error->tag] : words[known - 1];
  why = text.len == 0 ? ucx_s(word) : ucx_format("%s: %.*s", word, (int)text.len, (const char *)text.ptr);
  return error->tag < known ? (ucx_status)(UCX_NOT_FOUND + error->tag) : UCX_OTHER;
}

// --- what every plugin may use

void ucx_log(uint8_t level, const char *format, ...) {
  va_list list;
  va_start(list, format);
  ucx_string text = format_list(format, list), context = ucx_s("");
  va_end(list);
  wasi_logging_logging_log(level, &context, &text);
}

void ucx_count(const char *name, uint64_t n) {
  ucx_string text = ucx_s(name);
  ucx_attrs labels = {NULL, 0};
  ucx_host_metrics_count(&text, n, &labels);
}

static ucx_found found(bool answered, const ucx_host_lookup_option_row_t *given, const ucx_error *error, ucx_row *row) {
  if (!answered) {
    ucx_failed_with(error);
    return UCX_BROKEN;
  }
  if (given->is_some) *row = given->val;
  return given->is_some ? UCX_FOUND : UCX_NONE;
}

ucx_found ucx_find(const char *table, ucx_string key, ucx_row *row) {
  ucx_string name = ucx_s(table);
  ucx_host_lookup_option_row_t given;
  ucx_error error;
  key = ucx_valid(key);
  bool answered = ucx_host_lookup_find(&name, &key, &given, &error);
  return found(answered, &given, &error, row);
}

ucx_found ucx_longest_prefix(const char *table, ucx_string digits, ucx_row *row) {
  ucx_string name = ucx_s(table);
  ucx_host_lookup_option_row_t given;
  ucx_error error;
  digits = ucx_valid(digits);
  bool answered = ucx_host_lookup_longest_prefix(&name, &digits, &given, &error);
  return found(answered, &given, &error, row);
}

static const ucx_types_common_value_t *value(const ucx_attrs *attrs, const char *name) {
  for (size_t n = 0; n < attrs->len; n++)
    if (ucx_equals(attrs->ptr[n].name, name)) return &attrs->ptr[n].value;
  return NULL;
}

ucx_string ucx_attr_text(const ucx_attrs *attrs, const char *name) {
  const ucx_types_common_value_t *held = value(attrs, name);
  return held != NULL && held->tag == UCX_TYPES_COMMON_VALUE_TEXT ? held->val.text : (ucx_string){NULL, 0};
}

// A text that reads as a whole number counts as one.
static bool number_of(ucx_string text, int64_t *number) {
  int64_t sum = 0;
  size_t n = text.len != 0 && (text.ptr[0] == '-' || text.ptr[0] == '+');
  if (n == text.len) return false;
  for (size_t at = n; at < text.len; at++) {
    if (text.ptr[at] < '0' || text.ptr[at] > '9') return false;
    int64_t digit = text.ptr[at] - '0';
    if (sum > (INT64_MAX - digit) / 10) return false;
    sum = sum * 10 + digit;
  }
  *number = n != 0 && text.ptr[0] == '-' ? -sum : sum;
  return true;
}

int64_t ucx_attr_int(const ucx_attrs *attrs, const char *name, int64_t otherwise) {
  const ucx_types_common_value_t *held = value(attrs, name);
  int64_t number;
  if (held == NULL) return otherwise;
  if (held->tag == UCX_TYPES_COMMON_VALUE_INT) return held->val.int_;
  return held->tag == UCX_TYPES_COMMON_VALUE_TEXT && number_of(held->val.text, &number) ? number : otherwise;
}

ucx_string ucx_text(const ucx_row *row, const char *column) { return ucx_attr_text(&row->columns, column); }

int64_t ucx_int(const ucx_row *row, const char *column, int64_t otherwise) {
  return ucx_attr_int(&row->columns, column, otherwise);
}

ucx_string ucx_config(const char *name, const char *otherwise) {
  ucx_string key = ucx_s(name);
  plugin_option_string_t given;
  wasi_config_store_error_t error;
  if (wasi_config_store_get(&key, &given, &error) && given.is_some) return given.val;
  return ucx_s(otherwise);
}

ucx_status ucx_secret(const char *name, ucx_string *secret) {
  ucx_string key = ucx_s(name);
  ucx_error error;
  return ucx_host_secrets_get(&key, secret, &error) ? UCX_OK : ucx_failed_with(&error);
}

// --- where a call can go

#if defined(UCX_WORLD_ROUTER) || defined(UCX_WORLD_CALL_FLOW)
static ucx_leg leg(uint8_t tag, uint32_t ring) {
  ucx_leg made;
  memset(&made, 0, sizeof made);
  made.to.tag = tag;
  made.ring = ring;
  return made;
}

ucx_leg ucx_endpoint(ucx_string name, uint32_t ring) {
  ucx_leg made = leg(UCX_CALL_ROUTING_TARGET_ENDPOINT, ring);
  made.to.val.endpoint = ucx_valid(name);
  return made;
}

ucx_leg ucx_trunk(ucx_string trunk, ucx_string number, uint32_t ring) {
  ucx_leg made = leg(UCX_CALL_ROUTING_TARGET_TRUNK, ring);
  made.to.val.trunk.trunk = ucx_valid(trunk);
  made.to.val.trunk.number = ucx_valid(number);
  return made;
}

ucx_leg ucx_queue(ucx_string name) {
  ucx_leg made = leg(UCX_CALL_ROUTING_TARGET_QUEUE, 0);
  made.to.val.queue = ucx_valid(name);
  return made;
}

ucx_leg ucx_voicemail(ucx_string mailbox) {
  ucx_leg made = leg(UCX_CALL_ROUTING_TARGET_VOICEMAIL, 0);
  made.to.val.voicemail = ucx_valid(mailbox);
  return made;
}
#endif

// --- routers

#ifdef UCX_WORLD_ROUTER
static ucx_status decide(ucx_verdict *verdict, uint8_t tag, ucx_string reason) {
  memset(verdict, 0, sizeof *verdict);
  verdict->decision.tag = tag;
  verdict->reason = ucx_valid(reason);
  return UCX_OK;
}

ucx_status ucx_pass(ucx_verdict *verdict, const char *reason) {
  return decide(verdict, UCX_CALL_ROUTING_DECISION_PASS, ucx_s(reason));
}

ucx_status ucx_reject(ucx_verdict *verdict, uint16_t cause, const char *reason) {
  decide(verdict, UCX_CALL_ROUTING_DECISION_REJECT, ucx_s(reason));
  verdict->decision.val.reject.cause = cause;
  verdict->decision.val.reject.reason = ucx_s(reason);
  return UCX_OK;
}

ucx_status ucx_connect(ucx_verdict *verdict, const ucx_leg *legs, size_t count, ucx_string reason) {
  decide(verdict, UCX_CALL_ROUTING_DECISION_CONNECT, reason);
  return ucx_or(verdict, legs, count);
}

ucx_status ucx_or(ucx_verdict *verdict, const ucx_leg *legs, size_t count) {
  ucx_call_routing_plan_t *plan = &verdict->decision.val.connect;
  ucx_call_routing_group_t *groups = ucx_new((plan->len + 1) * sizeof *groups);
  if (plan->len != 0) memcpy(groups, plan->ptr, plan->len * sizeof *groups);
  ucx_leg *copied = ucx_new(count * sizeof *copied);
  memcpy(copied, legs, count * sizeof *copied);
  groups[plan->len] = (ucx_call_routing_group_t){copied, count};
  *plan = (ucx_call_routing_plan_t){groups, plan->len + 1};
  return UCX_OK;
}

ucx_status ucx_continue_at(ucx_verdict *verdict, ucx_string context, ucx_string exten, const char *priority, const char *reason) {
  decide(verdict, UCX_CALL_ROUTING_DECISION_CONTINUE_AT, ucx_s(reason));
  verdict->decision.val.continue_at.context = ucx_valid(context);
  verdict->decision.val.continue_at.exten = ucx_valid(exten);
  verdict->decision.val.continue_at.priority = ucx_s(priority);
  return UCX_OK;
}

ucx_status ucx_set(ucx_verdict *verdict, const char *name, ucx_string text) {
  ucx_attr *all = ucx_new((verdict->set.len + 1) * sizeof *all);
  if (verdict->set.len != 0) memcpy(all, verdict->set.ptr, verdict->set.len * sizeof *all);
  all[verdict->set.len].name = ucx_s(name);
  all[verdict->set.len].value.tag = UCX_TYPES_COMMON_VALUE_TEXT;
  all[verdict->set.len].value.val.text = ucx_valid(text);
  verdict->set.ptr = all;
  verdict->set.len += 1;
  return UCX_OK;
}

bool exports_ucx_call_router_route(exports_ucx_call_router_route_request_t *request, exports_ucx_call_router_verdict_t *verdict,
                                   plugin_string_t *failure) {
  why = ucx_s("the router failed and did not say why");
  ucx_pass(verdict, "");
  bool decided = ucx_route(request, verdict) == UCX_OK;
  if (!decided) *failure = why;
  ucx_answered();
  return decided;
}
#endif

// --- subscribers

#ifdef UCX_WORLD_EVENT_SUBSCRIBER
bool exports_ucx_events_subscriber_on_events(exports_ucx_events_subscriber_list_delivery_t *batch,
                                             exports_ucx_events_subscriber_nack_t *nack) {
  ucx_status status = UCX_OK;
  why = ucx_s("the subscriber failed and did not say why");
  for (size_t n = 0; n < batch->len && status == UCX_OK; n++)
    if (batch->ptr[n].tag == UCX_EVENTS_ENVELOPE_DELIVERY_EVENT) status = ucx_on_event(&batch->ptr[n].val.event);
  memset(nack, 0, sizeof *nack);
  nack->tag = status == UCX_RETRY ? UCX_EVENTS_ENVELOPE_NACK_RETRY : UCX_EVENTS_ENVELOPE_NACK_REJECT;
  nack->val.reject = why;
  ucx_answered();
  return status == UCX_OK;
}
#endif
