//! Where the dialplan goes on after a session, as its program said part by part.

use std::sync::Arc;
use ucx_call::Place;

/// The parts of a place that were said.
#[derive(Debug, Default)]
pub(crate) struct NextPlace {
    /// The context.
    pub context: Option<Arc<str>>,
    /// The extension.
    pub exten: Option<Arc<str>>,
    /// The priority.
    pub priority: Option<u32>,
}

impl NextPlace {
    /// The place to go on at, if anything was said: what was not is as it is here, and the priority is the next one.
    pub fn over(&self, here: &Place) -> Option<Place> {
        if self.context.is_none() && self.exten.is_none() && self.priority.is_none() {
            return None;
        }
        Some(Place {
            context: self.context.clone().unwrap_or_else(|| here.context.clone()),
            exten: self.exten.clone().unwrap_or_else(|| here.exten.clone()),
            priority: self.priority.unwrap_or(here.priority + 1),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_said_stays_as_it_is() {
        let here = Place::new("main", "100", 3);
        let mut next = NextPlace::default();
        assert_eq!(next.over(&here), None);
        next.context = Some(Arc::from("other"));
        assert_eq!(next.over(&here), Some(Place::new("other", "100", 4)));
        next.exten = Some(Arc::from("s"));
        next.priority = Some(1);
        assert_eq!(next.over(&here), Some(Place::new("other", "s", 1)));
    }
}
