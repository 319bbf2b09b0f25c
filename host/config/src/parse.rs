//! Reads a file and everything it includes into a [`Config`].

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Diagnostics, Origin};
use crate::header::{self, Header};
use crate::line::{Comments, Line, classify, trim};
use crate::model::{Config, Entry, Operator, Section};
use crate::source::{MemorySource, Source, is_pattern, plain_path};

/// How much one reading may take in. Where a limit is reached, an error says so and the rest is left out.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Files inside files, the first not counted.
    pub include_depth: usize,
    /// Files read in all; a file included twice counts twice.
    pub files: usize,
    /// Bytes of all files together.
    pub input_bytes: usize,
    /// Bytes of one line.
    pub line_bytes: usize,
    /// Bytes of a value put together by `+=`.
    pub value_bytes: usize,
    /// Sections in all.
    pub sections: usize,
    /// Entries in all, inherited copies among them.
    pub entries: usize,
    /// Bytes of all keys and values together, inherited copies among them.
    pub entry_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            include_depth: 10,
            files: 10_000,
            input_bytes: 64 * 1024 * 1024,
            line_bytes: 64 * 1024,
            value_bytes: 1024 * 1024,
            sections: 500_000,
            entries: 2_000_000,
            entry_bytes: 256 * 1024 * 1024,
        }
    }
}

/// Reads a file of a source with everything it includes. Whatever is wrong becomes a diagnostic;
/// what is right is in the configuration all the same.
pub fn parse(source: &dyn Source, path: &str) -> (Config, Vec<Diagnostic>) {
    parse_with(source, path, &Limits::default())
}

/// Reads a text that stands for a file of this name.
pub fn parse_text(name: &str, text: &str) -> (Config, Vec<Diagnostic>) {
    parse(&MemorySource::new().with(name, text), name)
}

/// Reads a file under limits of the caller's choice.
pub fn parse_with(source: &dyn Source, path: &str, limits: &Limits) -> (Config, Vec<Diagnostic>) {
    let mut parser = Parser {
        source,
        limits,
        config: Config::default(),
        current: Current::Nothing,
        diagnostics: Diagnostics::default(),
        stack: Vec::new(),
        input_bytes: 0,
        entries: 0,
        entry_bytes: 0,
        full: false,
    };
    let origin = Origin::new(path, 0);
    match source.read(path) {
        Ok(content) => {
            parser.config.found = true;
            parser.file(path, &content, &origin);
        }
        Err(error) => parser
            .diagnostics
            .error(&origin, format!("the file cannot be read: {error}")),
    }
    let mut config = parser.config;
    config.diagnostics = parser.diagnostics.into_vec();
    let diagnostics = config.diagnostics.clone();
    (config, diagnostics)
}

/// Where the next setting goes.
#[derive(Debug, Clone, Copy)]
enum Current {
    /// No header yet.
    Nothing,
    /// The header was refused; its settings go with it.
    Refused,
    Section(usize),
}

struct Parser<'a> {
    source: &'a dyn Source,
    limits: &'a Limits,
    config: Config,
    current: Current,
    diagnostics: Diagnostics,
    /// The files being read, outermost first.
    stack: Vec<String>,
    input_bytes: usize,
    entries: usize,
    entry_bytes: usize,
    /// A limit on the whole was reached; nothing more is taken in.
    full: bool,
}

impl Parser<'_> {
    fn file(&mut self, path: &str, content: &[u8], asked_at: &Origin) {
        self.input_bytes = self.input_bytes.saturating_add(content.len());
        if self.config.files.len() >= self.limits.files || self.input_bytes > self.limits.input_bytes {
            return self.stop(asked_at, "the configuration is too large");
        }
        if content.starts_with(&[0xff, 0xfe]) || content.starts_with(&[0xfe, 0xff]) {
            let message = "the file is written in UTF-16; only UTF-8 is read";
            return self.diagnostics.error(&Origin::new(path, 1), message);
        }
        self.stack.push(plain_path(path));
        self.config.files.push(path.to_owned());
        let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
        self.lines(&Arc::from(path), content);
        self.stack.pop();
    }

    fn lines(&mut self, file: &Arc<str>, content: &[u8]) {
        let mut comments = Comments::default();
        let mut opened_at = 0;
        let mut lossy = false;
        for (number, bytes) in (1..).zip(content.split(|byte| *byte == b'\n')) {
            if self.full {
                return;
            }
            let origin = Origin {
                file: file.clone(),
                line: number,
            };
            if bytes.len() > self.limits.line_bytes {
                let message = format!("the line is longer than {} bytes", self.limits.line_bytes);
                self.diagnostics.error(&origin, message);
                continue;
            }
            let text = String::from_utf8_lossy(bytes);
            if !lossy && std::str::from_utf8(bytes).is_err() {
                lossy = true;
                let message = "the file is not UTF-8 here; each foreign byte is read as \u{fffd}";
                self.diagnostics.warning(&origin, message);
            }
            let was_open = comments.is_open();
            let line = comments.strip(&text);
            if comments.is_open() && !was_open {
                opened_at = number;
            }
            self.line(&line, &origin);
        }
        if comments.is_open() {
            let message = "the comment opened with ;-- is never closed with --;";
            self.diagnostics.warning(
                &Origin {
                    file: file.clone(),
                    line: opened_at,
                },
                message,
            );
        }
    }

    fn line(&mut self, line: &str, origin: &Origin) {
        match classify(line) {
            Line::Blank => {}
            Line::Header(line) => self.header(line, origin),
            Line::Directive { word, rest } => self.directive(word, rest, origin),
            Line::Setting { key: "", .. } => self.diagnostics.warning(origin, "no key stands before the ="),
            Line::Setting { key, value, operator } => {
                let entry = Entry {
                    key: key.to_owned(),
                    value: value.to_owned(),
                    operator,
                    origin: origin.clone(),
                    inherited: false,
                };
                self.setting(entry);
            }
            Line::Unclear(text) => {
                let message = format!("'{}' has no = between a key and a value", shorten(text));
                self.diagnostics.warning(origin, message);
            }
        }
    }

    fn header(&mut self, line: &str, origin: &Origin) {
        self.current = Current::Refused;
        let header = match header::parse(line) {
            Ok(header) => header,
            Err(message) => return self.diagnostics.error(origin, message),
        };
        if let Some(trailing) = header.trailing {
            let message = format!(
                "'{}' behind the section's header has no meaning",
                shorten(trailing)
            );
            self.diagnostics.warning(origin, message);
        }
        let Some(templates) = self.templates(&header, origin) else {
            return;
        };
        let Some(target) = self.target(&header, origin) else {
            return;
        };
        for template in templates {
            self.inherit(target, template, origin);
        }
        self.current = Current::Section(target);
    }

    /// The sections a header inherits from; none when one of them does not exist.
    fn templates(&mut self, header: &Header<'_>, origin: &Origin) -> Option<Vec<usize>> {
        let mut found = Vec::new();
        for template in &header.templates {
            let Some(&position) = self.config.by_name.get(*template).and_then(|all| all.first()) else {
                let name = header.name;
                let message = format!(
                    "[{name}] inherits from [{template}], which is not defined above; it is left out"
                );
                self.diagnostics.error(origin, message);
                return None;
            };
            found.push(position);
        }
        Some(found)
    }

    /// The section a header opens: a new one, or for `(+)` the first it fits.
    fn target(&mut self, header: &Header<'_>, origin: &Origin) -> Option<usize> {
        let name = header.name;
        let Some(qualifier) = &header.append else {
            return self.new_section(header, origin);
        };
        let positions = self.config.by_name.get(name).map_or(&[][..], Vec::as_slice);
        let fits = |position: &&usize| qualifier.admits(&self.config.sections[**position]);
        let Some(&target) = positions.iter().find(fits) else {
            let message = format!("[{name}](+) adds to a section that is not defined above; it is left out");
            self.diagnostics.error(origin, message);
            return None;
        };
        let section = &mut self.config.sections[target];
        section.template |= header.template;
        section
            .templates
            .extend(header.templates.iter().map(|&name| name.to_owned()));
        Some(target)
    }

    fn new_section(&mut self, header: &Header<'_>, origin: &Origin) -> Option<usize> {
        let position = self.config.sections.len();
        if position >= self.limits.sections {
            self.stop(origin, "there are too many sections");
            return None;
        }
        self.config.sections.push(Section {
            name: header.name.to_owned(),
            template: header.template,
            templates: header.templates.iter().map(|&name| name.to_owned()).collect(),
            origin: origin.clone(),
            entries: Vec::new(),
        });
        self.config
            .by_name
            .entry(header.name.to_owned())
            .or_default()
            .push(position);
        Some(position)
    }

    fn inherit(&mut self, target: usize, template: usize, origin: &Origin) {
        let count = self.config.sections[template].entries.len();
        for index in 0..count {
            let source = &self.config.sections[template].entries[index];
            if !self.take_room(source.key.len() + source.value.len(), origin) {
                return;
            }
            let entry = Entry {
                inherited: true,
                ..self.config.sections[template].entries[index].clone()
            };
            self.config.sections[target].entries.push(entry);
        }
    }

    fn setting(&mut self, mut entry: Entry) {
        let section = match self.current {
            Current::Section(position) => position,
            Current::Refused => return,
            Current::Nothing => {
                let message = format!("'{}' stands before the first [section]", shorten(&entry.key));
                return self.diagnostics.error(&entry.origin, message);
            }
        };
        let entries = &self.config.sections[section].entries;
        let earlier = match entry.operator {
            Operator::Append => entries.iter().rposition(|earlier| earlier.has_key(&entry.key)),
            Operator::Assign | Operator::Object => None,
        };
        if let Some(earlier) = earlier {
            entry.value.insert_str(0, &entries[earlier].value);
            if entry.value.len() > self.limits.value_bytes {
                let message = format!(
                    "'{}' grows longer than {} bytes",
                    entry.key, self.limits.value_bytes
                );
                return self.diagnostics.error(&entry.origin, message);
            }
        }
        if !self.take_room(entry.key.len() + entry.value.len(), &entry.origin.clone()) {
            return;
        }
        let entries = &mut self.config.sections[section].entries;
        match earlier {
            Some(earlier) => entries[earlier] = entry,
            None => entries.push(entry),
        }
    }

    /// Counts an entry of this size; false when there is no room for it.
    fn take_room(&mut self, bytes: usize, origin: &Origin) -> bool {
        self.entries += 1;
        self.entry_bytes = self.entry_bytes.saturating_add(bytes);
        if self.entries > self.limits.entries || self.entry_bytes > self.limits.entry_bytes {
            self.stop(origin, "there are too many settings");
            return false;
        }
        true
    }

    fn directive(&mut self, word: &str, rest: &str, origin: &Origin) {
        let required = match word.to_ascii_lowercase().as_str() {
            "include" => true,
            "tryinclude" => false,
            "exec" => {
                let message = "#exec is refused: this host runs no programs to read its configuration";
                return self.diagnostics.error(origin, message);
            }
            _ => {
                let message = format!("#{} is not a directive; the line is ignored", shorten(word));
                return self.diagnostics.warning(origin, message);
            }
        };
        let path = unquote(rest);
        if path.is_empty() {
            return self
                .diagnostics
                .error(origin, format!("#{word} needs the name of a file"));
        }
        if !is_pattern(path) {
            return self.include(path, required, origin);
        }
        let found = self.source.glob(path);
        if found.is_empty() && required {
            self.diagnostics
                .warning(origin, format!("no file matches '{path}'"));
        }
        for path in found {
            self.include(&path, required, origin);
        }
    }

    fn include(&mut self, path: &str, required: bool, origin: &Origin) {
        if self.full {
            return;
        }
        if self.stack.contains(&plain_path(path)) {
            return self
                .diagnostics
                .error(origin, format!("'{path}' includes itself; it is not read again"));
        }
        if self.stack.len() > self.limits.include_depth {
            let message = format!("includes are nested more than {} deep", self.limits.include_depth);
            return self.diagnostics.error(origin, message);
        }
        match self.source.read(path) {
            Ok(content) => self.file(path, &content, origin),
            Err(_) if !required => {}
            Err(error) => {
                self.diagnostics.error(
                    origin,
                    format!("the included file '{path}' cannot be read: {error}"),
                );
            }
        }
    }

    fn stop(&mut self, origin: &Origin, reason: &str) {
        self.full = true;
        self.diagnostics
            .error(origin, format!("{reason}; what follows is not read"));
    }
}

/// The file name of an include: `"a"`, `<a>` or bare.
fn unquote(text: &str) -> &str {
    let quoted = |open: char, close: char| text.strip_prefix(open)?.split_once(close).map(|(name, _)| name);
    trim(quoted('"', '"').or_else(|| quoted('<', '>')).unwrap_or(text))
}

/// The start of a text, short enough for a sentence.
fn shorten(text: &str) -> &str {
    match text.char_indices().nth(60) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}
