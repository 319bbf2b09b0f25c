//! The host that all libraries share: its configuration, its sounds, and what a script is told of it.

use crate::cases::World;
use crate::folder;
use crate::host::Host;
use crate::ports;
use crate::stop;
use crate::tone;
use anyhow::{Context, Result};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The one account of both interfaces.
const USER: &str = "library";
const SECRET: &str = "an-open-secret";

const MANAGER: &str = "
[general]
enabled = yes
bindaddr = 127.0.0.1
port = @PORT@
[library]
secret = an-open-secret
read = all
write = all
writetimeout = 5000
";

const HTTP: &str = "
[general]
enabled = yes
bindaddr = 127.0.0.1
bindport = @PORT@
";

const ARI: &str = "
[general]
enabled = yes
[library]
type = user
password = an-open-secret
password_format = plain
";

const PJSIP: &str = "
[udp]
type = transport
protocol = udp
bind = 127.0.0.1:0
";

const EXTENSIONS: &str = "
[lib]
exten => answer,1,Answer()
 same => n,Wait(30)
exten => busy,1,Busy(5)
exten => ring,1,Ringing()
 same => n,Wait(30)
exten => late,1,Ringing()
 same => n,Wait(2)
 same => n,Answer()
 same => n,Wait(30)
exten => brief,1,Answer()
 same => n,Wait(2)
exten => dest,1,Answer()
 same => n,Set(REACHED=dest)
 same => n,Wait(30)
exten => dial,1,Dial(Local/answer@lib,5)
; somebody who presses 5 again and again
exten => keys,1,Answer()
 same => n(again),Wait(0.2)
 same => n,SendDTMF(5)
 same => n,Goto(again)
exten => agi,1,Answer()
 same => n,AGI(${AGIURL})
 same => n,Wait(30)
exten => second,1,AGI(${CUT(AGIURL,/,1-3)}/again)
exten => script,1,Answer()
 same => n,AGI(${SCRIPT},${TOLD},one)
exten => async,1,Answer()
 same => n,AGI(agi:async)
 same => n,UserEvent(AsyncDone,Status: ${AGISTATUS},Token: ${TOKEN})
 same => n,Wait(30)
exten => app,1,Stasis(${APP},in)
exten => sub,1,Set(GAVE=${ARG1})
 same => n,Return(${ARG1})
exten => 100,hint,Custom:lamp
exten => 100,1,Answer()
";

/// The same servers, spoken with by a component.
const BRIDGED: &str = "
[bridged]
exten => keys,1,Goto(lib,keys,1)
exten => answer,1,Goto(lib,answer,1)
exten => busy,1,Goto(lib,busy,1)
exten => brief,1,Goto(lib,brief,1)
exten => agi,1,Answer()
 same => n,Wasm(agi-bridge/flow,${AGIURL})
 same => n,Wait(30)
exten => second,1,Wasm(agi-bridge/flow,${CUT(AGIURL,/,1-3)}/again)
";

/// What the component is given: all that the scripts do, at servers of this machine.
const GRANT: &str = r#"
[plugins.agi-bridge]
sockets = ["loopback:*"]
variables = ["COLOUR", "SHAPE", "NOBODY", "SIZE", "CHANNEL(state)", "CPLAYBACKSTATUS", "AGISTATUS", "AGIURL", "DIALSTATUS"]
set = ["SHAPE", "CPLAYBACKSTATUS", "PLAYBACKSTATUS", "AGISTATUS", "TIMEOUT(absolute)"]
applications = ["NoOp", "Set", "SendText"]
contexts = ["bridged"]
buckets = ["default"]
"#;

/// The component, as `cargo xtask plugins` lays it out.
const COMPONENT: [&str; 2] = ["agi-bridge.wasm", "agi-bridge.toml"];

/// A sound that is played to its end, in samples of 8 kHz.
const BLIP: usize = 800;
/// A sound that is interrupted.
const TONE: usize = 8_000 * 4;
/// A word that is spoken; short, as many are.
const WORD: usize = 160;

/// The host at work.
pub struct Bench {
    host: Host,
    folder: PathBuf,
    manager: SocketAddr,
    application: SocketAddr,
}

impl Bench {
    pub fn start(world: &World) -> Result<Self> {
        let folder = world.folder.inside("libraries")?;
        sounds(&folder.join("state/sounds/en"))?;
        let plan = format!("{EXTENSIONS}{BRIDGED}");
        let files = [
            ("manager.conf", MANAGER),
            ("http.conf", HTTP),
            ("ari.conf", ARI),
            ("pjsip.conf", PJSIP),
            ("extensions.conf", plan.as_str()),
            ("ucx.toml", GRANT),
        ]
        .map(|(name, text)| ports::free().map(|port| (name, text.replace("@PORT@", &port.to_string()))));
        let files = files.into_iter().collect::<Result<Vec<_>>>()?;
        let plugins = folder.join("plugins");
        std::fs::create_dir_all(&plugins).context("making the folder of components")?;
        let built = components(&world.program)?;
        if built.join(COMPONENT[0]).is_file() {
            for file in COMPONENT {
                std::fs::copy(built.join(file), plugins.join(file))
                    .with_context(|| format!("copying {file}"))?;
            }
        }
        let host = Host::start(&world.program, &[], &folder, &files)?;
        let (manager, application) = (host.door("manager")?, host.door("application")?);
        Ok(Self {
            host,
            folder,
            manager,
            application,
        })
    }

    /// A folder for a script's own.
    pub fn scratch(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join("scripts").join(name);
        std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        Ok(folder)
    }

    /// Tells a script where the host is.
    pub fn describe(&self, command: &mut Command, scratch: &Path, context: &str) {
        command
            .env("UCX_CONTEXT", context)
            .env("UCX_MANAGER_PORT", self.manager.port().to_string())
            .env("UCX_HTTP_PORT", self.application.port().to_string())
            .env("UCX_USER", USER)
            .env("UCX_SECRET", SECRET)
            .env("UCX_STATE", self.folder.join("state"))
            .env("UCX_SCRATCH", scratch);
    }

    /// The host's last lines, for a failure.
    pub fn tail(&self) -> String {
        self.host.tail()
    }

    /// Ends what calls the scripts left, looks that nothing is left then, and stops the host.
    pub fn end(&mut self) -> Result<()> {
        stop::check()?;
        self.host.ask("channel request hangup all")?;
        self.host.quiet()?;
        self.host.stop()
    }
}

/// Where components are built: beside the folder of the host's program.
pub fn components(program: &Path) -> Result<PathBuf> {
    let target = program.parent().and_then(Path::parent);
    Ok(target
        .context("the host's program is in no target folder")?
        .join("plugins/components"))
}

/// Whether the bridge was built.
pub fn has_bridge(program: &Path) -> bool {
    components(program).is_ok_and(|folder| folder.join(COMPONENT[0]).is_file())
}

/// Writes the sounds that scripts have played, raw as the host takes them.
fn sounds(folder: &Path) -> Result<()> {
    for inner in ["digits", "letters", "phonetic"] {
        let inner = folder.join(inner);
        std::fs::create_dir_all(&inner).with_context(|| format!("making {}", inner.display()))?;
    }
    let write = |name: &str, samples: usize| {
        let second = tone::second(440);
        let bytes: Vec<u8> = second
            .iter()
            .cycle()
            .take(samples)
            .flat_map(|sample| sample.to_le_bytes())
            .collect();
        folder::write(&folder.join(format!("{name}.sln")), bytes)
    };
    write("blip", BLIP)?;
    write("tone", TONE)?;
    let tens = (20..100).step_by(10);
    let mut words: Vec<String> = (0..20).chain(tens).map(|number| number.to_string()).collect();
    words.extend(
        [
            "hundred", "thousand", "million", "oh", "oclock", "a-m", "p-m", "at",
        ]
        .map(str::to_owned),
    );
    words.extend((0..7).map(|day| format!("day-{day}")));
    words.extend((0..12).map(|month| format!("mon-{month}")));
    words.extend((1..32).map(|day| format!("h-{day}")));
    for word in words {
        write(&format!("digits/{word}"), WORD)?;
    }
    for letter in 'a'..='z' {
        write(&format!("letters/{letter}"), WORD)?;
        write(&format!("phonetic/{letter}_p"), WORD)?;
    }
    Ok(())
}
