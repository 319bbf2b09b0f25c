//! Calling others from a channel, and being connected with them.

use super::{Ending, Line};
use crate::dial_string;
use crate::inbox::{Inbox, LineNotice};
use std::time::Duration;
use ucx_call::{BridgeId, Cause, ChannelId, DialOutcome, DialStatus};
use ucx_switch::{DialLeg, DialRequest, Joiner, RingPolicy, Switch};

/// Legs that ring together.
#[derive(Clone, Debug)]
pub struct DialGroup {
    /// The legs; the first to answer wins.
    pub legs: Vec<DialLeg>,
    /// How long they may ring; without end if none.
    pub timeout: Option<Duration>,
}

/// Whom to call: one group after the other until somebody answers.
#[derive(Clone, Debug)]
pub struct DialPlan {
    /// The groups, in order.
    pub groups: Vec<DialGroup>,
    /// What the caller is told meanwhile.
    pub ringing: RingPolicy,
}

/// The end of a bridge a channel was in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BridgeEnd {
    /// The bridge.
    pub bridge: BridgeId,
}

/// How a call for a channel went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallEnd {
    /// Nobody answered.
    NotAnswered {
        /// The word for `DIALSTATUS`.
        status: DialStatus,
        /// The cause of the last leg.
        cause: Cause,
    },
    /// They were connected, and it is over.
    Over(BridgeEnd),
}

impl Line {
    /// The legs of a dial string, `PJSIP/bob&Local/100@internal/n`.
    ///
    /// # Errors
    /// A sentence that says which part is wrong.
    pub fn legs(&self, dial_string: &str) -> Result<Vec<DialLeg>, String> {
        self.pbx
            .check_dial(&self.principal, dial_string)
            .map_err(|refusal| refusal.to_string())?;
        dial_string::legs(self.pbx.technologies(), dial_string)
    }

    /// Calls one group after the other until somebody answers. The switch keeps `DIALSTATUS` and its kin.
    ///
    /// # Errors
    /// As for [`Self::answer`]; so for all that follow.
    pub async fn dial(&mut self, plan: DialPlan) -> Result<DialOutcome, Ending> {
        let mut outcome = DialOutcome::Failed {
            status: DialStatus::InvalidArgs,
            cause: Cause::NONE,
        };
        for group in plan.groups {
            self.pbx.begin_calls(&self.principal, group.legs.len())?;
            let request = DialRequest {
                legs: group.legs,
                timeout: group.timeout,
                ringing: plan.ringing,
            };
            let dial = self.control(|switch, now, lease| switch.dial(now, lease, request))?;
            outcome = self
                .wait_for(None, |inbox| inbox.take_dial(dial))
                .await?
                .expect("a wait without a deadline ends with what it waits for");
            if matches!(outcome, DialOutcome::Answered(_)) {
                break;
            }
        }
        Ok(outcome)
    }

    /// Connects the caller with a channel that answered, until either leaves.
    ///
    /// # Errors
    /// As for [`Self::answer`]; [`Ending::Refused`] if the other is not free to be connected.
    pub async fn connect(&mut self, peer: ChannelId) -> Result<BridgeEnd, Ending> {
        self.answer()?;
        self.with_inbox(|inbox| inbox.forget(|notice| matches!(notice, LineNotice::BridgeLeft(_))));
        let bridge = self.control(|switch, now, lease| switch.connect(now, lease, peer))?;
        let left = self.wait_for(None, Inbox::take_left).await?;
        self.forget_digits();
        self.note_talk();
        Ok(BridgeEnd {
            bridge: left.unwrap_or(bridge),
        })
    }

    /// Bridges the caller with another channel, which is taken out of what it does, until either leaves. None if the other
    /// was gone before it came.
    ///
    /// # Errors
    /// As for [`Self::answer`]; [`Ending::Refused`] if the other cannot be taken.
    pub async fn join(&mut self, other: Joiner) -> Result<Option<BridgeEnd>, Ending> {
        self.with_inbox(|inbox| inbox.forget(|notice| matches!(notice, LineNotice::BridgeLeft(_))));
        self.control(|switch, now, lease| switch.join(now, lease, other))?;
        let left = self.wait_for(None, Inbox::take_left).await?;
        self.forget_digits();
        let end = left
            .filter(|bridge| *bridge != Switch::NO_BRIDGE)
            .map(|bridge| BridgeEnd { bridge });
        if end.is_some() {
            self.note_talk();
        }
        Ok(end)
    }

    /// Calls, and connects with whoever answers.
    ///
    /// # Errors
    /// As for [`Self::answer`].
    pub async fn dial_and_connect(&mut self, plan: DialPlan) -> Result<CallEnd, Ending> {
        match self.dial(plan).await? {
            DialOutcome::Answered(peer) => Ok(CallEnd::Over(self.connect(peer).await?)),
            DialOutcome::Failed { status, cause } => Ok(CallEnd::NotAnswered { status, cause }),
        }
    }

    /// A call that took place was cleared normally, unless more is known of it.
    fn note_talk(&self) {
        // A channel that is over needs no cause.
        let _ = self.pbx.with_driven(self.channel, |driven| {
            driven.cause_by_default = Cause::NORMAL_CLEARING;
            Ok(())
        });
    }
}
