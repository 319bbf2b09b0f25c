//! Whole connections over loopback, to a pbx in a thread of its own.

use super::host::ScriptedHost;
use crate::session::REFUSALS_MAX;
use crate::{Manager, ManagerConfig, load};
use std::collections::VecDeque;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use ucx_call::{EventKind, Names, Principal, Scope, Scopes};
use ucx_pbx::{Desk, Registry};

const CONF: &str = "[general]\nenabled=yes\nauthtimeout=1\nauthlimit=5\n\
    [admin]\nsecret=adminpw\nread=all\nwrite=all\n[quiet]\nsecret=q\nread=call\nwrite=user\n\
    [filtered]\nsecret=f\nread=all\nwrite=all\neventfilter=!UserEvent: One\n\
    [single]\nsecret=s\nread=all\nwrite=all\nallowmultiplelogin=no\n";

pub fn config() -> ManagerConfig {
    let (mut config, _) = load(
        &ucx_config::parse_text("manager.conf", CONF).0,
        &Default::default(),
    );
    let scope = Scope {
        originate: Some(Names::new(["PJSIP/*"])),
        ..Scope::default()
    };
    config.scopes = Scopes::new([("filtered".to_owned(), scope)]);
    config
}

/// Runs a test against a manager on loopback, while a pbx serves in another thread.
fn serve<F: Future<Output = ()>>(test: impl FnOnce(Arc<Manager>, SocketAddr, Desk) -> F) {
    let (give, take) = mpsc::channel();
    let (end, ended) = oneshot::channel::<()>();
    let pbx = std::thread::spawn(move || {
        ucx_pbx::testing::run("[main]\n", Registry::new(), async |world| {
            give.send(world.desk.of(Principal::OPERATOR)).unwrap();
            // Time stands still here; only the desk works.
            let _ = ended.await;
        });
    });
    let desk = take.recv().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let host = Arc::new(ScriptedHost::default());
        let manager = Manager::start(config(), desk.clone(), host).await.unwrap();
        let server = tokio::spawn(manager.clone().serve(listener));
        test(manager, address, desk).await;
        server.abort();
    });
    drop(end);
    drop(runtime);
    pbx.join().unwrap();
}

struct Client(TcpStream, Vec<u8>);

impl Client {
    async fn connect(address: SocketAddr) -> Self {
        let mut client = Self(TcpStream::connect(address).await.unwrap(), Vec::new());
        client.until("Asterisk Call Manager/11.0.0\r\n").await;
        client
    }

    async fn login(address: SocketAddr, login: &str) -> Self {
        let mut client = Self::connect(address).await;
        client.say(&format!("Action: Login\r\n{login}\r\n\r\n")).await;
        client.until("Message: Authentication accepted\r\n\r\n").await;
        client
    }

    async fn say(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Everything up to and with a text; the test fails if it does not come.
    async fn until(&mut self, end: &str) -> String {
        let mut piece = [0; 4_096];
        loop {
            let text = String::from_utf8_lossy(&self.1).into_owned();
            if let Some(at) = text.find(end) {
                self.1.drain(..at + end.len());
                return text[..at + end.len()].to_owned();
            }
            let read = tokio::time::timeout(Duration::from_secs(10), self.0.read(&mut piece));
            match read
                .await
                .unwrap_or_else(|_| panic!("{end:?} does not come, but {text:?}"))
                .unwrap()
            {
                0 => panic!("closed after {text:?}"),
                count => self.1.extend_from_slice(&piece[..count]),
            }
        }
    }

    /// What comes until the host closes.
    async fn rest(mut self) -> String {
        let read = self.0.read_to_end(&mut self.1);
        // A connection that was reset is closed as well.
        let _ = tokio::time::timeout(Duration::from_secs(10), read)
            .await
            .expect("it closes");
        String::from_utf8_lossy(&self.1).into_owned()
    }
}

#[test]
fn a_request_beyond_a_user_s_scope_is_denied_and_told_as_a_security_event() {
    serve(|_, address, _| async move {
        let ask = "Action: Originate\r\nActionID: 1\r\nChannel: Local/1@main\r\nApplication: Wait\r\nData: 1\r\n\r\n";
        let mut client = Client::login(address, "Username: filtered\r\nSecret: f").await;
        client.say(ask).await;
        client
            .until("Response: Error\r\nActionID: 1\r\nMessage: Permission denied\r\n")
            .await;
        client.until("Event: RequestNotAllowed\r\n").await;
        client.until("RequestType: Action: Originate\r\n").await;
        // Without a scope the same request fails for its own reasons only.
        let mut free = Client::login(address, "Username: admin\r\nSecret: adminpw").await;
        free.say(ask).await;
        let answer = free.until("ActionID: 1\r\nMessage: ").await;
        assert!(!answer.contains("RequestNotAllowed"), "{answer}");
        assert!(!free.until("\r\n").await.contains("Permission"));
    });
}

#[test]
fn a_session_logs_in_talks_and_leaves() {
    serve(|manager, address, _| async move {
        let mut client = Client::login(address, "Username: admin\r\nSecret: adminpw\r\nActionID: 1").await;
        client
            .until("Event: FullyBooted\r\nPrivilege: system,all\r\nUptime: 204\r\n")
            .await;
        // Its own coming is the first event it sees.
        client.until("Event: SuccessfulAuth\r\n").await;
        assert_eq!(manager.connected().len(), 1);
        client
            .say("Action: Ping\nActionID: 2\n\nAction: Logoff\r\nActionID: 3\r\n\r\n")
            .await;
        let rest = client.rest().await;
        assert!(rest.contains("Response: Success\r\nActionID: 2\r\nPing: Pong\r\n"));
        assert!(
            rest.ends_with("Response: Goodbye\r\nActionID: 3\r\nMessage: Thanks for all the fish.\r\n\r\n")
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(manager.connected().is_empty());
    });
}

#[test]
fn a_failed_login_takes_a_second_and_the_connection() {
    serve(|_, address, _| async move {
        let mut watcher = Client::login(address, "Username: admin\r\nSecret: adminpw").await;
        let mut client = Client::connect(address).await;
        let began_at = Instant::now();
        client
            .say("Action: Login\r\nUsername: admin\r\nSecret: no\r\n\r\n")
            .await;
        assert_eq!(
            client.rest().await,
            "Response: Error\r\nMessage: Authentication failed\r\n\r\n"
        );
        assert!(began_at.elapsed() >= Duration::from_secs(1));
        watcher.until("Event: InvalidPassword\r\n").await;
        watcher.until("AccountID: admin\r\n").await;
    });
}

#[test]
fn who_does_not_say_who_it_is_has_to_go() {
    serve(|_, address, _| async move {
        let mut waiting = Vec::new();
        for _ in 0..5 {
            waiting.push(Client::connect(address).await);
        }
        for client in waiting {
            assert_eq!(client.rest().await, "");
        }
        Client::login(address, "Username: admin\r\nSecret: adminpw").await;
    });
}

#[test]
fn idle_connections_give_way_to_an_operator() {
    serve(|_, address, _| async move {
        let mut idle = VecDeque::new();
        for _ in 0..5 {
            idle.push_back(Client::connect(address).await);
        }
        // There is room for five (`authlimit`).
        let mut operator = Client::login(address, "Username: admin\r\nSecret: adminpw").await;
        assert_eq!(idle.pop_front().unwrap().rest().await, "");
        // Whoever is in stays in, however many come.
        for _ in 0..10 {
            idle.push_back(Client::connect(address).await);
        }
        operator.say("Action: Ping\r\n\r\n").await;
        operator.until("Pong").await;
    });
}

#[test]
fn of_many_logins_at_once_one_is_that_of_a_user_who_may_be_there_once() {
    serve(|manager, address, _| async move {
        for _ in 0..3 {
            let mut clients = Vec::new();
            for _ in 0..4 {
                clients.push(Client::connect(address).await);
            }
            let logins: Vec<_> = clients
                .into_iter()
                .map(|mut client| {
                    tokio::spawn(async move {
                        let login = "Action: Login\r\nUsername: single\r\nSecret: s\r\nEvents: off\r\n\r\n";
                        client.say(login).await;
                        client.until("Response: ").await;
                        client.until("Message: ").await;
                        (client.until("\r\n").await, client)
                    })
                })
                .collect();
            let mut accepted = Vec::new();
            for login in logins {
                let (answer, client) = login.await.unwrap();
                match &*answer {
                    "Authentication accepted\r\n" => accepted.push(client),
                    "Login Already In Use\r\n" => {}
                    other => panic!("{other:?}"),
                }
            }
            assert_eq!(accepted.len(), 1);
            drop(accepted);
            while !manager.connected().is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    });
}

#[test]
fn who_asks_again_and_again_without_a_login_has_to_go() {
    serve(|_, address, _| async move {
        let mut watcher = Client::login(address, "Username: admin\r\nSecret: adminpw").await;
        let mut client = Client::connect(address).await;
        client.say(&"Action: Ping\r\n\r\n".repeat(1_000)).await;
        let refused = client.rest().await.matches("Permission denied").count();
        assert!(refused <= REFUSALS_MAX as usize, "{refused}");
        watcher.say("Action: Ping\r\nActionID: last\r\n\r\n").await;
        watcher.until("ActionID: last\r\n").await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        watcher.say("Action: Ping\r\nActionID: end\r\n\r\n").await;
        let told = watcher.until("ActionID: end\r\n").await;
        assert!(told.matches("Event: RequestNotAllowed").count() <= REFUSALS_MAX as usize);
    });
}

async fn user_event(desk: &Desk, name: &str) {
    desk.user_event(None, name, vec![(Arc::from("A"), Arc::from("b"))])
        .await
        .unwrap();
}

#[test]
fn events_reach_those_who_may_see_them_and_want_to() {
    serve(|_, address, desk| async move {
        let mut all = Client::login(address, "Username: admin\r\nSecret: adminpw").await;
        let mut off = Client::login(address, "Username: admin\r\nSecret: adminpw\r\nEvents: off").await;
        let mut quiet = Client::login(address, "Username: quiet\r\nSecret: q").await;
        let mut filtered = Client::login(address, "Username: filtered\r\nSecret: f").await;
        for name in ["One", "Two"] {
            user_event(&desk, name).await;
        }
        let event = |name: &str| {
            format!("Event: UserEvent\r\nPrivilege: user,all\r\nUserEvent: {name}\r\nA: b\r\n\r\n")
        };
        all.until(&(event("One") + &event("Two"))).await;
        assert!(!filtered.until(&event("Two")).await.contains("UserEvent: One"));
        for client in [&mut off, &mut quiet] {
            client.say("Action: Ping\r\n\r\n").await;
            assert!(!client.until("Ping: Pong\r\n").await.contains("UserEvent"));
        }
        off.say("Action: Events\r\nEventMask: user\r\n\r\n").await;
        off.until("Events: On\r\n\r\n").await;
        user_event(&desk, "Three").await;
        off.until(&event("Three")).await;
    });
}

#[test]
fn events_stand_behind_the_answer_they_came_with() {
    serve(|_, address, desk| async move {
        let mut client = Client::login(address, "Username: admin\r\nSecret: adminpw\r\nEvents: user").await;
        client.say("Action: Ping\r\nSuppressEvents: yes\r\n\r\n").await;
        client.until("Pong").await;
        user_event(&desk, "Held").await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        client.say("Action: Ping\r\nActionID: 2\r\n\r\n").await;
        let text = client.until("UserEvent: Held\r\n").await;
        assert!(text.find("ActionID: 2") < text.find("Event: UserEvent"), "{text}");
    });
}

#[test]
fn waiting_for_an_event_ends_with_it_or_with_the_time() {
    serve(|_, address, desk| async move {
        let mut client = Client::login(address, "Username: admin\r\nSecret: adminpw\r\nEvents: user").await;
        client
            .say("Action: WaitEvent\r\nActionID: 1\r\nTimeout: -1\r\n\r\n")
            .await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        user_event(&desk, "One").await;
        assert_eq!(
            client
                .until("Event: WaitEventComplete\r\nActionID: 1\r\n\r\n")
                .await,
            "Response: Success\r\nActionID: 1\r\nMessage: Waiting for Event completed.\r\n\r\n\
             Event: UserEvent\r\nPrivilege: user,all\r\nUserEvent: One\r\nA: b\r\n\r\n\
             Event: WaitEventComplete\r\nActionID: 1\r\n\r\n"
        );
        client
            .say("Action: WaitEvent\r\nTimeout: 1\r\n\r\nAction: Ping\r\n\r\n")
            .await;
        let text = client.until("Pong").await;
        assert!(
            text.contains("completed.\r\n\r\nEvent: WaitEventComplete\r\n\r\n"),
            "{text}"
        );
    });
}

#[test]
fn a_client_that_reads_nothing_is_cut_off() {
    serve(|manager, address, desk| async move {
        let mut client = Client::login(address, "Username: admin\r\nSecret: adminpw\r\nEvents: user").await;
        let large: Arc<str> = Arc::from("x".repeat(60_000));
        let began_at = Instant::now();
        while !manager.connected().is_empty() {
            assert!(began_at.elapsed() < Duration::from_secs(20), "it is still there");
            let fields = vec![(Arc::from("A"), large.clone())];
            desk.user_event(None, "Flood", fields).await.unwrap();
        }
        client.until("Flood").await;
    });
}

#[test]
fn a_reload_ends_the_sessions_of_users_that_are_gone() {
    serve(|manager, address, _| async move {
        let gone = Client::login(address, "Username: quiet\r\nSecret: q").await;
        let mut stays = Client::login(address, "Username: admin\r\nSecret: adminpw").await;
        let mut config = config();
        config.users.remove("quiet");
        manager.reload(config);
        gone.rest().await;
        stays.say("Action: Ping\r\n\r\n").await;
        stays.until("Pong").await;
        let mut client = Client::connect(address).await;
        client
            .say("Action: Login\r\nUsername: quiet\r\nSecret: q\r\n\r\n")
            .await;
        assert!(client.rest().await.contains("Authentication failed"));
    });
}

#[test]
fn disabled_events_reach_nobody() {
    serve(|manager, address, desk| async move {
        let mut config = config();
        config.disabled_events.insert("FullyBooted".into());
        manager.reload(config);
        let mut client = Client::login(address, "Username: admin\r\nSecret: adminpw").await;
        client.until("Event: SuccessfulAuth").await;
        desk.publish(EventKind::FullyBooted).await.unwrap();
        user_event(&desk, "After").await;
        assert!(!client.until("UserEvent: After").await.contains("FullyBooted"));
    });
}

#[test]
fn who_logs_in_is_told_nothing_that_lay_there() {
    serve(|_, address, desk| async move {
        user_event(&desk, "One").await;
        // While nobody is there, it is read at once, and what follows only after a rest.
        tokio::time::sleep(Duration::from_millis(5)).await;
        user_event(&desk, "Two").await;
        let mut client = Client::login(address, "Username: admin\r\nSecret: adminpw").await;
        user_event(&desk, "Three").await;
        let told = client.until("UserEvent: Three").await;
        assert!(!told.contains("UserEvent: Two"), "{told}");
    });
}

/// CPU time of this process so far.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat[stat.rfind(')').unwrap() + 2..].split(' ').collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}

/// Not a test but a measurement: CPU and rate of deliveries to many sessions, readers in the same process included.
#[test]
#[ignore = "a measurement, to be run by hand and alone"]
fn deliveries_to_many_sessions() {
    for clients in [10usize, 100] {
        serve(|_, address, desk| async move {
            let mut readers = Vec::new();
            for _ in 0..clients {
                let mut client =
                    Client::login(address, "Username: admin\r\nSecret: adminpw\r\nEvents: user").await;
                readers.push(tokio::spawn(async move {
                    let mut buffer = vec![0; 1 << 18];
                    let mut tail = Vec::new();
                    loop {
                        let count = client.0.read(&mut buffer).await.unwrap();
                        tail.extend_from_slice(&buffer[count.saturating_sub(200)..count]);
                        if String::from_utf8_lossy(&tail).contains("UserEvent: Last") {
                            return;
                        }
                        let keep = tail.len().saturating_sub(200);
                        tail.drain(..keep);
                    }
                }));
            }
            let events = 400_000 / clients;
            let value: Arc<str> = Arc::from("x".repeat(350));
            let (began_at, cpu_before) = (Instant::now(), cpu());
            for _ in 0..events {
                desk.user_event(None, "Load", vec![(Arc::from("A"), value.clone())])
                    .await
                    .unwrap();
            }
            user_event(&desk, "Last").await;
            for reader in readers {
                reader.await.unwrap();
            }
            let deliveries = (events * clients) as f64;
            let (time, used) = (
                began_at.elapsed().as_secs_f64(),
                (cpu() - cpu_before).as_secs_f64(),
            );
            eprintln!(
                "{clients} clients: {:.0} deliveries/s, {:.2} us CPU each (readers and desk included)",
                deliveries / time,
                used / deliveries * 1e6
            );
        });
    }
}

/// Not a test but a measurement: the round trip of a Ping, and how many a second go through one connection.
#[test]
#[ignore = "a measurement, to be run by hand and alone"]
fn pings_one_by_one_and_in_a_row() {
    serve(|_, address, _| async move {
        let mut client = Client::login(address, "Username: admin\r\nSecret: adminpw\r\nEvents: off").await;
        let mut times = Vec::new();
        for _ in 0..5_000 {
            let began_at = Instant::now();
            client.say("Action: Ping\r\n\r\n").await;
            client.until("\r\n\r\n").await;
            times.push(began_at.elapsed());
        }
        times.sort();
        let (mut reader, mut writer) = client.0.into_split();
        let count = 200_000usize;
        let (began_at, cpu_before) = (Instant::now(), cpu());
        let asks = tokio::spawn(async move {
            let block = "Action: Ping\r\nActionID: 1\r\n\r\n".repeat(100);
            for _ in 0..count / 100 {
                writer.write_all(block.as_bytes()).await.unwrap();
            }
            writer
        });
        let (mut ends, mut last, mut buffer) = (0, [0u8; 3], vec![0; 1 << 16]);
        while ends < count {
            let read = reader.read(&mut buffer).await.unwrap();
            for byte in &buffer[..read] {
                ends += usize::from(last == *b"\r\n\r" && *byte == b'\n');
                last = [last[1], last[2], *byte];
            }
        }
        asks.await.unwrap();
        let (rate, used) = (
            count as f64 / began_at.elapsed().as_secs_f64(),
            cpu() - cpu_before,
        );
        eprintln!(
            "ping p50 {:?} p99 {:?}; {rate:.0} a second in a row, {:.2} us CPU each, client included",
            times[times.len() / 2],
            times[times.len() * 99 / 100],
            used.as_secs_f64() / count as f64 * 1e6
        );
    });
}
