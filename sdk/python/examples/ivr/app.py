"""A menu: the caller presses a digit, and the operator's table `ivr` says what it means."""

from ucx import NotAnswered, call_flow, config, count, done, endpoint, failed, goto, hang_up, log, lookup, seconds

TRIES = 3
RING = seconds(20)


@call_flow
def ivr(channel, args):
    menu = lookup("ivr")
    channel.answer()
    for _ in range(TRIES):
        digit = channel.gather(prompt=config("prompt", "ivr-menu"), max_digits=1).digits
        row = menu.find(digit) if digit else None
        if row is None:
            channel.play(config("invalid", "option-is-invalid"))
            continue
        action, target = row.require("action"), row.text("target", "")
        log.info(f"{digit}: {action} {target}")
        count("choices")
        if action == "goto":
            return goto(target, row.text("exten", "s"))
        if action == "hangup":
            return hang_up()
        if action != "dial":
            return failed(f"row {row.key}: {action} is no action (dial, goto, hangup)")
        try:
            peer = channel.dial(endpoint(target), ring=RING)
        except NotAnswered:
            channel.play(config("nobody", "vm-nobodyavail"))
            continue
        channel.connect(peer)
        return done()
    channel.play(config("goodbye", "vm-goodbye"))
    return hang_up()
