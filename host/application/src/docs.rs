//! The discovery documents (swagger 1.1) that client libraries build themselves from.

use crate::operation::to_json;
use crate::table::{self, Model, Parameter, Property, Resource, Row};
use bytes::Bytes;
use serde_json::{Map, Value, json};

/// Version of the interface, which grows with its operations.
const API_VERSION: &str = "10.0.0";

/// The version of the language of the documents.
const SWAGGER_VERSION: &str = "1.1";

/// A document by the last segment of its path (`resources.json`, `channels.json`), for clients that reach the interface
/// at `base` (`http://127.0.0.1:8088/ari`). None if there is none of that name.
pub fn document(file: &str, base: &str) -> Option<Bytes> {
    let name = file.strip_suffix(".json")?;
    if name == "resources" {
        return Some(to_json(&listing(base)));
    }
    let resource = table::RESOURCES.iter().find(|resource| resource.name == name)?;
    Some(to_json(&declaration(resource, base)))
}

fn listing(base: &str) -> Value {
    let apis = table::RESOURCES.iter().map(|resource| {
        json!({
            "path": format!("/api-docs/{}.{{format}}", resource.name),
            "description": resource.description,
        })
    });
    json!({
        "apiVersion": API_VERSION,
        "swaggerVersion": SWAGGER_VERSION,
        "basePath": base,
        "apis": apis.collect::<Vec<_>>(),
    })
}

fn declaration(resource: &Resource, base: &str) -> Value {
    let mut paths: Vec<(&str, Vec<&Row>)> = Vec::new();
    for row in resource.rows() {
        match paths.iter_mut().find(|(path, _)| *path == row.path) {
            Some((_, rows)) => rows.push(row),
            None => paths.push((row.path, vec![row])),
        }
    }
    let apis = paths.iter().map(|(path, rows)| {
        json!({
            "path": path,
            "description": resource.description,
            "operations": rows.iter().map(|row| operation(row)).collect::<Vec<_>>(),
        })
    });
    let models = table::models().filter(|shown| shown.resource == resource.name);
    let models: Map<String, Value> = models.map(|shown| (shown.id.to_owned(), model(shown))).collect();
    json!({
        "apiVersion": API_VERSION,
        "swaggerVersion": SWAGGER_VERSION,
        "basePath": base,
        "resourcePath": format!("/api-docs/{}.{{format}}", resource.name),
        "apis": apis.collect::<Vec<_>>(),
        "models": models,
    })
}

fn operation(row: &Row) -> Value {
    let mut shown = json!({
        "httpMethod": row.method.as_str(),
        "summary": row.summary,
        "nickname": row.name,
        "responseClass": row.response,
    });
    let fields = shown.as_object_mut().expect("it was written as an object");
    if row.is_websocket {
        fields.insert("upgrade".to_owned(), "websocket".into());
        fields.insert("websocketProtocol".to_owned(), "ari".into());
    }
    let parameters = row.parameters.iter().map(parameter);
    fields.insert("parameters".to_owned(), parameters.collect());
    let errors = row
        .errors
        .iter()
        .map(|(code, reason)| json!({ "code": code, "reason": reason }));
    fields.insert("errorResponses".to_owned(), errors.collect());
    shown
}

fn parameter(parameter: &Parameter) -> Value {
    let mut shown = json!({
        "name": parameter.name,
        "description": parameter.description,
        "paramType": parameter.at.as_str(),
        "required": parameter.is_required,
        "allowMultiple": parameter.is_several,
        "dataType": parameter.kind,
    });
    let fields = shown.as_object_mut().expect("it was written as an object");
    if let Some(default) = parameter.default {
        fields.insert("defaultValue".to_owned(), typed(parameter.kind, default));
    }
    if let Some(least) = parameter.least {
        let range = json!({ "valueType": "RANGE", "min": typed("int", least) });
        fields.insert("allowableValues".to_owned(), range);
    } else if !parameter.allowed.is_empty() {
        fields.insert("allowableValues".to_owned(), list(parameter.allowed));
    }
    shown
}

fn model(model: &Model) -> Value {
    let properties = model
        .properties
        .iter()
        .map(|shown| (shown.name.to_owned(), property(shown)));
    let properties: Map<String, Value> = properties.collect();
    let mut shown = json!({
        "id": model.id,
        "description": model.description,
        "properties": properties,
    });
    let fields = shown.as_object_mut().expect("it was written as an object");
    if let Some(discriminator) = model.discriminator {
        fields.insert("discriminator".to_owned(), discriminator.into());
    }
    if !model.sub_types.is_empty() {
        fields.insert("subTypes".to_owned(), model.sub_types.into());
    }
    shown
}

fn property(property: &Property) -> Value {
    let mut shown = json!({
        "type": property.kind,
        "required": property.is_required,
    });
    if !property.allowed.is_empty() {
        shown["allowableValues"] = list(property.allowed);
    }
    shown
}

fn list(values: &[&str]) -> Value {
    json!({ "valueType": "LIST", "values": values })
}

fn typed(kind: &str, text: &str) -> Value {
    match kind {
        "int" | "long" => text.parse::<i64>().map_or_else(|_| text.into(), Value::from),
        "boolean" => text.eq_ignore_ascii_case("true").into(),
        _ => text.into(),
    }
}

/// How much is built, as a page for the manual: a table of resources, and what is not built.
pub fn page(built: &[&[crate::operation::Operation]]) -> String {
    use std::fmt::Write;
    let is_built = |row: &Row| {
        row.is_websocket
            || built
                .iter()
                .flat_map(|operations| operations.iter())
                .any(|operation| operation.resource == row.resource && operation.name == row.name)
    };
    let total = table::rows().count();
    let done = table::rows().filter(|row| is_built(row)).count();
    let mut page = format!(
        "# Operations of the Application interface\n\n{done} of {total} operations are built; the others answer 501.\n\n| resource | built | all | not built |\n|---|---|---|---|\n"
    );
    for resource in table::RESOURCES {
        let missing: Vec<String> = resource
            .rows()
            .filter(|row| !is_built(row))
            .map(|row| format!("{} `{}`", row.method, row.path))
            .collect();
        let all = resource.rows().count();
        let name = resource.name;
        let done = all - missing.len();
        // A String takes whatever is written.
        let _ = writeln!(page, "| {name} | {done} | {all} | {} |", missing.join(", "));
    }
    page
}

#[cfg(test)]
mod tests;
