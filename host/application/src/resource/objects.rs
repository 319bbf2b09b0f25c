//! Objects of the configuration of SIP. They are read from files and changed there: requests that would change them are
//! refused as the field refuses them for objects that stand in files.

use crate::model::ConfigTuple;
use crate::operation::{Answer, Ctx, Failure, Operation, Reply};
use crate::request::Request;
use ucx_config::options::Settings;
use ucx_config::pjsip::Pjsip;

/// What can be asked.
pub const OPERATIONS: &[Operation] = crate::operations!("asterisk";
    "getObject" => get,
    "updateObject" => update,
    "deleteObject" => delete,
);

/// The kinds of configuration, and the types of objects each has.
const KINDS: [(&str, &[&str]); 3] = [
    ("res_pjsip", &["endpoint", "auth", "aor", "transport"]),
    ("res_pjsip_endpoint_identifier_ip", &["identify"]),
    ("res_pjsip_outbound_registration", &["registration"]),
];

/// Options that prove who somebody is, which are not told.
const SECRETS: [&str; 6] = [
    "password",
    "md5_cred",
    "password_digest",
    "oauth_secret",
    "oauth_clientid",
    "refresh_token",
];

/// Settings of an address of record, in the order the captures show them.
const AOR: [&str; 15] = [
    "minimum_expiration",
    "default_expiration",
    "qualify_timeout",
    "qualify_2xx_only",
    "mailboxes",
    "support_path",
    "remove_unavailable",
    "voicemail_extension",
    "max_contacts",
    "authenticate_qualify",
    "contact",
    "maximum_expiration",
    "qualify_frequency",
    "remove_existing",
    "outbound_proxy",
];

async fn get(ctx: &Ctx, request: &Request) -> Answer {
    let (object_type, id) = named(request)?;
    let pjsip = ctx.desk.pjsip().await?;
    let settings = find(&pjsip, object_type, id).ok_or_else(|| missing(id))?;
    let tuples: Vec<ConfigTuple> = match object_type {
        "aor" => AOR.iter().flat_map(|name| tuples(settings, name)).collect(),
        _ => settings
            .iter()
            .filter(|(name, _)| !SECRETS.contains(name))
            .flat_map(|(name, _)| tuples(settings, name))
            .collect(),
    };
    Ok(Reply::json(&tuples))
}

async fn update(ctx: &Ctx, request: &Request) -> Answer {
    let (object_type, id) = named(request)?;
    let pjsip = ctx.desk.pjsip().await?;
    let has_fields = request.body().is_some_and(|body| body.get("fields").is_some());
    if !has_fields {
        let message = format!("Fields must be provided to update object '{id}'");
        return Err(Failure::new(400, message).because("Bad request"));
    }
    let verb = match find(&pjsip, object_type, id) {
        Some(_) => "update",
        None => "create",
    };
    let message = format!("Cannot {verb} sorcery objects of type '{object_type}'");
    Err(Failure::new(403, message))
}

async fn delete(ctx: &Ctx, request: &Request) -> Answer {
    let (object_type, id) = named(request)?;
    let pjsip = ctx.desk.pjsip().await?;
    find(&pjsip, object_type, id).ok_or_else(|| missing(id))?;
    let message = format!("Could not delete object with id '{id}'");
    Err(Failure::new(403, message))
}

/// The type and the id that the path names.
fn named(request: &Request) -> Result<(&str, &str), Failure> {
    let class = request.path("configClass");
    let kind = KINDS.iter().find(|(known, _)| *known == class);
    let (_, types) = kind.ok_or_else(|| Failure::new(404, format!("configClass '{class}' not found")))?;
    let object_type = request.path("objectType");
    if !types.contains(&object_type) {
        return Err(Failure::new(404, format!("objectType '{object_type}' not found")));
    }
    Ok((object_type, request.path("id")))
}

fn missing(id: &str) -> Failure {
    Failure::new(404, format!("Object with id '{id}' not found"))
}

fn find<'a>(pjsip: &'a Pjsip, object_type: &str, id: &str) -> Option<&'a Settings> {
    match object_type {
        "endpoint" => pjsip.endpoints.get(id).map(|found| &found.settings),
        "auth" => pjsip.auths.get(id).map(|found| &found.settings),
        "aor" => pjsip.aors.get(id).map(|found| &found.settings),
        "transport" => pjsip.transports.get(id).map(|found| &found.settings),
        "identify" => pjsip.identifies.get(id).map(|found| &found.settings),
        "registration" => pjsip.registrations.get(id).map(|found| &found.settings),
        _ => None,
    }
}

/// An option with its value, or with each of several.
fn tuples(settings: &Settings, name: &str) -> Vec<ConfigTuple> {
    let tuple = |value: &str| ConfigTuple {
        attribute: name.to_owned(),
        value: shown(name, value),
    };
    let written: Vec<_> = settings.all(name).map(tuple).collect();
    match written.len() {
        // Of an option that counts once, the last word.
        0 => vec![tuple(settings.text(name))],
        _ if name == "contact" => written,
        _ => vec![tuple(settings.text(name))],
    }
}

fn shown(name: &str, value: &str) -> String {
    match (name, value) {
        (_, "yes" | "true" | "on") => "true".to_owned(),
        (_, "no" | "false" | "off") => "false".to_owned(),
        ("qualify_timeout", _) => value
            .parse::<f64>()
            .map_or_else(|_| value.to_owned(), |time| format!("{time:.6}")),
        _ => value.to_owned(),
    }
}
