"""What does a caller hear, and where does each key lead? The operator's table `menus` says it.

The same as `plugins/ivr-menu`, in Python; `plugins/ivr-menu/cases.json` says what both have to do.
"""

from ucx import NotAnswered, call_flow, config, done, endpoint, failed, goto, hang_up, lookup, seconds

#: How long an endpoint rings when the row does not say.
RING_SECONDS = 20
#: How often a menu is read out when its row does not say.
TRIES = 3
#: Menus and keys one caller may go through; a table that leads round and round ends here.
STEPS_MAX = 100
#: The action of a key that keeps the caller where he is.
AGAIN = object()


class To(str):
    """The menu a key leads to."""


class Broken(Exception):
    """The table cannot be followed; the words go to the call's trace."""


@call_flow
def lead(channel, args):
    channel.answer()
    try:
        return through(channel, args.get("arg1") or "main")
    except Broken as why:
        return failed(str(why))


def through(channel, menu):
    """Goes from menu to menu; answers what becomes of the caller."""
    for _ in range(STEPS_MAX):
        leads_to = visit(channel, menu)
        if not isinstance(leads_to, To):
            return leads_to
        menu = leads_to
    raise Broken(f"menu {menu} leads round and round")


def visit(channel, menu):
    """Reads a menu out until a key leads out of it; answers where to."""
    row = lookup("menus").find(menu)
    if row is None:
        raise Broken(f"there is no menu {menu}")
    tries = number(row, "tries", TRIES)
    prompt = sounds(needed(row, "prompt"))
    for _ in range(max(tries, 1)):
        digits = channel.gather(prompt=prompt, max_digits=1, terminators="").digits
        if not digits:
            continue
        choice = lookup("menus").find(f"{menu}/{digits}")
        if choice is None:
            play_setting(channel, "invalid")
            continue
        leads_to = follow(channel, menu, choice)
        if leads_to is not AGAIN:
            return leads_to
    play_setting(channel, "goodbye")
    return done()


def follow(channel, menu, choice):
    """Does what a key stands for."""
    prompt = sounds(choice.text("prompt") or "")
    if prompt:
        channel.play(*prompt)
    action = needed(choice, "action")
    if action == "dial":
        return dial(channel, menu, choice)
    if action == "menu":
        return To(needed(choice, "target"))
    if action == "goto":
        context, comma, exten = needed(choice, "target").partition(",")
        return goto(context.strip(), exten.strip()) if comma else goto("", context.strip())
    if action == "say":
        channel.play(*sounds(needed(choice, "target")))
        return AGAIN
    if action == "hangup":
        return hang_up()
    raise Broken(f"row {choice.key}: {action} is no action (dial, menu, goto, say, hangup)")


def dial(channel, menu, choice):
    legs = [endpoint(name.strip()) for name in needed(choice, "target").split("&")]
    try:
        peer = channel.dial(*legs, ring=seconds(number(choice, "ring", RING_SECONDS)))
    except NotAnswered:
        play_setting(channel, "unavailable")
        return To(menu)
    channel.connect(peer)
    return hang_up()


def needed(row, column):
    """The text in that column, which has to be there."""
    text = row.text(column)
    if not text:
        raise Broken(f"row {row.key} has no {column}")
    return text


def number(row, column, usual):
    """The number in that column that is not below nought, or the usual one."""
    text = (row.text(column) or "").strip()
    return int(text) if text.isascii() and text.isdecimal() else usual


def sounds(text):
    """Sounds with `&` between them."""
    return [name for name in text.split("&") if name]


def play_setting(channel, name):
    """Plays the sound the operator set for that, if there is one."""
    sound = config(name)
    if sound:
        channel.play(*sounds(sound))
