//! Operations of `deviceStates`.
use super::{At, Method, Parameter, Row, shared};
pub(super) static OPERATIONS: &[Row] = &[
    Row {
        method: Method::Get,
        path: "/deviceStates",
        resource: "deviceStates",
        name: "list",
        summary: "ARI-owned device states",
        parameters: &[],
        response: "List[DeviceState]",
        errors: &[],
        is_websocket: false,
    },
    Row {
        method: Method::Get,
        path: "/deviceStates/{deviceName}",
        resource: "deviceStates",
        name: "get",
        summary: "One device state",
        parameters: &[shared::DEVICE_NAME],
        response: "DeviceState",
        errors: &[],
        is_websocket: false,
    },
    Row {
        method: Method::Put,
        path: "/deviceStates/{deviceName}",
        resource: "deviceStates",
        name: "update",
        summary: "Set ARI-owned state; name must start with Stasis:",
        parameters: &[
            shared::DEVICE_NAME,
            Parameter::new(At::Query, "deviceState", "string", "Its new state")
                .required()
                .one_of(&[
                    "NOT_INUSE",
                    "INUSE",
                    "BUSY",
                    "INVALID",
                    "UNAVAILABLE",
                    "RINGING",
                    "RINGINUSE",
                    "ONHOLD",
                ]),
        ],
        response: "void",
        errors: &[(404, "There is no such thing"), (409, "Not possible now")],
        is_websocket: false,
    },
    Row {
        method: Method::Delete,
        path: "/deviceStates/{deviceName}",
        resource: "deviceStates",
        name: "delete",
        summary: "Drop ARI-owned state",
        parameters: &[shared::DEVICE_NAME],
        response: "void",
        errors: &[(404, "There is no such thing"), (409, "Not possible now")],
        is_websocket: false,
    },
];
