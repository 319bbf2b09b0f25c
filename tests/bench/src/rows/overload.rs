//! What do calls without components feel while a component is asked to decide twice as much as it can, and what becomes of
//! those that ask it?

use super::{World, between};
use crate::generate::{Calls, Load};
use crate::host::{Home, Host};
use crate::report::{Budget, Row, median};
use anyhow::{Result, bail};
use std::time::Duration;

/// The component's decisions take a few hundredths of a second of a processor each, and may.
const BUDGET: &str = "\n[budget]\ncpu-ms = 200\nwall-ms = 500\n";
/// What a call that asks waits at most before it goes on without the component.
const WALL_MS: f64 = 500.0;
/// Who asks: decided ones are refused as busy, the others answered by the dialplan.
const ASKING: &str = "ponder";
const DECIDED: &str = "/failed_by_status/486";
/// Calls without components: answered by the dialplan.
const FREE: &str = "600";
const FREE_RATE: f64 = 100.0;
/// The first rate that is tried, and what each further one is multiplied by.
const RATE_FIRST: f64 = 16.0;
const RATE_STEP: f64 = 1.25;
const RATE_MOST: f64 = 2_000.0;
/// Of the calls of a rate that can be decided, so many per cent are not.
const UNDECIDED_MOST: f64 = 2.0;

pub fn measure(world: &World) -> Result<Vec<Row>> {
    let home = Home::new(
        &world.folder,
        "overload",
        "[plugins.ponderer]\nbuckets = [\"default\"]\n",
    )?;
    let manifest = world
        .manifest("rogue")?
        .replace("\"rogue\"", "\"ponderer\"")
        .replace("{ reject = 34 }", "\"pass\"");
    home.install(
        "ponderer",
        &format!("{manifest}{BUDGET}"),
        &world.component("rogue")?,
    )?;
    let host = Host::start(&world.program, &home)?;
    host.wait_for_plugins(1)?;
    let capacity = capacity(world, &host)?;
    let mut rounds = Rounds::default();
    for _ in 0..world.rounds(5, 2) {
        rounds.one(world, &host, capacity)?;
    }
    host.stop()?;
    Ok(rounds.rows(capacity))
}

/// Decisions a second, as calls ask for them: the highest rate at which next to all are decided.
fn capacity(world: &World, host: &Host) -> Result<f64> {
    let (mut rate, mut good) = (RATE_FIRST, None);
    while rate < RATE_MOST {
        let calls = world.run(&Load::new(host.sip(), ASKING, rate, world.time(3_000, 1_500)))?;
        host.quiet()?;
        let undecided = 100.0 * (1.0 - calls.number(DECIDED) / calls.begun().max(1.0));
        if undecided > UNDECIDED_MOST {
            break;
        }
        good = Some(rate);
        rate *= RATE_STEP;
    }
    match good {
        Some(rate) => Ok(rate),
        None => bail!("not even {RATE_FIRST} decisions a second are made"),
    }
}

/// Set-up of calls without components, 99 of 100, in ms, each way once a round; and what became of those that asked.
#[derive(Default)]
struct Rounds {
    alone: Vec<f64>,
    beside_calls: Vec<f64>,
    beside_decisions: Vec<f64>,
    alone_p50: Vec<f64>,
    beside_p50: Vec<f64>,
    decided: Vec<f64>,
    fallback: Vec<f64>,
    late: f64,
}

impl Rounds {
    fn one(&mut self, world: &World, host: &Host, capacity: f64) -> Result<()> {
        let time = world.time(8_000, 3_000);
        let free = Load::new(host.sip(), FREE, FREE_RATE, time);
        let alone = self.free(world, host, &free, None)?.0;
        self.alone.push(alone.setup_ms().1);
        self.alone_p50.push(alone.setup_ms().0);
        // A little longer than those they are beside.
        let asking = Load::new(
            host.sip(),
            ASKING,
            2.0 * capacity,
            time + Duration::from_millis(500),
        );
        let plain = Load {
            number: FREE,
            ..asking.clone()
        };
        let (free_calls, _) = self.free(world, host, &free, Some(&plain))?;
        self.beside_calls.push(free_calls.setup_ms().1);
        let (free_calls, asked) = self.free(world, host, &free, Some(&asking))?;
        self.beside_decisions.push(free_calls.setup_ms().1);
        self.beside_p50.push(free_calls.setup_ms().0);
        if let Some(asked) = asked {
            let seconds = asking.duration.as_secs_f64();
            self.decided.push(asked.number(DECIDED) / seconds);
            self.fallback.push(asked.setup_ms().1);
            self.late = self.late.max(asked.lateness_ms());
        }
        Ok(())
    }

    /// Calls without components, and others beside them.
    fn free(
        &mut self,
        world: &World,
        host: &Host,
        free: &Load,
        beside: Option<&Load>,
    ) -> Result<(Calls, Option<Calls>)> {
        let seeded = |load: &Load| Load {
            seed: world.next_seed(),
            ..load.clone()
        };
        let running = beside.map(|load| seeded(load).start()).transpose()?;
        if running.is_some() {
            // Until what is offered is under way.
            std::thread::sleep(Duration::from_millis(300));
        }
        let calls = seeded(free).run()?;
        let others = running.map(crate::generate::Running::end).transpose()?;
        calls.expect_whole()?;
        host.quiet()?;
        self.late = self.late.max(calls.lateness_ms());
        Ok((calls, others))
    }

    fn rows(&self, capacity: f64) -> Vec<Row> {
        let later = |than: &[f64]| (median(&self.beside_decisions) / median(than) - 1.0) * 100.0;
        let share = median(&self.decided) / capacity * 100.0;
        let fallback = median(&self.fallback);
        let note = format!(
            "beside {:.2} ms p99 (p50 {:.2}; {}), beside as many calls without it {:.2} ms, undisturbed {:.2} ms (p50 {:.2}; {}); \
             {FREE_RATE} calls/s, the generators up to {:.2} ms late",
            median(&self.beside_decisions),
            median(&self.beside_p50),
            between(&us(&self.beside_decisions), "µs"),
            median(&self.beside_calls),
            median(&self.alone),
            median(&self.alone_p50),
            between(&us(&self.alone), "µs"),
            self.late,
        );
        vec![
            Row::new(
                "decisions a second of a component that thinks for long",
                capacity,
                "/s",
                Budget::None,
            ),
            Row::new(
                "at twice that, set-up p99 of calls without components, later than undisturbed",
                later(&self.alone),
                "%",
                Budget::AtMost(10.0),
            )
            .note(note),
            Row::new(
                "the same, later than beside as many calls that ask no component",
                later(&self.beside_calls),
                "%",
                Budget::AtMost(10.0),
            ),
            Row::new(
                "at twice that, what is still decided of it",
                share,
                "%",
                Budget::AtLeast(90.0),
            )
            .note(between(&self.decided, "a second")),
            Row::new(
                "at twice that, INVITE to 200 by the fallback, p99",
                fallback,
                "ms",
                Budget::AtMost(WALL_MS),
            ),
        ]
    }
}

fn us(ms: &[f64]) -> Vec<f64> {
    ms.iter().map(|ms| ms * 1e3).collect()
}
