//! May a router say that? Its verdict against its rights, and its question cut to what it may see.

use std::collections::BTreeSet;

use crate::grant::Rights;
use crate::telephony::{dial_string, may_continue};
use crate::values::{Decision, Header, Leg, RouteRequest, Target, Value, Verdict};

/// Groups of a plan.
const GROUPS_MAX: usize = 16;
/// Legs of a plan, over all groups.
const LEGS_MAX: usize = 64;
/// Headers of a leg.
const HEADERS_MAX: usize = 32;
/// The longest text of a verdict in bytes.
const TEXT_MAX: usize = 2048;
/// Attributes of a question that need no right, beside `arg1`, `arg2` and so on.
const OPEN_ATTRIBUTES: [&str; 5] = ["codecs", "host-started", "language", "redirecting", "last-cause"];

/// Takes out of a question what the plugin may not see.
pub(crate) fn cut_request(request: &mut RouteRequest, rights: &Rights) {
    request
        .headers
        .retain(|header| has_any_case(&rights.asks.headers, &header.name));
    request.attrs.retain(|attr| {
        let name = attr.name.as_str();
        OPEN_ATTRIBUTES.contains(&name) || is_argument(name) || rights.asks.variables.contains(name)
    });
}

fn is_argument(name: &str) -> bool {
    name.strip_prefix("arg")
        .is_some_and(|n| !n.is_empty() && n.bytes().all(|digit| digit.is_ascii_digit()))
}

/// Variables a verdict sets.
const SET_MAX: usize = 64;
/// The longest value of such a variable in bytes.
const VALUE_MAX: usize = 64 << 10;

/// Checks a verdict about a call that is in the context `own`; the error is a sentence.
pub(crate) fn check(verdict: &Verdict, rights: &Rights, own: &str) -> Result<(), String> {
    text("the reason", &verdict.reason)?;
    if verdict.set.len() > SET_MAX {
        return Err(format!("at most {SET_MAX} variables are set"));
    }
    for variable in &verdict.set {
        let length = match &variable.value {
            Value::Text(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
            Value::Int(_) | Value::Real(_) | Value::Boolean(_) => 0,
        };
        if length > VALUE_MAX {
            return Err(format!("a variable has at most {VALUE_MAX} bytes"));
        }
        if !rights.asks.set.contains(&variable.name) {
            return Err(format!(
                "it may not set {:?}; needs set = [{:?}]",
                variable.name, variable.name
            ));
        }
    }
    match &verdict.decision {
        Decision::Connect(groups) => {
            plan(groups, rights)?;
            let mut legs = groups.iter().flatten();
            legs.try_for_each(|leg| check_destination(&leg.to, rights, own))
        }
        Decision::Reject(rejection) => {
            let fits = rejection.cause <= 127
                && (rejection.sip_code == 0 || (400..700).contains(&rejection.sip_code));
            if !fits || (rejection.cause == 0 && rejection.sip_code == 0) {
                return Err(format!(
                    "cause {} and status {} are none",
                    rejection.cause, rejection.sip_code
                ));
            }
            line("the rejection's reason", &rejection.reason)
        }
        Decision::ContinueAt(place) => {
            line("the context", &place.context)?;
            line("the extension", &place.exten)?;
            line("the priority", &place.priority)?;
            context(&place.context, rights, own)
        }
        Decision::Pass | Decision::Other(_) => Ok(()),
    }
}

/// Whether a destination's name is one and no second destination, and is where the plugin may send calls.
fn check_destination(to: &Target, rights: &Rights, own: &str) -> Result<(), String> {
    match to {
        Target::Location(place) => {
            dial_string(to)?;
            context(&place.context, rights, own)
        }
        Target::Endpoint(_) | Target::Trunk(_) => dial_string(to).map(drop),
        // Whether the host can dial these is seen when it does.
        Target::Uri(_)
        | Target::DialString(_)
        | Target::Queue(_)
        | Target::Flow(_)
        | Target::Conference(_)
        | Target::Voicemail(_)
        | Target::Other(_) => Ok(()),
    }
}

fn context(context: &str, rights: &Rights, own: &str) -> Result<(), String> {
    if context.contains(',') {
        return Err(format!("{context:?} is no context"));
    }
    if may_continue(&rights.asks.contexts, own, context) {
        Ok(())
    } else {
        Err(format!(
            "it may not send calls to {context:?}; needs contexts = [{context:?}]"
        ))
    }
}

/// Checks whom a plan dials, and with what; the error is a sentence.
pub(crate) fn plan(groups: &[Vec<Leg>], rights: &Rights) -> Result<(), String> {
    let legs = groups.iter().map(Vec::len).sum::<usize>();
    if groups.len() > GROUPS_MAX || legs > LEGS_MAX {
        return Err(format!("at most {GROUPS_MAX} groups and {LEGS_MAX} legs"));
    }
    if legs == 0 {
        return Err("a plan without a leg".to_owned());
    }
    groups.iter().flatten().try_for_each(|leg| check_leg(leg, rights))
}

pub(crate) fn check_leg(leg: &Leg, rights: &Rights) -> Result<(), String> {
    if leg.headers.len() > HEADERS_MAX {
        return Err(format!("at most {HEADERS_MAX} headers to a leg"));
    }
    for Header { name, value } in &leg.headers {
        line("a header's name", name)?;
        line("a header's value", value)?;
        if !has_any_case(&rights.asks.send_headers, name) {
            return Err(format!(
                "it may not send the header {name}; needs send-headers = [{name:?}]"
            ));
        }
    }
    if let Some(caller) = &leg.caller {
        line("the caller's number", &caller.number)?;
        line("the caller's name", caller.name.as_deref().unwrap_or(""))?;
        line("the caller's address", caller.uri.as_deref().unwrap_or(""))?;
    }
    let needs = |kind: &str| {
        if rights.asks.targets.contains(kind) {
            Ok(())
        } else {
            Err(format!("needs targets = [{kind:?}]"))
        }
    };
    match &leg.to {
        Target::Uri(uri) => needs("uri").and_then(|()| line("the address", uri)),
        Target::DialString(dial) => needs("dial-string").and_then(|()| line("the dial string", dial)),
        Target::Trunk(to) => line("the trunk", &to.trunk).and_then(|()| line("the number", &to.number)),
        Target::Endpoint(name) | Target::Queue(name) | Target::Conference(name) | Target::Voicemail(name) => {
            line("the destination", name)
        }
        Target::Location(place) => {
            line("the context", &place.context).and_then(|()| line("the extension", &place.exten))
        }
        Target::Flow(flow) => line("the flow", &flow.flow),
        Target::Other(other) => line("the destination", &other.name),
    }
}

fn text(what: &str, text: &str) -> Result<(), String> {
    if text.len() > TEXT_MAX {
        return Err(format!("{what} is longer than {TEXT_MAX} bytes"));
    }
    Ok(())
}

/// A text that ends up in one line of SIP, or of a log.
pub(crate) fn line(what: &str, line: &str) -> Result<(), String> {
    if line.contains(['\r', '\n', '\0']) {
        return Err(format!("{what} holds a line end or a zero"));
    }
    text(what, line)
}

pub(crate) fn has_any_case(names: &BTreeSet<String>, name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grant::Grant;
    use crate::manifest::Manifest;
    use crate::values::{Attr, Value};

    fn rights(asks: &str) -> Rights {
        let manifest = format!("id = 'p'\nversion = '1'\nworlds = ['router']\n[asks]\n{asks}");
        let everything = || ["*".to_owned()].into();
        let grant = Grant {
            variables: everything(),
            headers: everything(),
            send_headers: everything(),
            set: everything(),
            targets: everything(),
            ..Grant::default()
        };
        Rights::new(&Manifest::parse(&manifest).unwrap(), &grant).unwrap()
    }

    #[test]
    fn a_question_shows_only_what_was_granted() {
        let mut request = RouteRequest::new("1", "100");
        let attr = |name: &str| Attr {
            name: name.to_owned(),
            value: Value::Int(1),
        };
        request.headers = ["X-Account", "P-Secret"]
            .map(|name| Header {
                name: name.to_owned(),
                value: String::new(),
            })
            .into();
        request.attrs = ["codecs", "arg1", "argument", "LIMIT", "PIN"].map(attr).into();
        cut_request(
            &mut request,
            &rights("headers = ['x-account']\nvariables = ['LIMIT']"),
        );
        assert_eq!(request.headers.len(), 1);
        let left: Vec<&str> = request.attrs.iter().map(|attr| attr.name.as_str()).collect();
        assert_eq!(left, ["codecs", "arg1", "LIMIT"]);
    }

    #[test]
    fn foreign_addresses_need_a_right() {
        let leg = Leg {
            to: Target::Uri("sip:a@b".to_owned()),
            ring: 0,
            caller: None,
            headers: Vec::new(),
            attrs: Vec::new(),
        };
        let decision = Decision::Connect(vec![vec![leg]]);
        let verdict = Verdict {
            decision,
            reason: String::new(),
            set: Vec::new(),
            attrs: Vec::new(),
        };
        assert_eq!(
            check(&verdict, &rights(""), "main").unwrap_err(),
            "needs targets = [\"uri\"]"
        );
        assert_eq!(check(&verdict, &rights("targets = ['uri']"), "main"), Ok(()));
    }
}
