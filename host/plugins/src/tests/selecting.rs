//! Who is rung for a waiting caller, and what becomes of selectors that cannot say.

use std::time::{Duration, Instant};

use super::components::selector;
use super::{Bed, Folder, component};
use crate::{
    AgentInfo, AgentState, ChoiceRecord, Entry, Grants, Heard, NoVerdict, Party, Presentation, QueueInfo,
    WaitingCaller, read_decisions, read_entries,
};

fn queue() -> QueueInfo {
    QueueInfo {
        id: "sales".to_owned(),
        revision: 1,
        waiting: 1,
        longest_wait: 1_000,
        logged_in: 3,
        ready: 3,
        talking: 0,
        answered: 0,
        abandoned: 0,
        service_level: 100,
        attrs: Vec::new(),
    }
}

fn caller() -> WaitingCaller {
    WaitingCaller {
        channel: "1.1".to_owned(),
        call: "1.1".to_owned(),
        caller: Party {
            number: "1001".to_owned(),
            name: None,
            uri: None,
            presentation: Presentation::Allowed,
            attrs: Vec::new(),
        },
        position: 1,
        waited: 1_000,
        priority: 0,
        attrs: Vec::new(),
    }
}

fn agent(id: &str, last_call: u64) -> AgentInfo {
    AgentInfo {
        id: id.to_owned(),
        name: String::new(),
        state: AgentState::Ready,
        reason: String::new(),
        since: 0,
        last_call,
        calls: 0,
        penalty: 0,
        attrs: Vec::new(),
    }
}

fn ready() -> Vec<AgentInfo> {
    vec![agent("PJSIP/a", 30), agent("PJSIP/b", 10), agent("PJSIP/c", 20)]
}

fn names(chain: &[&str]) -> Vec<String> {
    chain.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_of_a_chain_that_chooses_decides() {
    let bed = Bed::new("selects");
    bed.install("longest-idle").await;
    for (name, body) in [
        ("broken", "unreachable"),
        ("endless", "(loop $l (br $l)) unreachable"),
    ] {
        bed.folder.write(
            &format!("{name}.toml"),
            format!("id = '{name}'\nversion = '1'\nworlds = ['agent-selector']\n"),
        );
        let path = bed.folder.write(&format!("{name}.wasm"), selector(body));
        bed.host.install(&path).await.unwrap();
    }
    let chain = names(&["absent", "broken", "endless", "longest-idle"]);
    let (who, choice) = bed.host.choose(&chain, queue(), caller(), ready()).await.unwrap();
    assert_eq!(who, "longest-idle");
    assert_eq!(choice.groups, [vec!["PJSIP/b", "PJSIP/c"], vec!["PJSIP/a"]]);
    assert_eq!(choice.reason, "PJSIP/b has been idle longest");
    let nobody = bed
        .host
        .choose(&chain[..3], queue(), caller(), ready())
        .await
        .unwrap_err();
    let reasons: Vec<&NoVerdict> = nobody.0.iter().map(|(_, reason)| reason).collect();
    assert!(
        matches!(
            &reasons[..],
            [
                NoVerdict::NoSuchRouter,
                NoVerdict::Trapped(_),
                NoVerdict::CpuUsedUp(_) | NoVerdict::TimedOut(_)
            ]
        ),
        "{nobody}"
    );
    let (_, choice) = bed
        .host
        .choose(&chain[3..], queue(), caller(), Vec::new())
        .await
        .unwrap();
    assert_eq!(choice.groups, Vec::<Vec<String>>::new());
    // It is no router.
    assert!(matches!(
        bed.route("longest-idle", "1").await,
        crate::RouteOutcome::Fallback {
            reason: NoVerdict::NoSuchRouter,
            ..
        }
    ));
}

/// The choices written down in a folder, once there are so many.
async fn written(folder: &std::path::Path, count: usize) -> Vec<ChoiceRecord> {
    let began = Instant::now();
    loop {
        let (found, unread) = read_entries(folder, None).unwrap();
        if found.len() >= count {
            assert_eq!(unread, 0);
            let choices = found.into_iter().map(|entry| match entry {
                Entry::Choice(choice) => *choice,
                Entry::Decision(_) | Entry::Flow(_) | Entry::Steps(_) => panic!("{entry:?}"),
            });
            return choices.collect();
        }
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "{} of {count}",
            found.len()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_choice_is_written_down_and_is_the_same_again() {
    let folder = Folder::new("choices");
    let place = folder.0.clone();
    let bed = Bed::with("choices", |config| config.decisions = Some(place));
    bed.install("longest-idle").await;
    bed.folder.write(
        "broken.toml",
        "id = 'broken'\nversion = '1'\nworlds = ['agent-selector']\n",
    );
    let broken = bed.folder.write("broken.wasm", selector("unreachable"));
    bed.host.install(&broken).await.unwrap();
    let chain = names(&["broken", "longest-idle"]);
    for last in 0..20 {
        let mut ready = ready();
        ready[usize::try_from(last % 3).unwrap()].last_call = last;
        bed.host.choose(&chain, queue(), caller(), ready).await.unwrap();
    }
    let then = written(&folder.0, 40).await;
    assert_eq!(read_decisions(&folder.0, None).unwrap().0, []);
    let of = |plugin: &str| -> Vec<ChoiceRecord> {
        let its = then.iter().filter(|choice| choice.plugin == plugin);
        its.cloned().collect()
    };
    let (chosen, failed) = (of("longest-idle"), of("broken"));
    assert!(failed.iter().all(|choice| choice.outcome.is_err()) && failed.len() == 20);
    let last = chosen.last().unwrap();
    assert_eq!(last.request.ready.len(), 3);
    assert!(
        matches!(&last.heard[..], [Heard::Settings { answer, .. }] if answer[0].1 == "2"),
        "{last:?}"
    );
    // The operator rings one agent at a time by now; the recording is what counts.
    let other = Bed::with("choices-again", |config| {
        config.grants = Grants::parse("[plugins.longest-idle]\nconfig = { together = '1' }\n").unwrap();
    });
    let file = component("longest-idle");
    let now = other.host.replay_choices(&file, chosen.clone()).await.unwrap();
    for (now, then) in now.iter().zip(&chosen) {
        assert!(
            now.agrees_with(then) && now.missing.is_empty(),
            "{then:?} {now:?}"
        );
    }
    let mut changed = chosen[0].clone();
    changed.request.ready.truncate(1);
    changed.heard.clear();
    let now = other
        .host
        .replay_choices(&file, vec![changed.clone()])
        .await
        .unwrap();
    assert!(!now[0].agrees_with(&changed), "{now:?}");
    assert_eq!(now[0].missing, ["setting together"]);
}
