//! Models of messages about endpoints.

use crate::table::{Model, Property};

pub(in crate::table) static MODELS: &[Model] = &[
    Model::new(
        "events",
        "ContactStatusChange",
        "Told to applications: contact status change",
        &[
            Property::always("endpoint", "Endpoint"),
            Property::always("contact_info", "ContactInfo"),
        ],
    ),
    Model::new(
        "events",
        "PeerStatusChange",
        "Told to applications: peer status change",
        &[
            Property::always("endpoint", "Endpoint"),
            Property::always("peer", "Peer"),
        ],
    ),
    Model::new(
        "events",
        "EndpointStateChange",
        "Told to applications: endpoint state change",
        &[Property::always("endpoint", "Endpoint")],
    ),
];
