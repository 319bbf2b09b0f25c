//! What becomes of a component that uses the standard interfaces of the web and of files, and says how it is? It does what it is
//! told, by whom it is dialled (a router), by the subject of an event (a subscriber) or by a request (an application).

#[cfg(target_arch = "wasm32")]
mod bindings;
#[cfg(target_arch = "wasm32")]
mod files;
#[cfg(target_arch = "wasm32")]
mod web;

use std::cell::{Cell, RefCell};

use ucx::bindings::types::Incarnation;
use ucx::prelude::*;

/// What of its health outlives an instance stands there.
const SICK: &str = "sick";

ucx::router!(route);
ucx::subscriber!(Watch);
ucx::application!(serve);
ucx::lifecycle!(start, health);

thread_local! {
    static STARTS: Cell<u32> = const { Cell::new(0) };
    /// Why this instance is not well.
    static ILL: RefCell<Option<String>> = const { RefCell::new(None) };
}

fn route(request: &RouteRequest) -> Answer {
    pass(act(&request.dialled))
}

#[derive(Default)]
struct Watch;

impl Subscriber for Watch {
    fn on_event(&mut self, event: &Event) -> Result<(), Nack> {
        let deed = event.subject.as_deref().unwrap_or_default();
        log::info(&format!("{deed}: {}", act(deed)));
        Ok(())
    }
}

fn serve() -> Result<(), Failure> {
    loop {
        match inbox::next(30.secs()) {
            Some(Message::Request(request)) => {
                let deed = if request.body.is_empty() {
                    request.path.trim_start_matches('/').replace('+', " ")
                } else {
                    String::from_utf8_lossy(&request.body).into_owned()
                };
                inbox::reply(&request, 200, "text/plain", act(&deed))?;
            }
            Some(Message::Drain) => return Ok(()),
            Some(Message::Delivery(_) | Message::Other(_)) | None => {}
        }
    }
}

fn start(me: &Incarnation) -> Result<(), Failure> {
    STARTS.set(STARTS.get() + 1);
    match config("start-fails")? {
        Some(why) => Err(Failure::from(format!("generation {}: {why}", me.generation))),
        None => Ok(()),
    }
}

fn health() -> Result<(), Failure> {
    if let Some(why) = ILL.with_borrow(Clone::clone) {
        match why.as_str() {
            "trap" => panic!("asked to trap"),
            "loop" => loop {
                std::hint::black_box(&why);
            },
            _ => return Err(Failure::from(why)),
        }
    }
    match Store::open("default")?.get(SICK)? {
        Some(why) if !why.is_empty() => Err(Failure::from(String::from_utf8_lossy(&why).into_owned())),
        Some(_) | None => Ok(()),
    }
}

/// Does a deed; what came of it, in words.
fn act(deed: &str) -> String {
    let (what, rest) = deed.split_once(' ').unwrap_or((deed, ""));
    match what {
        "starts" => STARTS.get().to_string(),
        "ill" => {
            ILL.set(Some(rest.to_owned()));
            "done".to_owned()
        }
        "sick" => match Store::open("default").and_then(|store| store.set(SICK, rest.as_bytes())) {
            Ok(()) => "done".to_owned(),
            Err(failure) => failure.to_string(),
        },
        #[cfg(target_arch = "wasm32")]
        "web" => web::act(rest),
        #[cfg(target_arch = "wasm32")]
        "file" => files::act(rest),
        _ => format!("{what:?} is no deed"),
    }
}
