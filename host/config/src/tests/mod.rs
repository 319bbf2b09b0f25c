//! Tests of the language as a whole.

mod files;
mod language;
mod round_trip;
