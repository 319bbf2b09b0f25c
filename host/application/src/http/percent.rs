//! What URLs and forms encode.

use std::borrow::Cow;

/// Fields a query or form may have; further ones are not read.
pub const FIELDS_MAX: usize = 256;

/// A segment of a path; none if what is encoded is no text.
pub fn decode(segment: &str) -> Option<Cow<'_, str>> {
    if !segment.contains('%') {
        return Some(Cow::Borrowed(segment));
    }
    let bytes = decode_bytes(segment, b'+')?;
    String::from_utf8(bytes)
        .ok()
        .filter(|text| !text.contains('\0'))
        .map(Cow::Owned)
}

/// The fields of a query or form, in order. What is not well encoded stands for itself.
pub fn fields(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty()).take(FIELDS_MAX);
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(key, value)| (field(key), field(value))).collect()
}

fn field(text: &str) -> String {
    if !text.contains(['%', '+']) {
        return text.to_owned();
    }
    match decode_bytes(text, b' ') {
        Some(bytes) => String::from_utf8_lossy(&bytes).replace('\0', ""),
        None => text.replace('+', " "),
    }
}

fn decode_bytes(text: &str, plus: u8) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let (high, low) = (hex(rest.next()?)?, hex(rest.next()?)?);
                high << 4 | low
            }
            b'+' => plus,
            other => other,
        });
    }
    Some(bytes)
}

fn hex(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

/// A segment as it stands in a path.
pub fn encode(segment: &str) -> String {
    let mut text = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push('%');
            for digit in [byte >> 4, byte & 15] {
                let digit = char::from_digit(u32::from(digit), 16).expect("a half byte is one digit");
                text.push(digit.to_ascii_uppercase());
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_and_fields_are_decoded_by_their_own_rules() {
        assert_eq!(decode("PJSIP%2Fa+b").as_deref(), Some("PJSIP/a+b"));
        assert_eq!(decode("%zz"), None);
        assert_eq!(decode("%00"), None);
        assert_eq!(decode("%ff"), None);
        let read = fields("a=1+2&b=%C3%A9&c&=d&e=%zz");
        let read: Vec<_> = read
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            read,
            [("a", "1 2"), ("b", "é"), ("c", ""), ("", "d"), ("e", "%zz")]
        );
    }

    #[test]
    fn what_goes_into_a_header_is_encoded() {
        assert_eq!(encode("/playbacks/a\r\nb c"), "/playbacks/a%0D%0Ab%20c");
    }
}
