//! baresip registers, calls Echo, and records what it hears.

use super::{Bench, World};
use crate::folder;
use crate::host::Host;
use crate::namespace::Namespace;
use crate::process::Process;
use crate::tone::{self, Ear};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use ucx_media::Sound;

/// The one address of the namespace; nothing outside knows it.
const ADDRESS: &str = "10.77.0.1";
const PASSWORD: &str = "opensesame7";
/// How long the call lasts, in seconds; baresip leaves after it.
const CALL_S: u64 = 4;
/// How much of the tone must come back.
const HEARD_LEAST: Duration = Duration::from_millis(2500);
/// How long baresip may take to register.
const REGISTER_LIMIT: Duration = Duration::from_secs(8);
/// How long it may take to be gone after its call.
const LEAVE_LIMIT: Duration = Duration::from_secs(CALL_S + 8);

const PJSIP: &str = "
[transport-udp]
type = transport
protocol = udp
bind = @ADDRESS@:5060

[carol]
type = endpoint
context = interop
disallow = all
allow = ulaw,alaw
rtp_symmetric = yes
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
exten => 600,1,Answer()
 same => n,Echo()
 same => n,Hangup()
";

/// baresip's own configuration: it speaks from a file, and writes down both what it says and what it hears.
const BARESIP: &str = "
poll_method epoll
sip_listen @ADDRESS@:5070
audio_source aufile,@FOLDER@/tone.wav
audio_player aufile,@FOLDER@/played.wav
audio_alert aufile,@FOLDER@/alert.wav
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
snd_path @FOLDER@
module_path @MODULES@
module g711.so
module aufile.so
module sndfile.so
module_tmp account.so
module_app menu.so
";

const ACCOUNT: &str = "<sip:carol@@ADDRESS@:5060;transport=udp>;auth_user=carol;auth_pass=@PASSWORD@;regint=60;audio_codecs=PCMU/8000/1\n";

pub fn lacks() -> Option<&'static str> {
    let own = std::fs::metadata("/proc/self").map(|told| std::os::unix::fs::MetadataExt::uid(&told));
    (!matches!(own, Ok(0))).then_some("a network namespace needs root")
}

pub fn prepare(world: &World) -> Result<Bench> {
    let own = world.folder.inside("baresip")?;
    let namespace = Namespace::new(ADDRESS)?;
    let rtp = "[general]\nrtpstart = 20000\nrtpend = 20999\n".to_owned();
    let files = [
        ("pjsip.conf", filled(PJSIP, &own)),
        ("extensions.conf", EXTENSIONS.to_owned()),
        ("rtp.conf", rtp),
    ];
    let host = Host::start(&world.program, &namespace.enter(), &own, &files)?;
    let (home, modules) = (own.join("home"), modules()?);
    std::fs::create_dir_all(&home).context("making baresip's folder")?;
    for (name, text) in [("config", BARESIP), ("accounts", ACCOUNT), ("contacts", "")] {
        folder::write(
            &home.join(name),
            filled(text, &own).replace("@MODULES@", &modules),
        )?;
    }
    folder::write(&own.join("tone.wav"), tone::wav(world.tones.0, 2 * CALL_S))?;
    Ok(Bench {
        host,
        folder: own,
        tones: world.tones,
        callees: [0; 2],
        namespace: Some(namespace),
    })
}

/// Where distributions put baresip's modules: the folder that has the codec we need.
fn modules() -> Result<String> {
    let libraries = [
        "/usr/lib",
        "/usr/local/lib",
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib64",
    ];
    let folders = libraries
        .iter()
        .map(|library| format!("{library}/baresip/modules"));
    let mut present = folders.filter(|folder| Path::new(folder).join("g711.so").exists());
    present.next().context("finding baresip's modules")
}

fn filled(text: &str, folder: &Path) -> String {
    let text = text.replace("@ADDRESS@", ADDRESS).replace("@PASSWORD@", PASSWORD);
    text.replace("@FOLDER@", &folder.display().to_string())
}

pub fn echo(bench: &mut Bench) -> Result<()> {
    let namespace = bench.namespace.as_ref().context("this bench has a namespace")?;
    let [first, rest @ ..] = namespace.enter();
    let mut command = Command::new(first);
    command
        .args(rest)
        .args(["baresip", "-v", "-f"])
        .arg(bench.folder.join("home"));
    command.args([
        "-e",
        &format!("/dial sip:600@{ADDRESS}"),
        "-t",
        &CALL_S.to_string(),
    ]);
    let mut baresip = Process::start("baresip", &mut command, &bench.folder)?;
    let host = &bench.host;
    let says = |words: &str, wanted: &str| host.ask(words).is_ok_and(|text| text.contains(wanted));
    baresip.until("registered", REGISTER_LIMIT, &mut || {
        says("pjsip show contacts", "@10.77.0.1:5070")
    })?;
    baresip.until("called Echo", REGISTER_LIMIT, &mut || {
        says("core show channels", "Echo(")
    })?;
    baresip.wait(LEAVE_LIMIT)?;
    host.quiet()?;
    if says("pjsip show contacts", "@10.77.0.1:5070") {
        bail!("baresip left, but its contact stayed\n{}", baresip.tail());
    }
    let (file, bytes) = recording(&bench.folder)?;
    let sound =
        Sound::from_wav(&bytes).map_err(|error| anyhow::anyhow!("reading {}: {error}", file.display()))?;
    let mut ear = Ear::new(&[bench.tones.0, bench.tones.1]);
    ear.hear(sound.samples());
    match ear.heard().as_slice() {
        [(hz, lasted)] if *hz == bench.tones.0 && *lasted >= HEARD_LEAST => Ok(()),
        heard => bail!(
            "in {:?} of recording it heard {heard:?} instead of {} Hz for {HEARD_LEAST:?}\n{}\n{}",
            sound.duration(),
            bench.tones.0,
            baresip.tail(),
            host.tail()
        ),
    }
}

/// What baresip decoded, as it wrote it down itself.
fn recording(folder: &Path) -> Result<(PathBuf, Vec<u8>)> {
    let files = std::fs::read_dir(folder).context("looking for the recording")?;
    let mut all: Vec<PathBuf> = files.filter_map(|file| Some(file.ok()?.path())).collect();
    all.retain(|path| path.to_string_lossy().ends_with("-dec.wav"));
    let path = all.pop().context("baresip recorded nothing")?;
    let bytes = std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
    Ok((path, bytes))
}
