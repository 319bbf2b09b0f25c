//! A verdict's plan as a dial: groups one after another, legs of a group together.

use crate::grant::fits;
use crate::values::{Leg, Party, Presentation, Target};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Party as Caller, Presentation as Shown};
use ucx_pbx::{DialGroup, DialLeg, DialPlan, Line, RingPolicy};

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
        let made = line.legs(&dial_string(&leg.to)?)?;
        dialled.extend(made.into_iter().map(|made| DialLeg {
            caller: caller.clone(),
            headers: headers.clone(),
            ..made
        }));
    }
    Ok(DialGroup {
        legs: dialled,
        timeout,
    })
}

/// Whether a list of dial strings, numbers and their beginnings has that destination.
pub(crate) fn may_dial(list: &BTreeSet<String>, to: &Target) -> Result<bool, String> {
    let dial_string = dial_string(to)?;
    let also = match to {
        Target::Trunk(to) => Some(&to.number),
        Target::Endpoint(name) => Some(name),
        Target::Uri(_)
        | Target::DialString(_)
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
        Target::Uri(_) => Err("SIP addresses cannot be dialled yet".to_owned()),
        Target::Queue(_) => Err("there are no queues on this host".to_owned()),
        Target::Flow(_) => Err("call flows cannot be dialled yet".to_owned()),
        Target::Conference(_) => Err("there are no conferences on this host".to_owned()),
        Target::Voicemail(_) => Err("there are no mailboxes on this host".to_owned()),
        Target::Other(other) => Err(format!("destinations of kind {:?} are not known", other.kind)),
    }
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
        for name in ["6001&PJSIP/6002", "6001/sip:x@y", "a b", "", "a\r\nb"] {
            assert!(dial_string(&Target::Endpoint(name.into())).is_err(), "{name}");
        }
    }
}
