//! Work brought to the task that holds a channel, from any thread.

use super::{Ending, Line};
use crate::LocalBoxFuture;
use std::fmt;
use tokio::sync::{mpsc, oneshot};
use ucx_call::{ChannelId, Principal, Refusal};

/// Pieces of work that may wait for one channel; a further one is refused.
const LINE_JOBS_MAX: usize = 256;

type Work = Box<dyn for<'a> FnOnce(&'a mut Line) -> LocalBoxFuture<'a, ()> + Send>;

/// A piece of work somebody brought to a channel.
pub struct LineJob {
    principal: Principal,
    work: Work,
}

impl LineJob {
    /// Does it, with the rights of whoever brought it; whoever waits for its answer gets it.
    pub async fn run(self, line: &mut Line) {
        let own = std::mem::replace(&mut line.principal, self.principal);
        (self.work)(line).await;
        line.principal = own;
    }
}

impl fmt::Debug for LineJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineJob")
            .field("principal", &self.principal)
            .finish_non_exhaustive()
    }
}

/// The work brought to one channel, for the application that serves it. Dropping it ends the service.
pub struct LineJobs(mpsc::Receiver<LineJob>);

impl LineJobs {
    /// The next piece of work, in the order they were brought; safe to be given up half-way. It never ends by itself.
    pub async fn next(&mut self) -> LineJob {
        match self.0.recv().await {
            Some(job) => job,
            // Only another application on the same channel can have taken the service over.
            None => std::future::pending().await,
        }
    }
}

impl fmt::Debug for LineJobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineJobs").finish_non_exhaustive()
    }
}

pub(crate) type JobSender = mpsc::Sender<LineJob>;

/// A channel whose application serves requests; usable on any thread.
#[derive(Clone)]
pub struct LineRemote {
    channel: ChannelId,
    principal: Principal,
    jobs: JobSender,
}

impl LineRemote {
    pub(crate) fn new(channel: ChannelId, principal: Principal, jobs: JobSender) -> Self {
        Self {
            channel,
            principal,
            jobs,
        }
    }

    /// The channel's id.
    pub fn id(&self) -> ChannelId {
        self.channel
    }

    /// Whether the application still serves.
    pub fn is_served(&self) -> bool {
        !self.jobs.is_closed()
    }

    /// Runs work in the task that holds the channel, and answers what it said.
    ///
    /// # Errors
    /// [`Refusal::Conflict`] if the application serves no more, or ended before it came to it; [`Refusal::Full`].
    pub async fn run<T, F>(&self, work: F) -> Result<T, Refusal>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a mut Line) -> LocalBoxFuture<'a, T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.send(move |line| {
            Box::pin(async move {
                // Whoever asked may have given up waiting.
                let _ = reply.send(work(line).await);
            })
        })?;
        answer.await.map_err(|_| LEFT)
    }

    fn send<F>(&self, work: F) -> Result<(), Refusal>
    where
        F: for<'a> FnOnce(&'a mut Line) -> LocalBoxFuture<'a, ()> + Send + 'static,
    {
        let job = LineJob {
            principal: self.principal.clone(),
            work: Box::new(work),
        };
        self.jobs.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Refusal::Full("requests waiting for the channel"),
            mpsc::error::TrySendError::Closed(_) => LEFT,
        })
    }
}

impl fmt::Debug for LineRemote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineRemote")
            .field("channel", &self.channel)
            .field("principal", &self.principal)
            .finish_non_exhaustive()
    }
}

/// Why nobody does the work.
pub(crate) const LEFT: Refusal = Refusal::Conflict("no application serves requests on the channel");

impl Line {
    /// From now on [`crate::Desk::line`] finds this channel: whoever calls this takes the work from what it returns and runs
    /// it, until that is dropped. A further call takes the service over.
    ///
    /// # Errors
    /// [`Ending::Interrupted`] if the channel is over.
    pub fn serve_jobs(&mut self) -> Result<LineJobs, Ending> {
        let (sender, jobs) = mpsc::channel(LINE_JOBS_MAX);
        self.pbx.with_driven(self.channel, |driven| {
            driven.jobs = Some(sender);
            Ok(())
        })?;
        Ok(LineJobs(jobs))
    }
}
