//! Which header fields a message has, in order, raw and typed.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;

use crate::digest::{Authorization, Challenge};
use crate::lex;
use crate::method::Method;
use crate::name::Name;
use crate::name_addr::NameAddr;
use crate::via::Via;

/// Why a header could not be read or built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderError {
    /// The header is not there.
    Missing(Name),
    /// The header is there but says nothing readable.
    Malformed(Name),
    /// The header may occur once and occurs more often.
    Repeated(Name),
    /// The value to be added holds CR, LF or NUL and would forge other headers.
    Forbidden(Name),
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "Missing {name} header"),
            Self::Malformed(name) => write!(f, "Malformed {name} header"),
            Self::Repeated(name) => write!(f, "Repeated {name} header"),
            Self::Forbidden(name) => write!(f, "Line break in {name} header"),
        }
    }
}

impl std::error::Error for HeaderError {}

/// A sequence number with its method (RFC 3261 section 20.16).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CSeq {
    /// Below 2^31.
    pub number: u32,
    pub method: Method,
}

impl fmt::Display for CSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.method)
    }
}

/// Ordered header fields; values are the received bytes, unfolded and trimmed, never holding CR or LF.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers {
    fields: Vec<(Name, Bytes)>,
}

impl Headers {
    /// No headers.
    pub const fn new() -> Self {
        Self { fields: Vec::new() }
    }

    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self {
            fields: Vec::with_capacity(capacity),
        }
    }

    /// How many header lines there are.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// All header lines in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Name, &[u8])> {
        self.fields.iter().map(|(name, value)| (name, &value[..]))
    }

    /// The first line's value.
    pub fn get(&self, name: &Name) -> Option<&[u8]> {
        self.all(name).next()
    }

    /// The first line's value as text; bytes that are not UTF-8 are read as Latin-1.
    pub fn text(&self, name: &Name) -> Option<Cow<'_, str>> {
        self.get(name).map(lex::text)
    }

    /// The values of all lines of that name.
    pub fn all(&self, name: &Name) -> impl Iterator<Item = &[u8]> {
        self.fields
            .iter()
            .filter(move |(own, _)| own == name)
            .map(|(_, value)| &value[..])
    }

    /// Whether there is such a line.
    pub fn has(&self, name: &Name) -> bool {
        self.get(name).is_some()
    }

    /// Adds a line at the end; refuses CR, LF and NUL.
    pub fn push(&mut self, name: Name, value: impl AsRef<[u8]>) -> Result<(), HeaderError> {
        let field = checked(name, value.as_ref())?;
        self.fields.push(field);
        Ok(())
    }

    /// Adds a line before all others; refuses CR, LF and NUL.
    pub fn push_front(&mut self, name: Name, value: impl AsRef<[u8]>) -> Result<(), HeaderError> {
        let field = checked(name, value.as_ref())?;
        self.fields.insert(0, field);
        Ok(())
    }

    /// Replaces all lines of that name by one, in the first one's place; refuses CR, LF and NUL.
    pub fn set(&mut self, name: Name, value: impl AsRef<[u8]>) -> Result<(), HeaderError> {
        let field = checked(name, value.as_ref())?;
        match self.fields.iter().position(|(own, _)| *own == field.0) {
            None => self.fields.push(field),
            Some(first) => {
                let name = field.0.clone();
                self.fields[first] = field;
                let mut at = 0;
                self.fields.retain(|(own, _)| {
                    at += 1;
                    at - 1 == first || *own != name
                });
            }
        }
        Ok(())
    }

    /// Takes all lines of that name away and returns whether there were any.
    pub fn remove(&mut self, name: &Name) -> bool {
        let before = self.fields.len();
        self.fields.retain(|(own, _)| own != name);
        self.fields.len() != before
    }

    /// Appends every line of that name from another message, byte for byte.
    pub fn copy(&mut self, name: &Name, source: &Self) {
        self.fields
            .extend(source.fields.iter().filter(|(own, _)| own == name).cloned());
    }

    /// Appends bytes without CR and LF to the first line of that name.
    pub(crate) fn append_to_value(&mut self, name: &Name, tail: &[u8]) {
        if let Some((_, value)) = self.fields.iter_mut().find(|(own, _)| own == name)
            && !tail.iter().any(|byte| matches!(byte, b'\r' | b'\n'))
        {
            *value = [&value[..], tail].concat().into();
        }
    }

    /// Adds a line the parser has already checked.
    pub(crate) fn push_parsed(&mut self, name: Name, value: Bytes) {
        self.fields.push((name, value));
    }

    /// The one value of a header that may occur only once, as text.
    fn single(&self, name: &Name) -> Result<Cow<'_, str>, HeaderError> {
        let mut all = self.all(name);
        let first = all.next().ok_or_else(|| HeaderError::Missing(name.clone()))?;
        match all.next() {
            None => Ok(lex::text(first)),
            Some(_) => Err(HeaderError::Repeated(name.clone())),
        }
    }

    /// The values of all lines of that name, comma lists taken apart; an empty element or open quote is an error.
    pub fn values<T>(&self, name: &Name, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, HeaderError> {
        let malformed = || HeaderError::Malformed(name.clone());
        let mut found = Vec::new();
        for line in self.all(name) {
            for value in lex::values(&lex::text(line)) {
                found.push(parse(value.map_err(|()| malformed())?).ok_or_else(malformed)?);
            }
        }
        Ok(found)
    }

    /// The tokens of a list header such as Supported, Require or Allow; empty elements are passed over.
    pub fn tokens(&self, name: &Name) -> Vec<String> {
        let lines = self.all(name).map(lex::text);
        lines
            .flat_map(|line| {
                line.split(',')
                    .map(|token| lex::trim(token).to_owned())
                    .collect::<Vec<_>>()
            })
            .filter(|token| !token.is_empty())
            .collect()
    }

    /// Whether a list header holds the token, without regard to case.
    pub fn has_token(&self, name: &Name, token: &str) -> bool {
        self.tokens(name)
            .iter()
            .any(|own| own.eq_ignore_ascii_case(token))
    }

    /// The topmost Via.
    pub fn via(&self) -> Result<Via, HeaderError> {
        let line = self.get(&Name::Via).ok_or(HeaderError::Missing(Name::Via))?;
        let text = lex::text(line);
        let first = lex::values(&text).next().and_then(Result::ok);
        first
            .and_then(Via::parse)
            .ok_or(HeaderError::Malformed(Name::Via))
    }

    /// All Vias, topmost first.
    pub fn vias(&self) -> Result<Vec<Via>, HeaderError> {
        self.values(&Name::Via, Via::parse)
    }

    /// Replaces the topmost Via and leaves all others, also those joined to it by a comma, as they are.
    pub fn set_top_via(&mut self, via: &Via) -> Result<(), HeaderError> {
        let at = self.top_via_line()?;
        let mut value = via.to_string().into_bytes();
        if let Some(rest) = self.after_top_via(at)? {
            value.extend_from_slice(b", ");
            value.extend_from_slice(&rest);
        }
        self.fields[at] = checked(Name::Via, &value)?;
        Ok(())
    }

    /// Takes the topmost Via away, as a proxy or B2BUA does with a response.
    pub fn remove_top_via(&mut self) -> Result<(), HeaderError> {
        let at = self.top_via_line()?;
        match self.after_top_via(at)? {
            None => {
                self.fields.remove(at);
            }
            Some(rest) => self.fields[at].1 = rest,
        }
        Ok(())
    }

    fn top_via_line(&self) -> Result<usize, HeaderError> {
        let at = self.fields.iter().position(|(name, _)| *name == Name::Via);
        at.ok_or(HeaderError::Missing(Name::Via))
    }

    /// What follows the first value of a Via line; Via values hold only ASCII commas, so bytes can be cut.
    fn after_top_via(&self, at: usize) -> Result<Option<Bytes>, HeaderError> {
        let line = &self.fields[at].1;
        let Ok(text) = std::str::from_utf8(line) else {
            return Ok(None);
        };
        let first = lex::values(text).next().and_then(Result::ok);
        let first = first.ok_or(HeaderError::Malformed(Name::Via))?;
        let comma = text[first.len()..].find(',').map(|comma| comma + first.len());
        Ok(comma.map(|comma| line.slice_ref(lex::trim_bytes(&line[comma + 1..]))))
    }

    /// The From address.
    pub fn from(&self) -> Result<NameAddr, HeaderError> {
        self.address(Name::From)
    }

    /// The To address.
    pub fn to(&self) -> Result<NameAddr, HeaderError> {
        self.address(Name::To)
    }

    /// The one address of a header such as From, To, Refer-To or Referred-By.
    pub fn address(&self, name: Name) -> Result<NameAddr, HeaderError> {
        let parsed = NameAddr::parse(&self.single(&name)?);
        parsed.ok_or(HeaderError::Malformed(name))
    }

    /// The Call-ID as received.
    pub fn call_id(&self) -> Result<Cow<'_, str>, HeaderError> {
        let text = self.single(&Name::CallId)?;
        if text.is_empty() || text.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
            return Err(HeaderError::Malformed(Name::CallId));
        }
        Ok(text)
    }

    /// The sequence number and its method.
    pub fn cseq(&self) -> Result<CSeq, HeaderError> {
        let text = self.single(&Name::CSeq)?;
        parse_cseq(&text).ok_or(HeaderError::Malformed(Name::CSeq))
    }

    /// All Contact addresses; empty when the Contact is `*` (see [`Self::is_contact_wildcard`]).
    pub fn contacts(&self) -> Result<Vec<NameAddr>, HeaderError> {
        if self.is_contact_wildcard() {
            return Ok(Vec::new());
        }
        self.values(&Name::Contact, NameAddr::parse)
    }

    /// The first Contact.
    pub fn contact(&self) -> Result<NameAddr, HeaderError> {
        self.contacts()?
            .into_iter()
            .next()
            .ok_or(HeaderError::Missing(Name::Contact))
    }

    /// Whether the Contact is `*`, which removes all registrations (RFC 3261 section 10.2.2).
    pub fn is_contact_wildcard(&self) -> bool {
        self.all(&Name::Contact).any(|value| value == b"*")
    }

    /// The Route set, first hop first.
    pub fn routes(&self) -> Result<Vec<NameAddr>, HeaderError> {
        self.values(&Name::Route, NameAddr::parse)
    }

    /// The Record-Route set as received.
    pub fn record_routes(&self) -> Result<Vec<NameAddr>, HeaderError> {
        self.values(&Name::RecordRoute, NameAddr::parse)
    }

    /// Max-Forwards; `Ok(None)` when absent, an error above 255.
    pub fn max_forwards(&self) -> Result<Option<u8>, HeaderError> {
        let number = self.number(Name::MaxForwards)?;
        number
            .map(u8::try_from)
            .transpose()
            .map_err(|_| HeaderError::Malformed(Name::MaxForwards))
    }

    /// Content-Length in bytes; `Ok(None)` when absent.
    pub fn content_length(&self) -> Result<Option<u32>, HeaderError> {
        self.number(Name::ContentLength)
    }

    /// Expires in seconds; `Ok(None)` when absent.
    pub fn expires(&self) -> Result<Option<u32>, HeaderError> {
        self.number(Name::Expires)
    }

    /// The number in a header that holds just one; `Ok(None)` when absent.
    pub fn number(&self, name: Name) -> Result<Option<u32>, HeaderError> {
        match self.single(&name) {
            Err(HeaderError::Missing(_)) => Ok(None),
            Err(error) => Err(error),
            Ok(text) => match lex::number(&text) {
                Some(number) => Ok(Some(number)),
                None => Err(HeaderError::Malformed(name)),
            },
        }
    }

    /// The digest answers in Authorization or Proxy-Authorization; other schemes and broken ones are passed over.
    pub fn authorizations(&self, name: &Name) -> Vec<Authorization> {
        self.all(name)
            .filter_map(|value| Authorization::parse(&lex::text(value)))
            .collect()
    }

    /// The digest challenges in WWW-Authenticate or Proxy-Authenticate; those not spoken here are passed over.
    pub fn challenges(&self, name: &Name) -> Vec<Challenge> {
        self.all(name)
            .filter_map(|value| Challenge::parse(&lex::text(value)))
            .collect()
    }

    /// The media type of the body in lower case without parameters, such as `application/sdp`.
    pub fn content_type(&self) -> Option<String> {
        let text = self.text(&Name::ContentType)?;
        let media_type = text.split(';').next().unwrap_or("");
        let parts = media_type.split('/').map(lex::trim).collect::<Vec<_>>();
        Some(parts.join("/").to_ascii_lowercase())
    }
}

fn checked(name: Name, value: &[u8]) -> Result<(Name, Bytes), HeaderError> {
    if value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
        return Err(HeaderError::Forbidden(name));
    }
    Ok((name, Bytes::copy_from_slice(lex::trim_bytes(value))))
}

fn parse_cseq(text: &str) -> Option<CSeq> {
    let text = lex::trim(text);
    let (number, method) = text.split_at(text.find([' ', '\t'])?);
    let number = lex::number(number).filter(|number| *number <= i32::MAX.cast_unsigned())?;
    Some(CSeq {
        number,
        method: Method::parse(lex::trim(method))?,
    })
}

#[cfg(test)]
mod tests;
