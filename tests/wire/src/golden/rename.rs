//! Ids that differ from run to run, renamed by what they are of: the first channel of `PJSIP/alice` is called so in
//! both conversations, whatever its number was.

use std::collections::BTreeMap;

/// New names of ids.
#[derive(Debug, Default)]
pub(crate) struct Names {
    by_id: BTreeMap<String, String>,
    counts: BTreeMap<String, usize>,
}

impl Names {
    /// Learns of a channel: its name and its uniqueid.
    pub fn channel(&mut self, name: &str, uniqueid: &str) {
        if !self.by_id.contains_key(name) {
            // A channel that listens to another one carries that one's id in its name.
            let base = self.renamed(&base(name));
            let new = self.numbered(&base);
            self.by_id.insert(name.to_owned(), new);
        }
        if let Some(new) = self.by_id.get(name)
            && !uniqueid.is_empty()
            && uniqueid != "none"
        {
            let new = format!("id({new})");
            self.by_id.entry(uniqueid.to_owned()).or_insert(new);
        }
    }

    /// Learns of a bridge, which is called after the channel that came first.
    pub fn bridge(&mut self, uniqueid: &str, first: Option<&str>) {
        if !self.by_id.contains_key(uniqueid) && !uniqueid.is_empty() {
            let of = first.map_or("nobody".to_owned(), |first| self.renamed(first));
            let new = self.numbered(&format!("bridge of {of}"));
            self.by_id.insert(uniqueid.to_owned(), new);
        }
    }

    /// Learns of another id, which is called after its kind.
    pub fn other(&mut self, kind: &str, id: &str) {
        if !self.by_id.contains_key(id) && !id.is_empty() {
            let new = self.numbered(kind);
            self.by_id.insert(id.to_owned(), new);
        }
    }

    fn numbered(&mut self, base: &str) -> String {
        let count = self.counts.entry(base.to_owned()).or_default();
        *count += 1;
        format!("{base}#{count}")
    }

    /// A value with every id in it renamed.
    pub fn renamed(&self, value: &str) -> String {
        if let Some(new) = self.by_id.get(value) {
            return new.clone();
        }
        // Ids a client chose may be short words; only those the host makes are looked for inside other text.
        let mut inside: Vec<(&String, &String)> = self
            .by_id
            .iter()
            .filter(|(id, _)| is_made_by_host(id) && value.contains(id.as_str()))
            .collect();
        inside.sort_by_key(|(id, _)| std::cmp::Reverse(id.len()));
        let mut text = value.to_owned();
        for (at, (id, _)) in inside.iter().enumerate() {
            text = text.replace(id.as_str(), &format!("\u{1}{at}\u{2}"));
        }
        for (at, (_, new)) in inside.iter().enumerate() {
            text = text.replace(&format!("\u{1}{at}\u{2}"), new);
        }
        text
    }
}

/// `PJSIP/alice` of `PJSIP/alice-0000001f`, `Local/1002@gold;1` of `Local/1002@gold-00000003;1`.
pub(crate) fn base(name: &str) -> String {
    let (front, half) = name
        .split_once(';')
        .map_or((name, ""), |(front, _)| (front, &name[front.len()..]));
    match front.rsplit_once('-') {
        Some((base, counter)) if is_counter(counter) => format!("{base}{half}"),
        _ => name.to_owned(),
    }
}

/// Eight digits, or an address of the host's memory.
fn is_counter(text: &str) -> bool {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let is_long = digits.len() == 8 || digits.len() < text.len();
    is_long && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether an id looks like `206de9e0-eced-4c24-a4da-141b774eff1a`.
pub(crate) fn is_uuid(id: &str) -> bool {
    let is_hex = |b: u8| b.is_ascii_hexdigit() || b == b'-';
    id.len() == 36 && id.bytes().all(is_hex) && id.matches('-').count() == 4
}

fn is_made_by_host(id: &str) -> bool {
    let is_uniqueid = id.split_once('.').is_some_and(|(epoch, n)| {
        epoch.len() >= 9 && (epoch.to_owned() + n).bytes().all(|b| b.is_ascii_digit())
    });
    is_uniqueid || is_uuid(id) || base(id) != id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_channels_get_the_same_names() {
        let mut names = Names::default();
        names.channel("PJSIP/alice-00000007", "1795358289.12");
        names.channel("PJSIP/alice-00000009", "leg-b");
        names.channel("Local/1@gold-00000000;2", "1795358289.1");
        assert_eq!(names.renamed("PJSIP/alice-00000007"), "PJSIP/alice#1");
        assert_eq!(names.renamed("leg-b"), "id(PJSIP/alice#2)");
        assert_eq!(names.renamed("a leg-b here"), "a leg-b here");
        assert_eq!(
            names.renamed("x 1795358289.12 y 1795358289.1"),
            "x id(PJSIP/alice#1) y id(Local/1@gold;2#1)"
        );
        names.bridge("b-1", Some("PJSIP/alice-00000007"));
        assert_eq!(names.renamed("b-1"), "bridge of PJSIP/alice#1#1");
    }

    #[test]
    fn counters_are_cut_off() {
        assert_eq!(base("PJSIP/a-b-0000001f"), "PJSIP/a-b");
        assert_eq!(base("Local/1002@gold-00000003;1"), "Local/1002@gold;1");
        assert_eq!(
            base("UnicastRTP/127.0.0.1:10060-0x7f5a8c00b430"),
            "UnicastRTP/127.0.0.1:10060"
        );
        assert_eq!(base("PJSIP/bob"), "PJSIP/bob");
    }
}
