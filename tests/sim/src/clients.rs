//! Clients of the Application interface: what they ask for, how they go away and come back, and whether what they are told
//! is whole: each channel enters once and leaves once, and leaves before anything its next owner does.

use crate::chance::Chance;
use crate::deeds::{Agenda, Deed};
use crate::office::Office;
use crate::stage::Stage;
use bytes::Bytes;
use serde_json::Value;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use ucx_application::ApplicationHandle;
use ucx_application::handle::Socket;
use ucx_application::operation::Ctx;
use ucx_application::request::Request;
use ucx_application::resource::BUILT;
use ucx_application::router::{Route, Router};
use ucx_call::{Principal, PrincipalKind, Rights};
use ucx_pbx::Pbx;

/// Clients of a world: `app1`, `app2`.
pub(crate) const CLIENTS: usize = 2;

/// Bridges that each client has of its own.
const BRIDGES: u64 = 2;

/// How a client knows of a channel in its application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stay {
    /// It was told.
    Told,
    /// It found it there when it came back.
    Found,
    /// It was away since; the channel may be gone.
    Unsure,
}

struct Client {
    name: String,
    socket: Option<(Socket, mpsc::Receiver<Bytes>)>,
    /// When it came back last.
    came_at: Duration,
    /// When it went without being there since, and the host knows.
    went_at: Option<Duration>,
    stays: BTreeMap<String, Stay>,
}

/// All clients, and what they share.
pub(crate) struct Clients {
    chance: Chance,
    clients: Vec<Client>,
    ctx: Ctx,
    router: Rc<Router>,
    stage: Rc<Stage>,
    asked: u64,
    pub entered: u64,
    pub left: u64,
}

/// What a client is told, as far as it matters here.
enum Told<'a> {
    Start(&'a str),
    End(&'a str),
    /// Something the channel does outside of the application.
    Beyond(&'a str),
    Other,
}

impl Told<'_> {
    fn of(message: &Value) -> Told<'_> {
        let text = |pointer: &str| message.pointer(pointer).and_then(Value::as_str);
        let channel = text("/channel/id").unwrap_or_default();
        match text("/type").unwrap_or_default() {
            "StasisStart" => Told::Start(channel),
            "StasisEnd" => Told::End(channel),
            "ChannelDestroyed" => Told::Beyond(channel),
            // A redirect shows the step it ends at its new place: its own, or that of the program that brought it here.
            "ChannelDialplan" if !matches!(text("/dialplan_app"), Some("Stasis" | "AGI")) => {
                Told::Beyond(channel)
            }
            _ => Told::Other,
        }
    }
}

impl Clients {
    pub(crate) fn new(seed: u64, pbx: &Pbx, handle: &ApplicationHandle, stage: &Rc<Stage>) -> Self {
        let key = Principal::new(PrincipalKind::ApplicationKey(Arc::from("world")), Rights::ALL);
        let client = |number: usize| Client {
            name: format!("app{}", number + 1),
            socket: None,
            came_at: Duration::ZERO,
            went_at: None,
            stays: BTreeMap::new(),
        };
        let mut clients = Self {
            chance: Chance::new(seed, "clients"),
            clients: (0..CLIENTS).map(client).collect(),
            ctx: Ctx {
                desk: pbx.desk(key),
                host: Arc::new(Office::new()),
                handle: handle.clone(),
            },
            router: Rc::new(Router::new(BUILT)),
            stage: stage.clone(),
            asked: 0,
            entered: 0,
            left: 0,
        };
        (0..CLIENTS).for_each(|client| clients.come(Duration::ZERO, client));
        clients
    }

    /// A client listens again, or with another socket than before. The first listens to everything.
    pub(crate) fn come(&mut self, now: Duration, client: usize) {
        let handle = self.ctx.handle.clone();
        let (socket, messages) = handle.socket();
        let own = &mut self.clients[client];
        if let Err(error) = handle.take_application(&own.name, &socket, client == 0) {
            self.stage
                .note_broken(format!("{} cannot come back: {error:?}", own.name));
            return;
        }
        let was_away = own.socket.replace((socket, messages)).is_none();
        if was_away {
            own.came_at = now;
            own.went_at = None;
            // Who asks which channels are there finds those as well that came while nobody listened.
            for id in handle.board().seated(&own.name) {
                own.stays.insert(id.to_string(), Stay::Found);
            }
        }
    }

    /// A client goes without a word; the host may find out at once, or when it next tells it something.
    pub(crate) fn go(&mut self, now: Duration, client: usize, is_noticed: bool) {
        let own = &mut self.clients[client];
        let Some((socket, _)) = own.socket.take() else {
            return;
        };
        if is_noticed {
            let handle = &self.ctx.handle;
            handle.with_applications(|applications| drop(applications.unregister(&socket)));
            own.went_at = Some(now);
        }
        own.stays.values_mut().for_each(|stay| *stay = Stay::Unsure);
    }

    /// Reads what came, and plans what the clients do about it. The lines are for the log.
    pub(crate) fn read(&mut self, now: Duration, agenda: &mut Agenda) -> Vec<String> {
        let mut lines = Vec::new();
        for client in 0..CLIENTS {
            while let Some((_, messages)) = &mut self.clients[client].socket
                && let Ok(message) = messages.try_recv()
            {
                let Ok(message) = serde_json::from_slice::<Value>(&message) else {
                    self.stage.note_broken("a client is told what is no JSON");
                    continue;
                };
                lines.push(format!("{} told {}", self.clients[client].name, brief(&message)));
                self.hear(now, client, &message, agenda);
            }
        }
        lines
    }

    fn hear(&mut self, now: Duration, client: usize, message: &Value, agenda: &mut Agenda) {
        let own = &mut self.clients[client];
        let name = own.name.clone();
        let broken = match Told::of(message) {
            Told::Start(id) => {
                self.entered += 1;
                let before = own.stays.insert(id.to_owned(), Stay::Told);
                self.plan(now, client, id, agenda);
                (before == Some(Stay::Told)).then(|| format!("{id} enters {name} twice"))
            }
            Told::End(id) => {
                self.left += 1;
                let before = own.stays.remove(id);
                // It may have left at that very moment, after it came while nobody listened.
                let is_stray = before.is_none() && own.came_at < now;
                is_stray.then(|| format!("{id} leaves {name} without being in it"))
            }
            Told::Beyond(id) => {
                let is_in = matches!(own.stays.get(id), Some(Stay::Told | Stay::Found));
                is_in.then(|| format!("{name} hears of {id} elsewhere before it hears that it left"))
            }
            Told::Other => None,
        };
        if let Some(rule) = broken {
            self.stage.note_broken(format!("{rule}: {}", brief(message)));
        }
    }

    /// What a client does with a channel that entered.
    fn plan(&mut self, now: Duration, client: usize, id: &str, agenda: &mut Agenda) {
        let mut at = now;
        for _ in 0..self.chance.below(6) {
            at += self.pause();
            let (method, path, query) = self.wish(client, id);
            agenda.add(at, Deed::Ask { method, path, query });
        }
        let chance = &mut self.chance;
        at += chance.ms(0, 1_500);
        let other = self.clients[(client + 1) % CLIENTS].name.clone();
        let (method, path, query) = match chance.below(10) {
            0..6 => ("POST", format!("channels/{id}/continue"), Vec::new()),
            6..8 => ("DELETE", format!("channels/{id}"), Vec::new()),
            _ => (
                "POST",
                format!("channels/{id}/move"),
                vec![("app", other), ("appArgs", "moved".to_owned())],
            ),
        };
        agenda.add(at, Deed::Ask { method, path, query });
        if chance.permille(120) {
            let gone_at = now + chance.ms(0, 2_000);
            let is_noticed = chance.permille(500);
            agenda.add(gone_at, Deed::ClientGoes { client, is_noticed });
            agenda.add(gone_at + chance.ms(1, 3_000), Deed::ClientComes { client });
        } else if chance.permille(50) {
            agenda.add(now + chance.ms(0, 2_000), Deed::ClientComes { client });
        }
    }

    fn pause(&mut self) -> Duration {
        if self.chance.permille(400) {
            Duration::ZERO
        } else {
            self.chance.ms(1, 600)
        }
    }

    fn wish(&mut self, client: usize, id: &str) -> (&'static str, String, Vec<(&'static str, String)>) {
        self.asked += 1;
        let number = self.asked;
        let bridge = format!("bridge-{}-{}", client + 1, self.chance.below(BRIDGES));
        let own = format!("channels/{id}");
        let text = |text: &str| text.to_owned();
        match self.chance.below(15) {
            0 | 1 => ("POST", format!("{own}/answer"), Vec::new()),
            2 | 3 => (
                "POST",
                format!("{own}/play/play-{number}"),
                vec![("media", text("sound:chime,sound:chime"))],
            ),
            4 => (
                "POST",
                format!("{own}/record"),
                vec![
                    ("name", format!("record-{number}")),
                    ("format", text("wav")),
                    ("ifExists", text("overwrite")),
                    ("maxDurationSeconds", text("2")),
                ],
            ),
            5 => (
                "POST",
                format!("bridges/{bridge}"),
                vec![("type", text("mixing"))],
            ),
            6..9 => (
                "POST",
                format!("bridges/{bridge}/addChannel"),
                vec![("channel", id.to_owned())],
            ),
            9 => (
                "POST",
                format!("bridges/{bridge}/removeChannel"),
                vec![("channel", id.to_owned())],
            ),
            10 => (
                "POST",
                format!("bridges/{bridge}/play/play-{number}"),
                vec![("media", text("sound:chime"))],
            ),
            11 => ("POST", format!("{own}/ring"), Vec::new()),
            12 => ("POST", format!("{own}/moh"), Vec::new()),
            13 => ("POST", format!("{own}/dtmf"), vec![("dtmf", text("12"))]),
            _ => ("DELETE", format!("bridges/{bridge}"), Vec::new()),
        }
    }

    /// Asks for something, in a task of its own; the status goes to the log.
    pub(crate) fn ask(&self, method: &'static str, path: &str, query: &[(&'static str, String)]) {
        let Route::Found(target, parameters) = self.router.route(method, path) else {
            self.stage.note_broken(format!("{method} {path} leads nowhere"));
            return;
        };
        let query = query
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.clone()));
        let request = Request::new(parameters, query.collect(), None, b"");
        let (Some(run), Ok(request)) = (target.run, request) else {
            self.stage.note_broken(format!("{method} {path} cannot be asked"));
            return;
        };
        let (ctx, stage, what) = (self.ctx.clone(), self.stage.clone(), format!("{method} {path}"));
        tokio::task::spawn_local(async move {
            let answer = run(&ctx, &request).await;
            let status = answer.map_or_else(|failure| failure.status, |reply| reply.status);
            if status == 500 || status == 501 {
                stage.note_broken(format!("{what} is answered {status}"));
            }
            stage.said.borrow_mut().push(format!("asked {what}: {status}"));
            stage.wake.notify_one();
        });
    }

    /// All bridges are taken down, as nobody comes back to them.
    pub(crate) fn tidy_up(&self, now: Duration, agenda: &mut Agenda) {
        for client in 1..=CLIENTS {
            for number in 0..BRIDGES {
                let path = format!("bridges/bridge-{client}-{number}");
                let (method, query) = ("DELETE", Vec::new());
                agenda.add(now, Deed::Ask { method, path, query });
            }
        }
    }

    /// Whether an application, as `Stasis` is given it, was nobody's at that time and is so still.
    pub(crate) fn is_gone(&self, at: Duration, arguments: &str) -> bool {
        let name = arguments.split(',').next().unwrap_or_default();
        let own = self.clients.iter().find(|client| client.name == name);
        own.is_none_or(|own| own.went_at.is_some_and(|went_at| went_at < at))
    }

    /// Nothing of any channel is left.
    pub(crate) fn check_end(&self) -> Result<(), String> {
        let (seats, playbacks, recordings) = self.ctx.handle.board().count();
        if seats + playbacks + recordings > 0 {
            return Err(format!(
                "{seats} channels, {playbacks} playbacks and {recordings} recordings of applications are left"
            ));
        }
        for client in &self.clients {
            let stays = client.stays.iter();
            let left: Vec<_> = stays.filter(|(_, stay)| **stay != Stay::Unsure).collect();
            if !left.is_empty() {
                return Err(format!("{} never hears that {left:?} left", client.name));
            }
        }
        Ok(())
    }
}

/// A message in short, without what clients do not compare.
fn brief(message: &Value) -> String {
    let text = |pointer: &str| message.pointer(pointer).and_then(Value::as_str).unwrap_or("-");
    [
        "/type",
        "/channel/id",
        "/dialplan_app",
        "/playback/id",
        "/playback/state",
        "/recording/name",
        "/bridge/id",
    ]
    .map(text)
    .join(" ")
}
