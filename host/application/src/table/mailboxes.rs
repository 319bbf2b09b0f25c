//! Operations of `mailboxes`.
use super::{At, Method, Parameter, Row};
pub(super) static OPERATIONS: &[Row] = &[
    Row {
        method: Method::Get,
        path: "/mailboxes",
        resource: "mailboxes",
        name: "list",
        summary: "Mailboxes",
        parameters: &[],
        response: "List[Mailbox]",
        errors: &[],
        is_websocket: false,
    },
    Row {
        method: Method::Get,
        path: "/mailboxes/{mailboxName}",
        resource: "mailboxes",
        name: "get",
        summary: "One mailbox",
        parameters: &[
            Parameter::new(At::Path, "mailboxName", "string", "The mailbox, by its name").required(),
        ],
        response: "Mailbox",
        errors: &[(404, "Mailbox is does not exist")],
        is_websocket: false,
    },
    Row {
        method: Method::Put,
        path: "/mailboxes/{mailboxName}",
        resource: "mailboxes",
        name: "update",
        summary: "Set counts",
        parameters: &[
            Parameter::new(At::Path, "mailboxName", "string", "The mailbox, by its name").required(),
            Parameter::new(At::Query, "oldMessages", "int", "Messages that were heard").required(),
            Parameter::new(At::Query, "newMessages", "int", "Messages that were not").required(),
        ],
        response: "void",
        errors: &[(404, "There is no such thing")],
        is_websocket: false,
    },
    Row {
        method: Method::Delete,
        path: "/mailboxes/{mailboxName}",
        resource: "mailboxes",
        name: "delete",
        summary: "Delete mailbox",
        parameters: &[
            Parameter::new(At::Path, "mailboxName", "string", "The mailbox, by its name").required(),
        ],
        response: "void",
        errors: &[(404, "Mailbox does not exist")],
        is_websocket: false,
    },
];
