//! What `dialplan show` and ShowDialPlan list, in their order, and the console's text of it.

use crate::context::{Context, Extension, Origin, Row};
use crate::pattern::without_dashes;
use crate::plan::Dialplan;
use std::fmt;

/// A selection of the dialplan.
#[derive(Clone, Debug)]
pub struct Listing<'a> {
    /// By name; contexts reached by includes follow the one that includes them.
    pub contexts: Vec<ListedContext<'a>>,
    has_filter: bool,
}

/// One context of a listing.
#[derive(Clone, Debug)]
pub struct ListedContext<'a> {
    pub context: &'a Context,
    /// Whether it is listed because another one includes it.
    pub is_included: bool,
    pub extensions: Vec<&'a Extension>,
}

impl Dialplan {
    /// Selects all contexts or one; with an extension, only what matches it, included contexts among them.
    pub fn listing(&self, context: Option<&str>, exten: Option<&str>) -> Listing<'_> {
        let mut listing = Listing {
            contexts: Vec::new(),
            has_filter: exten.is_some(),
        };
        match context {
            Some(name) => self.list_into(&mut listing, name, exten, false),
            None => {
                let names = self.contexts.keys();
                names.for_each(|name| self.list_into(&mut listing, name, exten, false));
            }
        }
        if exten.is_some() {
            listing.contexts.retain(|listed| !listed.extensions.is_empty());
        }
        listing
    }

    fn list_into<'a>(
        &'a self,
        listing: &mut Listing<'a>,
        name: &str,
        exten: Option<&str>,
        is_included: bool,
    ) {
        let is_listed = listing
            .contexts
            .iter()
            .any(|listed| listed.context.name() == name);
        let Some(context) = self.context(name).filter(|_| !is_listed) else {
            return;
        };
        let matches = |extension: &&Extension| {
            exten.is_none_or(|exten| {
                extension.pattern().matches(&without_dashes(exten)) || extension.name() == exten
            })
        };
        let extensions = context.extensions().into_iter().filter(matches).collect();
        listing.contexts.push(ListedContext {
            context,
            is_included,
            extensions,
        });
        if exten.is_some() && listing.contexts.len() < crate::find::MAX_INCLUDED_CONTEXTS {
            let includes = context.includes().iter();
            includes.for_each(|include| self.list_into(listing, &include.context, exten, true));
        }
    }
}

impl Listing<'_> {
    /// How many extensions are listed.
    pub fn extension_count(&self) -> usize {
        self.contexts.iter().map(|listed| listed.extensions.len()).sum()
    }

    /// How many rows are listed, hints among them.
    pub fn priority_count(&self) -> usize {
        let count = |extension: &&Extension| extension.rows().len() + usize::from(extension.hint().is_some());
        self.contexts
            .iter()
            .flat_map(|listed| &listed.extensions)
            .map(count)
            .sum()
    }
}

/// The text of `dialplan show` (capture cli-idle-and-call), empty if nothing is listed.
impl fmt::Display for Listing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.contexts.is_empty() {
            return Ok(());
        }
        for listed in &self.contexts {
            let kind = if listed.is_included {
                "Included context"
            } else {
                "Context"
            };
            writeln!(
                f,
                "[ {kind} '{}' created by '{}' ]",
                listed.context.name(),
                listed.context.registrar()
            )?;
            listed
                .extensions
                .iter()
                .try_for_each(|extension| write_extension(f, extension))?;
            if !self.has_filter {
                write_statements(f, listed.context)?;
            }
            writeln!(f)?;
        }
        let counted = |count: usize, one: &str, many: &str| match count {
            1 => format!("1 {one}"),
            _ => format!("{count} {many}"),
        };
        writeln!(
            f,
            "-= {} ({}) in {}. =-",
            counted(self.extension_count(), "extension", "extensions"),
            counted(self.priority_count(), "priority", "priorities"),
            counted(self.contexts.len(), "context", "contexts")
        )
    }
}

fn write_extension(f: &mut fmt::Formatter<'_>, extension: &Extension) -> fmt::Result {
    let name = match extension.caller_id() {
        Some(caller_id) => format!("'{}' (CID match '{caller_id}') => ", extension.name()),
        None => format!("'{}' =>", extension.name()),
    };
    let mut left = format!("  {name}");
    if let Some(hint) = extension.hint() {
        write_row(
            f,
            &left,
            &format!("hint: {}", hint.text),
            &place(hint.origin.as_ref(), &hint.registrar),
        )?;
        left.clear();
    }
    for row in extension.rows() {
        if left.is_empty()
            && let Some(label) = &row.label
        {
            left = format!("     [{label}]");
        }
        write_row(
            f,
            &left,
            &row_text(row),
            &place(row.origin.as_ref(), &row.registrar),
        )?;
        left.clear();
    }
    Ok(())
}

fn row_text(row: &Row) -> String {
    format!("{}. {}({})", row.priority, row.application, row.arguments)
}

fn place(origin: Option<&Origin>, registrar: &str) -> String {
    origin.map_or_else(|| registrar.to_owned(), Origin::to_string)
}

fn write_row(f: &mut fmt::Formatter<'_>, left: &str, right: &str, place: &str) -> fmt::Result {
    writeln!(f, "{left:<19} {right:<45} [{place}]")
}

fn write_statements(f: &mut fmt::Formatter<'_>, context: &Context) -> fmt::Result {
    for include in context.includes() {
        write_row(
            f,
            "  Include =>",
            &format!("'{}'", include.text),
            &include.registrar,
        )?;
    }
    for ignore in context.ignore_patterns() {
        write_row(
            f,
            "  Ignore pattern =>",
            &format!("'{}'", ignore.pattern),
            &ignore.registrar,
        )?;
    }
    for switch in context.switches() {
        write_row(
            f,
            "  Alt. Switch =>",
            &format!("'{}'", switch.target),
            &switch.registrar,
        )?;
    }
    Ok(())
}
