//! What a plugin's client does and refuses, against a server of the test's own.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

const NOW: Duration = Duration::from_secs(1000);

fn request(url: &str) -> WebRequest {
    WebRequest {
        method: "GET".to_owned(),
        url: url.to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
        timeout: Duration::from_secs(4),
    }
}

fn web(allowed: &[&str], private: &[&str], config: WebConfig) -> PluginWeb {
    let rules = |names: &[&str]| names.iter().map(|name| HostRule::parse(name).unwrap()).collect();
    PluginWeb::new("p".into(), rules(allowed), rules(private), config)
}

/// A server that answers each connection's requests with that text; answers its port and what it was asked.
async fn server(answer: &'static str) -> (u16, Arc<std::sync::Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked: Arc<std::sync::Mutex<Vec<String>>> = Arc::default();
    let heard = Arc::clone(&asked);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let heard = Arc::clone(&heard);
            tokio::spawn(async move {
                let mut bytes = vec![0; 64 << 10];
                while let Ok(count) = stream.read(&mut bytes).await
                    && count > 0
                {
                    let text = String::from_utf8_lossy(&bytes[..count]).into_owned();
                    heard.lock().unwrap().push(text);
                    if stream.write_all(answer.as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    (port, asked)
}

#[tokio::test]
async fn an_exchange_goes_there_and_back() {
    let (port, asked) = server("HTTP/1.1 418 No\r\ncontent-length: 3\r\nx-a: b\r\n\r\npot").await;
    let host = format!("127.0.0.1:{port}");
    let web = web(&[&host], &[&host], WebConfig::default());
    let mut wanted = request(&format!("http://{host}/tea?x=1"));
    wanted.method = "POST".to_owned();
    wanted.headers.push(("X-Key".to_owned(), "k".to_owned()));
    wanted.body = b"leaves".to_vec();
    let answer = web.fetch(wanted, NOW).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (418, &b"pot"[..]));
    assert!(answer.headers.contains(&("x-a".to_owned(), "b".to_owned())));
    let asked = asked.lock().unwrap().concat();
    assert!(asked.starts_with("POST /tea?x=1 HTTP/1.1\r\n"), "{asked}");
    assert!(
        asked.contains("x-key: k\r\n") && asked.ends_with("\r\n\r\nleaves"),
        "{asked}"
    );
}

#[tokio::test]
async fn hosts_that_were_not_granted_are_denied_with_the_line() {
    let web = web(&["crm.example"], &[], WebConfig::default());
    let denied = web.fetch(request("https://other.example:8443/"), NOW).await;
    assert_eq!(
        denied,
        Err(WebError::Denied("http = [\"other.example:8443\"]".to_owned()))
    );
    for url in [
        "ftp://crm.example/",
        "crm.example",
        "http://u:p@crm.example/",
        "http:///x",
    ] {
        let refused = web.fetch(request(url), NOW).await;
        assert!(
            matches!(refused, Err(WebError::Invalid(_) | WebError::Denied(_))),
            "{url}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn private_addresses_are_denied_in_every_spelling() {
    let (port, asked) = server("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let web = web(&["*"], &[], WebConfig::default());
    for host in [
        "127.0.0.1",
        "127.1",
        "0x7f.0.0.1",
        "2130706433",
        "0177.0.0.1",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:0:0:1]",
        "127.0.0.1.",
        "①②⑦.0.0.1",
        "169.254.169.254",
        "10.0.0.1",
    ] {
        let denied = web.fetch(request(&format!("http://{host}:{port}/")), NOW).await;
        assert!(matches!(denied, Err(WebError::Denied(_))), "{host}: {denied:?}");
    }
    let named = web
        .fetch(request(&format!("http://localhost:{port}/")), NOW)
        .await;
    assert!(matches!(named, Err(WebError::Unavailable(_))), "{named:?}");
    assert!(asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_name_that_resolves_to_a_private_address_is_not_reached() {
    let (port, asked) = server("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let resolve: Resolve = Arc::new(|_| Box::pin(async { Ok(vec![IpAddr::from([127, 0, 0, 1])]) }));
    let config = WebConfig {
        resolve: Some(resolve),
        ..WebConfig::default()
    };
    let rule = format!("crm.example:{port}");
    let url = format!("http://crm.example:{port}/");
    let guarded = web(&[&rule], &[], config.clone());
    let denied = guarded.fetch(request(&url), NOW).await;
    assert!(
        matches!(&denied, Err(WebError::Unavailable(why)) if why.contains("no public address")),
        "{denied:?}"
    );
    assert!(asked.lock().unwrap().is_empty());
    let granted = web(&[&rule], &[&rule], config);
    assert_eq!(granted.fetch(request(&url), NOW).await.unwrap().status, 200);
}

/// Stands for an address of the public network, on this machine.
const PUBLIC: [u8; 4] = [127, 0, 0, 2];
const PRIVATE: [u8; 4] = [127, 0, 0, 1];

/// A server at the address that counts as public, one that nobody may reach at the other under the same port, and the rule
/// for a name at it.
async fn public_and_private() -> (std::net::TcpListener, String) {
    let public = TcpListener::bind((IpAddr::from(PUBLIC), 0)).await.unwrap();
    let port = public.local_addr().unwrap().port();
    let private = std::net::TcpListener::bind((IpAddr::from(PRIVATE), port)).unwrap();
    private.set_nonblocking(true).unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = public.accept().await.unwrap();
            let _asked = stream.read(&mut [0; 4096]).await;
            let answer = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
            let _ = stream.write_all(answer).await;
        }
    });
    (private, format!("crm.example:{port}"))
}

/// A client to whom names have these addresses, one answer after the other and then from the beginning; and how often it was
/// asked for one.
fn resolving(
    rule: &str,
    answers: &'static [&'static [[u8; 4]]],
) -> (PluginWeb, Arc<std::sync::atomic::AtomicUsize>) {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let resolve: Resolve = Arc::new(move |_| {
        let answer = answers[count.fetch_add(1, Ordering::SeqCst) % answers.len()];
        Box::pin(async move { Ok(answer.iter().copied().map(IpAddr::from).collect()) })
    });
    let config = WebConfig {
        resolve: Some(resolve),
        ..WebConfig::default()
    };
    let mut web = web(&[rule], &[], config);
    web.public = |address| address != IpAddr::from(PRIVATE);
    (web, asked)
}

fn nobody_came(private: &std::net::TcpListener) -> bool {
    private
        .accept()
        .is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
}

#[tokio::test]
async fn a_name_that_is_public_when_looked_at_and_private_afterwards_gains_nothing() {
    let (private, rule) = public_and_private().await;
    let (web, asked) = resolving(&rule, &[&[PUBLIC], &[PRIVATE]]);
    let url = format!("http://{rule}/");
    for round in 1..4 {
        assert_eq!(
            web.fetch(request(&url), NOW).await.unwrap().status,
            200,
            "{round}"
        );
        let rebound = web.fetch(request(&url), NOW).await;
        assert!(
            matches!(&rebound, Err(WebError::Unavailable(why)) if why.contains("no public address")),
            "{rebound:?}"
        );
        // Once for a connection: what was looked at is what is connected to.
        assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), 2 * round);
    }
    assert!(nobody_came(&private));
}

#[tokio::test]
async fn of_a_names_addresses_the_private_ones_are_not_tried_even_if_no_other_answers() {
    let (private, rule) = public_and_private().await;
    let url = format!("http://{rule}/");
    let (mixed, _) = resolving(&rule, &[&[PRIVATE, PUBLIC, PRIVATE]]);
    for _ in 0..4 {
        assert_eq!(mixed.fetch(request(&url), NOW).await.unwrap().status, 200);
    }
    // Nobody listens there.
    let (silent, _) = resolving(&rule, &[&[[127, 0, 0, 3], PRIVATE]]);
    let refused = silent.fetch(request(&url), NOW).await;
    assert!(matches!(refused, Err(WebError::Unavailable(_))), "{refused:?}");
    assert!(nobody_came(&private));
}

#[tokio::test]
async fn endless_answers_and_silence_end_in_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _asked = stream.read(&mut [0; 4096]).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
        // The next one is never answered.
        let (_silent, _) = listener.accept().await.unwrap();
        std::future::pending::<()>().await;
    });
    let web = web(&[&host], &[&host], WebConfig::default());
    let url = format!("http://{host}/");
    assert_eq!(web.fetch(request(&url), NOW).await, Err(WebError::TooLarge));
    let mut hasty = request(&url);
    hasty.timeout = Duration::from_millis(50);
    assert_eq!(web.fetch(hasty, NOW).await, Err(WebError::TimedOut));
}

#[tokio::test]
async fn headers_that_are_the_hosts_or_would_forge_a_line_are_refused() {
    let host = "127.0.0.1:9";
    let web = web(&[host], &[host], WebConfig::default());
    for (name, value) in [
        ("Host", "evil"),
        ("Content-Length", "1"),
        ("Transfer-Encoding", "chunked"),
        ("X-A", "1\r\nX-B: 2"),
        ("X A", "1"),
        ("X-A", "\0"),
    ] {
        let mut forged = request(&format!("http://{host}/"));
        forged.headers.push((name.to_owned(), value.to_owned()));
        let refused = web.fetch(forged, NOW).await;
        assert!(
            matches!(refused, Err(WebError::Invalid(_))),
            "{name}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn an_answer_that_says_so_is_not_asked_for_again() {
    let (port, asked) =
        server("HTTP/1.1 200 OK\r\ncache-control: max-age=60\r\ncontent-length: 1\r\n\r\nx").await;
    let host = format!("127.0.0.1:{port}");
    let web = web(&[&host], &[&host], WebConfig::default());
    let url = format!("http://{host}/");
    for _ in 0..3 {
        assert_eq!(web.fetch(request(&url), NOW).await.unwrap().body, b"x");
    }
    assert_eq!(asked.lock().unwrap().len(), 1);
    web.fetch(request(&url), NOW + Duration::from_secs(60))
        .await
        .unwrap();
    assert_eq!(asked.lock().unwrap().len(), 2);
}
