//! Prints the ten longest files and functions of the repository, which is no rule but worth a look.

#![allow(clippy::print_stdout, reason = "printing is what this program is for")]

use std::io;

use ucx_tidy::{longest, source, workspace};

const LISTED: usize = 10;

fn main() -> io::Result<()> {
    let texts = source::texts(&workspace::root())?;
    print!("{}", longest::table(&texts, &source::test_files(&texts), LISTED));
    println!("ok lengths listed");
    Ok(())
}
