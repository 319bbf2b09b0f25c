//! Tests of the language as a whole.

mod language;
mod round_trip;
