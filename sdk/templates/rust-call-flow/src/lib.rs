//! Asks the caller for an extension and goes on there, in the context the call is in.

use ucx::prelude::*;

ucx::call_flow!(ask);

fn ask(channel: &Channel, _args: &Args) -> Led {
    channel.answer()?;
    let prompt = config("prompt")?.unwrap_or_else(|| "vm-enter-num-to-call".to_owned());
    let pressed = channel.gather(digits(4).prompt(prompt.as_str()))?;
    if pressed.digits.is_empty() {
        return hang_up(16);
    }
    log::info(&format!("goes on at {}", pressed.digits));
    goto("", pressed.digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ucx::testing::Caller;

    #[test]
    fn it_goes_on_at_what_was_pressed() {
        let led = |caller: Caller| ask(&caller.channel(), &Args::default()).unwrap();
        assert!(matches!(led(Caller::default().presses("6002")), Outcome::ContinueAt(place) if place.exten == "6002"));
        assert!(matches!(led(Caller::default()), Outcome::Hangup(16)));
    }
}
