//! Honest clients beside the hostile ones: one that pings and tells, one that listens, one that asks; each with its figures.

use crate::ami::{Ami, LISTENER};
use crate::http::Http;
use crate::scene::Porch;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often each of them asks.
const EVERY: Duration = Duration::from_millis(20);

/// The slowest answer of all but one in a hundred that is still good, on a machine that does other things too.
const P99_MAX: Duration = Duration::from_secs(1);

/// Answers that a figure is made of at least, and how long they may take to come.
const SAMPLES_MIN: usize = 5;
const SAMPLED_WITHIN: Duration = Duration::from_secs(3);

/// How long the last event may take to be heard.
const HEARD_WITHIN: Duration = Duration::from_secs(5);

/// What the listener heard.
#[derive(Default)]
pub struct Heard {
    /// Honest events, and those of them that were missing.
    pub honest: u64,
    pub missing: u64,
    /// Headers and events that only a forger could have made.
    pub forged: Vec<String>,
    /// Security events by name and service.
    pub security: BTreeMap<String, u64>,
    pub blocks: u64,
}

/// The listener's ear, for others to look at.
#[derive(Clone, Default)]
pub struct Ear(Arc<Mutex<Heard>>);

impl Ear {
    pub fn heard(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Security events of that name and service so far.
    pub fn security(&self, name: &str, service: &str) -> u64 {
        let key = format!("{name} {service}");
        self.heard().security.get(&key).copied().unwrap_or(0)
    }

    /// The same, when there are so many, or after a while in which they did not come.
    pub fn security_until(&self, name: &str, service: &str, enough: u64) -> u64 {
        let until = Instant::now() + HEARD_WITHIN;
        while self.security(name, service) < enough && Instant::now() < until {
            std::thread::sleep(EVERY);
        }
        self.security(name, service)
    }

    fn take(&self, block: &str) {
        let mut heard = self.heard();
        heard.blocks += 1;
        let is_forged = |line: &&str| line.starts_with("X-Forged:") || *line == "Event: Forged";
        if block.contains("Forged")
            && let Some(line) = block.lines().find(is_forged)
        {
            heard.forged.push(format!("{line:?} in {block:?}"));
        }
        let value = |name: &str| {
            let mut lines = block.lines();
            lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        };
        let event = value("Event").unwrap_or_default();
        if event == "UserEvent" && value("UserEvent") == Some("Honest") {
            let number: u64 = value("Number").and_then(|text| text.parse().ok()).unwrap_or(0);
            heard.missing += number.saturating_sub(heard.honest + 1 + heard.missing);
            heard.honest += 1;
        } else if block.contains("Severity: ")
            && let Some(service) = value("Service")
        {
            let key = format!("{event} {service}");
            *heard.security.entry(key).or_default() += 1;
        }
    }
}

/// Honest clients at work.
pub struct Neighbours {
    stop: Arc<AtomicBool>,
    told: Arc<AtomicU64>,
    pub ear: Ear,
    pings: JoinHandle<Result<Vec<Duration>>>,
    gets: JoinHandle<Result<Vec<Duration>>>,
    listener: JoinHandle<()>,
    is_heard: Arc<AtomicBool>,
    marks: (usize, usize),
    figures: Arc<Mutex<(Vec<Duration>, Vec<Duration>)>>,
}

impl Neighbours {
    pub fn start(scene: &Porch) -> Result<Self> {
        let (manager, application) = (scene.host.manager()?, scene.host.application()?);
        let (stop, ear) = (Arc::new(AtomicBool::new(false)), Ear::default());
        let told = Arc::new(AtomicU64::new(0));
        let figures = Arc::new(Mutex::new((Vec::new(), Vec::new())));
        let mut listening = Ami::log_in_as(manager, LISTENER, "on")?;
        let is_heard = Arc::new(AtomicBool::new(false));
        let (own, is_over) = (ear.clone(), is_heard.clone());
        let listener = std::thread::spawn(move || {
            while let Ok(block) = listening.block() {
                own.take(&block);
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
            }
        });
        let pings = {
            let (stop, told, figures) = (stop.clone(), Arc::clone(&told), figures.clone());
            let mut ami = Ami::log_in(manager, "off")?;
            std::thread::spawn(move || {
                regularly(&stop, || {
                    let took = timed(|| ami.ask("Action: Ping").map(drop))?;
                    lock(&figures).0.push(took);
                    let number = told.fetch_add(1, Ordering::Relaxed) + 1;
                    ami.ask(&format!(
                        "Action: UserEvent\r\nUserEvent: Honest\r\nNumber: {number}"
                    ))
                    .map(drop)
                })
            })
        };
        let gets = {
            let (stop, figures) = (stop.clone(), figures.clone());
            std::thread::spawn(move || asks(application, &stop, &figures))
        };
        Ok(Self {
            stop,
            told,
            ear,
            pings,
            gets,
            listener,
            is_heard,
            marks: (0, 0),
            figures,
        })
    }

    /// The figures since this was asked last, as one text; an error if they are bad. Short attacks are looked at until there
    /// are enough of them.
    pub fn figures(&mut self) -> Result<String> {
        let until = Instant::now() + SAMPLED_WITHIN;
        loop {
            if self.pings.is_finished() || self.gets.is_finished() {
                bail!("an honest client was stopped");
            }
            if self.listener.is_finished() {
                bail!("the honest listener was stopped");
            }
            let figures = lock(&self.figures);
            let since = (&figures.0[self.marks.0..], &figures.1[self.marks.1..]);
            let is_enough = since.0.len().min(since.1.len()) >= SAMPLES_MIN;
            if is_enough || Instant::now() > until {
                let judged = judge(since.0, since.1);
                self.marks = (figures.0.len(), figures.1.len());
                return judged;
            }
            drop(figures);
            std::thread::sleep(EVERY);
        }
    }

    /// Stops them: each honest event was heard, and nothing forged.
    pub fn end(self) -> Result<String> {
        let is_late = Instant::now() + HEARD_WITHIN;
        let told = || self.told.load(Ordering::Relaxed);
        std::thread::sleep(EVERY);
        self.stop.store(true, Ordering::Relaxed);
        let pings = self.pings.join().ok().context("the pinging thread panicked")?;
        let gets = self.gets.join().ok().context("the asking thread panicked")?;
        let (pings, gets) = (pings.context("pings")?.len(), gets.context("GETs")?.len());
        while self.ear.heard().honest < told() && Instant::now() < is_late && !self.listener.is_finished() {
            std::thread::sleep(EVERY);
        }
        self.is_heard.store(true, Ordering::Relaxed);
        let heard = self.ear.heard();
        let words = format!(
            "{pings} pings, {gets} GETs, {} of {} honest events heard among {} messages; security events {:?}",
            heard.honest,
            told(),
            heard.blocks,
            heard.security
        );
        if heard.honest != told() || heard.missing > 0 {
            bail!("{words}");
        }
        if let Some(forged) = heard.forged.first() {
            bail!("a forged line was told: {forged}");
        }
        Ok(words)
    }
}

/// Whether so many answers came, and so fast, as if nobody did any harm.
fn judge(pings: &[Duration], gets: &[Duration]) -> Result<String> {
    let words = format!("pings {}; GETs {}", spread(pings), spread(gets));
    let slowest = percentile(pings, 99).max(percentile(gets, 99));
    if pings.len().min(gets.len()) < SAMPLES_MIN || slowest > P99_MAX {
        bail!("{words}");
    }
    Ok(words)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn asks(
    application: SocketAddr,
    stop: &AtomicBool,
    figures: &Mutex<(Vec<Duration>, Vec<Duration>)>,
) -> Result<Vec<Duration>> {
    let mut http = Http::connect(application)?;
    regularly(stop, || {
        let took = timed(|| {
            let answer = http.ask("GET", "asterisk/info", "")?;
            if answer.status != 200 {
                bail!("an honest GET is answered {}", answer.status);
            }
            Ok(())
        })?;
        lock(figures).1.push(took);
        Ok(())
    })
}

/// Does something again and again until it fails or is told to stop; answers how long each took.
fn regularly(stop: &AtomicBool, mut work: impl FnMut() -> Result<()>) -> Result<Vec<Duration>> {
    let mut took = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let began_at = Instant::now();
        work()?;
        took.push(began_at.elapsed());
        std::thread::sleep(EVERY.saturating_sub(began_at.elapsed()));
    }
    Ok(took)
}

fn timed(work: impl FnOnce() -> Result<()>) -> Result<Duration> {
    let began_at = Instant::now();
    work()?;
    Ok(began_at.elapsed())
}

fn percentile(times: &[Duration], percent: usize) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    let at = times.len().saturating_sub(1) * percent / 100;
    times.get(at).copied().unwrap_or_default()
}

fn spread(times: &[Duration]) -> String {
    let ms = |percent| percentile(times, percent).as_secs_f64() * 1e3;
    format!(
        "p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms",
        ms(50),
        ms(99),
        ms(100)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(ear: &Ear, text: &str) {
        ear.take(&text.replace('\n', "\r\n"));
    }

    #[test]
    fn a_missing_event_and_a_forged_line_are_found() {
        let ear = Ear::default();
        let honest = |number: u64| format!("Event: UserEvent\nUserEvent: Honest\nNumber: {number}\n\n");
        told(&ear, &honest(1));
        told(&ear, &honest(4));
        told(&ear, &honest(5));
        let (honest, missing) = {
            let heard = ear.heard();
            (heard.honest, heard.missing)
        };
        assert_eq!((honest, missing), (3, 2));
        told(&ear, "Event: VarSet\nValue: x\nX-Forged: yes\n\n");
        told(&ear, "Event: VarSet\nValue: x X-Forged: yes\n\n");
        assert_eq!(ear.heard().forged.len(), 1);
        told(&ear, "Event: InvalidPassword\nSeverity: Error\nService: AMI\n\n");
        assert_eq!(ear.security("InvalidPassword", "AMI"), 1);
    }

    #[test]
    fn a_host_that_keeps_others_waiting_is_found_out() {
        let quick = [Duration::from_millis(2); 200];
        assert!(judge(&quick, &quick).is_ok());
        let mut held_up = quick;
        held_up[..4].fill(P99_MAX * 2);
        assert!(judge(&held_up, &quick).is_err() && judge(&quick, &held_up).is_err());
        assert!(judge(&quick, &quick[..2]).is_err());
    }

    #[test]
    fn percentiles_are_of_the_sorted_times() {
        let times: Vec<_> = (1..=100).rev().map(Duration::from_millis).collect();
        assert_eq!(percentile(&times, 50), Duration::from_millis(50));
        assert_eq!(percentile(&times, 99), Duration::from_millis(99));
        assert_eq!(percentile(&[], 99), Duration::ZERO);
    }
}
