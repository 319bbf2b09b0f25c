//! The applications.

mod answer;
mod busy;
mod dial;
mod echo;
mod exec;
mod gosub;
mod goto;
mod hangup;
mod indicate;
mod log;
mod loops;
mod noop;
mod playback;
mod raise_exception;
mod read;
mod send_dtmf;
mod set;
mod user_event;
mod wait;
mod wait_exten;

use ucx_pbx::Registry;

/// Adds them all.
pub(crate) fn register(registry: &mut Registry) {
    registry.application(answer::Answer);
    registry.application(busy::Busy);
    registry.application(busy::Congestion);
    registry.application(dial::Dial);
    registry.application(echo::Echo);
    registry.application(exec::Exec);
    registry.application(exec::ExecIf);
    registry.application(exec::TryExec);
    registry.application(gosub::Gosub);
    registry.application(gosub::GosubIf);
    registry.application(gosub::Return);
    registry.application(gosub::StackPop);
    registry.application(goto::Goto);
    registry.application(goto::GotoIf);
    registry.application(goto::GotoIfTime);
    registry.application(hangup::Hangup);
    registry.application(indicate::Proceeding);
    registry.application(indicate::Progress);
    registry.application(indicate::Ringing);
    registry.application(log::Log);
    registry.application(log::Verbose);
    registry.application(loops::ContinueWhile);
    registry.application(loops::EndWhile);
    registry.application(loops::ExitWhile);
    registry.application(loops::While);
    registry.application(noop::NoOp);
    registry.application(playback::Playback);
    registry.application(raise_exception::RaiseException);
    registry.application(read::Read);
    registry.application(send_dtmf::SendDTMF);
    registry.application(set::MSet);
    registry.application(set::Set);
    registry.application(user_event::UserEvent);
    registry.application(wait::Wait);
    registry.application(wait_exten::BackGround);
    registry.application(wait_exten::WaitExten);
}
