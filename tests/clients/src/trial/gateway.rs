//! asterisk-rs-agi: a server, and its commands against a caller who presses 5 again and again.

use super::{CONTEXT, Site, case, wanted};
use anyhow::{Context, Result};
use asterisk_rs_agi::error::Result as AgiResult;
use asterisk_rs_agi::response::AgiResponse;
use asterisk_rs_agi::{AgiChannel, AgiHandler, AgiRequest, AgiServer};
use asterisk_rs_ami::AmiClient;
use asterisk_rs_ami::action::OriginateAction;
use tokio::sync::mpsc::{Sender, channel};

/// Runs every command and hands on what was answered.
struct Every(Sender<Result<(), String>>);

impl AgiHandler for Every {
    async fn handle(&self, request: AgiRequest, mut channel: AgiChannel) -> AgiResult<()> {
        let held = every(&request, &mut channel).await;
        // Who waits may be gone.
        let _ = self.0.send(held.map_err(|error| format!("{error:#}"))).await;
        Ok(())
    }
}

fn is(what: &str, answer: &AgiResponse, result: i32, data: Option<&str>) -> Result<()> {
    wanted(
        answer.code == 200 && answer.result == result && answer.data.as_deref() == data,
        (what, answer),
    )
}

async fn every(request: &AgiRequest, agi: &mut AgiChannel) -> Result<()> {
    wanted(request.extension() == Some("agi"), request.extension())?;
    is("answer", &agi.answer().await?, 0, None)?;
    is("status", &agi.channel_status(None).await?, 6, None)?;
    is("set", &agi.set_variable("SHAPE", "a round one").await?, 1, None)?;
    is("get", &agi.get_variable("SHAPE").await?, 1, Some("a round one"))?;
    is(
        "full",
        &agi.get_full_variable("${SHAPE:2:5}", None).await?,
        1,
        Some("round"),
    )?;
    is("put", &agi.database_put("rust", "key", "value").await?, 1, None)?;
    is("get", &agi.database_get("rust", "key").await?, 1, Some("value"))?;
    is("del", &agi.database_del("rust", "key").await?, 1, None)?;
    is("digit", &agi.wait_for_digit(9_000).await?, 53, None)?;
    is("data", &agi.get_data("blip", 9_000, 2).await?, 55, None)?;
    let played = agi.stream_file("blip", "").await?;
    wanted(played.result == 0 && played.endpos.is_some(), played)?;
    wanted(agi.stream_file("tone", "5").await?.result == 53, "no digit")?;
    is("digits", &agi.say_digits("12", "").await?, 0, None)?;
    is("number", &agi.say_number(42, "").await?, 0, None)?;
    is("alpha", &agi.say_alpha("ab", "").await?, 0, None)?;
    is("phonetic", &agi.say_phonetic("ab", "").await?, 0, None)?;
    is("date", &agi.say_date(0, "").await?, 0, None)?;
    is("time", &agi.say_time(0, "").await?, 0, None)?;
    is("verbose", &agi.verbose("hello there", 1).await?, 1, None)?;
    is("noop", &agi.noop().await?, 0, None)?;
    is("callerid", &agi.set_callerid("4912").await?, 1, None)?;
    is("autohangup", &agi.set_autohangup(0).await?, 0, None)?;
    is("text", &agi.send_text("hello there").await?, 0, None)?;
    is("music", &agi.set_music(false, None).await?, 0, None)?;
    is("exec", &agi.exec("NoOp", "something").await?, 0, None)?;
    is("unknown", &agi.exec("NoSuchApplication", "").await?, -2, None)?;
    is("hangup", &agi.hangup(None).await?, 1, None)
}

async fn session(site: &Site) -> Result<()> {
    let (told, mut tells) = channel(1);
    let (server, _shutdown) = AgiServer::builder()
        .bind("127.0.0.1:0")
        .handler(Every(told))
        .build()
        .await
        .context("listening")?;
    let address = server.local_addr().context("the address it listens at")?;
    let serving = tokio::spawn(async move { server.run().await });
    let client = AmiClient::builder()
        .host("127.0.0.1")
        .port(site.manager_port)
        .credentials(&site.user, &site.secret)
        .build()
        .await?;
    let call = OriginateAction::new(format!("Local/keys@{CONTEXT}"))
        .context(CONTEXT)
        .extension("agi")
        .priority(1)
        .variable("AGIURL", format!("agi://{address}/rust"))
        .async_originate(true);
    wanted(client.originate(call).await?.success, "no call")?;
    let held = tells.recv().await.context("no session")?;
    serving.abort();
    held.map_err(anyhow::Error::msg)
}

pub async fn run(site: &Site) -> bool {
    case("gateway-every-command", session(site)).await
}
