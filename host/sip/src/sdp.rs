//! What a session description says (RFC 8866).
