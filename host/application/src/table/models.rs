//! Models of things, as the discovery documents describe them, one file per resource.

mod applications;
mod asterisk;
mod bridges;
mod channels;
mod device_states;
mod endpoints;
mod events;
mod mailboxes;
mod playbacks;
mod recordings;
mod sounds;

use super::Model;

/// The models of each resource, in the order of its document.
pub(super) static MODELS: &[&[Model]] = &[
    asterisk::MODELS,
    channels::MODELS,
    endpoints::MODELS,
    bridges::MODELS,
    recordings::MODELS,
    sounds::MODELS,
    playbacks::MODELS,
    device_states::MODELS,
    mailboxes::MODELS,
    events::MODELS,
    applications::MODELS,
];
