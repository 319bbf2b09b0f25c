//! Bridges that clients make, and what happens in them.

use crate::model::Bridge;
use crate::operation::{Answer, Ctx, Failure, Operation, Reply};
use crate::request::Request;
use crate::resource::drive::{on_line, seat_of};
use crate::resource::{bridge_variables, media};
use crate::stasis::deck::Declined;
use crate::stasis::seat::Trouble;
use crate::stasis::stage::{Done, Task};
use std::sync::Arc;
use ucx_call::{BridgeKind, BridgePurpose, BridgeSnapshot, Refusal, VideoMode};
use ucx_config::pjsip::CODECS;
use ucx_pbx::{BridgeSpec, ChannelKey, EnterSpec};

/// What can be asked of them.
pub const OPERATIONS: &[Operation] = crate::operations!("bridges";
    "list" => list,
    "create" => create,
    "createWithId" => create,
    "get" => get,
    "destroy" => destroy,
    "addChannel" => add_channel,
    "removeChannel" => remove_channel,
    "setVideoSource" => set_video_source,
    "clearVideoSource" => clear_video_source,
    "startMoh" => start_music,
    "stopMoh" => stop_music,
    "play" => play,
    "playWithId" => play,
    "record" => record,
);

/// Who makes bridges for clients, as they see it.
const CREATOR: &str = "Stasis";

/// The language of what is played to many at once.
const LANGUAGE: &str = "en";

/// Words of a bridge's type that change nothing here.
const WORDS_WITHOUT_EFFECT: [&str; 5] = [
    "dtmf_events",
    "proxy_media",
    "video_sfu",
    "video_single",
    "sdp_label",
];

async fn list(ctx: &Ctx, _: &Request) -> Answer {
    let (bridges, clock) = (ctx.desk.bridges().await?, ctx.handle.clock());
    let models: Vec<_> = bridges.iter().map(|bridge| Bridge::new(bridge, clock)).collect();
    Ok(Reply::json(&models))
}

async fn get(ctx: &Ctx, request: &Request) -> Answer {
    let bridge = ctx.desk.bridge(request.path("bridgeId")).await?;
    Ok(Reply::json(&Bridge::new(&bridge, ctx.handle.clock())))
}

async fn create(ctx: &Ctx, request: &Request) -> Answer {
    let id = match request.path("bridgeId") {
        "" => request.text("bridgeId").map(String::from),
        id => Some(id.to_owned()),
    };
    let taken = |id: &str| Failure::new(409, format!("Bridge with id '{id}' already exists"));
    if let Some(id) = &id
        && ctx.desk.bridge(id).await.is_ok()
    {
        return Err(taken(id));
    }
    let shown = id.clone().unwrap_or_else(|| "(null)".to_owned());
    let failed = || {
        // Whose path names it is told less.
        let message = if request.path("bridgeId").is_empty() {
            format!("Unable to create bridge. Possible duplicate bridge id '{shown}'")
        } else {
            "Unable to create bridge".to_owned()
        };
        Failure::new(500, message).because("Internal Error")
    };
    let purpose = purpose(request).ok_or_else(failed)?;
    let variables = bridge_variables::given(request)?;
    let spec = BridgeSpec {
        uniqueid: id.map(Arc::from),
        purpose,
        name: request.text("name").map(Arc::from).unwrap_or_default(),
        creator: Arc::from(CREATOR),
        video: VideoMode::Talker,
    };
    let made = ctx.desk.create_bridge(spec).await;
    let bridge = made.map_err(|refusal| {
        if matches!(refusal, Refusal::Conflict(_)) {
            taken(&shown)
        } else if matches!(refusal, Refusal::Denied(_) | Refusal::Shutdown) {
            refusal.into()
        } else {
            failed()
        }
    })?;
    // What cannot be set stays, as with channels.
    let _ = bridge_variables::write(ctx, &bridge.uniqueid, variables).await;
    Ok(Reply::json(&Bridge::new(&bridge, ctx.handle.clock())))
}

/// What its members are to hear; none if a word of its type is unknown.
fn purpose(request: &Request) -> Option<BridgePurpose> {
    let words = request.texts("type");
    let is_known = |word: &String| {
        matches!(word.as_str(), "mixing" | "holding") || WORDS_WITHOUT_EFFECT.contains(&word.as_str())
    };
    let is_holding = words.iter().any(|word| word == "holding");
    let purpose = if is_holding {
        BridgePurpose::Holding
    } else {
        BridgePurpose::Mixing
    };
    words.iter().all(is_known).then_some(purpose)
}

/// The bridge of the path, if clients may change it.
async fn find(ctx: &Ctx, request: &Request) -> Result<Arc<BridgeSnapshot>, Failure> {
    let found = ctx.desk.bridge(request.path("bridgeId")).await;
    let bridge = found.map_err(|refusal| {
        let is_missing = refusal == Refusal::NoSuchBridge;
        let failure = Failure::from(refusal);
        // The field spells the words beside 404 differently where a bridge is to be changed.
        if is_missing {
            failure.because("Not found")
        } else {
            failure
        }
    })?;
    match bridge.kind {
        BridgeKind::Stasis => Ok(bridge),
        BridgeKind::Basic => Err(Failure::new(409, "Bridge not in Stasis application")),
    }
}

async fn destroy(ctx: &Ctx, request: &Request) -> Answer {
    let bridge = find(ctx, request).await?;
    ctx.desk.destroy_bridge(&bridge.uniqueid).await?;
    Ok(Reply::NO_CONTENT)
}

async fn add_channel(ctx: &Ctx, request: &Request) -> Answer {
    let bridge = find(ctx, request).await?;
    let mut seats = Vec::new();
    for id in channels(request)? {
        let seat = seat_of(ctx, &id).await.map_err(not_controlled)?;
        if seat.session().deck.is_recording() {
            return Err(Failure::new(409, format!("Channel {id} currently recording")));
        }
        seats.push(seat);
    }
    let spec = EnterSpec {
        is_announcer: request.text("role").is_some_and(|role| role == "announcer"),
        is_muted: request.flag("mute"),
        absorbs_digits: request.flag("absorbDTMF"),
        keeps_connected_line: request.flag("inhibitConnectedLineUpdates"),
    };
    for seat in seats {
        let uniqueid = bridge.uniqueid.clone();
        on_line(ctx, &seat, move |line, _| Ok(line.enter_bridge(&uniqueid, spec)?))
            .await
            .map_err(not_controlled)?;
    }
    Ok(Reply::NO_CONTENT)
}

async fn remove_channel(ctx: &Ctx, request: &Request) -> Answer {
    let bridge = find(ctx, request).await?;
    let mut seats = Vec::new();
    for id in channels(request)? {
        let seat = seat_of(ctx, &id).await.map_err(not_controlled)?;
        if !bridge.members.contains(&seat.channel) {
            return Err(Failure::new(422, "Channel not in this bridge"));
        }
        seats.push(seat);
    }
    for seat in seats {
        on_line(ctx, &seat, |line, _| {
            match line.leave_bridge().map_err(Trouble::from) {
                // It left by itself in the meantime.
                Err(Trouble::Refused(_)) => Ok(()),
                done => done,
            }
        })
        .await
        .map_err(not_controlled)?;
    }
    Ok(Reply::NO_CONTENT)
}

fn channels(request: &Request) -> Result<Vec<String>, Failure> {
    let channels = request.texts("channel");
    if channels.is_empty() {
        return Err(Failure::new(400, "Missing parameter channel"));
    }
    Ok(channels)
}

/// What the field says elsewhere with 404 and 409 it says here with 400 and 422.
fn not_controlled(failure: Failure) -> Failure {
    match (failure.status, &*failure.message) {
        (404, "Channel not found") => Failure::new(400, "Channel not found"),
        (409, "Channel not in Stasis application") => Failure::new(422, "Channel not in Stasis application"),
        _ => failure,
    }
}

async fn set_video_source(ctx: &Ctx, request: &Request) -> Answer {
    let bridge = find(ctx, request).await?;
    let source = ChannelKey::from(request.path("channelId"));
    let set = ctx.desk.set_video_source(&bridge.uniqueid, Some(source)).await;
    set.map_err(|refusal| {
        if refusal == Refusal::NoSuchChannel {
            Failure::new(422, "Channel not in this bridge")
        } else {
            refusal.into()
        }
    })?;
    Ok(Reply::NO_CONTENT)
}

async fn clear_video_source(ctx: &Ctx, request: &Request) -> Answer {
    let bridge = find(ctx, request).await?;
    ctx.desk.set_video_source(&bridge.uniqueid, None).await?;
    Ok(Reply::NO_CONTENT)
}

async fn start_music(ctx: &Ctx, request: &Request) -> Answer {
    let bridge = find(ctx, request).await?;
    let class = request.text("mohClass").unwrap_or("default".into());
    let class = Some(Arc::from(class));
    ctx.desk.bridge_music(&bridge.uniqueid, class).await?;
    Ok(Reply::NO_CONTENT)
}

async fn stop_music(ctx: &Ctx, request: &Request) -> Answer {
    let bridge = find(ctx, request).await?;
    // Members of a holding bridge hear their own music, which is not the bridge's to stop.
    let had_music = match bridge.purpose {
        BridgePurpose::Holding => false,
        BridgePurpose::Mixing => ctx.desk.bridge_music(&bridge.uniqueid, None).await?,
    };
    if had_music {
        Ok(Reply::NO_CONTENT)
    } else {
        Err(Failure::new(409, "Bridge isn't playing music"))
    }
}

async fn play(ctx: &Ctx, request: &Request) -> Answer {
    let bridge = find(ctx, request).await?;
    check_format(
        request,
        "announcer_format",
        "specified announcer_format is unknown on this system",
    )?;
    let spec = media::playback(ctx, request, &Arc::from(LANGUAGE))?;
    match ask(ctx, &bridge, Task::Play(spec)).await? {
        Done::Playback(view) => Ok(media::play_created(&view)),
        Done::Nothing | Done::Recording(_) => Err(Failure::new(500, "Internal Server Error")),
    }
}

async fn record(ctx: &Ctx, request: &Request) -> Answer {
    let bridge = find(ctx, request).await?;
    check_format(
        request,
        "recorder_format",
        "specified recorder_format is unknown on this system",
    )?;
    let spec = media::recording(ctx, request).await?;
    match ask(ctx, &bridge, Task::Record(spec)).await? {
        Done::Recording(view) => Ok(media::record_created(&view)),
        Done::Nothing | Done::Playback(_) => Err(Failure::new(500, "Internal Server Error")),
    }
}

async fn ask(ctx: &Ctx, bridge: &BridgeSnapshot, task: Task) -> Result<Done, Failure> {
    let stage = ctx.handle.board().stage();
    let done = stage.ask(ctx, bridge.uniqueid.clone(), task).await?;
    done.map_err(|declined: Declined| Trouble::from(declined).into())
}

fn check_format(request: &Request, name: &str, unknown: &'static str) -> Result<(), Failure> {
    match request.text(name) {
        Some(format) if !CODECS.contains(&&*format) => Err(Failure::new(422, unknown)),
        Some(_) | None => Ok(()),
    }
}
