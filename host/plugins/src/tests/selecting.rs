//! Who is rung for a waiting caller, and what becomes of selectors that cannot say.

use super::Bed;
use super::components::selector;
use crate::{AgentInfo, AgentState, NoVerdict, Party, Presentation, QueueInfo, WaitingCaller};

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
