//! Calls that enter a context with a chain of routers.
#![allow(clippy::wildcard_enum_match_arm)] // a test looks for the one event it means

use std::collections::BTreeSet;
use std::sync::Arc;

use ucx_call::{Cause, EventKind, Place};
use ucx_pbx::Registry;
use ucx_pbx::testing::{Phone, World, run};

use super::Bed;
use super::flows::{Late, NoOp, Rest, hang_up};
use crate::telephony::{Chains, Routers};
use crate::{Interruption, Wasm};

const PLAN: &str = "[main]\nexten => 100,1,Rest(own ${WASMSTATUS})\nexten => 6001,1,Rest(own ${DIALSTATUS})\n\
    exten => 50,1,NoOp()\n same => n,Goto(100,1)\n[other]\nexten => 100,1,Rest(other)\n";

/// The gate over a host that is made when the clock runs.
struct LateGate(std::rc::Rc<std::cell::OnceCell<Routers>>);

impl ucx_pbx::Gate for LateGate {
    fn guards(&self, context: &str) -> bool {
        self.0.get().is_some_and(|routers| routers.guards(context))
    }

    fn enter<'a>(
        &'a self,
        line: &'a mut ucx_pbx::Line,
    ) -> ucx_pbx::LocalBoxFuture<'a, Result<(), ucx_pbx::Ending>> {
        self.0.get().expect("it guards").enter(line)
    }
}

fn world(name: &'static str, test: impl AsyncFnOnce(&mut World, &Bed)) {
    let (late, gate) = (Late::default(), std::rc::Rc::default());
    let mut registry = Registry::new();
    registry.application(late.clone());
    registry.application(Rest);
    registry.application(NoOp);
    registry.gate(LateGate(std::rc::Rc::clone(&gate)));
    run(PLAN, registry, async move |world| {
        let bed = Bed::with(name, |config| {
            config.interruption = Interruption::Fuel;
            config.cache = Some(std::env::temp_dir().join(format!("ucx-flows-{}", std::process::id())));
        });
        let known: BTreeSet<String> = ["absent", "always-traps", "prefix-router"]
            .map(str::to_owned)
            .into();
        let text = "[routing.main]\nchain = ['absent', 'always-traps', 'prefix-router']\n";
        let chains = Chains::parse(text, &known).unwrap();
        assert!(gate.set(Routers::new(Arc::clone(&bed.host), chains)).is_ok());
        assert!(late.0.set(Wasm::new(Arc::clone(&bed.host))).is_ok());
        test(world, &bed).await;
    });
}

#[test]
fn the_first_router_that_does_not_pass_decides_and_who_is_absent_is_passed_over() {
    world("chain", async |world, bed| {
        bed.install("prefix-router").await;
        world.phone("6001", Phone::Refuses(Cause::USER_BUSY));
        // No prefix fits: the context's own extension.
        let alice = world.call("100");
        world.pass(200).await;
        assert_eq!(world.steps("alice"), ["100,1 Rest(own SUCCESS)"]);
        hang_up(world, alice).await;
        // It is dialled, and refused, and goes on in its own extension.
        let alice = world.call("6001");
        world.pass(2_000).await;
        assert_eq!(world.steps("alice").pop().unwrap(), "6001,1 Rest(own BUSY)");
        hang_up(world, alice).await;
        // A number the dialplan has not is the router's to refuse, and one it passes does not exist.
        world.call("+19001");
        world.until_over().await;
        let rejected = world.record().count(
            |kind| matches!(kind, EventKind::ChannelEnded { channel } if channel.cause == Cause::CALL_REJECTED),
        );
        assert_eq!(rejected, 1);
        world.call("999");
        world.until_over().await;
        assert!(world.pbx.incoming(World::incoming("999")).is_ok());
        world.until_over().await;
        // A redirect enters a context, and where there is no chain nobody is asked.
        let alice = world.call("100");
        world.pass(200).await;
        world
            .desk
            .redirect(alice, Place::new("other", "100", 1))
            .await
            .unwrap();
        world.pass(200).await;
        assert_eq!(world.steps("alice").pop().unwrap(), "100,1 Rest(other)");
        hang_up(world, alice).await;
    });
}

#[test]
fn a_router_that_fails_is_passed_or_has_its_way() {
    world("chainfails", async |world, bed| {
        bed.install("prefix-router").await;
        bed.install("always-traps").await;
        let fallback = bed
            .host
            .plugin("always-traps")
            .unwrap()
            .active()
            .manifest
            .fallback
            .clone();
        let alice = world.call("100");
        world.pass(200).await;
        match fallback {
            crate::Fallback::Pass => assert_eq!(world.steps("alice"), ["100,1 Rest(own SUCCESS)"]),
            crate::Fallback::Reject(cause) => assert_eq!(world.record().cause("alice"), Some(Cause(cause))),
            crate::Fallback::ContinueAt(place) => panic!("{place}"),
        }
        if world.pbx.channel(alice).is_some() {
            hang_up(world, alice).await;
        }
    });
}

#[test]
fn chains_change_under_calls() {
    world("chainreload", async |world, bed| {
        bed.install("prefix-router").await;
        world.phone("6001", Phone::Answers(std::time::Duration::from_secs(3)));
        let known: BTreeSet<String> = ["prefix-router"].map(str::to_owned).into();
        let set = |text| bed.host.set_chains(Chains::parse(text, &known).unwrap());
        // A call that a router sent on its way goes on; who comes now finds another chain, and then the first again.
        let alice = world.call("6001");
        world.pass(1_000).await;
        set("[routing.other]\nchain = ['prefix-router']\n");
        assert!(world.pbx.incoming(World::incoming("+19001")).is_err());
        set("[routing.main]\nchain = ['prefix-router']\n");
        assert!(world.pbx.incoming(World::incoming("+19001")).is_ok());
        world.pass(4_000).await;
        let record = world.record();
        let rejected = record.count(
            |kind| matches!(kind, EventKind::ChannelEnded { channel } if channel.cause == Cause::CALL_REJECTED),
        );
        assert_eq!(rejected, 1);
        let answered = record.count(
            |kind| matches!(kind, EventKind::DialEnded { status, .. } if *status == ucx_call::DialStatus::Answer),
        );
        assert_eq!(answered, 1);
        hang_up(world, alice).await;
    });
}
