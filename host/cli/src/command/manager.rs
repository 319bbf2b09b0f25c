//! Commands about the Manager interface.

use super::text::{column, no_yes};
use super::{Ask, CliCommand, Outcome, Run};
use crate::host::doors::Doors;
use crate::modules::Part;
use std::fmt::Write;
use std::rc::Rc;
use ucx_manager::action;
use ucx_manager::event::Classes;
use ucx_pbx::LocalBoxFuture;

pub const COMMANDS: &[CliCommand] = &[
    CliCommand {
        words: "manager reload",
        arguments: "",
        summary: "read manager.conf again",
        run: Run::Waits(reload),
    },
    CliCommand {
        words: "manager show command",
        arguments: "ACTION",
        summary: "what an action does and which headers it reads",
        run: Run::Now(command),
    },
    CliCommand {
        words: "manager show commands",
        arguments: "",
        summary: "the actions of Manager clients",
        run: Run::Now(commands),
    },
    CliCommand {
        words: "manager show connected",
        arguments: "",
        summary: "who is logged in as a Manager client",
        run: Run::Now(connected),
    },
    CliCommand {
        words: "manager show settings",
        arguments: "",
        summary: "how the Manager interface is set up",
        run: Run::Now(settings),
    },
    CliCommand {
        words: "manager show user",
        arguments: "NAME",
        summary: "what a Manager user may do",
        run: Run::Now(user),
    },
    CliCommand {
        words: "manager show users",
        arguments: "",
        summary: "the Manager users",
        run: Run::Now(users),
    },
];

fn doors(ask: &Ask<'_>) -> Result<Rc<Doors>, Outcome> {
    let closed = || Outcome::failed("The host does not take clients yet");
    ask.context.doors().ok_or_else(closed)
}

fn reload<'a>(ask: &'a Ask<'a>) -> LocalBoxFuture<'a, Outcome> {
    Box::pin(async move {
        match crate::reload::reload(ask.context, Part::Manager).await.errors {
            0 => Outcome::Done(String::new()),
            count => Outcome::failed(format!("manager.conf has {count} errors")),
        }
    })
}

fn commands(_: &Ask<'_>) -> Outcome {
    let mut text = format!(
        "  {} Synopsis\n  {} --------\n",
        column("Action", 33),
        column("------", 33)
    );
    for action in action::ACTIONS {
        let _ = writeln!(text, "  {} {}", column(action.name, 33), action.synopsis);
    }
    Outcome::Done(text)
}

fn command(ask: &Ask<'_>) -> Outcome {
    let [name] = ask.args.as_slice() else {
        return Outcome::Usage;
    };
    let Some(action) = action::find(name) else {
        return Outcome::line(format!("No manager command '{name}'"));
    };
    let mut text = format!("[Syntax]\nAction: {}\n[ActionID:] <value>\n", action.name);
    for argument in action.arguments {
        let name = match argument.is_required {
            true => format!("{}:", argument.name),
            false => format!("[{}:]", argument.name),
        };
        let _ = writeln!(text, "{name} <value>");
    }
    let _ = write!(
        text,
        "\n[Synopsis]\n{}\n\n[Privilege]\n{}\n\n[Arguments]\n",
        action.synopsis,
        action.classes().labels()
    );
    for argument in action.arguments {
        let _ = write!(text, "{}\n    {}\n\n", argument.name, argument.meaning);
    }
    Outcome::Done(text)
}

fn connected(ask: &Ask<'_>) -> Outcome {
    let doors = match doors(ask) {
        Ok(doors) => doors,
        Err(outcome) => return outcome,
    };
    let (now, epoch_s) = (ask.context.pbx.now(), ask.context.pbx.epoch_s());
    let mut text = format!(
        "  {} {} {} {} {} {} {} {}\n",
        column("Username", 16),
        column("IP Address", 56),
        column("Start", 11),
        column("Elapsed", 11),
        column("FileDes", 9),
        column("HttpCnt", 9),
        column("ReadPerms", 11),
        "WritePerms"
    );
    let sessions = doors.manager.connected();
    for session in &sessions {
        let elapsed = now.saturating_sub(session.since).as_secs();
        let bits = |classes: Classes| match classes == Classes::ALL {
            // All classes, those of later versions among them.
            true => i32::MAX.to_string(),
            false => classes.bits().to_string(),
        };
        let _ = writeln!(
            text,
            "  {} {} {} {} {} {} {} {}",
            column(&session.user.name, 16),
            column(&session.remote.ip().to_string(), 56),
            column(&epoch_s.saturating_sub(elapsed).to_string(), 11),
            column(&elapsed.to_string(), 11),
            column(&session.number.to_string(), 9),
            column("0", 9),
            column(&bits(session.user.read), 11),
            bits(session.user.write)
        );
    }
    let _ = writeln!(text, "{} users connected.", sessions.len());
    Outcome::Done(text)
}

fn users(ask: &Ask<'_>) -> Outcome {
    let doors = match doors(ask) {
        Ok(doors) => doors,
        Err(outcome) => return outcome,
    };
    let users = doors.manager.users();
    let mut text = "\nusername\n--------\n".to_owned();
    for user in &users {
        let _ = writeln!(text, "{}", user.name);
    }
    let _ = writeln!(
        text,
        "-------------------\n{} manager users configured.",
        users.len()
    );
    Outcome::Done(text)
}

fn user(ask: &Ask<'_>) -> Outcome {
    let [name] = ask.args.as_slice() else {
        return Outcome::Usage;
    };
    let doors = match doors(ask) {
        Ok(doors) => doors,
        Err(outcome) => return outcome,
    };
    let users = doors.manager.users();
    let Some(user) = users.iter().find(|user| *user.name == **name) else {
        return Outcome::line(format!("There is no manager user called {name}"));
    };
    let small = |is_so: bool| if is_so { "yes" } else { "no" };
    let mut text = format!(
        "\n          username: {}\n            secret: {}\n               ACL: {}\n         read perm: {}\n        \
         write perm: {}\n   displayconnects: {}\nallowmultiplelogin: {}\n         Variables: \n",
        user.name,
        if user.has_secret() { "<Set>" } else { "<Not set>" },
        small(!user.rules.is_empty() || !user.lists.is_empty()),
        user.read.labels(),
        user.write.labels(),
        small(user.displays_connects),
        small(user.allows_multiple),
    );
    for (name, value) in &user.variables {
        let _ = writeln!(text, "                 {name} = {value}");
    }
    Outcome::Done(text)
}

fn settings(ask: &Ask<'_>) -> Outcome {
    let doors = match doors(ask) {
        Ok(doors) => doors,
        Err(outcome) => return outcome,
    };
    let config = doors.manager.config();
    let variables: Vec<&str> = config.channel_variables.iter().map(|name| &**name).collect();
    let disabled: Vec<&str> = config.disabled_events.iter().map(|name| &**name).collect();
    let rows = [
        ("Manager (AMI)", no_yes(config.is_enabled).to_owned()),
        ("Web Manager (AMI/HTTP)", no_yes(false).to_owned()),
        ("TCP Bindaddress", config.address.to_string()),
        ("Timestamp events", no_yes(config.has_timestamps).to_owned()),
        ("Channel vars", variables.join(", ")),
        ("Disabled events", disabled.join(", ")),
    ];
    let mut text = "\nGlobal Settings:\n----------------\n".to_owned();
    for (name, value) in rows {
        let _ = writeln!(text, "  {:<25}  {value:<15}", format!("{name}:"));
    }
    Outcome::Done(text)
}
