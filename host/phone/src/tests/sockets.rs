//! Phones and loads on real sockets of the loopback, every port chosen by the system.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader, DuplexStream, Lines};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use ucx_sip::TransportKind;

use crate::cli::{LoadOptions, PhoneOptions, load, phone_with};
use crate::{Identity, Policy};

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// Nothing here takes nearly as long.
const PATIENCE: Duration = Duration::from_secs(20);

fn runtime() -> Runtime {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

struct Running {
    script: mpsc::Sender<String>,
    output: Lines<BufReader<DuplexStream>>,
    task: JoinHandle<std::io::Result<u32>>,
    sip: SocketAddr,
}

async fn start(user: &str, server: SocketAddr, transport: TransportKind, tone_hz: u16) -> Running {
    let mut options = PhoneOptions::new(Identity::new(user), SocketAddr::new(LOOPBACK, 0), server);
    options.transport = transport;
    options.policy = Policy::Answer {
        after: Duration::from_millis(50),
    };
    options.tone_hz = Some(tone_hz);
    let (script, lines) = mpsc::channel(64);
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let task = tokio::spawn(phone_with(options, lines, theirs));
    let mut output = BufReader::new(ours).lines();
    let ready: Value = next(&mut output).await.expect("a first line");
    assert_eq!(
        (&ready["event"], &ready["user"]),
        (&Value::from("ready"), &Value::from(user))
    );
    let sip = ready["sip"]
        .as_str()
        .and_then(|sip| sip.parse().ok())
        .expect("an address");
    Running {
        script,
        output,
        task,
        sip,
    }
}

async fn next(output: &mut Lines<BufReader<DuplexStream>>) -> Option<Value> {
    let line = output.next_line().await.expect("a readable line")?;
    Some(serde_json::from_str(&line).expect("each line is an object"))
}

impl Running {
    async fn say(&self, script: &str) {
        for line in script.lines() {
            self.script.send(line.to_owned()).await.expect("the phone reads");
        }
    }

    /// Ends the script; gives all that was told, and how many lines went wrong.
    async fn finish(mut self) -> (Vec<Value>, u32) {
        drop(self.script);
        let mut told = Vec::new();
        while let Some(line) = next(&mut self.output).await {
            told.push(line);
        }
        (
            told,
            self.task
                .await
                .expect("the phone ends")
                .expect("its sockets work"),
        )
    }
}

fn call_over(transport: TransportKind) {
    let run = async {
        let nowhere = SocketAddr::new(LOOPBACK, 9);
        let callee = start("6002", nowhere, transport, 660).await;
        let caller = start("6001", callee.sip, transport, 440).await;
        let file = std::env::temp_dir().join(format!("ucx-phone-{}-{transport:?}.wav", std::process::id()));
        let script =
            "call 6002\nexpect-answered within 3s\nexpect-tone 660 within 3s\ndigits 7#\nwait 500ms\nstats";
        caller.say(script).await;
        caller
            .say(&format!(
                "record {}\nwait 300ms\nladder\nhangup\nexpect-over",
                file.display()
            ))
            .await;
        callee
            .say("expect-digits 7# within 10s\nexpect-over within 10s")
            .await;

        let (told, failures) = caller.finish().await;
        assert_eq!(failures, 0, "{told:#?}");
        let (told_by_callee, failures) = callee.finish().await;
        assert_eq!(failures, 0, "{told_by_callee:#?}");

        let stats = told
            .iter()
            .find(|line| line["command"] == "stats")
            .expect("figures");
        assert!(
            stats["stats"]["frames_received"]
                .as_u64()
                .is_some_and(|frames| frames > 20),
            "{stats}"
        );
        let ended = told.iter().find(|line| line["event"] == "ended").expect("an end");
        assert_eq!(
            (&ended["by"], &ended["report"]["ssrc_changes"]),
            (&Value::from("us"), &Value::from(0))
        );
        let wav = std::fs::read(&file).expect("a recording");
        let _ = std::fs::remove_file(&file);
        let sound = ucx_media::Sound::from_wav(&wav).expect("a WAV file");
        assert!(sound.samples().len() > 2000, "{} samples", sound.samples().len());
    };
    runtime().block_on(async {
        tokio::time::timeout(PATIENCE, run)
            .await
            .expect("it does not hang")
    });
}

#[test]
fn a_call_over_udp() {
    call_over(TransportKind::Udp);
}

#[test]
fn a_call_over_tcp() {
    call_over(TransportKind::Tcp);
}

#[test]
fn a_refused_connection_fails_the_call_at_once() {
    let run = async {
        let listener = std::net::TcpListener::bind((LOOPBACK, 0)).expect("a port");
        let nobody = listener.local_addr().expect("its address");
        drop(listener);
        let caller = start("6001", nobody, TransportKind::Tcp, 440).await;
        caller.say("call 6002\nexpect-failed within 3s").await;
        let (told, failures) = caller.finish().await;

        assert_eq!(failures, 0, "{told:#?}");
        let failed = told
            .iter()
            .find(|line| line["event"] == "failed")
            .expect("a failure");
        assert_eq!(failed["status"], 503);
    };
    runtime().block_on(async {
        tokio::time::timeout(PATIENCE, run)
            .await
            .expect("it does not hang")
    });
}

#[test]
fn a_phone_is_not_bound_to_all_addresses() {
    let everywhere = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
    let options = PhoneOptions::new(Identity::new("6001"), everywhere, everywhere);
    let (_script, lines) = mpsc::channel(1);
    let (_ours, theirs) = tokio::io::duplex(1024);

    let error = runtime()
        .block_on(phone_with(options, lines, theirs))
        .expect_err("it cannot be reached there");

    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
}

#[test]
fn a_load_meets_a_phone() {
    let run = async {
        let callee = start("6002", SocketAddr::new(LOOPBACK, 9), TransportKind::Udp, 660).await;
        callee.say("policy answer").await;
        let mut options = LoadOptions::new(callee.sip, LOOPBACK);
        options.callers = vec![Identity::new("load")];
        options.numbers = vec!["6002".to_owned()];
        options.duration = Duration::from_millis(500);
        options.hold = Duration::from_millis(200);
        options.sound = crate::load::Sound::Rtp;
        let report = load(options).await.expect("sockets");
        drop(callee.finish().await);

        assert_eq!(
            (report.begun, report.completed, report.failed, report.open),
            (5, 5, 0, 0),
            "{report}"
        );
        assert!(report.setup_ms.p50 > 0.0 && report.cpu_us_per_call.is_some());
        let rtp = report.rtp.expect("there was sound");
        assert!(rtp.received > 20 && rtp.lost == 0, "{rtp:?}");
    };
    runtime().block_on(async {
        tokio::time::timeout(PATIENCE, run)
            .await
            .expect("it does not hang")
    });
}
