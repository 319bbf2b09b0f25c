//! The standard interfaces, as wit-bindgen makes them.

wit_bindgen::generate!({
    path: [
        "../../../wit/deps/wasi-io", "../../../wit/deps/wasi-clocks", "../../../wit/deps/wasi-random",
        "../../../wit/deps/wasi-filesystem", "../../../wit/deps/wasi-sockets", "../../../wit/deps/wasi-cli",
        "../../../wit/deps/wasi-http",
    ],
    inline: "
        package ucx:tenant;
        world outside {
            import wasi:http/outgoing-handler@0.2.12;
            import wasi:filesystem/preopens@0.2.12;
            import wasi:filesystem/types@0.2.12;
        }
    ",
    world: "ucx:tenant/outside",
    generate_all,
});
