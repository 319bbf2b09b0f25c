//! What do the instances of one application share, one after another? Its inbox, the calls that wait to be taken, the
//! requests that wait for an answer, and the legs that the one leaves to the next.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::task::AbortHandle;
use tokio::time::timeout;
use ucx_call::ChannelSnapshot;

use super::inbox::Inbox;
use crate::bindings::apps::ucx::plugin::inbox::{HttpRequest, Message};
use crate::flow::{Remote, Visit};
use crate::telephony::text_attr;
use crate::values::{Event, Header};

/// An application answers within that time, or the host does.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// Requests that wait for answers of one application.
const REQUESTS_MAX: usize = 256;
/// Calls that wait to be taken by one application.
const OFFERS_MAX: usize = 1_024;
/// The longest body of a request or an answer, in bytes.
pub(crate) const BODY_MAX: usize = 1 << 20;
/// The kind of the event that tells of a call waiting to be taken.
pub(crate) const CALL: &str = "application.call";

/// A request to an application's own part of the HTTP tree. Credentials are not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartRequest {
    /// `GET`, `POST` and so on.
    pub method: String,
    /// The path below the application's own, with its slash.
    pub path: String,
    /// What stands after the question mark.
    pub query: String,
    /// Header lines.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Who asks.
    pub user: String,
    /// From where.
    pub peer: String,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartReply {
    /// 200 to 599.
    pub status: u16,
    /// Header lines; names and values hold no line ends.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl PartReply {
    /// The host's own answer in place of the application's.
    pub(crate) fn refusal(status: u16, why: &str) -> Self {
        Self {
            status,
            headers: vec![("Content-type".to_owned(), "application/json".to_owned())],
            body: format!("{{\"message\":\"{why}\"}}").into_bytes(),
        }
    }
}

/// Whether an application can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// It failed, or is none.
    Away,
    /// It starts, or is being replaced.
    Coming,
    /// It serves.
    Here,
}

/// A call that waits to be taken. Dropped, it does not wait any more.
pub(crate) struct Offer<'a> {
    stage: &'a Stage,
    id: String,
    pub(crate) taken: oneshot::Receiver<Visit>,
}

impl Drop for Offer<'_> {
    fn drop(&mut self) {
        lock(&self.stage.offers).remove(&self.id);
    }
}

struct Offered {
    event: Event,
    taker: oneshot::Sender<Visit>,
}

/// A leg of a replaced instance.
pub(crate) struct Kept {
    pub(crate) channel: Arc<ChannelSnapshot>,
    pub(crate) remote: Remote,
}

#[derive(Default)]
struct Requests {
    last: u64,
    open: BTreeMap<u64, Open>,
}

struct Open {
    answer: oneshot::Sender<PartReply>,
    /// An instance has it.
    is_given: bool,
}

/// What the instances of one application share. Each lock guards a look or a change of one table.
pub(crate) struct Stage {
    pub(crate) inbox: Inbox,
    presence: Mutex<Presence>,
    /// Rung when that changes; whoever waits is woken in the order in which they came.
    changed: Notify,
    offers: Mutex<BTreeMap<String, Offered>>,
    requests: Mutex<Requests>,
    kept: Mutex<BTreeMap<String, Kept>>,
    supervisor: Mutex<Option<AbortHandle>>,
    is_closed: AtomicBool,
    turn: Notify,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Stage {
    /// A stage whose inbox holds so many events.
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            inbox: Inbox::new(capacity),
            presence: Mutex::new(Presence::Away),
            changed: Notify::new(),
            offers: Mutex::default(),
            requests: Mutex::default(),
            kept: Mutex::default(),
            supervisor: Mutex::default(),
            is_closed: AtomicBool::new(false),
            turn: Notify::new(),
        }
    }

    pub(super) fn be(&self, presence: Presence) {
        *lock(&self.presence) = presence;
        self.changed.notify_waiters();
    }

    /// Waits until the application cannot be asked.
    pub(crate) async fn away(&self) {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            // Whoever changes it from here on wakes us.
            changed.as_mut().enable();
            if self.is_away() {
                return;
            }
            changed.await;
        }
    }

    pub(crate) fn is_away(&self) -> bool {
        *lock(&self.presence) == Presence::Away
    }

    /// The active generation may be another one.
    pub(super) fn turn(&self) {
        self.turn.notify_waiters();
    }

    pub(super) fn turned(&self) -> impl Future<Output = ()> + '_ {
        self.turn.notified()
    }

    pub(super) fn is_supervised(&self) -> bool {
        lock(&self.supervisor)
            .as_ref()
            .is_some_and(|task| !task.is_finished())
    }

    /// Runs under that supervisor from now on; the one before is ended.
    pub(super) fn set_supervisor(&self, supervisor: AbortHandle) {
        if let Some(old) = lock(&self.supervisor).replace(supervisor) {
            old.abort();
        }
    }

    /// The plugin is taken out: its instance finishes, and no other comes.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
        self.turn();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::SeqCst)
    }

    /// Lets a call wait to be taken, and tells the application; none if too many wait.
    pub(crate) fn offer(&self, event: Event) -> Option<Offer<'_>> {
        let id = event.channel.clone()?;
        let (taker, taken) = oneshot::channel();
        {
            let mut offers = lock(&self.offers);
            if offers.len() >= OFFERS_MAX {
                return None;
            }
            offers.insert(
                id.clone(),
                Offered {
                    event: event.clone(),
                    taker,
                },
            );
        }
        self.inbox.push(event);
        Some(Offer {
            stage: self,
            id,
            taken,
        })
    }

    /// Takes a call that waits.
    pub(crate) fn take_offer(&self, id: &str) -> Option<oneshot::Sender<Visit>> {
        lock(&self.offers).remove(id).map(|offered| offered.taker)
    }

    /// An instance begins to serve: it is told of every call that waits, and requests that were taken before are given up.
    pub(super) fn begin(&self) {
        self.inbox.forget(CALL);
        for offered in lock(&self.offers).values() {
            self.inbox.push(offered.event.clone());
        }
        self.abandon();
    }

    /// Requests an instance took are given up with it.
    pub(super) fn abandon(&self) {
        lock(&self.requests).open.retain(|_, open| !open.is_given);
    }

    /// Keeps legs for the next instance.
    pub(super) fn keep(&self, legs: Vec<Kept>) {
        lock(&self.kept).extend(
            legs.into_iter()
                .map(|leg| (leg.channel.uniqueid.to_string(), leg)),
        );
    }

    /// A leg that the instance before left.
    pub(crate) fn take_kept(&self, id: &str) -> Option<Kept> {
        lock(&self.kept).remove(id)
    }

    /// Nobody takes the legs that are left.
    pub(super) fn let_go(&self) {
        lock(&self.kept).clear();
    }

    /// Calls that wait to be taken, legs that are left to the next instance, and requests that wait for an answer.
    pub(crate) fn load(&self) -> (usize, usize, usize) {
        let requests = lock(&self.requests).open.len();
        (lock(&self.offers).len(), lock(&self.kept).len(), requests)
    }

    /// Messages for the instance; requests among them are its own from now on.
    pub(crate) async fn messages(
        &self,
        legs: &Arc<crate::flow::Happenings>,
        max: usize,
        wait: Duration,
    ) -> Vec<Message> {
        let messages = self.inbox.take(legs, max, wait).await;
        let mut requests = lock(&self.requests);
        for message in &messages {
            if let Message::Request(request) = message
                && let Some(open) = requests.open.get_mut(&request.id)
            {
                open.is_given = true;
            }
        }
        messages
    }

    /// Answers a request; false if nobody waits for it any more.
    pub(crate) fn answer(&self, id: u64, reply: PartReply) -> bool {
        let open = lock(&self.requests).open.remove(&id);
        open.is_some_and(|open| open.answer.send(reply).is_ok())
    }

    /// Asks the application, and answers in its place if it does not.
    pub(super) async fn ask(&self, request: PartRequest) -> PartReply {
        if self.is_away() {
            return PartReply::refusal(503, "the application is away");
        }
        if request.body.len() > BODY_MAX {
            return PartReply::refusal(413, "the body is too large");
        }
        let (answer, answered) = oneshot::channel();
        let id = {
            let mut requests = lock(&self.requests);
            if requests.open.len() >= REQUESTS_MAX {
                return PartReply::refusal(503, "too many requests wait for the application");
            }
            requests.last += 1;
            let id = requests.last;
            requests.open.insert(
                id,
                Open {
                    answer,
                    is_given: false,
                },
            );
            id
        };
        let _waiting = Asking { stage: self, id };
        self.inbox.put(message(id, request));
        match timeout(ANSWER_WITHIN, answered).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(_)) => PartReply::refusal(502, "the application ended before it answered"),
            Err(_) => PartReply::refusal(504, "the application did not answer in time"),
        }
    }
}

/// Whoever does not wait any more has no request in the inbox either.
struct Asking<'a> {
    stage: &'a Stage,
    id: u64,
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        lock(&self.stage.requests).open.remove(&self.id);
        self.stage.inbox.retain_requests(|id| id != self.id);
    }
}

fn message(id: u64, request: PartRequest) -> HttpRequest {
    HttpRequest {
        id,
        method: request.method,
        path: request.path,
        query: request.query,
        headers: request
            .headers
            .into_iter()
            .map(|(name, value)| Header { name, value })
            .collect(),
        body: request.body,
        attrs: vec![text_attr("user", &request.user), text_attr("peer", &request.peer)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Happenings;

    fn get(path: &str) -> PartRequest {
        PartRequest {
            method: "GET".to_owned(),
            path: path.to_owned(),
            ..PartRequest::default()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_is_answered_by_the_application_or_for_it() {
        let (stage, legs) = (Arc::new(Stage::new(8)), Arc::new(Happenings::default()));
        assert_eq!(stage.ask(get("/")).await.status, 503);
        stage.be(Presence::Here);
        assert_eq!(stage.ask(get("/slow")).await.status, 504);
        assert_eq!(stage.inbox.len(), 0);
        let asking = Arc::clone(&stage);
        let asked = tokio::spawn(async move { (asking.ask(get("/a")).await, asking.ask(get("/b")).await) });
        for (path, is_answered) in [("/a", true), ("/b", false)] {
            let messages = stage.messages(&legs, 1, Duration::from_secs(1)).await;
            let [Message::Request(request)] = &messages[..] else {
                panic!("{messages:?}")
            };
            assert_eq!(request.path, path);
            if is_answered {
                let reply = PartReply {
                    status: 200,
                    headers: Vec::new(),
                    body: b"here".to_vec(),
                };
                assert!(stage.answer(request.id, reply.clone()));
                assert!(!stage.answer(request.id, reply));
            } else {
                // The instance fails.
                stage.begin();
            }
        }
        let (first, second) = asked.await.unwrap();
        assert_eq!((first.status, second.status), (200, 502));
    }

    #[tokio::test]
    async fn a_call_that_waits_is_told_to_every_instance_until_it_is_taken() {
        let (stage, legs) = (Stage::new(8), Arc::new(Happenings::default()));
        let event = Event {
            channel: Some("1.1".to_owned()),
            ..Event::new(CALL, 0)
        };
        let offer = stage.offer(event).unwrap();
        assert_eq!(stage.messages(&legs, 9, Duration::ZERO).await.len(), 1);
        stage.begin();
        assert_eq!(stage.messages(&legs, 9, Duration::ZERO).await.len(), 1);
        assert!(stage.take_offer("1.1").is_some() && stage.take_offer("1.1").is_none());
        drop(offer);
        stage.begin();
        assert!(stage.messages(&legs, 9, Duration::ZERO).await.is_empty());
    }
}
