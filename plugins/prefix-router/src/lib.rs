//! Where does a call go, by the longest prefix of what was dialled? The operator's table `routes` says it.

use ucx::prelude::*;

/// How long an endpoint or trunk may ring when the row does not say.
const RING_SECONDS: u64 = 30;
/// ITU-T Q.850: call rejected.
const CALL_REJECTED: u16 = 21;

ucx::router!(route);

fn route(request: &RouteRequest) -> Answer {
    let Some(row) = lookup("routes").longest_prefix(&request.dialled)? else {
        return pass(format!("no prefix of {} is in the table", request.dialled));
    };
    let ring = row
        .int("ring")
        .and_then(|ring| u64::try_from(ring).ok())
        .unwrap_or(RING_SECONDS)
        .secs();
    match row.require("action")? {
        "endpoint" => {
            let name = row.require("target")?;
            connect([endpoint(name).ring(ring)]).because(format!("prefix {} rings {name}", row.key))
        }
        "trunk" => {
            let name = row.require("target")?;
            let number = sent_number(&row, &request.dialled);
            connect([trunk(name, number).ring(ring)])
                .because(format!("prefix {} goes out by {name}", row.key))
        }
        "reject" => {
            let why = row
                .text("target")
                .filter(|why| !why.is_empty())
                .unwrap_or("not allowed");
            reject(CALL_REJECTED, format!("prefix {} is refused: {why}", row.key))
        }
        other => Err(Failure::new(format!(
            "row {}: {other} is no action (endpoint, trunk, reject)",
            row.key
        ))),
    }
}

/// The number as the trunk wants it: `strip` leading characters less, `add` in front.
fn sent_number(row: &Row, dialled: &str) -> String {
    let strip = row
        .int("strip")
        .and_then(|strip| usize::try_from(strip).ok())
        .unwrap_or(0);
    let rest: String = dialled.chars().skip(strip).collect();
    format!("{}{rest}", row.text("add").unwrap_or(""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ucx::bindings::types::{Decision, Target};
    use ucx::testing;

    fn with_routes() {
        testing::table(
            "routes",
            &[
                (
                    "+44",
                    &[
                        ("action", "trunk"),
                        ("target", "london"),
                        ("strip", "3"),
                        ("add", "0"),
                    ],
                ),
                (
                    "+4420",
                    &[("action", "trunk"), ("target", "city"), ("ring", "12")],
                ),
                ("+1900", &[("action", "reject"), ("target", "premium rate")]),
                ("60", &[("action", "endpoint"), ("target", "6001")]),
                ("7", &[("action", "dance"), ("target", "x")]),
            ],
        );
    }

    fn decide(dialled: &str) -> Answer {
        with_routes();
        route(&testing::request(dialled))
    }

    fn leg(dialled: &str) -> ucx::bindings::types::Leg {
        let Decision::Connect(groups) = decide(dialled).unwrap().decision else {
            panic!("not connected")
        };
        groups[0][0].clone()
    }

    #[test]
    fn the_longest_prefix_wins() {
        let leg = leg("+442071234567");
        assert_eq!(leg.ring, 12_000);
        let Target::Trunk(to) = leg.to else {
            panic!("not a trunk")
        };
        assert_eq!((to.trunk.as_str(), to.number.as_str()), ("city", "+442071234567"));
    }

    #[test]
    fn a_trunk_gets_the_number_it_wants() {
        let Target::Trunk(to) = leg("+441611234567").to else {
            panic!("not a trunk")
        };
        assert_eq!(to.number, "01611234567");
    }

    #[test]
    fn an_endpoint_rings_for_the_usual_time() {
        let leg = leg("6009");
        assert_eq!(leg.ring, 30_000);
        let Target::Endpoint(name) = leg.to else {
            panic!("not an endpoint")
        };
        assert_eq!(name, "6001");
    }

    #[test]
    fn a_refused_prefix_says_why() {
        let verdict = decide("+19005551234").unwrap();
        assert!(matches!(&verdict.decision, Decision::Reject(rejection) if rejection.cause == 21));
        assert_eq!(verdict.reason, "prefix +1900 is refused: premium rate");
    }

    #[test]
    fn what_no_prefix_fits_is_left_to_others() {
        assert!(matches!(decide("5551234").unwrap().decision, Decision::Pass));
    }

    #[test]
    fn a_broken_row_is_named() {
        let failure = decide("7000").unwrap_err();
        assert_eq!(
            failure.to_string(),
            "row 7: dance is no action (endpoint, trunk, reject)"
        );
    }
}
