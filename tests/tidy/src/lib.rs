//! The floor plan and the style, as tests.
