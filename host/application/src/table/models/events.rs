//! Models of `events`.

use crate::table::{Model, Property};

pub(in crate::table) static MODELS: &[Model] = &[
    Model::new(
        "events",
        "ContactInfo",
        "A contact and whether it can be reached",
        &[
            Property::always("uri", "string"),
            Property::always("contact_status", "string").one_of(&[
                "Unreachable",
                "Reachable",
                "Unknown",
                "NonQualified",
                "Removed",
            ]),
            Property::always("aor", "string"),
            Property::maybe("roundtrip_usec", "string"),
        ],
    ),
    Model::new(
        "events",
        "Peer",
        "What became of an endpoint",
        &[
            Property::always("peer_status", "string"),
            Property::maybe("cause", "string"),
            Property::maybe("address", "string"),
            Property::maybe("port", "string"),
            Property::maybe("time", "string"),
        ],
    ),
    Model::new(
        "events",
        "ReferTo",
        "Where a transfer leads",
        &[
            Property::always("requested_destination", "RequiredDestination"),
            Property::maybe("destination_channel", "Channel"),
            Property::maybe("connected_channel", "Channel"),
            Property::maybe("bridge", "Bridge"),
        ],
    ),
    Model::new(
        "events",
        "ReferredBy",
        "Who asked for a transfer",
        &[
            Property::always("source_channel", "Channel"),
            Property::maybe("connected_channel", "Channel"),
            Property::maybe("bridge", "Bridge"),
        ],
    ),
    Model::new(
        "events",
        "RequiredDestination",
        "The destination that was asked for",
        &[
            Property::maybe("protocol_id", "string"),
            Property::maybe("destination", "string"),
            Property::maybe("additional_protocol_params", "List[AdditionalParam]"),
        ],
    ),
    Model::new(
        "events",
        "AdditionalParam",
        "One more parameter",
        &[
            Property::always("parameter_name", "string"),
            Property::always("parameter_value", "string"),
        ],
    ),
    Model::new(
        "events",
        "RESTHeader",
        "A header",
        &[
            Property::always("name", "string"),
            Property::always("value", "string"),
        ],
    ),
    Model::new(
        "events",
        "RESTQueryStringParameter",
        "A parameter of a query",
        &[
            Property::always("name", "string"),
            Property::always("value", "string"),
        ],
    ),
    Model::new(
        "events",
        "RESTRequest",
        "A request on the socket",
        &[
            Property::always("type", "string"),
            Property::always("transaction_id", "string"),
            Property::always("request_id", "string"),
            Property::always("method", "string"),
            Property::always("uri", "string"),
            Property::maybe("content_type", "string"),
            Property::maybe("query_strings", "List[RESTQueryStringParameter]"),
            Property::maybe("message_body", "string"),
        ],
    ),
];
