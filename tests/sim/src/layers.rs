//! `Layers()`: an application that drives its channel through two layers of control and tries a lease that is not on top.

use crate::stage::Stage;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::Holder;
use ucx_pbx::{Application, Ending, Help, Line, LocalBoxFuture, Pbx};

/// How long the layers stay if nobody takes the channel away.
const STAY: Duration = Duration::from_millis(1_500);

/// The host's own calls, once there are some. It holds this application itself, so that somebody has to part the two.
#[derive(Clone, Default)]
pub(crate) struct Own(Rc<RefCell<Option<Pbx>>>);

impl Own {
    pub(crate) fn set(&self, pbx: Pbx) {
        self.0.replace(Some(pbx));
    }

    fn pbx(&self) -> Option<Pbx> {
        self.0.borrow().clone()
    }
}

/// Parts the application from the calls at the end of the host.
pub(crate) struct Parted(pub(crate) Own);

impl Drop for Parted {
    fn drop(&mut self) {
        drop(self.0.0.take());
    }
}

pub(crate) struct Layers {
    pub pbx: Own,
    pub stage: Rc<Stage>,
}

impl Application for Layers {
    fn name(&self) -> &'static str {
        "Layers"
    }

    fn help(&self) -> &'static Help {
        &Help::NONE
    }

    fn run<'a>(&'a self, line: &'a mut Line, _args: &'a str) -> LocalBoxFuture<'a, Result<(), Ending>> {
        Box::pin(async move {
            let below = line.lease();
            for layer in ["outer", "inner"] {
                line.push_lease(Holder::Application(Arc::from(layer)))?;
            }
            self.try_lease(below);
            // Whatever ended the wait: the layers are taken away from the top, and the switch tells whoever is below.
            let _ = line.wait(STAY).await;
            line.pop_lease();
            line.pop_lease();
            Ok(())
        })
    }
}

impl Layers {
    #[cfg(feature = "faults")]
    fn try_lease(&self, lease: ucx_call::Lease) {
        if let Some(pbx) = self.pbx.pbx()
            && pbx.answer_with(lease).is_ok()
        {
            self.stage
                .note_broken("a lease that is not on top drives its channel");
        }
    }

    #[cfg(not(feature = "faults"))]
    fn try_lease(&self, lease: ucx_call::Lease) {
        let top = self
            .pbx
            .pbx()
            .and_then(|pbx| pbx.with_switch(|switch| switch.top_lease(lease.channel)));
        if top == Some(lease) {
            self.stage
                .note_broken("a lease is on top though two others are above it");
        }
    }
}
