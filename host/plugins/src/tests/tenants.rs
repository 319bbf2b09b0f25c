//! What a component may do by the standard interfaces of the web and of files, and what becomes of one that is not well.
#![allow(clippy::wildcard_enum_match_arm)] // a test looks for the one event it means

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use ucx_pbx::Registry;
use ucx_pbx::testing::{World, run};

use super::{Bed, Folder, component};
use crate::{Event, Grants, Interruption, PartRequest, PluginEvent, RouteOutcome, RouteRequest};

/// Takes the tenant in, with those worlds, from a file of the test's own; the words of a refusal.
async fn install(bed: &Bed, worlds: &str, version: &str) -> Result<u64, String> {
    let file = component("tenant");
    let manifest = std::fs::read_to_string(file.with_extension("toml")).unwrap();
    let all = "[\"router\", \"event-subscriber\", \"application\"]";
    assert!(manifest.contains(all), "{manifest}");
    let mut manifest = manifest.replace(all, worlds).replace("0.1.0", version);
    if worlds == "['router']" {
        manifest = manifest.replace("data-kib", "# ").replace("data-files", "# ");
    }
    let home = bed.folder.write("tenant.wasm", std::fs::read(&file).unwrap());
    bed.folder.write("tenant.toml", manifest);
    let installed = bed.host.install(&home).await;
    installed
        .map(|installed| installed.generation)
        .map_err(|refusal| refusal.to_string())
}

fn grants(more: &str) -> Grants {
    let text = format!("[plugins.tenant]\nbuckets = ['default']\nevents = ['deed']\n{more}\n");
    Grants::parse(&text).unwrap()
}

/// A server of the test's own; its address, and how often it was asked.
async fn server() -> (String, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let count = Arc::clone(&count);
            tokio::spawn(async move { serve(stream, &count).await });
        }
    });
    (host, asked)
}

async fn serve(mut stream: TcpStream, count: &AtomicU32) -> Option<()> {
    let mut bytes = Vec::new();
    loop {
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            if stream.read_buf(&mut bytes).await.ok()? == 0 {
                return None;
            }
        };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok())
            .unwrap_or(0);
        while bytes.len() < end + length {
            if stream.read_buf(&mut bytes).await.ok()? == 0 {
                return None;
            }
        }
        bytes.drain(..end + length);
        count.fetch_add(1, Ordering::SeqCst);
        assert!(head.contains("x-by: tenant"), "{head}");
        let body = match head.split(' ').nth(1)? {
            "/hello" => "hello".to_owned(),
            "/echo" => format!("got {length}"),
            "/big" => "b".repeat((1 << 20) + 1),
            _ => std::future::pending().await,
        };
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).await.ok()?;
    }
}

/// What the tenant says as a router.
async fn decided(bed: &Bed, deed: &str) -> String {
    match bed.route("tenant", deed).await {
        RouteOutcome::Verdict { verdict, .. } => verdict.reason,
        RouteOutcome::Fallback { reason, .. } => panic!("{deed}: {reason}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_web_is_asked_by_the_standard_interface_with_the_same_rights() {
    let (host, asked) = server().await;
    let (private, unasked) = server().await;
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = closed.local_addr().unwrap().to_string();
    drop(closed);
    let more = format!(
        "http = ['{host}', '{private}', '{nobody}', 'named.example']\nhttp-private = ['{host}', '{nobody}']"
    );
    let bed = Bed::with("tenant-web", |config| {
        config.grants = grants(&more);
        config.web.resolve = Some(Arc::new(|_| {
            Box::pin(async { Ok(vec!["10.0.0.1".parse().unwrap()]) })
        }));
    });
    install(&bed, "['router']", "0.1.0").await.unwrap();
    for (deed, said) in [
        (format!("GET {host} /hello"), "200 5 hello"),
        (format!("POST {host} /echo 5000"), "200 8 got 5000"),
        (
            format!("GET {host} /hello;POST {host} /echo 9"),
            "200 5 hello; 200 5 got 9",
        ),
        (
            format!("POST {host} /echo 1100000"),
            "HttpRequestBodySize(Some(1048576))",
        ),
        (format!("GET {host} /big"), "HttpResponseBodySize(Some(1048576))"),
        (format!("GET {host} /slow 0 200"), "HttpResponseTimeout"),
        (format!("GET {nobody} /"), "ConnectionRefused"),
        (format!("GET u:p@{host} /hello"), "HttpRequestUriInvalid"),
        (format!("CONNECT {host} /hello"), "HttpRequestMethodInvalid"),
        ("GET other.example /".to_owned(), "HttpRequestDenied"),
        (format!("GET {private} /hello"), "DestinationIpProhibited"),
        ("GET named.example /".to_owned(), "DestinationIpProhibited"),
    ] {
        assert_eq!(decided(&bed, &format!("web {deed}")).await, said, "{deed}");
    }
    assert_eq!(unasked.load(Ordering::SeqCst), 0);
    assert!(asked.load(Ordering::SeqCst) >= 5);
    let log = bed.host.log("tenant");
    assert!(
        log.iter()
            .any(|line| line.text == "denied; needs http = [\"other.example\"]"),
        "{log:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_web_said_is_recorded_and_told_again() {
    let (host, asked) = server().await;
    let folder = Folder::new("tenant-tape");
    let place = folder.0.clone();
    let more = format!("http = ['{host}']\nhttp-private = ['{host}']");
    let bed = Bed::with("tenant-tape", |config| {
        config.grants = grants(&more);
        config.decisions = Some(place);
    });
    install(&bed, "['router']", "0.1.0").await.unwrap();
    let twice = format!("web POST {host} /echo 7;GET {host} /hello");
    assert_eq!(decided(&bed, &twice).await, "200 5 got 7; 200 5 hello");
    assert_eq!(
        decided(&bed, &format!("web GET {host} /big")).await,
        "HttpResponseBodySize(Some(1048576))"
    );
    let count = asked.load(Ordering::SeqCst);
    let then = super::replaying::written(&folder.0, 2).await;
    assert_eq!(then[0].heard.len(), 2, "{:?}", then[0]);
    let file = bed.folder.0.join("tenant.wasm");
    let now = bed.host.replay(&file, then.clone()).await.unwrap();
    for (now, then) in now.iter().zip(&then) {
        assert!(now.agrees_with(then) && now.missing.is_empty(), "{now:?}");
    }
    // What was not asked then is told, and not asked.
    let mut other = then;
    other[0].request.dialled = format!("web GET {host} /other");
    let now = bed.host.replay(&file, other).await.unwrap();
    assert_eq!(now[0].missing, [format!("GET http://{host}/other")]);
    assert_eq!(asked.load(Ordering::SeqCst), count);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stand_in_answers_by_the_standard_interface_too() {
    let bed = Bed::with("tenant-mock", |config| {
        config.grants = grants("http = ['crm.example']");
        config.web.stand_in = Some(Arc::new(|plugin: &str, request: crate::WebRequest| {
            assert_eq!(
                (plugin, request.url.as_str()),
                ("tenant", "http://crm.example/x?y=1")
            );
            Box::pin(async {
                Ok(crate::WebResponse {
                    status: 404,
                    headers: Vec::new(),
                    body: b"none".to_vec(),
                })
            })
        }));
    });
    install(&bed, "['router']", "0.1.0").await.unwrap();
    assert_eq!(decided(&bed, "web GET crm.example /x?y=1").await, "404 4 none");
}

/// What the tenant says as a subscriber.
async fn heard(bed: &Bed, deed: &str) -> String {
    let lines = || {
        let log = bed.host.log("tenant").into_iter();
        let beginning = format!("{deed}: ");
        log.filter_map(|line| line.text.strip_prefix(&beginning).map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let before = lines().len();
    bed.host.deliver(&Event {
        subject: Some(deed.to_owned()),
        ..Event::new("deed", 1)
    });
    let began = Instant::now();
    loop {
        let mut after = lines();
        if after.len() > before {
            return after.pop().unwrap();
        }
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "{deed}: {:?}",
            bed.host.recent()
        );
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

fn bed_with_folder(name: &str, data: &Path) -> Bed {
    Bed::with(name, |config| {
        config.grants = grants("http = ['x.example']\ndata-kib = 64\ndata-files = 32");
        config.data = Some(data.to_owned());
    })
}

const WATCHES: &str = "['event-subscriber']";

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_holds_what_was_granted_and_stays() {
    let data = Folder::new("tenant-data");
    let bed = bed_with_folder("tenant-folder", &data.0);
    install(&bed, WATCHES, "0.1.0").await.unwrap();
    for (deed, said) in [
        ("folders", "/data"),
        ("write a 10000", "10000"),
        ("append a 100", "100"),
        ("stat a", "10100"),
        ("read a", "pppppppppppppppppppp"),
        // What is left is 55,436 bytes, of which it writes 4,096 at a time.
        ("write b 100000", "quota after 53248"),
        ("append b 4096", "quota after 0"),
        ("unlink b", "done"),
        ("size a 1099511627776", "quota"),
        ("direct a 1 1099511627776", "quota"),
        ("write b 1 1099511627776", "quota after 0"),
        ("ghosts 8192", "quota after 6"),
        ("left l 100000", "quota after 53248"),
        ("held a", "quota after 48"),
        ("streams a", "quota after 32"),
        ("listings", "quota after 16"),
        ("write b 40960", "40960"),
        ("mkdir d", "done"),
        ("rename b d/b", "done"),
        ("list", "a d"),
        ("stat d/b", "40960"),
        // Three entries are there already.
        ("many", "quota after 29"),
    ] {
        assert_eq!(heard(&bed, &format!("file {deed}")).await, said, "{deed}");
    }
    // It outlives a swap and a restart.
    install(&bed, WATCHES, "0.2.0").await.unwrap();
    assert_eq!(heard(&bed, "file stat d/b").await, "40960");
    drop(bed);
    let bed = bed_with_folder("tenant-again", &data.0);
    install(&bed, WATCHES, "0.2.0").await.unwrap();
    assert_eq!(heard(&bed, "file stat d/b").await, "40960");
    assert_eq!(heard(&bed, "file write c 1").await, "quota");
    assert!(data.0.join("tenant/d/b").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_leads_out_of_a_folder() {
    let data = Folder::new("tenant-out");
    data.write("secret", "hush");
    let bed = bed_with_folder("tenant-escape", &data.0);
    install(&bed, WATCHES, "0.1.0").await.unwrap();
    std::os::unix::fs::symlink(data.0.join("secret"), data.0.join("tenant/link")).unwrap();
    assert_eq!(heard(&bed, "file mkdir d").await, "done");
    for path in [
        "../secret",
        "./../secret",
        "d/../../secret",
        "/etc/passwd",
        "..",
        "link",
        "d/../link",
    ] {
        for deed in ["open", "write", "append", "stat"] {
            let said = heard(&bed, &format!("file {deed} {path} 1")).await;
            assert_eq!(said, "not-permitted", "{deed} {path}");
        }
    }
    for deed in [
        "mkdir ../x",
        "rmdir ../tenant",
        "unlink ../secret",
        "rename ../secret mine",
        "rename d ../d",
        "symlink /etc/passwd mine",
        "symlink ../secret mine",
        "link link mine",
    ] {
        assert_eq!(
            heard(&bed, &format!("file {deed}")).await,
            "not-permitted",
            "{deed}"
        );
    }
    assert_eq!(std::fs::read_to_string(data.0.join("secret")).unwrap(), "hush");
    let left: Vec<_> = std::fs::read_dir(&data.0).unwrap().flatten().collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_decides_or_was_not_granted_one_has_no_folder() {
    let data = Folder::new("tenant-none");
    let bed = Bed::with("tenant-ungranted", |config| {
        config.grants = grants("http = ['x.example']");
        config.data = Some(data.0.clone());
    });
    let refused = install(&bed, WATCHES, "0.1.0").await.unwrap_err();
    assert!(refused.contains("[plugins.tenant]: data-kib = 64"), "{refused}");
    let bed = bed_with_folder("tenant-router", &data.0);
    install(&bed, "['router', 'event-subscriber']", "0.1.0")
        .await
        .unwrap();
    assert_eq!(decided(&bed, "file folders").await, "");
    assert_eq!(decided(&bed, "file write a 1").await, "there is no folder");
    assert_eq!(heard(&bed, "file folders").await, "/data");
}

/// A host of components whose time passes as the test wants.
fn world(name: &'static str, test: impl AsyncFnOnce(&mut World, &Bed)) {
    run(
        "[main]\nexten => 100,1,NoOp()\n",
        Registry::new(),
        async move |world| {
            let bed = Bed::with(name, |config| {
                config.interruption = Interruption::Fuel;
                config.cache = Some(std::env::temp_dir().join(format!("ucx-flows-{}", std::process::id())));
                config.grants = grants("http = ['x.example']\ndata-kib = 64");
            });
            bed.host.attach(world.desk.clone(), 1_700_000_000_000, "/spool");
            test(world, &bed).await;
        },
    );
}

fn count(bed: &Bed, is_meant: impl Fn(&PluginEvent) -> bool) -> usize {
    bed.host.recent().iter().filter(|event| is_meant(event)).count()
}

fn ills(bed: &Bed) -> usize {
    count(bed, |event| matches!(event, PluginEvent::Unhealthy { .. }))
}

fn restarts(bed: &Bed) -> usize {
    count(
        bed,
        |event| matches!(event, PluginEvent::Failed { reason, .. } if reason.contains("is not well")),
    )
}

#[test]
fn a_subscriber_that_is_not_well_is_told_of_and_started_again() {
    world("tenant-ill", async |world, bed| {
        install(bed, WATCHES, "0.1.0").await.unwrap();
        assert_eq!(heard(bed, "starts").await, "1");
        world.pass(2_500).await;
        assert_eq!((ills(bed), bed.host.list()[0].illness.clone()), (0, None));
        assert_eq!(heard(bed, "ill no luck").await, "done");
        world.pass(1_000).await;
        let status = &bed.host.list()[0];
        assert_eq!((status.unhealthy, ills(bed), restarts(bed)), (1, 1, 0));
        assert_eq!(status.illness.as_deref(), Some("failed: no luck"));
        world.pass(2_100).await;
        assert_eq!((ills(bed), restarts(bed)), (3, 1));
        // Another instance, which is well.
        assert_eq!(heard(bed, "starts").await, "1");
        world.pass(1_200).await;
        assert_eq!(bed.host.list()[0].illness, None);
        assert_eq!(
            count(bed, |event| matches!(event, PluginEvent::Healthy { .. })),
            1
        );
        // One that gives no answer is not asked a second time.
        for deed in ["ill trap", "ill loop"] {
            let before = (ills(bed), bed.host.list()[0].fallbacks);
            assert_eq!(heard(bed, deed).await, "done");
            world.pass(1_300).await;
            assert_eq!(
                (ills(bed), bed.host.list()[0].fallbacks),
                (before.0 + 1, before.1 + 1)
            );
            assert_eq!(heard(bed, "starts").await, "1");
        }
    });
}

async fn ask(bed: &Bed, path: &str) -> (u16, String) {
    let request = PartRequest {
        method: "GET".to_owned(),
        path: path.to_owned(),
        ..PartRequest::default()
    };
    let reply = bed.host.ask_part("tenant", request).await;
    (reply.status, String::from_utf8(reply.body).unwrap())
}

const SERVES: &str = "['event-subscriber', 'application']";

#[test]
fn an_application_that_is_not_well_rests_until_it_is() {
    world("tenant-rests", async |world, bed| {
        install(bed, SERVES, "0.1.0").await.unwrap();
        world.pass(3_500).await;
        assert_eq!(ask(bed, "/starts").await, (200, "1".to_owned()));
        assert_eq!((ills(bed), restarts(bed)), (0, 0));
        assert_eq!(ask(bed, "/sick+no+luck").await, (200, "done".to_owned()));
        world.pass(1_100).await;
        assert_eq!(bed.host.list()[0].illness.as_deref(), Some("failed: no luck"));
        assert_eq!(ask(bed, "/starts").await.0, 200);
        world.pass(2_100).await;
        assert_eq!((ills(bed), restarts(bed)), (3, 1));
        // Its pauses grow as those of one that traps: 50, 100, 200 ms and so on.
        world.pass(3_000).await;
        let failed = count(bed, |event| matches!(event, PluginEvent::Failed { .. }));
        assert!((5..9).contains(&failed), "{failed}");
        assert_eq!(ask(bed, "/starts").await.0, 503);
        assert_eq!(heard(bed, "sick ").await, "done");
        world.pass(7_000).await;
        assert_eq!(ask(bed, "/starts").await, (200, "1".to_owned()));
        assert_eq!(bed.host.list()[0].illness, None);
    });
}

#[test]
fn a_generation_that_is_not_well_does_not_come_or_does_not_stay() {
    world("tenant-gate", async |world, bed| {
        assert_eq!(install(bed, SERVES, "0.1.0").await, Ok(1));
        world.pass(1_500).await;
        assert_eq!(ask(bed, "/sick+no+luck").await.0, 200);
        let refused = install(bed, SERVES, "0.2.0").await.unwrap_err();
        assert_eq!(refused, "is not well: failed: no luck");
        assert_eq!(bed.host.list()[0].generation, 1);
        assert_eq!(ask(bed, "/sick").await.0, 200);
        let next = install(bed, SERVES, "0.2.0").await.unwrap();
        world.pass(100).await;
        assert_eq!(bed.host.list()[0].generation, next);
        // It never says that it is well, so the one before it is back.
        assert_eq!(ask(bed, "/sick+again").await.0, 200);
        world.pass(3_300).await;
        assert_eq!(bed.host.list()[0].generation, 1);
        let back = |event: &PluginEvent| matches!(event, PluginEvent::RolledBack { back: 1, .. });
        assert_eq!(count(bed, back), 1);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_of_a_router_find_its_own_words() {
    let bed = Bed::with("tenant-words", |config| {
        config.grants = grants("http = ['x.example']")
    });
    install(&bed, "['router']", "0.1.0").await.unwrap();
    let request = RouteRequest::new("1", "nonsense");
    let outcome = bed.host.route("tenant", request).await;
    let RouteOutcome::Verdict { verdict, .. } = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(verdict.reason, "\"nonsense\" is no deed");
}
