//! The applications and functions the dialplan can call, by name.

use crate::{Ending, FunctionContext, Line};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use ucx_call::Right;

/// A boxed future that stays on its thread.
pub type LocalBoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Longest name of an application or function, in bytes.
const NAME_BYTES_MAX: usize = 64;

/// Work that has to wait for something outside the host, on a thread of its own.
pub type Blocking = Box<dyn FnOnce() -> Result<String, String> + Send>;

/// What an application or function says about itself.
#[derive(Debug, Default)]
pub struct Help {
    /// One line: what it does.
    pub synopsis: &'static str,
    /// How it is written.
    pub syntax: &'static str,
    /// Each argument and its meaning.
    pub arguments: &'static [(&'static str, &'static str)],
    /// Each option letter and its meaning.
    pub options: &'static [(&'static str, &'static str)],
    /// Each variable it sets, with its values.
    pub sets: &'static [(&'static str, &'static str)],
    /// What else a dialplan author has to know.
    pub notes: &'static str,
}

impl Help {
    /// Nothing said.
    pub const NONE: Self = Self {
        synopsis: "",
        syntax: "",
        arguments: &[],
        options: &[],
        sets: &[],
        notes: "",
    };
}

/// A dialplan application.
pub trait Application {
    /// Its name as the field spells it; looked up whatever the case.
    fn name(&self) -> &'static str;

    /// What it says about itself.
    fn help(&self) -> &'static Help;

    /// The right that whoever asks for it must have, beyond those of reaching the dialplan.
    fn needs(&self) -> Option<Right> {
        None
    }

    /// Runs it on a channel with arguments that are substituted already.
    ///
    /// # Errors
    /// [`Ending`] if the channel shall not go on in the dialplan, or must not.
    fn run<'a>(&'a self, line: &'a mut Line, args: &'a str) -> LocalBoxFuture<'a, Result<(), Ending>>;
}

/// A dialplan function: `${NAME(args)}` reads, `Set(NAME(args)=value)` writes.
pub trait Function {
    /// Its name; looked up whatever the case.
    fn name(&self) -> &'static str;

    /// What it says about itself.
    fn help(&self) -> &'static Help;

    /// The right that whoever calls it must have.
    fn needs(&self) -> Option<Right> {
        None
    }

    /// For a function that waits for a program or a disk: the work that gives its value. It runs on a thread of its own, in
    /// place of [`Self::read`], so that no other call waits.
    fn blocking(&self, args: &str) -> Option<Blocking> {
        let _ = args;
        None
    }

    /// Its value.
    ///
    /// # Errors
    /// A sentence that says why there is none; the dialplan goes on with the empty text.
    fn read(&self, context: &mut FunctionContext<'_>, args: &str) -> Result<String, String>;

    /// Sets what it stands for.
    ///
    /// # Errors
    /// A sentence that says why it was not set.
    fn write(&self, context: &mut FunctionContext<'_>, args: &str, value: &str) -> Result<(), String> {
        let _ = (context, args, value);
        Err(format!("the function {} cannot be written", self.name()))
    }
}

/// Decides about calls that enter a context from outside it, before its extensions do.
pub trait Gate {
    /// Whether it is asked about that context.
    fn guards(&self, context: &str) -> bool;

    /// Is asked about a call that stands before its first extension. Without an ending the call goes on where it was sent
    /// meanwhile, or else at the context's own extension.
    ///
    /// # Errors
    /// [`Ending`] if the channel shall not go on in the dialplan, or must not.
    fn enter<'a>(&'a self, line: &'a mut Line) -> LocalBoxFuture<'a, Result<(), Ending>>;
}

/// All applications and functions.
#[derive(Default)]
pub struct Registry {
    gate: Option<Rc<dyn Gate>>,
    applications: BTreeMap<Box<str>, Rc<dyn Application>>,
    functions: BTreeMap<Box<str>, Rc<dyn Function>>,
    /// What is not there for now.
    hidden: RefCell<Hidden>,
}

/// Names of applications and functions that are not there for now, in upper case.
#[derive(Default)]
struct Hidden {
    applications: BTreeSet<Box<str>>,
    functions: BTreeSet<Box<str>>,
}

impl Registry {
    /// An empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets that decide about calls that enter a context; another one is replaced.
    pub fn gate(&mut self, gate: impl Gate + 'static) {
        self.gate = Some(Rc::new(gate));
    }

    /// What decides about calls that enter that context, if anything does.
    pub(crate) fn gate_of(&self, context: &str) -> Option<Rc<dyn Gate>> {
        self.gate.as_ref().filter(|gate| gate.guards(context)).cloned()
    }

    /// Adds an application; one of the same name is replaced.
    pub fn application(&mut self, application: impl Application + 'static) {
        let name = application.name().to_ascii_uppercase();
        debug_assert!(name.len() <= NAME_BYTES_MAX);
        self.applications.insert(name.into(), Rc::new(application));
    }

    /// Adds a function; one of the same name is replaced.
    pub fn function(&mut self, function: impl Function + 'static) {
        let name = function.name().to_ascii_uppercase();
        debug_assert!(name.len() <= NAME_BYTES_MAX);
        self.functions.insert(name.into(), Rc::new(function));
    }

    /// Lets these be as if they were not there, or be there again. What runs goes on.
    pub fn set_hidden(&self, applications: &[&str], functions: &[&str], is_hidden: bool) {
        let mut hidden = self.hidden.borrow_mut();
        let Hidden {
            applications: hidden_applications,
            functions: hidden_functions,
        } = &mut *hidden;
        for (names, set) in [(applications, hidden_applications), (functions, hidden_functions)] {
            for name in names {
                let name = name.to_ascii_uppercase();
                if is_hidden {
                    set.insert(name.into());
                } else {
                    set.remove(&*name);
                }
            }
        }
    }

    /// The application of that name, whatever the case.
    pub fn find_application(&self, name: &str) -> Option<&Rc<dyn Application>> {
        with_upper(name, |name| {
            let is_hidden = self.hidden.borrow().applications.contains(name);
            self.applications.get(name).filter(|_| !is_hidden)
        })
        .flatten()
    }

    /// The function of that name, whatever the case.
    pub fn find_function(&self, name: &str) -> Option<&Rc<dyn Function>> {
        with_upper(name, |name| {
            let is_hidden = self.hidden.borrow().functions.contains(name);
            self.functions.get(name).filter(|_| !is_hidden)
        })
        .flatten()
    }

    /// All applications, sorted by name.
    pub fn applications(&self) -> impl Iterator<Item = &Rc<dyn Application>> {
        let there = |name: &str| !self.hidden.borrow().applications.contains(name);
        let all = self.applications.iter();
        all.filter_map(move |(name, application)| there(name).then_some(application))
    }

    /// All functions, sorted by name.
    pub fn functions(&self) -> impl Iterator<Item = &Rc<dyn Function>> {
        let there = |name: &str| !self.hidden.borrow().functions.contains(name);
        let all = self.functions.iter();
        all.filter_map(move |(name, function)| there(name).then_some(function))
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry")
            .field("applications", &self.applications.len())
            .field("functions", &self.functions.len())
            .finish()
    }
}

/// Calls `then` with the name in upper case, without allocating; not at all for a name too long to be one of ours.
fn with_upper<T>(name: &str, then: impl FnOnce(&str) -> T) -> Option<T> {
    let mut buffer = [0; NAME_BYTES_MAX];
    let upper = buffer.get_mut(..name.len())?;
    upper.copy_from_slice(name.as_bytes());
    upper.make_ascii_uppercase();
    std::str::from_utf8(upper).ok().map(then)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Twice;

    impl Function for Twice {
        fn name(&self) -> &'static str {
            "Twice"
        }

        fn help(&self) -> &'static Help {
            const {
                &Help {
                    synopsis: "",
                    syntax: "",
                    arguments: &[],
                    options: &[],
                    sets: &[],
                    notes: "",
                }
            }
        }

        fn read(&self, _: &mut FunctionContext<'_>, args: &str) -> Result<String, String> {
            Ok(args.repeat(2))
        }
    }

    #[test]
    fn names_are_found_whatever_the_case_and_length() {
        let mut registry = Registry::new();
        registry.function(Twice);
        assert!(registry.find_function("tWICE").is_some());
        assert!(registry.find_function("twicé").is_none());
        assert!(registry.find_function(&"x".repeat(1_000)).is_none());
        assert!(registry.find_application("Twice").is_none());
    }
}
