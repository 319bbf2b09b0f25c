//! `ucx plugin new`: a plugin's beginning.

use super::{NewOptions, shown};
use anyhow::Result;
use std::process::ExitCode;
use ucx_workshop::guests;
use ucx_workshop::template::{self, Wish};

pub fn run(options: &NewOptions) -> Result<ExitCode> {
    let wish = Wish {
        name: &options.name,
        language: options.language.of_workshop(),
        purpose: options.world.of_workshop(),
        into: &options.into,
    };
    std::fs::create_dir_all(&options.into)?;
    let folder = template::begin(&wish, || guests::home(options.sdk.as_deref(), &options.into))?;
    let folder = shown(&folder);
    crate::say(&format!(
        "{folder} is begun; what it is and asks for stands in {folder}/plugin.toml"
    ));
    crate::say(&format!(
        "  ucx plugin test {folder}    builds it and plays {folder}/tests"
    ));
    crate::say(&format!(
        "  ucx plugin dev {folder}     calls it again at each change"
    ));
    Ok(ExitCode::SUCCESS)
}
