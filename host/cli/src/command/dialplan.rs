//! Commands about the dialplan.

use super::Context;
use crate::config;
use std::sync::Arc;
use ucx_config::{DirSource, Severity, parse};

pub fn show(context: &Context, what: Option<&str>) -> String {
    let dialplan = context.pbx.dialplan();
    let (exten, place) = match what.map(|what| what.split_once('@').ok_or(what)) {
        None => (None, None),
        Some(Ok((exten, place))) => (Some(exten).filter(|exten| !exten.is_empty()), Some(place)),
        Some(Err(place)) => (None, Some(place)),
    };
    dialplan.listing(place, exten).to_string()
}

/// Reads extensions.conf again, off the control thread; calls under way go on where they are.
pub async fn reload(context: &Context) -> String {
    let Some(folder) = context.options.config.clone() else {
        return "The built-in dialplan does not change.\n".to_owned();
    };
    let read = tokio::task::spawn_blocking(move || {
        let (config, mut found) = parse(&DirSource::new(folder), "extensions.conf");
        let (dialplan, more) = ucx_dialplan::load(&config);
        found.extend(more);
        (dialplan, found)
    });
    let Ok((dialplan, found)) = read.await else {
        return "The dialplan could not be read.\n".to_owned();
    };
    let errors = found
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .count();
    // Each finding stands in the log with its file and line.
    let _ = config::report(&found);
    context.pbx.set_dialplan(Arc::new(dialplan));
    format!(
        "Dialplan reloaded.\n{errors} errors, {} warnings.\n",
        found.len() - errors
    )
}
