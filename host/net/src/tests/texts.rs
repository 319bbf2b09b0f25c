//! Texts on the wire, within calls and outside.

use super::world::{PEER, World};
use std::sync::Arc;
use tokio::task::LocalSet;
use ucx_call::{Action, ChannelId, Party};
use ucx_sip::{Account, AccountId, Accounts, AorSettings, Event};

const BOB: &str =
    "[bob]\ntype=endpoint\naors=bob\nallow=ulaw\n[bob]\ntype=aor\ncontact=sip:bob@127.0.0.1:5072\n";

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
                   m=audio 20000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n";

fn message(endpoint: &str, uri: Option<&str>, headers: &[(&str, &str)]) -> Action {
    let headers = headers
        .iter()
        .map(|(name, value)| (Arc::from(*name), Arc::from(*value)));
    Action::Message {
        endpoint: Arc::from(endpoint),
        uri: uri.map(Arc::from),
        from: Some(Arc::from("\"Al\" <sip:al@example.org>")),
        headers: headers.collect(),
        text: Arc::from("hello"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_text_goes_to_the_contacts_of_an_endpoint_or_to_one_place() {
    LocalSet::new()
        .run_until(async {
            let mut world = World::new(BOB);
            world.control.handle_action(message("bob", None, &[]));
            world
                .control
                .handle_action(message("", Some("sip:other@127.0.0.1:5072"), &[("X-A", "b")]));
            world.control.handle_action(message("nobody", None, &[]));
            world
                .control
                .handle_action(message("bob", None, &[("X-A", "b\r\nEvil: yes")]));
            world.settle();
            let sent: Vec<_> = world
                .sent
                .iter()
                .filter(|line| line.starts_with("MESSAGE"))
                .collect();
            assert_eq!(
                sent,
                [
                    "MESSAGE sip:bob@127.0.0.1:5072 SIP/2.0",
                    "MESSAGE sip:other@127.0.0.1:5072 SIP/2.0"
                ]
            );
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_text_goes_to_the_party_of_an_answered_call() {
    LocalSet::new()
        .run_until(async {
            let mut world = World::new(BOB);
            let mut accounts = Accounts::default();
            let guest = Account::of_user(AccountId(9), "guest", None);
            accounts.add_user(guest, "guest", AorSettings::default());
            accounts.anonymous = Some("guest".into());
            world.peer.set_accounts(accounts);
            let channel = ChannelId(1);
            let text = |text: &str| Action::SendText {
                channel,
                content_type: Arc::from("text/plain"),
                text: Arc::from(text),
            };
            world.control.handle_action(Action::Dial {
                channel,
                endpoint: Arc::from("bob"),
                target: Arc::from(format!("sip:bob@{PEER}")),
                caller: Party::default(),
                parent: None,
                headers: Arc::from([]),
                codecs: Arc::from([]),
            });
            world.settle();
            world.control.handle_action(text("too early"));
            let session = world.peer_events.iter().find_map(|event| {
                let Event::Incoming { session, .. } = event else {
                    return None;
                };
                Some(*session)
            });
            let (now, session) = (world.pbx.now(), session.expect("it rings"));
            world
                .peer
                .answer(now, session, SDP.into())
                .expect("it is answered");
            world.settle();
            world.control.handle_action(text("hello"));
            world.settle();
            let heard: Vec<_> = world
                .peer_events
                .iter()
                .filter_map(|event| {
                    let Event::Text { body, .. } = event else {
                        return None;
                    };
                    Some(String::from_utf8_lossy(body).into_owned())
                })
                .collect();
            assert_eq!(heard, ["hello"]);
        })
        .await;
}
