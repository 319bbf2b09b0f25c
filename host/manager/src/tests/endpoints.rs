//! Lists of endpoints and what belongs to them, devices, hints and people.

use super::actions::{At, at_with};
use std::sync::Arc;
use ucx_call::EventKind;
use ucx_pbx::Registry;

const PJSIP: &str = "[alice]\ntype=endpoint\naors=alice\ndisallow=all\nallow=ulaw\ndirect_media=no\n\
    [alice]\ntype=aor\ncontact=sip:alice@127.0.0.1:5101\n\
    [frank]\ntype=endpoint\naors=frank\nauth=frank\nallow=ulaw\n[frank]\ntype=aor\nmax_contacts=2\n\
    [frank]\ntype=auth\nauth_type=digest\nusername=frank\npassword=fpw\n\
    [erin]\ntype=endpoint\nallow=ulaw\n\
    [trunk]\ntype=registration\nserver_uri=sip:127.0.0.1:5199\nclient_uri=sip:me@127.0.0.1:5199\noutbound_auth=frank\n";

const PLAN: &str =
    "[phones]\nexten => 102,hint,PJSIP/frank\nexten => 103,hint,PJSIP/alice,CustomPresence:carol\n";

fn with_endpoints(test: impl AsyncFnOnce(&mut At<'_>)) {
    at_with(PLAN, "admin", Registry::new(), async |at| {
        let (pjsip, _) = ucx_config::pjsip::load(&ucx_config::parse_text("pjsip.conf", PJSIP).0);
        at.world.pbx.set_pjsip(Arc::new(pjsip));
        let contact: Arc<str> = Arc::from("sip:frank@127.0.0.1:5106");
        at.world
            .desk
            .publish(EventKind::ContactAdded {
                aor: Arc::from("frank"),
                contact: contact.clone(),
                expires_s: 3_600,
                user_agent: Some(Arc::from("phone/1.0")),
            })
            .await
            .unwrap();
        test(at).await;
    });
}

fn list(message: &str, items: &str, complete: &str) -> String {
    format!(
        "EventList: start\nMessage: {message}\n\n{items}Event: {complete}\nActionID: 1\nEventList: Complete\n"
    )
}

#[test]
fn endpoints_are_listed() {
    with_endpoints(async |at| {
        let item = |name: &str, aor: &str, auths: &str, contacts: &str, state: &str| {
            format!(
                "Event: EndpointList\nActionID: 1\nObjectType: endpoint\nObjectName: {name}\nTransport: \nAor: {aor}\n\
                 Auths: {auths}\nOutboundAuths: \n{contacts}DeviceState: {state}\nActiveChannels: 0\n\n"
            )
        };
        let items = item(
            "alice",
            "alice",
            "",
            "Contacts: alice/sip:alice@127.0.0.1:5101,\n",
            "Not in use",
        ) + &item("erin", "", "", "", "Unavailable")
            + &item(
                "frank",
                "frank",
                "frank",
                "Contacts: frank/sip:frank@127.0.0.1:5106,\n",
                "Not in use",
            );
        let message = "A listing of Endpoints follows, presented as EndpointList events";
        assert_eq!(
            at.success("Action: PJSIPShowEndpoints").await,
            list(message, &items, "EndpointListComplete") + "ListItems: 3\n"
        );
    });
    at_with(PLAN, "admin", Registry::new(), async |at| {
        for (action, message) in [
            ("PJSIPShowEndpoints", "No endpoints found"),
            ("PJSIPShowAors", "No AORs found"),
            ("PJSIPShowAuths", "No Auths found"),
            ("PJSIPShowContacts", "No Contacts found"),
        ] {
            assert_eq!(at.error(&format!("Action: {action}")).await, message);
        }
    });
}

#[test]
fn an_endpoint_is_shown_with_what_belongs_to_it() {
    with_endpoints(async |at| {
        let shown = at.success("Action: PJSIPShowEndpoint\nEndpoint: frank").await;
        for part in [
            "Event: EndpointDetail\nActionID: 1\nObjectType: endpoint\nObjectName: frank\nRpidImmediate: false\n",
            "\nAllow: (ulaw)\n",
            "\nCallerid: <unknown>\n",
            "\nWebrtc: no\n",
            "\nDirectMedia: true\n",
            "\nDeviceState: Not in use\nActiveChannels: 0\n\n",
            "Event: AuthDetail\nActionID: 1\nObjectType: auth\nObjectName: frank\n",
            "Event: AorDetail\nActionID: 1\nObjectType: aor\nObjectName: frank\n",
            "\nMaxContacts: 2\n",
            "\nQualifyTimeout: 3.000000\n",
            "\nTotalContacts: 1\nContactsRegistered: 1\nEndpointName: frank\n\n",
            "Event: ContactStatusDetail\nActionID: 1\nAOR: frank\nURI: sip:frank@127.0.0.1:5106\nUserAgent: phone/1.0\n",
            "\nRoundtripUsec: N/A\nEndpointName: frank\nID: frank;@a1503d716b8b83e30f5ee3c94a2c4387\n",
            "\nQualifyTimeout: 3.000\nQualify2xxOnly: 0\n\n",
        ] {
            assert!(shown.contains(part), "{part}\nis not in\n{shown}");
        }
        assert!(
            shown
                .ends_with("Event: EndpointDetailComplete\nActionID: 1\nEventList: Complete\nListItems: 4\n")
        );
        assert_eq!(
            at.error("Action: PJSIPShowEndpoint\nEndpoint: nobody").await,
            "Unable to retrieve endpoint nobody"
        );
        assert_eq!(
            at.error("Action: PJSIPShowEndpoint").await,
            "PJSIPShowEndpoint requires an endpoint name"
        );
    });
}

#[test]
fn what_is_registered_is_listed() {
    with_endpoints(async |at| {
        let contacts = at.success("Action: PJSIPShowContacts").await;
        assert!(
            contacts
                .contains("Event: ContactList\nActionID: 1\nObjectType: contact\nObjectName: frank;@a1503")
        );
        assert!(contacts.contains("\nExpirationTime: 1700003600\n"), "{contacts}");
        assert!(contacts.ends_with("ListItems: 1\n"));
        let aors = at.success("Action: PJSIPShowAors").await;
        assert!(aors.contains("ObjectName: alice\nMinimumExpiration: 60\nDefaultExpiration: 3600\n"));
        assert!(aors.contains("\nContacts: alice/sip:alice@127.0.0.1:5101\nMaximumExpiration: 7200\n"));
        let inbound = at.success("Action: PJSIPShowRegistrationsInbound").await;
        assert!(inbound.contains("\nContact: frank/sip:frank@127.0.0.1:5106\n"));
        assert!(inbound.contains("\nOutboundProxy: \nContacts: frank/sip:frank@127.0.0.1:5106,\n\n"));
        let statuses = at
            .success("Action: PJSIPShowRegistrationInboundContactStatuses")
            .await;
        assert!(statuses.contains("Event: ContactStatusDetail\n") && statuses.ends_with("ListItems: 1\n"));
        let auths = at.success("Action: PJSIPShowAuths").await;
        assert!(
            auths.contains("\nSupportedAlgorithmsUas: MD5\nRefreshToken: \nUsername: frank\n"),
            "{auths}"
        );
        let outbound = at.success("Action: PJSIPShowRegistrationsOutbound").await;
        assert!(
            outbound.contains("\nContactUser: \n")
                && outbound.contains("\nStatus: Unregistered\nNextReg: 0\n")
        );
        assert!(outbound.contains("Event: AuthDetail\nActionID: 1\n"));
        assert!(
            outbound.ends_with("ListItems: 1\nRegistered: 0\nNotRegistered: 1\n"),
            "{outbound}"
        );
    });
}

#[test]
fn endpoints_and_registrations_are_asked_to_act() {
    with_endpoints(async |at| {
        for (request, message) in [
            ("PJSIPQualify\nEndpoint: frank", "Endpoint found, will qualify"),
            ("PJSIPRegister\nRegistration: trunk", "Reregistration sent"),
            ("PJSIPRegister\nRegistration: *all", "Reregistrations queued."),
            ("PJSIPUnregister\nRegistration: trunk", "Unregistration sent"),
            ("PJSIPUnregister\nRegistration: *all", "Unregistrations queued."),
            (
                "PJSIPNotify\nEndpoint: frank\nVariable: Event=check-sync,X=\"a,b\"",
                "NOTIFY sent",
            ),
        ] {
            assert_eq!(
                at.success(&format!("Action: {request}")).await,
                format!("Message: {message}\n")
            );
        }
        for (request, message) in [
            ("PJSIPQualify", "Endpoint parameter missing."),
            ("PJSIPQualify\nEndpoint: nosuch", "Unable to retrieve endpoint"),
            ("PJSIPQualify\nEndpoint: erin", "No AoRs configured for endpoint"),
            ("PJSIPRegister", "Registration parameter missing."),
            (
                "PJSIPRegister\nRegistration: nosuch",
                "Unable to retrieve registration entry",
            ),
            (
                "PJSIPUnregister\nRegistration: nosuch",
                "Unable to retrieve registration entry",
            ),
            (
                "PJSIPNotify\nEndpoint: frank",
                "PJSIPNotify requires either an Option or Variable(s).You must use only one of them.",
            ),
            (
                "PJSIPNotify\nVariable: A=b",
                "PJSIPNotify requires either an endpoint name, a SIP URI, or a channel.",
            ),
            (
                "PJSIPNotify\nVariable: A=b\nEndpoint: a\nURI: sip:b@c",
                "PJSIPNotify requires either an endpoint name, a SIP URI, or a channel.  You must use only one of them.",
            ),
            (
                "PJSIPNotify\nVariable: A=b\nEndpoint: nosuch",
                "Unable to retrieve endpoint nosuch",
            ),
            ("PJSIPNotify\nVariable: A=b\nchannel: x", "Channel not found"),
            (
                "PJSIPNotify\nOption: nosuch\nEndpoint: frank",
                "Unable to find notify type 'nosuch'",
            ),
            ("PJSIPHangup", "No channel specified"),
            ("PJSIPHangup\nChannel: x\nCause: 486", "No such channel"),
        ] {
            assert_eq!(
                at.error(&format!("Action: {request}")).await,
                message,
                "{request}"
            );
        }
        at.world.pass(10).await;
        let actions = &at.world.record().actions;
        assert!(
            actions.iter().any(
                |action| matches!(action, ucx_call::Action::Notify { headers, .. } if headers.len() == 2)
            )
        );
    });
}

#[test]
fn devices_hints_and_people_are_shown() {
    with_endpoints(async |at| {
        assert_eq!(
            at.success("Action: ExtensionState\nExten: 102\nContext: phones")
                .await,
            "Message: Extension Status\nExten: 102\nContext: phones\nHint: PJSIP/frank\nStatus: 0\nStatusText: Idle\n"
        );
        assert_eq!(
            at.success("Action: ExtensionState\nExten: 999").await,
            "Message: Extension Status\nExten: 999\nContext: default\nHint: \nStatus: -1\nStatusText: Unknown\n"
        );
        assert_eq!(
            at.error("Action: ExtensionState\nContext: phones").await,
            "Extension not specified"
        );
        let hints = at.success("Action: ExtensionStateList").await;
        assert!(hints.contains(
            "Event: ExtensionStatus\nActionID: 1\nExten: 103\nContext: phones\nHint: PJSIP/alice,CustomPresence:carol\n"
        ));
        assert!(hints.ends_with(
            "Event: ExtensionStateListComplete\nActionID: 1\nEventList: Complete\nListItems: 2\n"
        ));
        let devices = at.success("Action: DeviceStateList").await;
        assert!(
            devices
                .contains("Event: DeviceStateChange\nActionID: 1\nDevice: PJSIP/frank\nState: NOT_INUSE\n\n"),
            "{devices}"
        );
        assert_eq!(
            at.success("Action: PresenceState\nProvider: CustomPresence:carol")
                .await,
            "Message: Presence State\nState: not_set\n"
        );
        assert_eq!(
            at.error("Action: PresenceState\nProvider: Nosuch:x").await,
            "Invalid provider Nosuch:x or provider in invalid state"
        );
        assert_eq!(at.error("Action: PresenceState").await, "No provider specified");
        assert!(
            at.success("Action: PresenceStateList")
                .await
                .ends_with("ListItems: 0\n")
        );
    });
    at_with("[main]\n", "admin", Registry::new(), async |at| {
        assert_eq!(
            at.error("Action: ExtensionStateList").await,
            "No dialplan hints are available"
        );
    });
}
