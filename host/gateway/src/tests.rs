//! A scripted program at the other end of a session, in a small world.

mod async_gateway;
mod captures;
mod network;
mod program;
mod session;

use crate::application::{GatewayConfig, Shared};
use crate::peer::{Peer, Stream};
use crate::session::Session;
use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use ucx_call::{Action, Cause, ChannelId, EventKind, Party, Principal, Right, Source};
use ucx_pbx::testing::{World, run};
use ucx_pbx::{
    Application, Directories, Ending, Function, FunctionContext, Help, Line, LocalBoxFuture, Registry,
};

/// What a command's tests begin with.
pub(crate) mod prelude {
    pub(crate) use super::{Talk, assert_talk, assert_usage};
}

/// The dialplan around a program.
const PLAN: &str = "[main]\nexten => 100,1,Talk()\n same => n,Note(${AGISTATUS})\n same => n(end),Note(end)\n\
    exten => 200,1,Note(${CONTEXT})\nexten => 300,1,Note(first)\n same => n(there),Note(next)\n\
    exten => sub,1,Put(SEEN=${ARG2})\n same => n,Back(back)\n\
    exten => none,1,Back()\nexten => open,1,Note(open)\n[other]\nexten => 200,1,Note(${CONTEXT})\n";

/// Settings for tests.
pub(crate) fn config() -> GatewayConfig {
    GatewayConfig {
        version: "22.5.0".into(),
        directories: Directories {
            gateway: PathBuf::from("/nonexistent/agi-bin"),
            ..Directories::default()
        },
        seed: 1,
    }
}

/// What sessions share, for tests.
pub(crate) fn shared() -> Shared {
    Shared::new(config())
}

/// What a conversation left behind.
#[derive(Default)]
struct Heard {
    environment: String,
    replies: Vec<String>,
    steps: Vec<String>,
    status: String,
    cause: Option<Cause>,
    actions: Vec<Action>,
    events: Vec<Arc<ucx_call::Event>>,
}

/// A program that says these lines one after the other, each when the one before is answered, and goes.
pub(crate) struct Talk {
    lines: Vec<String>,
    heard: Rc<RefCell<Heard>>,
}

impl Talk {
    pub(crate) fn new(lines: &[&str]) -> Self {
        Self {
            lines: lines.iter().map(|line| (*line).to_owned()).collect(),
            heard: Rc::default(),
        }
    }

    /// Runs it on a call, until the call is over.
    pub(crate) fn run(&self, meanwhile: impl AsyncFnOnce(&mut World, ChannelId)) {
        let mut registry = registry();
        registry.application(Talking {
            lines: self.lines.clone(),
            heard: self.heard.clone(),
        });
        run(PLAN, registry, async |world| {
            let alice = world.call("100");
            meanwhile(world, alice).await;
            world.until_over().await;
            let mut heard = self.heard.borrow_mut();
            heard.steps = world.steps("alice");
            let record = world.record();
            heard.status = record.values("AGISTATUS").pop().unwrap_or_default();
            heard.cause = record.cause("alice");
            heard.actions.clone_from(&record.actions);
            heard.events.clone_from(&record.events);
        });
    }

    pub(crate) fn replies(&self) -> Vec<String> {
        self.heard.borrow().replies.clone()
    }

    pub(crate) fn environment(&self) -> String {
        self.heard.borrow().environment.clone()
    }

    pub(crate) fn steps(&self) -> Vec<String> {
        self.heard.borrow().steps.clone()
    }

    pub(crate) fn status(&self) -> String {
        self.heard.borrow().status.clone()
    }

    pub(crate) fn cause(&self) -> Option<Cause> {
        self.heard.borrow().cause
    }

    pub(crate) fn actions(&self) -> Vec<Action> {
        self.heard.borrow().actions.clone()
    }

    /// The sounds that were played.
    pub(crate) fn sounds(&self) -> Vec<String> {
        let heard = self.heard.borrow();
        let mut sounds = Vec::new();
        for action in &heard.actions {
            if let Action::Hear {
                source: Source::Playback { sounds: played, .. },
                ..
            } = action
            {
                sounds.extend(played.iter().map(ToString::to_string));
            }
        }
        sounds
    }

    /// How many events are meant.
    pub(crate) fn count(&self, is_meant: impl Fn(&EventKind) -> bool) -> usize {
        let heard = self.heard.borrow();
        heard.events.iter().filter(|event| is_meant(&event.kind)).count()
    }

    /// The commands' events, in words.
    fn commands(&self) -> Vec<String> {
        commands_of(&self.heard.borrow().events)
    }
}

/// The events of commands, in words.
fn commands_of(events: &[Arc<ucx_call::Event>]) -> Vec<String> {
    let mut said = Vec::new();
    for event in events {
        if let EventKind::GatewayCommandStarted { command, .. } = &event.kind {
            said.push(format!("start {command}"));
        } else if let EventKind::GatewayCommandEnded {
            command,
            code,
            result,
            ..
        } = &event.kind
        {
            said.push(format!("end {command}: {code} {result}"));
        } else if let EventKind::VariableSet { name, value, .. } = &event.kind {
            said.push(format!("{name}={value}"));
        } else if let EventKind::AsyncGatewayDone {
            command_id, reply, ..
        } = &event.kind
        {
            said.push(format!("done {}: {reply}", command_id.as_deref().unwrap_or("-")));
        } else if let EventKind::AsyncGatewayEnded { .. } = &event.kind {
            said.push("async end".to_owned());
        }
    }
    said
}

/// Says commands and checks what is answered to each.
pub(crate) fn assert_talk(exchanges: &[(&str, &str)]) {
    let lines: Vec<&str> = exchanges.iter().map(|(line, _)| *line).collect();
    let talk = Talk::new(&lines);
    talk.run(async |_, _| {});
    let replies = talk.replies();
    let said: Vec<(&str, &str)> = lines
        .into_iter()
        .zip(replies.iter().map(String::as_str))
        .collect();
    assert_eq!(said, exchanges);
    assert_eq!(talk.status(), "SUCCESS");
    assert_eq!(
        talk.steps(),
        ["100,1 Talk()", "100,2 Note(SUCCESS)", "100,3 Note(end)"]
    );
}

/// Says a command that is written wrongly and checks that its usage is answered.
pub(crate) fn assert_usage(line: &str) {
    let command = crate::command::find(&crate::wire::Words::of(line).unwrap()).unwrap();
    let expected = crate::wire::usage(&command.usage());
    assert_talk(&[(line, expected.trim_end()), ("NOOP", "200 result=0")]);
}

/// A program on this end of a stream.
struct Client<R, W> {
    reader: R,
    writer: W,
}

impl<R: AsyncBufRead + Unpin, W: AsyncWrite + Unpin> Client<R, W> {
    /// One line without its end; none when the other side is gone.
    async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.reader.read_line(&mut line).await.unwrap_or(0);
        (read > 0).then(|| line.trim_end_matches('\n').to_owned())
    }

    /// What the program is told first.
    async fn environment(&mut self) -> String {
        let mut text = String::new();
        while let Some(line) = self.line().await {
            text.push_str(&line);
            text.push('\n');
            if line.is_empty() {
                break;
            }
        }
        text
    }

    async fn say(&mut self, line: &str) {
        // The other side may be gone.
        let _ = self.writer.write_all(format!("{line}\n").as_bytes()).await;
    }

    /// Everything up to the line that answers a command.
    async fn reply(&mut self) -> String {
        let mut lines = Vec::new();
        while let Some(line) = self.line().await {
            let (code, rest) = line.split_at_checked(3).unwrap_or_default();
            let is_last = code != "100" && code.parse::<u16>().is_ok() && rest.starts_with(' ');
            lines.push(line);
            if is_last {
                break;
            }
        }
        lines.join("\n")
    }

    async fn ask(&mut self, line: &str) -> String {
        self.say(line).await;
        self.reply().await
    }
}

struct Talking {
    lines: Vec<String>,
    heard: Rc<RefCell<Heard>>,
}

impl Application for Talking {
    fn name(&self) -> &'static str {
        "Talk"
    }

    fn help(&self) -> &'static Help {
        &Help::NONE
    }

    fn run<'a>(&'a self, line: &'a mut Line, _: &'a str) -> LocalBoxFuture<'a, Result<(), Ending>> {
        Box::pin(async move {
            let (ours, theirs) = tokio::io::duplex(65_536);
            let (lines, heard) = (self.lines.clone(), self.heard.clone());
            let program = tokio::task::spawn_local(async move {
                let (reader, writer) = tokio::io::split(theirs);
                let mut client = Client {
                    reader: BufReader::new(reader),
                    writer,
                };
                heard.borrow_mut().environment = client.environment().await;
                for line in lines {
                    let reply = client.ask(&line).await;
                    heard.borrow_mut().replies.push(reply);
                }
            });
            let shared = shared();
            let (reader, writer) = tokio::io::split(ours);
            let peer = Peer::Stream(Box::new(Stream::new(Box::new(reader), Box::new(writer), None)));
            // Of a dialplan that may not reach the system.
            line.act_for(Principal::DIALPLAN);
            let result = Session::new(line, &shared, peer)
                .run("agi_request: talk\n\n")
                .await;
            program.await.unwrap();
            result
        })
    }
}

macro_rules! application {
    ($name:ident, $needs:expr, |$line:ident, $args:ident| $body:expr) => {
        struct $name;

        impl Application for $name {
            fn name(&self) -> &'static str {
                stringify!($name)
            }

            fn help(&self) -> &'static Help {
                &Help::NONE
            }

            fn needs(&self) -> Option<Right> {
                $needs
            }

            fn run<'a>(
                &'a self,
                $line: &'a mut Line,
                $args: &'a str,
            ) -> LocalBoxFuture<'a, Result<(), Ending>> {
                Box::pin(async move {
                    let _ = (&$line, $args);
                    $body
                })
            }
        }
    };
}

application!(Note, None, |line, args| Ok(()));
application!(Answer, None, |line, args| line.answer());
application!(Whose, None, |line, args| {
    let whose = line.principal().to_string();
    line.set_variable("WHOSE", &whose)
});
application!(Secret, Some(Right::System), |line, args| line.answer());
application!(Pause, None, |line, args| line
    .wait(std::time::Duration::from_secs_f64(args.parse().unwrap()))
    .await);
application!(Quit, None, |line, args| Err(Ending::Hangup(
    Cause::parse(args).unwrap_or(Cause::NONE)
)));
application!(Back, None, |line, args| line
    .leave_subroutine(args)
    .map_err(|_| Ending::Hangup(Cause::NONE)));
application!(Put, None, |line, args| {
    let (name, value) = args.split_once('=').unwrap();
    line.assign(name, value).unwrap();
    Ok(())
});

/// A function from how it is read and written.
struct Plain {
    name: &'static str,
    needs: Option<Right>,
    read: fn(&mut FunctionContext<'_>, &str) -> Result<String, String>,
    write: fn(&mut FunctionContext<'_>, &str) -> Result<(), String>,
}

impl Function for Plain {
    fn name(&self) -> &'static str {
        self.name
    }

    fn help(&self) -> &'static Help {
        &Help::NONE
    }

    fn needs(&self) -> Option<Right> {
        self.needs
    }

    fn read(&self, context: &mut FunctionContext<'_>, args: &str) -> Result<String, String> {
        (self.read)(context, args)
    }

    fn write(&self, context: &mut FunctionContext<'_>, _: &str, value: &str) -> Result<(), String> {
        (self.write)(context, value)
    }
}

/// Applications and functions to test with.
fn registry() -> Registry {
    let mut registry = Registry::new();
    registry.application(Note);
    registry.application(Answer);
    registry.application(Secret);
    registry.application(Whose);
    registry.application(Pause);
    registry.application(Quit);
    registry.application(Back);
    registry.application(Put);
    registry.function(Plain {
        name: "SHELL",
        needs: Some(Right::System),
        read: |_, args| Ok(args.to_owned()),
        write: |_, _| Ok(()),
    });
    registry.function(Plain {
        name: "LANG",
        needs: None,
        read: |context, _| Ok(context.channel().ok_or("no channel")?.language.to_string()),
        write: |context, value| context.set_language(value),
    });
    registry.function(Plain {
        name: "CALLERID",
        needs: None,
        read: |context, _| {
            let caller = context.channel().ok_or("no channel")?.caller.clone();
            Ok(match &caller.name {
                Some(name) => format!("{name} <{}>", caller.number()),
                None => caller.number().to_owned(),
            })
        },
        write: |context, value| context.set_caller(Party::parse(value)),
    });
    registry
}
