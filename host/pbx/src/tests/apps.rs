//! Applications and a function just big enough to test the dialplan with.

use crate::{
    Application, CallEnd, DialGroup, DialPlan, Ending, Function, FunctionContext, Help, Line, LocalBoxFuture,
    PlayEnd, Registry,
};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Cause, Holder, IfExists, RecordingSpec, Right};
use ucx_switch::RingPolicy;

static HELP: Help = Help::NONE;

macro_rules! application {
    ($name:ident, |$line:ident, $args:ident| $body:expr) => {
        struct $name;

        impl Application for $name {
            fn name(&self) -> &'static str {
                stringify!($name)
            }

            fn help(&self) -> &'static Help {
                &HELP
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

fn seconds(text: &str) -> Duration {
    Duration::from_secs_f64(text.parse().unwrap())
}

application!(Note, |line, args| Ok(()));
application!(Answer, |line, args| line.answer());
application!(Jump, |line, args| line
    .goto(args)
    .map_err(|_| Ending::Hangup(Cause::NONE)));
application!(Sub, |line, args| line
    .gosub(args)
    .map_err(|_| Ending::Hangup(Cause::NONE)));
application!(Back, |line, args| line
    .leave_subroutine(args)
    .map_err(|_| Ending::Hangup(Cause::NONE)));
application!(Pause, |line, args| line.wait(seconds(args)).await);
application!(Dialled, |line, args| line
    .wait_exten((!args.is_empty()).then(|| seconds(args)))
    .await);
application!(Quit, |line, args| Err(Ending::Hangup(
    Cause::parse(args).unwrap_or(Cause::NONE)
)));
application!(Panics, |line, args| panic!("an application with a mistake"));
application!(Put, |line, args| {
    let (name, value) = args.split_once('=').unwrap();
    line.assign(name, value).unwrap();
    Ok(())
});
application!(Menu, |line, args| {
    if let PlayEnd::Digit(digit) = line.play_and_listen(&[Arc::from(args)], "123").await? {
        line.type_digit(digit);
        line.wait_exten(None).await?;
    }
    Ok(())
});
application!(Play, |line, args| {
    let end = line.play(&[Arc::from(args)]).await?;
    line.set_variable("PLAYED", &format!("{end:?}"))
});
application!(Call, |line, args| {
    let (to, timeout) = args.split_once(',').unwrap_or((args, ""));
    let timeout = (!timeout.is_empty()).then(|| seconds(timeout));
    let groups = vec![DialGroup {
        legs: line.legs(to).unwrap(),
        timeout,
    }];
    match line
        .dial_and_connect(DialPlan {
            groups,
            ringing: RingPolicy::Forward,
        })
        .await?
    {
        CallEnd::NotAnswered { .. } => Ok(()),
        CallEnd::Over(_) => Err(Ending::Hangup(Cause::NONE)),
    }
});

application!(Layered, |line, args| {
    line.push_lease(Holder::Application(Arc::from("Layered")))?;
    let result = line.wait(seconds(args)).await;
    line.set_variable("LAYER", &format!("{result:?}"))?;
    line.pop_lease();
    result
});
application!(Limit, |line, args| {
    let (channel, after) = (line.id(), Some(seconds(args)));
    line.pbx()
        .mutate(|switch, now| switch.set_absolute_timeout(now, channel, after));
    Ok(())
});

application!(Serve, |line, args| {
    let mut jobs = line.serve_jobs()?;
    loop {
        tokio::select! {
            biased;
            notice = line.next() => {
                let text = format!("{:?}", notice?);
                line.set_variable("NOTICE", &text)?;
                if text.contains("'#'") {
                    return Ok(());
                }
            }
            job = jobs.next() => job.run(line).await,
        }
    }
});
application!(Commands, |line, args| {
    let mut commands = line.pbx().async_gateway(line.id())?;
    loop {
        tokio::select! {
            biased;
            notice = line.next() => { notice?; }
            command = commands.next() => {
                let text = format!("{} {:?} {}", command.command, command.command_id, command.principal);
                line.set_variable("COMMAND", &text)?;
            }
        }
    }
});
application!(Within, |line, args| {
    let args = line.substitute(args);
    let (name, args) = args.split_once(' ').unwrap_or((&args, ""));
    line.execute(name, args).await
});
application!(Tape, |line, args| {
    let (end, digit) = line.record(tape(seconds(args)), "#").await?;
    line.set_variable("TAPE", &format!("{end:?} {digit:?}"))
});

/// A recording of at most that length.
pub(super) fn tape(most: Duration) -> RecordingSpec {
    RecordingSpec {
        name: Arc::from("tape"),
        format: Arc::from("wav"),
        max_duration: Some(most),
        max_silence: None,
        if_exists: IfExists::Overwrite,
        beep: false,
    }
}

struct Secret;

impl Application for Secret {
    fn name(&self) -> &'static str {
        "Secret"
    }

    fn help(&self) -> &'static Help {
        &HELP
    }

    fn needs(&self) -> Option<Right> {
        Some(Right::System)
    }

    fn run<'a>(&'a self, line: &'a mut Line, _: &'a str) -> LocalBoxFuture<'a, Result<(), Ending>> {
        Box::pin(async move { line.answer() })
    }
}

struct Shell;

impl Function for Shell {
    fn name(&self) -> &'static str {
        "SHELL"
    }

    fn help(&self) -> &'static Help {
        &HELP
    }

    fn needs(&self) -> Option<Right> {
        Some(Right::System)
    }

    fn read(&self, _: &mut FunctionContext<'_>, args: &str) -> Result<String, String> {
        Ok(args.to_owned())
    }
}

struct Lang;

impl Function for Lang {
    fn name(&self) -> &'static str {
        "LANG"
    }

    fn help(&self) -> &'static Help {
        &HELP
    }

    fn read(&self, context: &mut FunctionContext<'_>, _: &str) -> Result<String, String> {
        Ok(context.channel().ok_or("no channel")?.language.to_string())
    }

    fn write(&self, context: &mut FunctionContext<'_>, _: &str, value: &str) -> Result<(), String> {
        context.set_language(value)
    }
}

pub(super) fn registry() -> Registry {
    let mut registry = Registry::new();
    registry.application(Note);
    registry.application(Answer);
    registry.application(Jump);
    registry.application(Sub);
    registry.application(Back);
    registry.application(Pause);
    registry.application(Dialled);
    registry.application(Quit);
    registry.application(Panics);
    registry.application(Put);
    registry.application(Menu);
    registry.application(Play);
    registry.application(Call);
    registry.application(Layered);
    registry.application(Limit);
    registry.application(Secret);
    registry.application(Serve);
    registry.application(Commands);
    registry.application(Within);
    registry.application(Tape);
    registry.function(Shell);
    registry.function(Lang);
    registry
}
