//! How is a router asked from outside? On the guests' threads, unless there is too much to do for that already.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::{CalledOff, PluginHost};
use crate::manifest::Fallback;
use crate::plugin::Plugin;
use crate::values::{NoVerdict, RouteOutcome, RouteRequest};

/// How long after a decision's limit by the clock its caller goes on without it: the threads of components, which keep that
/// limit, stand behind all others and may get no processor.
const GRACE: Duration = Duration::from_millis(50);

/// What came of a question at once.
enum Asked {
    Begun(JoinHandle<RouteOutcome>, Waiting),
    Shed(Box<RouteOutcome>),
}

/// Somebody who waits for an answer.
struct Waiting {
    plugin: Arc<Plugin>,
    call: String,
    wall: Duration,
    /// How long it may wait beforehand, until its plugin has heard what was before.
    patience: Duration,
}

impl PluginHost {
    /// Asks a router where a call goes. Dropping the future calls the question off.
    pub fn route(
        &self,
        plugin: &str,
        request: RouteRequest,
    ) -> impl Future<Output = RouteOutcome> + Send + use<> {
        let asked = self.plugin(plugin).map(|plugin| {
            // Here and not on the guests' threads, which have too much to do already if it is refused.
            let active = plugin.active();
            let wall = active.rights.router.wall;
            let patience = Duration::from_millis(active.manifest.delivery.heard_first_ms.into());
            let Some(admitted) = plugin.gate.admit(wall) else {
                let outcome = crate::router::unasked(&plugin, &request.call, NoVerdict::Overloaded);
                return Asked::Shed(Box::new(outcome));
            };
            let (reports, me) = (Arc::clone(&self.reports), Weak::clone(&self.me));
            let waiting = Waiting {
                plugin: Arc::clone(&plugin),
                call: request.call.clone(),
                wall,
                patience,
            };
            let asked = self.runtime.spawn(async move {
                let _admitted = admitted;
                crate::router::route(&me, &plugin, &reports, request).await
            });
            Asked::Begun(asked, waiting)
        });
        async move {
            let nobody = |reason| RouteOutcome::Fallback {
                reason,
                fallback: Fallback::Pass,
                generation: 0,
            };
            let (asked, waiting) = match asked {
                None => return nobody(NoVerdict::NoSuchRouter),
                Some(Asked::Shed(outcome)) => return *outcome,
                Some(Asked::Begun(asked, waiting)) => (asked, waiting),
            };
            let _called_off = CalledOff(asked.abort_handle());
            match timeout(waiting.patience + waiting.wall + GRACE, asked).await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(error)) => nobody(NoVerdict::Trapped(error.to_string())),
                Err(_) => {
                    let late = NoVerdict::TimedOut(waiting.wall);
                    crate::router::unasked(&waiting.plugin, &waiting.call, late)
                }
            }
        }
    }
}
