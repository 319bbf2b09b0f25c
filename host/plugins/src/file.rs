//! How is a file of unknown origin read? Only if it is an ordinary one, and no further than so many bytes.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// The content of a file of at most `max` bytes. Pipes and devices are refused unopened: the one may never begin, the other
/// never end. The error is a sentence.
pub(crate) fn read(path: &Path, max: u64) -> Result<Vec<u8>, String> {
    let sentence = |error: std::io::Error| error.to_string();
    let about = std::fs::metadata(path).map_err(sentence)?;
    if !about.is_file() {
        return Err("not an ordinary file".to_owned());
    }
    if about.len() > max {
        return Err(format!("{} bytes are more than {max}", about.len()));
    }
    // It may grow while it is read.
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(sentence)?;
    file.take(max + 1).read_to_end(&mut bytes).map_err(sentence)?;
    if bytes.len() as u64 > max {
        return Err(format!("more than {max} bytes"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Folder;

    #[test]
    fn only_ordinary_files_of_the_size_allowed_are_read() {
        let folder = Folder::new("file");
        let path = folder.write("a", b"12345");
        assert_eq!(read(&path, 5), Ok(b"12345".to_vec()));
        assert_eq!(read(&path, 4), Err("5 bytes are more than 4".to_owned()));
        assert_eq!(read(&folder.0, 4), Err("not an ordinary file".to_owned()));
        let endless = folder.0.join("endless");
        std::os::unix::fs::symlink("/dev/zero", &endless).unwrap();
        assert_eq!(read(&endless, 5), Err("not an ordinary file".to_owned()));
    }
}
