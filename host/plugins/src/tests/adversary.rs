//! Is every misbehaving guest contained, and do its neighbours go on?

use std::time::{Duration, Instant};

use super::components::{manifest, router};
use super::{Bed, first_target};
use crate::limits::MEMORY_DEFAULT;
use crate::{Fallback, NoVerdict, PluginEvent, RouteOutcome, Target};

/// Far more than any limit, for a busy machine; a guest that is not stopped never gets there.
const PATIENCE: Duration = Duration::from_secs(5);

async fn misbehave(bed: &Bed, how: &str) -> NoVerdict {
    let began = Instant::now();
    let outcome = tokio::time::timeout(PATIENCE, bed.route("rogue", how))
        .await
        .expect("the host stops the guest");
    assert!(began.elapsed() < PATIENCE);
    match outcome {
        RouteOutcome::Fallback { reason, fallback, .. } => {
            assert_eq!(fallback, Fallback::Reject(34));
            reason
        }
        RouteOutcome::Verdict { verdict, .. } => panic!("{how} got through: {verdict:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_misdeed_ends_in_the_fallback_with_its_name() {
    let bed = Bed::new("misdeeds");
    bed.install("rogue").await;
    assert!(matches!(misbehave(&bed, "trap").await, NoVerdict::Trapped(_)));
    let NoVerdict::CpuUsedUp(spent) = misbehave(&bed, "loop").await else {
        panic!("not by time")
    };
    assert!(
        spent >= Duration::from_millis(20) && spent < Duration::from_millis(200),
        "{spent:?}"
    );
    let NoVerdict::MemoryUsedUp(wanted) = misbehave(&bed, "memory").await else {
        panic!("not by memory")
    };
    assert!(
        wanted > MEMORY_DEFAULT && wanted < 2 * MEMORY_DEFAULT + (1 << 20),
        "{wanted}"
    );
    assert!(matches!(misbehave(&bed, "handles").await, NoVerdict::Trapped(_)));
    assert!(
        bed.host
            .log("rogue")
            .iter()
            .any(|line| line.text.contains("after 64: too many open handles"))
    );
    assert!(matches!(
        misbehave(&bed, "recursion").await,
        NoVerdict::Trapped(_)
    ));
    assert!(matches!(
        misbehave(&bed, "giant").await,
        NoVerdict::Trapped(_) | NoVerdict::MemoryUsedUp(_)
    ));
    assert!(!matches!(
        misbehave(&bed, "legs").await,
        NoVerdict::NoSuchRouter | NoVerdict::Overloaded
    ));
    assert_eq!(
        misbehave(&bed, "error").await,
        NoVerdict::Error("asked to fail".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_granted_is_refused() {
    let bed = Bed::new("rights");
    bed.install("rogue").await;
    let refused = async |how, word: &str| {
        let NoVerdict::Refused(why) = misbehave(&bed, how).await else {
            panic!("{how} is not refused")
        };
        assert!(why.contains(word), "{why}");
    };
    refused("injection", "line end").await;
    refused("variable", "set = [\"CDR(accountcode)\"]").await;
    refused("uri", "targets = [\"uri\"]").await;
    assert_eq!(
        misbehave(&bed, "snoop").await,
        NoVerdict::Error("denied; needs tables = [\"salaries\"]".to_owned())
    );
    assert_eq!(
        misbehave(&bed, "write").await,
        NoVerdict::Error("Error::AccessDenied".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_flood_is_cut_and_counted() {
    let bed = Bed::new("flood");
    bed.install("rogue").await;
    let _ = bed.route("rogue", "flood").await;
    let log = bed.host.log("rogue");
    assert!(!log.is_empty() && log.len() <= 64, "{}", log.len());
    assert!(log.iter().all(|line| line.text.len() <= 1024));
    assert!(bed.host.list()[0].log_dropped > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_panic_of_a_guest_is_in_its_log() {
    let bed = Bed::new("panic");
    bed.install("rogue").await;
    misbehave(&bed, "trap").await;
    let log = bed.host.log("rogue");
    assert!(log.last().unwrap().text.contains("asked to trap"), "{log:?}");
}

async fn install(bed: &Bed, id: &str, wasm: &[u8]) -> Result<u64, String> {
    bed.folder.write(&format!("{id}.toml"), manifest(id));
    let path = bed.folder.write(&format!("{id}.wasm"), wasm);
    bed.host
        .install(&path)
        .await
        .map(|installed| installed.generation)
        .map_err(|refusal| refusal.to_string())
}

fn reason(outcome: RouteOutcome) -> NoVerdict {
    match outcome {
        RouteOutcome::Fallback { reason, .. } => reason,
        RouteOutcome::Verdict { verdict, .. } => panic!("{verdict:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_small_memories_count_as_one_large() {
    let memories: String = (1..=8).map(|n| format!("(memory $m{n} 1)")).collect();
    let grow: String = (1..=8)
        .map(|n| format!("(br_if $full (i32.eq (memory.grow $m{n} (i32.const 16)) (i32.const -1)))"))
        .collect();
    let bomb = router(
        &format!("(memory (export \"memory\") 1) {memories}"),
        &format!("(block $full (loop $again {grow} (br $again))) unreachable"),
    );
    let bed = Bed::new("memories");
    install(&bed, "bomb", &bomb).await.unwrap();
    let NoVerdict::MemoryUsedUp(wanted) = reason(bed.route("bomb", "1").await) else {
        panic!("not by memory")
    };
    assert!(
        wanted > MEMORY_DEFAULT && wanted <= MEMORY_DEFAULT + (1 << 20),
        "{wanted}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_growing_table_is_memory_too() {
    let bomb = router(
        "(memory (export \"memory\") 1) (table $t 0 funcref)",
        "(loop $again (br_if $again (i32.ne (table.grow $t (ref.null func) (i32.const 1000)) (i32.const -1)))) unreachable",
    );
    let bed = Bed::new("table");
    bed.folder.write(
        "bomb.toml",
        format!("{}[budget]\nmemory-kib = 192\n", manifest("bomb")),
    );
    let path = bed.folder.write("bomb.wasm", bomb);
    bed.host.install(&path).await.unwrap();
    // A page of 64 KiB leaves room for 8192 elements; the ninth thousand is refused.
    let wanted = (64 << 10) + 9_000 * 16;
    assert_eq!(
        reason(bed.route("bomb", "1").await),
        NoVerdict::MemoryUsedUp(wanted)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_that_is_too_large_or_cannot_start_is_refused_at_load() {
    let bed = Bed::new("start");
    let large = router("(memory (export \"memory\") 2000)", "unreachable");
    let error = install(&bed, "large", &large).await.unwrap_err();
    assert_eq!(
        error,
        "needs 128000 KiB of memory at its start and may have 16384"
    );
    let trap = router(
        "(memory (export \"memory\") 1) (func $boom unreachable) (start $boom)",
        "unreachable",
    );
    assert!(
        install(&bed, "trap", &trap)
            .await
            .unwrap_err()
            .starts_with("fails at its start")
    );
    let endless = router(
        "(memory (export \"memory\") 1) (func $run (loop $l (br $l))) (start $run)",
        "unreachable",
    );
    assert!(
        install(&bed, "endless", &endless)
            .await
            .unwrap_err()
            .contains("processor time")
    );
    assert!(bed.host.list().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_from_outside_the_guests_memory_trap() {
    let bed = Bed::new("pointer");
    let wild = router("(memory (export \"memory\") 1)", "(i32.const -8)");
    install(&bed, "wild", &wild).await.unwrap();
    assert!(matches!(
        reason(bed.route("wild", "1").await),
        NoVerdict::Trapped(_)
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn neighbours_decide_while_a_guest_rages() {
    let bed = Bed::new("neighbours");
    bed.install("rogue").await;
    bed.install("prefix-router").await;
    let rage = ["loop", "memory", "trap", "recursion", "flood", "giant", "handles"];
    let raging: Vec<_> = (0..70)
        .map(|n| {
            let request = crate::RouteRequest::new("1", rage[n % rage.len()]);
            tokio::spawn(bed.host.route("rogue", request))
        })
        .collect();
    let mut decided = 0;
    while decided < 200 || raging.iter().any(|task| !task.is_finished()) {
        let outcome = bed.route("prefix-router", "+442071234567").await;
        assert!(matches!(first_target(&outcome), Target::Trunk(to) if to.trunk == "city"));
        decided += 1;
    }
    for task in raging {
        let _ = task.await.unwrap();
    }
    let failed = bed
        .host
        .recent()
        .iter()
        .filter(|event| matches!(event, PluginEvent::Failed { .. }))
        .count();
    assert!(failed > 0);
    assert_eq!(
        bed.host.list().iter().map(|status| status.in_flight).sum::<u64>(),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_decisions_at_once_get_the_fallback_at_once() {
    let bed = Bed::new("overload");
    bed.install("rogue").await;
    let asked: Vec<_> = (0..200)
        .map(|_| tokio::spawn(bed.host.route("rogue", crate::RouteRequest::new("1", "loop"))))
        .collect();
    let mut overloaded = 0;
    for task in asked {
        if reason(task.await.unwrap()) == NoVerdict::Overloaded {
            overloaded += 1;
        }
    }
    assert!(overloaded > 0 && overloaded < 200, "{overloaded}");
    assert!(matches!(
        bed.route("rogue", "well").await,
        RouteOutcome::Verdict { .. }
    ));
}

#[tokio::test]
async fn by_fuel_the_same_question_ends_at_the_same_place() {
    let bed = Bed::with("fuel", |config| config.interruption = crate::Interruption::Fuel);
    bed.install("rogue").await;
    assert_eq!(
        misbehave(&bed, "loop").await,
        NoVerdict::CpuUsedUp(Duration::from_millis(20))
    );
    assert!(matches!(
        bed.route("rogue", "well").await,
        RouteOutcome::Verdict { .. }
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_on_the_wall_ends_a_decision_too() {
    let bed = Bed::new("wall");
    let endless = router("(memory (export \"memory\") 1)", "(loop $l (br $l)) unreachable");
    bed.folder.write(
        "slow.toml",
        format!("{}[budget]\ncpu-ms = 500\nwall-ms = 30\n", manifest("slow")),
    );
    let path = bed.folder.write("slow.wasm", endless);
    bed.host.install(&path).await.unwrap();
    assert_eq!(
        reason(bed.route("slow", "1").await),
        NoVerdict::TimedOut(Duration::from_millis(30))
    );
}
