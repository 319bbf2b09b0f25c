//! What a session answers by itself: login, masks, filters, and what it refuses.

use crate::action::{ACTIONS, find};
use crate::event::{Classes, RenderContext};
use crate::{Answer, ManagerConfig, Request, Session, Step, View, load};
use std::time::Duration;
use ucx_call::SecurityKind;

const CONF: &str = "[general]\nenabled=yes\n[admin]\nsecret=adminpw\nread=all\nwrite=all\n\
    [limited]\nsecret=limpw\nread=call\nwrite=call\n\
    [blocked]\nsecret=blockpw\nread=all\nwrite=all\ndeny=0.0.0.0/0\n\
    [single]\nsecret=s\nread=all\nwrite=all\nallowmultiplelogin=no\n[nosecret]\nread=all\n";

fn config(text: &str) -> ManagerConfig {
    load(
        &ucx_config::parse_text("manager.conf", text).0,
        &Default::default(),
    )
    .0
}

struct Talk {
    config: ManagerConfig,
    session: Session,
    online: Option<&'static str>,
    is_booted: bool,
}

impl Talk {
    fn new() -> Self {
        Self {
            config: config(CONF),
            session: Session::new(173_094_685),
            online: None,
            is_booted: true,
        }
    }

    fn as_user(login: &str) -> Self {
        let mut talk = Self::new();
        assert!(talk.say(login).logs_in, "{login}");
        talk
    }

    fn step(&mut self, text: &str) -> Step {
        let view = View {
            config: &self.config,
            remote: "127.0.0.1".parse().unwrap(),
            is_online: &|user| self.online == Some(user),
            wall: Duration::new(1_795_352_611, 17_135_000),
            booted: self.is_booted.then_some(Duration::from_millis(2_900)),
            context: RenderContext {
                reloaded_at: Duration::from_millis(1_100),
                ..RenderContext::plain(Duration::ZERO)
            },
        };
        self.session.handle(&Request::of(text), None, &view)
    }

    fn say(&mut self, text: &str) -> Answer {
        match self.step(text) {
            Step::Answer(answer) => answer,
            step @ (Step::Run(_) | Step::Wait(_)) => panic!("{step:?}"),
        }
    }

    /// What is answered, with LF for CR LF.
    fn text(&mut self, text: &str) -> String {
        String::from_utf8(self.say(text).text.to_vec())
            .unwrap()
            .replace("\r\n", "\n")
    }
}

fn message(text: &str) -> String {
    format!("Response: Error\nActionID: 1\nMessage: {text}\n\n")
}

#[test]
fn before_the_login_only_the_login_works() {
    let mut talk = Talk::new();
    let answer = talk.say("Action: Ping\nActionID: 1");
    assert_eq!(
        &answer.text[..],
        message("Permission denied").replace('\n', "\r\n").as_bytes()
    );
    assert!(!answer.closes);
    let (kind, account) = answer.security.unwrap();
    assert_eq!(
        (kind, &*account),
        (
            SecurityKind::RequestNotAllowed {
                request: "Action: Ping".into(),
                parameters: None
            },
            ""
        )
    );
    assert_eq!(
        talk.text("Action: Nosuch\nActionID: 1"),
        message("Permission denied")
    );
    assert!(talk.say("Action: logoff").closes);
}

#[test]
fn a_login_by_secret_is_followed_by_how_long_the_host_is_up() {
    let mut talk = Talk::new();
    assert_eq!(
        talk.text("Action: Login\nActionID: 1\nUsername: admin\nSecret: adminpw\nAuthType: plain"),
        "Response: Success\nActionID: 1\nMessage: Authentication accepted\n\n\
         Event: FullyBooted\nPrivilege: system,all\nUptime: 2\nLastReload: 1\nStatus: Fully Booted\n\n"
    );
    assert_eq!(talk.session.mask(), Classes::ALL);
    assert_eq!(
        talk.text("Action: Login\nActionID: 2\nUsername: admin\nSecret: adminpw"),
        "Response: Success\nActionID: 2\nMessage: Already authenticated\n\n"
    );
    for login in [
        "Action: Login\nActionID: 1\nUsername: limited\nSecret: limpw",
        "Action: Login\nActionID: 1\nUsername: admin\nSecret: adminpw\nEvents: off",
        "Action: Login\nActionID: 1\nUsername: admin\nSecret: adminpw\nEvents: call,user",
    ] {
        assert_eq!(
            Talk::new().text(login),
            "Response: Success\nActionID: 1\nMessage: Authentication accepted\n\n"
        );
    }
    let mut talk = Talk::new();
    talk.is_booted = false;
    assert!(
        !talk
            .text("Action: Login\nUsername: admin\nSecret: adminpw")
            .contains("FullyBooted")
    );
}

#[test]
fn a_login_by_digest_needs_the_challenge_that_was_asked_for() {
    let key = crate::action::digest("173094685", "adminpw");
    let login = format!("Action: Login\nActionID: 1\nUsername: admin\nAuthType: MD5\nKey: {key}");
    let mut talk = Talk::new();
    assert_eq!(
        talk.text("Action: Challenge\nActionID: 1\nAuthType: md5"),
        "Response: Success\nActionID: 1\nChallenge: 173094685\n\n"
    );
    assert!(talk.say(&login).logs_in);
    assert!(!Talk::new().say(&login).logs_in);
    let mut talk = Talk::new();
    talk.say("Action: Challenge\nAuthType: MD5");
    let answer = talk.say(&login.replace(&key, &key.to_uppercase()));
    assert!(!answer.logs_in && answer.closes);
    let (kind, account) = answer.security.unwrap();
    assert!(matches!(kind, SecurityKind::ChallengeResponseFailed { expected, .. } if *expected == *key));
    assert_eq!(&*account, "");
    for wrong in ["SHA", ""] {
        assert_eq!(
            Talk::new().text(&format!("Action: Challenge\nActionID: 1\nAuthType: {wrong}")),
            message("Must specify AuthType")
        );
    }
}

#[test]
fn every_failed_login_has_the_same_words_and_ends_after_a_second() {
    let cases = [
        (
            "Username: admin\nSecret: wrong",
            Some(("InvalidPassword", "admin")),
        ),
        ("Username: admin", Some(("InvalidPassword", "admin"))),
        (
            "Username: nosuch\nSecret: x",
            Some(("InvalidAccountID", "nosuch")),
        ),
        (
            "Username: blocked\nSecret: blockpw",
            Some(("FailedACL", "blocked")),
        ),
        (
            "Username: nosecret\nSecret:",
            Some(("InvalidPassword", "nosecret")),
        ),
        ("Username: nosecret", Some(("InvalidPassword", "nosecret"))),
        ("Username: general", Some(("InvalidAccountID", "general"))),
        ("Secret: adminpw", None),
    ];
    for (headers, security) in cases {
        let answer = Talk::new().say(&format!("Action: Login\nActionID: 1\n{headers}"));
        assert_eq!(
            &answer.text[..],
            message("Authentication failed").replace('\n', "\r\n").as_bytes()
        );
        assert!(answer.closes && !answer.logs_in);
        assert_eq!(answer.delay, Duration::from_secs(1));
        let told = answer
            .security
            .as_ref()
            .map(|(kind, account)| (kind.name(), &**account));
        assert_eq!(told, security, "{headers}");
    }
}

#[test]
fn a_user_that_may_be_there_once_is_there_once() {
    let mut talk = Talk::new();
    talk.online = Some("single");
    for request in [
        "Action: Login\nActionID: 1\nUsername: single\nSecret: s",
        "Action: Challenge\nActionID: 1\nUsername: single\nAuthType: MD5",
    ] {
        let answer = talk.say(request);
        assert_eq!(
            &answer.text[..],
            message("Login Already In Use").replace('\n', "\r\n").as_bytes()
        );
        assert!(answer.closes && answer.delay == Duration::from_secs(1));
    }
    talk.online = Some("admin");
    assert!(
        talk.say("Action: Login\nUsername: admin\nSecret: adminpw")
            .logs_in
    );
}

#[test]
fn what_cannot_be_understood_is_said_to_be_so() {
    let mut talk = Talk::as_user("Action: Login\nUsername: admin\nSecret: adminpw");
    assert_eq!(
        talk.text("Action: Nosuch\nActionID: 1"),
        message("Invalid/unknown command: Nosuch. Use Action: ListCommands to show available commands.")
    );
    assert_eq!(
        talk.text("Ping"),
        "Response: Error\nMessage: Missing action in request\n\n"
    );
    let answer = talk.say("Action:\nActionID: 1");
    let (kind, account) = answer.security.unwrap();
    assert_eq!(
        (kind, &*account),
        (
            SecurityKind::RequestBadFormat {
                request: "Action: NONE".into()
            },
            "admin"
        )
    );
    assert_eq!(
        talk.text("Action: Ping\nActionID: 5"),
        "Response: Success\nActionID: 5\nPing: Pong\nTimestamp: 1795352611.017135\n\n"
    );
    assert_eq!(
        talk.text("Action: Logoff\nActionID: 3"),
        "Response: Goodbye\nActionID: 3\nMessage: Thanks for all the fish.\n\n"
    );
}

#[test]
fn an_action_needs_one_of_its_classes() {
    let mut talk = Talk::as_user("Action: Login\nUsername: limited\nSecret: limpw");
    assert_eq!(
        talk.text("Action: Filter\nActionID: 1\nOperation: Add\nFilter: x"),
        message("Permission denied")
    );
    let list = talk.text("Action: ListCommands\nActionID: 4");
    assert!(list.starts_with("Response: Success\nActionID: 4\n"));
    assert!(list.contains("\nPing: ") && list.contains("(Priv: <none>)\n"));
    assert!(!list.contains("\nFilter: "));
    let list = Talk::as_user("Action: Login\nUsername: admin\nSecret: adminpw").text("Action: ListCommands");
    assert!(list.contains("\nFilter: ") && list.contains("  (Priv: system,all)\n"));
}

#[test]
fn masks_are_numbers_words_or_labels() {
    let mut talk = Talk::as_user("Action: Login\nUsername: admin\nSecret: adminpw");
    let cases = [
        ("off", "Off", Classes::NONE),
        ("on", "On", Classes::ALL),
        ("user", "On", Classes::USER),
        ("call,user", "On", Classes::CALL | Classes::USER),
        ("all", "On", Classes::ALL),
        ("0", "Off", Classes::NONE),
        ("1", "On", Classes::SYSTEM),
        ("66", "On", Classes::CALL | Classes::USER),
        ("none", "Off", Classes::NONE),
        ("system,nosuch", "On", Classes::SYSTEM),
        ("nosuch", "Off", Classes::NONE),
    ];
    for (mask, state, classes) in cases {
        assert_eq!(
            talk.text(&format!("Action: Events\nActionID: 1\nEventMask: {mask}")),
            format!("Response: Success\nActionID: 1\nEvents: {state}\n\n")
        );
        assert_eq!(talk.session.mask(), classes, "{mask}");
    }
    assert_eq!(
        talk.text("Action: Events\nActionID: 1"),
        message("Invalid event mask")
    );
    let mut talk = Talk::as_user("Action: Login\nUsername: limited\nSecret: limpw");
    talk.say("Action: Events\nEventMask: on");
    assert_eq!(talk.session.mask(), Classes::CALL);
}

#[test]
fn a_door_with_the_broken_events_answers_nothing_to_all() {
    let mut talk = Talk::as_user("Action: Login\nUsername: admin\nSecret: adminpw");
    talk.config.has_broken_events = true;
    assert_eq!(talk.text("Action: Events\nEventMask: on"), "");
    assert_eq!(talk.text("Action: Events"), "");
    assert_eq!(
        talk.text("Action: Events\nEventMask: call"),
        "Response: Success\nEvents: On\n\n"
    );
}

#[test]
fn filters_are_added_and_nothing_else() {
    let mut talk = Talk::as_user("Action: Login\nUsername: admin\nSecret: adminpw");
    let success = "Response: Success\nActionID: 1\nMessage: Success\n\n";
    assert_eq!(
        talk.text("Action: Filter\nActionID: 1\nOperation: Add\nFilter: !Header: beta"),
        success
    );
    assert_eq!(
        talk.text("Action: Filter\nActionID: 1\nOperation: Add\nMatchCriteria: name(UserEvent)\nFilter: "),
        success
    );
    assert!(
        talk.session
            .filters()
            .pass("UserEvent", b"Event: UserEvent\r\nHeader: alpha\r\n\r\n")
    );
    assert!(
        !talk
            .session
            .filters()
            .pass("UserEvent", b"Event: UserEvent\r\nHeader: beta\r\n\r\n")
    );
    for (headers, error) in [
        ("Operation: Delete\nFilter: x", "Unknown operation"),
        ("Filter: x", "Unknown operation"),
        (
            "Operation: Add\nFilter: (",
            "Filter did not compile.  Check the syntax of the filter given.",
        ),
        (
            "Operation: Add\nMatchCriteria: method(nosuch)\nFilter: y",
            "Filter was formatted incorrectly.  Check the syntax of the filter given.",
        ),
    ] {
        assert_eq!(
            talk.text(&format!("Action: Filter\nActionID: 1\n{headers}")),
            message(error)
        );
    }
}

#[test]
fn waiting_and_suppressing_are_the_sessions_own() {
    let mut talk = Talk::as_user("Action: Login\nUsername: admin\nSecret: adminpw");
    let wait = |step| match step {
        Step::Wait(wait) => wait,
        step @ (Step::Answer(_) | Step::Run(_)) => panic!("{step:?}"),
    };
    assert_eq!(
        wait(talk.step("Action: WaitEvent\nTimeout: 3")),
        Some(Duration::from_secs(3))
    );
    assert_eq!(wait(talk.step("Action: WaitEvent\nTimeout: -1")), None);
    talk.say("Action: Ping\nSuppressEvents: yes");
    assert!(talk.session.is_suppressed());
    talk.say("Action: Ping");
    assert!(!talk.session.is_suppressed());
}

#[test]
fn the_table_of_actions_is_in_order_and_speaks_for_itself() {
    let names: Vec<String> = ACTIONS
        .iter()
        .map(|action| action.name.to_ascii_lowercase())
        .collect();
    assert!(names.is_sorted(), "{names:?}");
    for action in ACTIONS {
        assert!(action.synopsis.ends_with('.'), "{}", action.name);
        let found = find(&action.name.to_uppercase()).unwrap();
        assert_eq!(found.name, action.name);
        assert!(
            action
                .arguments
                .iter()
                .all(|argument| argument.meaning.ends_with('.'))
        );
    }
    assert!(find("Nosuch").is_none());
}
