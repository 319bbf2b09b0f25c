//! Classes of events and actions: what a session may see and do, as a set of bits with the field's numbers.

use super::Text;
use std::ops::{BitAnd, BitOr};

/// A set of classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Classes(u32);

macro_rules! classes {
    ($(($name:ident, $bit:literal, $label:literal)),* $(,)?) => {
        #[allow(missing_docs)] // the names are the labels
        impl Classes {
            $(pub const $name: Self = Self(1 << $bit);)*

            /// Each class with its label, in the order in which labels are written.
            pub const TABLE: &[(Self, &str)] = &[$((Self::$name, $label)),*];
        }
    };
}

classes![
    (SYSTEM, 0, "system"),
    (CALL, 1, "call"),
    (LOG, 2, "log"),
    (VERBOSE, 3, "verbose"),
    (COMMAND, 4, "command"),
    (AGENT, 5, "agent"),
    (USER, 6, "user"),
    (CONFIG, 7, "config"),
    (DTMF, 8, "dtmf"),
    (REPORTING, 9, "reporting"),
    (CDR, 10, "cdr"),
    (DIALPLAN, 11, "dialplan"),
    (ORIGINATE, 12, "originate"),
    (AGI, 13, "agi"),
    (CC, 15, "cc"),
    (AOC, 16, "aoc"),
    (TEST, 17, "test"),
    (SECURITY, 18, "security"),
    (MESSAGE, 19, "message"),
];

impl Classes {
    /// No class.
    pub const NONE: Self = Self(0);

    /// Every class there is.
    pub const ALL: Self = Self(i32::MAX as u32);

    /// The class with that label (in any case), or all of them for `all`.
    pub fn by_label(label: &str) -> Option<Self> {
        if label.eq_ignore_ascii_case("all") {
            return Some(Self::ALL);
        }
        let found = Self::TABLE.iter().find(|row| row.1.eq_ignore_ascii_case(label));
        found.map(|row| row.0)
    }

    /// The classes with these numbers; numbers without a class count for nothing.
    pub fn from_bits(bits: u32) -> Self {
        Self(bits & Self::ALL.0)
    }

    /// The numbers.
    pub fn bits(self) -> u32 {
        self.0
    }

    /// Whether no class is in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether every class of `other` is in it: an event of `other` reaches who may see these.
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any class of `other` is in it: an action of `other` is allowed to who may do these.
    pub fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Writes the labels as `Privilege` and the list of actions show them: `call,reporting,all`; `<none>` for none.
    pub fn write_labels(self, text: &mut Text) {
        if self.is_empty() {
            text.value("<none>");
            return;
        }
        for (class, label) in Self::TABLE {
            if self.intersects(*class) {
                text.value(label);
                text.value(",");
            }
        }
        // "all" is every bit, so it shares one with any set.
        text.value("all");
    }

    /// The labels as text, as [`Self::write_labels`] writes them.
    pub fn labels(self) -> String {
        let mut text = Text::new();
        self.write_labels(&mut text);
        String::from_utf8_lossy(text.as_bytes()).into_owned()
    }
}

impl BitOr for Classes {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for Classes {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_stand_in_the_order_of_the_table_and_end_with_all() {
        assert_eq!(Classes::CALL.labels(), "call,all");
        assert_eq!((Classes::USER | Classes::SYSTEM).labels(), "system,user,all");
        assert_eq!(Classes::NONE.labels(), "<none>");
        assert_eq!(Classes::ALL.labels().split(',').count(), 20);
    }

    #[test]
    fn labels_are_read_in_any_case() {
        for (class, label) in Classes::TABLE {
            assert_eq!(Classes::by_label(&label.to_uppercase()), Some(*class));
        }
        assert_eq!(Classes::by_label("all"), Some(Classes::ALL));
        assert_eq!(Classes::by_label("nonsense"), None);
    }

    #[test]
    fn an_event_needs_all_its_classes_and_an_action_any() {
        let both = Classes::SYSTEM | Classes::USER;
        assert!(Classes::ALL.contains(both) && !Classes::USER.contains(both));
        assert!(Classes::USER.intersects(both) && !Classes::CALL.intersects(both));
        assert_eq!((both & Classes::USER).bits(), 64);
        assert_eq!(Classes::from_bits(u32::MAX), Classes::ALL);
    }
}
