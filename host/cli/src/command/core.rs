//! Commands about the host itself.

use super::text::{duration, wall_clock};
use super::{Ask, CliCommand, Context, End, Outcome, Run};
use std::fmt::Write;
use std::rc::Rc;
use std::time::Duration;
use ucx_pbx::{Host, LocalBoxFuture};

/// How often a host that shall end when nobody calls looks whether somebody does.
const LOOK_EVERY: Duration = Duration::from_millis(100);

pub const COMMANDS: &[CliCommand] = &[
    CliCommand {
        words: "core abort shutdown",
        arguments: "",
        summary: "take back an end that waits for the calls",
        run: Run::Now(abort),
    },
    CliCommand {
        words: "core reload",
        arguments: "[MODULE]",
        summary: "read the configuration again",
        run: Run::Waits(reload),
    },
    CliCommand {
        words: "core restart gracefully",
        arguments: "",
        summary: "begin anew when the calls are over",
        run: Run::Now(|ask| when_idle(ask, End::Restart)),
    },
    CliCommand {
        words: "core restart now",
        arguments: "",
        summary: "begin anew at once",
        run: Run::Now(|ask| now(ask, End::Restart)),
    },
    CliCommand {
        words: "core restart when convenient",
        arguments: "",
        summary: "begin anew when there is no call",
        run: Run::Now(|ask| when_idle(ask, End::Restart)),
    },
    CliCommand {
        words: "core set debug",
        arguments: "LEVEL|off",
        summary: "say more or less about how it works inside",
        run: Run::Now(set_debug),
    },
    CliCommand {
        words: "core show help",
        arguments: "[COMMAND]",
        summary: "what commands there are, or how one is written",
        run: Run::Now(help),
    },
    CliCommand {
        words: "core show settings",
        arguments: "",
        summary: "how this host is set up",
        run: Run::Now(settings),
    },
    CliCommand {
        words: "core show uptime",
        arguments: "[seconds]",
        summary: "how long the host has been running",
        run: Run::Now(uptime),
    },
    CliCommand {
        words: "core show version",
        arguments: "",
        summary: "what runs",
        run: Run::Now(version),
    },
    CliCommand {
        words: "core stop gracefully",
        arguments: "",
        summary: "end the host when the calls are over",
        run: Run::Now(|ask| when_idle(ask, End::Stop)),
    },
    CliCommand {
        words: "core stop now",
        arguments: "",
        summary: "end the host",
        run: Run::Now(|ask| now(ask, End::Stop)),
    },
    CliCommand {
        words: "core stop when convenient",
        arguments: "",
        summary: "end the host when there is no call",
        run: Run::Now(|ask| when_idle(ask, End::Stop)),
    },
    CliCommand {
        words: "core waitfullybooted",
        arguments: "",
        summary: "wait until calls are taken",
        run: Run::Waits(wait_fully_booted),
    },
    CliCommand {
        words: "help",
        arguments: "",
        summary: "the commands there are",
        run: Run::Now(help),
    },
    CliCommand {
        words: "reload",
        arguments: "[MODULE]",
        summary: "read the configuration again",
        run: Run::Waits(reload),
    },
];

fn wait_fully_booted<'a>(ask: &'a Ask<'a>) -> LocalBoxFuture<'a, Outcome> {
    Box::pin(async move {
        ask.context.office.until_booted().await;
        Outcome::line("Asterisk has fully booted.")
    })
}

fn help(ask: &Ask<'_>) -> Outcome {
    let words: Vec<String> = ask.args.iter().map(|word| (*word).to_owned()).collect();
    super::help(&words)
}

/// Where and when this program was made, as far as it knows: its own name, this machine, its file's time.
fn built() -> (String, String, &'static str) {
    let made = std::env::current_exe()
        .and_then(std::fs::metadata)
        .and_then(|file| file.modified())
        .ok()
        .and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok())
        .map(|since| since.as_secs())
        .unwrap_or_default();
    let at = jiff::Timestamp::from_second(i64::try_from(made).unwrap_or_default()).unwrap_or_default();
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    (
        host.trim().to_owned(),
        at.strftime("%F %T UTC").to_string(),
        std::env::consts::ARCH,
    )
}

fn version(ask: &Ask<'_>) -> Outcome {
    let identity = ask.context.office.identity();
    let (host, made, arch) = built();
    Outcome::line(format!(
        "Asterisk {} built by {} @ {host} on a {arch} running Linux on {made}",
        identity.version, identity.own
    ))
}

/// The line about the time since the start, as `core show calls uptime` says it too.
pub fn uptime_line(ask: &Ask<'_>, in_seconds: bool) -> String {
    let (up, _) = ask.context.office.times();
    match in_seconds {
        true => format!("System uptime: {}\n", up.as_secs()),
        false => format!("System uptime: {}\n", duration(up.as_secs())),
    }
}

fn uptime(ask: &Ask<'_>) -> Outcome {
    let in_seconds = match ask.args.as_slice() {
        [] => false,
        ["seconds"] => true,
        _ => return Outcome::Usage,
    };
    let (_, reloaded) = ask.context.office.times();
    let last = match in_seconds {
        true => reloaded.as_secs().to_string(),
        false => duration(reloaded.as_secs()),
    };
    Outcome::Done(format!("{}Last reload: {last}\n", uptime_line(ask, in_seconds)))
}

fn settings(ask: &Ask<'_>) -> Outcome {
    let mut text = "\nPBX Core settings\n-----------------\n".to_owned();
    let rows = |text: &mut String, rows: &[(&str, String)]| {
        for (name, value) in rows {
            let _ = writeln!(text, "  {:<28} {value}", format!("{name}:"));
        }
    };
    rows(&mut text, &core_rows(ask));
    text.push_str("\n* Subsystems\n  -------------\n");
    let mut sockets = Vec::new();
    for local in ask.context.directory.0.borrow().local() {
        sockets.push(("SIP", format!("{} {}", local.kind.token(), local.addr)));
    }
    rows(&mut text, &sockets);
    text.push_str("\n* Directories\n  -------------\n");
    rows(&mut text, &directory_rows(&ask.context.spec));
    text.push_str("\n\n");
    Outcome::Done(text)
}

fn core_rows(ask: &Ask<'_>) -> Vec<(&'static str, String)> {
    let (office, spec) = (&ask.context.office, &ask.context.spec);
    let identity = office.identity();
    let (up, reloaded) = office.times();
    let now = ask.context.pbx.epoch_s();
    let at = |ago: Duration| {
        wall_clock(now.saturating_sub(ago.as_secs()))
            .strftime("%T")
            .to_string()
    };
    let (_, made, arch) = built();
    vec![
        ("Version", identity.version.to_string()),
        ("Own version", identity.own.to_string()),
        (
            "Maximum calls",
            spec.max_calls
                .map_or_else(|| "Not set".to_owned(), |calls| calls.to_string()),
        ),
        ("Root console verbosity", spec.verbose.to_string()),
        ("Debug level", office.log().debug().to_string()),
        ("Startup time", at(up)),
        ("Last reload time", at(reloaded)),
        (
            "System",
            format!("Linux built by {} on {arch} {made}", identity.own),
        ),
        ("System name", identity.system_name.to_string()),
        ("Entity ID", identity.entity_id.to_string()),
        ("Default language", spec.language.clone()),
        ("Executable includes", "Disabled".to_owned()),
    ]
}

fn directory_rows(spec: &crate::spec::HostSpec) -> Vec<(&'static str, String)> {
    let of = &spec.directories;
    let shown = |path: &std::path::Path| path.display().to_string();
    vec![
        ("Configuration file", shown(&spec.config_file)),
        ("Configuration directory", shown(&of.etc)),
        ("Module directory", shown(&of.modules)),
        ("Spool directory", shown(&of.spool)),
        ("Log directory", shown(&of.log)),
        ("Run/Sockets directory", shown(&of.run)),
        (
            "PID file",
            spec.pid_file.as_deref().map(shown).unwrap_or_default(),
        ),
        ("VarLib directory", shown(&of.var)),
        ("Data directory", shown(&of.data)),
        ("ASTDB", shown(&of.database.join("astdb"))),
        ("AGI Scripts directory", shown(&of.gateway)),
        ("Cache directory", shown(&spec.cache)),
    ]
}

/// Lines of the kind DEBUG go to the log files that want them, or to none.
fn set_debug(ask: &Ask<'_>) -> Outcome {
    let [level] = ask.args.as_slice() else {
        return Outcome::Usage;
    };
    let level = match level.to_ascii_lowercase().as_str() {
        "off" => Ok(0),
        level => level.parse::<u32>(),
    };
    let Ok(level) = level else {
        return Outcome::Usage;
    };
    let log = ask.context.office.log();
    if !log.has_files() {
        return Outcome::failed("This log goes to standard error; UCX_LOG says at the start what is in it");
    }
    let was = log.set_debug(level);
    match level {
        0 => Outcome::line("Core debug is now OFF."),
        _ => Outcome::line(format!("Core debug was {was} and is now {level}.")),
    }
}

fn now(ask: &Ask<'_>, end: End) -> Outcome {
    end_host(ask.context, end);
    Outcome::Done(String::new())
}

fn end_host(context: &Rc<Context>, end: End) {
    context.say_that_it_ends(end);
    context.stop(end);
}

/// Ends the host once there is no channel any more, unless somebody says otherwise before.
fn when_idle(ask: &Ask<'_>, end: End) -> Outcome {
    let context = ask.context.clone();
    let asked = context.end_asked.get() + 1;
    context.end_asked.set(asked);
    let is_idle = |context: &Context| {
        context
            .pbx
            .with_switch(|switch| switch.channels().next().is_none())
    };
    if is_idle(&context) {
        return now(ask, end);
    }
    tokio::task::spawn_local(async move {
        while context.end_asked.get() == asked {
            if is_idle(&context) {
                return end_host(&context, end);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    });
    Outcome::line("Waiting for inactivity to perform the end")
}

fn abort(ask: &Ask<'_>) -> Outcome {
    ask.context.end_asked.set(ask.context.end_asked.get() + 1);
    Outcome::Done(String::new())
}

fn reload<'a>(ask: &'a Ask<'a>) -> LocalBoxFuture<'a, Outcome> {
    super::modules::reload(ask)
}
