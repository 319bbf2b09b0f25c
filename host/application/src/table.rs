//! Every operation of the interface, built or not, and the models they speak of: one table, from which routing, the
//! discovery documents and the answers of operations that are not built come.

mod applications;
mod asterisk;
mod bridges;
mod channels;
mod device_states;
mod endpoints;
mod events;
mod mailboxes;
mod messages;
mod models;
mod playbacks;
mod recordings;
mod shared;
mod sounds;

use std::fmt;

/// The resources in the field's order, each with its operations and what it is about.
pub static RESOURCES: &[Resource] = &[
    Resource::new("asterisk", "The host itself", &[asterisk::OPERATIONS]),
    Resource::new("endpoints", "Who can be called", &[endpoints::OPERATIONS]),
    Resource::new("channels", "Legs of calls", channels::OPERATIONS),
    Resource::new("bridges", "Where channels meet", &[bridges::OPERATIONS]),
    Resource::new(
        "recordings",
        "Recordings that run or are kept",
        &[recordings::OPERATIONS],
    ),
    Resource::new("sounds", "Sounds that can be played", &[sounds::OPERATIONS]),
    Resource::new("playbacks", "What is being played", &[playbacks::OPERATIONS]),
    Resource::new(
        "deviceStates",
        "How devices are used",
        &[device_states::OPERATIONS],
    ),
    Resource::new("mailboxes", "Mailboxes", &[mailboxes::OPERATIONS]),
    Resource::new(
        "events",
        "The socket on which applications are told",
        &[events::OPERATIONS],
    ),
    Resource::new(
        "applications",
        "Applications and what they listen to",
        &[applications::OPERATIONS],
    ),
];

/// The models, those of messages last.
pub fn models() -> impl Iterator<Item = &'static Model> {
    let families = models::MODELS.iter().chain(messages::EVENTS);
    families.copied().flatten()
}

/// All operations.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    RESOURCES.iter().flat_map(Resource::rows)
}

/// A resource.
#[derive(Debug)]
pub struct Resource {
    /// Its name, as in the path of its document.
    pub name: &'static str,
    /// What it is about.
    pub description: &'static str,
    /// Its operations.
    pub operations: &'static [&'static [Row]],
}

impl Resource {
    const fn new(
        name: &'static str,
        description: &'static str,
        operations: &'static [&'static [Row]],
    ) -> Self {
        Self {
            name,
            description,
            operations,
        }
    }

    /// Its operations, in the order of its document.
    pub fn rows(&self) -> impl Iterator<Item = &'static Row> + use<> {
        self.operations.iter().copied().flatten()
    }
}

/// A method that operations have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Look.
    Get,
    /// Make, or do.
    Post,
    /// Change.
    Put,
    /// Undo.
    Delete,
}

impl Method {
    /// All four, in the order of `Allow`.
    pub const ALL: [Self; 4] = [Self::Get, Self::Post, Self::Put, Self::Delete];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }

    /// The method of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == word)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One operation.
#[derive(Debug)]
pub struct Row {
    /// How it is asked for.
    pub method: Method,
    /// Where, with `{name}` for parameters.
    pub path: &'static str,
    /// Its resource.
    pub resource: &'static str,
    /// Its name there, as clients call it.
    pub name: &'static str,
    /// What it does.
    pub summary: &'static str,
    /// What it takes.
    pub parameters: &'static [Parameter],
    /// The model it answers with (`Channel`, `List[Channel]`, `void`, `binary`).
    pub response: &'static str,
    /// Statuses of its failures, each with an example of a reason.
    pub errors: &'static [(u16, &'static str)],
    /// Whether it is the socket.
    pub is_websocket: bool,
}

/// Where a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// In the path.
    Path,
    /// In the query, a form, or by its name in a body.
    Query,
    /// In a body alone.
    Body,
}

impl At {
    /// The word of the documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Body => "body",
        }
    }
}

/// One parameter of an operation.
#[derive(Debug)]
pub struct Parameter {
    /// Where it stands.
    pub at: At,
    /// Its name.
    pub name: &'static str,
    /// Its type (`string`, `int`, `boolean`, `containers` …).
    pub kind: &'static str,
    /// What it means.
    pub description: &'static str,
    /// Whether it may have several values.
    pub is_several: bool,
    /// Whether it must be there.
    pub is_required: bool,
    /// What it is if it is not there.
    pub default: Option<&'static str>,
    /// The values it may have; none means any.
    pub allowed: &'static [&'static str],
    /// The least number it may be.
    pub least: Option<&'static str>,
}

impl Parameter {
    const fn new(at: At, name: &'static str, kind: &'static str, description: &'static str) -> Self {
        Self {
            at,
            name,
            kind,
            description,
            is_several: false,
            is_required: false,
            default: None,
            allowed: &[],
            least: None,
        }
    }

    const fn several(mut self) -> Self {
        self.is_several = true;
        self
    }

    const fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    const fn default(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    const fn one_of(mut self, allowed: &'static [&'static str]) -> Self {
        self.allowed = allowed;
        self
    }

    const fn at_least(mut self, least: &'static str) -> Self {
        self.least = Some(least);
        self
    }
}

/// One model.
#[derive(Debug)]
pub struct Model {
    /// The resource in whose document it stands.
    pub resource: &'static str,
    /// Its name.
    pub id: &'static str,
    /// What it is.
    pub description: &'static str,
    /// The property that says which of the sub-types a value is.
    pub discriminator: Option<&'static str>,
    /// Models that are this one and more.
    pub sub_types: &'static [&'static str],
    /// Its own properties.
    pub properties: &'static [Property],
}

impl Model {
    const fn new(
        resource: &'static str,
        id: &'static str,
        description: &'static str,
        properties: &'static [Property],
    ) -> Self {
        Self {
            resource,
            id,
            description,
            discriminator: None,
            sub_types: &[],
            properties,
        }
    }

    const fn told_by(mut self, property: &'static str) -> Self {
        self.discriminator = Some(property);
        self
    }

    const fn with_sub_types(mut self, sub_types: &'static [&'static str]) -> Self {
        self.sub_types = sub_types;
        self
    }
}

/// One property of a model.
#[derive(Debug)]
pub struct Property {
    /// Its name.
    pub name: &'static str,
    /// Its type (`string`, `List[string]`, `Channel` …).
    pub kind: &'static str,
    /// Whether it is always there.
    pub is_required: bool,
    /// The values it may have; none means any.
    pub allowed: &'static [&'static str],
}

impl Property {
    const fn always(name: &'static str, kind: &'static str) -> Self {
        Self {
            name,
            kind,
            is_required: true,
            allowed: &[],
        }
    }

    const fn maybe(name: &'static str, kind: &'static str) -> Self {
        Self {
            is_required: false,
            ..Self::always(name, kind)
        }
    }

    const fn one_of(mut self, allowed: &'static [&'static str]) -> Self {
        self.allowed = allowed;
        self
    }
}
