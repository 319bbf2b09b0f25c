//! The documents as client libraries read them.

use super::*;
use std::collections::BTreeSet;

fn read(name: &str) -> Value {
    let text = document(&format!("{name}.json"), "http://h:8088/ari").expect("the document is there");
    serde_json::from_slice(&text).expect("documents are JSON")
}

fn array<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key]
        .as_array()
        .unwrap_or_else(|| panic!("{key} is an array of {value}"))
}

#[test]
fn twelve_documents_are_there_and_no_more() {
    let listing = read("resources");
    assert_eq!(listing["swaggerVersion"], "1.1");
    assert_eq!(listing["basePath"], "http://h:8088/ari");
    let names: Vec<&str> = array(&listing, "apis")
        .iter()
        .filter_map(|api| api["path"].as_str())
        .collect();
    let order = [
        "asterisk",
        "endpoints",
        "channels",
        "bridges",
        "recordings",
        "sounds",
        "playbacks",
        "deviceStates",
        "mailboxes",
        "events",
        "applications",
    ];
    assert_eq!(names, order.map(|name| format!("/api-docs/{name}.{{format}}")));
    for name in order {
        let declaration = read(name);
        assert_eq!(
            declaration["resourcePath"],
            format!("/api-docs/{name}.{{format}}")
        );
        assert_eq!(declaration["basePath"], "http://h:8088/ari");
    }
    assert_eq!(document("nosuch.json", ""), None);
    assert_eq!(document("channels", ""), None);
}

#[test]
fn every_operation_stands_once_with_all_that_clients_need() {
    let mut seen = BTreeSet::new();
    for resource in table::RESOURCES {
        for api in array(&read(resource.name), "apis") {
            for operation in array(api, "operations") {
                let path = api["path"].as_str().unwrap_or_default();
                let method = operation["httpMethod"].as_str().unwrap_or_default();
                assert!(
                    seen.insert(format!("{method} {path}")),
                    "{method} {path} stands twice"
                );
                assert!(operation["nickname"].is_string() && operation["responseClass"].is_string());
                for parameter in array(operation, "parameters") {
                    assert!(
                        ["path", "query", "body"].contains(&parameter["paramType"].as_str().unwrap_or(""))
                    );
                    assert!(parameter["dataType"].is_string() && parameter["required"].is_boolean());
                    assert!(parameter["allowMultiple"].is_boolean());
                    let in_path =
                        path.contains(&format!("{{{}}}", parameter["name"].as_str().unwrap_or_default()));
                    assert_eq!(parameter["paramType"] == "path", in_path, "{path} {parameter}");
                }
                for error in array(operation, "errorResponses") {
                    assert!(error["code"].is_u64() && !error["reason"].as_str().unwrap_or("").contains('%'));
                }
            }
        }
    }
    assert_eq!(seen.len(), 109);
}

#[test]
fn every_type_that_is_named_is_a_model_or_a_known_word() {
    let words = [
        "string",
        "int",
        "long",
        "double",
        "boolean",
        "object",
        "Date",
        "void",
        "binary",
        "containers",
    ];
    let models: BTreeSet<&str> = table::models().map(|model| model.id).collect();
    let is_known = |kind: &str| {
        let inner = kind
            .strip_prefix("List[")
            .and_then(|rest| rest.strip_suffix(']'))
            .unwrap_or(kind);
        words.contains(&inner) || models.contains(inner)
    };
    for model in table::models() {
        for property in model.properties {
            assert!(
                is_known(property.kind),
                "{}.{}: {}",
                model.id,
                property.name,
                property.kind
            );
        }
        for sub_type in model.sub_types {
            assert!(models.contains(sub_type), "{sub_type}");
        }
    }
    for row in table::rows() {
        assert!(is_known(row.response), "{}", row.response);
    }
}

#[test]
fn messages_are_told_apart_by_their_type() {
    let models = &read("events")["models"];
    assert_eq!(models["Message"]["discriminator"], "type");
    assert_eq!(models["Message"]["subTypes"], json!(["MissingParams", "Event"]));
    let kinds = array(&models["Event"], "subTypes");
    assert_eq!(kinds.len(), 45);
    for kind in ["StasisStart", "ChannelVarset", "Dial", "ApplicationReplaced"] {
        assert!(kinds.contains(&json!(kind)), "{kind}");
    }
    assert_eq!(models["Event"]["properties"]["application"]["required"], true);
    assert_eq!(
        models["StasisStart"]["properties"]["args"]["type"],
        "List[string]"
    );
}

#[test]
fn limits_and_choices_are_told() {
    let channels = read("channels");
    let apis = array(&channels, "apis");
    let hangup = apis
        .iter()
        .flat_map(|api| array(api, "operations"))
        .find(|operation| operation["nickname"] == "hangup")
        .expect("channels can be hung up");
    let reason = &array(hangup, "parameters")[2];
    assert_eq!(reason["name"], "reason");
    assert_eq!(reason["allowableValues"]["valueType"], "LIST");
    assert_eq!(reason["allowableValues"]["values"][0], "normal");
    let events = read("events");
    let socket = &array(&array(&events, "apis")[0], "operations")[0];
    assert_eq!(
        (&socket["upgrade"], &socket["websocketProtocol"]),
        (&json!("websocket"), &json!("ari"))
    );
    let dial = apis
        .iter()
        .flat_map(|api| array(api, "operations"))
        .find(|operation| operation["nickname"] == "dial")
        .expect("channels can be dialled");
    let timeout = &array(dial, "parameters")[2];
    assert_eq!(timeout["defaultValue"], 0);
    assert_eq!(
        timeout["allowableValues"],
        json!({"valueType": "RANGE", "min": 0})
    );
}

#[test]
fn the_page_counts_what_is_built() {
    let page = page(crate::resource::BUILT);
    let built: usize = crate::resource::BUILT
        .iter()
        .map(|operations| operations.len())
        .sum();
    // The socket is built in the server itself.
    assert!(
        page.contains(&format!("{} of 109 operations are built", built + 1)),
        "{page}"
    );
}
