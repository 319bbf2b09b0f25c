//! Names in pjsip.conf that lead nowhere.

use std::collections::BTreeMap;

use super::{Met, Pjsip};
use crate::diagnostic::{Diagnostics, Origin};
use crate::options::Settings;

/// Says which names of other objects do not exist or were left out.
pub(super) fn references(pjsip: &Pjsip, met: &Met, diagnostics: &mut Diagnostics) {
    let mut checker = Checker { met, diagnostics };
    for (name, endpoint) in &pjsip.endpoints {
        let from = Object {
            what: "endpoint",
            name,
            origin: &endpoint.origin,
        };
        checker.all(&from, "aor", &pjsip.aors, &endpoint.aors);
        checker.all(&from, "auth", &pjsip.auths, &endpoint.auth);
        checker.all(&from, "auth", &pjsip.auths, &endpoint.outbound_auth);
        checker.all(&from, "transport", &pjsip.transports, &endpoint.transport);
        if endpoint.media.codecs.is_empty() {
            let message = format!("endpoint [{name}] allows no codec, so that it can have no call");
            checker.diagnostics.warning(&endpoint.origin, message);
        }
        if written(&endpoint.settings, "auth") && endpoint.auth.is_empty() {
            let message = format!("endpoint [{name}] has an empty auth, so that it need not authenticate");
            checker.diagnostics.warning(&endpoint.origin, message);
        }
    }
    for (name, identify) in &pjsip.identifies {
        let from = Object {
            what: "identify",
            name,
            origin: &identify.origin,
        };
        checker.all(&from, "endpoint", &pjsip.endpoints, [&identify.endpoint]);
    }
    for (name, registration) in &pjsip.registrations {
        let from = Object {
            what: "registration",
            name,
            origin: &registration.origin,
        };
        checker.all(&from, "auth", &pjsip.auths, &registration.outbound_auth);
        checker.all(&from, "transport", &pjsip.transports, &registration.transport);
        checker.all(&from, "endpoint", &pjsip.endpoints, &registration.endpoint);
    }
    if pjsip.transports.is_empty() && !pjsip.endpoints.is_empty() {
        let first = pjsip.endpoints.values().next().map(|endpoint| &endpoint.origin);
        let file = first.map_or("pjsip.conf", |origin| &*origin.file);
        checker.diagnostics.warning(
            &Origin::new(file, 0),
            "there are endpoints, but no transport to reach them by",
        );
    }
}

fn written(settings: &Settings, name: &str) -> bool {
    settings.all(name).next().is_some()
}

struct Object<'a> {
    what: &'static str,
    name: &'a str,
    origin: &'a Origin,
}

struct Checker<'a> {
    met: &'a Met,
    diagnostics: &'a mut Diagnostics,
}

impl Checker<'_> {
    fn all<'n, T>(
        &mut self,
        from: &Object<'_>,
        kind: &'static str,
        existing: &BTreeMap<String, T>,
        names: impl IntoIterator<Item = &'n String>,
    ) {
        for name in names.into_iter().filter(|name| !existing.contains_key(*name)) {
            let fate = if self.met.contains(&(kind, name.clone())) {
                "was left out because of its errors"
            } else {
                "does not exist"
            };
            let message = format!(
                "{} [{}] names the {kind} '{name}', which {fate}",
                from.what, from.name
            );
            self.diagnostics.error(from.origin, message);
        }
    }
}
