//! rtp.conf: the ports and habits of RTP.

use std::time::Duration;

use crate::diagnostic::{Diagnostic, Diagnostics, Origin};
use crate::model::{Config, Section};
use crate::options::{Known, Reader, Settings, Table, honoured, ignored};
use crate::value;

static OPTIONS: &[Known] = &[
    ignored("dtls_mtu", "1200"),
    honoured("dtmftimeout", "3000"),
    ignored("ice_acl", ""),
    ignored("ice_blacklist", ""),
    ignored("ice_deny", ""),
    ignored("ice_permit", ""),
    ignored("icesupport", "no"),
    honoured("probation", "4"),
    honoured("rtcpinterval", "5000"),
    ignored("rtpchecksums", "yes"),
    honoured("rtpend", "31000"),
    honoured("rtpstart", "5000"),
    ignored("srtpreplayprotection", "yes"),
    honoured("strictrtp", "yes"),
    ignored("stun_acl", ""),
    ignored("stun_blacklist", ""),
    ignored("stun_deny", ""),
    ignored("stun_permit", ""),
    ignored("stunaddr", ""),
    ignored("turnaddr", ""),
    ignored("turnpassword", ""),
    ignored("turnusername", ""),
];
static TABLE: Table = Table {
    what: "rtp",
    options: OPTIONS,
};

/// How strictly a stream must keep its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StrictRtp {
    /// Any source is taken.
    No,
    /// A stream is learned, then held to.
    Yes,
    /// Learned by sequence numbers, then held to.
    SequenceNumbers,
}

const STRICT: [(&str, StrictRtp); 3] = [
    ("no", StrictRtp::No),
    ("yes", StrictRtp::Yes),
    ("seqno", StrictRtp::SequenceNumbers),
];

/// The settings of rtp.conf.
#[derive(Debug, Clone)]
pub struct Rtp {
    /// The first port.
    pub start: u16,
    /// The last port.
    pub end: u16,
    /// How strictly a stream must keep its source.
    pub strict: StrictRtp,
    /// Packets in order before a source counts as learned.
    pub probation: u32,
    /// The longest digit without an end, in RTP timestamp units.
    pub dtmf_timeout: u32,
    /// The time between RTCP reports.
    pub rtcp_interval: Duration,
    /// All options as text.
    pub settings: Settings,
}

/// Reads rtp.conf; an option that cannot be read keeps its default.
pub fn load(config: &Config) -> (Rtp, Vec<Diagnostic>) {
    let mut diagnostics = Diagnostics::default();
    let empty = Section {
        name: "general".to_owned(),
        template: false,
        templates: Vec::new(),
        origin: Origin::new("rtp.conf", 0),
        entries: Vec::new(),
    };
    let section = config.merged("general").unwrap_or(empty);
    let mut rtp = read(&mut Reader::new(&section, &TABLE, &mut diagnostics));
    if rtp.start >= rtp.end {
        let message = format!(
            "rtpstart {} is not below rtpend {}; the defaults are used",
            rtp.start, rtp.end
        );
        diagnostics.error(&section.origin, message);
        (rtp.start, rtp.end) = (5_000, 31_000);
    }
    for other in config.sections().filter(|section| section.name != "general") {
        let message = format!(
            "[{}] of rtp.conf is known for ICE only and not honoured by this host",
            other.name
        );
        diagnostics.warning(&other.origin, message);
    }
    (rtp, diagnostics.into_vec())
}

fn read(reader: &mut Reader<'_>) -> Rtp {
    Rtp {
        start: reader.number("rtpstart", 1_024..=u16::MAX),
        end: reader.number("rtpend", 1_024..=u16::MAX),
        strict: reader.read("strictrtp", |text| match value::boolean(text) {
            Ok(true) => Ok(StrictRtp::Yes),
            Ok(false) => Ok(StrictRtp::No),
            Err(_) => value::choice(text, &STRICT),
        }),
        probation: reader.number("probation", 1..=1_000),
        dtmf_timeout: reader.number("dtmftimeout", 0..=u32::MAX),
        rtcp_interval: Duration::from_millis(reader.number("rtcpinterval", 500..=60_000)),
        settings: reader.settings(),
    }
}
