//! How does JavaScript see the packages? As declarations for an editor, and as a table by which values are checked.

use std::fmt::Write as _;

use crate::model::{Function, Interface, Shape, Ty, World, lower_camel, upper_camel};

const HEAD: &str =
    "// Written by ucx-generate from the WIT packages; change those, then run `cargo xtask sdk`.\n";

/// `shapes.js`: what every type is made of and what every function takes.
pub fn shapes(interfaces: &[Interface], worlds: &[World]) -> String {
    let mut text = format!(
        "{HEAD}// For the checks in `check.js`.\n\n// The full name of each interface.\nexport const INTERFACES = {{\n"
    );
    for interface in interfaces {
        let _ = writeln!(text, "  {}: \"{}\",", interface.key, interface.id);
    }
    text.push_str("};\n\n");
    worlds_table(&mut text, worlds);
    types_table(&mut text, interfaces);
    functions_table(&mut text, interfaces);
    text
}

fn worlds_table(text: &mut String, worlds: &[World]) {
    text.push_str("// World: the interfaces it imports, and what it exports.\nexport const WORLDS = {\n");
    for world in worlds {
        let quoted = |names: &[String]| {
            names
                .iter()
                .map(|n| format!("\"{n}\""))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let _ = writeln!(
            text,
            "  \"{}\": {{ imports: [{}], exports: [{}] }},",
            world.name,
            quoted(&world.imports),
            quoted(&world.exports)
        );
    }
    text.push_str("};\n\n");
}

fn types_table(text: &mut String, interfaces: &[Interface]) {
    text.push_str(
        "// Type: [kind, parts]. A record's part is [name, type, may be left out].\nexport const TYPES = {\n",
    );
    for interface in interfaces {
        for named in &interface.types {
            let (kind, parts): (_, Vec<String>) = match &named.shape {
                Shape::Record(fields) => (
                    "record",
                    fields
                        .iter()
                        .map(|f| format!("[\"{}\", {}, {}]", lower_camel(&f.name), ty(&f.ty), f.optional))
                        .collect(),
                ),
                Shape::Variant(cases) => (
                    "variant",
                    cases
                        .iter()
                        .map(|(name, value, _)| {
                            format!(
                                "[\"{name}\", {}]",
                                value.as_ref().map_or_else(|| "null".to_owned(), ty)
                            )
                        })
                        .collect(),
                ),
                Shape::Enum(words) => (
                    "enum",
                    words.iter().map(|(word, _)| format!("\"{word}\"")).collect(),
                ),
                Shape::Resource(_) => ("resource", Vec::new()),
            };
            let _ = writeln!(
                text,
                "  \"{}.{}\": [\"{kind}\", [{}]],",
                interface.key,
                named.name,
                parts.join(", ")
            );
        }
    }
    text.push_str("};\n\n");
}

fn functions_table(text: &mut String, interfaces: &[Interface]) {
    text.push_str("// Function: its parameters, each with its type, and the type of its answer where handles are in it.\nexport const FUNCTIONS = {\n");
    for interface in interfaces {
        for function in &interface.functions {
            let _ = writeln!(
                text,
                "  \"{}.{}\": {},",
                interface.key,
                lower_camel(&function.name),
                params(function)
            );
        }
        for named in &interface.types {
            let Shape::Resource(methods) = &named.shape else {
                continue;
            };
            for method in methods {
                let name = format!("{}.{}.{}", interface.key, named.name, lower_camel(&method.name));
                let _ = writeln!(text, "  \"{name}\": {},", params(method));
            }
        }
    }
    text.push_str("};\n");
}

fn params(function: &Function) -> String {
    let each: Vec<String> = function
        .params
        .iter()
        .map(|(name, value)| format!("[\"{}\", {}]", lower_camel(name), ty(value)))
        .collect();
    let ok = match &function.result {
        Some(Ty::Outcome(Some(ok), _)) => Some(&**ok),
        other => other.as_ref(),
    };
    match ok {
        Some(of @ (Ty::Own(_) | Ty::Named(_))) => format!("[[{}], {}]", each.join(", "), ty(of)),
        _ => format!("[[{}]]", each.join(", ")),
    }
}

/// A type as the table spells it.
fn ty(of: &Ty) -> String {
    match of {
        Ty::Plain(name) => format!("\"{name}\""),
        Ty::Bytes => "\"bytes\"".to_owned(),
        Ty::List(inner) => format!("[\"list\", {}]", ty(inner)),
        Ty::Maybe(inner) => format!("[\"option\", {}]", ty(inner)),
        Ty::Tuple(parts) => format!(
            "[\"tuple\", {}]",
            parts.iter().map(ty).collect::<Vec<_>>().join(", ")
        ),
        Ty::Named(name) => format!("\"{name}\""),
        Ty::Own(name) => format!("[\"own\", \"{name}\"]"),
        Ty::Borrow(name) => format!("[\"borrow\", \"{name}\"]"),
        Ty::Outcome(..) => "\"result\"".to_owned(),
    }
}

/// `wit.d.ts`: the types, with the documentation of the packages. Fields that may be left out are optional when one makes
/// a record and present in every record the host gives.
pub fn types(interfaces: &[Interface]) -> String {
    let mut text = HEAD.to_owned();
    for interface in interfaces {
        let _ = write!(
            text,
            "\n/** The interface `{}`. */\nexport namespace {} {{\n",
            interface.id, interface.key
        );
        for named in &interface.types {
            let class = upper_camel(&named.name);
            text.push_str(&doc(&named.docs, 1));
            match &named.shape {
                Shape::Record(fields) => {
                    let _ = writeln!(text, "  interface {class} {{");
                    for field in fields {
                        text.push_str(&doc(&field.docs, 2));
                        let mark = if field.optional { "?" } else { "" };
                        let _ = writeln!(
                            text,
                            "    {}{mark}: {};",
                            lower_camel(&field.name),
                            hint(&field.ty)
                        );
                    }
                    text.push_str("  }\n");
                }
                Shape::Variant(cases) => {
                    let _ = writeln!(text, "  type {class} =");
                    for (name, value, docs) in cases {
                        text.push_str(&doc(docs, 2));
                        let value = value
                            .as_ref()
                            .map(|v| format!("; val: {}", hint(v)))
                            .unwrap_or_default();
                        let _ = writeln!(text, "    | {{ tag: \"{name}\"{value} }}");
                    }
                    let length = text.trim_end().len();
                    text.truncate(length);
                    text.push_str(";\n");
                }
                Shape::Enum(words) => {
                    let all: Vec<String> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
                    let _ = writeln!(text, "  type {class} = {};", all.join(" | "));
                }
                Shape::Resource(methods) => {
                    let _ = writeln!(text, "  class {class} {{\n    private constructor();");
                    for method in methods {
                        text.push_str(&doc(&method.docs, 2));
                        let word = if method.is_static { "static " } else { "" };
                        let _ = writeln!(text, "    {word}{};", signature(method));
                    }
                    text.push_str("    /** Lets go of it. */\n    [Symbol.dispose](): void;\n  }\n");
                }
            }
        }
        for function in &interface.functions {
            text.push_str(&doc(&function.docs, 1));
            let _ = writeln!(text, "  function {};", signature(function));
        }
        text.push_str("}\n");
    }
    text
}

fn signature(function: &Function) -> String {
    let params: Vec<String> = function
        .params
        .iter()
        .map(|(name, value)| format!("{}: {}", lower_camel(name), hint(value)))
        .collect();
    let result = match &function.result {
        None => "void".to_owned(),
        // An error is thrown.
        Some(Ty::Outcome(ok, _)) => ok.as_ref().map_or_else(|| "void".to_owned(), |ok| hint(ok)),
        Some(other) => hint(other),
    };
    format!("{}({}): {result}", lower_camel(&function.name), params.join(", "))
}

fn hint(of: &Ty) -> String {
    match of {
        Ty::Plain("string") => "string".to_owned(),
        Ty::Plain("bool") => "boolean".to_owned(),
        Ty::Plain(_) => "number".to_owned(),
        Ty::Bytes => "Uint8Array".to_owned(),
        Ty::List(inner) => format!("Array<{}>", hint(inner)),
        Ty::Maybe(inner) => format!("{} | null", hint(inner)),
        Ty::Tuple(parts) => format!("[{}]", parts.iter().map(hint).collect::<Vec<_>>().join(", ")),
        Ty::Named(name) | Ty::Own(name) | Ty::Borrow(name) => {
            let (key, name) = name.split_once('.').unwrap_or(("", name));
            format!("{key}.{}", upper_camel(name))
        }
        Ty::Outcome(ok, error) => {
            let side =
                |ty: &Option<Box<Ty>>| ty.as_ref().map_or_else(|| "undefined".to_owned(), |ty| hint(ty));
            format!(
                "{{ tag: \"ok\"; val: {} }} | {{ tag: \"err\"; val: {} }}",
                side(ok),
                side(error)
            )
        }
    }
}

fn doc(docs: &str, depth: usize) -> String {
    if docs.is_empty() {
        return String::new();
    }
    let (pad, docs) = ("  ".repeat(depth), docs.replace("*/", "* /"));
    let lines: Vec<&str> = docs.lines().map(str::trim).collect();
    format!("{pad}/** {} */\n", lines.join(&format!("\n{pad} * ")))
}
