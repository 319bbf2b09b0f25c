//! What a folder lets a guest do, without a guest.

use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;
use crate::tests::Folder;

const QUOTA: Quota = Quota {
    bytes: 1_000,
    files: 4,
};
const NEW: Opening = Opening {
    follows: true,
    creates: true,
    is_exclusive: false,
    truncates: false,
    wants_folder: false,
    reads: true,
    writes: true,
};

fn root(folder: &DataFolder) -> Dir {
    folder.root.clone()
}

fn file(descriptor: Descriptor) -> Opened {
    match descriptor {
        Descriptor::File(file) => file,
        Descriptor::Dir(_) => panic!("a folder"),
    }
}

fn new(folder: &DataFolder, name: &str) -> Result<Opened, ErrorCode> {
    folder.open_at(&root(folder), name, NEW, QUOTA).map(file)
}

fn used(folder: &DataFolder) -> (u64, u32) {
    let usage = folder.usage();
    (usage.bytes, usage.files)
}

fn error<T>(result: Result<T, ErrorCode>) -> ErrorCode {
    result.err().expect("it is refused")
}

#[test]
fn bytes_are_counted_before_they_are_written() {
    let home = Folder::new("data-bytes");
    let folder = DataFolder::open(&home.0.join("p")).unwrap();
    let mode = std::fs::metadata(home.0.join("p")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let one = new(&folder, "one").unwrap();
    assert_eq!(folder.write_at(&one.file, 0, &[1; 600], QUOTA).unwrap(), 600);
    // Over what is there already is no more.
    assert_eq!(folder.write_at(&one.file, 100, &[2; 500], QUOTA).unwrap(), 500);
    assert_eq!(used(&folder), (600, 1));
    assert_eq!(
        error(folder.write_at(&one.file, 600, &[3; 401], QUOTA)),
        ErrorCode::Quota
    );
    assert_eq!(folder.append(&one.file, &[3; 400], QUOTA).unwrap(), 400);
    assert_eq!(error(folder.append(&one.file, &[3], QUOTA)), ErrorCode::Quota);
    assert_eq!(std::fs::metadata(home.0.join("p/one")).unwrap().len(), 1_000);
    // Neither behind the end nor by an empty length.
    let two = new(&folder, "two").unwrap();
    assert_eq!(
        error(folder.write_at(&two.file, 1 << 40, &[1], QUOTA)),
        ErrorCode::Quota
    );
    assert_eq!(
        error(folder.write_at(&two.file, u64::MAX, &[1], QUOTA)),
        ErrorCode::FileTooLarge
    );
    assert_eq!(error(folder.set_size(&two.file, 1, QUOTA)), ErrorCode::Quota);
    folder.set_size(&one.file, 10, QUOTA).unwrap();
    folder.set_size(&two.file, 990, QUOTA).unwrap();
    assert_eq!(used(&folder), (1_000, 2));
    // Opened anew and emptied, it gives its room back; a restart counts the same.
    let emptied = Opening {
        truncates: true,
        ..NEW
    };
    folder.open_at(&root(&folder), "two", emptied, QUOTA).unwrap();
    assert_eq!(used(&folder), (10, 2));
    assert_eq!(used(&DataFolder::open(&home.0.join("p")).unwrap()), (10, 2));
}

#[test]
fn entries_are_counted_whatever_they_are() {
    let home = Folder::new("data-files");
    let folder = DataFolder::open(&home.0).unwrap();
    let at = root(&folder);
    folder.create_folder(&at, "a", QUOTA).unwrap();
    for name in ["a/1", "a/2", "a/3"] {
        new(&folder, name).unwrap();
    }
    assert_eq!(error(new(&folder, "a/4").map(drop)), ErrorCode::Quota);
    assert_eq!(error(folder.create_folder(&at, "b", QUOTA)), ErrorCode::Quota);
    assert_eq!(error(folder.remove_folder(&at, "a")), ErrorCode::NotEmpty);
    folder.remove_file(&at, "a/1").unwrap();
    // What is replaced is gone.
    folder.rename(&at, "a/2", &at, "a/3").unwrap();
    assert_eq!(used(&folder), (0, 2));
    folder.rename(&at, "a/3", &at, "a/3").unwrap();
    assert_eq!(used(&folder), (0, 2));
    assert_eq!(error(folder.remove_file(&at, "a")), ErrorCode::IsDirectory);
    folder.remove_file(&at, "a/3").unwrap();
    folder.remove_folder(&at, "a").unwrap();
    assert_eq!(used(&folder), (0, 0));
}

#[test]
fn what_is_open_takes_its_room_until_it_is_closed() {
    let home = Folder::new("data-ghosts");
    let folder = DataFolder::open(&home.0).unwrap();
    let at = root(&folder);
    let ghost = new(&folder, "ghost").unwrap();
    folder.write_at(&ghost.file, 0, &[1; 700], QUOTA).unwrap();
    folder.remove_file(&at, "ghost").unwrap();
    assert_eq!(used(&folder), (700, 0));
    // It grows no further than it might have, and another has the rest.
    assert_eq!(
        error(folder.append(&ghost.file, &[1; 301], QUOTA)),
        ErrorCode::Quota
    );
    folder.append(&ghost.file, &[1; 100], QUOTA).unwrap();
    let other = new(&folder, "other").unwrap();
    assert_eq!(
        error(folder.append(&other.file, &[1; 201], QUOTA)),
        ErrorCode::Quota
    );
    // A second handle, as a stream has, keeps it as well.
    let stream = Arc::clone(&ghost.file);
    drop(ghost);
    assert_eq!(used(&folder), (800, 1));
    drop(stream);
    assert_eq!(used(&folder), (0, 1));
    folder.append(&other.file, &[1; 1_000], QUOTA).unwrap();
}

#[test]
fn only_so_much_is_open_at_a_time() {
    let home = Folder::new("data-open");
    let folder = DataFolder::open(&home.0).unwrap();
    let held: Vec<_> = (0..OPEN_MAX).map(|_| new(&folder, "one").unwrap()).collect();
    assert_eq!(error(new(&folder, "one").map(drop)), ErrorCode::Quota);
    drop(held);
    new(&folder, "one").unwrap();
}

#[test]
fn no_path_leads_out() {
    let home = Folder::new("data-out");
    let secret = home.write("secret", "hush");
    let folder = DataFolder::open(&home.0.join("p")).unwrap();
    let at = root(&folder);
    folder.create_folder(&at, "a", QUOTA).unwrap();
    // Links an operator laid, out of the folder and in circles.
    symlink(&secret, home.0.join("p/link")).unwrap();
    symlink("../..", home.0.join("p/a/up")).unwrap();
    let secret = secret.to_str().unwrap();
    for path in [
        "../secret",
        "./../secret",
        "a/../../secret",
        "a/up/secret",
        "a//..//..//secret",
        "a/../../p/../secret",
        secret,
        "/etc/passwd",
        "link",
        "",
        "\0",
        "a\0/../../secret",
    ] {
        for follows in [true, false] {
            let how = Opening {
                follows,
                ..Opening::default()
            };
            assert!(folder.open_at(&at, path, how, QUOTA).is_err(), "{path:?}");
            let made = folder.open_at(&at, path, Opening { follows, ..NEW }, QUOTA);
            assert!(made.is_err(), "{path:?}");
        }
        assert!(folder.create_folder(&at, path, QUOTA).is_err(), "{path:?}");
        assert!(
            folder.rename(&at, "a", &at, path).is_err() || path == "link",
            "{path:?}"
        );
        if path != "link" {
            assert!(folder.remove_file(&at, path).is_err(), "{path:?}");
            assert!(folder.rename(&at, path, &at, "mine").is_err(), "{path:?}");
        }
    }
    assert_eq!(std::fs::read_to_string(home.0.join("secret")).unwrap(), "hush");
    let long = "x/".repeat(600);
    assert_eq!(
        error(folder.create_folder(&at, &long, QUOTA)),
        ErrorCode::NameTooLong
    );
}

#[test]
fn folders_do_not_get_deeper_and_deeper() {
    let quota = Quota {
        bytes: 0,
        files: 1_000,
    };
    let home = Folder::new("data-deep");
    let folder = DataFolder::open(&home.0).unwrap();
    let mut at = root(&folder);
    let mut made = 0;
    while folder.create_folder(&at, "x", quota).is_ok() {
        made += 1;
        let below = folder.open_at(&at, "x", Opening::default(), quota).unwrap();
        let Descriptor::Dir(below) = below else {
            panic!("a file")
        };
        at = below;
    }
    assert_eq!(made, DEPTH_MAX);
    // Nor by being moved.
    let top = root(&folder);
    folder.create_folder(&top, "y", quota).unwrap();
    assert_eq!(
        error(folder.rename(&top, "x", &top, "y/x")),
        ErrorCode::NotPermitted
    );
    folder.rename(&top, "x", &top, "z").unwrap();
    assert_eq!(used(&DataFolder::open(&home.0).unwrap()), (0, made as u32 + 1));
}
