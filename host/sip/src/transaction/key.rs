//! By what is a transaction found again? The matching rules of RFC 3261 sections 17.1.3 and 17.2.3.

use crate::ident::Ident;
use crate::via::MAGIC_COOKIE;

/// The key of a reply's client transaction.
pub(super) fn client_key(branch: &str, method: &str) -> String {
    [branch, " ", method].concat()
}

/// The key of a request's server transaction (RFC 3261 section 17.2.3; section 17.2.3's second half for peers of RFC 2543).
pub(super) fn server_key(ident: &Ident, method: &str) -> String {
    if ident.branch.starts_with(MAGIC_COOKIE) {
        return [&ident.branch, " ", &ident.sent_by, " ", method].concat();
    }
    let cseq = ident.cseq.to_string();
    [
        &ident.call_id,
        " ",
        &ident.from_tag,
        " ",
        &cseq,
        " ",
        &ident.uri,
        " ",
        &ident.via,
        " ",
        method,
    ]
    .concat()
}

/// The key that two copies of one request share, whatever way they came (section 8.2.2.2).
pub(super) fn merge_key(ident: &Ident) -> String {
    let cseq = ident.cseq.to_string();
    [
        &ident.from_tag,
        " ",
        &cseq,
        " ",
        ident.method.as_str(),
        " ",
        &ident.call_id,
    ]
    .concat()
}
