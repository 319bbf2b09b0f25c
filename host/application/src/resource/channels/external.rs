//! Channels whose far end is an address that takes RTP.

use super::make::{self, into_application_with};
use crate::operation::{Answer, Ctx, Failure, Operation};
use crate::request::Request;
use crate::resource::shown;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{DialOutcome, Refusal};
use ucx_pbx::{ChannelKey, OriginateSpec, RtpTarget};

/// What can be asked.
pub const OPERATIONS: &[Operation] = crate::operations!("channels";
    "externalMedia" => external_media,
);

/// Formats that can be spoken.
const FORMATS: [&str; 3] = ["ulaw", "alaw", "slin"];

/// What the channel is told of the host's own side.
const LOCAL: [&str; 2] = ["UNICASTRTP_LOCAL_PORT", "UNICASTRTP_LOCAL_ADDRESS"];

/// How long the host may take to open its side.
const TIMEOUT: Duration = Duration::from_secs(30);

async fn external_media(ctx: &Ctx, request: &Request) -> Answer {
    let application = request.required("app", "app cannot be empty")?.into_owned();
    check_transport(request)?;
    let remote = remote(request)?;
    let format = request.required("format", "format cannot be empty")?;
    if request
        .text("direction")
        .is_some_and(|direction| direction != "both")
    {
        return Err(Failure::new(400, "Invalid direction specified"));
    }
    if !FORMATS.contains(&&*format) {
        return Err(failed());
    }
    if !ctx.handle.allows_media(remote.ip()) {
        tracing::warn!(%remote, "a client wants media sent to a host that external_media_hosts does not name");
        return Err(failed());
    }
    let to = into_application_with(&application, request.text("data").as_deref());
    let mut spec = OriginateSpec::new(&format!("UnicastRTP/{remote}/c({format})"), to);
    spec.rtp = Some(RtpTarget {
        remote,
        codec: Arc::from(&*format),
    });
    spec.timeout = Some(TIMEOUT);
    spec.uniqueid = request.text("channelId").map(|id| Arc::from(&*id));
    let variables = request.variables()?.into_iter();
    spec.variables = variables
        .map(|variable| (Arc::from(variable.name), Arc::from(variable.value)))
        .collect();
    let mut own = spec.variables.clone();
    let begun = ctx.desk.originate_begin(spec).await;
    let (channel, end) = begun.map_err(|refusal| {
        if matches!(refusal, Refusal::Conflict(_)) {
            make::taken()
        } else if matches!(refusal, Refusal::Denied(_) | Refusal::Shutdown) {
            refusal.into()
        } else {
            failed()
        }
    })?;
    make::listen(ctx, &application, &channel, &[]).await;
    // It is decided as soon as the host's own side is open, and then says where that is.
    if !matches!(end.await?.outcome, DialOutcome::Answered(_)) {
        return Err(failed());
    }
    for name in LOCAL {
        if let Ok(Some(value)) = ctx.desk.variable(Some(ChannelKey::Id(channel.id)), name).await {
            own.push((Arc::from(name), Arc::from(value)));
        }
    }
    shown::one_with(ctx, &channel, own).await
}

/// The ways of carrying media that go together, in the order the field looks at them.
fn check_transport(request: &Request) -> Result<(), Failure> {
    let text = |name, usual: &'static str| {
        request
            .text(name)
            .map_or_else(|| usual.to_owned(), std::borrow::Cow::into_owned)
    };
    let (encapsulation, transport) = (text("encapsulation", "rtp"), text("transport", "udp"));
    let is_server = text("connection_type", "client") == "server";
    let wrong = |message| Err(Failure::new(400, message));
    match (encapsulation.as_str(), transport.as_str()) {
        ("none", "websocket") => Err(Failure::not_built("Media over a WebSocket")),
        (_, "websocket") => wrong("encapsulation must be 'none' for websocket transport"),
        _ if is_server => wrong("'server' connection_type can only be used with the websocket transport"),
        ("rtp", "udp") => Ok(()),
        ("rtp", _) => wrong("transport must be 'udp' for rtp encapsulation"),
        ("audiosocket", "tcp") if request.text("data").is_none() => wrong("data can not be empty"),
        ("audiosocket", "tcp") => Err(Failure::not_built("Media over AudioSocket")),
        ("audiosocket", _) => wrong("transport must be 'tcp' for audiosocket encapsulation"),
        _ => Err(Failure::new(
            501,
            "The encapsulation and/or transport is not supported",
        )),
    }
}

/// The address media goes to. Names are not looked up, so that what is allowed is what is reached.
fn remote(request: &Request) -> Result<SocketAddr, Failure> {
    let missing = "external_host is required for all but websocket server connections";
    let host = request.required("external_host", missing)?;
    let malformed = || {
        Failure::new(
            400,
            "external_host must be <host>:<port> for all transports other than websocket",
        )
    };
    let (name, port) = host.rsplit_once(':').ok_or_else(malformed)?;
    let port: u16 = port.parse().map_err(|_| malformed())?;
    if name.eq_ignore_ascii_case("localhost") {
        return Ok(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port));
    }
    let name = name.trim_start_matches('[').trim_end_matches(']');
    match name.parse::<IpAddr>() {
        Ok(address) if port != 0 => Ok(SocketAddr::new(address, port)),
        Ok(_) => Err(malformed()),
        Err(_) if name.is_empty() => Err(malformed()),
        Err(_) => Err(failed()),
    }
}

fn failed() -> Failure {
    Failure::new(500, "An internal error prevented this request from being handled")
}
