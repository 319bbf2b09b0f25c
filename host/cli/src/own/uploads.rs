//! Bundles that come over HTTP: in pieces as large as a request's body may be, each with its place, so that a sender whose
//! line broke goes on where it was.

use super::fail;
use serde::Serialize;
use std::fs::{self, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use ucx_pbx::OwnReply;

/// The largest bundle, in bytes.
const BUNDLE_MAX: u64 = 80 << 20;

/// Bundles that may lie there at once, whole or not.
const UPLOADS_MAX: usize = 8;

/// How much of a bundle is there.
#[derive(Serialize)]
struct Uploaded {
    bytes: u64,
}

/// Writes a piece to its place. A place at 0 begins anew; any other is the end of what is there, or one learns where that is.
pub async fn put(file: PathBuf, offset: u64, piece: Vec<u8>) -> OwnReply {
    let done = tokio::task::spawn_blocking(move || write(&file, offset, &piece));
    match done.await {
        Ok(Ok(reply)) => reply,
        Ok(Err(error)) => fail(500, &format!("the piece was not kept: {error}")),
        Err(error) => fail(500, &error.to_string()),
    }
}

fn write(file: &Path, offset: u64, piece: &[u8]) -> io::Result<OwnReply> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let there = match fs::symlink_metadata(file) {
        Ok(about) if about.is_file() => Some(about.len()),
        Ok(_) => return Ok(fail(409, "that is no file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    if there.is_none() && fs::read_dir(folder)?.count() >= UPLOADS_MAX {
        return Ok(fail(507, "too many bundles were uploaded and not installed"));
    }
    if offset != 0 && there != Some(offset) {
        let bytes = there.unwrap_or_default();
        return Ok(fail(409, &format!("{bytes} bytes of it are there")));
    }
    let bytes = offset + piece.len() as u64;
    if bytes > BUNDLE_MAX {
        return Ok(fail(413, &format!("a bundle has at most {BUNDLE_MAX} bytes")));
    }
    let mut to = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(false)
        .mode(0o600)
        .open(file)?;
    if offset == 0 {
        to.set_len(0)?;
    }
    to.seek(SeekFrom::Start(offset))?;
    to.write_all(piece)?;
    Ok(super::well(&Uploaded { bytes }))
}

/// Throws away what was uploaded under that name.
pub async fn discard(file: PathBuf) -> OwnReply {
    match tokio::task::spawn_blocking(move || fs::remove_file(file)).await {
        Ok(Ok(())) => OwnReply {
            status: 204,
            json: String::new(),
        },
        Ok(Err(_)) | Err(_) => fail(404, "Upload not found"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("ucx-uploads-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn put(folder: &Folder, name: &str, offset: u64, piece: &[u8]) -> (u16, String) {
        let reply = write(&folder.0.join(name), offset, piece).unwrap();
        (reply.status, reply.json)
    }

    #[test]
    fn pieces_come_together_and_a_wrong_place_says_the_right_one() {
        let folder = Folder::new("pieces");
        assert_eq!(
            put(&folder, "a.ucx", 0, b"one "),
            (200, r#"{"bytes":4}"#.to_owned())
        );
        let (status, text) = put(&folder, "a.ucx", 7, b"three");
        assert!(status == 409 && text.contains("4 bytes"), "{text}");
        assert_eq!(put(&folder, "a.ucx", 4, b"two").0, 200);
        assert_eq!(fs::read(folder.0.join("a.ucx")).unwrap(), b"one two");
        assert_eq!(put(&folder, "a.ucx", 0, b"anew").0, 200);
        assert_eq!(fs::read(folder.0.join("a.ucx")).unwrap(), b"anew");
        assert_eq!(put(&folder, "b.ucx", 4, b"").0, 409);
    }

    #[test]
    fn there_is_room_for_so_many_and_for_so_much() {
        let folder = Folder::new("room");
        for n in 0..UPLOADS_MAX {
            assert_eq!(put(&folder, &format!("{n}.ucx"), 0, b"x").0, 200);
        }
        assert_eq!(put(&folder, "one-more.ucx", 0, b"x").0, 507);
        let large = OpenOptions::new()
            .write(true)
            .open(folder.0.join("0.ucx"))
            .unwrap();
        large.set_len(BUNDLE_MAX).unwrap();
        assert_eq!(put(&folder, "0.ucx", BUNDLE_MAX, b"x").0, 413);
        fs::remove_file(folder.0.join("1.ucx")).unwrap();
        std::os::unix::fs::symlink("/etc/hostname", folder.0.join("1.ucx")).unwrap();
        assert_eq!(put(&folder, "1.ucx", 0, b"x").0, 409);
    }
}
