//! How does Python see the packages? As data classes with defaults, and as a table by which values are checked.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anyhow::{Result, ensure};

use crate::model::{Field, Function, Interface, Shape, Ty, snake, upper_camel};

const HEAD: &str =
    "# Written by ucx-generate from the WIT packages; change those, then run `cargo xtask sdk`.\n";
/// Interfaces that others define: their types stay in their own modules, but for these.
const FOREIGN: [&str; 1] = ["logging.level"];

/// `_shapes.py`: what every type is made of and what every function takes.
pub fn shapes(interfaces: &[Interface]) -> String {
    let mut text = format!(
        "{HEAD}\"\"\"What every type is made of and what every function takes, for the checks in `_check.py`.\"\"\"\n\n"
    );
    text.push_str("# Type: (kind, module, class, parts).\nTYPES = {\n");
    for interface in interfaces {
        for named in &interface.types {
            let (key, class) = (&interface.key, upper_camel(&named.name));
            let (kind, parts): (_, Vec<String>) = match &named.shape {
                Shape::Record(fields) => (
                    "record",
                    fields
                        .iter()
                        .map(|f| format!("(\"{}\", {})", snake(&f.name), ty(&f.ty)))
                        .collect(),
                ),
                Shape::Variant(cases) => (
                    "variant",
                    cases
                        .iter()
                        .map(|(name, value, _)| {
                            let value = value.as_ref().map_or_else(|| "None".to_owned(), ty);
                            format!("(\"{class}_{}\", {value})", upper_camel(name))
                        })
                        .collect(),
                ),
                Shape::Enum(words) => (
                    "enum",
                    words
                        .iter()
                        .map(|(word, _)| format!("\"{}\"", shout(word)))
                        .collect(),
                ),
                Shape::Resource(_) => ("resource", Vec::new()),
            };
            let _ = writeln!(
                text,
                "    \"{key}.{}\": (\"{kind}\", \"{key}\", \"{class}\", ({}{})),",
                named.name,
                parts.join(", "),
                if parts.len() == 1 { "," } else { "" }
            );
        }
    }
    text.push_str("}\n\n");
    functions_table(&mut text, interfaces);
    text
}

fn functions_table(text: &mut String, interfaces: &[Interface]) {
    text.push_str("# Function: its parameters, each with its type.\nFUNCTIONS = {\n");
    for interface in interfaces {
        for function in &interface.functions {
            let _ = writeln!(
                text,
                "    \"{}.{}\": {},",
                interface.key,
                snake(&function.name),
                params(function)
            );
        }
        for named in &interface.types {
            let Shape::Resource(methods) = &named.shape else {
                continue;
            };
            for method in methods {
                let name = format!("{}.{}.{}", interface.key, named.name, snake(&method.name));
                let _ = writeln!(text, "    \"{name}\": {},", params(method));
            }
        }
    }
    text.push_str("}\n");
}

fn params(function: &Function) -> String {
    let each: String = function
        .params
        .iter()
        .map(|(name, value)| format!("(\"{}\", {}), ", snake(name), ty(value)))
        .collect();
    format!(
        "({})",
        if function.params.len() == 1 {
            each.trim_end()
        } else {
            each.trim_end_matches(", ")
        }
    )
}

/// A type as the table spells it.
fn ty(of: &Ty) -> String {
    match of {
        Ty::Plain(name) => format!("\"{name}\""),
        Ty::Bytes => "\"bytes\"".to_owned(),
        Ty::List(inner) => format!("(\"list\", {})", ty(inner)),
        Ty::Maybe(inner) => format!("(\"option\", {})", ty(inner)),
        Ty::Tuple(parts) => format!(
            "(\"tuple\", {})",
            parts.iter().map(ty).collect::<Vec<_>>().join(", ")
        ),
        Ty::Named(name) => format!("\"{name}\""),
        Ty::Own(name) => format!("(\"own\", \"{name}\")"),
        Ty::Borrow(name) => format!("(\"borrow\", \"{name}\")"),
        Ty::Outcome(..) => "\"result\"".to_owned(),
    }
}

fn shout(word: &str) -> String {
    snake(word).to_uppercase()
}

/// `types.py`: the classes, with the documentation of the packages.
pub fn types(interfaces: &[Interface]) -> Result<String> {
    let mut text = format!(
        "{HEAD}\"\"\"The types of the WIT packages. What is left out of a record has a neutral value.\"\"\"\n\nfrom __future__ import annotations\n\nfrom dataclasses import dataclass, field\nfrom enum import Enum\nfrom typing import Optional, Union\n\nfrom ._adopt import adopt, neutral\n"
    );
    let (mut names, mut unions, mut taken) = (String::new(), String::new(), BTreeSet::new());
    for interface in interfaces {
        for named in &interface.types {
            let full = format!("{}.{}", interface.key, named.name);
            if interface.id.starts_with("wasi:") && !FOREIGN.contains(&full.as_str()) {
                continue;
            }
            let class = upper_camel(&named.name);
            match &named.shape {
                Shape::Record(fields) => {
                    record(&mut text, &class, &named.docs, fields);
                    take(&mut taken, &mut names, &class, &interface.key)?;
                }
                Shape::Variant(cases) => {
                    for (case, value, docs) in cases {
                        let case = format!("{class}_{}", upper_camel(case));
                        let _ = write!(text, "\n\n@dataclass\nclass {case}:\n{}", doc(docs, 1));
                        if let Some(value) = value {
                            let _ = writeln!(text, "    value: {}", hint(value));
                        } else if docs.is_empty() {
                            text.push_str("    pass\n");
                        }
                        take(&mut taken, &mut names, &case, &interface.key)?;
                    }
                    let all: Vec<String> = cases
                        .iter()
                        .map(|(c, ..)| format!("{class}_{}", upper_camel(c)))
                        .collect();
                    let _ = write!(
                        unions,
                        "{class} = Union[\n    {},\n]\n{}",
                        all.join(",\n    "),
                        doc(&named.docs, 0)
                    );
                }
                Shape::Enum(words) => {
                    let _ = write!(text, "\n\nclass {class}(Enum):\n{}", doc(&named.docs, 1));
                    for (number, (word, docs)) in words.iter().enumerate() {
                        let _ = writeln!(
                            text,
                            "\n    {} = {number}\n    {}",
                            shout(word),
                            doc(docs, 1).trim()
                        );
                    }
                    take(&mut taken, &mut names, &class, &interface.key)?;
                }
                Shape::Resource(_) => {}
            }
        }
    }
    let _ = write!(
        text,
        "\n\n# Which module of a component each class stands in.\nMODULES = {{\n{names}}}\n\nadopt(globals(), MODULES)\n\n{unions}"
    );
    Ok(text)
}

fn take(taken: &mut BTreeSet<String>, names: &mut String, class: &str, key: &str) -> Result<()> {
    ensure!(taken.insert(class.to_owned()), "two types are called {class}");
    let _ = writeln!(names, "    \"{class}\": \"{key}\",");
    Ok(())
}

fn record(text: &mut String, class: &str, docs: &str, fields: &[Field]) {
    let _ = write!(text, "\n\n@dataclass\nclass {class}:\n{}", doc(docs, 1));
    let mut optional = false;
    for field in fields {
        // After one with a default all have one; what cannot have any is missed when the value is checked.
        optional |= field.optional && default(&field.ty).is_some();
        let value = match default(&field.ty) {
            _ if !optional => String::new(),
            Some(value) => format!(" = {value}"),
            None => " = None".to_owned(),
        };
        let _ = writeln!(
            text,
            "\n    {}: {}{value}\n    {}",
            snake(&field.name),
            hint(&field.ty),
            doc(&field.docs, 1).trim()
        );
    }
}

/// A neutral value; none for what has none.
fn default(of: &Ty) -> Option<String> {
    Some(match of {
        Ty::Plain("string") => "\"\"".to_owned(),
        Ty::Plain("bool") => "False".to_owned(),
        Ty::Plain("f64") => "0.0".to_owned(),
        Ty::Plain(_) => "0".to_owned(),
        Ty::Bytes => "b\"\"".to_owned(),
        Ty::List(_) => "field(default_factory=list)".to_owned(),
        Ty::Maybe(_) => "None".to_owned(),
        Ty::Named(name) => format!("field(default_factory=lambda: neutral(\"{name}\"))"),
        Ty::Tuple(_) | Ty::Own(_) | Ty::Borrow(_) | Ty::Outcome(..) => return None,
    })
}

fn hint(of: &Ty) -> String {
    match of {
        Ty::Plain("string") => "str".to_owned(),
        Ty::Plain("bool") => "bool".to_owned(),
        Ty::Plain("f64") => "float".to_owned(),
        Ty::Plain(_) => "int".to_owned(),
        Ty::Bytes => "bytes".to_owned(),
        Ty::List(inner) => format!("list[{}]", hint(inner)),
        Ty::Maybe(inner) => format!("Optional[{}]", hint(inner)),
        Ty::Tuple(parts) => format!("tuple[{}]", parts.iter().map(hint).collect::<Vec<_>>().join(", ")),
        Ty::Named(name) => upper_camel(name.rsplit('.').next().unwrap_or(name)),
        Ty::Own(name) | Ty::Borrow(name) => {
            format!("\"{}\"", upper_camel(name.rsplit('.').next().unwrap_or(name)))
        }
        Ty::Outcome(..) => "object".to_owned(),
    }
}

/// A doc string, or nothing.
fn doc(docs: &str, depth: usize) -> String {
    if docs.is_empty() {
        return String::new();
    }
    let (pad, docs) = (
        "    ".repeat(depth),
        docs.replace('\\', "\\\\").replace("\"\"\"", "'''"),
    );
    let lines: Vec<&str> = docs.lines().map(str::trim).collect();
    if let [line] = lines[..] {
        return format!("{pad}\"\"\"{line}\"\"\"\n");
    }
    let inner = lines.join(&format!("\n{pad}"));
    format!("{pad}\"\"\"{inner}\n{pad}\"\"\"\n")
}
