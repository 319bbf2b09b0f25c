//! Is a router told which way a call goes, whose it is, and where it comes from?

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ucx_pbx::Agreed;

use super::Folder;
use super::flows::{hang_up, world_with};
use crate::telephony::Chains;
use crate::{Attr, Direction, RouteRequest, Value, read_decisions};

/// What a router was asked, once it was asked so often.
fn asked(folder: &std::path::Path, count: usize) -> Vec<RouteRequest> {
    let began = Instant::now();
    loop {
        let (found, _) = read_decisions(folder, None).unwrap();
        if found.len() >= count {
            return found.into_iter().map(|decision| decision.request).collect();
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{}", found.len());
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn text<'a>(attrs: &'a [Attr], name: &str) -> Option<&'a str> {
    let named = attrs.iter().find(|attr| attr.name == name)?;
    if let Value::Text(text) = &named.value {
        Some(text)
    } else {
        None
    }
}

#[test]
fn a_router_is_told_which_way_a_call_goes_and_whose_it_is() {
    let folder = Folder::new("bearings");
    let place = folder.0.clone();
    let change = |config: &mut crate::PluginHostConfig| config.decisions = Some(place);
    world_with("bearings", "prefix-router", change, async |world, bed| {
        bed.install("prefix-router").await;
        let said = |text: &str| {
            bed.host
                .set_contexts(&Chains::parse(text, &Default::default()).unwrap())
        };
        let trunks = |names: &[&str]| {
            bed.host
                .set_trunks(names.iter().map(|name| (*name).to_owned()).collect())
        };
        let mut call = async || {
            let mut incoming = ucx_pbx::testing::World::incoming("100");
            incoming.account = Some(Arc::from("house"));
            let alice = world.pbx.incoming(incoming).unwrap();
            let peer: SocketAddr = "192.0.2.7:5062".parse().unwrap();
            let agreed = Agreed {
                peer: Some(peer),
                codecs: Arc::from(["alaw", "ulaw"]),
            };
            world.pbx.keep_agreed(alice, agreed);
            world.pass(200).await;
            assert_eq!(world.steps("alice").last().unwrap(), "100,2 Rest(SUCCESS)");
            hang_up(world, alice).await;
        };
        call().await;
        trunks(&["alice"]);
        call().await;
        said("[routing.main]\ntenant = 'acme'\n");
        call().await;
        said("[routing.main]\ndirection = 'outbound'\n");
        call().await;
        trunks(&[]);
        said("");
        call().await;
    });
    let asked = asked(&folder.0, 5);
    let told: Vec<(Direction, &str)> = asked
        .iter()
        .map(|request| (request.direction, request.tenant.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (Direction::Internal, "house"),
            (Direction::Inbound, "house"),
            (Direction::Inbound, "acme"),
            (Direction::Outbound, "house"),
            (Direction::Internal, "house"),
        ]
    );
    let attrs = &asked[0].attrs;
    assert_eq!(text(attrs, "codecs"), Some("alaw,ulaw"));
    // Nobody granted it the address.
    assert_eq!(text(attrs, "peer-address"), None);
}
