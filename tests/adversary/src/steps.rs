//! Call flows that go where they may not: the steps of the shipped component `wayward`, under another name and with the
//! web and a bucket beside its other rights.

/// Steps of a flow; the caller then hears the declared fallback, and the operator reads why.
pub struct Steps {
    pub name: &'static str,
    pub steps: &'static str,
    /// One of these words is in the reason.
    pub words: &'static [&'static str],
}

const fn steps(name: &'static str, steps: &'static str, words: &'static [&'static str]) -> Steps {
    Steps { name, steps, words }
}

/// What the plugin is called.
pub const ROAMER: &str = "roamer";

/// What its manifest asks beside whom it calls, in place of what `wayward` asks.
pub const ASKS: &str = "http = [\"*\"]\nbuckets = [\"default\"]\n";

/// Stands for the port where nobody may be reached, and for the one where somebody may.
pub const FORBIDDEN: &str = "{FORBIDDEN}";
pub const ALLOWED: &str = "{ALLOWED}";

const PRIVATE: &[&str] = &["needs http-private"];
const DENIED: &[&str] = &["denied"];
const NO_NAME: &[&str] = &["which no name or number has", "holds a line end"];
const NO_SOUND: &[&str] = &["is no name of a sound"];

#[rustfmt::skip]
pub const STEPS: &[Steps] = &[
    // Time and memory.
    steps("flow-trap", "answer,trap", &["trapped"]),
    steps("flow-loop", "answer,loop", &["processor time", "took more than"]),
    steps("flow-loop-in-early-media", "loop", &["processor time", "took more than"]),
    steps("flow-descent", "answer,descend", &["trapped"]),
    steps("flow-memory", "answer,memory", &["of memory and may not"]),
    steps("flow-timers", "hoard timers,tell", &["64: a limit is used up"]),
    steps("flow-playbacks", "answer,hoard playbacks,tell", &["a limit is used up", "something else plays"]),
    steps("flow-bridges", "hoard bridges,tell", &["32: a limit is used up"]),
    steps("flow-bridges-let-go", "hoard bridges-let-go,tell", &["32: a limit is used up"]),
    steps("flow-bridge-named-megabyte", "bridge-named 1000000", &["name: at most"]),
    steps("flow-calls", "hoard calls,tell", &["0: denied", "1: denied", "2: denied", "3: denied"]),
    steps("flow-buckets", "hoard buckets,tell", &["too many open handles"]),
    steps("flow-values", "hoard values,tell", &["storage is full"]),
    steps("flow-value-of-a-megabyte", "hoard large,tell", &["values 262144"]),
    steps("flow-events-too-large", "shout 1 900000", &["at most"]),
    steps("flow-events-too-many-fields", "shout 5000 1", &["at most"]),
    // Others' calls.
    steps("flow-dial-context", "reach dial location s@answering", DENIED),
    steps("flow-dial-other", "reach dial dialstring Local/s@answering", &["needs targets"]),
    steps("flow-dial-two-in-one", "reach dial endpoint 6001&Local/s@answering", NO_NAME),
    steps("flow-dial-by-option", "reach dial endpoint 6001%2c30%2cU(x)", NO_NAME),
    steps("flow-dial-line-end", "reach dial endpoint 6001%0d%0aX-Forged: yes", NO_NAME),
    steps("flow-dial-zero", "reach dial endpoint 6001%00", NO_NAME),
    steps("flow-dial-trunk-line-end", "reach dial trunk 1%0d%0aX-Forged: yes@6001", NO_NAME),
    steps("flow-dial-uri", "reach dial uri sip:6001@127.0.0.1", &["needs targets"]),
    steps("flow-call-other", "reach call location s@answering", DENIED),
    steps("flow-call-line-end", "reach call endpoint 6001%0aEvent: Forged", NO_NAME),
    steps("flow-transfer-other", "answer,reach transfer location s@answering", DENIED),
    steps("flow-context", "away 1", &["it may not send calls to"]),
    steps("flow-subroutine-context", "sub answering s", DENIED),
    steps("flow-application", "system id", DENIED),
    steps("flow-variable", "variable SHELL(id)", DENIED),
    steps("flow-set-variable", "secret", DENIED),
    steps("flow-global", "global TRUNK", DENIED),
    steps("flow-set-global", "setglobal TRUNK", DENIED),
    steps("flow-device", "device Custom:lamp", DENIED),
    steps("flow-adopt", "adopt PJSIP/6100-00000000", &["not found"]),
    steps("flow-other-bucket", "bucket payroll", &["is not granted"]),
    steps("flow-secret", "password db", DENIED),
    steps("flow-table", "table salaries", DENIED),
    steps("flow-setting", "setting password", &["does not ask for config"]),
    // Names that are paths, and texts that are lines.
    steps("flow-play-absolute", "answer,play /etc/passwd", NO_SOUND),
    steps("flow-play-above", "answer,play ../../../etc/passwd", NO_SOUND),
    steps("flow-play-between", "answer,play custom/../../secret", NO_SOUND),
    steps("flow-play-line-end", "answer,play x%0d%0aEvent: Forged", NO_SOUND),
    steps("flow-record-absolute", "answer,record /tmp/escaped", NO_SOUND),
    steps("flow-record-above", "answer,record ../escaped", NO_SOUND),
    steps("flow-language-path", "language ../../etc", &["is no language"]),
    steps("flow-caller-line-end", "rename 100%0d%0aX-Forged: yes", &["holds a line end"]),
    steps("flow-caller-zero", "rename 100%00", &["holds a line end"]),
    steps("flow-event-line-end", "event x%0d%0aEvent: Forged%0d%0aX-Forged: yes", &["line end"]),
    steps("flow-fail-line-end", "fail no%0d%0aEvent: Forged%0d%0aX-Forged: yes", &["no"]),
    steps("flow-digits-that-are-none", "answer,digits 1%0d%0aX-Forged: yes", &["invalid"]),
    // The machine below.
    steps("flow-file", "open /etc/passwd,tell", &["no file"]),
    steps("flow-folder", "folder /,tell", &["no folder"]),
    steps("flow-environment", "environment,tell", &["no path"]),
    steps("flow-socket", "socket 127.0.0.1:{FORBIDDEN},tell", &["no connection"]),
    // The web, where it is not public.
    steps("web-loopback", "fetch http://127.0.0.1:{FORBIDDEN}/", PRIVATE),
    steps("web-decimal", "fetch http://2130706433:{FORBIDDEN}/", PRIVATE),
    steps("web-octal", "fetch http://0177.0.0.01:{FORBIDDEN}/", PRIVATE),
    steps("web-hex", "fetch http://0x7f000001:{FORBIDDEN}/", PRIVATE),
    steps("web-short", "fetch http://127.1:{FORBIDDEN}/", PRIVATE),
    steps("web-dot-behind", "fetch http://127.0.0.1.:{FORBIDDEN}/", PRIVATE),
    steps("web-percent", "fetch http://%2531%2532%2537.0.0.1:{FORBIDDEN}/", PRIVATE),
    steps("web-circled-digits", "fetch http://%e2%91%a0%e2%91%a1%e2%91%a6.0.0.1:{FORBIDDEN}/", PRIVATE),
    steps("web-any-address", "fetch http://0.0.0.0:{FORBIDDEN}/", PRIVATE),
    steps("web-v6-loopback", "fetch http://[::1]:{FORBIDDEN}/", PRIVATE),
    steps("web-v6-any", "fetch http://[::]:{FORBIDDEN}/", PRIVATE),
    steps("web-v4-mapped", "fetch http://[::ffff:127.0.0.1]:{FORBIDDEN}/", PRIVATE),
    steps("web-v4-compatible", "fetch http://[::127.0.0.1]:{FORBIDDEN}/", PRIVATE),
    steps("web-v4-translated", "fetch http://[64:ff9b::7f00:1]:{FORBIDDEN}/", PRIVATE),
    steps("web-6to4", "fetch http://[2002:7f00:1::]:{FORBIDDEN}/", PRIVATE),
    steps("web-link-local", "fetch http://169.254.169.254/latest/meta-data/", PRIVATE),
    steps("web-v6-link-local", "fetch http://[fe80::1]:{FORBIDDEN}/", PRIVATE),
    steps("web-unique-local", "fetch http://[fd00::1]:{FORBIDDEN}/", PRIVATE),
    steps("web-shared-address", "fetch http://100.64.0.1/", PRIVATE),
    steps("web-broadcast", "fetch http://255.255.255.255/", PRIVATE),
    steps("web-name-of-loopback", "fetch http://localhost:{FORBIDDEN}/", &["has no public address"]),
    steps("web-name-with-a-dot", "fetch http://localhost.:{FORBIDDEN}/", &["has no public address", "dns error"]),
    steps("web-credentials", "fetch http://public.example@127.0.0.1:{FORBIDDEN}/", &["credentials"]),
    steps("web-file", "fetch file:///etc/passwd", &["http: or https:"]),
    steps("web-redirect", "fetch http://127.0.0.1:{ALLOWED}/redirect,tell", &["302"]),
    steps("web-line-in-header", "fetch-with http://127.0.0.1:{ALLOWED}/ a%0d%0aX-Forged: yes", &["header"]),
];
