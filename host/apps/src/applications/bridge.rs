//! `Bridge`: the caller is bridged with another channel that is there.

use crate::text;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{ChannelSnapshot, Place, Refusal, Right};
use ucx_dialplan::Arguments;
use ucx_pbx::{Ending, Joiner, Line};

application!(Bridge, "Bridge", needs Right::Control, waits run,
    synopsis: "Bridges the caller with another channel, which is taken out of what it does.",
    syntax: "Bridge(channel[,options])",
    arguments: &[("channel", "The channel's name or uniqueid.")],
    options: &[
        ("p", "The other hears a tone first."),
        ("F([[context^]exten^]priority)", "Where the other goes on when the bridge is over; the caller's next priority without a place."),
        ("S(seconds)", "Ends the caller that long from now."),
        ("L(ms[:…])", "As S, in milliseconds; nobody is warned before."),
        ("x", "The other is hung up when the bridge is over, instead of going on in the dialplan."),
    ],
    sets: &[("BRIDGERESULT", "SUCCESS, FAILURE, LOOP (it is the caller itself) or NONEXISTENT.")],
    notes: "Without F and x the other goes on at its own next priority. Features that are reached by digits are not part of this host.",
);

const OPTIONS: &str = "pFhHkKLnStTwWx";

async fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let args = Arguments::split(args);
    let name = args.text(0).trim();
    if name.is_empty() {
        text::warn(line, "Bridge", "it needs a channel");
        return line.set_variable("BRIDGERESULT", "FAILURE");
    }
    let Some(other) = line.pbx().find_channel(name) else {
        return line.set_variable("BRIDGERESULT", "NONEXISTENT");
    };
    if other.id == line.id() {
        return line.set_variable("BRIDGERESULT", "LOOP");
    }
    let options = text::options(line, "Bridge", args.text(1), OPTIONS);
    let joiner = Joiner {
        channel: other.id,
        sounds: options.has('p').then(|| Arc::from([Arc::from("beep")])),
        after: after(
            line,
            &other,
            options.has('x'),
            options.has('F').then(|| options.argument('F').unwrap_or("")),
        ),
    };
    let limit = limit(options.argument('S'), options.argument('L'));
    if let Some(limit) = limit {
        line.pbx().set_absolute_timeout(line.id(), Some(limit));
    }
    let joined = line.join(joiner).await;
    if limit.is_some() {
        line.pbx().set_absolute_timeout(line.id(), None);
    }
    let result = match joined {
        Ok(Some(_)) => "SUCCESS",
        Ok(None) => "FAILURE",
        Err(Ending::Refused(Refusal::Conflict(why))) => {
            text::warn(line, "Bridge", why);
            "FAILURE"
        }
        Err(ending) => return Err(ending),
    };
    line.set_variable("BRIDGERESULT", result)
}

/// Where the other goes on.
fn after(line: &Line, other: &ChannelSnapshot, ends: bool, place: Option<&str>) -> Option<Place> {
    let next = |place: &Place| Place {
        priority: place.priority + 1,
        ..place.clone()
    };
    match place {
        Some("") => Some(next(line.place())),
        Some(text) => line
            .place_of(&text.replace('^', ","))
            .inspect_err(|why| text::warn(line, "Bridge", why))
            .ok(),
        None if ends => None,
        // A party that was only called has no dialplan of its own.
        None => Some(next(&other.place))
            .filter(|place| line.exten_exists(&place.context, &place.exten, place.priority)),
    }
}

fn limit(seconds: Option<&str>, milliseconds: Option<&str>) -> Option<Duration> {
    let number = |text: &str| {
        let digits = text.split(':').next().unwrap_or_default();
        digits.trim().parse::<u64>().ok().filter(|number| *number > 0)
    };
    let of_seconds = seconds.and_then(number).map(Duration::from_secs);
    of_seconds.or_else(|| milliseconds.and_then(number).map(Duration::from_millis))
}

#[cfg(test)]
mod tests {
    use crate::tests::test;
    use ucx_call::{Cause, EventKind, Signal};

    const PLAN: &str = "[main]\nexten => 100,1,Answer()\n same => n,Wait(90)\n same => n,NoOp(gone on)\nexten => 200,1,Bridge(PJSIP/alice-00000000,OPTIONS)\n same => n,NoOp(${BRIDGERESULT})\n same => n,Wait(1)\nexten => 300,1,NoOp(sent on)\n";

    /// The steps of both when the first, or the second, hangs up after they met.
    fn steps(options: &str, who: &str) -> (Vec<String>, Vec<String>) {
        let mut steps = Default::default();
        test(&PLAN.replace("OPTIONS", options), async |world| {
            let first = world.call("100");
            world.pass(100).await;
            let second = world.call("200");
            world.pass(100).await;
            let entered = world
                .record()
                .count(|kind| matches!(kind, EventKind::BridgeEntered { .. }));
            assert_eq!(entered, 2, "{options}");
            let who = if who == "first" { first } else { second };
            world.pbx.signal(who, Signal::HungUp(Cause::NORMAL_CLEARING));
            world.until_over().await;
            steps = (world.steps("alice-00000000"), world.steps("alice-00000001"));
        });
        steps
    }

    #[test]
    fn the_other_goes_on_where_it_would_have_when_the_caller_leaves() {
        let (first, _) = steps("", "second");
        assert_eq!(first.last().map(String::as_str), Some("100,3 NoOp(gone on)"));
        let (first, _) = steps("F(main^300^1)", "second");
        assert_eq!(first.last().map(String::as_str), Some("300,1 NoOp(sent on)"));
        let (first, _) = steps("F", "second");
        assert_eq!(first[2], "200,2 NoOp()");
        let (first, _) = steps("x", "second");
        assert_eq!(first.last().map(String::as_str), Some("100,2 Wait(90)"));
    }

    #[test]
    fn the_caller_goes_on_when_the_other_leaves_and_knows_how_it_went() {
        let (_, second) = steps("p", "first");
        assert_eq!(second[1], "200,2 NoOp(SUCCESS)");
        for (name, result) in [
            ("PJSIP/none-1", "NONEXISTENT"),
            ("PJSIP/alice-00000000", "LOOP"),
            ("", "FAILURE"),
        ] {
            let plan = format!("[main]\nexten => 100,1,Bridge({name})\n same => n,NoOp(${{BRIDGERESULT}})\n");
            let notes = crate::tests::notes(&plan);
            assert_eq!(notes, [result], "{name}");
        }
    }
}
