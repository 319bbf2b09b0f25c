//! Where does a call go? The operator's table `routes` says it: prefix, endpoint, seconds to ring.

use ucx::prelude::*;

ucx::router!(route);

fn route(request: &RouteRequest) -> Answer {
    if request.dialled.starts_with("+1900") {
        return reject(21, "premium rate is blocked");
    }
    let Some(row) = lookup("routes").longest_prefix(&request.dialled)? else {
        return pass("no prefix fits");
    };
    let target = row.require("target")?;
    let ring = row
        .int("ring")
        .and_then(|ring| u64::try_from(ring).ok())
        .unwrap_or(20);
    connect([endpoint(target).ring(ring.secs())]).because(format!("prefix {} rings {target}", row.key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ucx::testing;

    #[test]
    fn the_longest_prefix_rings() {
        testing::table("routes", &[("71", &[("target", "6002")])]);
        assert_eq!(
            route(&testing::request("7100")).unwrap().reason,
            "prefix 71 rings 6002"
        );
        assert_eq!(route(&testing::request("8")).unwrap().reason, "no prefix fits");
    }
}
