//! What does it take from exec until the host listens and its components are active?

use super::World;
use crate::host::{Home, Host};
use crate::report::{Budget, Row, median};
use anyhow::Result;
use std::fmt::Write as _;

const COMPONENTS: u8 = 20;

pub fn measure(world: &World) -> Result<Vec<Row>> {
    let mut grants = String::new();
    for number in 0..COMPONENTS {
        write!(grants, "[plugins.router-{number}]\ntables = [\"routes\"]\n")?;
    }
    let home = Home::new(&world.folder, "boot", &grants)?;
    let (component, manifest) = (
        world.component("prefix-router")?,
        world.manifest("prefix-router")?,
    );
    for number in 0..COMPONENTS {
        let name = format!("router-{number}");
        let manifest = manifest.replace("id = \"prefix-router\"", &format!("id = \"{name}\""));
        home.install(&name, &manifest, &distinct(&component, number))?;
    }
    // The first start compiles them all.
    let (first_ms, first_cpu) = start(world, &home)?;
    let (mut cpus, mut walls) = (Vec::new(), Vec::new());
    for _ in 0..world.rounds(5, 2) {
        let (wall, cpu) = start(world, &home)?;
        walls.push(wall);
        cpus.push(cpu);
    }
    let row = Row::new(
        "exec to fully booted, CPU, 20 cached components",
        median(&cpus),
        "ms",
        Budget::AtMost(150.0),
    );
    Ok(vec![row.peer("800 ms").note(format!(
        "{:.0} ms of wall time; the start that compiled them took {first_cpu:.0} ms of CPU, {first_ms:.0} of wall time",
        median(&walls)
    ))])
}

/// Wall and CPU time until all components are active, in ms.
fn start(world: &World, home: &Home) -> Result<(f64, f64)> {
    let host = Host::start(&world.program, home)?;
    host.wait_for_plugins(usize::from(COMPONENTS))?;
    let wall = host.started_at.elapsed().as_secs_f64() * 1e3;
    let cpu = host.cpu()?.as_secs_f64() * 1e3;
    host.stop()?;
    Ok((wall, cpu))
}

/// The same component under another digest: a custom section of one byte at its end.
fn distinct(component: &[u8], number: u8) -> Vec<u8> {
    let section = [0, 3, 1, b'n', number];
    [component, &section].concat()
}
