//! What the system lets this process have: as much as it may; and how its threads share the processors.

use rustix::process::{Resource, Rlimit, getrlimit, nice, setrlimit};

/// Raises the number of files that may be open to as many as the system ever lets this process have, as each connection of
/// a client is one.
pub fn raise_open_files() {
    let limits = getrlimit(Resource::Nofile);
    let Some(raised) = raised(limits) else {
        return;
    };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => tracing::debug!(from = ?limits.current, to = ?limits.maximum, "more files may be open"),
        Err(error) => tracing::warn!(%error, "the number of open files could not be raised"),
    }
}

/// How far components stand behind everything else: what they compute gets a sixtieth of a processor that is wanted elsewhere,
/// and all of one that is not. Not behind all there is, as an idle thread would, for they hold locks for a moment that calls
/// have to wait for.
const BEHIND: i32 = 19;

/// Gives this thread, and those it starts, the short turns of who serves calls: a thread that computes for long is interrupted
/// for them at once.
pub fn come_first() {
    if !ucx_net::take_short_turns() {
        tracing::debug!("calls wait for the turns of whoever computes: the system gives no short ones");
    }
}

/// Lets this thread compute when no other one wants to, in turns as long as the system likes.
pub fn stand_behind() {
    ucx_net::take_usual_turns();
    if let Err(error) = nice(BEHIND) {
        tracing::warn!(%error, "components compute at the priority of calls");
    }
}

/// The limits to ask for, if there is more to be had.
fn raised(limits: Rlimit) -> Option<Rlimit> {
    (limits.current != limits.maximum).then_some(Rlimit {
        current: limits.maximum,
        maximum: limits.maximum,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_may_be_had_is_asked_for_and_nothing_else() {
        let limits = |current, maximum| Rlimit { current, maximum };
        let asked = raised(limits(Some(1_024), Some(524_288))).map(|raised| (raised.current, raised.maximum));
        assert_eq!(asked, Some((Some(524_288), Some(524_288))));
        assert!(raised(limits(Some(4_096), Some(4_096))).is_none());
        assert!(raised(limits(None, None)).is_none());
        let endless = raised(limits(Some(1_024), None)).map(|raised| raised.current);
        assert_eq!(endless, Some(None));
    }

    #[test]
    fn as_many_files_may_be_open_as_the_system_allows() {
        // Raising is for the whole process, and harms no test beside this one.
        raise_open_files();
        let limits = getrlimit(Resource::Nofile);
        assert_eq!(limits.current, limits.maximum);
    }

    #[test]
    fn a_thread_stands_behind_the_others_alone() {
        let own = || nice(0).unwrap();
        let before = own();
        let behind = std::thread::spawn(move || {
            stand_behind();
            own()
        });
        assert_eq!(behind.join().unwrap(), (before + BEHIND).min(19));
        assert_eq!(own(), before);
    }
}
