//! What may a simulation of the host do to guests? Look at every request of one that steers calls, end it there, and say
//! when a decision gets a processor.

use std::future::{Future, pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use ucx_call::ChannelId;

use crate::limits::CpuMeter;
use crate::web::BoxFuture;

/// A request that a call flow or an application makes of the host, as it is made.
#[derive(Clone, Copy, Debug)]
pub struct FlowRequest<'a> {
    /// Whose instance.
    pub plugin: &'a str,
    /// On which generation.
    pub generation: u64,
    /// The call it leads; an application leads none.
    pub caller: Option<ChannelId>,
    /// Which of the instance's requests, from 1.
    pub number: u64,
}

/// What becomes of an instance at a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It goes on.
    #[default]
    Lives,
    /// It traps just before the request reaches the host.
    TrapsBefore,
    /// It traps while the host works on the request, once that was begun.
    TrapsDuring,
    /// It traps with the answer in its hands, before it made anything of it.
    TrapsAfter,
}

impl Fate {
    /// Does the work of a request, and has the instance trap where it is to.
    pub(crate) async fn befall<T>(self, cpu: &CpuMeter, work: impl Future<Output = T>) -> T {
        match self {
            Self::Lives => return work.await,
            Self::TrapsBefore => {}
            Self::TrapsDuring => {
                let mut work = pin!(work);
                poll_fn(|context| {
                    // Once is enough for the request to be on its way.
                    drop(work.as_mut().poll(context));
                    Poll::Ready(())
                })
                .await;
            }
            Self::TrapsAfter => drop(work.await),
        }
        cpu.doom();
        // Whoever polls the guest looks at the meter next, and never comes back.
        pending().await
    }
}

/// Sees every request of an instance that steers calls before it is carried out, and says what becomes of the instance.
pub type RequestSpy = Arc<dyn Fn(FlowRequest<'_>) -> Fate + Send + Sync>;

/// Stands in for the processors that decide: waits until one is free and spends that long on it. A decision waits for no
/// time before its first instruction, and after each millisecond's worth of them for that millisecond. For simulations,
/// where instructions are counted and take no time by themselves.
pub type Processors = Arc<dyn Fn(Duration) -> BoxFuture<()> + Send + Sync>;

/// What a decision gets of the processors.
pub(crate) struct Share {
    processors: Option<Processors>,
    turn: Option<BoxFuture<()>>,
}

impl Share {
    /// A share of these; without them there is no waiting.
    pub(crate) fn of(processors: Option<&Processors>) -> Self {
        Self {
            turn: processors.map(|processors| processors(Duration::ZERO)),
            processors: processors.cloned(),
        }
    }

    /// Polls a guest that has used up what it had of a processor when it gives up the thread without waiting for the host.
    pub(crate) fn poll<F: Future>(
        &mut self,
        context: &mut Context<'_>,
        cpu: &CpuMeter,
        work: Pin<&mut F>,
    ) -> Poll<F::Output> {
        if let Some(turn) = &mut self.turn {
            ready!(turn.as_mut().poll(context));
            self.turn = None;
        }
        let polled = work.poll(context);
        if polled.is_pending()
            && !cpu.is_waiting()
            && let Some(processors) = &self.processors
        {
            self.turn = Some(processors(Duration::from_millis(1)));
            // The new wait has to be looked at, so that it wakes this task.
            context.waker().wake_by_ref();
        }
        polled
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio::time::Instant;

    /// Polls a doomed request once; whether it was begun, and whether it was finished.
    fn befallen(fate: Fate) -> (u32, bool, bool) {
        let (cpu, steps) = (CpuMeter::default(), AtomicU32::new(0));
        let work = async {
            steps.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            steps.fetch_add(1, Ordering::Relaxed);
        };
        let is_over = {
            let mut done = pin!(fate.befall(&cpu, work));
            let mut context = Context::from_waker(std::task::Waker::noop());
            (0..4).any(|_| done.as_mut().poll(&mut context).is_ready())
        };
        (steps.into_inner(), is_over, cpu.is_doomed())
    }

    #[test]
    fn an_instance_traps_before_while_or_after_its_request() {
        assert_eq!(befallen(Fate::Lives), (2, true, false));
        assert_eq!(befallen(Fate::TrapsBefore), (0, false, true));
        assert_eq!(befallen(Fate::TrapsDuring), (1, false, true));
        assert_eq!(befallen(Fate::TrapsAfter), (2, false, true));
    }

    #[tokio::test(start_paused = true)]
    async fn who_computes_pays_for_each_slice_and_who_waits_does_not() {
        let processors: Processors = Arc::new(|spent| Box::pin(tokio::time::sleep(spent)));
        let cpu = CpuMeter::default();
        let began = Instant::now();
        let mut share = Share::of(Some(&processors));
        let mut work = pin!(async {
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
            cpu.wait_begins();
            tokio::time::sleep(Duration::from_secs(1)).await;
            cpu.wait_ends(false);
        });
        poll_fn(|context| share.poll(context, &cpu, work.as_mut())).await;
        let paid = began.elapsed() - Duration::from_secs(1);
        assert_eq!(paid, Duration::from_millis(3));
    }
}
