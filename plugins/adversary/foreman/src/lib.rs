//! What becomes of calls whose application misbehaves? Each argument of a call is a step (`answer`, `play NAME`, `hold`,
//! `trap` and so on), each request of its part of the HTTP tree another.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use ucx::bindings::flow::ucx::host::turn;
use ucx::prelude::*;

ucx::application!(serve);
ucx::handoff!(save, load);

#[derive(Default)]
struct State {
    /// Instances before this one that handed over.
    lives: u32,
    held: BTreeMap<String, Channel>,
    /// Which of them it wants to be reminded of, and after how many milliseconds.
    reminders: BTreeMap<String, u32>,
    /// Legs the last instance left.
    left: Vec<String>,
    kinds: Vec<String>,
    is_stubborn: bool,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

fn serve() -> Result<(), Failure> {
    for id in STATE.with_borrow_mut(|state| std::mem::take(&mut state.left)) {
        let channel = inbox::adopt(&id)?;
        if let Some(after) = STATE.with_borrow(|state| state.reminders.get(&id).copied()) {
            turn::set_timer(after, &id)?;
        }
        STATE.with_borrow_mut(|state| state.held.insert(id, channel));
    }
    loop {
        match inbox::next(30.secs()) {
            Some(Message::Delivery(Delivery::Event(event))) => hear(&event)?,
            Some(Message::Delivery(Delivery::Gap(_))) => note("gap"),
            Some(Message::Request(request)) => {
                if request.path == "/end" {
                    return Ok(());
                }
                answer(&request)?;
            }
            Some(Message::Drain) => return Ok(()),
            Some(Message::Other(_)) | None => {}
        }
    }
}

fn note(kind: &str) {
    STATE.with_borrow_mut(|state| state.kinds.push(kind.to_owned()));
}

fn hear(event: &Event) -> Result<(), Failure> {
    let Some(id) = event.channel.clone() else {
        if event.kind == "timer" {
            return remind(event.subject.as_deref().unwrap_or_default());
        }
        note(&event.kind);
        return Ok(());
    };
    match event.kind.as_str() {
        inbox::CALL => return take(&id, event),
        "channel.ended" => STATE.with_borrow_mut(|state| {
            state.held.remove(&id);
            state.reminders.remove(&id);
        }),
        "channel.dtmf" if event.attrs.text("digit") == Some("9") => {
            let (channel, lives) = STATE.with_borrow_mut(|state| (state.held.remove(&id), state.lives));
            if let Some(channel) = channel {
                channel.set_variable("MARK", &format!("life {lives}"))?;
                leave(&channel, "200")?;
            }
        }
        _ => {}
    }
    note(&event.kind);
    Ok(())
}

/// A caller it held has waited long enough.
fn remind(id: &str) -> Result<(), Failure> {
    let channel = STATE.with_borrow_mut(|state| {
        state.reminders.remove(id);
        state.held.remove(id)
    });
    let Some(channel) = channel else { return Ok(()) };
    match channel.play("chime").and_then(|_| leave(&channel, "200")) {
        Ok(()) | Err(Error::Gone) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn take(id: &str, event: &Event) -> Result<(), Failure> {
    let arg = |n: usize| {
        event
            .attrs
            .text(&format!("arg{n}"))
            .unwrap_or_default()
            .to_owned()
    };
    if arg(1) == "ignore" {
        return Ok(());
    }
    let channel = match inbox::adopt(id) {
        Ok(channel) => channel,
        // The caller did not wait.
        Err(Error::Gone | Error::NotFound | Error::Denied(_)) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    for n in 1.. {
        let step = arg(n);
        let (word, rest) = step.split_once(' ').unwrap_or((&step, ""));
        let done = match word {
            "" => break,
            "hold" => {
                STATE.with_borrow_mut(|state| state.held.insert(id.to_owned(), channel));
                return Ok(());
            }
            "remind" => {
                let after = rest.parse().unwrap_or(1_000);
                STATE.with_borrow_mut(|state| state.reminders.insert(id.to_owned(), after));
                turn::set_timer(after, id).map(drop)
            }
            "trap" => panic!("asked to trap"),
            "loop" => loop {
                std::hint::black_box(0);
            },
            "fail" => return Err(Failure::new(rest)),
            "answer" => channel.answer(),
            "play" => channel.play(rest).map(drop),
            "gather" => channel.gather(digits(1).prompt(rest)).map(drop),
            "info" => {
                channel.info();
                Ok(())
            }
            "noop" => channel.execute("NoOp", rest),
            "mark" => channel.set_variable("MARK", rest),
            "goto" => leave(&channel, rest),
            "hangup" => channel.hangup(rest.parse().unwrap_or(17)),
            "dial" => dial(&channel, rest),
            other => return Err(Failure::new(format!("{other} is no step"))),
        };
        match done {
            Ok(()) => {}
            Err(Error::Gone) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn dial(channel: &Channel, name: &str) -> Result<(), Error> {
    let end = channel.dial(Dial::to([endpoint(name)]).timeout(Duration::from_secs(5)))?;
    match end.answered {
        Some(peer) => channel.connect(&peer).map(drop),
        None => Ok(()),
    }
}

fn leave(channel: &Channel, exten: &str) -> Result<(), Error> {
    let place = Location {
        context: "main".to_owned(),
        exten: exten.to_owned(),
        priority: "1".to_owned(),
    };
    match channel.raw() {
        Some(raw) => raw.continue_at(&place),
        None => Err(Error::Gone),
    }
}

fn answer(request: &HttpRequest) -> Result<(), Failure> {
    let state = |look: fn(&State) -> String| STATE.with_borrow(look);
    let body = match request.path.as_str() {
        "/held" => state(|state| state.held.len().to_string()).into_bytes(),
        "/kinds" => state(|state| state.kinds.join(" ")).into_bytes(),
        "/lives" => state(|state| state.lives.to_string()).into_bytes(),
        "/echo" => request.body.clone(),
        "/big" => vec![b'x'; 1 << 20],
        "/stubborn" => {
            STATE.with_borrow_mut(|state| state.is_stubborn = true);
            Vec::new()
        }
        "/slow" => return Ok(()),
        "/trap" => panic!("asked to trap"),
        _ => {
            inbox::reply(request, 404, "text/plain", "no such thing")?;
            return Ok(());
        }
    };
    match inbox::reply(request, 200, "text/plain", body) {
        Ok(()) | Err(Error::Gone) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn save() -> Result<Snapshot, Failure> {
    STATE.with_borrow(|state| {
        if state.is_stubborn {
            return Err("not today".into());
        }
        let mut lines = vec![(state.lives + 1).to_string()];
        lines.extend(state.held.keys().map(|id| match state.reminders.get(id) {
            Some(after) => format!("{id} {after}"),
            None => id.clone(),
        }));
        Ok(Snapshot {
            schema: "foreman".to_owned(),
            edition: 1,
            body: lines.join("\n").into_bytes(),
        })
    })
}

fn load(saved: &Snapshot) -> Result<(), Failure> {
    let text = String::from_utf8_lossy(&saved.body);
    let mut lines = text.lines();
    STATE.with_borrow_mut(|state| {
        state.lives = lines.next().and_then(|line| line.parse().ok()).unwrap_or(0);
        for line in lines {
            let (id, after) = line.split_once(' ').unwrap_or((line, ""));
            if let Ok(after) = after.parse() {
                state.reminders.insert(id.to_owned(), after);
            }
            state.left.push(id.to_owned());
        }
    });
    Ok(())
}
