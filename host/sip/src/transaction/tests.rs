//! The transaction machines by their own messages and timers.
