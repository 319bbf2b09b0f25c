//! Commands that change components. They are the operator's, and of those who may reach the system anyway.

use super::super::{Ask, Outcome};
use super::{answer, look, on_workers};
use std::path::PathBuf;
use ucx_call::PrincipalKind;
use ucx_plugins::{CanaryRules, GrantChange, Installed, Order, Placed, Then};

const NOT_ALLOWED: &str = "only the operator, and who may reach the system, may change plugins";

/// Options of an order, and the words that are none.
struct Words<'a> {
    order: Order,
    rules: CanaryRules,
    rest: Vec<&'a str>,
}

/// Reads options; none if one is not known or whoever asks may not.
fn words<'a>(ask: &Ask<'a>) -> Option<Words<'a>> {
    let mut found = Words {
        order: Order {
            by: by(ask),
            ..Order::default()
        },
        rules: CanaryRules::of(0),
        rest: Vec::new(),
    };
    let mut words = ask.args.iter();
    while let Some(word) = words.next() {
        match *word {
            "--unsigned" => found.order.is_unsigned = true,
            "--downgrade" => found.order.is_downgrade = true,
            "--promote" => found.order.then = Then::Promote,
            "--decisions" => found.rules.decisions = words.next()?.parse().ok()?,
            "--errors" => found.rules.errors = words.next()?.parse().ok()?,
            word if word.starts_with("--") => return None,
            word => found.rest.push(word),
        }
    }
    Some(found)
}

fn by(ask: &Ask<'_>) -> String {
    ask.desk.principal().to_string()
}

fn may(ask: &Ask<'_>) -> bool {
    let by = ask.desk.principal();
    by.kind == PrincipalKind::Operator || by.rights.has(ucx_call::Right::System)
}

async fn take(ask: &Ask<'_>, file: &str, order: Order) -> Outcome {
    let file = PathBuf::from(file);
    let taken = on_workers(ask, |host| async move {
        let taken = host.take_file(&file, order).await;
        taken.map_err(|refusal| format!("{} {refusal}", file.display()))
    });
    answer(taken.await.map(|installed| placed(&installed)))
}

fn placed(installed: &Installed) -> String {
    let Installed {
        plugin,
        generation,
        changed,
        placed,
    } = installed;
    match placed {
        Placed::Active if !changed => format!("{plugin}: generation {generation} is active already"),
        Placed::Active => format!("{plugin}: generation {generation} is active"),
        Placed::Staged(widens) => format!(
            "{plugin}: generation {generation} waits, because it asks more than the active one: {}\n`plugin promote {plugin}` makes it active",
            widens.join(" and ")
        ),
        Placed::Shadow => format!("{plugin}: generation {generation} is asked beside the active one"),
        Placed::Canary => format!("{plugin}: generation {generation} gets its share of the calls"),
    }
}

pub async fn install(ask: &Ask<'_>) -> Outcome {
    if !may(ask) {
        return Outcome::failed(NOT_ALLOWED);
    }
    let Some(Words { order, rest, .. }) = words(ask) else {
        return Outcome::Usage;
    };
    let [file] = rest.as_slice() else {
        return Outcome::Usage;
    };
    take(ask, file, order).await
}

pub async fn swap(ask: &Ask<'_>) -> Outcome {
    if !may(ask) {
        return Outcome::failed(NOT_ALLOWED);
    }
    let Some(Words { order, rest, .. }) = words(ask) else {
        return Outcome::Usage;
    };
    let [plugin, file] = rest.as_slice() else {
        return Outcome::Usage;
    };
    if !ask
        .context
        .plugins
        .list()
        .iter()
        .any(|status| status.id == *plugin)
    {
        return Outcome::failed(format!("there is no plugin {plugin}"));
    }
    let order = Order {
        plugin: Some((*plugin).to_owned()),
        ..order
    };
    take(ask, file, order).await
}

pub async fn shadow(ask: &Ask<'_>) -> Outcome {
    let Some(Words { order, rest, .. }) = words(ask) else {
        return Outcome::Usage;
    };
    match rest.as_slice() {
        [plugin] => report(ask, plugin),
        _ if !may(ask) => Outcome::failed(NOT_ALLOWED),
        [plugin, "stop"] => stop(ask, plugin).await,
        [plugin, file] => {
            let order = Order {
                plugin: Some((*plugin).to_owned()),
                then: Then::Shadow,
                ..order
            };
            take(ask, file, order).await
        }
        _ => Outcome::Usage,
    }
}

pub async fn canary(ask: &Ask<'_>) -> Outcome {
    let Some(Words { order, rules, rest }) = words(ask) else {
        return Outcome::Usage;
    };
    match rest.as_slice() {
        [plugin] => report(ask, plugin),
        _ if !may(ask) => Outcome::failed(NOT_ALLOWED),
        [plugin, "stop"] => stop(ask, plugin).await,
        [plugin, file, share] => {
            let share = share.trim_end_matches('%').parse().ok();
            let Some(share) = share.filter(|share| (1..=99).contains(share)) else {
                return Outcome::failed("the share is a number of calls of 100, from 1 to 99");
            };
            let order = Order {
                plugin: Some((*plugin).to_owned()),
                then: Then::Canary(CanaryRules { share, ..rules }),
                ..order
            };
            take(ask, file, order).await
        }
        _ => Outcome::Usage,
    }
}

fn report(ask: &Ask<'_>, plugin: &str) -> Outcome {
    match ask.context.plugins.trial(plugin) {
        Some(report) => Outcome::line(look::trial(&report)),
        None => Outcome::failed(format!("{plugin} has no trial")),
    }
}

async fn stop(ask: &Ask<'_>, plugin: &str) -> Outcome {
    let (plugin, by) = (plugin.to_owned(), by(ask));
    let ended = on_workers(ask, |host| async move {
        host.end_trial(&plugin, &by)
            .map_err(|refusal| refusal.to_string())
    });
    answer(
        ended
            .await
            .map(|report| format!("ended: {}", look::trial(&report))),
    )
}

pub async fn promote(ask: &Ask<'_>) -> Outcome {
    if !may(ask) {
        return Outcome::failed(NOT_ALLOWED);
    }
    let [plugin] = ask.args.as_slice() else {
        return Outcome::Usage;
    };
    let (plugin, by) = ((*plugin).to_owned(), by(ask));
    let done = on_workers(ask, |host| async move {
        let done = host.promote(&plugin, &by).await;
        done.map_err(|refusal| format!("{plugin}: {refusal}"))
    });
    answer(done.await.map(|installed| placed(&installed)))
}

pub async fn roll_back(ask: &Ask<'_>) -> Outcome {
    if !may(ask) {
        return Outcome::failed(NOT_ALLOWED);
    }
    let (plugin, to) = match ask.args.as_slice() {
        [plugin] => (*plugin, None),
        [plugin, to] => match to.parse() {
            Ok(to) => (*plugin, Some(to)),
            Err(_) => return Outcome::Usage,
        },
        _ => return Outcome::Usage,
    };
    let (plugin, by) = (plugin.to_owned(), by(ask));
    let done = on_workers(ask, |host| async move {
        let done = host.roll_back(&plugin, to, &by).await;
        done.map_err(|refusal| format!("{plugin}: {refusal}"))
    });
    answer(done.await.map(|installed| placed(&installed)))
}

pub async fn remove(ask: &Ask<'_>) -> Outcome {
    if !may(ask) {
        return Outcome::failed(NOT_ALLOWED);
    }
    let [plugin] = ask.args.as_slice() else {
        return Outcome::Usage;
    };
    let (plugin, by) = ((*plugin).to_owned(), by(ask));
    let done = on_workers(ask, |host| async move {
        match host.remove_by(&plugin, &by) {
            true => Ok(format!("{plugin} is taken out")),
            false => Err(format!("there is no plugin {plugin}")),
        }
    });
    answer(done.await)
}

pub async fn grant(ask: &Ask<'_>) -> Outcome {
    change_grant(ask, GrantChange::Give).await
}

pub async fn revoke(ask: &Ask<'_>) -> Outcome {
    change_grant(ask, GrantChange::Take).await
}

async fn change_grant(ask: &Ask<'_>, change: fn(String, String) -> GrantChange) -> Outcome {
    if !may(ask) {
        return Outcome::failed(NOT_ALLOWED);
    }
    let Some((plugin, changes)) = ask.args.split_first().filter(|(_, changes)| !changes.is_empty()) else {
        return Outcome::Usage;
    };
    let changes: Option<Vec<GrantChange>> = changes
        .iter()
        .map(|text| {
            let (list, name) = text.split_once('=')?;
            Some(change(list.to_owned(), name.to_owned()))
        })
        .collect();
    let Some(changes) = changes else {
        return Outcome::Usage;
    };
    let plugin = (*plugin).to_owned();
    let done = on_workers(ask, |host| async move {
        host.change_grant(&plugin, &changes)?;
        Ok(format!(
            "the grant of {plugin} is changed; generations that run keep what they were taken in with"
        ))
    });
    answer(done.await)
}
