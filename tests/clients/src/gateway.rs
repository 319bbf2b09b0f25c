//! An IVR: it answers, plays a sound, takes a digit and dials.

use crate::tell;
use anyhow::{Context, Result};
use asterisk_rs_agi::error::Result as AgiResult;
use asterisk_rs_agi::{AgiChannel, AgiHandler, AgiRequest, AgiServer};
use serde_json::json;
use std::net::SocketAddr;

/// How long a caller may think, in ms.
const PATIENCE_MS: u64 = 8_000;

struct Ivr {
    dial: String,
}

impl AgiHandler for Ivr {
    async fn handle(&self, request: AgiRequest, mut channel: AgiChannel) -> AgiResult<()> {
        tell(&json!({ "event": "session", "caller": request.caller_id(), "exten": request.extension() }));
        channel.answer().await?;
        let asked = channel.get_data("chime", PATIENCE_MS, 1).await?;
        let digits = if asked.result < 0 {
            String::new()
        } else {
            asked.result.to_string()
        };
        tell(&json!({ "event": "digits", "digits": digits }));
        if digits == "2" {
            channel.exec("Dial", &self.dial).await?;
            let status = channel.get_variable("DIALSTATUS").await?;
            tell(&json!({ "event": "dialled", "status": status.data }));
        }
        channel.hangup(None).await?;
        Ok(())
    }
}

pub async fn serve(bind: SocketAddr, dial: String) -> Result<()> {
    let (server, _shutdown) = AgiServer::builder()
        .bind(bind.to_string())
        .handler(Ivr { dial })
        .build()
        .await
        .context("listening")?;
    let address = server.local_addr().context("the address it listens at")?;
    tell(&json!({ "event": "ready", "address": address.to_string() }));
    server.run().await.context("serving")
}
