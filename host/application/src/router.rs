//! From a path and a method to an operation: a tree of segments, where a literal one wins over a parameter.

use crate::http::percent;
use crate::operation::{Operation, Run};
use crate::table::{self, Method, Row};
use std::collections::BTreeMap;

/// An operation that was found.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its row of the table.
    pub row: &'static Row,
    /// Its work, if it is built.
    pub run: Option<Run>,
}

/// What a path and a method lead to.
pub enum Route {
    /// An operation, with the parameters of its path, decoded.
    Found(Target, Vec<(&'static str, String)>),
    /// There is something at the path, but not by this method; the methods that are there, as `Allow` lists them.
    WrongMethod(String),
    /// There is nothing.
    NotFound,
}

/// All operations by their paths.
#[derive(Default)]
pub struct Router {
    root: Node,
}

#[derive(Default)]
struct Node {
    literals: BTreeMap<&'static str, Self>,
    parameter: Option<(&'static str, Box<Self>)>,
    /// In the order of [`Method::ALL`].
    targets: [Option<Target>; Method::ALL.len()],
}

impl Router {
    /// The operations of the table, with the work of those that are built.
    pub fn new(built: &'static [&'static [Operation]]) -> Self {
        let mut router = Self::default();
        for row in table::rows() {
            let operations = built.iter().flat_map(|operations| operations.iter());
            let run = operations
                .filter(|operation| operation.resource == row.resource && operation.name == row.name)
                .map(|operation| operation.run)
                .next();
            router.root.insert(row.path, Target { row, run });
        }
        router
    }

    /// Where a path leads, given below the interface's prefix and not decoded (`channels/1.2/answer`). An empty segment ends
    /// it, as clients that leave an id out have come to know.
    pub fn route(&self, method: &str, path: &str) -> Route {
        let mut node = &self.root;
        let mut parameters = Vec::new();
        for segment in path.split('/').take_while(|segment| !segment.is_empty()) {
            let Some(segment) = percent::decode(segment) else {
                return Route::NotFound;
            };
            if let Some(next) = node.literals.get(&*segment) {
                node = next;
            } else if let Some((name, next)) = &node.parameter {
                parameters.push((*name, segment.into_owned()));
                node = next;
            } else {
                return Route::NotFound;
            }
        }
        if std::ptr::eq(node, &raw const self.root) {
            return Route::NotFound;
        }
        let found = Method::parse(method).and_then(|method| node.targets[method as usize]);
        match found {
            Some(target) => Route::Found(target, parameters),
            None => Route::WrongMethod(node.allow()),
        }
    }
}

impl Node {
    fn insert(&mut self, path: &'static str, target: Target) {
        let mut node = self;
        for segment in path.split('/').skip(1) {
            node = match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                Some(name) => &mut node.parameter.get_or_insert_with(|| (name, Box::default())).1,
                None => node.literals.entry(segment).or_default(),
            };
        }
        node.targets[target.row.method as usize] = Some(target);
    }

    fn allow(&self) -> String {
        let mut allow = "OPTIONS".to_owned();
        for (method, target) in Method::ALL.iter().zip(&self.targets) {
            if target.is_some() {
                allow.push(',');
                allow.push_str(method.as_str());
            }
        }
        allow
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(method: &str, path: &str) -> String {
        match Router::new(&[]).route(method, path) {
            Route::Found(target, parameters) => format!("{} {parameters:?}", target.row.name),
            Route::WrongMethod(allow) => allow,
            Route::NotFound => "nothing".to_owned(),
        }
    }

    #[test]
    fn every_operation_is_found_by_its_own_path() {
        let router = Router::new(&[]);
        assert_eq!(table::rows().count(), 109);
        for row in table::rows() {
            let path = row.path[1..].replace(['{', '}'], "-");
            let Route::Found(target, parameters) = router.route(row.method.as_str(), &path) else {
                panic!("{} {path} leads nowhere", row.method);
            };
            assert_eq!((target.row.resource, target.row.name), (row.resource, row.name));
            let in_path = row
                .parameters
                .iter()
                .filter(|parameter| parameter.at == table::At::Path);
            let names: Vec<_> = in_path.map(|parameter| parameter.name).collect();
            let found: Vec<_> = parameters.iter().map(|(name, _)| *name).collect();
            assert_eq!(found, names, "{}", row.path);
        }
    }

    #[test]
    fn literals_win_and_segments_are_decoded() {
        assert_eq!(show("POST", "channels/create"), "create []");
        assert_eq!(show("POST", "channels/externalMedia"), "externalMedia []");
        assert_eq!(
            show("GET", "deviceStates/PJSIP%2Falice"),
            r#"get [("deviceName", "PJSIP/alice")]"#
        );
        assert_eq!(show("GET", "deviceStates/PJSIP/alice"), "nothing");
        assert_eq!(show("GET", "channels/%zz"), "nothing");
        assert_eq!(show("GET", "nope"), "nothing");
        assert_eq!(show("GET", "channels/a/b/c"), "nothing");
        assert_eq!(show("POST", "channels//redirect"), "originate []");
        assert_eq!(show("GET", "/channels"), "nothing");
    }

    #[test]
    fn a_wrong_method_is_told_the_right_ones() {
        assert_eq!(show("PATCH", "channels"), "OPTIONS,GET,POST");
        assert_eq!(show("PUT", "channels"), "OPTIONS,GET,POST");
        assert_eq!(show("OPTIONS", "channels/nope/answer"), "OPTIONS,POST");
    }
}
