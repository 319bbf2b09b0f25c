//! Sounds by their address on the web: fetched with the plugin's own rights, kept in a folder, played from there.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::bindings::calls::ucx::call::media::MediaItem;
use crate::bindings::ucx::types::common::Error;
use crate::digest::{hex, sha256};
use crate::interfaces::http::failure;
use crate::state::GuestState;
use crate::telephony::{Part, parts, spoken_in};
use crate::web::WebRequest;

/// Where they are kept, below the plugin's own recordings.
const FOLDER: &str = ".fetched";
/// Sounds kept of one plugin; of more those go that were fetched first.
const KEPT_MAX: usize = 128;
/// What they may come to, in bytes.
const BYTES_MAX: u64 = 64 << 20;
/// The endings of addresses that say how a sound is written that does not say so itself.
const RAW: [&str; 6] = ["ulaw", "ul", "alaw", "al", "sln", "sln16"];

impl GuestState {
    /// Things to be played, as the host plays them; in that language, or the channel's own.
    pub(crate) async fn parts(&mut self, items: &[MediaItem], language: &str) -> Result<Vec<Part>, Error> {
        let is_fetched = |item: &MediaItem| matches!(item, MediaItem::Url(_));
        if !items.iter().any(is_fetched) {
            return spoken_in(language, parts(&self.recordings(), items)?);
        }
        let mut there = Vec::with_capacity(items.len());
        for item in items {
            there.push(match item {
                MediaItem::Url(url) => MediaItem::Recording(self.fetched(url).await?),
                other @ (MediaItem::File(_)
                | MediaItem::Tone(_)
                | MediaItem::Digits(_)
                | MediaItem::Number(_)
                | MediaItem::Characters(_)
                | MediaItem::Phonetic(_)
                | MediaItem::Date(_)
                | MediaItem::Recording(_)
                | MediaItem::Silence(_)
                | MediaItem::Other(_)) => other.clone(),
            });
        }
        spoken_in(language, parts(&self.recordings(), &there)?)
    }

    /// The sound at an address, by the name it has below the plugin's recordings.
    async fn fetched(&mut self, url: &str) -> Result<String, Error> {
        let now = (self.host.clock)();
        if !self.desk.exchanges.take(1, now) {
            return Err(Error::Quota(None));
        }
        let request = WebRequest {
            method: "GET".to_owned(),
            url: url.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            timeout: Duration::ZERO,
        };
        let web = std::sync::Arc::clone(&self.web);
        let answer = self.wait(web.fetch(request, now)).await.map_err(failure)?;
        if answer.status != 200 {
            let why = format!("url: {url:.200} answered with status {}", answer.status);
            return Err(Error::Unavailable(why));
        }
        let ending = ending(url, &answer.body).ok_or_else(|| {
            Error::Invalid(format!("url: what is at {url:.200} is no sound this host plays"))
        })?;
        let name = hex(&sha256(&answer.body));
        let folder = format!("{}/{FOLDER}", self.recordings());
        let file = format!("{name}.{ending}");
        let kept = self
            .wait(tokio::task::spawn_blocking(move || {
                keep(Path::new(&folder), &file, &answer.body)
            }))
            .await;
        match kept {
            Ok(Ok(())) => Ok(format!("{FOLDER}/{name}")),
            Ok(Err(error)) => Err(Error::Unavailable(format!("a sound could not be kept: {error}"))),
            Err(error) => Err(Error::Unavailable(error.to_string())),
        }
    }
}

/// The ending of a sound's file: by what it is, else by its address.
fn ending(url: &str, body: &[u8]) -> Option<&'static str> {
    if body.starts_with(b"RIFF") && body.get(8..12) == Some(b"WAVE") {
        return Some("wav");
    }
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let named = path.rsplit('/').next()?.rsplit_once('.')?.1;
    let raw = RAW.into_iter().find(|raw| named.eq_ignore_ascii_case(raw))?;
    (!body.is_empty()).then_some(raw)
}

/// Keeps a sound under a name that goes with its bytes; those fetched first make room for it.
fn keep(folder: &Path, file: &str, body: &[u8]) -> io::Result<()> {
    let path = folder.join(file);
    if path.exists() {
        return Ok(());
    }
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    make_room(folder, body.len() as u64)?;
    // Two calls may fetch the same at once: each writes a file of its own, and either name is as good.
    let own = folder.join(format!(".{file}.{:?}", std::thread::current().id()));
    let mut options = OpenOptions::new();
    let written = options
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(&own)
        .and_then(|mut out| out.write_all(body))
        .and_then(|()| fs::rename(&own, &path));
    if written.is_err() {
        // Whatever half of it is there is of no use.
        let _ = fs::remove_file(&own);
    }
    written
}

fn make_room(folder: &Path, bytes: u64) -> io::Result<()> {
    let mut kept: Vec<(SystemTime, u64, std::path::PathBuf)> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let about = entry.metadata()?;
        if about.is_file() {
            kept.push((about.modified()?, about.len(), entry.path()));
        }
    }
    kept.sort();
    let mut all: u64 = kept.iter().map(|(_, bytes, _)| bytes).sum();
    let mut count = kept.len();
    for (_, size, path) in kept {
        if count < KEPT_MAX && all + bytes <= BYTES_MAX {
            break;
        }
        fs::remove_file(path)?;
        all -= size;
        count -= 1;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Folder;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_sound_is_known_by_what_it_is_or_how_it_is_called() {
        assert_eq!(ending("http://x/y", b"RIFF\0\0\0\0WAVEfmt "), Some("wav"));
        assert_eq!(ending("http://x/y.ULAW?z=1", b"\xff\xff"), Some("ulaw"));
        assert_eq!(ending("http://x/y.mp3", b"ID3"), None);
        assert_eq!(ending("http://x/y.ulaw", b""), None);
        assert_eq!(ending("http://x/", b"<html>"), None);
    }

    #[test]
    fn what_was_fetched_first_makes_room() {
        let folder = Folder::new("fetched");
        let place = folder.0.join("plugin/.fetched");
        for n in 0..KEPT_MAX + 5 {
            keep(&place, &format!("{n}.ulaw"), &[7; 16]).unwrap();
        }
        // The same again is there already.
        keep(&place, &format!("{}.ulaw", KEPT_MAX + 4), &[7; 16]).unwrap();
        let files: Vec<_> = fs::read_dir(&place).unwrap().map(Result::unwrap).collect();
        assert_eq!(files.len(), KEPT_MAX);
        let mode = files[0].metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        make_room(&place, BYTES_MAX).unwrap();
        assert_eq!(fs::read_dir(&place).unwrap().count(), 0);
    }
}
