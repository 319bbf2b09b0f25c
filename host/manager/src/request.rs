//! One message of a client: its header lines, in their order.

/// A client's message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    lines: Vec<Box<str>>,
}

impl Request {
    /// A message of these lines, without their ends.
    #[cfg(test)]
    pub(crate) fn of(text: &str) -> Self {
        Self {
            lines: text.lines().map(Box::from).collect(),
        }
    }

    pub(crate) fn push(&mut self, line: Box<str>) {
        self.lines.push(line);
    }

    pub(crate) fn len(&self) -> usize {
        self.lines.len()
    }

    /// All headers in order; a line without a colon is none.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.lines.iter().filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name, value.trim_start_matches([' ', '\t'])))
        })
    }

    /// All values of a header in order; its name counts in any case.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers()
            .filter(move |(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// The first value of a header, which may be empty.
    pub fn get<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).next()
    }

    /// The first value of a header, or the empty text.
    pub fn text<'a>(&'a self, name: &'a str) -> &'a str {
        self.get(name).unwrap_or("")
    }

    /// The first value of a header, unless it is empty.
    pub fn filled<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// What the client asks for: the first `Action` that says anything.
    pub fn action(&self) -> Option<&str> {
        self.all("Action").find(|value| !value.is_empty())
    }

    /// What the client calls this request.
    pub fn id(&self) -> Option<&str> {
        self.filled("ActionID")
    }

    /// Whether a header has one of the words for yes.
    pub fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(is_true)
    }
}

/// Whether a text is one of the words for yes.
pub(crate) fn is_true(text: &str) -> bool {
    ["yes", "true", "y", "t", "1", "on"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
}

/// Whether a text is one of the words for no.
pub(crate) fn is_false(text: &str) -> bool {
    ["no", "false", "n", "f", "0", "off"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_found_in_any_case_and_the_first_wins() {
        let request = Request::of("ACTION:  ping\nActionid: 7 \nX:\nx: later\nno header\nVar :1");
        assert_eq!(request.action(), Some("ping"));
        assert_eq!(request.id(), Some("7 "));
        assert_eq!((request.get("X"), request.filled("X")), (Some(""), None));
        assert_eq!(request.get("Var"), None);
        assert_eq!(request.all("x").collect::<Vec<_>>(), ["", "later"]);
    }

    #[test]
    fn an_empty_action_is_passed_over() {
        assert_eq!(Request::of("Action:\nAction: Ping").action(), Some("Ping"));
        assert_eq!(Request::of("Action: ").action(), None);
    }
}
