//! How is a REGISTER answered? (RFC 3261 section 10.3)

use std::time::Duration;

use super::Endpoint;
use super::guard::Caller;
use super::receive::Received;
use crate::accounts::AorSettings;
use crate::compose::Reply;
use crate::event::{Event, Refresh, Registered, SecurityKind, UnregisterReason};
use crate::registrar::{Binding, Changed, RegisterRefusal, Registering, Wish};
use crate::{HeaderError, Name, Request};

impl Endpoint {
    pub(super) fn handle_register(&mut self, now: Duration, received: Received<'_>) {
        let Some(caller) = self.guard(now, &received) else {
            return;
        };
        let to = received.request.headers.to().ok();
        let aor = to
            .and_then(|to| to.uri.user_decoded().map(|user| user.into_owned()))
            .unwrap_or_default();
        let settings = self
            .directory
            .accounts
            .aors
            .get(&aor)
            .filter(|_| caller.aors.contains(&aor))
            .cloned();
        let Some(settings) = settings else {
            self.tell_security(
                SecurityKind::ForeignAor,
                &aor,
                received.flow,
                &received.ident.call_id,
            );
            self.reply(now, received.id, &Reply::new(404));
            return;
        };
        let reply = match self.update_bindings(now, &received, &aor, &settings) {
            Ok(changed) => {
                self.tell_changes(now, &aor, &caller, changed);
                self.bindings_reply(now, &aor, &received.request, &settings)
            }
            Err(reply) => reply,
        };
        self.reply(now, received.id, &reply);
    }

    fn update_bindings(
        &mut self,
        now: Duration,
        received: &Received<'_>,
        aor: &str,
        settings: &AorSettings,
    ) -> Result<Changed, Reply> {
        let headers = &received.request.headers;
        let registering = Registering {
            flow: *received.flow,
            user_agent: headers.text(&Name::UserAgent).unwrap_or_default().into_owned(),
            call_id: received.ident.call_id.clone(),
            cseq: received.ident.cseq,
        };
        let changed = if headers.is_contact_wildcard() {
            let is_lone = headers.tokens(&Name::Contact).len() == 1;
            if headers.expires() != Ok(Some(0)) || !is_lone {
                return Err(bad_request("Wildcard Contact With Expiry Or Company"));
            }
            self.registrar.clear(aor, &registering, &mut self.out)
        } else {
            let wishes =
                wishes(&received.request, settings).map_err(|error| bad_request(&error.to_string()))?;
            self.registrar
                .register(now, aor, (registering, &wishes), settings, &mut self.out)
        };
        changed.map_err(|refusal| match refusal {
            RegisterRefusal::OutOfOrder => bad_request("Register Out Of Order"),
            RegisterRefusal::Full => self.overloaded(),
            RegisterRefusal::TooManyContacts => {
                let call_id = &received.ident.call_id;
                self.tell_security(SecurityKind::TooManyContacts, aor, received.flow, call_id);
                Reply::new(403)
            }
        })
    }

    /// 200 with every contact and what is left of it.
    fn bindings_reply(&self, now: Duration, aor: &str, request: &Request, settings: &AorSettings) -> Reply {
        let mut reply = Reply::new(200).with_some("Date", self.date(now));
        let bindings = self.registrar.bindings(aor);
        for contact in &settings.static_contacts {
            reply = reply.with("Contact", format!("<{contact}>"));
        }
        for binding in bindings {
            let left = binding.expires_at.saturating_sub(now).as_secs();
            reply = reply.with("Contact", format!("<{}>;expires={left}", binding.contact));
        }
        let asked = request.headers.contact().ok().map(|contact| contact.uri);
        let granted = bindings
            .iter()
            .find(|binding| Some(&binding.contact) == asked.as_ref());
        let granted = granted.map(|binding| binding.expires_at.saturating_sub(now).as_secs());
        // A contact that is gone now is told so; a question without a contact is not.
        let granted = granted.or(request.headers.has(&Name::Contact).then_some(0));
        reply.with_some("Expires", granted.map(|seconds| seconds.to_string()))
    }

    fn tell_changes(&mut self, now: Duration, aor: &str, caller: &Caller, changed: Changed) {
        let registered = |binding: Binding, refresh| {
            Event::Registered(Box::new(Registered {
                aor: aor.to_owned(),
                account: caller.account,
                contact: binding.contact.to_string(),
                expires_s: binding
                    .expires_at
                    .saturating_sub(now)
                    .as_secs()
                    .try_into()
                    .unwrap_or(u32::MAX),
                user_agent: binding.user_agent,
                call_id: binding.call_id,
                flow: binding.flow,
                refresh,
            }))
        };
        let named = |bindings: Vec<Binding>| {
            bindings
                .into_iter()
                .map(|binding| (aor.to_owned(), binding))
                .collect()
        };
        self.tell_unregistered(named(changed.removed), UnregisterReason::Asked);
        self.tell_unregistered(named(changed.replaced), UnregisterReason::Replaced);
        for binding in changed.refreshed {
            self.out.tell(registered(binding, Refresh::Again));
        }
        for binding in changed.added {
            self.out.tell(registered(binding, Refresh::New));
        }
    }

    pub(super) fn tell_unregistered(&mut self, gone: Vec<(String, Binding)>, reason: UnregisterReason) {
        for (aor, binding) in gone {
            let contact = binding.contact.to_string();
            self.out.tell(Event::Unregistered { aor, contact, reason });
        }
    }

    /// The Date header's value (RFC 3261 section 20.17), when the host told its start.
    fn date(&self, now: Duration) -> Option<String> {
        let unix_s = self.config.started_at_unix_s? + now.as_secs();
        Some(http_date(unix_s))
    }
}

fn bad_request(sentence: &str) -> Reply {
    Reply {
        reason: Some(format!("Bad Request ({sentence})")),
        ..Reply::new(400)
    }
}

/// The contacts of a REGISTER with their lifetimes, raised and lowered to what is allowed.
fn wishes(request: &Request, settings: &AorSettings) -> Result<Vec<Wish>, HeaderError> {
    let general = request.headers.expires().unwrap_or(None);
    let contacts = request.headers.contacts()?;
    let lifetime = |own: Option<&str>| {
        let asked = own.map_or(general, |text| text.parse().ok());
        match asked.unwrap_or(settings.default_expiration_s) {
            0 => 0,
            wanted => wanted
                .min(settings.maximum_expiration_s)
                .max(settings.minimum_expiration_s),
        }
    };
    Ok(contacts
        .into_iter()
        .map(|contact| Wish {
            expires_s: lifetime(contact.params.get("expires")),
            contact: contact.uri,
        })
        .collect())
}

/// Seconds since 1970 as RFC 1123 writes them, in GMT.
fn http_date(unix_s: u64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let (days, second) = (unix_s / 86_400, unix_s % 86_400);
    // Years begin in March here, so that the leap day is the last one.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = (march_month + 2) % 12;
    let year = year_of_era + era * 400 + u64::from(month < 2);
    let (weekday, month) = (DAYS[(days % 7) as usize], MONTHS[month as usize]);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{weekday}, {day:02} {month} {year} {hour:02}:{minute:02}:{second:02} GMT")
}

#[cfg(test)]
mod tests {
    use super::http_date;

    #[test]
    fn dates_are_written_as_rfc_1123_does() {
        assert_eq!(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(http_date(951_782_400), "Tue, 29 Feb 2000 00:00:00 GMT");
        assert_eq!(http_date(1_795_357_979), "Sun, 22 Nov 2026 14:32:59 GMT");
    }
}
