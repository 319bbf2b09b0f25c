//! Where does a call go? A web service says so; when it does not answer, a table does.

use serde::Deserialize;
use ucx::prelude::*;
use ucx::web;

/// How long an endpoint or trunk rings when the service does not say.
const RING_SECONDS: u64 = 30;
/// How long the service may take when the operator does not say, in milliseconds.
const TIMEOUT_MS: u64 = 1000;
/// ITU-T Q.850: call rejected.
const CALL_REJECTED: u16 = 21;

ucx::router!(route);

/// What the service answers.
#[derive(Debug, Deserialize)]
#[serde(tag = "action", rename_all = "lowercase")]
enum Order {
    Connect {
        to: Vec<String>,
        ring: Option<u64>,
        reason: Option<String>,
    },
    Continue {
        context: String,
        exten: String,
        #[serde(default = "first")]
        priority: u32,
        reason: Option<String>,
    },
    Reject {
        cause: Option<u16>,
        reason: Option<String>,
    },
    Pass {
        reason: Option<String>,
    },
}

fn first() -> u32 {
    1
}

fn route(request: &RouteRequest) -> Answer {
    match ask(request) {
        Ok(order) => follow(order),
        Err(why) => {
            log::warn(&format!("the service gave no answer: {why}"));
            fall_back(request, &why)
        }
    }
}

fn ask(request: &RouteRequest) -> Result<Order, Failure> {
    let base = config("url")?.ok_or("the setting url is missing")?;
    let timeout = config("timeout-ms")?
        .and_then(|text| text.parse().ok())
        .unwrap_or(TIMEOUT_MS);
    let direction = match request.direction {
        Direction::Inbound => "inbound",
        Direction::Outbound => "outbound",
        Direction::Internal => "internal",
    };
    let separator = if base.contains('?') { '&' } else { '?' };
    let url = format!(
        "{base}{separator}dialled={}&caller={}&direction={direction}",
        web::encoded(&request.dialled),
        web::encoded(&request.caller.number)
    );
    let mut exchange = web::get(url)
        .header("Accept", "application/json")
        .timeout(std::time::Duration::from_millis(timeout));
    let token = secret("token")?;
    if !token.is_empty() {
        exchange = exchange.header("Authorization", format!("Bearer {token}"));
    }
    let answer = exchange.send()?.success()?;
    serde_json::from_str(answer.text()?).map_err(|error| Failure::new(format!("not an order: {error}")))
}

fn follow(order: Order) -> Answer {
    let said = |reason: Option<String>| reason.unwrap_or_else(|| "the service said so".to_owned());
    match order {
        Order::Connect { to, ring, reason } if !to.is_empty() => {
            let ring = ring.unwrap_or(RING_SECONDS).secs();
            connect(to.iter().map(|name| leg(name).ring(ring))).because(said(reason))
        }
        Order::Connect { .. } => Err(Failure::new("the service said connect, and to nobody")),
        Order::Continue {
            context,
            exten,
            priority,
            reason,
        } => continue_at(context, exten, priority).because(said(reason)),
        Order::Reject { cause, reason } => reject(cause.unwrap_or(CALL_REJECTED), said(reason)),
        Order::Pass { reason } => pass(said(reason)),
    }
}

/// `trunk/number`, or the name of an endpoint.
fn leg(name: &str) -> ucx::bindings::types::Leg {
    match name.split_once('/') {
        Some((by, number)) => trunk(by, number),
        None => endpoint(name),
    }
}

fn fall_back(request: &RouteRequest, why: &Failure) -> Answer {
    match lookup("http-fallback").longest_prefix(&request.dialled) {
        Ok(Some(row)) => {
            let name = row.require("target")?;
            connect([leg(name).ring(RING_SECONDS.secs())]).because(format!(
                "the service failed ({why}); prefix {} rings {name}",
                row.key
            ))
        }
        Ok(None) | Err(_) => pass(format!("the service failed: {why}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ucx::bindings::types::{Decision, Target};
    use ucx::testing;

    fn set_up(status: u16, body: &'static str) {
        testing::config("url", "https://crm.example/route");
        testing::secret("token", "t");
        testing::web(move |request| {
            assert_eq!(
                request.url,
                "https://crm.example/route?dialled=%2B4420&caller=6001&direction=internal"
            );
            assert!(request.headers.iter().any(|line| line.value == "Bearer t"));
            Ok((status, body.as_bytes().to_vec()))
        });
    }

    fn decide() -> Verdict {
        route(&testing::request("+4420")).unwrap()
    }

    #[test]
    fn the_service_is_followed() {
        set_up(
            200,
            r#"{"action":"connect","to":["6002","london/020"],"ring":7,"reason":"vip"}"#,
        );
        let verdict = decide();
        let Decision::Connect(groups) = verdict.decision else {
            panic!("not connected")
        };
        assert_eq!(
            (groups[0].len(), groups[0][0].ring, verdict.reason.as_str()),
            (2, 7000, "vip")
        );
        assert!(matches!(&groups[0][1].to, Target::Trunk(to) if to.trunk == "london" && to.number == "020"));
        set_up(200, r#"{"action":"continue","context":"sales","exten":"s"}"#);
        assert!(matches!(decide().decision, Decision::ContinueAt(place) if place.priority == "1"));
        set_up(200, r#"{"action":"reject"}"#);
        assert!(matches!(decide().decision, Decision::Reject(rejection) if rejection.cause == 21));
        set_up(200, r#"{"action":"pass"}"#);
        assert!(matches!(decide().decision, Decision::Pass));
    }

    #[test]
    fn a_service_that_fails_leaves_the_call_to_the_table() {
        for (status, body) in [(500, "{}"), (200, "no json"), (200, r#"{"action":"dance"}"#)] {
            set_up(status, body);
            assert!(matches!(decide().decision, Decision::Pass), "{body}");
        }
        testing::table("http-fallback", &[("+44", &[("target", "6009")])]);
        set_up(503, "");
        let verdict = decide();
        assert!(matches!(&verdict.decision, Decision::Connect(groups)
            if matches!(&groups[0][0].to, Target::Endpoint(name) if name == "6009")));
        assert!(verdict.reason.contains("status 503"), "{}", verdict.reason);
    }

    #[test]
    fn to_connect_to_nobody_is_a_failure() {
        set_up(200, r#"{"action":"connect","to":[]}"#);
        assert!(route(&testing::request("+4420")).is_err());
    }
}
