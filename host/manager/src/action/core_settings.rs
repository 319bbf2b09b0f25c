//! CoreSettings: versions and limits of the host.

use super::{Action, Call, Work};
use crate::event::Classes;
use crate::{Outcome, Reply};

pub(super) static ACTION: Action = Action {
    name: "CoreSettings",
    synopsis: "Show versions and limits of the host.",
    arguments: &[],
    classes: &[Classes::SYSTEM, Classes::REPORTING],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let identity = call.host.identity();
    let modules = call.host.modules();
    let runs = |is_meant: fn(&str) -> bool| {
        let runs = modules
            .iter()
            .any(|module| module.is_running && is_meant(module.name));
        if runs { "Yes" } else { "No" }
    };
    let files = tokio::task::spawn_blocking(file_handles).await.unwrap_or(0);
    let reply = Reply::success(call.request)
        .line("AMIversion", &identity.manager_version)
        .line("AsteriskVersion", &identity.version)
        .line("SystemName", &identity.system_name)
        // No limit but those of its tables.
        .line("CoreMaxCalls", "0")
        .line("CoreMaxLoadAvg", "0.000000")
        .line("CoreRunUser", "")
        .line("CoreRunGroup", "")
        .with(|text| text.number("", "CoreMaxFilehandles", files))
        .line("CoreRealTimeEnabled", "No")
        .line("CoreCDRenabled", runs(|name| name.starts_with("cdr_")))
        .line("CoreHTTPenabled", runs(|name| name.starts_with("res_ari")))
        .line("SoundsSearchCustomDir", "No");
    Ok(reply.end())
}

/// Files this process may have open; 0 if the system does not say.
fn file_handles() -> u64 {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().next());
    soft.and_then(|soft| soft.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #[test]
    #[cfg(target_os = "linux")]
    fn the_system_says_how_many_files_may_be_open() {
        assert!(super::file_handles() > 0);
    }
}
