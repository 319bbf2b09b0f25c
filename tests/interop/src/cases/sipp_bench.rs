//! The host that sipp calls and is called by, on loopback.

use super::{Bench, World};
use crate::host::Host;
use crate::observer::{Heard, Observer};
use crate::process::with;
use crate::script::Script;
use crate::sipp::Sipp;
use crate::{folder, ports, tone};
use anyhow::{Result, bail};
use std::time::Duration;

/// The secret of the one endpoint that has one.
pub const PASSWORD: &str = "opensesame7";
/// How long one call may take from start to end.
pub const CALL_LIMIT: Duration = Duration::from_secs(12);

/// `alice` calls; `bob` and `tom` are called, over UDP and TCP; `carol` has to prove who she is.
/// Media comes from another port than the one it is wanted at, so it must not be sent back to where it comes from.
const PJSIP: &str = "
[transport-udp]
type = transport
protocol = udp
bind = 127.0.0.1:@SIP@

[transport-tcp]
type = transport
protocol = tcp
bind = 127.0.0.1:@SIP@

[phone](!)
type = endpoint
context = interop
disallow = all
allow = ulaw
rtp_symmetric = no
direct_media = no

[alice](phone)

[bob](phone)
aors = bob
[bob]
type = aor
contact = sip:bob@127.0.0.1:@BOB@

[tom](phone)
aors = tom
[tom]
type = aor
contact = sip:tom@127.0.0.1:@TOM@\\;transport=tcp

[carol](phone)
aors = carol
auth = carol
[carol]
type = aor
max_contacts = 1
remove_existing = yes
[carol]
type = auth
auth_type = userpass
username = carol
password = @PASSWORD@
";

const EXTENSIONS: &str = "
[interop]
exten => 100,1,Dial(PJSIP/bob,20)
 same => n,Hangup()
exten => 101,1,Dial(PJSIP/tom,20)
 same => n,Hangup()
exten => 102,1,Dial(PJSIP/carol,20)
 same => n,Hangup()
; gives up soon
exten => 103,1,Dial(PJSIP/bob,2)
 same => n,Hangup()
exten => 600,1,Answer()
 same => n,Echo()
 same => n,Hangup()
";

/// Ports below those that systems hand out by themselves, so that nobody else gets them by chance.
const RTP: &str = "[general]\nrtpstart = 20000\nrtpend = 29999\n";

pub fn prepare(world: &World) -> Result<Bench> {
    let own = world.folder.inside("sipp")?;
    let (sip, bob, tom) = (ports::free()?, ports::free()?, ports::free()?);
    let filled = [("@SIP@", sip), ("@BOB@", bob), ("@TOM@", tom)];
    let pjsip = filled
        .iter()
        .fold(PJSIP.replace("@PASSWORD@", PASSWORD), |text, (word, port)| {
            text.replace(word, &port.to_string())
        });
    let files = [
        ("pjsip.conf", pjsip),
        ("extensions.conf", EXTENSIONS.to_owned()),
        ("rtp.conf", RTP.to_owned()),
    ];
    let host = Host::start(&world.program, &[], &own, &files)?;
    let (caller, callee) = world.tones;
    folder::write(&own.join("caller.ul"), tone::ulaw_second(caller))?;
    folder::write(&own.join("callee.ul"), tone::ulaw_second(callee))?;
    Ok(Bench {
        host,
        folder: own,
        tones: world.tones,
        callees: [bob, tom],
        namespace: None,
    })
}

impl Bench {
    /// The file of the caller's tone.
    pub fn caller_tone(&self) -> String {
        self.folder.join("caller.ul").display().to_string()
    }

    /// The file of the callee's tone.
    pub fn callee_tone(&self) -> String {
        self.folder.join("callee.ul").display().to_string()
    }

    /// Sockets that media is wanted at.
    pub fn observe(&self, sockets: usize) -> Result<Observer> {
        Observer::open(sockets, &[self.tones.0, self.tones.1])
    }

    /// One caller, as the user `me`, to an extension that needs no callee of ours. Answers what the caller heard.
    pub fn solo(&self, script: &Script, me: &str, password: &str, extension: &str) -> Result<Heard> {
        let media = self.observe(1)?;
        let sipp = Sipp {
            password,
            ..Sipp::once(script, me, ports::free()?, media.ports())
        };
        sipp.call(&self.folder, self.host.sip(), extension)?
            .end(CALL_LIMIT)?;
        self.host.quiet()?;
        Ok(media.end().remove(0))
    }

    /// A caller and a callee, once each. Answers what both heard.
    pub fn pair(
        &self,
        caller: &Script,
        extension: &str,
        callee: &Script,
        is_tcp: bool,
    ) -> Result<[Heard; 2]> {
        let media = self.observe(2)?;
        let (name, port) = if is_tcp {
            ("tom", self.callees[1])
        } else {
            ("bob", self.callees[0])
        };
        let called = Sipp {
            is_tcp,
            ..Sipp::once(callee, name, port, &media.ports()[1..])
        }
        .listen(&self.folder)?;
        let caller = Sipp {
            is_tcp,
            ..Sipp::once(caller, "alice", ports::free()?, &media.ports()[..1])
        };
        let outcome = caller
            .call(&self.folder, self.host.sip(), extension)?
            .end(CALL_LIMIT);
        // Of two sides that fail, the caller's report tells more; the callee's is added.
        match (outcome, called.end(CALL_LIMIT)) {
            (Ok(_), Ok(_)) => {}
            (Ok(_), Err(error)) => return Err(error),
            (Err(error), Ok(_)) => return Err(with(&error, &self.host.tail())),
            (Err(caller), Err(callee)) => bail!("{caller:#}\n{callee:#}\n{}", self.host.tail()),
        }
        self.host.quiet()?;
        let [caller, callee] = media.end().try_into().expect("two sockets were opened");
        Ok([caller, callee])
    }
}

/// An error unless one stream with at least so many packets and so long a tone was heard.
pub fn expect_tone(who: &str, heard: &Heard, tone: u16, lasting: Duration) -> Result<()> {
    let packets = u64::try_from(lasting.as_millis() / 20).unwrap_or(u64::MAX);
    match heard.lacks(packets, tone, lasting) {
        Some(lack) => bail!("{who} heard {lack}"),
        None => Ok(()),
    }
}
