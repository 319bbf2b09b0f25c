//! The Application interface (ARI): HTTP, WebSocket, Stasis; one file per resource, one per model.
