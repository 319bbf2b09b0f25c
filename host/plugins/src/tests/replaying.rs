//! Does yesterday's question get yesterday's answer, and does another component show where it differs?

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::{Bed, Folder, component};
use crate::{DecisionRecord, Grants, RouteRequest, WebRequest, WebResponse, read_decisions};

/// All decisions in the folder, once there are so many.
pub(super) async fn written(folder: &std::path::Path, count: usize) -> Vec<DecisionRecord> {
    let began = Instant::now();
    loop {
        let (found, unread) = read_decisions(folder, None).unwrap();
        if found.len() >= count {
            assert_eq!(unread, 0);
            return found;
        }
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "{} of {count}",
            found.len()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn recording(name: &str) -> (Bed, Folder) {
    let folder = Folder::new(name);
    let place = folder.0.clone();
    let bed = Bed::with(name, |config| config.decisions = Some(place));
    (bed, folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_build_says_the_same_a_thousand_times() {
    let (bed, folder) = recording("replay-same");
    bed.install("prefix-router").await;
    for n in 0..1000 {
        let dialled = ["+442071", "+441612", "+19001", "6001", "77"][n % 5];
        let mut request = RouteRequest::new(format!("call-{n}"), format!("{dialled}{n}"));
        request.at = n as u64;
        let _verdict = bed.host.route("prefix-router", request).await;
    }
    let then = written(&folder.0, 1000).await;
    // The operator's table is another one by now; the recording is what counts.
    bed.folder
        .write("tables/routes.csv", "prefix,action,target\n+,reject,changed\n");
    bed.host.reload_tables();
    let now = bed
        .host
        .replay(&component("prefix-router"), then.clone())
        .await
        .unwrap();
    assert_eq!(now.len(), 1000);
    for (now, then) in now.iter().zip(&then) {
        assert!(
            now.agrees_with(then) && now.missing.is_empty(),
            "{then:?} {now:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_build_shows_exactly_what_changed() {
    let (bed, folder) = recording("replay-changed");
    bed.install("prefix-router").await;
    for dialled in ["+19001", "6001", "77", "+442071", "+441612"] {
        let _verdict = bed.route("prefix-router", dialled).await;
    }
    let then = written(&folder.0, 5).await;
    let now = bed
        .host
        .replay(&component("prefix-router-b"), then.clone())
        .await
        .unwrap();
    let differs: Vec<&str> = now
        .iter()
        .zip(&then)
        .filter(|(now, then)| !now.agrees_with(then))
        .map(|(_, then)| then.request.dialled.as_str())
        .collect();
    let mut fresh = Vec::new();
    bed.install("prefix-router-b").await;
    for record in &then {
        let asked = bed.host.route("prefix-router-b", record.request.clone()).await;
        let said = match asked {
            crate::RouteOutcome::Verdict { verdict, .. } => Ok(verdict),
            crate::RouteOutcome::Fallback { reason, .. } => Err(reason.to_string()),
        };
        if said != record.outcome {
            fresh.push(record.request.dialled.as_str());
        }
    }
    assert_eq!(differs, fresh);
    assert!(!differs.is_empty() && differs.len() < 5, "{differs:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_asks_no_service_and_no_recording_holds_a_secret() {
    let folder = Folder::new("replay-web");
    let place = folder.0.clone();
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    let bed = Bed::with("replay-web", |config| {
        config.decisions = Some(place);
        config.grants = Grants::parse(
            "[plugins.http-router]\nconfig = { url = 'http://crm.example/' }\nsecrets = { token = 'hush-hush' }\n\
             tables = ['http-fallback']\nhttp = ['crm.example']\n",
        )
        .unwrap();
        config.web.stand_in = Some(Arc::new(move |_, request: WebRequest| {
            count.fetch_add(1, Ordering::SeqCst);
            assert!(
                request
                    .headers
                    .iter()
                    .any(|(_, value)| value == "Bearer hush-hush")
            );
            Box::pin(async {
                Ok(WebResponse {
                    status: 200,
                    headers: Vec::new(),
                    body: br#"{"action":"connect","to":["6009"]}"#.to_vec(),
                })
            })
        }));
    });
    bed.install("http-router").await;
    let _verdict = bed.route("http-router", "100").await;
    let then = written(&folder.0, 1).await;
    let text = std::fs::read_to_string(folder.0.join("decisions-000001.jsonl")).unwrap();
    assert!(!text.contains("hush"), "{text}");
    let now = bed
        .host
        .replay(&component("http-router"), then.clone())
        .await
        .unwrap();
    assert!(
        now[0].agrees_with(&then[0]) && now[0].missing.is_empty(),
        "{now:?}"
    );
    // Another question than the recorded one is told, and not asked.
    let mut other = then;
    other[0].request.dialled = "200".to_owned();
    let now = bed.host.replay(&component("http-router"), other).await.unwrap();
    assert_eq!(
        now[0].missing,
        [
            "GET http://crm.example/?dialled=200&caller=&direction=internal",
            "table http-fallback: 200"
        ]
    );
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}
