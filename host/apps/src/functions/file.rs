//! `FILE`: what a file holds.

use std::fs::File as OpenFile;
use std::io::{Read, Seek, SeekFrom};
use ucx_call::Right;
use ucx_dialplan::Arguments;

function!(File, "FILE", needs Right::System, waits work;
    synopsis: "What a file holds.",
    syntax: "FILE(filename[,offset[,length[,options]]])",
    arguments: &[
        ("filename", "The file."),
        ("offset", "Where to begin: the first byte is 0, negative numbers count from the end."),
        ("length", "How much; up to the end without it."),
    ],
    options: &[("l", "Offset and length count lines instead of bytes.")],
    notes: "It needs the right to the system, whoever asks for it. Files are not written. At most 64 KiB are read.",
);

/// Most of a file that is read, in bytes.
const BYTES_MAX: u64 = 65_536;

fn work(args: &str) -> Result<String, String> {
    let args = Arguments::split(args);
    let name = args.get(0).ok_or("FILE needs a file")?;
    let number = |place| match args.get(place) {
        None => Ok(None),
        Some(text) => text
            .parse::<i64>()
            .map(Some)
            .map_err(|_| format!("{text:?} is no number")),
    };
    let (offset, length) = (number(1)?.unwrap_or(0), number(2)?);
    let read = if args.text(3).contains('l') {
        lines(name, offset, length)
    } else {
        bytes(name, offset, length)
    };
    read.map_err(|error| format!("{name}: {error}"))
}

fn bytes(name: &str, offset: i64, length: Option<i64>) -> std::io::Result<String> {
    let mut file = OpenFile::open(name)?;
    let size = file.metadata()?.len();
    let from = place(offset, size);
    let until = length.map_or(size, |length| {
        if length < 0 {
            place(length, size)
        } else {
            from + length.unsigned_abs()
        }
    });
    file.seek(SeekFrom::Start(from))?;
    let mut text = Vec::new();
    file.take(until.saturating_sub(from).min(BYTES_MAX))
        .read_to_end(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn lines(name: &str, offset: i64, length: Option<i64>) -> std::io::Result<String> {
    let mut text = Vec::new();
    OpenFile::open(name)?.take(BYTES_MAX).read_to_end(&mut text)?;
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let count = lines.len() as u64;
    let from = place(offset, count);
    let until = length.map_or(count, |length| {
        if length < 0 {
            place(length, count)
        } else {
            from + length.unsigned_abs()
        }
    });
    let wanted = lines
        .iter()
        .zip(0_u64..)
        .filter(|(_, number)| (from..until).contains(number));
    Ok(wanted.map(|(line, _)| *line).collect())
}

/// Where an offset is among that many; negative ones count from the end.
fn place(offset: i64, count: u64) -> u64 {
    if offset < 0 {
        count.saturating_sub(offset.unsigned_abs())
    } else {
        offset.unsigned_abs().min(count)
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::expand;

    #[test]
    fn parts_of_a_file_are_read() {
        let path = std::env::temp_dir().join(format!("ucx-file-{}", std::process::id()));
        std::fs::write(&path, "one\ntwo\nthree\n").unwrap();
        let name = path.display();
        let read = |args: &str| expand(&format!("[${{FILE({name},{args})}}]"));
        assert_eq!(read("0,3"), "[one]");
        assert_eq!(read("4,3"), "[two]");
        assert_eq!(read("-6,5"), "[three]");
        assert_eq!(read("4,-7"), "[two]");
        assert_eq!(read("1,1,l"), "[two\n]");
        assert_eq!(read("-1,,l"), "[three\n]");
        assert_eq!(read("x"), "[]");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(read("0,3"), "[]");
    }
}
