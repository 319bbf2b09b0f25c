//! How does a selector say whom to ring?

use crate::bindings::types::Choice;

/// Rings these groups of agents one after another, the agents of one group together.
pub fn agents<G, A>(groups: G, reason: impl Into<String>) -> Choice
where
    G: IntoIterator,
    G::Item: IntoIterator<Item = A>,
    A: Into<String>,
{
    let groups = groups.into_iter();
    Choice {
        groups: groups
            .map(|group| group.into_iter().map(Into::into).collect())
            .collect(),
        reason: reason.into(),
    }
}

/// Nobody is rung for now.
pub fn wait(reason: impl Into<String>) -> Choice {
    Choice {
        groups: Vec::new(),
        reason: reason.into(),
    }
}

/// Exports a function `fn(&QueueInfo, &WaitingCaller, &[AgentInfo]) -> Result<Choice, Failure>` as the plugin's selector.
#[macro_export]
macro_rules! agent_selector {
    ($choose:path) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            struct Plugin;
            impl $crate::bindings::selector::exports::ucx::queue::selector::Guest for Plugin {
                fn choose(
                    queue: $crate::bindings::types::QueueInfo,
                    caller: $crate::bindings::types::WaitingCaller,
                    ready: ::std::vec::Vec<$crate::bindings::types::AgentInfo>,
                ) -> ::std::result::Result<$crate::bindings::types::Choice, ::std::string::String> {
                    $crate::report_panics();
                    $choose(&queue, &caller, &ready).map_err(|failure: $crate::Failure| failure.to_string())
                }
            }
    $crate::bindings::selector::export_selector!(Plugin with_types_in $crate::bindings::selector);
        };
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn(
            &$crate::bindings::types::QueueInfo,
            &$crate::bindings::types::WaitingCaller,
            &[$crate::bindings::types::AgentInfo],
        ) -> ::std::result::Result<$crate::bindings::types::Choice, $crate::Failure> = $choose;
    };
}
