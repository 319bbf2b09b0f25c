//! What playbacks and recordings need wherever they are asked for: their parameters, read and checked.

use super::drive::made_up_id;
use super::store::RECORDED;
use super::{off_thread, stored_recordings};
use crate::model::{LiveRecording, Playback};
use crate::operation::{Ctx, Failure, Reply};
use crate::request::Request;
use crate::stasis::deck::{PlaySpec, RecordSpec, TerminateOn};
use crate::stasis::media::leaves_its_folder;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{IfExists, RecordingSpec};

/// How far a playback skips where the client does not say.
const SKIP_MS: i64 = 3_000;

/// Media URIs of one playback; further ones are not taken.
const MEDIA_MAX: usize = 256;

/// The playback a request asks for, in that language unless it names one.
///
/// # Errors
/// 400 for negative times; 500 without media, or for an id that is taken.
pub fn playback(ctx: &Ctx, request: &Request, language: &Arc<str>) -> Result<PlaySpec, Failure> {
    let time = |name: &str, usual: i64, negative: &'static str| {
        let time = request.integer(name).unwrap_or(usual);
        let time = u64::try_from(time).map_err(|_| Failure::new(400, negative))?;
        Ok::<_, Failure>(Duration::from_millis(time))
    };
    let skip = time("skipms", SKIP_MS, "skipms cannot be negative")?;
    let offset = time("offsetms", 0, "offsetms cannot be negative")?;
    let media = request.texts("media");
    let id = match request.path("playbackId") {
        "" => request.text("playbackId").map_or_else(made_up_id, String::from),
        id => id.to_owned(),
    };
    if media.is_empty() || media.len() > MEDIA_MAX || ctx.handle.board().playback(&id).is_some() {
        return Err(Failure::new(500, "Failed to queue media for playback"));
    }
    Ok(PlaySpec {
        id: Arc::from(id),
        media: media.into_iter().map(Arc::from).collect(),
        language: request.text("lang").map_or_else(|| language.clone(), Arc::from),
        offset,
        skip,
    })
}

/// 201 for a playback.
pub fn play_created(view: &Playback) -> Reply {
    Reply::created(format!("/playbacks/{}", view.id), view)
}

/// The recording a request asks for.
///
/// # Errors
/// 400, 409, 422 and 500, in the words clients know.
pub async fn recording(ctx: &Ctx, request: &Request) -> Result<RecordSpec, Failure> {
    let limit = |name: &str, negative: &'static str| match request.integer(name) {
        Some(0) | None => Ok::<_, Failure>(None),
        Some(seconds) => {
            let seconds = u64::try_from(seconds).map_err(|_| Failure::new(400, negative))?;
            Ok(Some(Duration::from_secs(seconds)))
        }
    };
    let max_duration = limit("maxDurationSeconds", "max_duration_seconds cannot be negative")?;
    let max_silence = limit("maxSilenceSeconds", "max_silence_seconds cannot be negative")?;
    let terminate_on = match request.text("terminateOn").as_deref() {
        None | Some("none") => TerminateOn::None,
        Some("any") => TerminateOn::Any,
        Some("*") => TerminateOn::Digit('*'),
        Some("#") => TerminateOn::Digit('#'),
        Some(_) => return Err(Failure::new(400, "terminateOn invalid")),
    };
    let if_exists = match request.text("ifExists").as_deref() {
        None | Some("fail") => IfExists::Fail,
        Some("overwrite") => IfExists::Overwrite,
        Some("append") => IfExists::Append,
        Some(_) => return Err(Failure::new(400, "ifExists invalid")),
    };
    let name = request.text("name").unwrap_or_default();
    if leaves_its_folder(&name) {
        return Err(Failure::new(500, "Error parsing request"));
    }
    let format = request.text("format").unwrap_or_default();
    if !RECORDED.contains(&&*format) {
        return Err(Failure::new(422, "specified format is unknown on this system"));
    }
    let (store, file) = (stored_recordings::store(ctx), format!("{name}.{format}"));
    let is_running = ctx.handle.board().recording(&name).is_some();
    if is_running || if_exists == IfExists::Fail && off_thread(move || store.has_file(&file)).await? {
        let message = format!("Recording '{name}' already exists and can not be overwritten");
        return Err(Failure::new(409, message));
    }
    let spec = RecordingSpec {
        name: Arc::from(name),
        format: Arc::from(format),
        max_duration,
        max_silence,
        if_exists,
        beep: request.flag("beep"),
    };
    Ok(RecordSpec {
        spec: Arc::new(spec),
        terminate_on,
    })
}

/// 201 for a recording.
pub fn record_created(view: &LiveRecording) -> Reply {
    Reply::created(format!("/recordings/live/{}", view.name), view)
}
