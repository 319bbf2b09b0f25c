//! The plane under virtual time, with phones at the ends of its streams.

mod bounds;
mod digits;
mod mix;
mod relay;
mod reports;
mod sources;
mod whisper;
mod world;
