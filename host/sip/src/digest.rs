//! Who a request comes from, by digest (RFC 7616, RFC 2617).
