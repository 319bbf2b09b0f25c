//! What does wasmtime make of the WIT packages? Host traits for all imports, and both exports; which of them a component
//! has is found out when it is loaded.

#![allow(missing_docs, clippy::use_self)]

wasmtime::component::bindgen!({
    path: [
        "../../wit/deps/wasi-io", "../../wit/deps/wasi-clocks", "../../wit/deps/wasi-random",
        "../../wit/deps/wasi-filesystem", "../../wit/deps/wasi-sockets", "../../wit/deps/wasi-cli",
        "../../wit/deps/wasi-http", "../../wit/deps/wasi-config", "../../wit/deps/wasi-keyvalue",
        "../../wit/deps/wasi-logging", "../../wit/types", "../../wit/events", "../../wit/host",
        "../../wit/call", "../../wit/queue", "../../wit/plugin",
    ],
    inline: "
        package ucx:served;
        world all {
            include ucx:plugin/base@0.1.0;
            import wasi:keyvalue/atomics@0.2.0-draft;
            import ucx:host/keyvalue-extra@0.1.0;
            import ucx:host/turn@0.1.0;
            import ucx:host/http@0.1.0;
            export ucx:call/router@0.1.0;
            export ucx:events/subscriber@0.1.0;
        }
    ",
    world: "ucx:served/all",
    imports: {
        "ucx:host/turn.sleep": async | trappable,
        "ucx:host/http.fetch": async | trappable,
        default: trappable,
    },
    exports: { default: async },
    with: { "wasi:keyvalue/store.bucket": crate::interfaces::keyvalue::Bucket },
    additional_derives: [PartialEq],
    require_store_data_send: true,
});

/// Steering calls. Apart from the rest, because results that hold handles cannot be compared.
pub mod calls {
    wasmtime::component::bindgen!({
        path: [
            "../../wit/deps/wasi-io", "../../wit/deps/wasi-clocks", "../../wit/deps/wasi-random",
            "../../wit/deps/wasi-filesystem", "../../wit/deps/wasi-sockets", "../../wit/deps/wasi-cli",
            "../../wit/deps/wasi-http", "../../wit/deps/wasi-config", "../../wit/deps/wasi-keyvalue",
            "../../wit/deps/wasi-logging", "../../wit/types", "../../wit/events", "../../wit/host",
            "../../wit/call", "../../wit/queue", "../../wit/plugin",
        ],
        inline: "
            package ucx:served;
            world calls {
                import ucx:call/media@0.1.0;
                import ucx:call/channels@0.1.0;
                import ucx:call/bridges@0.1.0;
                import ucx:call/conferences@0.1.0;
                import ucx:call/parking@0.1.0;
                import ucx:call/monitoring@0.1.0;
                import ucx:call/devices@0.1.0;
                import ucx:queue/queues@0.1.0;
                export ucx:call/flow@0.1.0;
            }
        ",
        world: "ucx:served/calls",
        imports: {
            "ucx:call/media": async | trappable,
            "ucx:call/channels": async | trappable,
            "ucx:call/bridges": async | trappable,
            "ucx:call/monitoring": async | trappable,
            "ucx:call/devices": async | trappable,
            default: trappable,
        },
        exports: { default: async },
        with: {
            "ucx:types/common": crate::bindings::ucx::types::common,
            "ucx:events/envelope": crate::bindings::ucx::events::envelope,
            "ucx:call/routing": crate::bindings::ucx::call::routing,
            "ucx:call/channels.channel": crate::flow::Leg,
            "ucx:call/channels.dialing": crate::flow::Dialled,
            "ucx:call/media.playback": crate::interfaces::media::Playback,
            "ucx:call/media.recording": crate::interfaces::media::Recording,
            "ucx:call/bridges.bridge": crate::interfaces::bridges::Bridge,
            "ucx:call/monitoring.spying": crate::interfaces::monitoring::Spying,
        },
        require_store_data_send: true,
    });
}

/// What applications and selectors have of their own.
pub mod apps {
    wasmtime::component::bindgen!({
        path: [
            "../../wit/deps/wasi-io", "../../wit/deps/wasi-clocks", "../../wit/deps/wasi-random",
            "../../wit/deps/wasi-filesystem", "../../wit/deps/wasi-sockets", "../../wit/deps/wasi-cli",
            "../../wit/deps/wasi-http", "../../wit/deps/wasi-config", "../../wit/deps/wasi-keyvalue",
            "../../wit/deps/wasi-logging", "../../wit/types", "../../wit/events", "../../wit/host",
            "../../wit/call", "../../wit/queue", "../../wit/plugin",
        ],
        inline: "
            package ucx:served;
            world apps {
                import ucx:plugin/inbox@0.1.0;
                export ucx:host/lifecycle@0.1.0;
                export ucx:host/handoff@0.1.0;
                export ucx:queue/selector@0.1.0;
            }
        ",
        world: "ucx:served/apps",
        imports: {
            "ucx:plugin/inbox.next": async | trappable,
            "ucx:plugin/inbox.next-batch": async | trappable,
            default: trappable,
        },
        exports: { default: async },
        with: {
            "ucx:types/common": crate::bindings::ucx::types::common,
            "ucx:events/envelope": crate::bindings::ucx::events::envelope,
            "ucx:queue/queues": crate::bindings::calls::ucx::queue::queues,
        },
        additional_derives: [PartialEq],
        require_store_data_send: true,
    });
}
