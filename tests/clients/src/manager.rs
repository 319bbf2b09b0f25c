//! A call monitor: each finished channel with its cause and the events seen of it.

use crate::{Login, tell};
use anyhow::{Context, Result};
use asterisk_rs_ami::AmiClient;
use serde_json::json;

pub async fn follow(login: &Login) -> Result<()> {
    let client = AmiClient::builder()
        .host(login.server.ip().to_string())
        .port(login.server.port())
        .credentials(&login.user, login.secret()?)
        .build()
        .await
        .context("logging in")?;
    let (_tracker, mut calls) = client.call_tracker();
    let pong = client.ping().await.context("pinging")?;
    tell(&json!({ "event": "ready", "pong": format!("{pong:?}") }));
    while let Some(call) = calls.recv().await {
        let names: Vec<_> = call.events.iter().map(|event| event.event_name()).collect();
        tell(&json!({
            "event": "call",
            "channel": call.channel,
            "linked": call.linked_id,
            "cause": call.cause,
            "cause_text": call.cause_txt,
            "seconds": call.duration.as_secs_f64(),
            "events": names,
        }));
    }
    Ok(())
}
