//! Who asks, and what they may have done.

use crate::Scope;
use std::fmt;
use std::sync::Arc;

/// What kind of asker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrincipalKind {
    /// The operator at the control socket.
    Operator,
    /// The dialplan of a channel.
    Dialplan,
    /// A Manager user.
    ManagerUser(Arc<str>),
    /// An Application key.
    ApplicationKey(Arc<str>),
    /// A Gateway session.
    GatewaySession(Arc<str>),
    /// A plugin, in that generation.
    Plugin(Arc<str>, u64),
}

/// One thing that can be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Right {
    /// See channels, bridges and events.
    Look,
    /// Make calls.
    Originate,
    /// Hang up, redirect and otherwise steer calls that are not one's own.
    Control,
    /// Set variables of channels and global ones.
    Variables,
    /// Publish user events.
    UserEvents,
    /// Reload configuration, stop the host.
    Administer,
    /// Reach code, files, hosts or the shell.
    System,
}

/// A set of [`Right`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rights(u16);

impl Rights {
    /// None at all.
    pub const NONE: Self = Self(0);

    /// Every right but [`Right::System`].
    pub const ALL: Self = Self(
        1 << Right::Look as u8
            | 1 << Right::Originate as u8
            | 1 << Right::Control as u8
            | 1 << Right::Variables as u8
            | 1 << Right::UserEvents as u8
            | 1 << Right::Administer as u8,
    );

    /// This set with one right more.
    #[must_use]
    pub const fn with(self, right: Right) -> Self {
        Self(self.0 | 1 << right as u8)
    }

    /// This set with one right less.
    #[must_use]
    pub const fn without(self, right: Right) -> Self {
        Self(self.0 & !(1 << right as u8))
    }

    /// Whether the right is in the set.
    pub const fn has(self, right: Right) -> bool {
        self.0 & (1 << right as u8) != 0
    }
}

/// Somebody who asks the desk for something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Who.
    pub kind: PrincipalKind,
    /// What they may have done.
    pub rights: Rights,
    /// What they may reach with these rights; without one, everything.
    pub scope: Option<Arc<Scope>>,
}

impl Principal {
    /// Somebody with these rights, who may reach everything with them.
    pub const fn new(kind: PrincipalKind, rights: Rights) -> Self {
        Self {
            kind,
            rights,
            scope: None,
        }
    }

    /// The same, but nothing beyond that scope.
    #[must_use]
    pub fn within(self, scope: Option<Arc<Scope>>) -> Self {
        let scope = match (scope, self.scope) {
            (Some(inner), Some(outer)) => Some(inside(&inner, outer)),
            (one, other) => one.or(other),
        };
        Self { scope, ..self }
    }

    /// Who it is whatever generation or session they are in: what quotas are counted by.
    pub fn name(&self) -> Arc<str> {
        match &self.kind {
            PrincipalKind::Plugin(id, _) => Arc::from(format!("plugin:{id}")),
            PrincipalKind::Operator
            | PrincipalKind::Dialplan
            | PrincipalKind::ManagerUser(_)
            | PrincipalKind::ApplicationKey(_)
            | PrincipalKind::GatewaySession(_) => Arc::from(self.to_string()),
        }
    }

    /// The operator: everything but the system rights, which have a switch of their own.
    pub const OPERATOR: Self = Self {
        kind: PrincipalKind::Operator,
        rights: Rights::ALL,
        scope: None,
    };

    /// The dialplan, which the operator wrote.
    pub const DIALPLAN: Self = Self {
        kind: PrincipalKind::Dialplan,
        rights: Rights::ALL,
        scope: None,
    };
}

/// One scope inside another; as deep as sessions are one inside the other, which the control plane bounds.
fn inside(inner: &Arc<Scope>, outer: Arc<Scope>) -> Arc<Scope> {
    if *inner == outer {
        return outer;
    }
    let within = match &inner.within {
        Some(between) => inside(between, outer),
        None => outer,
    };
    Arc::new(Scope {
        within: Some(within),
        ..Scope::clone(inner)
    })
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            PrincipalKind::Operator => f.write_str("operator"),
            PrincipalKind::Dialplan => f.write_str("dialplan"),
            PrincipalKind::ManagerUser(user) => write!(f, "manager:{user}"),
            PrincipalKind::ApplicationKey(key) => write!(f, "application:{key}"),
            PrincipalKind::GatewaySession(id) => write!(f, "gateway:{id}"),
            PrincipalKind::Plugin(id, generation) => write!(f, "plugin:{id}@{generation}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_rights_leave_the_system_alone() {
        assert!(Rights::ALL.has(Right::Originate));
        assert!(!Rights::ALL.has(Right::System));
        assert!(Rights::NONE.with(Right::System).has(Right::System));
        assert!(!Rights::NONE.has(Right::Look));
    }
}
