// Hands the host texts that were cut in the middle of a character, wherever a router can hand it one.

#include "ucx.h"

UCX_ROUTER(request, verdict) {
  ucx_string caller = request->caller.number;
  // The first byte of a character of two.
  const char *cut = "\xc3";
  ucx_log(UCX_INFO, "half a letter: %s.", cut);
  ucx_row row;
  if (ucx_longest_prefix("routes", (ucx_string){(uint8_t *)cut, 1}, &row) != UCX_NONE) return ucx_fail("a row for nothing");
  ucx_leg leg = ucx_endpoint(caller, 0);
  ucx_status status = ucx_connect(verdict, &leg, 1, (ucx_string){(uint8_t *)cut, 1});
  ucx_set(verdict, "HALF", (ucx_string){(uint8_t *)cut, 1});
  return status;
}
