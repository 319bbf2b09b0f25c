//! A component in the running host that wants out of its folder, or more of it than it was given.

use crate::book::Book;
use crate::components;
use crate::http::{Http, KEY};
use crate::scene::Scene;
use anyhow::{Context, Result, bail};
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::Path;

/// The shipped component `tenant` under a name of its own.
pub const LODGER: &str = "lodger";
/// What it is given.
pub const GIVEN: &str = "[plugins.lodger]\nbuckets = [\"default\"]\nevents = [\"deed\"]\nhttp = [\"x.example\"]\n\
    data-kib = 64\ndata-files = 32\n";
/// Bytes and entries of that.
const BYTES_MAX: u64 = 64 << 10;
const ENTRIES_MAX: usize = 32;
/// What stands beside its folder and is none of its business.
const SECRET: &str = "hush";

/// A deed, and what the lodger is told.
struct Try {
    deed: &'static str,
    told: &'static str,
}

const fn told(deed: &'static str, told: &'static str) -> Try {
    Try { deed, told }
}

const OUT: &str = "not-permitted";

#[rustfmt::skip]
const TRIES: &[Try] = &[
    told("folders", "/data"), told("mkdir d", "done"),
    // Out of it, by every spelling.
    told("open ../secret", OUT), told("open ./../secret", OUT), told("open d/../../secret", OUT), told("open ..", OUT),
    told("open d//..//..//secret", OUT), told("open /etc/passwd", OUT), told("open /data/../secret", OUT),
    told("open link", OUT), told("open d/../link", OUT), told("open up/secret", OUT), told("stat ../secret", OUT),
    told("stat link", OUT), told("write ../new 1", OUT), told("append link 1", OUT), told("size link 0", OUT),
    told("mkdir ../new", OUT), told("rmdir ../lodger", OUT), told("unlink ../secret", OUT), told("rename ../secret mine", OUT),
    told("rename d ../d", OUT), told("symlink /etc/passwd mine", OUT), told("symlink ../secret mine", OUT),
    told("link link mine", OUT), told("link ../secret mine", OUT),
    // More of it than it was given: in one file, by holes, by what is gone and open, by streams of what is gone.
    told("write big 1000000", "quota after 65536"), told("append big 1", "quota after 0"), told("unlink big", "done"),
    told("size hole 1099511627776", "quota"), told("direct hole 1 1099511627776", "quota"),
    told("write hole 1 1099511627776", "quota after 0"), told("unlink hole", "done"),
    told("ghosts 8192", "quota after 8"), told("left stream 1000000", "quota after 65536"),
    // More open than may be, and more of everything.
    told("held one", "quota after 48"), told("streams one", "quota after 32"), told("listings", "quota after 16"),
    // The links were laid after it was counted; a file and a folder are there.
    told("many", "quota after 30"), told("write more 1", "quota"), told("mkdir more", "quota"),
];

/// The lodger's manifest and component.
pub fn component() -> Result<(String, Vec<u8>)> {
    let (text, wasm) = components::shipped("tenant")?;
    let text = text.replace("\"tenant\"", "\"lodger\"").replace(
        "[\"router\", \"event-subscriber\", \"application\"]",
        "[\"application\"]",
    );
    Ok((text, wasm))
}

/// All tries, then a look from outside.
pub fn attack(scene: &Scene, book: &mut Book) {
    let state = scene.host.control();
    let Some(data) = state.parent().map(|state| state.join("data")) else {
        return book.note(
            "the lodger's folder",
            Err(anyhow::anyhow!("there is no state folder")),
        );
    };
    if let Err(error) = lay_traps(&data) {
        return book.note("the lodger's folder", Err(error));
    }
    for Try { deed, told } in TRIES {
        let answer = ask(scene, deed).and_then(|answer| {
            if answer != *told {
                bail!("told {answer:?} and not {told:?}");
            }
            Ok(answer)
        });
        book.note(&format!("lodger {deed}"), answer);
    }
    book.note("the lodger's folder, from outside", look(&data));
}

/// A file beside the folder, and links to it and out of the folder, as an operator may have laid them.
fn lay_traps(data: &Path) -> Result<()> {
    crate::folder::write(&data.join("secret"), SECRET)?;
    symlink("../secret", data.join("lodger/link")).context("laying a link")?;
    symlink("..", data.join("lodger/up")).context("laying a link")
}

fn ask(scene: &Scene, deed: &str) -> Result<String> {
    let mut http = Http::connect(scene.host.application()?)?;
    let body = format!("file {deed}");
    let request = format!(
        "POST /ucx/v1/apps/{LODGER}/do?{KEY} HTTP/1.1\r\nHost: here\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    http.stream.write_all(request.as_bytes()).context("asking")?;
    let answer = http.answer()?;
    if answer.status != 200 {
        bail!("status {}: {}", answer.status, answer.body);
    }
    Ok(answer.body)
}

/// What is there took no more room than was given, and nothing beside it has changed.
fn look(data: &Path) -> Result<String> {
    let secret = std::fs::read_to_string(data.join("secret")).context("the file beside it")?;
    if secret != SECRET {
        bail!("the file beside it holds {secret:?}");
    }
    let beside = std::fs::read_dir(data).context("the folders")?.count();
    if beside != 2 {
        bail!("{beside} things lie beside it, itself included");
    }
    let (mut bytes, mut entries) = (0, 0);
    for entry in std::fs::read_dir(data.join(LODGER)).context("its folder")? {
        let about = entry
            .and_then(|entry| entry.metadata())
            .context("an entry of it")?;
        entries += 1;
        bytes += if about.is_file() { about.len() } else { 0 };
    }
    if bytes > BYTES_MAX || entries > ENTRIES_MAX + 2 {
        bail!("{bytes} bytes in {entries} entries");
    }
    Ok(format!("{bytes} bytes in {entries} entries"))
}
