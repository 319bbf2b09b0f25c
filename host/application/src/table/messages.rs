//! Models of messages, as the discovery documents describe them, by what they are about.

mod applications;
mod base;
mod bridges;
mod calls;
mod channels;
mod endpoints;
mod media;

use super::Model;

/// The models, in the order of the document.
pub(super) static EVENTS: &[&[Model]] = &[
    base::MODELS,
    media::MODELS,
    applications::MODELS,
    bridges::MODELS,
    channels::MODELS,
    endpoints::MODELS,
    calls::MODELS,
];
