//! What does a call flow take that waits, beside the call it leads?

use super::World;
use super::memory::held;
use crate::generate::Load;
use crate::host::{Home, Host};
use crate::report::{Budget, Row};
use anyhow::Result;
use std::fmt::Write as _;
use std::time::Duration;

/// Number, component, language, the most of an instance in KiB. 860 and up are the dialplan's.
const FLOWS: &[(&str, &str, &str, f64)] = &[
    ("871", "c-call-flow", "C", 100.0),
    ("872", "js-call-flow", "JavaScript", 600.0),
    ("873", "python-call-flow", "Python", 6.0 * 1024.0),
];
const RATE: f64 = 40.0;
/// Calls are begun so long, and waited for so much longer: a flow waits for a digit meanwhile.
const BEGUN: Duration = Duration::from_millis(1_000);
const HELD: Duration = Duration::from_millis(3_500);

pub fn measure(world: &World) -> Result<Vec<Row>> {
    let mut grants = String::from(
        "[plugins.wayward]\nheaders = [\"*\"]\nsend-headers = [\"*\"]\ntargets = [\"*\"]\nhttp = [\"*\"]\ndial = [\"*\"]\noriginate = [\"*\"]\ncontexts = [\"*\"]\napplications = [\"*\"]\n\
         variables = [\"*\"]\nset = [\"*\"]\nadopt = [\"*\"]\n",
    );
    for (_, name, _, _) in FLOWS {
        let _ = writeln!(grants, "[plugins.{name}]\nmemory-kib = 65536");
    }
    let home = Home::new(&world.folder, "parked", &grants)?;
    home.install(
        "wayward",
        &world.manifest("wayward")?,
        &world.component("wayward")?,
    )?;
    let languages = super::components().with_file_name("languages");
    let (mut rows, mut there, mut count) = (Vec::new(), Vec::new(), 1);
    for flow in FLOWS {
        let path = languages.join(format!("{}.wasm", flow.1));
        if !path.exists() {
            let why = format!("{} is not built", path.display());
            rows.push(Row::absent(&work(flow.2), &format!("≤ {} KiB", flow.3), &why));
            continue;
        }
        let manifest = std::fs::read_to_string(path.with_extension("toml"))?;
        home.install(flow.1, &manifest, &super::read(&path)?)?;
        there.push(*flow);
        count += 1;
    }
    let start = || -> Result<Host> {
        let host = Host::start(&world.program, &home)?;
        host.wait_for_plugins(count)?;
        Ok(host)
    };
    let calls = |host: &Host, number| Load::new(host.sip(), number, RATE, BEGUN).hold(HELD);
    let host = start()?;
    let load = calls(&host, "600");
    let bare = held(world, host, &load, 1, Duration::ZERO)?;
    let flows = [("870", "wayward", "Rust", 100.0)].into_iter().chain(there);
    for (number, _, language, most_kib) in flows {
        let host = start()?;
        let load = calls(&host, number);
        let parked = held(world, host, &load, 1, Duration::ZERO)?;
        let each = parked.each_kib - bare.each_kib;
        let note = format!(
            "{}; a call without a flow takes {:.1} KiB",
            parked.note, bare.each_kib
        );
        rows.push(Row::new(work(language), each, "KiB", Budget::AtMost(most_kib)).note(note));
    }
    Ok(rows)
}

fn work(language: &str) -> String {
    format!("parked call-flow instance, {language}")
}
