//! A verdict's plan as a dial: groups one after another, legs of a group together.

use crate::grant::fits;
use crate::values::{Attr, Leg, Party, Presentation, Target, Value};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Party as Caller, Presentation as Shown};
use ucx_pbx::{DialGroup, DialLeg, DialPlan, Line, RingPolicy};

/// Codecs a plugin may name for a leg.
const CODECS_MAX: usize = 32;
/// The longest SIP address, in bytes.
const ADDRESS_MAX: usize = 512;

/// How long a leg rings whose plugin does not say.
const RING: Duration = Duration::from_secs(30);

/// The plan as the switch wants it. The error is a sentence about the leg that cannot be dialled.
pub(crate) fn plan(line: &Line, groups: &[Vec<Leg>]) -> Result<DialPlan, String> {
    let groups = groups
        .iter()
        .filter(|group| !group.is_empty())
        .map(|group| self::group(line, group));
    let groups = groups.collect::<Result<Vec<_>, _>>()?;
    if groups.is_empty() {
        return Err("the plan names nobody".to_owned());
    }
    Ok(DialPlan {
        groups,
        ringing: RingPolicy::Forward,
    })
}

/// A group as the switch wants it. The error is a sentence about the leg that cannot be dialled.
pub(crate) fn group(line: &Line, legs: &[Leg]) -> Result<DialGroup, String> {
    let ring = |leg: &Leg| {
        if leg.ring == 0 {
            RING
        } else {
            Duration::from_millis(leg.ring.into())
        }
    };
    let timeout = legs.iter().map(ring).max();
    let mut dialled = Vec::new();
    for leg in legs {
        let caller = leg.caller.as_ref().map(caller);
        let headers: Arc<[_]> = leg
            .headers
            .iter()
            .map(|header| (Arc::from(&*header.name), Arc::from(&*header.value)))
            .collect();
        let codecs = codecs(&leg.attrs);
        let made = line.legs(&dial_string(&leg.to)?)?;
        dialled.extend(made.into_iter().map(|made| DialLeg {
            caller: caller.clone(),
            headers: headers.clone(),
            codecs: codecs.clone(),
            ..made
        }));
    }
    Ok(DialGroup {
        legs: dialled,
        timeout,
    })
}

/// The codecs that attributes name: `ulaw,alaw`.
pub(crate) fn codecs(attrs: &[Attr]) -> Arc<[Arc<str>]> {
    let named = attrs.iter().find_map(|attr| match &attr.value {
        Value::Text(text) if attr.name == "codecs" => Some(text.as_str()),
        Value::Text(_) | Value::Int(_) | Value::Real(_) | Value::Boolean(_) | Value::Bytes(_) => None,
    });
    let names = named.unwrap_or_default().split(',').map(str::trim);
    names
        .filter(|name| !name.is_empty())
        .map(Arc::from)
        .take(CODECS_MAX)
        .collect()
}

/// Whether a list of dial strings, numbers and their beginnings has that destination.
pub(crate) fn may_dial(list: &BTreeSet<String>, to: &Target) -> Result<bool, String> {
    let dial_string = dial_string(to)?;
    let also = match to {
        Target::Trunk(to) => Some(&to.number),
        Target::Endpoint(name) | Target::Uri(name) => Some(name),
        Target::DialString(_)
        | Target::Location(_)
        | Target::Queue(_)
        | Target::Flow(_)
        | Target::Conference(_)
        | Target::Voicemail(_)
        | Target::Other(_) => None,
    };
    Ok(also.is_some_and(|name| fits(list, name))
        || dial_string.split('&').all(|part| fits(list, part.trim())))
}

/// The destination as a dial string. What may not stand in one is refused, so that a plugin cannot smuggle a second leg.
pub(crate) fn dial_string(to: &Target) -> Result<String, String> {
    let sound = |text: &str| match text
        .chars()
        .find(|c| "&/,@".contains(*c) || c.is_control() || *c == ' ')
    {
        Some(c) => Err(format!("{text:?} holds {c:?}, which no name or number has")),
        None if text.is_empty() => Err("a destination has no name".to_owned()),
        None if is_address(text) => Err(format!("{text:?} is a SIP address and no name")),
        None => Ok(text.to_owned()),
    };
    match to {
        Target::Endpoint(name) => Ok(format!("PJSIP/{}", sound(name)?)),
        Target::Trunk(to) => Ok(format!("PJSIP/{}@{}", sound(&to.number)?, sound(&to.trunk)?)),
        Target::DialString(text) => Ok(text.clone()),
        Target::Location(place) => {
            if place.priority != "1" && !place.priority.is_empty() {
                return Err("a leg enters the dialplan at priority 1 only".to_owned());
            }
            Ok(format!(
                "Local/{}@{}",
                sound(&place.exten)?,
                sound(&place.context)?
            ))
        }
        Target::Uri(uri) => address(uri),
        Target::Queue(_) => Err("there are no queues on this host".to_owned()),
        Target::Flow(_) => Err("call flows cannot be dialled yet".to_owned()),
        Target::Conference(_) => Err("there are no conferences on this host".to_owned()),
        Target::Voicemail(_) => Err("there are no mailboxes on this host".to_owned()),
        Target::Other(other) => Err(format!("destinations of kind {:?} are not known", other.kind)),
    }
}

fn is_address(text: &str) -> bool {
    let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
    scheme.eq_ignore_ascii_case("sip") || scheme.eq_ignore_ascii_case("sips")
}

/// A SIP address as a dial string: it is called through the endpoint that `default_outbound_endpoint` of pjsip.conf names.
fn address(uri: &str) -> Result<String, String> {
    let unfit = |c: char| "&,<>\"\\ ".contains(c) || c.is_control();
    if !is_address(uri) || uri.len() > ADDRESS_MAX || uri.contains(unfit) {
        return Err(format!("{uri:.100?} is no SIP address that can be dialled"));
    }
    Ok(format!("PJSIP/{uri}"))
}

pub(crate) fn caller(party: &Party) -> Caller {
    let shown = match party.presentation {
        Presentation::Allowed => Shown::Allowed,
        Presentation::Restricted => Shown::Restricted,
        Presentation::Unavailable => Shown::Unavailable,
    };
    Caller {
        presentation: shown,
        ..Caller::new(&party.number, party.name.as_deref().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::TrunkNumber;

    #[test]
    fn every_part_of_a_dial_string_has_to_be_allowed() {
        let list = ["PJSIP/60*", "+44*"].map(str::to_owned).into();
        let may = |to: Target| may_dial(&list, &to);
        assert_eq!(may(Target::Endpoint("6001".into())), Ok(true));
        assert_eq!(may(Target::Endpoint("7001".into())), Ok(false));
        assert_eq!(may(Target::DialString("PJSIP/6001&PJSIP/6002".into())), Ok(true));
        assert_eq!(may(Target::DialString("PJSIP/6001&PJSIP/7002".into())), Ok(false));
        let trunk = |number: &str| {
            Target::Trunk(TrunkNumber {
                trunk: "london".into(),
                number: number.into(),
            })
        };
        assert_eq!(may(trunk("+4420")), Ok(true));
        assert_eq!(may(trunk("+4920")), Ok(false));
        assert!(may(Target::Queue("sales".into())).is_err());
    }

    #[test]
    fn an_address_is_dialled_as_it_is_written() {
        let uri = |text: &str| dial_string(&Target::Uri(text.into()));
        assert_eq!(uri("sip:bob@example"), Ok("PJSIP/sip:bob@example".into()));
        for text in [
            "tel:1",
            "bob",
            "sip:a&PJSIP/b",
            "sip:a,b",
            "sip:<a>",
            "sip:a b",
            &format!("sip:{}", "a".repeat(600)),
        ] {
            assert!(uri(text).is_err(), "{text}");
        }
        let list = ["sip:*"].map(str::to_owned).into();
        assert_eq!(may_dial(&list, &Target::Uri("sip:bob@example".into())), Ok(true));
        let list = ["PJSIP/*"].map(str::to_owned).into();
        assert_eq!(may_dial(&list, &Target::Endpoint("bob".into())), Ok(true));
    }

    #[test]
    fn codecs_are_read_from_a_list() {
        let attr = |name: &str, value: &str| crate::telephony::text_attr(name, value);
        let named = codecs(&[attr("delay", "1"), attr("codecs", "alaw, ,ulaw")]);
        assert_eq!(
            named.iter().map(|name| &**name).collect::<Vec<_>>(),
            ["alaw", "ulaw"]
        );
        assert!(codecs(&[]).is_empty());
    }

    #[test]
    fn a_name_cannot_smuggle_a_second_leg() {
        assert_eq!(
            dial_string(&Target::Endpoint("6001".into())),
            Ok("PJSIP/6001".into())
        );
        let trunk = TrunkNumber {
            trunk: "london".into(),
            number: "+44".into(),
        };
        assert_eq!(dial_string(&Target::Trunk(trunk)), Ok("PJSIP/+44@london".into()));
        assert!(dial_string(&Target::Endpoint("sip:192.0.2.1".into())).is_err());
        let trunk = TrunkNumber {
            trunk: "192.0.2.1".into(),
            number: "sip:bob".into(),
        };
        assert!(dial_string(&Target::Trunk(trunk)).is_err());
        for name in ["6001&PJSIP/6002", "6001/sip:x@y", "a b", "", "a\r\nb"] {
            assert!(dial_string(&Target::Endpoint(name.into())).is_err(), "{name}");
        }
    }
}
