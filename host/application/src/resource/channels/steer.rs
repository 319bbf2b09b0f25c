//! What a channel is told and hears while it is in an application.

use crate::operation::{Answer, Ctx, Failure, Operation, Reply};
use crate::request::Request;
use crate::resource::drive::{on_line, on_live_line, seat};
use crate::stasis::deck::Act;
use crate::stasis::seat::{Digits, Session, Trouble};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use ucx_call::{ChannelState, Indication, Refusal, Tone};
use ucx_pbx::Line;

/// What can be asked.
pub const OPERATIONS: &[Operation] = crate::operations!("channels";
    "answer" => answer,
    "ring" => ring,
    "ringStop" => stop_ringing,
    "progress" => progress,
    "sendDTMF" => send_digits,
    "mute" => mute,
    "unmute" => unmute,
    "hold" => hold,
    "unhold" => unhold,
    "startMoh" => start_music,
    "stopMoh" => stop_music,
    "startSilence" => start_silence,
    "stopSilence" => stop_silence,
    "dial" => dial,
);

/// Length of a digit, and the pause between two, where the client does not say.
const DIGIT_MS: i64 = 100;

async fn answer(ctx: &Ctx, request: &Request) -> Answer {
    let seat = seat(ctx, request).await?;
    on_live_line(ctx, &seat, |line, _| match line.answer().map_err(Trouble::from) {
        Err(Trouble::Refused(_)) => Ok(Err(Failure::new(500, "Failed to answer channel"))),
        done => done.map(Ok),
    })
    .await??;
    Ok(Reply::NO_CONTENT)
}

async fn ring(ctx: &Ctx, request: &Request) -> Answer {
    tell(ctx, request, |line, _| {
        // A caller who is answered hears it from us; one who is not is told, and makes the tone itself.
        if line.is_up() {
            line.tone(Some(Tone::Ringing))?;
        } else {
            line.indicate(Indication::Ringing)?;
        }
        Ok(())
    })
    .await
}

async fn stop_ringing(ctx: &Ctx, request: &Request) -> Answer {
    tell(ctx, request, |line, session| {
        if line.is_up() && !session.deck.is_playing() {
            line.tone(None)?;
        }
        Ok(())
    })
    .await
}

async fn progress(ctx: &Ctx, request: &Request) -> Answer {
    tell(ctx, request, |line, _| Ok(line.indicate(Indication::Progress)?)).await
}

async fn send_digits(ctx: &Ctx, request: &Request) -> Answer {
    let seat = seat(ctx, request).await?;
    on_live_line(ctx, &seat, |_, _| Ok(())).await?;
    let is_digit = |c: &char| matches!(c, '0'..='9' | '*' | '#' | 'a'..='d' | 'A'..='D' | 'w' | 'W');
    let text: String = request
        .required("dtmf", "DTMF is required")?
        .chars()
        .filter(is_digit)
        .collect();
    let time = |name: &str, usual: i64| {
        let time = request.integer(name).unwrap_or(usual);
        Duration::from_millis(u64::try_from(time).unwrap_or(0))
    };
    let digits = Digits {
        at: Instant::now() + time("before", 0),
        text,
        length: time("duration", DIGIT_MS),
        gap: time("between", DIGIT_MS),
    };
    if digits.text.is_empty() {
        return Ok(Reply::NO_CONTENT);
    }
    on_line(ctx, &seat, move |_, session| {
        session.send_later(digits);
        Ok(())
    })
    .await?;
    Ok(Reply::NO_CONTENT)
}

async fn mute(ctx: &Ctx, request: &Request) -> Answer {
    set_mute(ctx, request, true).await
}

async fn unmute(ctx: &Ctx, request: &Request) -> Answer {
    set_mute(ctx, request, false).await
}

async fn set_mute(ctx: &Ctx, request: &Request, is_muted: bool) -> Answer {
    let seat = seat(ctx, request).await?;
    on_live_line(ctx, &seat, |_, _| Ok(())).await?;
    let (inbound, outbound) = match request.raw("direction").as_deref() {
        None | Some("both") => (true, true),
        Some("in") => (true, false),
        Some("out") => (false, true),
        Some("") => return Err(Failure::new(400, "Direction is required")),
        Some(_) => return Err(Failure::new(400, "Invalid direction specified")),
    };
    on_line(ctx, &seat, move |line, session| {
        if inbound {
            session.is_muted_in = is_muted;
        }
        if outbound {
            session.is_muted_out = is_muted;
        }
        Ok(line.mute(session.is_muted_in, session.is_muted_out)?)
    })
    .await?;
    Ok(Reply::NO_CONTENT)
}

/// A far end that is put on hold hears music.
async fn hold(ctx: &Ctx, request: &Request) -> Answer {
    act(ctx, request, Act::StartMusic(None)).await
}

async fn unhold(ctx: &Ctx, request: &Request) -> Answer {
    act(ctx, request, Act::StopMusic).await
}

async fn start_music(ctx: &Ctx, request: &Request) -> Answer {
    let class = request.text("mohClass").map(Arc::from);
    act(ctx, request, Act::StartMusic(class)).await
}

async fn stop_music(ctx: &Ctx, request: &Request) -> Answer {
    act(ctx, request, Act::StopMusic).await
}

async fn start_silence(ctx: &Ctx, request: &Request) -> Answer {
    act(ctx, request, Act::Silence).await
}

/// Whoever hears silence hears nothing else either once it is over.
async fn stop_silence(ctx: &Ctx, request: &Request) -> Answer {
    tell(ctx, request, |_, _| Ok(())).await
}

async fn dial(ctx: &Ctx, request: &Request) -> Answer {
    let seat = seat(ctx, request).await?;
    let caller = match request.text("caller") {
        None => None,
        Some(caller) => match ctx.desk.channel(&*caller).await {
            Ok(channel) => Some(channel.id),
            Err(Refusal::NoSuchChannel) => None,
            Err(refusal) => return Err(refusal.into()),
        },
    };
    let timeout = request
        .integer("timeout")
        .and_then(|seconds| u64::try_from(seconds).ok());
    let timeout = timeout.filter(|seconds| *seconds > 0).map(Duration::from_secs);
    on_line(ctx, &seat, move |line, _| {
        if line.channel()?.state != ChannelState::Down {
            return Ok(Err(Failure::new(409, "Channel is not in the 'Down' state")));
        }
        match line.dial_out(caller, timeout).map_err(Trouble::from) {
            Err(Trouble::Refused(Refusal::Conflict(_))) => {
                Ok(Err(Failure::new(409, "Dialing a channel not created by ARI")))
            }
            done => done.map(Ok),
        }
    })
    .await??;
    Ok(Reply::NO_CONTENT)
}

async fn act(ctx: &Ctx, request: &Request, act: Act) -> Answer {
    tell(ctx, request, move |_, session| Ok(session.deck.act(act)?)).await
}

async fn tell(
    ctx: &Ctx,
    request: &Request,
    work: impl FnOnce(&mut Line, &mut Session) -> Result<(), Trouble> + Send + 'static,
) -> Answer {
    let seat = seat(ctx, request).await?;
    on_live_line(ctx, &seat, work).await?;
    Ok(Reply::NO_CONTENT)
}
