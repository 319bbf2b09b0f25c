//! Dial strings: `PJSIP/bob&PJSIP/carol&Local/100@internal/n` into the legs of a dial.

use std::sync::Arc;
use ucx_call::Cause;
use ucx_switch::{DialLeg, DialTarget};

/// Legs one dial string may name; longer ones are refused.
pub const DIAL_STRING_LEGS_MAX: usize = 64;

/// The context of `Local/100`, which names none.
const LOCAL_CONTEXT: &str = "default";

/// Who knows what the technologies' resources stand for at the moment. `Local` is not asked for.
pub trait Technologies {
    /// The places to call for `TECHNOLOGY/resource`: (`PJSIP`, `bob`), (`PJSIP`, `1002@trunk`), (`PJSIP`, `bob/sip:…`).
    /// A resource that cannot be called, or a technology not known, is one [`DialTarget::Unavailable`].
    fn resolve(&self, technology: &str, resource: &str) -> Vec<DialTarget>;
}

/// The legs that a dial string stands for, each with its part of the string.
///
/// # Errors
/// A sentence that says which part is wrong.
pub(crate) fn legs(technologies: &dyn Technologies, text: &str) -> Result<Vec<DialLeg>, String> {
    let mut legs = Vec::new();
    for part in destinations(text) {
        let Some((technology, resource)) = part.split_once('/').filter(|(_, resource)| !resource.is_empty())
        else {
            return Err(format!("{part:?} is not of the form Technology/Resource"));
        };
        let targets = if technology.eq_ignore_ascii_case("Local") {
            vec![local(resource)]
        } else {
            technologies.resolve(technology, resource)
        };
        let shown: Arc<str> = Arc::from(resource);
        legs.extend(targets.into_iter().map(|to| DialLeg {
            dial_string: shown.clone(),
            ..DialLeg::new(to, "")
        }));
        if legs.len() > DIAL_STRING_LEGS_MAX {
            return Err(format!("more than {DIAL_STRING_LEGS_MAX} destinations"));
        }
    }
    if legs.is_empty() {
        return Err("a dial string names nobody".into());
    }
    Ok(legs)
}

/// The parts of a dial string, as written.
pub(crate) fn destinations(text: &str) -> impl Iterator<Item = &str> {
    text.split('&').map(str::trim).filter(|part| !part.is_empty())
}

/// The context that a `Local/…` leads into; none for other technologies.
pub(crate) fn local_context(destination: &str) -> Option<&str> {
    let (technology, resource) = destination.split_once('/')?;
    let place = resource.split('/').next().unwrap_or(resource);
    technology.eq_ignore_ascii_case("Local").then(|| {
        place
            .split_once('@')
            .map_or(LOCAL_CONTEXT, |(_, context)| context)
    })
}

/// The target for a technology that is not known.
pub(crate) fn unknown(resource: &str) -> DialTarget {
    DialTarget::Unavailable {
        endpoint: Arc::from(resource),
        cause: Cause::CHAN_NOT_IMPLEMENTED,
    }
}

/// `exten[@context][/options]`; of the options only `n` means something here.
fn local(resource: &str) -> DialTarget {
    let (place, options) = resource.split_once('/').unwrap_or((resource, ""));
    let (exten, context) = place.split_once('@').unwrap_or((place, LOCAL_CONTEXT));
    DialTarget::Local {
        exten: Arc::from(exten),
        context: Arc::from(context),
        optimize: !options.contains('n'),
    }
}

/// A host that reaches nobody but the dialplan.
impl Technologies for () {
    fn resolve(&self, _: &str, resource: &str) -> Vec<DialTarget> {
        vec![unknown(resource)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_targets_know_their_context_and_whether_they_may_be_optimised() {
        let target = |exten: &str, context: &str, optimize| DialTarget::Local {
            exten: Arc::from(exten),
            context: Arc::from(context),
            optimize,
        };
        assert_eq!(local("100@office"), target("100", "office", true));
        assert_eq!(local("100@office/n"), target("100", "office", false));
        assert_eq!(local("100"), target("100", "default", true));
    }

    #[test]
    fn each_destination_is_a_leg_with_its_own_text() {
        let legs = legs(&(), "PJSIP/bob & Local/100@office/n").unwrap();
        let shown: Vec<_> = legs.iter().map(|leg| &*leg.dial_string).collect();
        assert_eq!(shown, ["bob", "100@office/n"]);
        assert_eq!(legs[0].to, unknown("bob"));
    }

    #[test]
    fn what_is_not_a_destination_is_refused() {
        assert!(legs(&(), "bob").unwrap_err().contains("\"bob\""));
        assert!(legs(&(), "PJSIP/").is_err());
        assert!(legs(&(), "").is_err());
        assert!(legs(&(), &["PJSIP/a"; DIAL_STRING_LEGS_MAX + 1].join("&")).is_err());
    }
}
