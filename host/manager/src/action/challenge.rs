//! Challenge: what is to be hashed with the secret, so that the secret need not be sent.

use super::{Action, Work, required};
use crate::session::{Session, Step, View};
use crate::{Reply, Request};

pub(super) static ACTION: Action = Action {
    name: "Challenge",
    synopsis: "Ask for the challenge of a login by digest.",
    arguments: &[required("AuthType", "The digest: MD5.")],
    classes: &[],
    work: Work::Session(run),
};

fn run(session: &mut Session, request: &Request, _: &View<'_>) -> Step {
    if !request.text("AuthType").eq_ignore_ascii_case("MD5") {
        return Reply::error(request, "Must specify AuthType").into();
    }
    session.is_challenged = true;
    Reply::success(request)
        .line("Challenge", &session.challenge)
        .end()
        .into()
}
