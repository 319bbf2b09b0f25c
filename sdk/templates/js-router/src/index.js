// Where does a call go? The operator's table `routes` says it: prefix, endpoint, seconds to ring.

import { connect, endpoint, lookup, pass, reject, router, seconds } from "@ucx/sdk";

router((request) => {
  if (request.dialled.startsWith("+1900")) return reject(21, "premium rate is blocked");
  const row = lookup("routes").longestPrefix(request.dialled);
  if (!row) return pass("no prefix fits");
  const target = row.require("target");
  const leg = endpoint(target, { ring: seconds(row.int("ring", 20)) });
  return connect([leg]).because(`prefix ${row.key} rings ${target}`);
});
