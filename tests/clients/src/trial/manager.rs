//! asterisk-rs-ami: login by challenge, typed actions, collected lists, typed events, followed calls.
#![allow(clippy::wildcard_enum_match_arm)] // of the library's events, few matter here

use super::{CONTEXT, Site, case, wanted};
use anyhow::{Context, Result, bail};
use asterisk_rs_ami::AmiClient;
use asterisk_rs_ami::action::{
    CoreShowChannelsAction, GetVarAction, HangupAction, OriginateAction, RedirectAction, SetVarAction,
    UserEventAction,
};
use asterisk_rs_ami::event::AmiEvent;
use asterisk_rs_core::event::{EventReceive, EventSubscription};

async fn connect(site: &Site, secret: &str, is_challenged: bool) -> Result<AmiClient> {
    AmiClient::builder()
        .host("127.0.0.1")
        .port(site.manager_port)
        .credentials(&site.user, secret)
        .require_challenge(is_challenged)
        .build()
        .await
        .context("logging in")
}

/// Waits for an event that means something.
async fn event<T>(
    events: &mut EventSubscription<AmiEvent>,
    mut means: impl FnMut(AmiEvent) -> Option<T>,
) -> Result<T> {
    loop {
        match events.recv().await {
            EventReceive::Event(event) => {
                if let Some(meant) = means(event) {
                    return Ok(meant);
                }
            }
            EventReceive::Lagged(_) => {}
            EventReceive::Closed => bail!("no more events"),
        }
    }
}

/// An originated call that was decided: its response, reason and channel.
async fn call(client: &AmiClient, exten: &str, timeout_ms: u64) -> Result<(String, String, String)> {
    let mut events = client.subscribe();
    let action = OriginateAction::new(format!("Local/{exten}@{CONTEXT}"))
        .context(CONTEXT)
        .extension("answer")
        .priority(1)
        .timeout_ms(timeout_ms)
        .caller_id("\"Rust\" <4901>")
        .variable("COLOUR", "green")
        .async_originate(true);
    let answer = client.originate(action).await?;
    wanted(answer.success, &answer.message)?;
    let own = answer.action_id;
    #[allow(clippy::wildcard_enum_match_arm)] // of the library's events, this one matters
    event(&mut events, |event| match event {
        AmiEvent::OriginateResponse {
            action_id,
            channel,
            response,
            reason,
            ..
        } if action_id.as_deref() == Some(&own) => Some((response, reason, channel)),
        _ => None,
    })
    .await
}

pub async fn run(site: &Site) -> bool {
    let mut held = case("manager-login-challenge", async {
        connect(site, &site.secret, true).await.map(drop)
    })
    .await;
    held &= case("manager-wrong-secret", async {
        wanted(
            connect(site, "wrong", false).await.is_err(),
            "a wrong secret is taken",
        )
    })
    .await;
    let Ok(client) = connect(site, &site.secret, false).await else {
        return false;
    };
    held &= case("manager-ping-and-command", async {
        wanted(client.ping().await?.get("Ping") == Some("Pong"), "no pong")?;
        let answer = client.command("core show channels").await?;
        // The library keeps the last of several headers of one name.
        wanted(
            answer
                .get("Output")
                .is_some_and(|line| line.contains("processed")),
            answer,
        )
    })
    .await;
    held &= case("manager-call", answered(&client)).await;
    held &= case("manager-refused-calls", async {
        for (exten, expected) in [("busy", "5"), ("ring", "3")] {
            let (response, reason, _) = call(&client, exten, 400).await?;
            wanted(
                response == "Failure" && reason == expected,
                (exten, response, reason),
            )?;
        }
        Ok(())
    })
    .await;
    held &= case("manager-followed-call", followed(&client)).await;
    held &= case("manager-user-event", user_event(&client)).await;
    held &= case("manager-logoff", async { Ok(client.disconnect().await?) }).await;
    held
}

async fn answered(client: &AmiClient) -> Result<()> {
    let (response, reason, channel) = call(client, "answer", 5_000).await?;
    wanted(response == "Success" && reason == "4", (response, reason))?;
    let ask = || GetVarAction {
        channel: Some(channel.clone()),
        variable: "COLOUR".to_owned(),
    };
    wanted(
        client.send_action(&ask()).await?.get("Value") == Some("green"),
        "not green",
    )?;
    let set = SetVarAction {
        channel: Some(channel.clone()),
        variable: "COLOUR".to_owned(),
        value: "a: b".to_owned(),
    };
    wanted(client.send_action(&set).await?.success, "not set")?;
    wanted(
        client.send_action(&ask()).await?.get("Value") == Some("a: b"),
        "not as set",
    )?;
    let list = client.send_collecting(&CoreShowChannelsAction).await?;
    wanted(!list.events.is_empty(), "an empty list")?;
    let mut events = client.subscribe();
    let redirect = RedirectAction {
        channel: channel.clone(),
        context: CONTEXT.to_owned(),
        exten: "dest".to_owned(),
        priority: 1,
    };
    wanted(client.send_action(&redirect).await?.success, "not redirected")?;
    event(&mut events, |event| {
        matches!(event, AmiEvent::VarSet { variable, value, .. } if variable == "REACHED" && value == "dest")
            .then_some(())
    })
    .await?;
    let mut hangup = HangupAction::new(&channel);
    hangup.cause = Some(17);
    wanted(client.hangup(hangup).await?.success, "not hung up")?;
    let text = event(&mut events, |event| match event {
        AmiEvent::Hangup {
            channel: ended,
            cause_txt,
            ..
        } if ended == channel => Some(cause_txt),
        #[allow(clippy::wildcard_enum_match_arm)] // of the library's events, this one matters
        _ => None,
    })
    .await?;
    wanted(text == "User busy", text)
}

/// The library's own follower tells of a whole call.
async fn followed(client: &AmiClient) -> Result<()> {
    let (_tracker, mut calls) = client.call_tracker();
    let (_, _, channel) = call(client, "brief", 5_000).await?;
    client.hangup(HangupAction::new(&channel)).await?;
    loop {
        let call = calls.recv().await.context("the follower ended")?;
        if call.channel == channel {
            let names: Vec<_> = call.events.iter().map(|event| event.event_name()).collect();
            return wanted(names.contains(&"Newchannel") && names.contains(&"Hangup"), names);
        }
    }
}

async fn user_event(client: &AmiClient) -> Result<()> {
    let mut events = client.subscribe();
    let action = UserEventAction {
        user_event: "RustLamp".to_owned(),
        headers: vec![("Colour".to_owned(), "blue".to_owned())],
    };
    wanted(client.send_action(&action).await?.success, "not sent")?;
    event(&mut events, |event| {
        matches!(event, AmiEvent::UserEvent { user_event, .. } if user_event == "RustLamp").then_some(())
    })
    .await
}
