//! Channels that are nothing but RTP, and callers who are sent elsewhere.

use crate::call::Call;
use crate::control::Control;
use crate::directory::EndpointEntry;
use crate::media::MediaDriver;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Cause, ChannelId, Party, Signal};
use ucx_config::pjsip::DtmfMode;
use ucx_media::{Codec, Command, PayloadFormat, StreamConfig, SymmetricRtp};
use ucx_sip::Reach;

/// The payload types of linear samples in packets without signalling; the first is sent.
const LINEAR: [u8; 2] = [10, 11];

/// The variables that say where the host takes packets.
const LOCAL_ADDRESS: &str = "UNICASTRTP_LOCAL_ADDRESS";
const LOCAL_PORT: &str = "UNICASTRTP_LOCAL_PORT";

impl<M: MediaDriver> Control<M> {
    /// Exchanges RTP with an address from now on.
    pub(crate) fn open_rtp(&mut self, channel: ChannelId, remote: SocketAddr, codec: &str) {
        let cause = match codec.parse() {
            Ok(codec) => match self.try_open_rtp(channel, remote, codec) {
                Ok(local) => {
                    self.pbx
                        .note_variable(channel, LOCAL_PORT, &local.port().to_string());
                    self.pbx
                        .note_variable(channel, LOCAL_ADDRESS, &local.ip().to_string());
                    return self.pbx.signal(channel, Signal::Answered);
                }
                Err(error) => {
                    tracing::warn!(%error, %remote, "no media port for bare RTP");
                    Cause::NORMAL_CIRCUIT_CONGESTION
                }
            },
            Err(error) => {
                tracing::warn!(%error, "bare RTP cannot carry that");
                Cause::BEARERCAPABILITY_NOTAVAIL
            }
        };
        self.pbx.signal(channel, Signal::Failed(cause));
    }

    fn try_open_rtp(
        &mut self,
        channel: ChannelId,
        remote: SocketAddr,
        codec: Codec,
    ) -> std::io::Result<SocketAddr> {
        let stream = self.take_stream();
        let config = config(codec);
        let local = self
            .media
            .open(stream, self.facing_media(remote), config.clone())?;
        self.keep_call(Call::new(channel, stream, Arc::new(entry(remote)), local));
        self.media.command(Command::Configure {
            stream,
            config: Box::new(config),
            remote: Some(remote),
        });
        Ok(local)
    }

    /// The address of ours that another one reaches: loopback for loopback, else what media is received at, or any.
    fn facing_media(&self, remote: SocketAddr) -> IpAddr {
        let is_same_kind = |address: &IpAddr| address.is_ipv4() == remote.is_ipv4();
        match (remote.ip().is_loopback(), remote.is_ipv4()) {
            (true, true) => Ipv4Addr::LOCALHOST.into(),
            (true, false) => Ipv6Addr::LOCALHOST.into(),
            (false, is_ipv4) => {
                let any = if is_ipv4 {
                    Ipv4Addr::UNSPECIFIED.into()
                } else {
                    Ipv6Addr::UNSPECIFIED.into()
                };
                self.media_address.filter(is_same_kind).unwrap_or(any)
            }
        }
    }

    /// Refuses a call and says where to try instead.
    pub(crate) fn deflect(&mut self, channel: ChannelId, target: &str) {
        let Some(session) = self.calls.get(&channel).and_then(|call| call.session) else {
            return;
        };
        let now = self.now();
        if let Err(error) = self.sip.redirect(now, session, target) {
            return tracing::debug!(%error, "a caller cannot be sent elsewhere any more");
        }
        self.drop_call(channel);
        self.pbx.signal(channel, Signal::ProtocolCause(302));
        self.pbx
            .signal(channel, Signal::HungUp(Cause::REDIRECTED_TO_NEW_DESTINATION));
    }
}

/// One codec both ways, and telephone events as most have them.
fn config(codec: Codec) -> StreamConfig {
    let format = |payload_type| PayloadFormat { payload_type, codec };
    let formats: Vec<_> = match codec {
        Codec::Pcmu => vec![PayloadFormat::PCMU],
        Codec::Pcma => vec![PayloadFormat::PCMA],
        Codec::Slin => LINEAR.map(format).to_vec(),
    };
    StreamConfig {
        receive: formats.clone(),
        send: formats,
        symmetric: SymmetricRtp::Ignore,
        ..StreamConfig::default()
    }
}

/// An endpoint that no configuration names.
fn entry(remote: SocketAddr) -> EndpointEntry {
    EndpointEntry {
        name: Arc::from(remote.to_string()),
        context: Arc::from("default"),
        caller: Party::default(),
        formats: Vec::new(),
        language: None,
        account: None,
        variables: Vec::new(),
        aors: Vec::new(),
        dtmf: DtmfMode::Rfc4733,
        is_symmetric: false,
        rtp_timeout: None::<Duration>,
        from_user: None,
        from_domain: None,
        credentials: None,
        reach: Reach::default(),
    }
}
