"""Where does a call go? The operator's table `routes` says it: prefix, endpoint, seconds to ring."""

from ucx import connect, endpoint, lookup, pass_, reject, router, seconds


@router
def route(request):
    if request.dialled.startswith("+1900"):
        return reject(21, "premium rate is blocked")
    row = lookup("routes").longest_prefix(request.dialled)
    if row is None:
        return pass_("no prefix fits")
    target = row.require("target")
    leg = endpoint(target, ring=seconds(row.int("ring", 20)))
    return connect([leg], because=f"prefix {row.key} rings {target}")
