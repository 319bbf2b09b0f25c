//! The task of a leg that an instance steers: it serves the instance's orders, and hears what happens meanwhile.

use std::future::Future;
use std::pin::pin;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use ucx_call::Holder;
use ucx_pbx::{Ending, Line};

use super::Deck;
use crate::flow::{Exit, Order};

/// Why a leg is no longer steered.
pub(crate) enum Parting<T> {
    /// It was taken away, or ended itself.
    Ended(Ending),
    /// The instance sent it elsewhere.
    Left(Exit),
    /// What was waited for is there.
    Done(T),
    /// The instance let go of it.
    LetGo,
}

/// Serves a leg until it is taken away, sent elsewhere, or `until` is there. Without anything to wait for it is let go of
/// when nobody can order anything any more.
///
/// The orders go with it, so that whoever waits for an answer is told that the leg is gone.
pub(crate) async fn serve<T>(
    line: &mut Line,
    deck: &mut Deck,
    holder: Holder,
    mut orders: mpsc::Receiver<Order>,
    until: Option<impl Future<Output = T>>,
) -> Parting<T> {
    if let Err(ending) = line.push_lease(holder) {
        return Parting::Ended(ending);
    }
    line.forget_notices();
    line.want_events(true);
    let is_led = until.is_some();
    let until = async {
        match until {
            Some(until) => until.await,
            None => std::future::pending().await,
        }
    };
    let parting = attend(line, deck, &mut orders, until, is_led).await;
    if let Parting::Ended(_) = parting {
        // What led to the end came before it.
        while let Some(event) = line.try_event() {
            deck.hear(line, event);
        }
        deck.tell_end(line);
    }
    if let Parting::LetGo | Parting::Done(_) = parting {
        // An instance that failed may have begun a dial that it never heard of.
        deck.forget_dial(line);
    }
    deck.close(line);
    line.pop_lease();
    parting
}

async fn attend<T>(
    line: &mut Line,
    deck: &mut Deck,
    orders: &mut mpsc::Receiver<Order>,
    until: impl Future<Output = T>,
    is_led: bool,
) -> Parting<T> {
    let mut until = pin!(until);
    let mut is_ordered = true;
    loop {
        let deadline = deck.deadline();
        tokio::select! {
            biased;
            event = line.next_event() => match event {
                Ok(event) => deck.hear(line, event),
                Err(ending) => return Parting::Ended(ending),
            },
            order = orders.recv(), if is_ordered => match order {
                None if is_led => is_ordered = false,
                None => return Parting::LetGo,
                Some(Order::Short(work)) => work(line, deck),
                Some(Order::Leave(exit)) => return Parting::Left(exit),
                Some(Order::Long(work)) => tokio::select! {
                    biased;
                    ending = work(line) => if let Some(ending) = ending {
                        return Parting::Ended(ending);
                    },
                    done = &mut until => return Parting::Done(done),
                },
            },
            done = &mut until => return Parting::Done(done),
            () = at(deadline) => deck.time_is_up(line),
        }
    }
}

async fn at(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
