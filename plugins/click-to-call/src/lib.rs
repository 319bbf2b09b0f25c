//! An HTTP request calls two parties, connects them and says how it went.

mod calls;
mod office;

use std::cell::RefCell;

use calls::Calls;
use office::Office;
use serde::Deserialize;
use ucx::prelude::*;

ucx::application!(serve);
ucx::handoff!(save, load);

/// While somebody is being called, it is looked that often what came of it.
const LOOK_EVERY_MS: u64 = 200;
/// Otherwise there is nothing to do until something happens.
const REST_SECONDS: u64 = 60;

thread_local! {
    static CALLS: RefCell<Calls<Office>> = RefCell::new(Calls::new(Office));
}

fn serve() -> Result<(), Failure> {
    CALLS.with_borrow_mut(Calls::resume);
    loop {
        let wait = CALLS.with_borrow(|calls| {
            if calls.is_calling() {
                std::time::Duration::from_millis(LOOK_EVERY_MS)
            } else {
                REST_SECONDS.secs()
            }
        });
        match inbox::next(wait) {
            Some(Message::Request(request)) => answer(&request)?,
            Some(Message::Delivery(Delivery::Event(event))) if event.kind == "channel.ended" => {
                if let Some(channel) = &event.channel {
                    CALLS.with_borrow_mut(|calls| calls.left(channel));
                }
            }
            Some(Message::Drain) => return Ok(()),
            Some(Message::Delivery(_) | Message::Other(_)) | None => {}
        }
        CALLS.with_borrow_mut(Calls::look);
    }
}

/// What is asked for.
#[derive(Deserialize)]
struct Wanted {
    from: String,
    to: String,
}

fn answer(request: &HttpRequest) -> Result<(), Failure> {
    let (status, body) = CALLS.with_borrow_mut(|calls| carry_out(calls, request));
    match inbox::reply(request, status, "application/json", body) {
        // Whoever asked is gone.
        Ok(()) | Err(Error::Gone) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn carry_out<O: calls::Telephones>(calls: &mut Calls<O>, request: &HttpRequest) -> (u16, String) {
    let words: Vec<&str> = request.path.split('/').skip(1).collect();
    let number = |text: &str| text.parse::<u64>().ok();
    match (request.method.as_str(), &words[..]) {
        ("GET", ["calls"]) => (200, json(&calls.all())),
        ("GET", ["calls", id]) => match number(id).and_then(|id| calls.one(id)) {
            Some(call) => (200, json(&call)),
            None => refusal(404, "there is no such call"),
        },
        ("DELETE", ["calls", id]) => match number(id).map(|id| calls.end(id)) {
            Some(true) => (204, String::new()),
            Some(false) | None => refusal(404, "there is no such call under way"),
        },
        ("POST", ["calls"]) => match serde_json::from_slice::<Wanted>(&request.body) {
            Ok(wanted) => match calls.begin(&wanted.from, &wanted.to) {
                Ok(call) => (202, json(&call)),
                Err((status, why)) => refusal(status, &why),
            },
            Err(error) => refusal(400, &error.to_string()),
        },
        (_, ["calls", ..]) => refusal(405, "GET, POST and DELETE are served"),
        _ => refusal(404, "there is nothing but /calls"),
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn refusal(status: u16, why: &str) -> (u16, String) {
    (status, serde_json::json!({ "message": why }).to_string())
}

fn save() -> Result<Snapshot, Failure> {
    Ok(Snapshot {
        schema: "click-to-call".to_owned(),
        edition: 1,
        body: CALLS.with_borrow_mut(|calls| json(&calls.save())).into_bytes(),
    })
}

fn load(saved: &Snapshot) -> Result<(), Failure> {
    if saved.schema != "click-to-call" || saved.edition != 1 {
        return Err(Failure::new(format!(
            "{} {} is not known",
            saved.schema, saved.edition
        )));
    }
    let saved = serde_json::from_slice(&saved.body).map_err(|error| Failure::new(error.to_string()))?;
    CALLS.with_borrow_mut(|calls| calls.load(saved));
    Ok(())
}
