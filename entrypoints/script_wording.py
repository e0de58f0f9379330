"""What a script's steps do and where they lead, in words."""

from collections.abc import Iterator, Mapping

from domain.counted import counted
from domain.script import (
    Action,
    Ask,
    Branch,
    Bridge,
    Conference,
    Handing,
    Hold,
    Mute,
    Resume,
    Say,
    SendDigits,
    StartRecording,
    StartStream,
    StopRecording,
    StopStream,
    Transfer,
    Unmute,
    after_in_words,
)

WHEN: Mapping[str, str] = {
    "next": "then",
    "otherwise": "if that fails and MiniVoice goes on",
    "no_input": "nothing pressed",
    "invalid": "other digits",
    "timeout": "not known in time what was pressed",
    "exhausted": "no try left",
}
DIRECTIONS: Mapping[str, str] = {"both": "both directions", "read": "what we hear", "write": "what the caller hears"}
PLAIN: Mapping[type[Action], str] = {
    Hold: "puts the caller on hold",
    Resume: "takes the caller off hold",
    StartRecording: "records from here on",
    StopRecording: "records no longer",
}


def way_in_words(way: Branch) -> str:
    """What leads on: `pressed 1 or 2, nothing pressed`."""
    pressed = [f"pressed {' or '.join(way.pressed)}"] if way.pressed else []
    return ", ".join([*pressed, *_callbacks(way), *(WHEN[reason] for reason in way.when)])


def _callbacks(way: Branch) -> Iterator[str]:
    """What the digits wish: `a callback wished for 2 hours later`; with the digits, where not all of this way wish the same."""
    wished = set(way.callbacks.values())
    if len(wished) == 1 and len(way.callbacks) == len(way.pressed):
        yield f"a callback wished for {after_in_words(wished.pop())} later"
        return
    for digits, after in way.callbacks.items():
        yield f"by {digits} a callback wished for {after_in_words(after)} later"


def action_in_words(action: Action | Ask | Handing) -> tuple[str, str | None, str | None]:
    """What happens, the text that is spoken, and what else is to know of it."""
    match action:
        case Say(text):
            return "says", text, None
        case Ask():
            return "asks", action.prompt, _asked(action)
        case SendDigits(digits=digits, pause_before_ms=pause):
            return f"presses {digits}", None, None if pause is None else f"after {pause:,} ms"
        case StartStream(stream_url=to):
            return f"sends the sound to {to}", None, None
        case StopStream(stream_url=to):
            return f"sends the sound no longer{'' if to is None else f' to {to}'}", None, None
        case Mute(direction=direction):
            return f"silences {DIRECTIONS[direction]}", None, None
        case Unmute(direction=direction):
            return f"gives {DIRECTIONS[direction]} the sound again", None, None
        case Hold() | Resume() | StartRecording() | StopRecording():
            return PLAIN[type(action)], None, None
        case _:
            return _handing(action)


def _handing(action: Handing) -> tuple[str, str | None, str | None]:
    match action:
        case Transfer(destination=to):
            return f"hands the call to {to}", None, None
        case Bridge(destination=to, timeout_seconds=most):
            waits = None if most is None else f"for {counted(most, 'second')} at most"
            return f"connects the caller with {to}", None, waits
        case Conference(room=room):
            return f"brings the caller into the room {room}", None, _room(action)


def _asked(ask: Ask) -> str:
    least, most = ask.min_digits, ask.max_digits
    if ask.num_digits is not None:
        digits = counted(ask.num_digits, "digit")
    elif least is not None and most is not None:
        digits = f"{least} to {counted(most, 'digit')}"
    elif most is not None:
        digits = f"{counted(most, 'digit')} at most"
    else:
        digits = "1 digit" if least is None else f"{counted(least, 'digit')} at least"
    ends = f", {ask.finish_on_key} ends it" if ask.finish_on_key else ""
    return f"{digits}{ends}; waits {counted(ask.timeout_seconds, 'second')}"


def _room(room: Conference) -> str | None:
    said = ["silenced"] if room.mute else []
    said += ["ends for all when this call leaves"] if room.end_on_exit else []
    return ", ".join(said) or None
