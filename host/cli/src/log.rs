//! Where lines of the log go: standard error, or the files of logger.conf.

mod channels;
mod plan;
mod scarce;

pub use plan::{CHANNELS_MAX, LogChannel, LogLevel, LogPlan};

use channels::Channels;
use scarce::Scarce;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// Lines that may wait for the disk; further ones are left out and counted.
pub const LINES_MAX: usize = 10_000;

/// What is said to the thread that writes.
enum Order {
    Line(LogLevel, String),
    /// Other files from now on.
    Use(LogPlan),
    /// Files are put aside and begun anew: that one, or all.
    Rotate(Option<PathBuf>),
}

/// The log while it runs.
#[derive(Clone)]
pub struct Log {
    orders: Option<SyncSender<Order>>,
    plan: Arc<Mutex<LogPlan>>,
    /// Above 0, lines of the kind DEBUG are written.
    debug: Arc<AtomicU32>,
}

impl Log {
    /// The files there are.
    pub fn plan(&self) -> LogPlan {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Writes to other files from now on.
    pub fn follow(&self, plan: LogPlan) {
        *self.plan.lock().unwrap_or_else(PoisonError::into_inner) = plan.clone();
        self.order(Order::Use(plan));
    }

    /// Whether there are files, in place of standard error.
    pub fn has_files(&self) -> bool {
        self.orders.is_some()
    }

    /// How much is said about how it works inside.
    pub fn debug(&self) -> u32 {
        self.debug.load(Ordering::Relaxed)
    }

    /// Says more or less of it; answers how much it was.
    pub fn set_debug(&self, level: u32) -> u32 {
        self.debug.swap(level, Ordering::Relaxed)
    }

    /// Puts the files aside and begins new ones.
    pub fn rotate(&self) {
        self.order(Order::Rotate(None));
    }

    /// Puts one file aside and begins a new one.
    pub fn rotate_one(&self, file: PathBuf) {
        self.order(Order::Rotate(Some(file)));
    }

    /// Writes a line of a level that the program itself has not (`SECURITY`, `VERBOSE`).
    pub fn line(&self, level: LogLevel, text: String) {
        self.order(Order::Line(level, text));
    }

    fn order(&self, order: Order) {
        let Some(orders) = &self.orders else { return };
        if let Err(TrySendError::Full(_)) = orders.try_send(order) {
            crate::say_error("the disk of the log does not keep up; a line was left out");
        }
    }
}

/// Lines go to standard error; `UCX_LOG` says which (`info` if it is not set).
pub fn to_terminal() -> Log {
    let colours = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(colours);
    tracing_subscriber::registry()
        .with(wanted("info"))
        .with(lines.with_filter(Scarce::default()))
        .init();
    Log {
        orders: None,
        plan: Arc::default(),
        debug: Arc::default(),
    }
}

/// Lines go to the files of that plan, or to standard error if it has none.
pub fn start(plan: LogPlan) -> Log {
    if plan.channels.is_empty() {
        return to_terminal();
    }
    let (orders, inbox) = sync_channel(LINES_MAX);
    let log = Log {
        orders: Some(orders),
        plan: Arc::new(Mutex::new(plan.clone())),
        debug: Arc::default(),
    };
    std::thread::spawn(move || channels::write(&plan, &inbox));
    tracing_subscriber::registry()
        .with(wanted("debug"))
        .with(Channels::new(log.clone()).with_filter(Scarce::default()))
        .init();
    log
}

fn wanted(otherwise: &str) -> EnvFilter {
    EnvFilter::try_from_env("UCX_LOG").unwrap_or_else(|_| EnvFilter::new(otherwise))
}
