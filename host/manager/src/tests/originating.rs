//! Originate: what it says is wrong, whom it calls, and who reaches code by it.

use super::actions::{PLAN, at, at_with, waiting};

#[test]
fn originate_says_what_is_wrong_in_the_fields_order() {
    at("admin", async |at| {
        for (headers, message) in [
            ("Context: main\nExten: 100\nPriority: 1", "Channel not specified"),
            (
                "Channel: bogus\nContext: main\nExten: 100\nPriority: 1",
                "Invalid channel",
            ),
            (
                "Channel: Nosuch/1\nContext: main\nExten: 100\nPriority: 1",
                "Originate failed",
            ),
            (
                "Channel: PJSIP/nobody\nContext: main\nExten: 100\nPriority: 1",
                "Originate failed",
            ),
            (
                "Channel: PJSIP/carol\nContext: main\nExten: 100\nPriority: 1",
                "Originate failed",
            ),
            (
                "Channel: PJSIP/dave\nContext: main\nExten: 100\nPriority: 1\nTimeout: 500",
                "Originate failed",
            ),
            (
                "Channel: PJSIP/bob",
                "Originate with 'Exten' requires 'Context' and 'Priority'",
            ),
            (
                "Channel: PJSIP/bob\nContext: main\nPriority: 1",
                "Extension does not exist.",
            ),
            (
                "Channel: PJSIP/bob\nContext: main\nExten: 100\nPriority: abc",
                "Invalid priority",
            ),
            (
                "Channel: PJSIP/bob\nContext: main\nExten: 100\nPriority: 1\nTimeout: abc",
                "Invalid timeout",
            ),
            (
                "Channel: PJSIP/bob\nContext: main\nExten: 999\nPriority: 1\nAsync: true",
                "Extension does not exist.",
            ),
        ] {
            assert_eq!(
                at.error(&format!("Action: Originate\n{headers}")).await,
                message,
                "{headers}"
            );
        }
        let long = "x".repeat(150);
        assert_eq!(
            at.error(&format!("Action: Originate\nChannelId: {long}")).await,
            "Uniqueid length exceeds maximum of 149"
        );
    });
}

#[test]
fn originate_calls_and_says_so_at_once_or_when_it_is_decided() {
    at_with(PLAN, "admin", waiting(), async |at| {
        let done = "Message: Originate successfully queued\n";
        let request = "Action: Originate\nChannel: PJSIP/bob\nContext: main\nExten: 100\nPriority: here";
        assert_eq!(at.success(request).await, done);
        assert_eq!(at.world.steps("bob"), ["100,2 NoOp(second)"]);
        at.world.until_over().await;
        for channel in ["PJSIP/bob", "Nosuch/1", "PJSIP/nobody"] {
            let request =
                format!("Action: Originate\nChannel: {channel}\nApplication: Wait\nData: 1\nAsync: true");
            assert_eq!(at.success(&request).await, done, "{channel}");
        }
        at.world.until_over().await;
        let decided = at.world.record().count(|kind| {
            matches!(kind, ucx_call::EventKind::OriginateDecided(report) if report.request.as_deref() == Some("1"))
        });
        assert_eq!(decided, 3);
    });
}

#[test]
fn originate_sets_the_users_variables_and_its_own() {
    at_with(PLAN, "admin", waiting(), async |at| {
        let request = "Action: Originate\nChannel: PJSIP/bob\nApplication: Wait\nData: 60\nCallerID: Robot <900>\n\
                       Variable: A=1,__B=two\nVariable: A=2\nAccount: acct1\nChannelId: my-chan-1";
        at.success(request).await;
        let channel = at.world.desk.channel("my-chan-1").await.unwrap();
        assert_eq!(&*channel.account, "acct1");
        for (name, value) in [("A", "2"), ("B", "two"), ("OWN", "1")] {
            let request = format!("Action: Getvar\nChannel: {}\nVariable: {name}", channel.name);
            let answer = at.success(&request).await;
            assert_eq!(answer, format!("Variable: {name}\nValue: {value}\n"));
        }
    });
}

#[test]
fn only_the_system_right_reaches_code_through_originate() {
    const CASES: [(&str, &str); 9] = [
        ("System", "ls"),
        ("TrySystem", "ls"),
        ("Exec", "System(ls)"),
        ("ExecIf", "1?System(ls)"),
        ("AGI", "x.agi"),
        ("MixMonitor", "x.wav"),
        ("Playback", "${SHELL(ls)}"),
        ("Set", "X=${file(/etc/passwd)}"),
        ("Queue", "sales,,,,,x.agi"),
    ];
    at("caller", async |at| {
        for (application, data) in CASES {
            let request =
                format!("Action: Originate\nChannel: PJSIP/bob\nApplication: {application}\nData: {data}");
            assert_eq!(
                at.error(&request).await,
                "Originate Access Forbidden: app or data blacklisted",
                "{application}"
            );
        }
        let request = "Action: Originate\nChannel: PJSIP/bob\nContext: main\nExten: 100\nPriority: 1\nVariable: FILE(x)=1";
        assert_eq!(
            at.error(request).await,
            "Originate Access Forbidden: app or data blacklisted"
        );
        assert_eq!(at.world.desk.counts().await.unwrap().channels, 0);
    });
    at("admin", async |at| {
        for (application, data) in CASES {
            let request = format!(
                "Action: Originate\nChannel: PJSIP/bob\nApplication: {application}\nData: {data}\nAsync: true"
            );
            at.success(&request).await;
        }
    });
}
