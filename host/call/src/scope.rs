//! What may somebody reach with the rights they have? Places, numbers and applications by name, and how many calls.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Names that are allowed. A `*` in one stands for any text without a slash, so that `PJSIP/*` is every endpoint and no
/// address behind one (`PJSIP/bob/sip:…`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(Vec<Arc<str>>);

impl Names {
    /// These names and patterns.
    pub fn new<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> Self {
        Self(names.into_iter().map(|name| Arc::from(name.as_ref())).collect())
    }

    /// Whether the name is among them.
    pub fn allow(&self, name: &str) -> bool {
        self.0.iter().any(|pattern| fits(pattern, name))
    }

    /// As [`Self::allow`], whatever the case of letters is: applications are called so.
    fn allow_in_any_case(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        self.0
            .iter()
            .any(|pattern| fits(&pattern.to_ascii_lowercase(), &name))
    }

    /// Whether a destination is among them. What has no slash is the beginning of a number: `+44` allows
    /// `PJSIP/+442071234567@trunk`, over whichever trunk.
    fn allow_destination(&self, destination: &str) -> bool {
        let Some((technology, resource)) = destination.split_once('/') else {
            return false;
        };
        let technology = technology.to_ascii_lowercase();
        self.0.iter().any(|pattern| match pattern.split_once('/') {
            Some((of, names)) => fits(&of.to_ascii_lowercase(), &technology) && fits(names, resource),
            None if &**pattern == "*" => true,
            None => number(resource).is_some_and(|number| number.starts_with(pattern.trim_end_matches('*'))),
        })
    }
}

/// The number in `number@trunk` or `number@context/n`; none in what is something else.
fn number(resource: &str) -> Option<&str> {
    let (number, rest) = resource.split_once('@')?;
    let is_number = !number.is_empty()
        && number
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '+' | '*' | '#'));
    // Behind the trunk's name a slash would bring in an address.
    let is_plain = !rest.contains('/') || rest.ends_with("/n");
    (is_number && is_plain).then_some(number)
}

/// Whether a name fits a pattern. Each step shortens one of them or moves the last star on, so it ends.
fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut at, mut seen) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while seen < name.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some(letter) if *letter == name[seen] => {
                at += 1;
                seen += 1;
            }
            Some(_) | None => match star {
                Some((back, taken)) if name[taken] != b'/' => {
                    star = Some((back, taken + 1));
                    (at, seen) = (back + 1, taken + 1);
                }
                Some(_) | None => return false,
            },
        }
    }
    pattern[at..].iter().all(|letter| *letter == b'*')
}

/// What somebody may reach; a list that is not there is no limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Contexts of the dialplan they may send channels into. What runs there runs as dialplan.
    pub contexts: Option<Names>,
    /// Destinations they may connect a channel with: `PJSIP/6001`, `PJSIP/*`, beginnings of numbers (`+44`).
    pub dial: Option<Names>,
    /// Destinations they may make calls to.
    pub originate: Option<Names>,
    /// Applications of the dialplan they may run.
    pub applications: Option<Names>,
    /// Calls they may begin within any 60 seconds: each originate, and each leg that is dialled.
    pub calls_per_minute: Option<u32>,
    /// Channels they made that may live at once.
    pub calls_at_once: Option<u32>,
    /// A scope around this one, which has to allow it as well.
    pub within: Option<Arc<Self>>,
}

impl Scope {
    /// Whether channels may be sent into that context.
    pub fn may_enter(&self, context: &str) -> bool {
        self.each(|scope| scope.contexts.as_ref().is_none_or(|names| names.allow(context)))
    }

    /// Whether `Technology/resource` may be dialled.
    pub fn may_dial(&self, destination: &str) -> bool {
        self.each(|scope| {
            scope
                .dial
                .as_ref()
                .is_none_or(|names| names.allow_destination(destination))
        })
    }

    /// Whether `Technology/resource` may be called.
    pub fn may_originate(&self, destination: &str) -> bool {
        self.each(|scope| {
            scope
                .originate
                .as_ref()
                .is_none_or(|names| names.allow_destination(destination))
        })
    }

    /// Whether that application may be run.
    pub fn may_run(&self, application: &str) -> bool {
        self.each(|scope| {
            scope
                .applications
                .as_ref()
                .is_none_or(|names| names.allow_in_any_case(application))
        })
    }

    /// The least of the bounds on calls: within a minute, and at once.
    pub fn calls(&self) -> (Option<u32>, Option<u32>) {
        let least = |one: Option<u32>, two: Option<u32>| one.into_iter().chain(two).min();
        let outer = self.within.as_ref().map_or((None, None), |outer| outer.calls());
        (
            least(self.calls_per_minute, outer.0),
            least(self.calls_at_once, outer.1),
        )
    }

    fn each(&self, allows: impl Fn(&Self) -> bool) -> bool {
        let mut scope = Some(self);
        while let Some(inner) = scope {
            if !allows(inner) {
                return false;
            }
            scope = inner.within.as_deref();
        }
        true
    }
}

/// Scopes of those who come in at one door, by the names they have there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(BTreeMap<Arc<str>, Arc<Scope>>);

impl Scopes {
    /// Each name, or pattern of names, with its scope.
    pub fn new(scopes: impl IntoIterator<Item = (String, Scope)>) -> Self {
        let scopes = scopes
            .into_iter()
            .map(|(name, scope)| (Arc::from(name), Arc::new(scope)));
        Self(scopes.collect())
    }

    /// The scope of that name, else the first by alphabet whose pattern it fits; none if there is no limit.
    pub fn of(&self, name: &str) -> Option<Arc<Scope>> {
        let own = self.0.get(name);
        own.or_else(|| {
            let mut fitting = self.0.iter().filter(|(pattern, _)| fits(pattern, name));
            fitting.next().map(|(_, scope)| scope)
        })
        .cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dial(names: &[&str]) -> Scope {
        Scope {
            dial: Some(Names::new(names)),
            ..Scope::default()
        }
    }

    #[test]
    fn a_star_ends_at_a_slash() {
        for (pattern, name, is_fit) in [
            ("PJSIP/*", "PJSIP/6001", true),
            ("PJSIP/*", "PJSIP/6001/sip:x@evil", false),
            ("*@london", "0207@london", true),
            ("*@london", "0207@paris", false),
            ("a*b*c", "a--b--b-c", true),
            ("a*b*c", "a--b--b-", false),
            ("sales-*", "sales-", true),
            ("", "", true),
            ("", "a", false),
            ("**", "anything", true),
        ] {
            assert_eq!(fits(pattern, name), is_fit, "{pattern} {name}");
        }
    }

    #[test]
    fn numbers_are_allowed_by_their_beginning_over_any_trunk() {
        let scope = dial(&["+44*", "PJSIP/6001"]);
        assert!(scope.may_dial("PJSIP/+442071234567@london"));
        assert!(scope.may_dial("Local/+4420@outbound/n"));
        assert!(scope.may_dial("pjsip/6001"));
        for forbidden in [
            "PJSIP/+33142@paris",
            "PJSIP/6002",
            "PJSIP/+44",
            "PJSIP/+44abc@london",
            "PJSIP/+4420@london/sip:1@evil",
            "PJSIP/6001/sip:1@evil",
            "+44207",
            "",
        ] {
            assert!(!scope.may_dial(forbidden), "{forbidden}");
        }
        assert!(dial(&["*"]).may_dial("PJSIP/6001/sip:x@y"));
        assert!(!dial(&[]).may_dial("PJSIP/6001"));
        assert!(Scope::default().may_dial("PJSIP/6001/sip:x@y"));
    }

    #[test]
    fn applications_are_found_in_any_case() {
        let scope = Scope {
            applications: Some(Names::new(["Playback", "Set"])),
            ..Scope::default()
        };
        assert!(scope.may_run("playback") && scope.may_run("SET"));
        assert!(!scope.may_run("System"));
    }

    #[test]
    fn a_scope_inside_another_allows_what_both_allow() {
        let outer = Scope {
            contexts: Some(Names::new(["sales", "support"])),
            calls_per_minute: Some(10),
            ..Scope::default()
        };
        let inner = Scope {
            contexts: Some(Names::new(["support", "admin"])),
            calls_per_minute: Some(30),
            calls_at_once: Some(2),
            within: Some(Arc::new(outer)),
            ..Scope::default()
        };
        assert!(inner.may_enter("support"));
        assert!(!inner.may_enter("sales") && !inner.may_enter("admin"));
        assert_eq!(inner.calls(), (Some(10), Some(2)));
    }
}
