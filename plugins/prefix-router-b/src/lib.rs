//! The same table under another rule: every trunk call gets a second attempt over the trunk that `default-trunk` names.

use ucx::prelude::*;

/// How long each attempt may ring.
const RING_SECONDS: u64 = 15;

ucx::router!(route);

fn route(request: &RouteRequest) -> Answer {
    let Some(row) = lookup("routes").longest_prefix(&request.dialled)? else {
        return pass(format!("no prefix of {} is in the table", request.dialled));
    };
    let name = row.require("target")?;
    if row.text("action") != Some("trunk") {
        return connect([endpoint(name).ring(RING_SECONDS.secs())]).because(format!("B: prefix {}", row.key));
    }
    let first = connect([trunk(name, &request.dialled).ring(RING_SECONDS.secs())]);
    match config("default-trunk")? {
        Some(second) if second != name => first
            .then([trunk(&second, &request.dialled).ring(RING_SECONDS.secs())])
            .because(format!("B: prefix {} by {name}, then {second}", row.key)),
        _ => first.because(format!("B: prefix {} by {name}", row.key)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ucx::bindings::types::Decision;
    use ucx::testing;

    fn groups() -> usize {
        testing::table("routes", &[("+44", &[("action", "trunk"), ("target", "london")])]);
        let Decision::Connect(groups) = route(&testing::request("+4420")).unwrap().decision else {
            panic!("refused")
        };
        groups.len()
    }

    #[test]
    fn a_second_trunk_is_tried_when_there_is_one() {
        assert_eq!(groups(), 1);
        testing::config("default-trunk", "paris");
        assert_eq!(groups(), 2);
        testing::config("default-trunk", "london");
        assert_eq!(groups(), 1);
    }
}
