//! Steering a channel that is in an application: found by its id, worked on in its own task, with what it refuses in the words
//! clients know.

use crate::operation::{Ctx, Failure};
use crate::request::Request;
use crate::stasis::deck::Declined;
use crate::stasis::seat::{Seat, Session, Trouble};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use ucx_call::{ChannelState, Refusal};
use ucx_pbx::Line;

/// The channel of the path, which must be in an application.
///
/// # Errors
/// 404 if there is no such channel, 409 if it is in no application.
pub async fn seat(ctx: &Ctx, request: &Request) -> Result<Arc<Seat>, Failure> {
    seat_of(ctx, request.path("channelId")).await
}

/// As [`seat`], for the channel of that id.
///
/// # Errors
/// As for [`seat`].
pub async fn seat_of(ctx: &Ctx, id: &str) -> Result<Arc<Seat>, Failure> {
    if let Some(seat) = ctx.handle.board().seat(id) {
        return Ok(seat);
    }
    ctx.desk.channel(id).await?;
    Err(elsewhere())
}

/// Works on the channel in its own task.
///
/// # Errors
/// 409 if it leaves the application before; else what the work ran into.
pub async fn on_line<T: Send + 'static>(
    ctx: &Ctx,
    seat: &Arc<Seat>,
    work: impl FnOnce(&mut Line, &mut Session) -> Result<T, Trouble> + Send + 'static,
) -> Result<T, Failure> {
    let left = |refusal: Refusal| {
        if matches!(refusal, Refusal::NoSuchChannel | Refusal::Conflict(_)) {
            elsewhere()
        } else {
            refusal.into()
        }
    };
    let remote = ctx.desk.line(seat.channel).await.map_err(left)?;
    let held = seat.clone();
    let done = remote
        .run(move |line: &mut Line| {
            Box::pin(async move {
                let mut session = held.session();
                if session.exit.is_some() {
                    return Err(Trouble::Leaving);
                }
                work(line, &mut session)
            })
        })
        .await;
    Ok(done.map_err(left)??)
}

/// As [`on_line`], for what needs a channel that was called, or called us.
///
/// # Errors
/// As for [`on_line`]; 412 if nobody was called yet.
pub async fn on_live_line<T: Send + 'static>(
    ctx: &Ctx,
    seat: &Arc<Seat>,
    work: impl FnOnce(&mut Line, &mut Session) -> Result<T, Trouble> + Send + 'static,
) -> Result<T, Failure> {
    on_line(ctx, seat, |line, session| {
        if line.channel()?.state == ChannelState::Down {
            return Err(Trouble::Down);
        }
        work(line, session)
    })
    .await
}

fn elsewhere() -> Failure {
    Failure::new(409, "Channel not in Stasis application")
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Down => Self::new(412, "Channel in invalid state"),
            Trouble::Leaving => elsewhere(),
            Trouble::Declined(Declined::Full) => Self::new(500, "Failed to queue media for playback"),
            Trouble::Declined(Declined::Unknown) => Self::new(404, "Playback not found"),
            Trouble::Declined(Declined::NotNow) => Self::new(409, "It is not under way"),
            Trouble::Refused(refusal) => refusal.into(),
        }
    }
}

/// A name for what a client did not name: a UUID of random bits.
pub fn made_up_id() -> String {
    // The standard library seeds its hash tables from the system's randomness, differently each time.
    let high = RandomState::new().hash_one(0_u8);
    let low = RandomState::new().hash_one(1_u8);
    let high = high & 0xffff_ffff_ffff_0fff | 0x4000;
    let low = low & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000;
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_ids_are_uuids_that_do_not_repeat() {
        let (one, two) = (made_up_id(), made_up_id());
        assert_ne!(one, two);
        let parts: Vec<_> = one.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
        assert_eq!(one.as_bytes()[14], b'4');
        assert!(matches!(one.as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
    }
}
