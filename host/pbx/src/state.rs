//! What the control thread holds beside the switch: a record per channel under dialplan control, the waiting originates,
//! the readers of the stream and the actions that drivers have not taken yet.

use crate::agreed::Agreed;
use crate::async_gateway::AsyncCommand;
use crate::database::Database;
use crate::endpoints::Endpoints;
use crate::gosub::Frame;
use crate::inbox::Inbox;
use crate::line::{HeaderLines, JobSender};
use crate::originate::{OnlyApplication, Pending};
use crate::scope::Quota;
use crate::subscription::Publisher;
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::task::JoinHandle;
use ucx_call::{
    Action, Cause, ChannelId, DialId, DialStatus, Event, EventKind, MediaStatistics, Place, RecordingId,
    Report,
};
use ucx_presence::Presence;
use ucx_switch::Switch;

/// Failed legs remembered for one channel; of more the oldest are forgotten.
const FAILED_LEGS_MAX: usize = 64;

/// How long the dialplan waits for the caller's digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For the next digit of an extension.
    pub digit: Duration,
    /// For the first.
    pub response: Duration,
    /// When the channel's time is up, since the host started.
    pub absolute_at: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            digit: Duration::from_secs(5),
            response: Duration::from_secs(10),
            absolute_at: None,
        }
    }
}

/// Something went wrong in the dialplan and its `e` extension shall see to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// What.
    pub reason: Arc<str>,
    /// Where.
    pub place: Place,
}

/// What is kept of a channel that the dialplan runs on.
#[derive(Default)]
pub(crate) struct Driven {
    pub inbox: Inbox,
    pub timeouts: Timeouts,
    pub frames: Vec<Frame>,
    /// Where the step stands whose arguments are being substituted; the snapshot follows.
    pub place: Option<Place>,
    /// The cause the dialplan itself gave for the end, or none.
    pub cause: Cause,
    /// The cause that stands if neither the dialplan nor the switch knows one.
    pub cause_by_default: Cause,
    /// What was raised last, and where.
    pub exception: Option<Exception>,
    /// Legs this channel dialled that did not get through, newest first.
    pub failed_legs: VecDeque<(Arc<str>, Cause)>,
    /// An application to run instead of the dialplan.
    pub application: Option<OnlyApplication>,
    /// What was played last was stopped by somebody who does not drive the channel.
    pub is_stopped: bool,
    /// Where work for the application that serves the channel goes.
    pub jobs: Option<JobSender>,
    /// Where Gateway commands of Manager clients go.
    pub commands: Option<mpsc::Sender<AsyncCommand>>,
    pub task: Option<JoinHandle<()>>,
}

/// A line that listens.
pub(crate) struct Listener {
    pub channel: ChannelId,
    pub samples: mpsc::Sender<Arc<[i16]>>,
}

/// Everything that changes. Borrowed for one mutation and its drain, never across an await.
pub(crate) struct State {
    pub switch: Switch,
    pub driven: BTreeMap<ChannelId, Driven>,
    pub originates: BTreeMap<DialId, Pending>,
    pub publishers: Vec<Publisher>,
    pub actions: VecDeque<Action>,
    /// The timeout the control loop knows of.
    pub timeout: Option<Duration>,
    pub random: ChaCha8Rng,
    pub calls: u64,
    pub database: Database,
    pub endpoints: Endpoints,
    pub presence: Presence,
    /// Recordings that a line asked for, and whose.
    pub recordings: BTreeMap<RecordingId, ChannelId>,
    pub reports: broadcast::Sender<Report>,
    /// What those with a scope have used of it, by their names.
    pub quotas: BTreeMap<Arc<str>, Quota>,
    /// Lines that listen, and where the samples go.
    pub listeners: BTreeMap<RecordingId, Listener>,
    /// Headers of the requests that made channels.
    pub headers: BTreeMap<ChannelId, HeaderLines>,
    /// What drivers know of the far ends of channels.
    pub agreed: BTreeMap<ChannelId, Agreed>,
    /// Who waits for how the media of a channel goes.
    pub measures: Vec<(ChannelId, oneshot::Sender<Option<MediaStatistics>>)>,
}

impl State {
    /// Tells the readers.
    pub(crate) fn publish(&mut self, event: Event) {
        if let EventKind::DialEnded {
            caller: Some(caller),
            peer,
            status,
            ..
        } = &event.kind
            && *status != DialStatus::Answer
            && let Some(driven) = self.driven.get_mut(&caller.id)
        {
            driven.failed_legs.truncate(FAILED_LEGS_MAX - 1);
            driven.failed_legs.push_front((peer.name.clone(), peer.cause));
        }
        if self.publishers.is_empty() {
            return;
        }
        let event = Arc::new(event);
        self.publishers.retain(|publisher| publisher.push(&event));
    }

    pub(crate) fn inbox(&mut self, channel: ChannelId) -> Option<&mut Inbox> {
        self.driven.get_mut(&channel).map(|driven| &mut driven.inbox)
    }
}
