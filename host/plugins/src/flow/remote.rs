//! How does an instance on a worker ask something of a leg, whose task lives on the control thread?

use tokio::sync::{mpsc, oneshot};
use ucx_call::{ChannelId, Place, Refusal};
use ucx_pbx::{Ending, Line, LocalBoxFuture};

use crate::bindings::ucx::types::common::Error;
use crate::telephony::{Deck, refused};

/// Orders that may wait for one leg; an instance waits for the answer of each, so only farewells pile up.
const ORDERS_MAX: usize = 64;

/// Something done at once.
type Short = Box<dyn FnOnce(&mut Line, &mut Deck) + Send>;
/// Something that takes the leg for a while; what it ended with, if the leg is to end.
type Long = Box<dyn for<'a> FnOnce(&'a mut Line) -> LocalBoxFuture<'a, Option<Ending>> + Send>;

/// What is asked of a leg.
pub(crate) enum Order {
    Short(Short),
    Long(Long),
    Leave(Exit),
}

/// How a leg leaves an instance at its wish.
pub(crate) enum Exit {
    /// To the dialplan, there.
    Continue(Place),
    /// It is connected with another channel that waits to be taken, and ends as after `Dial`.
    Connect(ChannelId),
    /// It waits to be taken; whoever asked is told when it does.
    Surrender(oneshot::Sender<Result<(), Error>>),
}

/// The way to a leg. With the last one the leg is released.
#[derive(Clone, Debug)]
pub(crate) struct Remote(mpsc::Sender<Order>);

impl Remote {
    /// A way, and where it leads to.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Order>) {
        let (sender, orders) = mpsc::channel(ORDERS_MAX);
        (Self(sender), orders)
    }

    /// Whether the leg is still served.
    pub(crate) fn is_served(&self) -> bool {
        !self.0.is_closed()
    }

    /// Does something at once, in the leg's task.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Line, &mut Deck) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        self.send(Order::Short(Box::new(move |line, deck| {
            // Whoever asked may be gone.
            let _ = reply.send(work(line, deck));
        })))
        .await?;
        answer.await.unwrap_or(Err(Error::Gone))
    }

    /// Takes the leg for as long as that lasts.
    pub(crate) async fn take<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a mut Line) -> LocalBoxFuture<'a, Result<T, Ending>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.send(Order::Long(Box::new(move |line| {
            Box::pin(async move {
                let (said, ending) = match work(line).await {
                    Ok(value) => (Ok(value), None),
                    Err(Ending::Refused(refusal)) => (Err(refused(refusal)), None),
                    Err(ending) => (Err(Error::Gone), Some(ending)),
                };
                let _ = reply.send(said);
                ending
            })
        })))
        .await?;
        answer.await.unwrap_or(Err(Error::Gone))
    }

    /// Lets the leg go.
    pub(crate) async fn leave(&self, exit: Exit) -> Result<(), Error> {
        self.send(Order::Leave(exit)).await
    }

    /// Does something if the leg is still there; nobody waits for it.
    pub(crate) fn farewell(&self, work: impl FnOnce(&mut Line, &mut Deck) + Send + 'static) {
        // A leg that is gone, or has more to do than it can, needs no farewell: its end clears up as well.
        let _ = self.0.try_send(Order::Short(Box::new(work)));
    }

    async fn send(&self, order: Order) -> Result<(), Error> {
        self.0.send(order).await.map_err(|_| Error::Gone)
    }
}

/// What a refusal is called that comes without a leg.
pub(crate) fn desk_refused(refusal: Refusal) -> Error {
    match refusal {
        Refusal::NoSuchChannel => Error::NotFound,
        other @ (Refusal::NoSuchBridge
        | Refusal::NoSuchDial
        | Refusal::NoSuchExtension
        | Refusal::NotInControl
        | Refusal::Interrupted(_)
        | Refusal::Invalid(_)
        | Refusal::Conflict(_)
        | Refusal::Full(_)
        | Refusal::Denied(_)
        | Refusal::Shutdown) => refused(other),
    }
}
