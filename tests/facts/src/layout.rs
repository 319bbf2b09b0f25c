//! Which headers a message has and in which order: the small language of `ami-events.tsv`.

/// The headers that show a channel.
pub const CHANNEL_BLOCK: &str = "Channel ChannelState ChannelStateDesc CallerIDNum CallerIDName ConnectedLineNum \
    ConnectedLineName Language AccountCode Context Exten Priority Uniqueid Linkedid Tenantid? ChanVariable*";

/// The headers that show a bridge.
pub const BRIDGE_BLOCK: &str = "BridgeUniqueid BridgeType BridgeTechnology BridgeCreator BridgeName \
    BridgeNumChannels BridgeVideoSourceMode BridgeVideoSource?";

/// The name of a header, or of many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// This name.
    Is(String),
    /// Any name that begins so.
    Begins(String),
    /// This text, a number, and this text (`Report0LSR`).
    Numbered(String, String),
    /// Any name.
    Any,
}

impl Name {
    /// Whether a header of that name is meant.
    pub fn matches(&self, name: &str) -> bool {
        match self {
            Self::Is(exact) => name == exact,
            Self::Begins(start) => name.starts_with(start.as_str()),
            Self::Numbered(before, after) => name
                .strip_prefix(before.as_str())
                .and_then(|rest| rest.strip_suffix(after.as_str()))
                .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())),
            Self::Any => true,
        }
    }
}

/// A part of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// One header, with the one value it may have if there is but one.
    One(Name, Option<String>),
    /// All of these or none.
    Maybe(Vec<Self>),
    /// All of these, any number of times.
    Repeat(Vec<Self>),
    /// One of these sequences.
    Either(Vec<Vec<Self>>),
}

impl Item {
    fn once(name: &str) -> Self {
        Self::One(Name::Is(name.to_owned()), None)
    }
}

/// Reads a layout.
///
/// # Errors
/// A sentence about the word that has no meaning.
pub fn parse_layout(text: &str) -> Result<Vec<Item>, String> {
    // The one list whose items are of four kinds.
    if let Some((dialplan, kinds)) = text.split_once(" / ") {
        return parse_kinds(dialplan, kinds);
    }
    let mut items = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (item, after) = parse_item(rest)?;
        if let Some(item) = item {
            push(&mut items, item);
        }
        rest = after.trim_start();
    }
    Ok(items)
}

/// Adds an item; numbered headers next to each other repeat together.
fn push(items: &mut Vec<Item>, item: Item) {
    if let (Some(Item::Repeat(group)), Item::Repeat(more)) = (items.last_mut(), &item)
        && group.iter().chain(more).all(is_numbered)
    {
        group.extend(more.iter().cloned());
        return;
    }
    items.push(item);
}

fn is_numbered(item: &Item) -> bool {
    matches!(item, Item::One(Name::Numbered(..), _))
}

fn parse_item(text: &str) -> Result<(Option<Item>, &str), String> {
    match text.as_bytes()[0] {
        b'(' => {
            let (inner, after) = enclosed(text, '(', ')')?;
            let sequences = inner.split('\\').map(parse_layout).collect::<Result<_, _>>()?;
            Ok((Some(Item::Either(sequences)), after))
        }
        b'[' => {
            let mut sequences = Vec::new();
            let mut after = text;
            while after.starts_with('[') {
                let (inner, rest) = enclosed(after, '[', ']')?;
                let sequence = inner.split_once(": ").map_or(inner, |(_, sequence)| sequence);
                sequences.push(parse_layout(sequence)?);
                after = rest;
            }
            // The attended transfer that failed has none of them.
            Ok((Some(Item::Maybe(vec![Item::Either(sequences)])), after))
        }
        b'@' => parse_block(text),
        b'<' => {
            let (_, after) = enclosed(text, '<', '>')?;
            let any = Item::Repeat(vec![Item::One(Name::Any, None)]);
            Ok((Some(any), after.strip_prefix('*').unwrap_or(after)))
        }
        _ => parse_header(text),
    }
}

/// `@CH`, `@BR:Orig?`; a prefix in angle brackets says when the block is there, so it is optional.
fn parse_block(text: &str) -> Result<(Option<Item>, &str), String> {
    let block = match text.get(..3) {
        Some("@CH") => CHANNEL_BLOCK,
        Some("@BR") => BRIDGE_BLOCK,
        _ => return Err(format!("no such block: {text}")),
    };
    let mut after = &text[3..];
    let mut prefix = "";
    let mut is_optional = false;
    if let Some(rest) = after.strip_prefix(':') {
        if rest.starts_with('<') {
            (_, after) = enclosed(rest, '<', '>')?;
            is_optional = true;
        } else {
            let end = rest.find(['?', ' ']).unwrap_or(rest.len());
            (prefix, after) = rest.split_at(end);
        }
    }
    if let Some(rest) = after.strip_prefix('?') {
        (after, is_optional) = (rest, true);
    }
    let names: Vec<String> = block
        .split_whitespace()
        .map(|name| format!("{prefix}{name}"))
        .collect();
    let items = parse_layout(&names.join(" "))?;
    let item = if is_optional {
        Item::Maybe(items)
    } else {
        Item::Either(vec![items])
    };
    Ok((Some(item), after))
}

fn parse_header(text: &str) -> Result<(Option<Item>, &str), String> {
    let end = word_end(text);
    let (word, after) = text.split_at(end);
    if word == "..." {
        let any = Item::Repeat(vec![Item::One(Name::Any, None)]);
        return Ok((Some(any), after));
    }
    // Remarks in brackets behind the sign say what is odd about a header.
    let bare = word
        .split_once("?(")
        .map_or(word.to_owned(), |(name, _)| format!("{name}?"));
    if let Some((name, value)) = bare.split_once("(literal ") {
        let value = value.trim_end_matches(')').to_owned();
        return Ok((Some(Item::One(Name::Is(name.to_owned()), Some(value))), after));
    }
    let (name, sign) = match bare.as_bytes().last() {
        Some(b'?') => (&bare[..bare.len() - 1], '?'),
        Some(b'*') => (&bare[..bare.len() - 1], '*'),
        _ => (bare.as_str(), ' '),
    };
    let one = Item::One(pattern(name)?, None);
    Ok((
        Some(match sign {
            '?' => Item::Maybe(vec![one]),
            '*' => Item::Repeat(vec![one]),
            _ => one,
        }),
        after,
    ))
}

fn pattern(name: &str) -> Result<Name, String> {
    if name.is_empty() {
        return Err("a header has no name".to_owned());
    }
    if let Some((before, _)) = name.split_once("(<") {
        return Ok(Name::Begins(format!("{before}(")));
    }
    if let Some((before, after)) = name.split_once("<N>") {
        return Ok(Name::Numbered(before.to_owned(), after.to_owned()));
    }
    if let Some((before, _)) = name.split_once('<') {
        return Ok(Name::Begins(before.to_owned()));
    }
    if let Some(before) = name.strip_suffix("...") {
        return Ok(Name::Begins(before.to_owned()));
    }
    let is_plain = name
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"-_/".contains(&b));
    is_plain
        .then(|| Name::Is(name.to_owned()))
        .ok_or_else(|| format!("no name of a header: {name}"))
}

/// Where the first word ends; blanks within brackets do not end it.
fn word_end(text: &str) -> usize {
    let mut depth = 0usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'<' => depth += 1,
            b')' | b'>' => depth = depth.saturating_sub(1),
            b' ' if depth == 0 => return at,
            _ => {}
        }
    }
    text.len()
}

/// What stands between the first bracket and the one that closes it, and what follows.
fn enclosed(text: &str, open: char, close: char) -> Result<(&str, &str), String> {
    let end = text
        .find(close)
        .ok_or_else(|| format!("{open} is not closed: {text}"))?;
    Ok((&text[1..end], &text[end + 1..]))
}

/// A line of the dialplan: an extension's step, or an include, a switch or an ignored pattern of a context.
fn parse_kinds(dialplan: &str, kinds: &str) -> Result<Vec<Item>, String> {
    let (head, step) = dialplan
        .split_once(" Context ")
        .ok_or_else(|| format!("no context: {dialplan}"))?;
    let mut sequences = vec![parse_layout(step)?];
    for kind in kinds.split(" / ") {
        sequences.push(vec![Item::once(kind.trim()), Item::once("Registrar")]);
    }
    let mut items = parse_layout(head)?;
    items.push(Item::once("Context"));
    items.push(Item::Either(sequences));
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Vec<Item> {
        parse_layout(text).expect("it is a layout")
    }

    #[test]
    fn headers_carry_how_often_they_stand() {
        let name = |text: &str| Item::once(text);
        assert_eq!(
            parsed("A B? C*"),
            [
                name("A"),
                Item::Maybe(vec![name("B")]),
                Item::Repeat(vec![name("C")])
            ]
        );
    }

    #[test]
    fn blocks_take_their_prefix() {
        let [Item::Either(ways)] = &parsed("@BR:Orig")[..] else {
            panic!("a block that must be there");
        };
        assert_eq!(ways[0][0], Item::once("OrigBridgeUniqueid"));
        assert_eq!(ways[0].len(), 8);
        let [Item::Maybe(items), _] = &parsed("@CH:<from somewhere> UserEvent")[..] else {
            panic!("a block that may be there");
        };
        assert_eq!(items.len(), 16);
    }

    #[test]
    fn numbered_headers_repeat_as_a_group() {
        let [Item::Repeat(group)] = &parsed("Report<N>A* Report<N>B*")[..] else {
            panic!("one group");
        };
        assert_eq!(group.len(), 2);
        let Item::One(name, _) = &group[0] else {
            panic!("a header");
        };
        assert!(name.matches("Report12A") && !name.matches("ReportA") && !name.matches("Report1B"));
    }

    #[test]
    fn choices_values_and_remarks_are_read() {
        assert_eq!(
            parsed("(A B \\ C)"),
            [Item::Either(vec![
                vec![Item::once("A"), Item::once("B")],
                vec![Item::once("C")]
            ])]
        );
        assert_eq!(
            parsed("Privilege(literal Call)"),
            [Item::One(Name::Is("Privilege".into()), Some("Call".into()))]
        );
        assert_eq!(parsed("A?(ends oddly)"), [Item::Maybe(vec![Item::once("A")])]);
        assert_eq!(
            parsed("ChanVariable(<channel>)*"),
            [Item::Repeat(vec![Item::One(
                Name::Begins("ChanVariable(".into()),
                None
            )])]
        );
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["@XY", "(A", "A=B", "<open", "?"] {
            assert!(parse_layout(text).is_err(), "{text}");
        }
    }
}
