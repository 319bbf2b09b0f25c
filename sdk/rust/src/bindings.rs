//! What does wit-bindgen make of the WIT packages? One set of types, shared by the worlds that export something.

#[allow(missing_docs)]
pub mod imports {
    wit_bindgen::generate!({
        path: [
            "../../wit/deps/wasi-io", "../../wit/deps/wasi-clocks", "../../wit/deps/wasi-random",
            "../../wit/deps/wasi-filesystem", "../../wit/deps/wasi-sockets", "../../wit/deps/wasi-cli",
            "../../wit/deps/wasi-http", "../../wit/deps/wasi-config", "../../wit/deps/wasi-keyvalue",
            "../../wit/deps/wasi-logging", "../../wit/types", "../../wit/events", "../../wit/host",
            "../../wit/call", "../../wit/queue", "../../wit/plugin",
        ],
        inline: "
            package ucx:sdk;
            world worker {
                include ucx:plugin/base@0.1.0;
                import wasi:keyvalue/atomics@0.2.0-draft;
                import ucx:host/keyvalue-extra@0.1.0;
                import wasi:clocks/wall-clock@0.2.12;
                import wasi:random/random@0.2.12;
                import ucx:host/http@0.1.0;
            }
        ",
        world: "ucx:sdk/worker",
        generate_all,
    });
}

#[allow(missing_docs)]
pub mod router {
    wit_bindgen::generate!({
        path: [
            "../../wit/deps/wasi-io", "../../wit/deps/wasi-clocks", "../../wit/deps/wasi-random",
            "../../wit/deps/wasi-filesystem", "../../wit/deps/wasi-sockets", "../../wit/deps/wasi-cli",
            "../../wit/deps/wasi-http", "../../wit/deps/wasi-config", "../../wit/deps/wasi-keyvalue",
            "../../wit/deps/wasi-logging", "../../wit/types", "../../wit/events", "../../wit/host",
            "../../wit/call", "../../wit/queue", "../../wit/plugin",
        ],
        world: "ucx:plugin/router",
        pub_export_macro: true,
        export_macro_name: "export_router",
        default_bindings_module: "ucx::bindings::router",
        with: {
            "ucx:types/common@0.1.0": crate::bindings::imports::ucx::types::common,
            "ucx:host/metrics@0.1.0": crate::bindings::imports::ucx::host::metrics,
            "ucx:host/secrets@0.1.0": crate::bindings::imports::ucx::host::secrets,
            "ucx:host/lookup@0.1.0": crate::bindings::imports::ucx::host::lookup,
            "ucx:host/calendar@0.1.0": crate::bindings::imports::ucx::host::calendar,
            "wasi:logging/logging@0.1.0-draft": crate::bindings::imports::wasi::logging::logging,
            "wasi:config/store@0.2.0-rc.1": crate::bindings::imports::wasi::config::store,
            "wasi:keyvalue/store@0.2.0-draft": crate::bindings::imports::wasi::keyvalue::store,
            "ucx:call/routing@0.1.0": generate,
        },
    });
}

#[allow(missing_docs)]
pub mod subscriber {
    wit_bindgen::generate!({
        path: [
            "../../wit/deps/wasi-io", "../../wit/deps/wasi-clocks", "../../wit/deps/wasi-random",
            "../../wit/deps/wasi-filesystem", "../../wit/deps/wasi-sockets", "../../wit/deps/wasi-cli",
            "../../wit/deps/wasi-http", "../../wit/deps/wasi-config", "../../wit/deps/wasi-keyvalue",
            "../../wit/deps/wasi-logging", "../../wit/types", "../../wit/events", "../../wit/host",
            "../../wit/call", "../../wit/queue", "../../wit/plugin",
        ],
        inline: "
            package ucx:sdk;
            world subscriber {
                include ucx:plugin/base@0.1.0;
                import wasi:keyvalue/atomics@0.2.0-draft;
                import ucx:host/keyvalue-extra@0.1.0;
                import wasi:clocks/wall-clock@0.2.12;
                import wasi:random/random@0.2.12;
                export ucx:events/subscriber@0.1.0;
            }
        ",
        world: "ucx:sdk/subscriber",
        pub_export_macro: true,
        export_macro_name: "export_subscriber",
        default_bindings_module: "ucx::bindings::subscriber",
        with: {
            "ucx:types/common@0.1.0": crate::bindings::imports::ucx::types::common,
            "ucx:host/metrics@0.1.0": crate::bindings::imports::ucx::host::metrics,
            "ucx:host/secrets@0.1.0": crate::bindings::imports::ucx::host::secrets,
            "ucx:host/lookup@0.1.0": crate::bindings::imports::ucx::host::lookup,
            "ucx:host/calendar@0.1.0": crate::bindings::imports::ucx::host::calendar,
            "wasi:logging/logging@0.1.0-draft": crate::bindings::imports::wasi::logging::logging,
            "wasi:config/store@0.2.0-rc.1": crate::bindings::imports::wasi::config::store,
            "wasi:keyvalue/store@0.2.0-draft": crate::bindings::imports::wasi::keyvalue::store,
            "wasi:keyvalue/atomics@0.2.0-draft": crate::bindings::imports::wasi::keyvalue::atomics,
            "ucx:host/keyvalue-extra@0.1.0": crate::bindings::imports::ucx::host::keyvalue_extra,
            "wasi:clocks/wall-clock@0.2.12": crate::bindings::imports::wasi::clocks::wall_clock,
            "wasi:random/random@0.2.12": crate::bindings::imports::wasi::random::random,
            "ucx:events/envelope@0.1.0": generate,
        },
    });
}

#[allow(missing_docs)]
pub mod flow {
    wit_bindgen::generate!({
        path: [
            "../../wit/deps/wasi-io", "../../wit/deps/wasi-clocks", "../../wit/deps/wasi-random",
            "../../wit/deps/wasi-filesystem", "../../wit/deps/wasi-sockets", "../../wit/deps/wasi-cli",
            "../../wit/deps/wasi-http", "../../wit/deps/wasi-config", "../../wit/deps/wasi-keyvalue",
            "../../wit/deps/wasi-logging", "../../wit/types", "../../wit/events", "../../wit/host",
            "../../wit/call", "../../wit/queue", "../../wit/plugin",
        ],
        inline: "
            package ucx:sdk;
            world flow {
                import ucx:host/turn@0.1.0;
                import ucx:call/media@0.1.0;
                import ucx:call/channels@0.1.0;
                import ucx:call/bridges@0.1.0;
                import ucx:call/devices@0.1.0;
                import ucx:call/monitoring@0.1.0;
                export ucx:call/flow@0.1.0;
            }
        ",
        world: "ucx:sdk/flow",
        pub_export_macro: true,
        export_macro_name: "export_flow",
        default_bindings_module: "ucx::bindings::flow",
        with: {
            "ucx:types/common@0.1.0": crate::bindings::imports::ucx::types::common,
            "ucx:call/routing@0.1.0": crate::bindings::router::ucx::call::routing,
            "ucx:events/envelope@0.1.0": crate::bindings::subscriber::ucx::events::envelope,
            "ucx:host/turn@0.1.0": generate,
            "ucx:call/media@0.1.0": generate,
            "ucx:call/channels@0.1.0": generate,
            "ucx:call/bridges@0.1.0": generate,
            "ucx:call/devices@0.1.0": generate,
            "ucx:call/monitoring@0.1.0": generate,
        },
    });
}

#[allow(missing_docs)]
pub mod sockets {
    wit_bindgen::generate!({
        path: ["../../wit/deps/wasi-io", "../../wit/deps/wasi-clocks", "../../wit/deps/wasi-sockets"],
        inline: "
            package ucx:sdk;
            world sockets {
                import wasi:io/poll@0.2.12;
                import wasi:io/streams@0.2.12;
                import wasi:clocks/monotonic-clock@0.2.12;
                import wasi:sockets/instance-network@0.2.12;
                import wasi:sockets/ip-name-lookup@0.2.12;
                import wasi:sockets/tcp@0.2.12;
                import wasi:sockets/tcp-create-socket@0.2.12;
            }
        ",
        world: "ucx:sdk/sockets",
        generate_all,
    });
}

#[allow(missing_docs)]
pub mod application {
    wit_bindgen::generate!({
        path: [
            "../../wit/deps/wasi-io", "../../wit/deps/wasi-clocks", "../../wit/deps/wasi-random",
            "../../wit/deps/wasi-filesystem", "../../wit/deps/wasi-sockets", "../../wit/deps/wasi-cli",
            "../../wit/deps/wasi-http", "../../wit/deps/wasi-config", "../../wit/deps/wasi-keyvalue",
            "../../wit/deps/wasi-logging", "../../wit/types", "../../wit/events", "../../wit/host",
            "../../wit/call", "../../wit/queue", "../../wit/plugin",
        ],
        inline: "
            package ucx:sdk;
            world application {
                import ucx:plugin/inbox@0.1.0;
                export serve: func() -> result<_, string>;
            }
        ",
        world: "ucx:sdk/application",
        pub_export_macro: true,
        export_macro_name: "export_application",
        default_bindings_module: "ucx::bindings::application",
        with: {
            "ucx:types/common@0.1.0": crate::bindings::imports::ucx::types::common,
            "ucx:events/envelope@0.1.0": crate::bindings::subscriber::ucx::events::envelope,
            "ucx:plugin/inbox@0.1.0": generate,
        },
    });
}

#[allow(missing_docs)]
pub mod handoff {
    wit_bindgen::generate!({
        path: [
            "../../wit/deps/wasi-io", "../../wit/deps/wasi-clocks", "../../wit/deps/wasi-random",
            "../../wit/deps/wasi-filesystem", "../../wit/deps/wasi-sockets", "../../wit/deps/wasi-cli",
            "../../wit/deps/wasi-http", "../../wit/deps/wasi-config", "../../wit/deps/wasi-keyvalue",
            "../../wit/deps/wasi-logging", "../../wit/types", "../../wit/events", "../../wit/host",
            "../../wit/call", "../../wit/queue", "../../wit/plugin",
        ],
        inline: "
            package ucx:sdk;
            world handoff {
                export ucx:host/handoff@0.1.0;
            }
        ",
        world: "ucx:sdk/handoff",
        pub_export_macro: true,
        export_macro_name: "export_handoff",
        default_bindings_module: "ucx::bindings::handoff",
        with: {
        },
    });
}

#[allow(missing_docs)]
pub mod lifecycle {
    wit_bindgen::generate!({
        path: [
            "../../wit/deps/wasi-io", "../../wit/deps/wasi-clocks", "../../wit/deps/wasi-random",
            "../../wit/deps/wasi-filesystem", "../../wit/deps/wasi-sockets", "../../wit/deps/wasi-cli",
            "../../wit/deps/wasi-http", "../../wit/deps/wasi-config", "../../wit/deps/wasi-keyvalue",
            "../../wit/deps/wasi-logging", "../../wit/types", "../../wit/events", "../../wit/host",
            "../../wit/call", "../../wit/queue", "../../wit/plugin",
        ],
        inline: "
            package ucx:sdk;
            world lifecycle {
                export ucx:host/lifecycle@0.1.0;
            }
        ",
        world: "ucx:sdk/lifecycle",
        pub_export_macro: true,
        export_macro_name: "export_lifecycle",
        default_bindings_module: "ucx::bindings::lifecycle",
        with: {
            "ucx:types/common@0.1.0": crate::bindings::imports::ucx::types::common,
        },
    });
}

#[allow(missing_docs)]
pub mod selector {
    wit_bindgen::generate!({
        path: [
            "../../wit/deps/wasi-io", "../../wit/deps/wasi-clocks", "../../wit/deps/wasi-random",
            "../../wit/deps/wasi-filesystem", "../../wit/deps/wasi-sockets", "../../wit/deps/wasi-cli",
            "../../wit/deps/wasi-http", "../../wit/deps/wasi-config", "../../wit/deps/wasi-keyvalue",
            "../../wit/deps/wasi-logging", "../../wit/types", "../../wit/events", "../../wit/host",
            "../../wit/call", "../../wit/queue", "../../wit/plugin",
        ],
        inline: "
            package ucx:sdk;
            world selector {
                export ucx:queue/selector@0.1.0;
            }
        ",
        world: "ucx:sdk/selector",
        pub_export_macro: true,
        export_macro_name: "export_selector",
        default_bindings_module: "ucx::bindings::selector",
        with: {
            "ucx:types/common@0.1.0": crate::bindings::imports::ucx::types::common,
            "ucx:queue/queues@0.1.0": generate,
        },
    });
}

/// The types of all packages under one roof.
pub mod types {
    pub use super::application::ucx::plugin::inbox::{HttpRequest, Message};
    pub use super::flow::exports::ucx::call::flow::Outcome;
    pub use super::flow::ucx::call::bridges::{Bridge, BridgeSpec, MemberSpec};
    pub use super::flow::ucx::call::channels::{ChannelInfo, ChannelState, DialSpec, DialStatus};
    pub use super::flow::ucx::call::media::{
        Ending, GatherSpec, Gathered, IfExists, MediaItem, PlayOptions, Played, RecordSpec, Recorded,
        SpokenNumber, SpokenTime,
    };
    pub use super::handoff::exports::ucx::host::handoff::Snapshot;
    pub use super::imports::ucx::host::calendar::LocalTime;
    pub use super::imports::ucx::host::lookup::Row;
    pub use super::imports::ucx::types::common::{
        Attr, Direction, Error, Fault, Header, Location, Party, Presentation, Value,
    };
    pub use super::imports::wasi::keyvalue::store::Bucket;
    pub use super::imports::wasi::logging::logging::Level;
    pub use super::lifecycle::exports::ucx::host::lifecycle::Incarnation;
    pub use super::router::ucx::call::routing::{
        Decision, FlowTarget, Leg, OtherTarget, Rejection, RouteRequest, Target, TrunkNumber, Verdict,
    };
    pub use super::selector::exports::ucx::queue::selector::Choice;
    pub use super::selector::ucx::queue::queues::{AgentInfo, AgentState, QueueInfo, WaitingCaller};
    pub use super::subscriber::ucx::events::envelope::{Delivery, Event, Gap, Nack};
}
