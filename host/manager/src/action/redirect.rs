//! Redirect: sends one channel, or two at once, to places of the dialplan.

use super::{Action, Call, Work, optional, priority, required};
use crate::event::Classes;
use crate::{Failure, Outcome, Reply};
use std::sync::Arc;
use ucx_call::{ChannelSnapshot, Place, Refusal};

pub(super) static ACTION: Action = Action {
    name: "Redirect",
    synopsis: "Send a channel to another place of the dialplan.",
    arguments: &[
        required("Channel", "The channel's name."),
        required("Context", "The context."),
        required("Exten", "The extension."),
        required("Priority", "The priority, by number or label."),
        optional("ExtraChannel", "Another channel to send at once."),
        optional(
            "ExtraContext",
            "Its context; without one it goes where the first goes.",
        ),
        optional("ExtraExten", "Its extension."),
        optional("ExtraPriority", "Its priority."),
    ],
    classes: &[Classes::CALL],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let request = call.request;
    let name = request.filled("Channel").ok_or("Channel not specified")?;
    let context = request.filled("Context").ok_or("Context not specified")?;
    let exten = request.filled("Exten").ok_or("Exten not specified")?;
    let at = request.filled("Priority").ok_or("Priority not specified")?;
    let extra = request.filled("ExtraChannel");
    let place = place(&call, (context, exten, at))
        .await?
        .ok_or("Priority is invalid")?;
    let extra_place = match (extra, request.filled("ExtraContext")) {
        (Some(_), Some(context)) => {
            let exten = request.filled("ExtraExten").ok_or("ExtraExten not specified")?;
            let at = request
                .filled("ExtraPriority")
                .ok_or("ExtraPriority not specified")?;
            let place = self::place(&call, (context, exten, at)).await?;
            place.ok_or("ExtraPriority is invalid")?
        }
        _ => place.clone(),
    };
    let channel = channel(&call, name, "Channel").await?;
    let Some(extra) = extra else {
        let sent = send(&call, &channel, place).await;
        sent.map_err(|refusal| failed(refusal, FIRST))?;
        return Ok(Reply::done(request, "Redirect successful"));
    };
    let other = self::channel(&call, extra, "ExtraChannel").await?;
    let both = [
        (channel.id.into(), place.clone()),
        (other.id.into(), extra_place.clone()),
    ];
    let [one, two] = both;
    match call.desk.redirect_both(one, two).await {
        // One of them has nowhere to go, or cannot: each does what it would do alone, and so shows which one it is.
        Err(Refusal::NoSuchExtension | Refusal::Conflict(_)) => {
            let first = send(&call, &channel, place).await;
            first.map_err(|refusal| failed(refusal, FIRST))?;
            let second = send(&call, &other, extra_place).await;
            second.map_err(|refusal| failed(refusal, SECOND))?;
        }
        other => other.map_err(|refusal| failed(refusal, FIRST))?,
    }
    Ok(Reply::done(request, "Dual Redirect successful"))
}

/// What is said when a channel cannot be sent on: of one that is hung up, and of any other.
type Words = (&'static str, &'static str);

const FIRST: Words = ("Redirect failed, channel not up.", "Redirect failed");
const SECOND: Words = (
    "Redirect failed, extra channel not up.",
    "Secondary redirect failed",
);

/// The switch's word for a channel that is hung up and not gone yet.
const ENDING: Refusal = Refusal::Conflict("the channel is ending");

async fn place(call: &Call<'_>, (context, exten, at): (&str, &str, &str)) -> Result<Option<Place>, Failure> {
    let number = priority::find(call, (context, exten), at, "").await?;
    Ok(number.map(|number| Place::new(context, exten, number)))
}

async fn channel(call: &Call<'_>, name: &str, what: &str) -> Result<Arc<ChannelSnapshot>, Failure> {
    match call.desk.channel(name).await {
        Err(Refusal::NoSuchChannel) => Err(format!("{what} does not exist: {name}").into()),
        other => Ok(other?),
    }
}

/// Sends a channel on. One that is sent where there is nothing comes to its end there, as it would in the dialplan.
async fn send(call: &Call<'_>, channel: &ChannelSnapshot, place: Place) -> Result<(), Refusal> {
    call.desk.send_to(channel.id, place).await
}

fn failed(refusal: Refusal, (hung_up, other): Words) -> Failure {
    match refusal {
        Refusal::Denied(_) | Refusal::Shutdown => refusal.into(),
        refusal if refusal == ENDING => hung_up.into(),
        Refusal::NoSuchChannel
        | Refusal::NoSuchBridge
        | Refusal::NoSuchDial
        | Refusal::NoSuchExtension
        | Refusal::NotInControl
        | Refusal::Interrupted(_)
        | Refusal::Invalid(_)
        | Refusal::Conflict(_)
        | Refusal::Full(_) => other.into(),
    }
}
