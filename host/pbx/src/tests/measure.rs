//! What a dialplan priority costs; run by hand, as figures mean nothing on a busy machine.

use super::apps::registry;
use crate::testing::run;
use std::time::Instant;

#[test]
#[ignore = "a measurement, not a check"]
fn cost_of_a_priority() {
    let mut plan = "[main]\nexten => 100,1,Note(start)\n".to_owned();
    const STEPS: u32 = 100_000;
    for step in 0..500 {
        plan += &match step % 4 {
            0 => " same => n,Note(plain text)\n".to_owned(),
            1 => format!(" same => n,Put(V{}=x${{EXTEN}}y)\n", step % 10),
            2 => format!(" same => n,Note(${{V{}}} and ${{CHANNEL}})\n", step % 10),
            _ => " same => n,Note($[1 + 2])\n".to_owned(),
        };
    }
    run(&plan, registry(), async |world| {
        for _ in 0..STEPS / 500 {
            world.call("100");
        }
        let begun = Instant::now();
        world.until_over().await;
        let took = begun.elapsed();
        println!(
            "{:.2} µs for each priority",
            took.as_secs_f64() * 1e6 / f64::from(STEPS)
        );
    });
}
