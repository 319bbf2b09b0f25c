//! What drivers know of a channel's far end that no snapshot has: where it is, and what is spoken with it.

use crate::{ChannelKey, Desk, Line, Pbx};
use std::net::SocketAddr;
use std::sync::Arc;
use ucx_call::{ChannelId, ChannelSnapshot, Refusal, Right};

/// The far end of a channel, as its driver sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreed {
    /// Where its signalling comes from and goes to; none if it has no address.
    pub peer: Option<SocketAddr>,
    /// What both sides can speak, by the names of `allow` in pjsip.conf, best first; none before that is settled. The
    /// first is spoken.
    pub codecs: Arc<[&'static str]>,
}

impl Pbx {
    /// A driver says what it knows of a channel's far end, in place of what it said before. It is kept as long as the
    /// channel is there.
    pub fn keep_agreed(&self, channel: ChannelId, agreed: Agreed) {
        self.with_state(|state| {
            if state.switch.channel(channel).is_some() {
                state.agreed.insert(channel, agreed);
            }
        });
    }

    fn agreed(&self, channel: ChannelId) -> Agreed {
        self.with_state(|state| state.agreed.get(&channel).cloned().unwrap_or_default())
    }
}

impl Line {
    /// What is known of the far end.
    pub fn agreed(&self) -> Agreed {
        self.pbx().agreed(self.id())
    }
}

impl Desk {
    /// One channel, and what is known of its far end.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`]; as for [`Self::channels`].
    pub async fn channel_and_far_end(
        &self,
        key: impl Into<ChannelKey>,
    ) -> Result<(Arc<ChannelSnapshot>, Agreed), Refusal> {
        let key = key.into();
        self.ask(Right::Look, move |pbx| {
            let channel = key.find(pbx)?;
            let agreed = pbx.agreed(channel.id);
            Ok((channel, agreed))
        })
        .await
    }
}
