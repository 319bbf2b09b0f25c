//! asterisk-rs-ari: typed events and resources of a call, a playback, a recording, a bridge and a device.
#![allow(clippy::wildcard_enum_match_arm)] // of the library's events, few matter here

use super::{CONTEXT, Site, case, wanted};
use anyhow::{Context, Result, bail};
use asterisk_rs_ari::AriClient;
use asterisk_rs_ari::config::AriConfigBuilder;
use asterisk_rs_ari::event::{AriEvent, AriMessage};
use asterisk_rs_ari::resources::channel::{self, ChannelHandle, OriginateParams};
use asterisk_rs_ari::resources::{application, asterisk, bridge, device_state};
use asterisk_rs_core::event::{EventReceive, EventSubscription};

const APP: &str = "asterisk-rs";

async fn event<T>(
    events: &mut EventSubscription<AriMessage>,
    mut means: impl FnMut(AriEvent) -> Option<T>,
) -> Result<T> {
    loop {
        match events.recv().await {
            EventReceive::Event(message) => {
                if let Some(meant) = means(message.event) {
                    return Ok(meant);
                }
            }
            EventReceive::Lagged(_) => {}
            EventReceive::Closed => bail!("no more events"),
        }
    }
}

async fn connect(site: &Site, secret: &str) -> Result<AriClient> {
    let config = AriConfigBuilder::new(APP)
        .host("127.0.0.1")
        .port(site.application_port)
        .username(&site.user)
        .password(secret)
        .build()
        .context("the client's settings")?;
    AriClient::connect(config).await.context("connecting")
}

/// A call that is in the application.
async fn call(client: &AriClient, id: &str, exten: &str) -> Result<ChannelHandle> {
    let mut events = client.subscribe();
    let params = OriginateParams::new(format!("Local/{exten}@{CONTEXT}"))
        .app(APP)
        .app_args("one,two")
        .channel_id(id)
        .timeout(5);
    channel::originate(client, &params).await.context("calling")?;
    let args = event(&mut events, |event| match event {
        AriEvent::StasisStart { channel, args, .. } if channel.id == id => Some(args),
        #[allow(clippy::wildcard_enum_match_arm)] // of the library's events, this one matters
        _ => None,
    })
    .await?;
    wanted(args == ["one", "two"], args)?;
    Ok(ChannelHandle::new(id, client.clone()))
}

async fn media(client: &AriClient, line: &ChannelHandle) -> Result<()> {
    let mut events = client.subscribe();
    line.set_variable("COLOUR", "a b").await?;
    wanted(line.get_variable("COLOUR").await?.value == "a b", "not as set")?;
    let playback = line.play_handle("sound:tone").await?;
    event(&mut events, |event| {
        matches!(event, AriEvent::PlaybackStarted { .. }).then_some(())
    })
    .await?;
    playback.control("pause").await?;
    playback.control("unpause").await?;
    wanted(playback.get().await?.state == "playing", "not playing")?;
    playback.stop().await?;
    event(&mut events, |event| {
        matches!(event, AriEvent::PlaybackFinished { .. }).then_some(())
    })
    .await?;
    let recording = line.record_handle("asterisk-rs", "wav").await?;
    event(&mut events, |event| {
        matches!(event, AriEvent::RecordingStarted { .. }).then_some(())
    })
    .await?;
    recording.pause().await?;
    recording.unpause().await?;
    recording.stop().await?;
    event(&mut events, |event| {
        matches!(event, AriEvent::RecordingFinished { .. }).then_some(())
    })
    .await?;
    for done in [
        line.hold().await,
        line.unhold().await,
        line.mute(None).await,
        line.unmute(None).await,
    ] {
        done?;
    }
    line.send_dtmf("12").await?;
    event(&mut events, |event| {
        matches!(event, AriEvent::ChannelDtmfReceived { digit, .. } if digit == "5").then_some(())
    })
    .await
}

async fn joined(client: &AriClient, line: &ChannelHandle) -> Result<()> {
    let other = call(client, "rs-2", "answer").await?;
    let mut events = client.subscribe();
    let bridge = bridge::create_handle(client, Some("mixing"), Some("pair")).await?;
    for id in [line.id(), other.id()] {
        bridge.add_channel(id).await?;
        event(&mut events, |event| {
            matches!(event, AriEvent::ChannelEnteredBridge { .. }).then_some(())
        })
        .await?;
    }
    bridge.start_moh(None).await?;
    bridge.stop_moh().await?;
    bridge.remove_channel(other.id()).await?;
    event(&mut events, |event| {
        matches!(event, AriEvent::ChannelLeftBridge { .. }).then_some(())
    })
    .await?;
    bridge.destroy().await?;
    other
        .continue_in_dialplan(Some(CONTEXT), Some("dest"), Some(1))
        .await?;
    event(&mut events, |event| {
        matches!(event, AriEvent::StasisEnd { channel } if channel.id == "rs-2").then_some(())
    })
    .await?;
    Ok(other.hangup(None).await?)
}

async fn device(client: &AriClient) -> Result<()> {
    let mut events = client.subscribe();
    application::subscribe(client, APP, "deviceState:Stasis:rust").await?;
    device_state::update(client, "Stasis:rust", "BUSY").await?;
    event(&mut events, |event| {
        matches!(event, AriEvent::DeviceStateChanged { device_state } if device_state.state == "BUSY")
            .then_some(())
    })
    .await?;
    wanted(
        device_state::get(client, "Stasis:rust").await?.state == "BUSY",
        "not busy",
    )?;
    Ok(device_state::delete(client, "Stasis:rust").await?)
}

async fn end(client: &AriClient, line: &ChannelHandle) -> Result<()> {
    let mut events = client.subscribe();
    line.hangup(None).await?;
    let text = event(&mut events, |event| match event {
        AriEvent::ChannelDestroyed {
            channel, cause_txt, ..
        } if channel.id == line.id() => Some(cause_txt),
        #[allow(clippy::wildcard_enum_match_arm)] // of the library's events, this one matters
        _ => None,
    })
    .await?;
    wanted(text == "Normal Clearing", text)
}

pub async fn run(site: &Site) -> bool {
    // A wrong secret is no case here: the library tries again without end.
    let Ok(client) = connect(site, &site.secret).await else {
        return false;
    };
    let mut held = case("application-host", async {
        wanted(asterisk::ping(&client).await?.ping == "pong", "no pong")?;
        asterisk::info(&client, None).await?;
        asterisk::set_variable(&client, "RUSTARI", "a value").await?;
        wanted(
            asterisk::get_variable(&client, "RUSTARI").await?.value == "a value",
            "not as set",
        )
    })
    .await;
    let mut line = None;
    held &= case("application-originate", async {
        line = Some(call(&client, "rs-1", "keys").await?);
        Ok(())
    })
    .await;
    let Some(line) = line else { return false };
    held &= case("application-media", media(&client, &line)).await;
    held &= case("application-bridge", joined(&client, &line)).await;
    held &= case("application-device-state", device(&client)).await;
    held &= case("application-hangup", end(&client, &line)).await;
    held
}
