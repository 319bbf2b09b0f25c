//! How devices, extensions and people are: device states, hints and presence, as a pure fold of what is told.
