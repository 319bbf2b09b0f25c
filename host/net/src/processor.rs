//! How long are a thread's turns on a processor? Who serves calls has much to do in little time, and is not to wait for the
//! long turn of somebody who computes.

/// A turn of a thread that serves calls, in nanoseconds: the shortest the system grants.
const SHORT_NS: u64 = 100_000;

/// From now on this thread, and those it starts, have short turns: they come before whoever has a longer one as soon as they
/// have something to do. Linux 6.12 and later know how; the answer is whether the system took it.
pub fn take_short_turns() -> bool {
    set_turns(SHORT_NS)
}

/// This thread has turns as long as the system gives to anybody; the answer is whether the system took it.
pub fn take_usual_turns() -> bool {
    set_turns(0)
}

#[cfg(target_os = "linux")]
fn set_turns(turn_ns: u64) -> bool {
    // What is not said about a thread would be set to nothing: its priority stays as it is.
    let Ok(nice) = rustix::process::nice(0) else {
        return false;
    };
    let size = std::mem::size_of::<libc::sched_attr>();
    let attributes = libc::sched_attr {
        size: u32::try_from(size).unwrap_or_default(),
        sched_policy: libc::SCHED_OTHER.unsigned_abs(),
        sched_flags: 0,
        sched_nice: nice,
        sched_priority: 0,
        sched_runtime: turn_ns,
        sched_deadline: 0,
        sched_period: 0,
    };
    #[expect(
        unsafe_code,
        reason = "no library has this call; the kernel reads the record and keeps nothing of it"
    )]
    // SAFETY: the record lives until the call returns, and says its own size.
    let done = unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const attributes, 0) };
    done == 0
}

#[cfg(not(target_os = "linux"))]
fn set_turns(_turn_ns: u64) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_set_and_the_priority_stays() {
        let told = std::thread::spawn(|| {
            let nice = rustix::process::nice(3).unwrap();
            (
                take_short_turns(),
                take_usual_turns(),
                rustix::process::nice(0).unwrap() - nice,
            )
        });
        assert_eq!(told.join().unwrap(), (true, true, 0));
    }
}
