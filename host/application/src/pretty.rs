//! Indents JSON that is written already, for operators who ask for it (`pretty = yes`).

use bytes::Bytes;

/// Blanks of one level.
const INDENT: &[u8] = b"  ";

/// The same value over several lines. The text must be well-formed JSON without blanks between its parts.
pub fn indent(text: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(text.len() * 2);
    let (mut depth, mut is_text, mut is_escaped) = (0_usize, false, false);
    let line = |out: &mut Vec<u8>, depth: usize| {
        out.push(b'\n');
        for _ in 0..depth {
            out.extend_from_slice(INDENT);
        }
    };
    for (at, byte) in text.iter().copied().enumerate() {
        if is_text {
            out.push(byte);
            is_text = is_escaped || byte != b'"';
            is_escaped = !is_escaped && byte == b'\\';
            continue;
        }
        let is_empty = matches!(text.get(at + 1), Some(b'}' | b']'));
        match byte {
            b'{' | b'[' => {
                out.push(byte);
                depth += 1;
                if !is_empty {
                    line(&mut out, depth);
                }
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if !matches!(out.last(), Some(b'{' | b'[')) {
                    line(&mut out, depth);
                }
                out.push(byte);
            }
            b',' => {
                out.push(byte);
                line(&mut out, depth);
            }
            b':' => out.extend_from_slice(b": "),
            other => {
                is_text = other == b'"';
                out.push(other);
            }
        }
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::indent;

    #[test]
    fn values_are_put_on_lines_and_texts_left_alone() {
        let text = indent(br#"{"a":[],"b":{"c":"x,{\"y\"}\\","d":[1,2]}}"#);
        let expected = "{\n  \"a\": [],\n  \"b\": {\n    \"c\": \"x,{\\\"y\\\"}\\\\\",\n    \"d\": [\n      1,\n      2\n    ]\n  }\n}";
        assert_eq!(std::str::from_utf8(&text), Ok(expected));
    }
}
