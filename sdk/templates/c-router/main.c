// Where does a call go? The operator's table `routes` says it: prefix, endpoint, seconds to ring.

#include "ucx.h"

UCX_ROUTER(request, verdict) {
  if (ucx_starts(request->dialled, "+1900")) return ucx_reject(verdict, 21, "premium rate is blocked");
  ucx_row row;
  switch (ucx_longest_prefix("routes", request->dialled, &row)) {
    case UCX_BROKEN:
      return ucx_fail("%s", ucx_c(ucx_why()));
    case UCX_NONE:
      return ucx_pass(verdict, "no prefix fits");
    case UCX_FOUND:
      break;
  }
  ucx_string target = ucx_text(&row, "target");
  if (ucx_is_empty(target)) return ucx_fail("row %s has no target", ucx_c(row.key));
  ucx_leg leg = ucx_endpoint(target, (uint32_t)ucx_int(&row, "ring", 20) * 1000);
  return ucx_connect(verdict, &leg, 1, ucx_format("prefix %s rings %s", ucx_c(row.key), ucx_c(target)));
}
