//! What plays and is recorded in bridges.
