//! What do the WIT packages say, in the few words that a binding of a dynamic language needs?

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use wit_parser::{
    FunctionKind, Handle, InterfaceId, Resolve, Type, TypeDefKind, TypeId, TypeOwner, WorldItem,
};

/// The packages, each after those it uses.
const PACKAGES: [&str; 16] = [
    "deps/wasi-io",
    "deps/wasi-clocks",
    "deps/wasi-random",
    "deps/wasi-filesystem",
    "deps/wasi-sockets",
    "deps/wasi-cli",
    "deps/wasi-http",
    "deps/wasi-config",
    "deps/wasi-keyvalue",
    "deps/wasi-logging",
    "types",
    "events",
    "host",
    "call",
    "queue",
    "plugin",
];

/// The interfaces that are not ours and that the SDKs offer.
const STANDARD: [&str; 7] = [
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/wall-clock",
    "wasi:config/store",
    "wasi:keyvalue/atomics",
    "wasi:keyvalue/store",
    "wasi:logging/logging",
    "wasi:random/random",
];

/// An interface with all that stands in it.
#[derive(Debug)]
pub struct Interface {
    /// Its name, `wasi_config_store` where the short one is taken: as a Python module is called.
    pub key: String,
    /// Its full name, `ucx:call/channels@0.1.0`.
    pub id: String,
    /// Its types in the order of the text.
    pub types: Vec<Named>,
    /// Its functions; those of resources stand with their resource.
    pub functions: Vec<Function>,
}

/// A world, with all it includes.
#[derive(Debug)]
pub struct World {
    /// `router`.
    pub name: String,
    /// The keys of the interfaces it imports.
    pub imports: Vec<String>,
    /// The names of the interfaces and functions it exports.
    pub exports: Vec<String>,
}

/// A type that has a name.
#[derive(Debug)]
pub struct Named {
    /// As in the text, `media-item`.
    pub name: String,
    /// What the text says about it.
    pub docs: String,
    /// What it is.
    pub shape: Shape,
}

/// What a type with a name is.
#[derive(Debug)]
pub enum Shape {
    /// Fields.
    Record(Vec<Field>),
    /// Cases, some with a value.
    Variant(Vec<(String, Option<Ty>, String)>),
    /// Words, each with its description.
    Enum(Vec<(String, String)>),
    /// A handle with methods.
    Resource(Vec<Function>),
}

/// A field of a record.
#[derive(Debug)]
pub struct Field {
    /// As in the text.
    pub name: String,
    /// What it holds.
    pub ty: Ty,
    /// What the text says about it.
    pub docs: String,
    /// May it be left out by who makes the record?
    pub optional: bool,
}

/// A function or a method.
#[derive(Debug)]
pub struct Function {
    /// As in the text.
    pub name: String,
    /// What the text says about it.
    pub docs: String,
    /// Its parameters, without the handle of a method.
    pub params: Vec<(String, Ty)>,
    /// What it answers.
    pub result: Option<Ty>,
    /// A function of a resource that needs no handle.
    pub is_static: bool,
}

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ty {
    /// `string`, `u32`, … and `millis`, which is a `u32` that counts milliseconds.
    Plain(&'static str),
    /// `list<u8>`.
    Bytes,
    /// A list.
    List(Box<Self>),
    /// A value or none.
    Maybe(Box<Self>),
    /// Several values.
    Tuple(Vec<Self>),
    /// A record, variant or enum, as `interface-key.name`.
    Named(String),
    /// A handle that is handed over.
    Own(String),
    /// A handle that is lent.
    Borrow(String),
    /// What came of it: a value, an error.
    Outcome(Option<Box<Self>>, Option<Box<Self>>),
}

/// Reads the packages under `wit` and answers the interfaces the SDKs offer, and the worlds of the plugin package.
pub fn read(wit: &Path) -> Result<(Vec<Interface>, Vec<World>)> {
    let mut resolve = Resolve::default();
    for package in PACKAGES {
        resolve
            .push_path(wit.join(package))
            .with_context(|| format!("reading {package}; `cargo xtask setup` lays the standard texts"))?;
    }
    let keys = keys(&resolve)?;
    let reader = Reader {
        resolve: &resolve,
        keys: &keys,
    };
    let mut interfaces: Vec<Interface> = keys
        .keys()
        .map(|id| reader.interface(*id))
        .collect::<Result<_>>()?;
    interfaces.sort_by(|a, b| a.id.cmp(&b.id));
    Ok((interfaces, worlds(&resolve, &keys)))
}

fn worlds(resolve: &Resolve, keys: &BTreeMap<InterfaceId, String>) -> Vec<World> {
    let ours = resolve.worlds.iter().filter(|(_, world)| {
        world.package.is_some_and(|package| {
            let name = &resolve.packages[package].name;
            name.namespace == "ucx" && name.name == "plugin"
        })
    });
    let key = |item: &WorldItem| match item {
        WorldItem::Interface { id, .. } => keys.get(id).cloned(),
        _ => None,
    };
    ours.map(|(_, world)| World {
        name: world.name.clone(),
        imports: world.imports.values().filter_map(key).collect(),
        exports: world
            .exports
            .iter()
            .map(|(name, item)| match item {
                WorldItem::Interface { id, .. } => resolve.interfaces[*id].name.clone().unwrap_or_default(),
                _ => resolve.name_world_key(name),
            })
            .collect(),
    })
    .collect()
}

/// The offered interfaces and the word by which each is known.
fn keys(resolve: &Resolve) -> Result<BTreeMap<InterfaceId, String>> {
    let mut offered = Vec::new();
    for (id, interface) in resolve.interfaces.iter() {
        let (Some(name), Some(package)) = (&interface.name, interface.package) else {
            continue;
        };
        let package = &resolve.packages[package].name;
        let full = format!("{}:{}/{name}", package.namespace, package.name);
        if package.namespace == "ucx" || STANDARD.contains(&full.as_str()) {
            offered.push((id, name.clone(), full));
        }
    }
    let known = offered
        .iter()
        .filter(|(.., full)| STANDARD.contains(&full.as_str()));
    ensure!(known.count() == STANDARD.len(), "a standard interface is missing");
    let key = |name: &str, full: &str| {
        let alone = offered.iter().filter(|(_, other, _)| other == name).count() == 1;
        let word = if alone {
            name.to_owned()
        } else {
            full.replace([':', '/'], "-")
        };
        snake(&word)
    };
    Ok(offered
        .iter()
        .map(|(id, name, full)| (*id, key(name, full)))
        .collect())
}

struct Reader<'a> {
    resolve: &'a Resolve,
    keys: &'a BTreeMap<InterfaceId, String>,
}

impl Reader<'_> {
    fn interface(&self, id: InterfaceId) -> Result<Interface> {
        let interface = &self.resolve.interfaces[id];
        let mut types = Vec::new();
        for (name, ty) in &interface.types {
            let shape = match &self.resolve.types[*ty].kind {
                TypeDefKind::Record(record) => Shape::Record(self.fields(name, record)?),
                TypeDefKind::Variant(variant) => Shape::Variant(
                    variant
                        .cases
                        .iter()
                        .map(|c| Ok((c.name.clone(), self.maybe(c.ty.as_ref())?, words(&c.docs))))
                        .collect::<Result<_>>()?,
                ),
                TypeDefKind::Enum(words_of) => Shape::Enum(
                    words_of
                        .cases
                        .iter()
                        .map(|c| (c.name.clone(), words(&c.docs)))
                        .collect(),
                ),
                TypeDefKind::Resource => Shape::Resource(self.functions(id, Some(*ty))?),
                _ => continue,
            };
            types.push(Named {
                name: name.clone(),
                docs: words(&self.resolve.types[*ty].docs),
                shape,
            });
        }
        Ok(Interface {
            key: self.keys[&id].clone(),
            id: self
                .resolve
                .id_of(id)
                .context("a package's interface has an id")?,
            types,
            functions: self.functions(id, None)?,
        })
    }

    fn fields(&self, name: &str, record: &wit_parser::Record) -> Result<Vec<Field>> {
        let mut fields = Vec::new();
        for field in &record.fields {
            fields.push(Field {
                name: field.name.clone(),
                ty: self.ty(&field.ty)?,
                docs: words(&field.docs),
                optional: false,
            });
        }
        mark_optional(name, &mut fields);
        Ok(fields)
    }

    /// The functions of a resource, or those of none. What speaks of interfaces that are not offered is left out.
    fn functions(&self, id: InterfaceId, of: Option<TypeId>) -> Result<Vec<Function>> {
        let mut found = Vec::new();
        for function in self.resolve.interfaces[id].functions.values() {
            let (owner, is_static) = match function.kind {
                FunctionKind::Freestanding => (None, false),
                FunctionKind::Method(ty) => (Some(ty), false),
                FunctionKind::Static(ty) => (Some(ty), true),
                _ => bail!("{}: a kind of function the SDKs do not know", function.name),
            };
            if owner != of {
                continue;
            }
            let skip = usize::from(owner.is_some() && !is_static);
            let params: Result<Vec<_>> = function
                .params
                .iter()
                .skip(skip)
                .map(|p| Ok((p.name.clone(), self.ty(&p.ty)?)))
                .collect();
            let (Ok(params), Ok(result)) = (params, self.maybe(function.result.as_ref())) else {
                continue;
            };
            let name = function.name.rsplit('.').next().unwrap_or(&function.name);
            found.push(Function {
                name: name.to_owned(),
                docs: words(&function.docs),
                params,
                result,
                is_static,
            });
        }
        Ok(found)
    }

    fn maybe(&self, ty: Option<&Type>) -> Result<Option<Ty>> {
        ty.map(|ty| self.ty(ty)).transpose()
    }

    fn ty(&self, ty: &Type) -> Result<Ty> {
        Ok(match ty {
            Type::Bool => Ty::Plain("bool"),
            Type::U8 => Ty::Plain("u8"),
            Type::U16 => Ty::Plain("u16"),
            Type::U32 => Ty::Plain("u32"),
            Type::U64 => Ty::Plain("u64"),
            Type::S32 => Ty::Plain("s32"),
            Type::S16 => Ty::Plain("s16"),
            Type::S8 => Ty::Plain("s8"),
            Type::S64 => Ty::Plain("s64"),
            Type::F32 | Type::F64 => Ty::Plain("f64"),
            Type::String => Ty::Plain("string"),
            Type::Id(id) => self.defined(*id)?,
            Type::Char | Type::ErrorContext => bail!("a type the SDKs do not know"),
        })
    }

    fn defined(&self, id: TypeId) -> Result<Ty> {
        let def = &self.resolve.types[id];
        let boxed = |ty: &Type| Ok::<_, anyhow::Error>(Box::new(self.ty(ty)?));
        Ok(match &def.kind {
            TypeDefKind::Type(Type::U32) if def.name.as_deref() == Some("millis") => Ty::Plain("millis"),
            TypeDefKind::Type(inner) => self.ty(inner)?,
            TypeDefKind::Record(_) | TypeDefKind::Variant(_) | TypeDefKind::Enum(_) => {
                Ty::Named(self.name(id)?)
            }
            TypeDefKind::List(Type::U8) => Ty::Bytes,
            TypeDefKind::List(inner) => Ty::List(boxed(inner)?),
            TypeDefKind::Option(inner) => Ty::Maybe(boxed(inner)?),
            TypeDefKind::Tuple(tuple) => {
                Ty::Tuple(tuple.types.iter().map(|ty| self.ty(ty)).collect::<Result<_>>()?)
            }
            TypeDefKind::Handle(Handle::Own(resource)) => Ty::Own(self.name(*resource)?),
            TypeDefKind::Handle(Handle::Borrow(resource)) => Ty::Borrow(self.name(*resource)?),
            TypeDefKind::Result(outcome) => Ty::Outcome(
                outcome.ok.as_ref().map(boxed).transpose()?,
                outcome.err.as_ref().map(boxed).transpose()?,
            ),
            other => bail!("{} is a kind of type the SDKs do not know", other.as_str()),
        })
    }

    /// `interface-key.name` of a type, where it was defined.
    fn name(&self, mut id: TypeId) -> Result<String> {
        while let TypeDefKind::Type(Type::Id(other)) = self.resolve.types[id].kind {
            id = other;
        }
        let def = &self.resolve.types[id];
        let TypeOwner::Interface(owner) = def.owner else {
            bail!("a type outside an interface");
        };
        let key = self
            .keys
            .get(&owner)
            .context("a type of an interface that is not offered")?;
        Ok(format!(
            "{key}.{}",
            def.name.as_deref().context("a type without a name")?
        ))
    }
}

/// A record that can grow, or that is a set of options, is made from the few fields one wants. In others only what stands
/// last and has a neutral value may be left out.
fn mark_optional(name: &str, fields: &mut [Field]) {
    let attrs = Ty::List(Box::new(Ty::Named("common.attr".to_owned())));
    let grows = fields.iter().any(|field| field.ty == attrs);
    let neutral = |ty: &Ty| matches!(ty, Ty::List(_) | Ty::Maybe(_) | Ty::Bytes | Ty::Plain("millis"));
    if grows || name.ends_with("-spec") || name.ends_with("-options") {
        for field in fields {
            field.optional = !matches!(field.ty, Ty::Own(_) | Ty::Borrow(_));
        }
        return;
    }
    for field in fields.iter_mut().rev().take_while(|field| neutral(&field.ty)) {
        field.optional = true;
    }
}

fn words(docs: &wit_parser::Docs) -> String {
    docs.contents.as_deref().unwrap_or_default().trim().to_owned()
}

/// `media-item` as `media_item`.
pub fn snake(name: &str) -> String {
    name.replace('-', "_")
}

/// `media-item` as `MediaItem`.
pub fn upper_camel(name: &str) -> String {
    name.split(['-', '_'])
        .map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map(|first| first.to_uppercase().chain(letters).collect::<String>())
                .unwrap_or_default()
        })
        .collect()
}

/// `media-item` as `mediaItem`.
pub fn lower_camel(name: &str) -> String {
    let upper = upper_camel(name);
    let mut letters = upper.chars();
    letters
        .next()
        .map(|first| first.to_lowercase().chain(letters).collect())
        .unwrap_or_default()
}
