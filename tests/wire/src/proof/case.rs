//! Cases as data: what is asked, and what has to come of it. The language stands in `cases/README.md`.

/// A case: its name, and its steps with the lines they stand at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    pub name: String,
    pub steps: Vec<(usize, Step)>,
}

/// What a reply or an event has to be: the first text, then headers or fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    pub first: String,
    pub fields: Vec<(String, String)>,
}

/// One line of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// `> Action | Header: value => Response: message | Header: pattern`
    Ask {
        headers: Vec<(String, String)>,
        wish: Option<Wish>,
    },
    /// `+ Event | Header: pattern`: in the last list.
    Item(Wish),
    /// `- Event | Header: pattern`: not in the last list.
    NoItem(Wish),
    /// `! Event | Header: pattern`: comes, or has come since the case began.
    Event(Wish),
    /// `~ Event | Header: pattern`: has not come since the case began.
    NoEvent(Wish),
    /// `= name Header`: of what was matched last.
    Bind(String, String),
    /// `call a EXTEN | Header: value`, answered at both ends; `dial` does not wait for that.
    Call {
        name: String,
        exten: String,
        headers: Vec<(String, String)>,
        is_answered: bool,
    },
    /// `hang a`.
    Hang(String),
    /// `as NAME`: another Manager connection, logged in.
    As(String),
    /// `new NAME`: another Manager connection, not logged in.
    New(String),
    /// `raw TEXT => Response: message`.
    Raw(String, Option<Wish>),
    /// `closed`: the Manager connection is.
    Closed,
    /// `GET /path {body} => 200: message | /field: pattern`.
    Rest {
        method: String,
        target: String,
        headers: String,
        body: String,
        wish: Wish,
    },
    /// `user NAME`: whose requests the next ones are.
    User(String),
    /// `ws NAME TARGET`, and the status if it is refused.
    Socket(String, String, Option<Wish>),
    /// `@ Event | /field: pattern` and `@NAME Event`.
    Told(String, Wish),
    /// `~@ Event`: has not come.
    NotTold(Wish),
    /// `wsend NAME TEXT`.
    Tell(String, String),
    /// `wclose NAME`.
    EndSocket(String),
    /// `gate`: the next Gateway session.
    Gate,
    /// `: command => reply`.
    Command(String, Option<String>),
    /// `:< reply`.
    Answer(String),
    /// `:HANGUP`.
    Gone,
    /// `:end`.
    EndGate,
    /// `file NAME TEXT` below the configuration.
    File(String, String),
    /// `phone VERB arguments`.
    Phone(String, Vec<String>),
    /// `native NAME`: a step that is a function.
    Native(String),
}

/// Reads the cases of a file.
///
/// # Errors
/// The line that is none, and why.
pub fn read(text: &str) -> Result<Vec<Case>, String> {
    let mut cases: Vec<Case> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            if cases.iter().any(|case| case.name == name) {
                return Err(format!("line {}: {name} stands twice", at + 1));
            }
            let (name, steps) = (name.to_owned(), Vec::new());
            cases.push(Case { name, steps });
            continue;
        }
        let step = step(line).ok_or_else(|| format!("line {}: no step: {line}", at + 1))?;
        let case = cases.last_mut();
        case.ok_or_else(|| format!("line {}: before the first case", at + 1))?
            .steps
            .push((at + 1, step));
    }
    Ok(cases)
}

fn step(line: &str) -> Option<Step> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim();
    Some(match word {
        ">" => {
            let (asked, wish) = parted(rest);
            let mut parts = asked.split(" | ");
            let mut headers = vec![("Action".to_owned(), parts.next()?.trim().to_owned())];
            headers.extend(fields(parts)?);
            Step::Ask { headers, wish }
        }
        "+" => Step::Item(wish(rest)),
        "-" => Step::NoItem(wish(rest)),
        "!" => Step::Event(wish(rest)),
        "~" => Step::NoEvent(wish(rest)),
        "=" => {
            let (name, header) = rest.split_once(' ')?;
            Step::Bind(name.to_owned(), header.trim().to_owned())
        }
        "call" | "dial" => {
            let mut parts = rest.split(" | ");
            let (name, exten) = parts.next()?.trim().split_once(' ')?;
            Step::Call {
                name: name.to_owned(),
                exten: exten.to_owned(),
                headers: fields(parts)?,
                is_answered: word == "call",
            }
        }
        "hang" => Step::Hang(rest.to_owned()),
        "as" => Step::As(rest.to_owned()),
        "new" => Step::New(rest.to_owned()),
        "raw" => {
            let (text, wish) = parted(rest);
            Step::Raw(unescaped(text), wish)
        }
        "closed" => Step::Closed,
        "user" => Step::User(rest.to_owned()),
        "GET" | "POST" | "PUT" | "DELETE" | "OPTIONS" | "HEAD" | "PATCH" => self::rest(word, rest)?,
        "ws" => {
            let (asked, wish) = parted(rest);
            let (name, target) = asked.split_once(' ')?;
            Step::Socket(name.to_owned(), target.trim().to_owned(), wish)
        }
        "~@" => Step::NotTold(wish(rest)),
        "wsend" => {
            let (name, text) = rest.split_once(' ')?;
            Step::Tell(name.to_owned(), text.to_owned())
        }
        "wclose" => Step::EndSocket(rest.to_owned()),
        "gate" => Step::Gate,
        ":" => match rest.split_once(" => ") {
            Some((command, reply)) => Step::Command(command.trim().to_owned(), Some(reply.trim().to_owned())),
            None => Step::Command(rest.to_owned(), None),
        },
        ":<" => Step::Answer(rest.to_owned()),
        ":HANGUP" => Step::Gone,
        ":end" => Step::EndGate,
        "file" => {
            let (name, text) = rest.split_once(' ')?;
            Step::File(name.to_owned(), unescaped(text))
        }
        "phone" => {
            let mut words = rest.split_whitespace().map(str::to_owned);
            Step::Phone(words.next()?, words.collect())
        }
        "native" => Step::Native(rest.to_owned()),
        _ => Step::Told(word.strip_prefix('@')?.to_owned(), wish(rest)),
    })
}

/// `PATH [Header: value]… {body} => 200: text | /field: pattern`.
fn rest(method: &str, text: &str) -> Option<Step> {
    let (asked, wish) = parted(text);
    let (target, after) = asked.split_once(' ').unwrap_or((asked, ""));
    let mut after = after.trim();
    let mut headers = String::new();
    while let Some((header, more)) = after.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
        headers.push_str(header);
        headers.push_str("\r\n");
        after = more.trim();
    }
    Some(Step::Rest {
        method: method.to_owned(),
        target: target.to_owned(),
        headers,
        body: unescaped(after),
        wish: wish?,
    })
}

/// What stands before the arrow, and the wish behind it.
fn parted(text: &str) -> (&str, Option<Wish>) {
    match text.rsplit_once(" => ") {
        Some((before, after)) => (before.trim(), Some(wish(after))),
        None => (text, None),
    }
}

fn wish(text: &str) -> Wish {
    let mut parts = text.split(" | ");
    let first = parts.next().unwrap_or_default().trim().to_owned();
    Wish {
        first,
        fields: fields(parts).unwrap_or_default(),
    }
}

fn fields<'a>(parts: impl Iterator<Item = &'a str>) -> Option<Vec<(String, String)>> {
    let split = |part: &str| {
        let (name, value) = part.split_once(':')?;
        Some((
            name.trim().to_owned(),
            unescaped(value.strip_prefix(' ').unwrap_or(value)),
        ))
    };
    parts.map(split).collect()
}

/// `\r`, `\n` and `\\` as what they stand for.
fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            plain.push(letter);
            continue;
        }
        match letters.next() {
            Some('n') => plain.push('\n'),
            Some('r') => plain.push('\r'),
            Some('\\') => plain.push('\\'),
            Some(other) => plain.extend(['\\', other]),
            None => plain.push('\\'),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_read() {
        let text = "# remark\n[one]\n> Getvar | Variable: X => Success | Value: *\nGET /ari/a <X: y> {\"a\":1} => 404: no\n\
                    @ StasisStart | /channel/id: $a\n: noop => 200 result=0\n";
        let cases = read(text).expect("they are cases");
        assert_eq!(cases.len(), 1);
        let steps: Vec<&Step> = cases[0].steps.iter().map(|(_, step)| step).collect();
        assert_eq!(
            steps[0],
            &Step::Ask {
                headers: vec![
                    ("Action".into(), "Getvar".into()),
                    ("Variable".into(), "X".into())
                ],
                wish: Some(Wish {
                    first: "Success".into(),
                    fields: vec![("Value".into(), "*".into())]
                }),
            }
        );
        let Step::Rest { headers, body, .. } = steps[1] else {
            panic!("a request");
        };
        assert_eq!((headers.as_str(), body.as_str()), ("X: y\r\n", "{\"a\":1}"));
        assert!(matches!(steps[2], Step::Told(name, _) if name.is_empty()));
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(read("[a]\nwhat is this\n").is_err());
        assert!(read("> Ping => Success\n").is_err());
        assert!(read("[a]\n[a]\n").is_err());
    }
}
