//! What can be done with a phone?

use std::time::Duration;

use ucx_media::{Command, ToneSpec};
use ucx_sip::{InviteSpec, Party, RegisterSpec, Status, Uri};

use super::{Phone, PhoneError};
use crate::call::{Answering, Call, Hold, State, Tape};
use crate::config::Policy;
use crate::event::{CallId, EndedBy, Happening};

/// How long each digit sounds, and the pause after it.
const DIGIT: Duration = Duration::from_millis(100);
const DIGIT_GAP: Duration = Duration::from_millis(60);
/// Normal clearing in Q.850.
const NORMAL_CLEARING: u16 = 16;

impl Phone {
    /// Registers with the server and refreshes until [`Phone::unregister`].
    pub fn register(&mut self, now: Duration, expires: Duration) -> Result<(), PhoneError> {
        if self.registration.is_some() {
            return Err(PhoneError::Registered);
        }
        let domain = self.config.domain();
        let registrar =
            Uri::parse(&format!("sip:{domain}")).ok_or_else(|| PhoneError::BadNumber(domain.clone()))?;
        let spec = RegisterSpec {
            registrar,
            aor: Party::new(&self.config.identity.user, &domain),
            contact_user: self.config.identity.user.clone(),
            flow: self.flow(self.config.server, None),
            expires_s: u32::try_from(expires.as_secs()).unwrap_or(u32::MAX),
            credentials: self.config.identity.credentials(),
            retry_after: None,
        };
        let registration = self.endpoint.register(now, spec);
        self.registration = Some(registration.map_err(|error| PhoneError::Refused(error.to_string()))?);
        self.settle(now);
        Ok(())
    }

    /// Takes the registration back.
    pub fn unregister(&mut self, now: Duration) -> Result<(), PhoneError> {
        let registration = self.registration.ok_or(PhoneError::NotRegistered)?;
        self.endpoint.unregister(now, registration);
        self.settle(now);
        Ok(())
    }

    /// Calls a number of the server, or any `sip:` address by way of it.
    pub fn call(&mut self, now: Duration, number: &str) -> Result<CallId, PhoneError> {
        self.address_of(number)?;
        if !self.has_room() {
            return Err(PhoneError::TooManyCalls);
        }
        let id = self.add_call(
            now,
            State::Wanted {
                number: number.to_owned(),
            },
        );
        if let Some(call) = self.calls.get_mut(&id) {
            number.clone_into(&mut call.peer);
            let stream = call.stream;
            self.ask_for_ports(now, stream);
        }
        self.settle(now);
        Ok(id)
    }

    /// Answers an incoming call.
    pub fn answer(&mut self, now: Duration, call: CallId) -> Result<(), PhoneError> {
        let done = self.answer_now(now, call);
        self.settle(now);
        done
    }

    /// Refuses an incoming call.
    pub fn reject(&mut self, now: Duration, call: CallId, status: u16) -> Result<(), PhoneError> {
        let found = self.call_mut(call)?;
        let (State::Incoming { .. }, Some(session)) = (&found.state, found.session) else {
            return Err(PhoneError::WrongState);
        };
        let done = self.endpoint.reject(now, session, Status(status), None);
        self.settle(now);
        done.map_err(|refusal| PhoneError::Refused(refusal.to_string()))
    }

    /// Ends a call in whatever state it is.
    pub fn hangup(&mut self, now: Duration, call: CallId) -> Result<(), PhoneError> {
        let found = self.call_mut(call)?;
        let Some(session) = found.session else {
            // Its INVITE was never sent.
            if let Some(report) = self.finish(now, call) {
                self.tell(
                    now,
                    Happening::Ended {
                        call,
                        by: EndedBy::Us,
                        cause: None,
                        report,
                    },
                );
            }
            return Ok(());
        };
        let cause = match found.state {
            State::Incoming { .. } => None,
            State::Wanted { .. } | State::Calling | State::Up => Some(NORMAL_CLEARING),
        };
        let done = self.endpoint.hangup(now, session, cause);
        self.settle(now);
        done.map_err(|refusal| PhoneError::Refused(refusal.to_string()))
    }

    /// Sends digits as telephone events, or as tones to a peer that takes none.
    pub fn send_digits(&mut self, now: Duration, call: CallId, digits: &str) -> Result<(), PhoneError> {
        let digits = ucx_media::digits(digits).map_err(|error| PhoneError::BadDigit(error.0))?;
        let stream = self.talking(call)?.stream;
        let command = Command::SendDigits {
            stream,
            digits,
            duration: DIGIT,
            gap: DIGIT_GAP,
        };
        let done = self.plane.handle_command(now, command);
        self.settle(now);
        done.map_err(|refusal| PhoneError::Refused(refusal.to_string()))
    }

    /// Puts the far end on hold by a re-INVITE; [`Happening::Changed`] tells when it is done.
    pub fn hold(&mut self, now: Duration, call: CallId) -> Result<(), PhoneError> {
        self.change(now, call, Hold::Holding)
    }

    /// Takes the far end off hold.
    pub fn unhold(&mut self, now: Duration, call: CallId) -> Result<(), PhoneError> {
        self.change(now, call, Hold::Talking)
    }

    /// Sends a steady tone in a call; `None` sends silence.
    pub fn play(&mut self, now: Duration, call: CallId, tone_hz: Option<u16>) -> Result<(), PhoneError> {
        self.call_mut(call)?.tone_hz = tone_hz;
        self.play_own(now, call);
        self.settle(now);
        Ok(())
    }

    /// The tone of calls to come.
    pub fn set_tone(&mut self, tone_hz: Option<u16>) {
        self.config.tone_hz = tone_hz;
    }

    /// What happens with calls to come.
    pub fn set_policy(&mut self, policy: Policy) {
        self.config.policy = policy;
    }

    /// Begins to record what is heard in a call; a recording that runs is begun anew.
    pub fn record(&mut self, now: Duration, call: CallId) -> Result<(), PhoneError> {
        self.call_mut(call)?.tape = Some(Tape::new(now));
        Ok(())
    }

    /// Ends a call's recording and gives its samples at 8 kHz; once, also after the call.
    pub fn take_recording(&mut self, now: Duration, call: CallId) -> Option<Vec<i16>> {
        if let Some(live) = self.calls.get_mut(&call) {
            return live.tape.take().map(|tape| tape.finish(now));
        }
        let ended = self.ended.iter_mut().find(|ended| ended.report.call == call)?;
        ended.recorded.take()
    }

    /// Forgets the messages of the ladder.
    pub fn clear_ladder(&mut self) {
        self.ladder.clear();
    }

    pub(super) fn add_call(&mut self, now: Duration, state: State) -> CallId {
        let id = CallId(self.next_call);
        self.next_call += 1;
        let stream = self.fresh_stream();
        let mut call = Call::new(now, id, stream, state, &self.config.listen_for_hz);
        call.tone_hz = self.config.tone_hz;
        self.calls.insert(id, call);
        self.by_stream.insert(stream, id);
        id
    }

    fn address_of(&self, number: &str) -> Result<Uri, PhoneError> {
        let text = if number.starts_with("sip:") {
            number.to_owned()
        } else {
            format!("sip:{number}@{}", self.config.domain())
        };
        Uri::parse(&text)
            .filter(|_| !number.is_empty())
            .ok_or_else(|| PhoneError::BadNumber(number.to_owned()))
    }

    /// The ports of a call of ours are there: its INVITE goes out.
    pub(super) fn send_invite(&mut self, now: Duration, id: CallId, number: &str) -> Result<(), PhoneError> {
        let address = self.address_of(number)?;
        let identity = &self.config.identity;
        let from = Party {
            display: identity.display.clone(),
            user: identity.user.clone(),
            host: self.config.domain(),
        };
        let mut spec = InviteSpec::new(address, from, self.flow(self.config.server, None));
        spec.credentials = identity.credentials();
        let call = self.call_mut(id)?;
        let agreement = call.agreement.as_mut().ok_or(PhoneError::WrongState)?;
        spec.sdp = Some(agreement.offer(Hold::Talking.direction()));
        call.state = State::Calling;
        call.begun_at = now;
        let session = self.endpoint.invite(now, spec);
        let session = session.map_err(|error| PhoneError::Refused(error.to_string()))?;
        self.by_session.insert(session, id);
        self.call_mut(id)?.session = Some(session);
        Ok(())
    }

    pub(super) fn answer_now(&mut self, now: Duration, id: CallId) -> Result<(), PhoneError> {
        let call = self.call_mut(id)?;
        let State::Incoming { answer } = &mut call.state else {
            return Err(PhoneError::WrongState);
        };
        let (Some(agreement), Some(session)) = (&mut call.agreement, call.session) else {
            *answer = Answering::Due;
            return Ok(());
        };
        let direction = Hold::Talking.direction();
        let description = match &call.offer {
            Some(offer) => agreement.answer(offer, direction),
            None => Ok(agreement.offer(direction)),
        };
        let description = match description {
            Ok(description) => description,
            Err(disagreement) => {
                // A session that is gone needs no refusal.
                let _ = self.endpoint.reject(now, session, Status(488), None);
                return Err(PhoneError::Refused(disagreement.to_string()));
            }
        };
        call.state = State::Up;
        call.answered_at = Some(now);
        let done = self.endpoint.answer(now, session, description);
        done.map_err(|refusal| PhoneError::Refused(refusal.to_string()))?;
        self.configure(now, id);
        self.play_own(now, id);
        Ok(())
    }

    fn change(&mut self, now: Duration, id: CallId, wanted: Hold) -> Result<(), PhoneError> {
        let call = self.talking(id)?;
        let (Some(session), Some(agreement)) = (call.session, call.agreement.as_mut()) else {
            return Err(PhoneError::WrongState);
        };
        if call.wanted.is_some() {
            return Err(PhoneError::WrongState);
        }
        let offer = agreement.offer(wanted.direction());
        call.wanted = Some(wanted);
        let done = self.endpoint.reinvite(now, session, offer);
        if done.is_err() {
            self.forget_change(id);
        }
        self.settle(now);
        done.map_err(|refusal| PhoneError::Refused(refusal.to_string()))
    }

    pub(super) fn forget_change(&mut self, id: CallId) {
        if let Some(call) = self.calls.get_mut(&id) {
            call.wanted = None;
            if let Some(agreement) = &mut call.agreement {
                agreement.withdraw();
            }
        }
    }

    /// Sends the call's own tone, once it is up.
    pub(super) fn play_own(&mut self, now: Duration, id: CallId) {
        let Some(call) = self.calls.get(&id).filter(|call| matches!(call.state, State::Up)) else {
            return;
        };
        let tone = ToneSpec::steady(call.tone_hz.unwrap_or(0), 0);
        // A call that is up has its stream.
        let _ = self.plane.handle_command(
            now,
            Command::Tone {
                stream: call.stream,
                tone,
            },
        );
    }

    fn talking(&mut self, id: CallId) -> Result<&mut Call, PhoneError> {
        let call = self.call_mut(id)?;
        match call.state {
            State::Up => Ok(call),
            State::Wanted { .. } | State::Calling | State::Incoming { .. } => Err(PhoneError::WrongState),
        }
    }
}
