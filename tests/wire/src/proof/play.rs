//! Plays a case step by step.
#![allow(clippy::wildcard_enum_match_arm)] // each function plays the steps it names

use super::case::{Case, Step, Wish};
use super::gateway::Session;
use super::manager::Manager;
use super::rest::Socket;
use super::stage::{EVENT_LIMIT, Last, REPLY_LIMIT, Stage, has, json_has, shown};
use super::text::{filled, fits};

/// Plays it. What is wrong is told with its line.
pub fn play(stage: &mut Stage<'_>, case: &Case) -> Result<(), String> {
    let name = format!("{}/{}", stage.names["app"], case.name);
    stage.begin(&name)?;
    for (line, step) in &case.steps {
        let done = filled_step(step, stage).and_then(|step| one(stage, &step));
        done.map_err(|error| format!("line {line}: {error}"))?;
    }
    if let Some(number) = gotcha(&case.name) {
        let name = stage.case.clone();
        stage.credit.add(super::credit::Row::Gotcha(number), &name);
    }
    Ok(())
}

/// The number of the detail a case of that name proves.
pub fn gotcha(name: &str) -> Option<u32> {
    name.strip_prefix("gotcha_")?.split('_').next()?.parse().ok()
}

fn one(stage: &mut Stage<'_>, step: &Step) -> Result<(), String> {
    match step {
        Step::Ask { headers, wish } => ask(stage, headers, wish.as_ref()),
        Step::Item(wish) => item(stage, wish),
        Step::NoItem(wish) => match item(stage, wish) {
            Ok(()) => Err(format!("there is {}", wish.first)),
            Err(_) => Ok(()),
        },
        Step::Event(wish) => stage.event(wish),
        Step::NoEvent(wish) => no_event(stage, wish),
        Step::Bind(name, from) => bind(stage, name, from),
        Step::Call {
            name,
            exten,
            headers,
            is_answered,
        } => call(stage, name, exten, headers, *is_answered),
        Step::Hang(name) => hang(stage, name),
        Step::As(name) => stage.log_in(&format!("{name}+"), name),
        Step::New(name) => {
            let mut manager = Manager::connect(stage.ground.manager)?;
            let banner = manager.banner(REPLY_LIMIT)?;
            stage.last = Last::Text(banner);
            stage.managers.insert(name.clone(), manager);
            name.clone_into(&mut stage.current);
            Ok(())
        }
        Step::Raw(text, wish) => raw(stage, text, wish.as_ref()),
        Step::Closed => stage.manager()?.closed(REPLY_LIMIT),
        Step::User(name) => {
            name.clone_into(&mut stage.user);
            Ok(())
        }
        Step::File(name, text) => {
            let path = stage.ground.folder.join(name);
            let folder = path.parent().unwrap_or(&path);
            std::fs::create_dir_all(folder)
                .and_then(|()| std::fs::write(&path, text))
                .map_err(|error| format!("{}: {error}", path.display()))
        }
        Step::Phone(verb, words) => stage.ground.phones.act(&stage.names["app"], verb, words),
        Step::Native(name) => super::native::run(stage, name),
        other => other_interfaces(stage, other),
    }
}

fn other_interfaces(stage: &mut Stage<'_>, step: &Step) -> Result<(), String> {
    match step {
        Step::Rest {
            method,
            target,
            headers,
            body,
            wish,
        } => rest(stage, (method, target, headers, body), wish),
        Step::Socket(name, target, wish) => socket(stage, name, target, wish.as_ref()),
        Step::Told(name, wish) => stage.told(if name.is_empty() { "main" } else { name }, wish),
        Step::NotTold(wish) => {
            stage.hear()?;
            let mut events = stage.sockets.values().flat_map(|socket| &socket.events);
            let found = events.find(|event| {
                event["type"].as_str() == Some(&wish.first) && json_has(event, &wish.fields).is_ok()
            });
            found.map_or(Ok(()), |event| Err(format!("there was {event}")))
        }
        Step::Tell(name, text) => {
            stage.note_request(text);
            stage
                .conversation
                .extend_from_slice(format!("=== WS send RESTRequest\n{text}\n").as_bytes());
            let socket = stage.sockets.get_mut(name).ok_or("no such WebSocket")?;
            socket.send(1, text.as_bytes())
        }
        Step::EndSocket(name) => {
            stage.hear()?;
            let mut socket = stage.sockets.remove(name).ok_or("no such WebSocket")?;
            socket.send(8, &1000u16.to_be_bytes())?;
            socket.closed(EVENT_LIMIT, &mut |_, _| {})
        }
        Step::Gate => {
            let session = Session::accept(&stage.listener, EVENT_LIMIT)?;
            for (name, header) in [("agi_channel", "agi_channel"), ("agi_id", "agi_uniqueid")] {
                let value = session.value(header).unwrap_or_default().to_owned();
                stage.names.insert(name.to_owned(), value);
            }
            stage.last = Last::Text(session.environment.join("|"));
            stage.session = Some(session);
            Ok(())
        }
        Step::Command(command, wish) => {
            command.clone_into(&mut stage.said);
            session(stage)?.say(command)?;
            wish.as_ref().map_or(Ok(()), |wish| answer(stage, wish))
        }
        Step::Answer(wish) => answer(stage, wish),
        Step::Gone => session(stage)?.hangup(EVENT_LIMIT),
        Step::EndGate => {
            let session = stage.session.take().ok_or("there is no session")?;
            stage.end_session(session);
            Ok(())
        }
        _ => Err("a step of another kind".to_owned()),
    }
}

fn session<'s>(stage: &'s mut Stage<'_>) -> Result<&'s mut Session, String> {
    stage
        .session
        .as_mut()
        .ok_or_else(|| "there is no session".to_owned())
}

fn answer(stage: &mut Stage<'_>, wish: &str) -> Result<(), String> {
    let reply = session(stage)?.reply(REPLY_LIMIT)?;
    if !fits(wish, &reply) {
        return Err(format!("{} was answered {reply}, not {wish}", stage.said));
    }
    let (said, case) = (stage.said.clone(), stage.case.clone());
    stage.credit.replied(&said, &reply, &case);
    stage.last = Last::Text(reply);
    Ok(())
}

fn ask(stage: &mut Stage<'_>, headers: &[(String, String)], wish: Option<&Wish>) -> Result<(), String> {
    let Some(wish) = wish else {
        stage.manager()?.send(headers)?;
        stage.last = Last::Nothing;
        return Ok(());
    };
    let reply = stage.ask(headers)?;
    judged(stage, &headers[0].1, &reply.head, wish)?;
    let complete = reply.items.last().and_then(|last| last.event());
    if let Some(complete) = complete {
        let case = stage.case.clone();
        stage.credit.event(complete, &case);
    }
    Ok(())
}

/// Whether a reply is as wished; what it proves is noted.
fn judged(stage: &mut Stage<'_>, action: &str, head: &crate::Message, wish: &Wish) -> Result<(), String> {
    let (response, message) = wish.first.split_once(": ").unwrap_or((&wish.first, "*"));
    let is_response = head.header("Response").is_some_and(|said| fits(response, said));
    let said = head.header("Message").unwrap_or_default();
    if !is_response || !fits(message, said) || !has(head, &wish.fields) {
        return Err(format!("{action} was answered {}, not {wish:?}", shown(head)));
    }
    let case = stage.case.clone();
    let response = head.header("Response").unwrap_or_default();
    stage.credit.answered(action, response, said, &case);
    Ok(())
}

fn raw(stage: &mut Stage<'_>, text: &str, wish: Option<&Wish>) -> Result<(), String> {
    let manager = stage.manager()?;
    manager.send_raw(text.as_bytes())?;
    let Some(wish) = wish else { return Ok(()) };
    let reply = manager.reply(REPLY_LIMIT)?;
    stage.last = Last::Message(reply.head.clone());
    stage.list.clone_from(&reply.items);
    let action = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("action")
            .then(|| value.trim().to_owned())
    });
    judged(stage, &action.unwrap_or_default(), &reply.head, wish)
}

fn item(stage: &mut Stage<'_>, wish: &Wish) -> Result<(), String> {
    let found = stage
        .list
        .iter()
        .find(|item| item.event().is_some_and(|name| fits(&wish.first, name)) && has(item, &wish.fields));
    let Some(found) = found.cloned() else {
        let list: Vec<String> = stage.list.iter().map(shown).collect();
        return Err(format!(
            "no {} {:?} in {}",
            wish.first,
            wish.fields,
            list.join(" / ")
        ));
    };
    let case = stage.case.clone();
    stage.credit.event(found.event().unwrap_or_default(), &case);
    stage.last = Last::Message(found);
    Ok(())
}

fn no_event(stage: &mut Stage<'_>, wish: &Wish) -> Result<(), String> {
    let since = stage.marks.get(&stage.current).copied().unwrap_or(0);
    let manager = stage.manager()?;
    while manager.take()? {}
    let mut late = manager.messages[since..].iter();
    let found = late.find(|message| message.event() == Some(&wish.first) && has(message, &wish.fields));
    found.map_or(Ok(()), |message| Err(format!("there was {}", shown(message))))
}

fn bind(stage: &mut Stage<'_>, name: &str, from: &str) -> Result<(), String> {
    let value = match &stage.last {
        Last::Message(message) => message.header(from).map(str::to_owned),
        Last::Json(value) => value.pointer(from).map(|value| match value {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        }),
        Last::Text(text) => Some(text.clone()),
        Last::Nothing => None,
    };
    let value = value.ok_or_else(|| format!("{from} is not in {:?}", stage.last))?;
    stage.names.insert(name.to_owned(), value);
    Ok(())
}

/// Makes a call of two halves: `name` is the one that is asked to, `name2` the one in the dialplan.
fn call(
    stage: &mut Stage<'_>,
    name: &str,
    exten: &str,
    more: &[(String, String)],
    is_answered: bool,
) -> Result<(), String> {
    let id = format!("{}-{name}", stage.case.replace('/', "-"));
    let other = format!("{id}-2");
    let channel = if exten.contains('/') {
        exten.to_owned()
    } else {
        format!("Local/{exten}@proof/n")
    };
    let mut headers = vec![
        ("Action", "Originate".to_owned()),
        ("Channel", channel),
        ("Context", "proof".to_owned()),
        ("Exten", "after".to_owned()),
        ("Priority", "1".to_owned()),
        ("Async", "true".to_owned()),
        ("ChannelId", id.clone()),
        ("OtherChannelId", other.clone()),
    ];
    headers.retain(|(name, _)| !more.iter().any(|(own, _)| own == name));
    let mut headers: Vec<(String, String)> = headers
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    headers.extend_from_slice(more);
    let reply = stage.ask(&headers)?;
    if reply.head.header("Response") != Some("Success") {
        return Err(format!("no call: {}", shown(&reply.head)));
    }
    let is_local = headers
        .iter()
        .any(|(name, value)| name == "Channel" && value.starts_with("Local/"));
    for (suffix, id) in [("", &id), ("2", &other)] {
        if !suffix.is_empty() && !is_local {
            continue;
        }
        stage.event(&Wish {
            first: "Newchannel".to_owned(),
            fields: vec![("Uniqueid".to_owned(), id.clone())],
        })?;
        bind(stage, &format!("{name}{suffix}"), "Channel")?;
        stage.names.insert(format!("{name}{suffix}_id"), id.clone());
        stage.calls.push(id.clone());
    }
    if is_answered {
        stage.event(&Wish {
            first: "OriginateResponse".to_owned(),
            fields: vec![
                ("Uniqueid".to_owned(), id),
                ("Response".to_owned(), "Success".to_owned()),
            ],
        })?;
    }
    Ok(())
}

fn hang(stage: &mut Stage<'_>, name: &str) -> Result<(), String> {
    let id = stage.names.get(&format!("{name}_id")).cloned();
    let id = id.ok_or_else(|| format!("no call {name}"))?;
    let headers = [("Action", "Hangup"), ("Channel", id.as_str())];
    // The connection in use may not be logged in.
    let current = std::mem::replace(&mut stage.current, super::stage::OPERATOR.to_owned());
    let asked = stage.ask(&headers.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let done = asked.and_then(|_| {
        stage.event(&Wish {
            first: "Hangup".to_owned(),
            fields: vec![("Uniqueid".to_owned(), id)],
        })
    });
    stage.current = current;
    done
}

fn rest(
    stage: &mut Stage<'_>,
    (method, target, headers, body): (&str, &str, &str, &str),
    wish: &Wish,
) -> Result<(), String> {
    let answer = stage.rest(method, target, headers, body)?;
    let (status, message) = wish.first.split_once(": ").unwrap_or((&wish.first, "*"));
    let (status, phrase) = status.split_once(' ').unwrap_or((status, "*"));
    let json = answer.json();
    let said = json
        .get("message")
        .or(json.get("error"))
        .and_then(|text| text.as_str());
    let said = said.unwrap_or_default().to_owned();
    let is_it = status == answer.status.to_string() && fits(phrase, &answer.phrase) && fits(message, &said);
    let headers = wish.fields.iter().filter(|(name, _)| !name.starts_with('/'));
    let wrong = headers.clone().find(|(name, pattern)| {
        let value = answer.header(&name.to_ascii_lowercase()).unwrap_or("(absent)");
        !fits(pattern, value)
    });
    if !is_it || wrong.is_some() {
        return Err(format!(
            "{method} {target} was answered {} {} {:?} {}, not {wish:?}",
            answer.status, answer.phrase, answer.headers, answer.body
        ));
    }
    json_has(&json, &wish.fields)
        .map_err(|error| format!("{method} {target}: {error} in {}", answer.body))?;
    let case = stage.case.clone();
    stage
        .credit
        .rest(method, target, (answer.status, &answer.phrase, &said), &case);
    stage.last = Last::Json(json);
    Ok(())
}

fn socket(stage: &mut Stage<'_>, name: &str, target: &str, wish: Option<&Wish>) -> Result<(), String> {
    let opened = Socket::open(stage.ground.application, target, &super::rest::basic(&stage.user));
    match (opened, wish) {
        (Ok(socket), None) => {
            stage.conversation.extend_from_slice(
                format!("=== WS connect {target}\nHTTP/1.1 101 Switching Protocols\n").as_bytes(),
            );
            stage.sockets.insert(name.to_owned(), socket);
            let case = stage.case.clone();
            stage.credit.rest("GET", target, (101, "", ""), &case);
            Ok(())
        }
        (Err(answer), Some(wish)) => {
            let (status, message) = wish.first.split_once(": ").unwrap_or((&wish.first, "*"));
            if answer.status.to_string() != status || !fits(message, &answer.body) {
                return Err(format!(
                    "refused with {} {} {}",
                    answer.status, answer.phrase, answer.body
                ));
            }
            let case = stage.case.clone();
            let said = message.trim_matches('*');
            stage
                .credit
                .rest("GET", target, (answer.status, &answer.phrase, said), &case);
            Ok(())
        }
        (Ok(_), Some(_)) => Err("the WebSocket was opened".to_owned()),
        (Err(answer), None) => Err(format!(
            "refused with {} {} {}",
            answer.status, answer.phrase, answer.body
        )),
    }
}

/// The step with its names filled in.
fn filled_step(step: &Step, stage: &Stage<'_>) -> Result<Step, String> {
    let names = &stage.names;
    let fill = |text: &String| filled(text, names);
    let pairs = |pairs: &[(String, String)]| -> Result<Vec<(String, String)>, String> {
        pairs
            .iter()
            .map(|(name, value)| Ok((name.clone(), fill(value)?)))
            .collect()
    };
    let wish = |wish: &Wish| -> Result<Wish, String> {
        Ok(Wish {
            first: fill(&wish.first)?,
            fields: pairs(&wish.fields)?,
        })
    };
    let maybe = |one: &Option<Wish>| one.as_ref().map(wish).transpose();
    Ok(match step {
        Step::Ask { headers, wish } => Step::Ask {
            headers: pairs(headers)?,
            wish: maybe(wish)?,
        },
        Step::Item(one) => Step::Item(wish(one)?),
        Step::NoItem(one) => Step::NoItem(wish(one)?),
        Step::Event(one) => Step::Event(wish(one)?),
        Step::NoEvent(one) => Step::NoEvent(wish(one)?),
        Step::Call {
            name,
            exten,
            headers,
            is_answered,
        } => Step::Call {
            name: name.clone(),
            exten: fill(exten)?,
            headers: pairs(headers)?,
            is_answered: *is_answered,
        },
        Step::Raw(text, one) => Step::Raw(fill(text)?, maybe(one)?),
        Step::Rest {
            method,
            target,
            headers,
            body,
            wish: one,
        } => Step::Rest {
            method: method.clone(),
            target: fill(target)?,
            headers: headers.clone(),
            body: fill(body)?,
            wish: wish(one)?,
        },
        Step::Socket(name, target, one) => Step::Socket(name.clone(), fill(target)?, maybe(one)?),
        Step::Told(name, one) => Step::Told(name.clone(), wish(one)?),
        Step::NotTold(one) => Step::NotTold(wish(one)?),
        Step::Tell(name, text) => Step::Tell(name.clone(), fill(text)?),
        Step::Command(command, reply) => Step::Command(fill(command)?, reply.as_ref().map(fill).transpose()?),
        Step::Answer(reply) => Step::Answer(fill(reply)?),
        Step::File(name, text) => Step::File(name.clone(), fill(text)?),
        other => other.clone(),
    })
}
