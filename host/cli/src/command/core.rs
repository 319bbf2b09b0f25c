//! Commands about the host itself.

use super::Context;

pub fn version() -> String {
    format!("Asterisk 22.5.0 compatible; UCX {}\n", env!("CARGO_PKG_VERSION"))
}

pub fn uptime(context: &Context, form: Option<&str>) -> String {
    let seconds = context.pbx.now().as_secs();
    if form == Some("seconds") {
        return format!("System uptime: {seconds}\n");
    }
    let parts = [
        ("day", seconds / 86_400),
        ("hour", seconds / 3600 % 24),
        ("minute", seconds / 60 % 60),
    ];
    let mut words: Vec<String> = parts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(unit, count)| format!("{count} {unit}{}", if *count == 1 { "" } else { "s" }))
        .collect();
    let rest = seconds % 60;
    words.push(format!("{rest} second{}", if rest == 1 { "" } else { "s" }));
    format!("System uptime: {}\n", words.join(", "))
}

pub fn settings(context: &Context) -> String {
    let config = match &context.options.config {
        Some(folder) => folder.display().to_string(),
        None => "(built in)".to_owned(),
    };
    let local = context.directory.0.borrow();
    let mut text = format!(
        "Version: {}\nConfiguration: {config}\n",
        env!("CARGO_PKG_VERSION")
    );
    for transport in local.local() {
        text.push_str(&format!(
            "SIP over {}: {}\n",
            transport.kind.token(),
            transport.addr
        ));
    }
    text
}

pub fn stop(context: &Context) -> String {
    context.stop();
    "The host goes down.\n".to_owned()
}
