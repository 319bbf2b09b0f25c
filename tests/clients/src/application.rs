//! An application: whoever enters is answered, hears a sound, and is joined with somebody whom the application calls.

use crate::{Login, tell};
use anyhow::{Context, Result};
use asterisk_rs_ari::AriClient;
use asterisk_rs_ari::config::AriConfigBuilder;
use asterisk_rs_ari::event::AriEvent;
use asterisk_rs_ari::resources::bridge::{self, BridgeHandle};
use asterisk_rs_ari::resources::channel::{self, ChannelHandle, OriginateParams};
use asterisk_rs_core::event::EventReceive;
use serde_json::json;

/// The argument by which the application knows its own calls.
const CALLED: &str = "called";

/// The pair under way.
#[derive(Default)]
struct Pair {
    caller: Option<ChannelHandle>,
    called: Option<ChannelHandle>,
    bridge: Option<BridgeHandle>,
}

pub async fn run(login: &Login, app: &str, dial: &str) -> Result<()> {
    let config = AriConfigBuilder::new(app)
        .host(login.server.ip().to_string())
        .port(login.server.port())
        .username(&login.user)
        .password(login.secret()?)
        .build()
        .context("the client's settings")?;
    let client = AriClient::connect(config).await.context("connecting")?;
    let mut events = client.subscribe();
    tell(&json!({ "event": "ready" }));
    let mut pair = Pair::default();
    loop {
        match events.recv().await {
            EventReceive::Event(message) => step(&client, app, dial, &mut pair, message.event).await?,
            EventReceive::Lagged(_) => tell(&json!({ "event": "lagged" })),
            EventReceive::Closed => return Ok(()),
        }
    }
}

#[allow(clippy::wildcard_enum_match_arm)] // of the library's events, these matter here
async fn step(client: &AriClient, app: &str, dial: &str, pair: &mut Pair, event: AriEvent) -> Result<()> {
    match event {
        AriEvent::StasisStart { channel, args, .. } if args.iter().any(|arg| arg == CALLED) => {
            let (Some(caller), called) = (&pair.caller, ChannelHandle::new(channel.id, client.clone()))
            else {
                return Ok(());
            };
            let bridge = bridge::create_handle(client, Some("mixing"), Some("pair"))
                .await
                .context("making a bridge")?;
            for id in [caller.id(), called.id()] {
                bridge.add_channel(id).await.context("adding to the bridge")?;
            }
            pair.called = Some(called);
            pair.bridge = Some(bridge);
            tell(&json!({ "event": "bridged" }));
        }
        AriEvent::StasisStart { channel, .. } => {
            tell(&json!({ "event": "entered", "channel": channel.name }));
            let caller = ChannelHandle::new(channel.id, client.clone());
            caller.answer().await.context("answering")?;
            caller.play("sound:chime").await.context("playing")?;
            pair.caller = Some(caller);
        }
        AriEvent::PlaybackFinished { playback } => {
            tell(&json!({ "event": "played", "media": playback.media_uri, "state": playback.state }));
            let call = OriginateParams::new(dial).app(app).app_args(CALLED);
            channel::originate(client, &call).await.context("calling")?;
        }
        AriEvent::StasisEnd { channel } => {
            tell(&json!({ "event": "left", "channel": channel.name }));
            let Pair {
                caller,
                called,
                bridge,
            } = std::mem::take(pair);
            for left in [caller, called].into_iter().flatten() {
                if left.id() != channel.id {
                    // It may have hung up at the same moment.
                    let _ = left.hangup(None).await;
                }
            }
            if let Some(bridge) = bridge {
                bridge.destroy().await.context("ending the bridge")?;
                tell(&json!({ "event": "ended" }));
            }
        }
        _ => {}
    }
    Ok(())
}
