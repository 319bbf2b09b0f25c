//! What can be done with a folder, and what cannot, by `wasi:filesystem`.

use crate::bindings::wasi::filesystem::preopens::get_directories;
use crate::bindings::wasi::filesystem::types::{
    Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags, filesystem_error_code,
};
use crate::bindings::wasi::io::streams::{OutputStream, StreamError};

type Done = Result<String, ErrorCode>;

/// Does what the first word says, with the others.
pub fn act(words: &str) -> String {
    let words: Vec<&str> = words.split(' ').collect();
    match deed(&words) {
        Ok(said) => said,
        Err(code) => code.name().to_owned(),
    }
}

fn deed(words: &[&str]) -> Done {
    let word = |n: usize| words.get(n).copied().unwrap_or_default();
    let number = |n: usize| word(n).parse::<u64>().unwrap_or(0);
    let mut folders = get_directories();
    if word(0) == "folders" {
        return Ok(folders
            .into_iter()
            .map(|(_, name)| name)
            .collect::<Vec<_>>()
            .join(" "));
    }
    let Some((root, _)) = folders.pop() else {
        return Ok("there is no folder".to_owned());
    };
    let (path, other) = (word(1), word(2));
    match word(0) {
        "write" => Ok(pour(
            &writable(&root, path)?.write_via_stream(number(3))?,
            number(2),
        )),
        "append" => Ok(pour(&writable(&root, path)?.append_via_stream()?, number(2))),
        "direct" => {
            let part = vec![b'd'; usize::try_from(number(2)).unwrap_or(0)];
            writable(&root, path)?
                .write(&part, number(3))
                .map(|count| count.to_string())
        }
        "size" => writable(&root, path)?.set_size(number(2)).map(done),
        "read" => {
            let (bytes, _) = readable(&root, path)?.read(65_536, 0)?;
            Ok(String::from_utf8_lossy(&bytes[..bytes.len().min(20)]).into_owned())
        }
        "open" => readable(&root, path).map(|_| "open".to_owned()),
        "stat" => {
            let about = root.stat_at(PathFlags::SYMLINK_FOLLOW, path)?;
            Ok(about.size.to_string())
        }
        "mkdir" => root.create_directory_at(path).map(done),
        "rmdir" => root.remove_directory_at(path).map(done),
        "unlink" => root.unlink_file_at(path).map(done),
        "rename" => root.rename_at(path, &root, other).map(done),
        "link" => root.link_at(PathFlags::empty(), path, &root, other).map(done),
        "symlink" => root.symlink_at(path, other).map(done),
        "list" => list(&root),
        "many" => Ok(count(|n| writable(&root, &format!("m{n}")).map(drop))),
        "held" => {
            let mut held = Vec::new();
            Ok(count(|_| writable(&root, path).map(|file| held.push(file))))
        }
        "streams" => {
            let file = writable(&root, path)?;
            let mut held = Vec::new();
            Ok(count(|_| {
                file.append_via_stream().map(|stream| held.push(stream))
            }))
        }
        "listings" => {
            let mut held = Vec::new();
            Ok(count(|_| root.read_directory().map(|listing| held.push(listing))))
        }
        "ghosts" => Ok(ghosts(&root, number(1))),
        "left" => left(&root, path, number(2)),
        _ => Ok(format!("{:?} is no deed of files", word(0))),
    }
}

fn done((): ()) -> String {
    "done".to_owned()
}

fn writable(root: &Descriptor, path: &str) -> Result<Descriptor, ErrorCode> {
    let flags = DescriptorFlags::READ | DescriptorFlags::WRITE;
    root.open_at(PathFlags::SYMLINK_FOLLOW, path, OpenFlags::CREATE, flags)
}

fn readable(root: &Descriptor, path: &str) -> Result<Descriptor, ErrorCode> {
    root.open_at(
        PathFlags::SYMLINK_FOLLOW,
        path,
        OpenFlags::empty(),
        DescriptorFlags::READ,
    )
}

fn list(root: &Descriptor) -> Done {
    let listing = root.read_directory()?;
    let mut names = Vec::new();
    while let Some(entry) = listing.read_directory_entry()? {
        names.push(entry.name);
    }
    names.sort();
    Ok(names.join(" "))
}

/// Writes so many bytes; how many there were, and what ended it.
fn pour(stream: &OutputStream, bytes: u64) -> String {
    let mut written = 0;
    while written < bytes {
        let part = vec![b'p'; usize::try_from((bytes - written).min(4096)).unwrap_or(0)];
        match stream.blocking_write_and_flush(&part) {
            Ok(()) => written += part.len() as u64,
            Err(StreamError::Closed) => return format!("closed after {written}"),
            Err(StreamError::LastOperationFailed(error)) => {
                let code = filesystem_error_code(&error);
                let words = code.map_or_else(|| error.to_debug_string(), |code| code.name().to_owned());
                return format!("{words} after {written}");
            }
        }
    }
    written.to_string()
}

/// Does something again and again until it fails; how, and how often it did not.
fn count(mut deed: impl FnMut(u32) -> Result<(), ErrorCode>) -> String {
    for n in 0..100_000 {
        if let Err(code) = deed(n) {
            return format!("{} after {n}", code.name());
        }
    }
    "without end".to_owned()
}

/// Files that are taken out and stay open, each of so many bytes.
fn ghosts(root: &Descriptor, bytes: u64) -> String {
    let mut held = Vec::new();
    count(|n| {
        let name = format!("g{n}");
        let file = writable(root, &name)?;
        let written = file.set_size(bytes);
        root.unlink_file_at(&name)?;
        held.push(file);
        written
    })
}

/// A stream whose file is closed and taken out goes on writing.
fn left(root: &Descriptor, path: &str, bytes: u64) -> Done {
    let file = writable(root, path)?;
    let stream = file.append_via_stream()?;
    drop(file);
    root.unlink_file_at(path)?;
    Ok(pour(&stream, bytes))
}
