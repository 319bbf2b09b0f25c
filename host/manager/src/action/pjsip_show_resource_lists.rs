//! PJSIPShowResourceLists: lists of resources that can be watched as one; there are none.

use super::objects::CLASSES;
use super::{Action, Work};

pub(super) static ACTION: Action = Action {
    name: "PJSIPShowResourceLists",
    synopsis: "List the lists of resources that can be watched as one.",
    arguments: &[],
    classes: CLASSES,
    work: Work::Desk(|_| Box::pin(async { Err("No resource lists found".into()) })),
};
