//! Makes a dialplan of extensions.conf, with everything that is wrong in it by file and line.

use crate::calendar::TimeSpec;
use crate::context::{Collision, Content, IgnorePattern, Include, NewRow, Switch};
use crate::pattern::Pattern;
use crate::plan::Dialplan;
use crate::row_text::{Base, Call, CallFlaw, PriorityText};
use crate::substitute::{FunctionError, Problem, Scope, substitute};
use std::collections::BTreeMap;
use std::sync::Arc;
use ucx_config::{Config, Diagnostic, Diagnostics, Entry, Origin, Section};

/// Who created what comes from the file.
pub const REGISTRAR: &str = "pbx_config";

/// Reads the sections of extensions.conf. What is wrong is left out or read as the field reads it, and told.
///
/// The diagnostics of the configuration language itself are not repeated here.
pub fn load(config: &Config) -> (Dialplan, Vec<Diagnostic>) {
    let mut loader = Loader::default();
    for section in config.sections_named("general") {
        section.entries.iter().for_each(|entry| loader.general(entry));
    }
    for section in config.sections_named("globals") {
        section.entries.iter().for_each(|entry| loader.global(entry));
    }
    let is_context = |section: &&Section| !matches!(section.name.as_str(), "general" | "globals");
    config
        .sections()
        .filter(is_context)
        .for_each(|section| loader.context(section));
    loader.check_includes();
    (loader.plan, loader.told.into_vec())
}

#[derive(Default)]
struct Loader {
    plan: Dialplan,
    globals: BTreeMap<String, String>,
    told: Diagnostics,
}

/// What `n`, `s` and `same` refer to within one section.
struct Cursor<'a> {
    context: &'a str,
    exten: Option<Name>,
    priority: Option<u32>,
}

#[derive(Clone)]
struct Name {
    exten: String,
    caller_id: Option<String>,
}

impl Loader {
    fn error(&mut self, origin: &Origin, message: impl Into<String>) {
        self.told.push(Diagnostic::error(origin, message));
    }

    fn warning(&mut self, origin: &Origin, message: impl Into<String>) {
        self.told.push(Diagnostic::warning(origin, message));
    }

    fn general(&mut self, entry: &Entry) {
        let settings = &mut self.plan.settings;
        let flag = match entry.key.to_ascii_lowercase().as_str() {
            "static" => &mut settings.is_static,
            "writeprotect" => &mut settings.writeprotect,
            "autofallthrough" => &mut settings.autofallthrough,
            "clearglobalvars" => &mut settings.clearglobalvars,
            "userscontext" => return settings.userscontext.clone_from(&entry.value),
            // There is one way of matching here, and it is quicker than either of the field's.
            "extenpatternmatchnew" => return,
            "overrideswitch" => {
                let message = "option 'overrideswitch' is not honoured: this host asks no other dialplan";
                return self.warning(&entry.origin, message);
            }
            _ => return self.warning(&entry.origin, format!("option '{}' is not known", entry.key)),
        };
        match entry.boolean() {
            Ok(on) => *flag = on,
            Err(diagnostic) => self.told.push(diagnostic),
        }
    }

    fn global(&mut self, entry: &Entry) {
        let value = self.substituted(&entry.value, &entry.origin);
        self.plan
            .globals
            .push((entry.key.as_str().into(), value.as_str().into()));
        self.globals.insert(entry.key.clone(), value);
    }

    fn context(&mut self, section: &Section) {
        self.plan.context_mut(&section.name, REGISTRAR);
        let mut cursor = Cursor {
            context: &section.name,
            exten: None,
            priority: None,
        };
        for entry in &section.entries {
            let (context, origin) = (section.name.as_str(), &entry.origin);
            match entry.key.to_ascii_lowercase().as_str() {
                "exten" => self.exten(&mut cursor, &entry.value, origin),
                "same" => self.same(&mut cursor, &entry.value, origin),
                "include" => self.include(context, &entry.value, origin),
                "ignorepat" => self.ignore_pattern(context, &entry.value, origin),
                statement @ ("switch" | "lswitch" | "eswitch") => {
                    self.switch(context, statement, &entry.value, origin);
                }
                "autohints" => match entry.boolean() {
                    Ok(on) => self.plan.context_mut(context, REGISTRAR).has_autohints = on,
                    Err(diagnostic) => self.told.push(diagnostic),
                },
                _ => self.warning(origin, format!("'{}' is no statement of a context", entry.key)),
            }
        }
    }

    fn exten(&mut self, cursor: &mut Cursor<'_>, text: &str, origin: &Origin) {
        cursor.exten = None;
        let comma = match text.find(',') {
            Some(comma) if text[..comma].contains("${") => crate::arguments::first_outside(text, b','),
            found => found,
        };
        let Some(comma) = comma else {
            return self.error(origin, "an extension needs a name, a priority and an application");
        };
        let written = self.substituted(text[..comma].trim(), origin);
        let name = match written.split_once('/') {
            Some((exten, caller_id)) => Name {
                exten: exten.trim().to_owned(),
                caller_id: Some(caller_id.trim().to_owned()),
            },
            None => Name {
                exten: written,
                caller_id: None,
            },
        };
        match Pattern::parse(&name.exten) {
            Err(error) => return self.error(origin, format!("bad extension '{}': {error}", name.exten)),
            Ok(pattern) if pattern.has_ignored_tail() => {
                let message = format!(
                    "what follows '.' or '!' in pattern '{}' has no effect",
                    name.exten
                );
                self.warning(origin, message);
            }
            Ok(_) => {}
        }
        cursor.exten = Some(name);
        self.row(cursor, &text[comma + 1..], origin);
    }

    fn same(&mut self, cursor: &mut Cursor<'_>, text: &str, origin: &Origin) {
        match cursor.exten {
            Some(_) => self.row(cursor, text, origin),
            None => self.error(origin, "'same' without an 'exten' before it"),
        }
    }

    /// Adds what follows the name: `priority(label),App(arguments)`.
    fn row(&mut self, cursor: &mut Cursor<'_>, text: &str, origin: &Origin) {
        let (priority_text, call) = text.split_once(',').unwrap_or((text, ""));
        let Some(priority) = PriorityText::parse(priority_text) else {
            return self.error(origin, format!("'{}' is no priority", priority_text.trim()));
        };
        if !priority.is_label_closed {
            self.error(origin, "the label has no closing parenthesis");
        }
        let Some(name) = cursor.exten.clone() else { return };
        if priority.base == Base::Hint {
            return self.add(cursor.context, &name, Content::Hint(call.trim()), origin);
        }
        let Some(number) = self.number(cursor, &priority, origin) else {
            return;
        };
        cursor.priority = Some(number);
        let call = Call::parse(call);
        match call.flaw {
            None => {}
            Some(CallFlaw::MissingParenthesis) => {
                self.error(
                    origin,
                    format!(
                        "the arguments of '{}' have no closing parenthesis",
                        call.application
                    ),
                );
            }
            Some(CallFlaw::TextBehindParenthesis) => {
                self.warning(origin, "what follows the closing parenthesis has no effect");
            }
        }
        if call.application.is_empty() {
            return self.error(origin, format!("priority {number} names no application"));
        }
        if priority.base == Base::Next && !self.has_rows(cursor.context, &name) {
            let message = format!(
                "extension '{}' begins with priority {number} instead of 1",
                name.exten
            );
            self.warning(origin, message);
        }
        let (application, arguments) = (call.application, call.arguments);
        let content = Content::Priority {
            number,
            label: priority.label,
            application,
            arguments,
        };
        self.add(cursor.context, &name, content, origin);
    }

    fn number(&mut self, cursor: &Cursor<'_>, priority: &PriorityText<'_>, origin: &Origin) -> Option<u32> {
        let base = match (priority.base, cursor.priority) {
            (Base::Number(number), _) => Some(number),
            (Base::Next, Some(last)) => last.checked_add(1),
            (Base::Same, Some(last)) => Some(last),
            (Base::Next | Base::Same, None) => {
                self.error(
                    origin,
                    "the first priority of a context is a number, not relative to another",
                );
                return None;
            }
            (Base::Hint, _) => None,
        };
        let number = base.and_then(|base| base.checked_add(priority.plus));
        if number.is_none() {
            self.error(origin, "the priority is too large");
        }
        number
    }

    fn add(&mut self, context: &str, name: &Name, content: Content<'_>, origin: &Origin) {
        let new = NewRow {
            exten: &name.exten,
            caller_id: name.caller_id.as_deref(),
            content,
            origin: Some(origin.clone()),
            registrar: REGISTRAR,
            collision: Collision::Refuse,
        };
        if let Err(error) = self.plan.add(context, &new) {
            self.error(
                origin,
                format!("extension '{}' in context '{context}': {error}", name.exten),
            );
        }
    }

    fn has_rows(&self, context: &str, name: &Name) -> bool {
        let context = self.plan.context(context);
        let extension = context.and_then(|own| own.extension(&name.exten, name.caller_id.as_deref()));
        extension.is_some_and(|own| !own.rows().is_empty())
    }

    fn include(&mut self, context: &str, text: &str, origin: &Origin) {
        let text = self.substituted(text, origin);
        let (name, times) = match text.split_once(',') {
            Some((name, times)) => (name.trim(), Some(times)),
            None => (text.trim(), None),
        };
        let when = match times.map(TimeSpec::parse).transpose() {
            Ok(when) => when,
            Err(error) => {
                return self.error(
                    origin,
                    format!("'{name}' is not included, its time is wrong: {error}"),
                );
            }
        };
        let own = self.plan.context_mut(context, REGISTRAR);
        if own.includes.iter().any(|include| *include.text == *text) {
            return self.warning(origin, format!("'{text}' is included already"));
        }
        let (registrar, origin) = (REGISTRAR.into(), Some(origin.clone()));
        own.includes.push(Include {
            text: text.as_str().into(),
            context: name.into(),
            when,
            origin,
            registrar,
        });
    }

    fn ignore_pattern(&mut self, context: &str, text: &str, origin: &Origin) {
        let text = self.substituted(text, origin);
        match Pattern::parse(&text) {
            Ok(pattern) => {
                let ignore = IgnorePattern {
                    pattern,
                    origin: Some(origin.clone()),
                    registrar: REGISTRAR.into(),
                };
                self.plan
                    .context_mut(context, REGISTRAR)
                    .ignore_patterns
                    .push(ignore);
            }
            Err(error) => self.error(origin, format!("bad 'ignorepat': {error}")),
        }
    }

    fn switch(&mut self, context: &str, statement: &str, text: &str, origin: &Origin) {
        self.warning(
            origin,
            format!("'{statement}' is not honoured: this host asks no other dialplan"),
        );
        self.plan.context_mut(context, REGISTRAR).switches.push(Switch {
            statement: statement.into(),
            target: text.into(),
            origin: Some(origin.clone()),
            registrar: REGISTRAR.into(),
        });
    }

    fn check_includes(&mut self) {
        let contexts: Vec<Arc<_>> = self.plan.contexts.values().cloned().collect();
        for include in contexts.iter().flat_map(|context| context.includes()) {
            if let Some(origin) = &include.origin
                && !self.plan.contexts.contains_key(&include.context)
            {
                self.warning(
                    origin,
                    format!("context '{}' is included but not in the file", include.context),
                );
            }
        }
    }

    /// Names, includes and globals may use the globals set so far.
    fn substituted(&mut self, text: &str, origin: &Origin) -> String {
        let mut scope = Globals {
            globals: &self.globals,
            problems: Vec::new(),
        };
        let result = substitute(&mut scope, text).map(|text| text.into_owned());
        let problems = scope.problems;
        problems
            .into_iter()
            .for_each(|problem| self.warning(origin, problem));
        result.unwrap_or_else(|error| {
            self.error(origin, error.to_string());
            String::new()
        })
    }
}

struct Globals<'a> {
    globals: &'a BTreeMap<String, String>,
    problems: Vec<String>,
}

impl Scope for Globals<'_> {
    fn variable(&mut self, name: &str) -> Option<String> {
        self.globals.get(name).cloned()
    }

    fn function(&mut self, _name: &str, _arguments: &str) -> Result<String, FunctionError> {
        Err(FunctionError::Failed(
            "functions cannot be read while the dialplan is loaded".to_owned(),
        ))
    }

    fn report(&mut self, problem: Problem<'_>) {
        self.problems.push(problem.to_string());
    }
}
