//! Conversations of whole endpoints over a simulated network with virtual time.
