//! What the host that is proved has at all: it is asked, so that the page cannot say otherwise.

use super::rest;
use super::stage::Stage;
use std::collections::BTreeSet;
use ucx_facts::{Operation, Problem, actions, operations};

/// A name nothing has, in place of what stands in the paths of requests.
const NOTHING: &str = "proof-nothing";

/// The rows whose subject is there.
#[derive(Debug, Default)]
pub struct Built {
    pub actions: BTreeSet<&'static str>,
    /// By resource and name.
    pub operations: BTreeSet<(&'static str, &'static str)>,
}

impl Built {
    /// Asks the host: for the list of its actions, and for each operation, where 501 says that it is not built.
    ///
    /// # Errors
    /// What keeps it from being asked.
    pub fn of(stage: &mut Stage<'_>) -> Result<Self, String> {
        let reply = stage.ask(&[("Action".to_owned(), "ListCommands".to_owned())])?;
        let is_listed = |name: &str| reply.head.headers.iter().any(|(is, _)| is == name);
        let actions = actions().iter().map(|action| action.name);
        let mut built = Self {
            actions: actions.filter(|name| is_listed(name)).collect(),
            ..Self::default()
        };
        for operation in operations() {
            let target = format!("/ari{}", with_nothing(operation.path));
            let (address, key) = (stage.ground.application, rest::basic("op"));
            let answer = rest::ask(address, operation.method, &target, &key, "")?;
            let is_unknown = answer.status == 405 || answer.json()["message"] == "Resource not found";
            if answer.status != 501 && !is_unknown {
                built.operations.insert((operation.resource, operation.id));
            }
        }
        Ok(built)
    }

    /// Whether something that is there could answer with that error.
    pub fn has(&self, problem: &Problem) -> bool {
        let built = |operation: &&Operation| self.operations.contains(&(operation.resource, operation.id));
        problem.resource == "core"
            || operations()
                .iter()
                .filter(built)
                .any(|operation| belongs(problem, operation))
    }
}

/// The path with a name nothing has for each of its parameters.
fn with_nothing(path: &str) -> String {
    let parts = path
        .split('/')
        .map(|part| if part.starts_with('{') { NOTHING } else { part });
    parts.collect::<Vec<&str>>().join("/")
}

/// Whether an error of the table is one of that operation.
pub fn belongs(problem: &Problem, operation: &Operation) -> bool {
    let resource = problem.resource.replace('_', "");
    resource.eq_ignore_ascii_case(operation.resource)
        && problem.operation.is_none_or(|name| {
            is_shared(problem.resource, name) || name == operation.id || is_twin(name, operation.id)
        })
}

/// The table has errors of all that steers a channel or a bridge under one name.
fn is_shared(resource: &str, name: &str) -> bool {
    name == "control" && resource != "playbacks"
}

/// Operations of which the table has the errors once: with and without an id of the client's.
fn is_twin(table: &str, id: &str) -> bool {
    table.strip_suffix("WithId").is_some_and(|bare| bare == id)
        || id.strip_suffix("WithId").is_some_and(|bare| bare == table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ucx_facts::problems;

    #[test]
    fn an_error_belongs_to_what_is_built_or_not() {
        let mut built = Built::default();
        let of = |name: &str| {
            let found = problems().iter().find(|problem| problem.operation == Some(name));
            found.expect("it stands in the table")
        };
        assert!(!built.has(of("originateWithId")) && !built.has(of("snoopChannel")));
        built.operations.insert(("channels", "originate"));
        assert!(built.has(of("originateWithId")) && !built.has(of("snoopChannel")));
        let core = problems().iter().find(|problem| problem.resource == "core");
        assert!(built.has(core.expect("it stands in the table")));
    }

    #[test]
    fn paths_name_nothing() {
        assert_eq!(with_nothing("/a/{b}/c"), format!("/a/{NOTHING}/c"));
    }
}
