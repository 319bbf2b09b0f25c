//! What becomes of the call: answering, hanging up, applications, where it goes on, who it says it is.

use ucx::bindings::types::{ChannelState, Location, Party};
use ucx::prelude::*;

use super::{Answered, Done, with};
use crate::session::Session;

/// ITU-T Q.850: normal call clearing.
const NORMAL: u16 = 16;
/// The variable that ends a call after so many seconds.
const LIMIT: &str = "TIMEOUT(absolute)";

/// Whether a channel that a command names is the caller's own; none names it too.
fn is_own(session: &Session<'_>, name: Option<&String>) -> bool {
    let info = session.call.info();
    name.is_none_or(|name| name.is_empty() || *name == info.name || *name == info.id)
}

/// `ANSWER`.
pub fn answer(session: &mut Session<'_>, _: &[String]) -> Done {
    session.call.answer()?;
    with(0)
}

/// `CHANNEL STATUS [channel]`, of this call only.
pub fn status(session: &mut Session<'_>, words: &[String]) -> Done {
    if !is_own(session, words.first()) {
        return with(-1);
    }
    with(match session.call.info().state {
        ChannelState::Down | ChannelState::Other => 0,
        ChannelState::Dialing => 3,
        ChannelState::Ringing | ChannelState::Progress => 4,
        ChannelState::Up => 6,
        ChannelState::Busy => 7,
        ChannelState::Ended => return Err(Error::Gone),
    })
}

/// `HANGUP [channel]`, of this call only.
pub fn hangup(session: &mut Session<'_>, words: &[String]) -> Done {
    if !is_own(session, words.first()) {
        return with(-1);
    }
    session.call.hangup(NORMAL)?;
    Ok(Answered::Last("1".to_owned()))
}

/// `EXEC application [arguments]`: one that was granted.
pub fn execute(session: &mut Session<'_>, words: &[String]) -> Done {
    let arguments = words.get(1).map_or("", String::as_str);
    match session.call.execute(&words[0], arguments) {
        Ok(()) => with(0),
        Err(Error::Gone) => Ok(Answered::Last("-1".to_owned())),
        Err(error) => Err(error),
    }
}

/// `GOSUB context extension priority [arguments]`; the priority is a number or a label.
pub fn gosub(session: &mut Session<'_>, words: &[String]) -> Done {
    let arguments: Vec<&str> = words
        .get(3)
        .map(|text| text.split(',').collect())
        .unwrap_or_default();
    let place = Location {
        context: words[0].clone(),
        exten: words[1].clone(),
        priority: words[2].clone(),
    };
    let trying = "result=0 Trying...";
    match session.call.subroutine_at(&place, &arguments) {
        Ok(value) if value.is_empty() => Ok(Answered::After(trying, "0 Gosub complete".to_owned())),
        Ok(value) => Ok(Answered::After(
            trying,
            format!("0 Gosub complete ({})", super::data::one_line(&value)),
        )),
        Err(Error::Gone) => Ok(Answered::Last("-1 Gosub failed".to_owned())),
        Err(why @ (Error::Invalid(_) | Error::NotFound | Error::Denied(_))) => {
            log::warn(&format!("gosub: {}", Failure::from(why)));
            with("-1 Gosub label not found")
        }
        Err(_) => Ok(Answered::After(trying, "-1 Gosub failed".to_owned())),
    }
}

/// `NOOP`.
pub fn noop(_: &mut Session<'_>, _: &[String]) -> Done {
    with(0)
}

/// Commands whose subject no call here has: images, text telephones, speech.
pub fn nothing(_: &mut Session<'_>, _: &[String]) -> Done {
    with(0)
}

/// `SET AUTOHANGUP seconds`, 0 for never.
pub fn set_autohangup(session: &mut Session<'_>, words: &[String]) -> Done {
    if words[0].parse::<u32>().is_err() {
        return Ok(Answered::Usage);
    }
    session.call.set_variable(LIMIT, &words[0])?;
    with(0)
}

/// `SET CALLERID number` or `"Name" <number>`.
pub fn set_callerid(session: &mut Session<'_>, words: &[String]) -> Done {
    let mut party = session.call.info().caller;
    match words[0].split_once('<') {
        Some((name, rest)) => {
            let name = name.trim().trim_matches('"').trim();
            party.name = (!name.is_empty()).then(|| name.to_owned());
            rest.trim_end_matches('>').trim().clone_into(&mut party.number);
        }
        None => words[0].trim().clone_into(&mut party.number),
    }
    let party = Party { ..party };
    session.call.set_caller(&party)?;
    with(1)
}

/// `SET CONTEXT context`.
pub fn set_context(session: &mut Session<'_>, words: &[String]) -> Done {
    session.place.context = Some(words[0].clone());
    with(0)
}

/// `SET EXTENSION extension`.
pub fn set_extension(session: &mut Session<'_>, words: &[String]) -> Done {
    session.place.exten = Some(words[0].clone());
    with(0)
}

/// `SET PRIORITY priority`.
pub fn set_priority(session: &mut Session<'_>, words: &[String]) -> Done {
    session.place.priority = Some(words[0].clone());
    with(0)
}

/// `SET MUSIC on|off [class]`.
pub fn set_music(session: &mut Session<'_>, words: &[String]) -> Done {
    match words[0].to_ascii_lowercase().as_str() {
        "on" => session
            .call
            .start_music(words.get(1).map_or("", String::as_str))?,
        "off" => session.call.stop_music()?,
        _ => return Ok(Answered::Usage),
    }
    with(0)
}

/// `VERBOSE text [level]`, into the plugin's log.
pub fn verbose(_: &mut Session<'_>, words: &[String]) -> Done {
    log::info(&words[0]);
    with(1)
}
