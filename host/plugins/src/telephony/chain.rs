//! Chains of routers: calls that enter a context are decided by the first of its routers that does not pass.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use toml::Spanned;
use ucx_pbx::{Ending, Gate, Line, LocalBoxFuture};

use super::wasm::{Told, Wasm};
use crate::bearing::ContextRule;
use crate::host::PluginHost;
use crate::values::Direction;

/// Routers of a chain.
const CHAIN_MAX: usize = 16;
/// Contexts that something is said of.
const CHAINS_MAX: usize = 1_024;
/// The longest name of a tenant, in bytes.
const TENANT_MAX: usize = 128;

fn is_tenant(name: &str) -> bool {
    !name.is_empty() && name.len() <= TENANT_MAX && !name.contains(char::is_control)
}

/// What `[routing.CONTEXT]` of `ucx.toml` says: which routers are asked about calls that enter a context (`chain = ["a", "b"]`),
/// which way its calls go (`direction = "outbound"`) and whose they are (`tenant = "acme"`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chains {
    routers: BTreeMap<String, Vec<String>>,
    /// What else is said of calls in a context.
    rules: BTreeMap<String, ContextRule>,
}

/// Other tables of the file are others' to read.
#[derive(Default, Deserialize)]
struct File {
    #[serde(default)]
    routing: BTreeMap<Spanned<String>, Section>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    #[serde(default)]
    chain: Vec<Spanned<String>>,
    direction: Option<Way>,
    tenant: Option<Spanned<String>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Way {
    Inbound,
    Outbound,
    Internal,
}

impl From<Way> for Direction {
    fn from(way: Way) -> Self {
        match way {
            Way::Inbound => Self::Inbound,
            Way::Outbound => Self::Outbound,
            Way::Internal => Self::Internal,
        }
    }
}

impl Chains {
    /// Reads the chains of a file whose plugins are `known`.
    ///
    /// # Errors
    /// What is wrong, one sentence each, with its line.
    pub fn parse(text: &str, known: &BTreeSet<String>) -> Result<Self, Vec<(usize, String)>> {
        let line = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
        let file: File = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            vec![(line(at), error.message().to_owned())]
        })?;
        let mut chains = Self::default();
        let mut wrong = Vec::new();
        for (context, section) in file.routing {
            let at = line(context.span().start);
            let context = context.into_inner();
            if section.chain.len() > CHAIN_MAX || chains.rules.len() >= CHAINS_MAX {
                wrong.push((
                    at,
                    format!("routing.{context}: at most {CHAIN_MAX} routers, in {CHAINS_MAX} contexts"),
                ));
                continue;
            }
            let mut chain: Vec<String> = Vec::new();
            for name in section.chain {
                let at = line(name.span().start);
                let name = name.into_inner();
                if chain.contains(&name) {
                    wrong.push((at, format!("routing.{context}: the chain leads back to {name:?}")));
                } else if !known.contains(&name) {
                    wrong.push((at, format!("routing.{context}: there is no plugin {name:?}")));
                } else {
                    chain.push(name);
                }
            }
            if let Some(tenant) = section
                .tenant
                .as_ref()
                .filter(|tenant| !is_tenant(tenant.as_ref()))
            {
                let why = format!(
                    "routing.{context}: a tenant has 1 to {TENANT_MAX} bytes, none of them a control character"
                );
                wrong.push((line(tenant.span().start), why));
            }
            let rule = ContextRule {
                direction: section.direction.map(Direction::from),
                tenant: section.tenant.map(Spanned::into_inner),
            };
            chains.rules.insert(context.clone(), rule);
            if !chain.is_empty() {
                chains.routers.insert(context, chain);
            }
        }
        if wrong.is_empty() { Ok(chains) } else { Err(wrong) }
    }

    /// Whether no router is asked about any context.
    pub fn is_empty(&self) -> bool {
        self.routers.is_empty()
    }

    pub(crate) fn rules(&self) -> &BTreeMap<String, ContextRule> {
        &self.rules
    }
}

impl PluginHost {
    /// From now on these chains are asked, and calls go the way, and are whose, these say. A call that is in a chain already
    /// goes on in that.
    pub fn set_chains(&self, chains: Chains) {
        self.set_contexts(&chains);
        *self.chains.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(chains);
    }

    fn chains(&self) -> Arc<Chains> {
        Arc::clone(&self.chains.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Asks the routers of the host's chains.
pub struct Routers {
    wasm: Wasm,
    host: Arc<PluginHost>,
    /// Routers that were missed, so that each is complained about once.
    missed: Mutex<BTreeSet<String>>,
}

impl Routers {
    /// The chains of that host, at first these.
    pub fn new(host: Arc<PluginHost>, chains: Chains) -> Self {
        host.set_chains(chains);
        Self {
            wasm: Wasm::new(Arc::clone(&host)),
            host,
            missed: Mutex::default(),
        }
    }

    async fn ask(&self, line: &mut Line) -> Result<(), Ending> {
        let context = line.place().context.clone();
        let chains = self.host.chains();
        let Some(chain) = chains.routers.get(&*context) else {
            return Ok(());
        };
        for name in chain {
            if !self.host.routes(name) {
                let mut missed = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
                if missed.insert(name.clone()) {
                    tracing::warn!(plugin = name, %context, "a chain goes on without a router that is not there");
                }
                continue;
            }
            self.missed
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(name);
            if self.wasm.ask(line, name, &[]).await? == Told::Decided {
                break;
            }
        }
        Ok(())
    }
}

impl Gate for Routers {
    fn guards(&self, context: &str) -> bool {
        self.host.chains().routers.contains_key(context)
    }

    fn enter<'a>(&'a self, line: &'a mut Line) -> LocalBoxFuture<'a, Result<(), Ending>> {
        Box::pin(self.ask(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Chains, Vec<(usize, String)>> {
        Chains::parse(text, &["a", "b"].map(str::to_owned).into())
    }

    #[test]
    fn chains_are_read_and_mistakes_have_their_line() {
        let chains = parse("[plugins.a]\nx = 1\n[routing.sales]\nchain = ['b', 'a']\n").unwrap();
        assert_eq!(chains.routers["sales"], ["b", "a"]);
        assert!(parse("").unwrap().is_empty());
        assert_eq!(
            parse("\n[routing.x]\nchain = ['a',\n 'c',\n 'a']\n").unwrap_err(),
            [
                (4, "routing.x: there is no plugin \"c\"".to_owned()),
                (5, "routing.x: the chain leads back to \"a\"".to_owned())
            ]
        );
        let text = "[routing.out]\ndirection = 'outbound'\ntenant = 'acme'\n[routing.in]\nchain = ['a']\ntenant = 'b'\n";
        let chains = parse(text).unwrap();
        assert_eq!(chains.routers.keys().collect::<Vec<_>>(), ["in"]);
        let out = ContextRule {
            direction: Some(Direction::Outbound),
            tenant: Some("acme".to_owned()),
        };
        assert_eq!(chains.rules["out"], out);
        assert_eq!(parse("[routing.x]\n\ntenant = ''\n").unwrap_err()[0].0, 3);
        assert_eq!(parse("[routing.x]\ndirection = 'up'\n").unwrap_err()[0].0, 2);
        let unknown = parse("[routing.x]\nchain = []\nchains = []\n").unwrap_err();
        assert_eq!(unknown[0].0, 3, "{unknown:?}");
    }
}
