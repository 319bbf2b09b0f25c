//! ShowDialPlan: contexts, extensions and priorities.

use super::{Action, Call, Work, optional};
use crate::event::{Classes, Text};
use crate::{Failure, IdAt, List, Outcome};
use ucx_dialplan::{Context, Extension};

pub(super) static ACTION: Action = Action {
    name: "ShowDialPlan",
    synopsis: "Show contexts and extensions.",
    arguments: &[
        optional("Extension", "Only what matches it."),
        optional("Context", "Only that context."),
    ],
    classes: &[Classes::CONFIG, Classes::REPORTING],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let (exten, context) = (call.request.filled("Extension"), call.request.filled("Context"));
    let plan = call.desk.dialplan().await?;
    if let Some(name) = context
        && plan.context(name).is_none()
    {
        return Err(Failure::from(format!("Did not find context {name}")));
    }
    let listing = plan.listing(context, exten);
    if let (Some(exten), true) = (exten, listing.contexts.is_empty()) {
        return Err(Failure::from(match context {
            Some(context) => format!("Did not find extension {exten}@{context}"),
            None => format!("Did not find extension {exten} in any context"),
        }));
    }
    let mut list = List::begin(call.request, IdAt::Front, "DialPlan list will follow");
    for listed in &listing.contexts {
        for extension in &listed.extensions {
            rows(&mut list, listed.context.name(), extension);
        }
        if exten.is_none() {
            statements(&mut list, listed.context);
        }
    }
    Ok(list.complete_with("ShowDialPlanComplete", |text, _| {
        text.number("", "ListExtensions", listing.extension_count() as u64);
        text.number("", "ListPriorities", listing.priority_count() as u64);
        text.number("", "ListContexts", listing.contexts.len() as u64);
    }))
}

fn rows(list: &mut List<'_>, context: &str, extension: &Extension) {
    let head = |text: &mut Text, label: Option<&str>| {
        text.line("Context", context);
        text.line("Extension", extension.name());
        if let Some(label) = label {
            text.line("ExtensionLabel", label);
        }
    };
    if let Some(hint) = extension.hint() {
        list.item("ListDialplan", |text| {
            head(text, None);
            text.line("Priority", "hint");
            text.line("Application", &hint.text);
            text.line("Registrar", &hint.registrar);
        });
    }
    for row in extension.rows() {
        list.item("ListDialplan", |text| {
            head(text, row.label.as_deref());
            text.number("", "Priority", row.priority);
            text.line("Application", &row.application);
            text.line("AppData", &row.arguments);
            text.line("Registrar", &row.registrar);
        });
    }
}

fn statements(list: &mut List<'_>, context: &Context) {
    let mut statement = |name: &str, value: &str, registrar: &str| {
        list.item("ListDialplan", |text| {
            text.line("Context", context.name());
            text.line(name, value);
            text.line("Registrar", registrar);
        });
    };
    for include in context.includes() {
        statement("IncludeContext", &include.text, &include.registrar);
    }
    for ignore in context.ignore_patterns() {
        statement("IgnorePattern", &ignore.pattern.to_string(), &ignore.registrar);
    }
    for switch in context.switches() {
        statement("Switch", &switch.target, &switch.registrar);
    }
}
