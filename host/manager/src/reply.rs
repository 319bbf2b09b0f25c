//! What an action answers: a response, or a list between a response and a completing event.

use crate::Request;
use crate::event::Text;
use bytes::Bytes;
use std::borrow::Cow;
use ucx_call::Refusal;

/// Why an action was not done, in the words the client gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(pub Cow<'static, str>);

/// What an action answers.
pub type Outcome = Result<Bytes, Failure>;

impl Failure {
    /// The request is beyond the rights of whoever made it.
    pub const DENIED: Self = Self(Cow::Borrowed("Permission denied"));
}

impl From<&'static str> for Failure {
    fn from(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}

impl From<Refusal> for Failure {
    /// The field's words for a refusal that the action has no words of its own for.
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoSuchChannel => "No such channel".into(),
            Refusal::NoSuchExtension => "Extension does not exist.".into(),
            Refusal::Denied(_) => Self::DENIED,
            Refusal::Shutdown => "Asterisk is shutting down".into(),
            other @ (Refusal::NoSuchBridge
            | Refusal::NoSuchDial
            | Refusal::NotInControl
            | Refusal::Interrupted(_)
            | Refusal::Invalid(_)
            | Refusal::Conflict(_)
            | Refusal::Full(_)) => Self(Cow::Owned(other.to_string())),
        }
    }
}

/// One response being written.
#[derive(Debug)]
pub struct Reply {
    text: Text,
}

impl Reply {
    /// A response of that kind: `Success`, `Error` or `Goodbye`.
    pub fn of(kind: &str, request: &Request) -> Self {
        let mut text = Text::new();
        text.line("Response", kind);
        id(&mut text, request);
        Self { text }
    }

    /// A response that says it was done.
    pub fn success(request: &Request) -> Self {
        Self::of("Success", request)
    }

    /// The whole response that it was not done.
    pub fn error(request: &Request, message: &str) -> Bytes {
        Self::of("Error", request).message(message).end()
    }

    /// The whole response that it was done, with the action's words for it.
    pub fn done(request: &Request, message: &str) -> Bytes {
        Self::success(request).message(message).end()
    }

    /// Adds the message.
    #[must_use]
    pub fn message(self, message: &str) -> Self {
        self.line("Message", message)
    }

    /// Adds a header.
    #[must_use]
    pub fn line(mut self, name: &str, value: &str) -> Self {
        self.text.line(name, value);
        self
    }

    /// Adds what is written by hand.
    #[must_use]
    pub fn with(mut self, write: impl FnOnce(&mut Text)) -> Self {
        write(&mut self.text);
        self
    }

    /// Ends the response.
    pub fn end(mut self) -> Bytes {
        self.text.end();
        self.text.take()
    }
}

impl Reply {
    /// Ends the response with a line that is no header.
    pub(crate) fn end_with_words(mut self, words: &'static str) -> Bytes {
        let mut text = self.text.take().to_vec();
        text.extend_from_slice(words.as_bytes());
        text.extend_from_slice(b"\r\n\r\n");
        text.into()
    }
}

/// The client's name of its request, if it gave one.
pub(crate) fn id(text: &mut Text, request: &Request) {
    if let Some(id) = request.id() {
        text.line("ActionID", id);
    }
}

/// Where an item of a list has the client's name of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdAt {
    /// Behind `Event`.
    Front,
    /// Behind everything else.
    Back,
}

/// A list being written: the response that announces it, its items, the event that completes it.
#[derive(Debug)]
pub struct List<'a> {
    text: Text,
    request: &'a Request,
    id_at: IdAt,
    items: usize,
}

impl<'a> List<'a> {
    /// Announces a list.
    pub fn begin(request: &'a Request, id_at: IdAt, message: &str) -> Self {
        let mut text = Text::new();
        text.line("Response", "Success");
        id(&mut text, request);
        text.line("EventList", "start");
        text.line("Message", message);
        text.end();
        Self {
            text,
            request,
            id_at,
            items: 0,
        }
    }

    /// Adds an item.
    pub fn item(&mut self, event: &str, write: impl FnOnce(&mut Text)) {
        self.aside(event, write);
        self.items += 1;
    }

    /// Adds something that belongs to an item and does not count.
    pub fn aside(&mut self, event: &str, write: impl FnOnce(&mut Text)) {
        self.text.line("Event", event);
        if self.id_at == IdAt::Front {
            id(&mut self.text, self.request);
        }
        write(&mut self.text);
        if self.id_at == IdAt::Back {
            id(&mut self.text, self.request);
        }
        self.text.end();
    }

    /// Completes the list; `extra` stands behind the number of items.
    pub fn complete_with(mut self, event: &str, extra: impl FnOnce(&mut Text, usize)) -> Bytes {
        self.text.line("Event", event);
        id(&mut self.text, self.request);
        self.text.line("EventList", "Complete");
        self.text.number("", "ListItems", self.items as u64);
        extra(&mut self.text, self.items);
        self.text.end();
        self.text.take()
    }

    /// Completes the list.
    pub fn complete(self, event: &str) -> Bytes {
        self.complete_with(event, |_, _| {})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: Bytes) -> String {
        String::from_utf8(bytes.to_vec()).expect("text was written")
    }

    #[test]
    fn a_response_echoes_the_id_it_was_given() {
        let request = Request::of("Action: Ping\nActionID: 7#a");
        assert_eq!(
            text(Reply::error(&request, "No such channel")),
            "Response: Error\r\nActionID: 7#a\r\nMessage: No such channel\r\n\r\n"
        );
        let request = Request::of("Action: Ping\nActionID:");
        assert_eq!(text(Reply::success(&request).end()), "Response: Success\r\n\r\n");
    }

    #[test]
    fn a_list_counts_its_items() {
        let request = Request::of("ActionID: 1");
        let mut list = List::begin(&request, IdAt::Back, "Result will follow");
        list.item("DBGetResponse", |text| text.line("Key", "k"));
        assert_eq!(
            text(list.complete_with("DBGetComplete", |text, items| text.number(
                "",
                "Items",
                items as u64
            ))),
            "Response: Success\r\nActionID: 1\r\nEventList: start\r\nMessage: Result will follow\r\n\r\n\
             Event: DBGetResponse\r\nKey: k\r\nActionID: 1\r\n\r\n\
             Event: DBGetComplete\r\nActionID: 1\r\nEventList: Complete\r\nListItems: 1\r\nItems: 1\r\n\r\n"
        );
    }

    #[test]
    fn nothing_a_client_says_ends_a_line_of_the_answer() {
        let request = Request::of("ActionID: x");
        assert_eq!(
            text(Reply::error(&request, "a\r\nEvent: b")),
            "Response: Error\r\nActionID: x\r\nMessage: a  Event: b\r\n\r\n"
        );
    }
}
