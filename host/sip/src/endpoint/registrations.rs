//! How do we register with other registrars?

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;

use super::Endpoint;
use super::caller::prove;
use super::receive::Answer;
use crate::compose::OutgoingRequest;
use crate::event::Event;
use crate::outbox::Timer;
use crate::owner::Owner;
use crate::registration::{Aim, Registration, RegistrationId};
use crate::session::MAX_CHALLENGES;
use crate::spec::{InviteError, RegisterSpec};
use crate::{Method, Name, Status};

impl Endpoint {
    /// Registers, and refreshes until [`Endpoint::unregister`].
    pub fn register(&mut self, now: Duration, spec: RegisterSpec) -> Result<RegistrationId, InviteError> {
        let id = self.insert_registration(spec, false)?;
        self.send_registration(now, id);
        Ok(id)
    }

    /// Takes a registration in without sending anything. It stays until [`Endpoint::drop_registration`], under one Call-ID,
    /// however often it is registered and withdrawn.
    pub fn keep_registration(&mut self, spec: RegisterSpec) -> Result<RegistrationId, InviteError> {
        self.insert_registration(spec, true)
    }

    fn insert_registration(
        &mut self,
        spec: RegisterSpec,
        is_kept: bool,
    ) -> Result<RegistrationId, InviteError> {
        let registration = Registration {
            call_id: self.out.token() + &self.out.token(),
            tag: String::new(),
            cseq: self.out.random_below(32_768),
            aim: Aim::Registered,
            challenges: 0,
            is_kept,
            next: None,
            spec,
        };
        let inserted = self.registrations.insert(registration);
        inserted.map(RegistrationId).map_err(|_| InviteError::Full)
    }

    /// Registers now, whatever a kept registration was before.
    pub fn renew(&mut self, now: Duration, id: RegistrationId) {
        if let Some(registration) = self.registrations.get_mut(id.0) {
            registration.aim = Aim::Registered;
            self.out.disarm(&mut registration.next);
            self.send_registration(now, id);
        }
    }

    /// Takes a kept registration back and forgets it once that is answered.
    pub fn leave(&mut self, now: Duration, id: RegistrationId) {
        if let Some(registration) = self.registrations.get_mut(id.0) {
            registration.is_kept = false;
        }
        self.unregister(now, id);
    }

    /// Forgets a registration without telling the registrar.
    pub fn drop_registration(&mut self, id: RegistrationId) {
        if let Some(mut registration) = self.registrations.remove(id.0) {
            self.out.disarm(&mut registration.next);
        }
    }

    /// Takes a registration back; its end is told as `RegistrationOk` with 0 seconds, or `RegistrationFailed`.
    pub fn unregister(&mut self, now: Duration, id: RegistrationId) {
        if let Some(registration) = self.registrations.get_mut(id.0) {
            registration.aim = Aim::Removed;
            self.out.disarm(&mut registration.next);
            self.send_registration(now, id);
        }
    }

    pub(super) fn send_registration(&mut self, now: Duration, id: RegistrationId) {
        let tag = self.out.token();
        if let Some(registration) = self.registrations.get_mut(id.0) {
            registration.tag = tag;
        }
        let Some(registration) = self.registrations.get(id.0) else {
            return;
        };
        let spec = &registration.spec;
        let flow = self.connections.current(spec.flow);
        let contact = self.contact_value(&spec.contact_user, &flow);
        let expires_s = match registration.aim {
            Aim::Registered => spec.expires_s,
            Aim::Removed => 0,
        };
        let mut request = OutgoingRequest {
            method: Method::Register,
            uri: spec.registrar.to_string(),
            from: format!("{};tag={}", spec.aor.value(), registration.tag),
            to: spec.aor.value(),
            call_id: registration.call_id.clone(),
            cseq: registration.cseq + 1,
            contact: None,
            routes: Vec::new(),
            extra: vec![
                (Cow::Borrowed("Contact"), contact),
                (Cow::Borrowed("Expires"), expires_s.to_string()),
            ],
            content_type: None,
            body: Bytes::new(),
        };
        if registration.aim == Aim::Registered {
            request.extra.push((Cow::Borrowed("Allow"), self.allow.clone()));
        }
        let sent = self
            .transactions
            .request(now, flow, request, Owner::Registration(id), &mut self.out);
        if let Some(registration) = self.registrations.get_mut(id.0) {
            registration.cseq += 1;
            registration.next = None;
        }
        if sent.is_none() {
            self.fail_registration(now, id, 503);
        }
    }

    pub(super) fn handle_register_answer(&mut self, now: Duration, id: RegistrationId, answer: Answer<'_>) {
        let status = answer.response.status;
        let Some(registration) = self.registrations.get_mut(id.0) else {
            return;
        };
        // An answer to what was overtaken by a later request says nothing any more.
        if status.is_provisional() || answer.ident.cseq != registration.cseq {
            return;
        }
        if status.is_success() {
            registration.challenges = 0;
            self.accept_registration(now, id, answer);
            return;
        }
        let credentials = registration.spec.credentials.as_ref();
        if registration.challenges < MAX_CHALLENGES
            && let Some(proof) = prove(&self.transactions, answer, credentials, &mut self.out)
        {
            registration.challenges += 1;
            registration.cseq = proof.cseq;
            let flow = self.connections.current(registration.spec.flow);
            if self
                .transactions
                .request(now, flow, proof, Owner::Registration(id), &mut self.out)
                .is_some()
            {
                return;
            }
        }
        // The registrar wants longer intervals (section 10.2.8): once more with its own figure.
        let floor = answer.response.headers.number(Name::MinExpires).unwrap_or(None);
        if status.0 == 423
            && let (Some(floor), Some(registration)) = (floor, self.registrations.get_mut(id.0))
            && floor > registration.spec.expires_s
        {
            registration.spec.expires_s = floor;
            self.send_registration(now, id);
            return;
        }
        self.fail_registration(now, id, status.0);
    }

    fn accept_registration(&mut self, now: Duration, id: RegistrationId, answer: Answer<'_>) {
        let Some(registration) = self.registrations.get_mut(id.0) else {
            return;
        };
        if registration.aim == Aim::Removed {
            if !registration.is_kept {
                self.registrations.remove(id.0);
            }
            self.out.tell(Event::RegistrationOk {
                registration: id,
                expires_s: 0,
            });
            return;
        }
        let flow = self.connections.current(registration.spec.flow);
        let wished = registration.spec.expires_s;
        let contact_user = registration.spec.contact_user.clone();
        let own = self.contact_value(&contact_user, &flow);
        let headers = &answer.response.headers;
        let own = crate::NameAddr::parse(&own).map(|own| own.uri);
        let contacts = headers.contacts().unwrap_or_default();
        let ours = contacts
            .iter()
            .find(|contact| own.as_ref().is_some_and(|own| contact.uri.is_equivalent(own)));
        let granted = ours.and_then(|contact| contact.params.get("expires")?.parse().ok());
        let expires_s = granted
            .or(headers.expires().unwrap_or(None))
            .unwrap_or(wished)
            .max(1);
        // Early enough for a lost refresh to be repeated.
        let wait = Duration::from_secs(u64::from(expires_s)).mul_f64(0.9);
        let next = self.out.arm(now + wait, Timer::Registration(id));
        if let Some(registration) = self.registrations.get_mut(id.0) {
            registration.next = Some(next);
        }
        self.out.tell(Event::RegistrationOk {
            registration: id,
            expires_s,
        });
    }

    pub(super) fn fail_registration(&mut self, now: Duration, id: RegistrationId, status: u16) {
        let Some(registration) = self.registrations.get_mut(id.0) else {
            return;
        };
        registration.challenges = 0;
        let retry = registration
            .spec
            .retry_after
            .filter(|_| registration.aim == Aim::Registered);
        match retry {
            Some(wait) => {
                let wait = wait.max(Duration::from_secs(1));
                registration.next = Some(self.out.arm(now + wait, Timer::Registration(id)));
            }
            None if registration.is_kept => {}
            None => {
                self.registrations.remove(id.0);
            }
        }
        self.out.tell(Event::RegistrationFailed {
            registration: id,
            status: Status(status),
        });
    }
}
