"""Asks the caller for an extension and goes on there, in the context the call is in."""

from ucx import call_flow, config, goto, hang_up, log


@call_flow
def ask(channel, args):
    channel.answer()
    pressed = channel.gather(prompt=config("prompt", "vm-enter-num-to-call"), max_digits=4)
    if not pressed.digits:
        return hang_up()
    log.info(f"goes on at {pressed.digits}")
    return goto("", pressed.digits)
