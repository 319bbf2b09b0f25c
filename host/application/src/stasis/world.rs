//! What tests of operations share: a host with phones, a client with a socket, and operations called by name.

use crate::ApplicationHandle;
use crate::handle::Socket;
use crate::operation::{Answer, Ctx};
use crate::request::Request;
use crate::resource::BUILT;
use bytes::Bytes;
use jiff::tz::TimeZone;
use serde_json::Value;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::mpsc;
use ucx_call::{ChannelId, Principal, PrincipalKind, Refusal, Right, Rights};
use ucx_pbx::testing::{self, World};
use ucx_pbx::{
    Application, BoxFuture, CommandOutput, Directories, Ending, Function, FunctionContext, Help, Host,
    Identity, Line, LocalBoxFuture, Module, PartReply, PartRequest, Registry, Reloaded,
};

/// The dialplan of the captures.
pub const PLAN: &str = "[main]
exten => app,1,Stasis(gold,one,two words)
 same => n,Rest(${STASISSTATUS})
exten => noapp,1,Stasis(nosuchapp)
 same => n,Rest(${STASISSTATUS})
exten => wait,1,Rest(here)
exten => after,1,Rest(first)
 same => n(lab),Rest(second)
";

/// What is asked, and what it is refused with.
pub type Case<'a> = (&'a [(&'a str, &'a str)], u16, &'a str);

/// A dialplan application that does nothing for ever.
pub struct Rest;

impl Application for Rest {
    fn name(&self) -> &'static str {
        "Rest"
    }

    fn help(&self) -> &'static Help {
        &Help::NONE
    }

    fn run<'a>(&'a self, line: &'a mut Line, _: &'a str) -> LocalBoxFuture<'a, Result<(), Ending>> {
        Box::pin(line.wait_forever())
    }
}

/// A function that reaches the system, and remembers what was written to it.
struct Shell(Arc<Mutex<Vec<String>>>);

impl Function for Shell {
    fn name(&self) -> &'static str {
        "SHELL"
    }

    fn help(&self) -> &'static Help {
        &Help::NONE
    }

    fn needs(&self) -> Option<Right> {
        Some(Right::System)
    }

    fn read(&self, _: &mut FunctionContext<'_>, args: &str) -> Result<String, String> {
        lock(&self.0).push(args.to_owned());
        Ok("secret".to_owned())
    }

    fn write(&self, _: &mut FunctionContext<'_>, args: &str, _: &str) -> Result<(), String> {
        lock(&self.0).push(args.to_owned());
        Ok(())
    }
}

/// An application that reaches the system.
struct System(Arc<Mutex<Vec<String>>>);

impl Application for System {
    fn name(&self) -> &'static str {
        "System"
    }

    fn help(&self) -> &'static Help {
        &Help::NONE
    }

    fn needs(&self) -> Option<Right> {
        Some(Right::System)
    }

    fn run<'a>(&'a self, _: &'a mut Line, args: &'a str) -> LocalBoxFuture<'a, Result<(), Ending>> {
        lock(&self.0).push(args.to_owned());
        Box::pin(async { Ok(()) })
    }
}

fn lock(reached: &Mutex<Vec<String>>) -> MutexGuard<'_, Vec<String>> {
    reached.lock().expect("no test panics while it holds it")
}

pub struct TestHost {
    identity: Identity,
    directories: Directories,
    modules: Vec<Module>,
}

impl Host for TestHost {
    fn part<'a>(&'a self, _: &'a Principal, request: PartRequest) -> BoxFuture<'a, PartReply> {
        let names: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
        let body = format!(
            "{} {} {} {} {} {}",
            request.plugin,
            request.method,
            request.path,
            request.query,
            request.body.len(),
            names.join(",")
        );
        let reply = PartReply {
            status: 200,
            headers: vec![("X-Own".to_owned(), "yes".to_owned())],
            body: body.into_bytes(),
        };
        Box::pin(std::future::ready(reply))
    }

    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn directories(&self) -> &Directories {
        &self.directories
    }

    fn times(&self) -> (Duration, Duration) {
        (Duration::from_secs(10), Duration::from_secs(5))
    }

    fn is_booted(&self) -> bool {
        true
    }

    fn execute<'a>(&'a self, _: &'a Principal, _: &'a str) -> BoxFuture<'a, CommandOutput> {
        Box::pin(async {
            CommandOutput {
                text: String::new(),
                is_success: false,
            }
        })
    }

    fn modules(&self) -> Vec<Module> {
        self.modules.clone()
    }

    fn reload<'a>(
        &'a self,
        _: &'a Principal,
        module: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Reloaded, Refusal>> {
        let is_echo = module == Some("app_echo.so");
        Box::pin(async move {
            Ok(if is_echo {
                Reloaded::Unsupported
            } else {
                Reloaded::Done
            })
        })
    }

    fn set_module<'a>(
        &'a self,
        _: &'a Principal,
        _: &'a str,
        is_loaded: bool,
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async move {
            if is_loaded {
                Ok(())
            } else {
                Err(Refusal::Invalid("it stays".into()))
            }
        })
    }

    fn rotate_logs<'a>(&'a self, _: &'a Principal) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async { Ok(()) })
    }
}

/// A host that says little.
pub fn host() -> TestHost {
    let folder = std::env::temp_dir().join(format!("ucx-application-{}", std::process::id()));
    let module = |name, is_running| Module {
        name,
        description: "a module",
        is_running,
    };
    TestHost {
        identity: Identity {
            version: Arc::from("22.5.0"),
            manager_version: Arc::from("11.0.0"),
            own: Arc::from("ucx"),
            system_name: Arc::from(""),
            entity_id: Arc::from("02:00:00:00:00:01"),
        },
        directories: Directories {
            data: folder.join("data"),
            spool: folder.join("spool"),
            ..Directories::default()
        },
        modules: vec![
            module("app_echo.so", true),
            module("app_rest.so", false),
            module("res_pjsip.so", true),
        ],
    }
}

/// A client that listens as the application `gold`.
pub struct Client {
    pub ctx: Ctx,
    pub socket: Socket,
    messages: mpsc::Receiver<Bytes>,
    /// Everything it was told.
    pub told: Vec<Value>,
    reached: Arc<Mutex<Vec<String>>>,
}

/// Runs a test in a world with that dialplan, and a client that listens to everything.
pub fn run(plan: &str, test: impl AsyncFnOnce(&mut World, &mut Client)) {
    run_listening(plan, true, test);
}

/// As [`run`], with a client that may listen only to what concerns it.
pub fn run_listening(plan: &str, to_all: bool, test: impl AsyncFnOnce(&mut World, &mut Client)) {
    let handle = ApplicationHandle::new(Arc::from("02:00:00:00:00:01"), TimeZone::UTC);
    let mut registry = Registry::new();
    handle.register(&mut registry);
    registry.application(Rest);
    let reached = Arc::new(Mutex::new(Vec::new()));
    registry.function(Shell(reached.clone()));
    registry.application(System(reached.clone()));
    testing::run(plan, registry, async |world: &mut World| {
        handle
            .attach_at(&world.pbx, Duration::from_secs(1_700_000_000))
            .expect("the stream has room");
        let fan = tokio::task::spawn_local(handle.fan().expect("nobody took it").run());
        let mut client = Client::new(world, &handle, "gold", to_all);
        client.reached = reached;
        test(world, &mut client).await;
        fan.abort();
    });
}

impl Client {
    /// A client of its own application.
    pub fn new(world: &World, handle: &ApplicationHandle, application: &str, to_all: bool) -> Self {
        let (socket, messages) = handle.socket();
        handle
            .take_application(application, &socket, to_all)
            .expect("there is room");
        let key = Principal::new(PrincipalKind::ApplicationKey(Arc::from("gold")), Rights::ALL);
        Self {
            ctx: Ctx {
                desk: world.desk.of(key),
                host: Arc::new(host()),
                handle: handle.clone(),
            },
            socket,
            messages,
            told: Vec::new(),
            reached: Arc::default(),
        }
    }

    /// Where the host of the test keeps recordings.
    pub fn recordings(&self) -> PathBuf {
        self.ctx.host.directories().spool.join("recording")
    }

    /// What of the system was reached.
    pub fn reached(&self) -> Vec<String> {
        lock(&self.reached).clone()
    }

    /// Calls an operation, by resource and name.
    pub async fn ask(
        &self,
        operation: &str,
        path: &[(&'static str, &str)],
        query: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let (resource, name) = operation.split_once('.').expect("resource.operation");
        let found = BUILT.iter().flat_map(|operations| operations.iter());
        let mut found = found.filter(|built| built.resource == resource && built.name == name);
        let built = found.next().unwrap_or_else(|| panic!("{operation} is not built"));
        assert!(found.next().is_none(), "{operation} is built twice");
        (built.run)(&self.ctx, &Request::test(path, query, body)).await
    }

    /// As [`Self::ask`], about a channel, without a body: status, and body or message.
    pub async fn channel(&self, name: &str, id: &str, query: &[(&str, &str)]) -> (u16, String) {
        let operation = format!("channels.{name}");
        short(self.ask(&operation, &[("channelId", id)], query, None).await)
    }

    /// As [`Self::channel`], about a bridge.
    pub async fn bridge(&self, name: &str, id: &str, query: &[(&str, &str)]) -> (u16, String) {
        let operation = format!("bridges.{name}");
        short(self.ask(&operation, &[("bridgeId", id)], query, None).await)
    }

    /// Lets a moment pass and reads what came, each message in short.
    pub async fn told(&mut self, world: &World) -> Vec<String> {
        world.pass(5).await;
        let mut told = Vec::new();
        while let Ok(message) = self.messages.try_recv() {
            let message: Value = serde_json::from_slice(&message).expect("messages are JSON");
            told.push(brief(&message));
            self.told.push(message);
        }
        told
    }

    /// As [`Self::told`], without what other tests are about.
    pub async fn told_of_stays(&mut self, world: &World) -> Vec<String> {
        let noise = [
            "ChannelVarset",
            "ChannelDialplan",
            "ChannelCreated",
            "DeviceStateChanged",
        ];
        let mut told = self.told(world).await;
        told.retain(|message| !noise.iter().any(|noise| message.starts_with(noise)));
        told
    }
}

/// The endpoints of a text of pjsip.conf.
pub fn endpoints(world: &World, text: &str) {
    let (config, faults) = ucx_config::parse_text("pjsip.conf", text);
    assert!(faults.is_empty(), "{faults:?}");
    let (pjsip, _) = ucx_config::pjsip::load(&config);
    world.pbx.set_pjsip(Arc::new(pjsip));
}

/// The uniqueid of a channel.
pub async fn uniqueid(world: &World, channel: ChannelId) -> String {
    let channel = world.desk.channel(channel).await.expect("it lives");
    channel.uniqueid.to_string()
}

/// A channel that came into `gold` and was answered, with what was told of it forgotten.
pub async fn in_gold(world: &mut World, client: &mut Client) -> String {
    let channel = world.call("app");
    world.pass(5).await;
    let id = uniqueid(world, channel).await;
    assert_eq!(client.channel("answer", &id, &[]).await, (204, String::new()));
    client.told(world).await;
    id
}

/// Status, and body or message.
pub fn short(answer: Answer) -> (u16, String) {
    match answer {
        Ok(reply) => (reply.status, String::from_utf8_lossy(&reply.body).into_owned()),
        Err(failure) => (failure.status, failure.message.into_owned()),
    }
}

/// A message's type, and what tells it from others of its type.
fn brief(message: &Value) -> String {
    let text = |pointer: &str| message.pointer(pointer).and_then(Value::as_str);
    let kind = text("/type").unwrap_or("?");
    let parts = [
        text("/playback/id"),
        text("/playback/media_uri"),
        text("/playback/state"),
        text("/recording/name"),
        text("/recording/state"),
        text("/destination"),
        text("/eventname"),
        text("/bridge/id"),
        text("/dialstatus"),
    ];
    let mut brief = kind.to_owned();
    for part in parts.into_iter().flatten().filter(|part| !part.is_empty()) {
        brief.push(' ');
        brief.push_str(part);
    }
    brief
}
