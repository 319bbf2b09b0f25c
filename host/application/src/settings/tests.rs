//! Both files as operators write them.

use super::*;
use ucx_config::parse_text;

fn read(http: &str, ari: &str) -> (Settings, Vec<String>) {
    let (http, _) = parse_text("http.conf", http);
    let (ari, _) = parse_text("ari.conf", ari);
    let lists = BTreeMap::from([(
        "office".to_owned(),
        vec![
            AccessRule::Deny("0.0.0.0/0".parse().expect("a network")),
            AccessRule::Permit("127.0.0.1".parse().expect("an address")),
        ],
    )]);
    let (settings, diagnostics) = load(&http, &ari, &lists);
    (
        settings,
        diagnostics.iter().map(|said| said.message.clone()).collect(),
    )
}

const ARI: &str = "[general]\nenabled = yes\npretty = no\n[gold]\ntype = user\npassword = goldpass\npassword_format = plain\n";

#[test]
fn the_files_of_the_captures_are_read() {
    let (settings, said) = read(
        "[general]\nenabled = yes\nbindaddr = 127.0.0.1\nbindport = 8088\n",
        ARI,
    );
    assert!(said.is_empty(), "{said:?}");
    assert!(settings.http.is_enabled && settings.ari.is_enabled);
    assert_eq!(settings.http.address.to_string(), "127.0.0.1:8088");
    assert_eq!(settings.ari.users["gold"].password, "goldpass");
    assert_eq!(settings.ari.realm, "Asterisk REST Interface");
    let gold = settings.principal("gold", &settings.ari.users["gold"]);
    assert!(gold.rights.has(Right::Originate) && !gold.rights.has(Right::System));
}

#[test]
fn port_0_is_one_that_the_system_chooses() {
    let (settings, said) = read("[general]\nenabled = yes\nbindport = 0\n", ARI);
    assert!(said.is_empty(), "{said:?}");
    assert_eq!(settings.http.address.to_string(), "127.0.0.1:0");
}

#[test]
fn who_may_only_look_has_no_other_right() {
    let (settings, _) = read("", "[ro]\ntype=user\nread_only=yes\npassword=p\n");
    let principal = settings.principal("ro", &settings.ari.users["ro"]);
    assert_eq!(principal.rights, Rights::NONE.with(Right::Look));
}

#[test]
fn without_a_file_there_is_no_server() {
    let source = ucx_config::MemorySource::new();
    let (nothing, _) = ucx_config::parse(&source, "http.conf");
    let (settings, _) = load(&nothing, &nothing, &BTreeMap::new());
    assert!(!settings.http.is_enabled && !settings.ari.is_enabled);
    assert_eq!(settings.http.address.to_string(), "127.0.0.1:8088");
}

#[test]
fn users_without_a_readable_password_are_left_out() {
    let (settings, said) = read(
        "",
        "[a]\ntype=user\n[b]\ntype=user\npassword=$6$x\npassword_format=crypt\n[c]\ntype=outbound_websocket\n",
    );
    assert!(settings.ari.users.is_empty());
    assert_eq!(said.len(), 3, "{said:?}");
}

#[test]
fn addresses_are_let_in_by_rules_and_lists() {
    let (settings, said) = read(
        "[general]\nenabled=yes\nprefix=/pbx/\nacl=office\n",
        "[a]\npassword=p\ndeny=0.0.0.0/0\npermit=127.0.0.0/8\n[b]\npassword=p\nacl=nosuch\n",
    );
    assert_eq!(settings.http.prefix, "/pbx");
    let [here, there] = ["127.0.0.1", "192.0.2.1"].map(|text| text.parse().expect("an address"));
    assert!(settings.http.access.permits(here) && !settings.http.access.permits(there));
    assert!(settings.ari.users["a"].access.permits(here) && !settings.ari.users["a"].access.permits(there));
    assert!(!settings.ari.users["b"].access.permits(here));
    assert_eq!(said.len(), 1, "{said:?}");
}
