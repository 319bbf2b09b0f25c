//! How are a plugin's decisions tested without a host? Tables, settings and secrets are set per test thread.
//!
//! ```
//! use ucx::prelude::*;
//! ucx::testing::table("routes", &[("+44", &[("trunk", "london")])]);
//! let row = lookup("routes").longest_prefix("+442071234567").unwrap().unwrap();
//! assert_eq!(row.require("trunk").unwrap(), "london");
//! ```

mod call;
mod sound;

pub use call::Caller;

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use crate::bindings::types::{Direction, Error, Event, Level, Location, Party, RouteRequest, Row};
use crate::failure::Failure;
use crate::net::Wire;
use crate::values::attr;
use crate::web::Request;

#[derive(Default)]
struct World {
    tables: BTreeMap<String, BTreeMap<String, Row>>,
    config: BTreeMap<String, String>,
    secrets: BTreeMap<String, String>,
    counters: BTreeMap<String, u64>,
    stored: BTreeMap<(String, String), Vec<u8>>,
    open: BTreeMap<String, bool>,
    lines: Vec<(Level, String)>,
    web: Option<Web>,
    far: Option<FarEnd>,
    is_cancelled: bool,
    time: Duration,
}

/// What stands in for the web: a request's status and body.
type Web = Rc<dyn Fn(&Request) -> Result<(u16, Vec<u8>), Error>>;

thread_local! {
    static WORLD: RefCell<World> = RefCell::default();
}

/// Sets a table: rows of a key and its columns.
pub fn table(name: &str, rows: &[(&str, &[(&str, &str)])]) {
    let rows = rows.iter().map(|(key, columns)| {
        let columns = columns.iter().map(|(name, text)| attr(*name, *text)).collect();
        (
            (*key).to_owned(),
            Row {
                key: (*key).to_owned(),
                columns,
            },
        )
    });
    WORLD.with_borrow_mut(|world| world.tables.insert(name.to_owned(), rows.collect()));
}

/// Sets a setting.
pub fn config(name: &str, value: &str) {
    WORLD.with_borrow_mut(|world| world.config.insert(name.to_owned(), value.to_owned()));
}

/// Sets a secret.
pub fn secret(name: &str, value: &str) {
    WORLD.with_borrow_mut(|world| world.secrets.insert(name.to_owned(), value.to_owned()));
}

/// Sets whether a schedule is open.
pub fn schedule(name: &str, is_open: bool) {
    WORLD.with_borrow_mut(|world| world.open.insert(name.to_owned(), is_open));
}

/// Answers web requests with a status and a body from now on.
pub fn web(answer: impl Fn(&Request) -> Result<(u16, Vec<u8>), Error> + 'static) {
    WORLD.with_borrow_mut(|world| world.web = Some(Rc::new(answer)));
}

/// The far end of a connection: what it is told, and what it says. Dropped lines end it.
#[derive(Clone, Debug, Default)]
pub struct FarEnd(Rc<RefCell<Talk>>);

#[derive(Debug, Default)]
struct Talk {
    says: VecDeque<String>,
    heard: String,
    /// Where it was connected to.
    at: Option<(String, u16)>,
}

impl FarEnd {
    /// All it was told so far.
    pub fn heard(&self) -> String {
        self.0.borrow().heard.clone()
    }

    /// Where it was connected to.
    pub fn at(&self) -> Option<(String, u16)> {
        self.0.borrow().at.clone()
    }
}

/// From now on, connections lead to a far end that says these lines, one after another, and closes.
pub fn far_end(says: &[&str]) -> FarEnd {
    let far = FarEnd::default();
    far.0.borrow_mut().says = says.iter().map(|line| format!("{line}\n")).collect();
    WORLD.with_borrow_mut(|world| world.far = Some(far.clone()));
    far
}

/// Sets the time of [`crate::clock`], which stands still otherwise.
pub fn clock(time: Duration) {
    WORLD.with_borrow_mut(|world| world.time = time);
}

pub(crate) fn time() -> Duration {
    WORLD.with_borrow(|world| world.time)
}

/// Whether the plugin is told to finish.
pub fn cancel(is_cancelled: bool) {
    WORLD.with_borrow_mut(|world| world.is_cancelled = is_cancelled);
}

pub(crate) fn is_cancelled() -> bool {
    WORLD.with_borrow(|world| world.is_cancelled)
}

pub(crate) fn wire_to(host: &str, port: u16, _: Duration) -> Result<FarEnd, Failure> {
    let far = WORLD.with_borrow(|world| world.far.clone());
    let far = far.ok_or_else(|| Failure::new(format!("denied; needs sockets = [\"{host}:{port}\"]")))?;
    far.0.borrow_mut().at = Some((host.to_owned(), port));
    Ok(far)
}

impl Wire for FarEnd {
    fn send(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.0
            .borrow_mut()
            .heard
            .push_str(&String::from_utf8_lossy(bytes));
        Ok(())
    }

    fn receive(&mut self, _: Duration) -> Option<Vec<u8>> {
        self.0.borrow_mut().says.pop_front().map(String::into_bytes)
    }
}

/// The lines logged since the last call.
pub fn log_lines() -> Vec<(Level, String)> {
    WORLD.with_borrow_mut(|world| std::mem::take(&mut world.lines))
}

/// How far a counter has come.
pub fn counter(name: &str) -> u64 {
    WORLD.with_borrow(|world| world.counters.get(name).copied().unwrap_or(0))
}

/// A question about a call from 6001 to that number.
pub fn request(dialled: &str) -> RouteRequest {
    RouteRequest {
        call: "1".to_owned(),
        tenant: String::new(),
        direction: Direction::Internal,
        caller: Party::number("6001"),
        dialled: dialled.to_owned(),
        via: None,
        place: Location {
            context: "default".to_owned(),
            exten: dialled.to_owned(),
            priority: "1".to_owned(),
        },
        at: 0,
        attempt: 0,
        headers: Vec::new(),
        attrs: Vec::new(),
    }
}

/// An event of that kind about call 1.
pub fn event(seq: u64, kind: &str) -> Event {
    Event {
        seq,
        at: 0,
        tenant: String::new(),
        kind: kind.to_owned(),
        edition: 1,
        call: Some("1".to_owned()),
        channel: None,
        bridge: None,
        queue: None,
        agent: None,
        subject: None,
        attrs: Vec::new(),
        traceparent: None,
    }
}

/// The host's functions, answered from what the test set.
pub(crate) mod raw {
    use super::{Level, WORLD};

    pub(crate) fn log(level: Level, text: &str) {
        WORLD.with_borrow_mut(|world| world.lines.push((level, text.to_owned())));
    }

    pub(crate) fn config(name: &str) -> Option<String> {
        WORLD.with_borrow(|world| world.config.get(name).cloned())
    }

    pub(crate) mod lookup {
        use super::super::WORLD;
        use crate::bindings::types::{Error, Row};

        pub(crate) fn find(table: &str, key: &str) -> Result<Option<Row>, Error> {
            WORLD.with_borrow(|world| Ok(world.tables.get(table).ok_or(Error::NotFound)?.get(key).cloned()))
        }

        pub(crate) fn longest_prefix(table: &str, digits: &str) -> Result<Option<Row>, Error> {
            WORLD.with_borrow(|world| {
                let rows = world.tables.get(table).ok_or(Error::NotFound)?;
                let prefixes = (0..=digits.len()).rev().filter_map(|end| digits.get(..end));
                Ok(prefixes.filter_map(|prefix| rows.get(prefix)).next().cloned())
            })
        }
    }

    pub(crate) mod http {
        use super::super::WORLD;
        use crate::bindings::types::Error;
        use crate::web::{Request, Response};

        pub(crate) fn fetch(request: &Request) -> Result<Response, Error> {
            let web = WORLD.with_borrow(|world| world.web.clone());
            let web = web.ok_or_else(|| Error::Denied("http = [\"…\"]".to_owned()))?;
            web(request).map(|(status, body)| Response {
                status,
                headers: Vec::new(),
                body,
            })
        }
    }

    pub(crate) mod calendar {
        use super::super::WORLD;
        use crate::bindings::types::Error;

        pub(crate) fn is_open(schedule: &str, _at: u64) -> Result<bool, Error> {
            WORLD.with_borrow(|world| world.open.get(schedule).copied().ok_or(Error::NotFound))
        }
    }

    pub(crate) mod store {
        use super::super::WORLD;

        pub(crate) fn value(bucket: &str, key: &str) -> Option<Vec<u8>> {
            let place = (bucket.to_owned(), key.to_owned());
            WORLD.with_borrow(|world| world.stored.get(&place).cloned())
        }

        pub(crate) fn set(bucket: &str, key: &str, value: Option<&[u8]>) {
            let place = (bucket.to_owned(), key.to_owned());
            WORLD.with_borrow_mut(|world| match value {
                Some(value) => world.stored.insert(place, value.to_vec()),
                None => world.stored.remove(&place),
            });
        }
    }

    pub(crate) mod secrets {
        use super::super::WORLD;
        use crate::bindings::types::Error;

        pub(crate) fn get(name: &str) -> Result<String, Error> {
            WORLD.with_borrow(|world| world.secrets.get(name).cloned().ok_or(Error::NotFound))
        }
    }

    pub(crate) mod metrics {
        use super::super::WORLD;
        use crate::bindings::types::Attr;

        pub(crate) fn count(name: &str, n: u64, _labels: &[Attr]) {
            WORLD.with_borrow_mut(|world| *world.counters.entry(name.to_owned()).or_default() += n);
        }
    }
}
