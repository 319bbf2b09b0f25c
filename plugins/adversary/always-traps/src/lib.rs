//! What becomes of a call whose router traps at every question? Nothing bad: this is the router to see it with.

use ucx::prelude::*;

ucx::router!(route);

fn route(request: &RouteRequest) -> Answer {
    panic!("trapping on purpose at the question about {}", request.dialled)
}
