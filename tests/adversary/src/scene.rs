//! Where the attack plays: a host's configuration, the components it starts with, and the phones.

use crate::components::{self, MEMORY, manifest};
use crate::containment::WATCHERS;
use crate::events;
use crate::folder::{self, Folder};
use crate::guests::GUESTS;
use crate::host::{self, Host};
use crate::lure::Lure;
use crate::phone::{Phone, PhoneSpec};
use crate::steps::{self, ASKS, ROAMER, STEPS};
use crate::web::{self, Far};
use crate::{beside, bundles, chance, lodger};
use anyhow::{Context, Result};
use std::fmt::Write as _;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use ucx_sip::TransportKind;

/// Secret of every phone here.
pub const PASSWORD: &str = "well-kept";
/// Tone of 6001, to whom the rogue sends calls when it behaves, in Hz.
pub const GOOD_HZ: u16 = 660;
/// Tone of 6002, where the dialplan sends calls that a component gave no verdict on, in Hz.
pub const FALLBACK_HZ: u16 = 880;
/// Q.850 cause of calls the strict manifest gives up.
pub const STRICT_CAUSE: u64 = 34;
/// Who calls and is called in the stream, by which number.
pub const STREAM_CALLER: &str = "6101";
pub const STREAM_CALLEE: &str = "6100";
pub const STREAM_NUMBER: &str = "+442071234567";
/// Who calls hostile numbers in bulk.
pub const RAGER: &str = "6102";
/// Who datagrams that make no sense say they come from.
pub const FUZZER: &str = "6103";
/// A neighbour's component, which broken successors are put in the place of.
pub const SWAPPED: &str = "swapped";

/// A component that takes long for its decisions, and may; those it decides are refused as busy.
pub const PONDERER: &str = "ponderer";

/// How long all components may take to become active at the start.
const ACTIVE_LIMIT: Duration = Duration::from_secs(180);

/// A misdeed of the shipped component `rogue`, done when its name is dialled.
pub struct Misdeed {
    pub name: &'static str,
    /// One of these words is in the reason the operator reads.
    pub words: &'static [&'static str],
}

const fn misdeed(name: &'static str, words: &'static [&'static str]) -> Misdeed {
    Misdeed { name, words }
}

#[rustfmt::skip]
pub const MISDEEDS: &[Misdeed] = &[
    misdeed("trap", &["trapped"]),
    misdeed("loop", &["processor time"]),
    misdeed("memory", &["of memory and may not"]),
    misdeed("handles", &["trapped"]),
    misdeed("giant", &["trapped", "of memory and may not"]),
    misdeed("legs", &["trapped", "of memory and may not", "refused", "processor time"]),
    misdeed("recursion", &["trapped"]),
    misdeed("injection", &["verdict is refused"]),
    misdeed("variable", &["verdict is refused"]),
    misdeed("uri", &["verdict is refused"]),
    misdeed("error", &["asked to fail"]),
    misdeed("write", &["AccessDenied"]),
    misdeed("snoop", &["denied; needs tables"]),
];

/// Answers of the shipped component `rogue` with something in one of their places that no wire may carry; dialled by these
/// names in the lenient context alone.
#[rustfmt::skip]
pub const FORGED: &[Misdeed] = &[
    misdeed("elsewhere", CONTEXTS), misdeed("elsewhere-dialled", CONTEXTS),
    misdeed("line-in-endpoint", LINE), misdeed("zero-in-endpoint", LINE), misdeed("more-in-endpoint", NAME),
    misdeed("line-in-trunk", LINE), misdeed("zero-in-trunk", LINE), misdeed("more-in-trunk", NAME),
    misdeed("line-in-trunk-number", LINE), misdeed("more-in-trunk-number", NAME),
    misdeed("line-in-extension", LINE), misdeed("zero-in-extension", LINE), misdeed("more-in-extension", NAME),
    misdeed("line-in-context", LINE), misdeed("more-in-context", NAME),
    misdeed("line-in-queue", LINE),
    misdeed("line-in-header-name", LINE), misdeed("zero-in-header-name", LINE),
    misdeed("line-in-header-value", LINE), misdeed("zero-in-header-value", LINE),
    misdeed("line-in-caller-number", LINE), misdeed("zero-in-caller-number", LINE),
    misdeed("line-in-caller-name", LINE), misdeed("zero-in-caller-name", LINE),
    misdeed("line-in-caller-address", LINE), misdeed("zero-in-caller-address", LINE),
    misdeed("line-in-refusal", LINE), misdeed("zero-in-refusal", LINE),
    misdeed("line-in-other-place", LINE), misdeed("more-in-other-place", &["is no context"]),
    misdeed("line-in-variable", &["it may not set"]),
];
const LINE: &[&str] = &["holds a line end or a zero"];
const NAME: &[&str] = &["which no name or number has"];
const CONTEXTS: &[&str] = &["needs contexts"];

/// A component made from text that goes wrong when it is asked; its fallback is the dialplan.
pub struct Bomb {
    pub name: &'static str,
    budget: &'static str,
    items: &'static str,
    route: &'static str,
    pub words: &'static str,
}

#[rustfmt::skip]
pub const BOMBS: &[Bomb] = &[
    Bomb { name: "memories", budget: "", items: "(memory (export \"memory\") 1) (memory $a 1) (memory $b 1) (memory $c 1)",
        route: "(loop $l (drop (memory.grow $a (i32.const 16))) (drop (memory.grow $b (i32.const 16)))
                (br_if $l (i32.ne (memory.grow $c (i32.const 16)) (i32.const -1)))) unreachable", words: "of memory and may not" },
    Bomb { name: "table", budget: "[budget]\nmemory-kib = 192", items: "(memory (export \"memory\") 1) (table $t 0 funcref)",
        route: "(loop $l (br_if $l (i32.ne (table.grow $t (ref.null func) (i32.const 1000)) (i32.const -1)))) unreachable",
        words: "of memory and may not" },
    Bomb { name: "descent", budget: "", items: "(memory (export \"memory\") 1) (func $d (param i64) (result i64)
                (i64.add (call $d (i64.add (local.get 0) (i64.const 1))) (local.get 0)))",
        route: "(drop (call $d (i64.const 1))) (i32.const 0)", words: "trapped" },
    Bomb { name: "wild", budget: "", items: MEMORY, route: "(i32.const -8)", words: "trapped" },
    Bomb { name: "slow", budget: "[budget]\ncpu-ms = 500\nwall-ms = 30", items: MEMORY, route: "(loop $l (br $l)) unreachable",
        words: "took more than 30 ms" },
    Bomb { name: "spin", budget: "", items: MEMORY, route: "(loop $l (br $l)) unreachable", words: "processor time" },
];

/// The running host and the phones around it.
pub struct Scene {
    pub host: Arc<Host>,
    /// 6003, whose context takes the rogue with the fallback to refuse.
    pub strict: Phone,
    /// 6004, whose context takes it with the fallback to the dialplan.
    pub lenient: Phone,
    /// 6001 and 6002; they answer by themselves.
    pub _answering: [Phone; 2],
    pub seed: u64,
    /// Web servers on this machine that nobody is to reach, and one that may be reached and leads there.
    pub web: Lure,
    /// One that may be reached and does harm to who asks it.
    pub far: Arc<Far>,
    // Ends after those who use it.
    _folder: Folder,
}

/// The host from outside: its wires and its interfaces, with phones that those inside do not use.
pub struct Porch {
    pub host: Arc<Host>,
    /// 6009, whose context is as 6004's.
    pub lenient: Phone,
    /// 6008, whose password is guessed.
    pub owner: Phone,
    pub seed: u64,
    /// What is called as `PJSIP/sink` ends here, unanswered.
    pub sink: UdpSocket,
    /// Where the programs of the dialplan's `AGI` are.
    pub programs: TcpListener,
    /// As the scene's.
    pub far: Arc<Far>,
}

impl Scene {
    /// Writes the configuration, puts the components there, starts the host and registers the phones.
    pub fn set(program: &Path, seed: u64) -> Result<(Self, Porch)> {
        let folder = Folder::new()?;
        for name in ["config", "plugins", "tables"] {
            std::fs::create_dir_all(folder.path().join(name)).context("making a folder")?;
        }
        let config = |name: &str| folder.path().join("config").join(name);
        folder::write(
            &config("rtp.conf"),
            "[general]\nrtpstart = 42000\nrtpend = 47999\n",
        )?;
        let web = Lure::set()?;
        let far = Arc::new(Far::set()?);
        folder::write(&config("ucx.toml"), grants(&web, &far))?;
        let sink = UdpSocket::bind("127.0.0.1:0").context("a socket")?;
        let sink_address = sink.local_addr().context("a socket")?;
        let programs = TcpListener::bind("127.0.0.1:0").context("a listener")?;
        let programs_address = programs.local_addr().context("a listener")?;
        folder::write(&config("pjsip.conf"), pjsip(sink_address))?;
        folder::write(&config("extensions.conf"), extensions(programs_address, &web))?;
        folder::write(&config("manager.conf"), manager())?;
        folder::write(&config("http.conf"), http(free_port()?))?;
        folder::write(&config("ari.conf"), ari())?;
        folder::write(&folder.path().join("tables/routes.csv"), ROUTES)?;
        let code = folder.path().join("state/cache");
        let kept = components::code();
        if kept.is_dir() {
            folder::copy(&kept, &code).context("code that was compiled before")?;
        }
        let names = components_at_start(&folder.path().join("plugins"), &far)?;
        let host = Host::start(program, folder.path())?;
        host.until("all components are active", ACTIVE_LIMIT, &mut |host| {
            let active = host.active()?;
            Ok(names.iter().all(|name| active.contains(name)))
        })?;
        folder::copy(&code, &kept).context("keeping compiled code")?;
        let server = host.sip();
        let phone = |user: &'static str, tone_hz: u16, part: u64| {
            Phone::start(&PhoneSpec {
                user,
                password: PASSWORD,
                server,
                tone_hz,
                transport: TransportKind::Udp,
                seed: chance::bytes(seed, part),
            })
        };
        let host = Arc::new(host);
        let porch = Porch {
            lenient: phone("6009", 440, 9)?,
            owner: phone("6008", GOOD_HZ, 8)?,
            host: Arc::clone(&host),
            seed,
            sink,
            programs,
            far: Arc::clone(&far),
        };
        let scene = Self {
            strict: phone("6003", 440, 3)?,
            lenient: phone("6004", 440, 4)?,
            _answering: [phone("6001", GOOD_HZ, 1)?, phone("6002", FALLBACK_HZ, 2)?],
            host,
            seed,
            web,
            far,
            _folder: folder,
        };
        Ok((scene, porch))
    }
}

fn components_at_start(place: &Path, far: &Far) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let mut put = |name: &str, manifest: &str, wasm: &[u8]| {
        names.push(name.to_owned());
        host::put(place, name, manifest, wasm)
    };
    let (text, wasm) = components::shipped("prefix-router")?;
    put("prefix-router", &text, &wasm)?;
    let swapped = text.replace("\"prefix-router\"", &format!("\"{SWAPPED}\""));
    put(SWAPPED, &swapped, &wasm)?;
    let (text, wasm) = components::shipped("rogue")?;
    // On a busy machine memory is used up only after some time.
    let text = text + ROOM;
    put("rogue", &text, &wasm)?;
    let lenient = text
        .replace("\"rogue\"", "\"rogue-lenient\"")
        .replace("{ reject = 34 }", "\"pass\"");
    put("rogue-lenient", &lenient, &wasm)?;
    let ponderer = text
        .replace("\"rogue\"", &format!("\"{PONDERER}\""))
        .replace(ROOM, "[budget]\ncpu-ms = 200\n");
    put(PONDERER, &ponderer, &wasm)?;
    let (text, wasm) = components::shipped("foreman")?;
    put("foreman", &text, &wasm)?;
    for guest in web::GUESTS {
        put(guest.name, &guest.manifest(far.port), &guest.component(far.port)?)?;
    }
    for holder in web::holders() {
        put(
            &holder,
            &web::holds(&holder, far.port),
            &web::holding(&holder, far.port)?,
        )?;
    }
    let (text, wasm) = components::shipped("always-traps")?;
    put("always-traps", &text, &wasm)?;
    let (text, wasm) = components::shipped("wayward")?;
    let roamer = text
        .replace("\"wayward\"", &format!("\"{ROAMER}\""))
        .replace(", \"sip:*\"", "")
        .replace("headers = [\"X-In\"]\nsend-headers = [\"X-Out\"]\ntargets = [\"uri\"]\nhttp = [\"sounds.example\"]\n", ASKS)
        + ROOM;
    put(ROAMER, &roamer, &wasm)?;
    let (text, wasm) = lodger::component()?;
    put(lodger::LODGER, &text, &wasm)?;
    for guest in GUESTS {
        let id = format!("guest-{}", guest.name);
        let buckets = "[asks]\nbuckets = ['default']";
        let wasm = guest.component().with_context(|| guest.name.to_owned())?;
        put(&id, &manifest(&id, buckets), &wasm)?;
    }
    for bomb in BOMBS {
        let id = format!("bomb-{}", bomb.name);
        put(
            &id,
            &manifest(&id, bomb.budget),
            &components::router(bomb.items, bomb.route)?,
        )?;
    }
    Ok(names)
}

/// Processor time for those that are to be stopped by something else.
const ROOM: &str = "\n[budget]\ncpu-ms = 60\n";

const ROUTES: &str = "prefix,action,target,ring\n+44,endpoint,6100,20\n+45,endpoint,6107,20\n";

const GRANTS: &str = r#"
[plugins.prefix-router]
tables = ["routes"]
[plugins.swapped]
tables = ["routes"]
[plugins.rogue]
buckets = ["default"]
[plugins.rogue-lenient]
buckets = ["default"]
[plugins.ponderer]
buckets = ["default"]
[plugins.foreman]
events = ["call.ended"]
dial = ["PJSIP/*"]
contexts = ["*"]
applications = ["NoOp"]
set = ["MARK"]
"#;

/// The grants above, those of the components made from text, and the roamer's.
fn grants(web: &Lure, far: &Far) -> String {
    let mut text = GRANTS.to_owned() + lodger::GIVEN + &bundles::trust();
    for guest in GUESTS {
        let _ = writeln!(text, "[plugins.guest-{}]\nbuckets = [\"default\"]", guest.name);
    }
    for name in WATCHERS.iter().map(|watcher| watcher.name) {
        let _ = writeln!(text, "[plugins.watcher-{name}]\nevents = [\"call.started\"]");
    }
    for name in events::LISTENERS {
        let _ = writeln!(
            text,
            "[plugins.{name}]\nevents = [\"call.started\", \"channel.created\", \"channel.state\", \"channel.ended\"]"
        );
    }
    let holders = web::holders();
    let fetching = web::GUESTS.iter().map(|guest| guest.name);
    for name in fetching.chain(holders.iter().map(String::as_str)) {
        let place = format!("127.0.0.1:{}", far.port);
        let _ = writeln!(
            text,
            "[plugins.{name}]\nhttp = [\"{place}\"]\nhttp-private = [\"{place}\"]"
        );
    }
    let _ = writeln!(
        text,
        "[plugins.{ROAMER}]\ndial = [\"PJSIP/*\"]\noriginate = [\"PJSIP/*\"]\ncontexts = [\"*\"]\n\
         applications = [\"NoOp\"]\nvariables = [\"SECRET\"]\nset = [\"MARK\"]\nadopt = [\"park\"]\n\
         calls-per-minute = 1000\ncalls-at-once = 3\nbuckets = [\"default\"]\nhttp = [\"*\"]\nhttp-private = [\"127.0.0.1:{}\"]",
        web.allowed
    );
    text
}

/// Nobody takes it between this moment and the host's start, as a rule.
fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("a port")?;
    Ok(listener.local_addr().context("a port")?.port())
}

/// Half-open sessions last 2 s here, as the attack has not as long as an operator has.
fn manager() -> String {
    let (user, listener) = (crate::ami::USER, crate::ami::LISTENER);
    format!(
        "[general]\nenabled = yes\nbindaddr = 127.0.0.1\nport = 0\nauthtimeout = 2\n\
         [{user}]\nsecret = {PASSWORD}\nread = all\nwrite = all\nwritetimeout = 100\n\
         [{listener}]\nsecret = {PASSWORD}\nread = all\nwrite = all\nwritetimeout = 10000\n"
    )
}

fn http(port: u16) -> String {
    format!(
        "[general]\nenabled = yes\nbindaddr = 127.0.0.1\nbindport = {port}\nsession_inactivity = 2000\n\
         session_keep_alive = 5000\n"
    )
}

fn ari() -> String {
    let user = crate::ami::USER;
    format!("[general]\nenabled = yes\n[{user}]\ntype = user\npassword = {PASSWORD}\n")
}

fn pjsip(sink: SocketAddr) -> String {
    let mut text = String::from(
        "[udp]\ntype = transport\nprotocol = udp\nbind = 127.0.0.1:0\n\
         [tcp]\ntype = transport\nprotocol = tcp\nbind = 127.0.0.1:0\n",
    );
    let phones = [
        ("6001", "answering"),
        ("6002", "answering"),
        ("6003", "strict"),
        ("6004", "lenient"),
        ("6005", "lenient"),
        ("6008", "answering"),
        ("6009", "lenient"),
        (STREAM_CALLEE, "answering"),
        (beside::CALLER, "stream"),
        (beside::CALLEE, "answering"),
    ];
    let endpoint =
        "disallow = all\nallow = ulaw\nrtp_symmetric = yes\nrewrite_contact = yes\ndirect_media = no\n";
    for (phone, context) in phones {
        let _ = write!(
            text,
            "[{phone}]\ntype = endpoint\ncontext = {context}\naors = {phone}\nauth = {phone}\n{endpoint}\
             [{phone}]\ntype = aor\nmax_contacts = 5\nremove_existing = yes\n\
             [{phone}]\ntype = auth\nauth_type = userpass\nusername = {phone}\npassword = {PASSWORD}\n"
        );
    }
    let _ = write!(
        text,
        "[sink]\ntype = endpoint\ncontext = answering\naors = sink\n{endpoint}\
         [sink]\ntype = aor\ncontact = sip:sink@{sink}\n"
    );
    for (caller, context) in [(STREAM_CALLER, "stream"), (RAGER, "strict"), (FUZZER, "noise")] {
        let _ = write!(
            text,
            "[{caller}]\ntype = endpoint\ncontext = {context}\n{endpoint}"
        );
    }
    text
}

fn extensions(programs: SocketAddr, web: &Lure) -> String {
    let mut text = String::from(
        "[answering]\n[noise]\nexten => 600,1,Hangup(16)\n\
         [stream]\nexten => _+44X.,1,Wasm(prefix-router)\n same => n,Hangup(41)\n\
         exten => _+45X.,1,Wasm(prefix-router)\n same => n,Hangup(41)\n\
         [rescue]\nexten => s,1,Dial(PJSIP/6002,10)\n same => n,Hangup()\n",
    );
    let fallback = "\n same => n,Dial(PJSIP/6002,10)\n same => n,Hangup()\n";
    for (context, rogue) in [("strict", "rogue"), ("lenient", "rogue-lenient")] {
        let _ = writeln!(text, "[{context}]");
        if context == "strict" {
            let _ = writeln!(text, "exten => ponder,1,Wasm({PONDERER})\n same => n,Hangup(17)");
            for holder in web::holders() {
                let _ = writeln!(
                    text,
                    "exten => {holder},1,Wasm({holder},${{UNIQUEID}})\n same => n,Hangup(17)"
                );
            }
        }
        let names = MISDEEDS.iter().map(|misdeed| misdeed.name);
        for name in names.chain(["well", "flood"]) {
            let _ = write!(text, "exten => {name},1,Wasm({rogue}){fallback}");
        }
    }
    let _ = write!(
        text,
        "exten => owner,1,Dial(PJSIP/6008,10)\n same => n,Hangup()\n"
    );
    let _ = write!(
        text,
        "exten => vary,1,Wasm({ROAMER},answer,hoard variables)\n same => n,Hangup()\n"
    );
    let _ = write!(text, "exten => traps,1,Wasm(always-traps){fallback}");
    let _ = write!(text, "exten => missing,1,Wasm(no-such-plugin){fallback}");
    let _ = write!(text, "exten => mistyped,1,Wasm(mistyped){fallback}");
    let _ = write!(text, "exten => _+44X.,1,Wasm({SWAPPED}){fallback}");
    let _ = write!(text, "exten => program,1,AGI(agi://{programs}/hostile){fallback}");
    let _ = write!(
        text,
        "exten => queue,1,Answer()\n same => n,AGI(agi:async)\n same => n,Hangup()\n"
    );
    for_each_row(&mut text, web, fallback);
    text
}

/// An extension for each row of the tables.
fn for_each_row(text: &mut String, web: &Lure, fallback: &str) {
    // Each call is another question, so that none is answered from what is known of the one before.
    for guest in GUESTS {
        let name = guest.name;
        let _ = write!(
            text,
            "exten => {name},1,Wasm(guest-{name},${{UNIQUEID}}){fallback}"
        );
    }
    for name in web::GUESTS.iter().map(|guest| guest.name) {
        let _ = write!(text, "exten => {name},1,Wasm({name},${{UNIQUEID}}){fallback}");
    }
    for misdeed in FORGED {
        let name = misdeed.name;
        let _ = write!(
            text,
            "exten => {name},1,Wasm(rogue-lenient,${{UNIQUEID}}){fallback}"
        );
    }
    for case in STEPS {
        let steps = case.steps.replace(steps::FORBIDDEN, &web.forbidden.to_string());
        let steps = steps.replace(steps::ALLOWED, &web.allowed.to_string());
        let _ = write!(
            text,
            "exten => {},1,Wasm({ROAMER},{steps})\n same => n,Hangup()\n",
            case.name
        );
    }
    for bomb in BOMBS {
        let _ = write!(
            text,
            "exten => {},1,Wasm(bomb-{}){fallback}",
            bomb.name, bomb.name
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bomb_is_a_component_and_every_case_an_extension() {
        let web = Lure::set().unwrap();
        let plan = extensions(SocketAddr::from(([127, 0, 0, 1], 4573)), &web);
        for name in GUESTS
            .iter()
            .map(|guest| guest.name)
            .chain(web::GUESTS.iter().map(|guest| guest.name))
            .chain(STEPS.iter().map(|steps| steps.name))
        {
            assert_eq!(plan.matches(&format!("exten => {name},1,")).count(), 1, "{name}");
        }
        assert!(!plan.contains(steps::FORBIDDEN) && !plan.contains(steps::ALLOWED));
        for bomb in BOMBS {
            assert!(
                components::router(bomb.items, bomb.route).is_ok(),
                "{}",
                bomb.name
            );
            assert!(plan.contains(&format!("exten => {},1,", bomb.name)));
        }
        for misdeed in MISDEEDS {
            assert_eq!(plan.matches(&format!("exten => {},1,", misdeed.name)).count(), 2);
        }
    }
}
