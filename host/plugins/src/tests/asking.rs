//! Does a component that asks a web service get its answer, and no more than it was granted?

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{Bed, first_target};
use crate::{Decision, Grants, RouteOutcome, Target};

/// A service that orders every call to 6009 and says how long that stays good; its address, and how often it was asked.
async fn service() -> (String, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let count = Arc::clone(&count);
            tokio::spawn(async move {
                let mut bytes = [0; 4096];
                while let Ok(read) = stream.read(&mut bytes).await
                    && read > 0
                {
                    count.fetch_add(1, Ordering::SeqCst);
                    let body = r#"{"action":"connect","to":["6009"],"reason":"vip"}"#;
                    let answer = format!(
                        "HTTP/1.1 200 OK\r\ncache-control: max-age=60\r\ncontent-length: {}\r\n\r\n{body}",
                        body.len()
                    );
                    let _gone = stream.write_all(answer.as_bytes()).await;
                }
            });
        }
    });
    (host, asked)
}

fn bed(name: &str, host: &str, private: bool) -> Bed {
    let private = if private {
        format!("http-private = ['{host}']\n")
    } else {
        String::new()
    };
    let grants = format!(
        "[plugins.http-router]\nconfig = {{ url = 'http://{host}/route' }}\nsecrets = {{ token = 't' }}\n\
         tables = ['http-fallback']\nhttp = ['{host}']\n{private}"
    );
    Bed::with(name, |config| config.grants = Grants::parse(&grants).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_asks_once_for_what_stays_good() {
    let (host, asked) = service().await;
    let bed = bed("asks", &host, true);
    bed.install("http-router").await;
    for _ in 0..3 {
        let outcome = bed.route("http-router", "+4420").await;
        assert!(matches!(first_target(&outcome), Target::Endpoint(name) if name == "6009"));
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let _other = bed.route("http-router", "+4421").await;
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_address_needs_a_word_more() {
    let (host, asked) = service().await;
    let bed = bed("asks-private", &host, false);
    bed.install("http-router").await;
    let outcome = bed.route("http-router", "+4420").await;
    let RouteOutcome::Verdict { verdict, .. } = outcome else {
        panic!("no verdict: {outcome:?}")
    };
    assert!(matches!(verdict.decision, Decision::Pass));
    assert!(
        verdict.reason.contains(&format!("http-private = [\"{host}\"]")),
        "{}",
        verdict.reason
    );
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}
