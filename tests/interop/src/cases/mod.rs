//! What is tried, in groups that share one host.

mod baresip;
mod calls;
pub mod libraries;
mod load;
mod requests;
mod sipp_bench;

use crate::folder::Folder;
use crate::host::Host;
use crate::namespace::Namespace;
use crate::tone;
use anyhow::Result;
use std::path::PathBuf;

/// What all groups share.
pub struct World {
    program: PathBuf,
    folder: Folder,
    /// The tones a caller and a callee play.
    tones: (u16, u16),
}

impl World {
    pub fn new(program: PathBuf, seed: u64) -> Result<Self> {
        Ok(Self {
            program,
            folder: Folder::new()?,
            tones: tone::pair(seed),
        })
    }
}

/// A host and what stands around it. The host ends before its namespace goes.
pub struct Bench {
    host: Host,
    folder: PathBuf,
    tones: (u16, u16),
    /// Ports of callees, as the host is configured to reach them.
    callees: [u16; 2],
    namespace: Option<Namespace>,
}

impl Bench {
    /// Stops the host; what lies around it goes with the bench.
    pub fn end(&mut self) -> Result<()> {
        self.host.stop()
    }
}

/// One thing that is tried.
pub struct Case {
    pub name: &'static str,
    pub run: fn(&mut Bench) -> Result<()>,
}

/// Cases that share a bench.
pub struct Group {
    pub cases: &'static [Case],
    /// Why this group cannot be tried on this machine.
    pub lacks: fn() -> Option<&'static str>,
    pub prepare: fn(&World) -> Result<Bench>,
    /// What the end of the bench is called.
    pub ending: &'static str,
}

const fn case(name: &'static str, run: fn(&mut Bench) -> Result<()>) -> Case {
    Case { name, run }
}

/// Everything that is tried.
pub const GROUPS: &[Group] = &[
    Group {
        cases: &[
            case(
                "sipp, OPTIONS is answered with what the host can do",
                requests::options,
            ),
            case(
                "sipp, REGISTER with digest, then a call to the contact",
                requests::register,
            ),
            case(
                "sipp, REGISTER with a wrong password is refused",
                requests::register_with_wrong_password,
            ),
            case(
                "sipp, INVITE is challenged and then accepted",
                requests::challenged_invite,
            ),
            case(
                "sipp, INVITE with a wrong password is refused",
                requests::invite_with_wrong_password,
            ),
            case("sipp, an unknown extension is 404", requests::unknown_extension),
            case("sipp, a busy callee is 486 to the caller", calls::busy),
            case("sipp, the caller cancels while it rings", calls::cancel),
            case("sipp, a callee that never answers is given up", calls::no_answer),
            case("sipp, early media is heard before the answer", calls::early_media),
            case("sipp, hold and unhold by re-INVITE", calls::hold),
            case("sipp, INVITE without SDP gets an offer", calls::delayed_offer),
            case("sipp, a call over TCP on both sides", calls::tcp),
            case(
                "sipp, 20 calls a second for 10 s, both sides hear each other",
                load::calls,
            ),
        ],
        lacks: || None,
        prepare: sipp_bench::prepare,
        ending: "sipp, the host stops when told",
    },
    Group {
        cases: &[case(
            "baresip, registers and hears its own tone from Echo",
            baresip::echo,
        )],
        lacks: baresip::lacks,
        prepare: baresip::prepare,
        ending: "baresip, the host stops when told",
    },
];
