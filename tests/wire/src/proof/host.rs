//! The host that is asked: a process with a configuration of its own on free ports of this machine.

use std::fs::File;
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const START_LIMIT: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(5);

/// The files of the configuration; `@FOLDER@` and `@PHONES@` are filled in.
const FILES: [&str; 9] = [
    "asterisk.conf",
    "manager.conf",
    "http.conf",
    "ari.conf",
    "pjsip.conf",
    "pjsip_notify.conf",
    "musiconhold.conf",
    "sample.conf",
    "extensions.conf",
];

/// Files that have no words to fill in.
const PLAIN: [(&str, &[u8]); 3] = [
    ("rtp.conf", b"[general]\nrtpstart = 10000\nrtpend = 31999\n"),
    ("broken.conf", b"[unclosed\na = 1\n"),
    ("binary.conf", b"[a]\nb = \xff\xfe\n"),
];

/// What a host is to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Everything in `cases/config`.
    Full,
    /// The same, but for the files in `cases/config-bare`.
    Bare,
}

impl Layout {
    /// A file of the configuration.
    fn file(self, name: &str) -> Result<String, String> {
        let own = match self {
            Self::Full => None,
            Self::Bare => super::file(&format!("config-bare/{name}")).ok(),
        };
        own.map_or_else(|| super::file(&format!("config/{name}")), Ok)
    }
}

/// A running host.
pub struct Host {
    child: Child,
    pub folder: PathBuf,
    pub manager: SocketAddr,
    pub application: SocketAddr,
    pub sip: SocketAddr,
}

impl Host {
    /// Lays out a folder and starts the program on it; `phones` is where the phones of the cases are.
    pub fn start(program: &Path, folder: &Path, phones: &UdpSocket, layout: Layout) -> Result<Self, String> {
        let failed = |what: &str, error: std::io::Error| format!("{what}: {error}");
        for inner in [
            "config/agi-bin",
            "plugins",
            "state/sounds/en/digits",
            "state/spool",
            "state/moh",
        ] {
            std::fs::create_dir_all(folder.join(inner)).map_err(|error| failed(inner, error))?;
        }
        let phones = phones.local_addr().map_err(|error| failed("phones", error))?;
        let fill = |text: &str| {
            text.replace("@FOLDER@", &folder.display().to_string())
                .replace("@PHONES@", &phones.to_string())
        };
        let write = |name: &str, text: &[u8]| {
            std::fs::write(folder.join("config").join(name), text).map_err(|error| failed(name, error))
        };
        for name in FILES {
            write(name, fill(&layout.file(name)?).as_bytes())?;
        }
        for (name, text) in PLAIN {
            write(name, text)?;
        }
        sounds(&folder.join("state"))?;
        let log = File::create(folder.join("host.log")).map_err(|error| failed("host.log", error))?;
        let child = Command::new(program)
            .arg("run")
            .arg("--config")
            .arg(folder.join("config"))
            .arg("--state")
            .arg(folder.join("state"))
            .arg("--plugins")
            .arg(folder.join("plugins"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|error| failed(&program.display().to_string(), error))?;
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut host = Self {
            child,
            folder: folder.to_owned(),
            manager: nowhere,
            application: nowhere,
            sip: nowhere,
        };
        host.listening()?;
        Ok(host)
    }

    fn listening(&mut self) -> Result<(), String> {
        let began = Instant::now();
        let file = self.folder.join("state/listening.json");
        while began.elapsed() < START_LIMIT {
            let told = std::fs::read_to_string(&file).ok();
            let told: Option<serde_json::Value> = told.and_then(|text| serde_json::from_str(&text).ok());
            if let Some(told) = told {
                let address = |name: &str| {
                    let text = told[name].as_str().and_then(|text| text.parse().ok());
                    text.ok_or_else(|| format!("the host does not say where its {name} is"))
                };
                self.manager = address("manager")?;
                self.application = address("application")?;
                self.sip = address("sip")?;
                return Ok(());
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("the host ended with {status}: {}", self.log()));
            }
            std::thread::sleep(LOOK);
        }
        Err(format!("the host does not listen: {}", self.log()))
    }

    /// The end of its log.
    pub fn log(&self) -> String {
        let text = std::fs::read_to_string(self.folder.join("host.log")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(8)..].join("\n")
    }

    /// Waits until it has ended by itself.
    pub fn ended(&mut self, limit: Duration) -> Result<(), String> {
        let began = Instant::now();
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(status)) => return Err(format!("the host ended with {status}: {}", self.log())),
                Ok(None) if began.elapsed() < limit => std::thread::sleep(LOOK),
                Ok(None) => return Err("the host does not end".to_owned()),
                Err(error) => return Err(error.to_string()),
            }
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // It may have ended before; either way it is gone then.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::env::var_os("UCX_WIRE_KEEP").is_none() {
            // What is left over lies in the system's folder for such things.
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// Sounds of the cases: a short and a long one, and everything that is said.
fn sounds(state: &Path) -> Result<(), String> {
    let folder = state.join("sounds/en");
    let mut names: Vec<(String, u32)> = vec![
        ("short".into(), 100),
        ("long".into(), 20_000),
        ("beep".into(), 40),
    ];
    let said = [
        "digits/at",
        "digits/oclock",
        "digits/a-m",
        "digits/p-m",
        "digits/hundred",
        "digits/thousand",
    ];
    names.extend(said.iter().map(|name| ((*name).to_owned(), 20)));
    names.extend(
        (0..=20)
            .chain([30, 40, 50, 60, 70, 80, 90])
            .map(|n| (format!("digits/{n}"), 20)),
    );
    names.extend((0..7).map(|n| (format!("digits/day-{n}"), 20)));
    names.extend((0..12).map(|n| (format!("digits/mon-{n}"), 20)));
    names.extend((1..=31).map(|n| (format!("digits/h-{n}"), 20)));
    names.extend(('a'..='z').map(|letter| (format!("letters/{letter}"), 20)));
    names.extend(('a'..='z').map(|letter| (format!("phonetic/{letter}_p"), 20)));
    for (name, milliseconds) in names {
        write_sound(&folder.join(format!("{name}.wav")), milliseconds)?;
    }
    write_sound(&state.join("moh/music.wav"), 1_000)
}

/// Silence: 8 kHz, 16 bits.
fn write_sound(path: &Path, milliseconds: u32) -> Result<(), String> {
    let size = milliseconds * 16;
    let mut bytes = Vec::new();
    bytes.extend_from_slice(b"RIFF");
    bytes.extend_from_slice(&(36 + size).to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend_from_slice(&8_000u32.to_le_bytes());
    bytes.extend_from_slice(&16_000u32.to_le_bytes());
    bytes.extend_from_slice(b"\x02\0\x10\0data");
    bytes.extend_from_slice(&size.to_le_bytes());
    bytes.resize(bytes.len() + size as usize, 0);
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(path, bytes))
        .map_err(|error| format!("{}: {error}", path.display()))
}
