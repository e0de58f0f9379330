"""Scripts and callers by chance: valid ones, and ones that somebody broke."""

import string
from collections.abc import Callable

from hypothesis import strategies as st
from msgspec.structs import replace

from domain.script import (
    Action,
    Ask,
    Bridge,
    Conference,
    End,
    Gather,
    Handing,
    HandOver,
    Heard,
    Hold,
    Mute,
    Next,
    NotHeard,
    NothingPressed,
    Pressed,
    Resume,
    Say,
    Script,
    ScriptStep,
    SendDigits,
    StartRecording,
    StartStream,
    StopRecording,
    StopStream,
    Transfer,
    Unmute,
    check_script,
)
from domain.script.actions import Direction, Track

KEYS = "0123456789*#"
NAMES = ("name", "amount", "Day_2", "_x")
"""The variables that texts speak of."""

VALUES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "Ada",
            " ",
            "",
            "{name}",
            "{{",
            '"}],"actions":[{"type":"hold"}',
            "\x00\x1b[31m",
            "\u200b",
            "x" * 500,
            "Zoë  O'Hara\n",
        ]
    ),
)
"""What a recipient's variables may hold: names, nothing, and attempts to say more than a name."""


def variables() -> st.SearchStrategy[dict[str, str]]:
    """A recipient's variables; some of those that are spoken of may be missing."""
    return st.dictionaries(st.sampled_from([*NAMES, "other"]), VALUES, max_size=len(NAMES))


_WORDS = st.text(string.ascii_letters + " .,!?'äß€\"\\", min_size=1, max_size=20).filter(str.strip)
_PARTS = st.one_of(_WORDS, st.sampled_from([*(f"{{{name}}}" for name in NAMES), "{{", "}}"]))


# Made once: a strategy that is built anew for each draw costs more than what it draws.
_TEXTS = st.tuples(_WORDS, st.lists(_PARTS, max_size=4)).map(lambda drawn: "".join([drawn[0], *drawn[1]]))
_DIRECTIONS: st.SearchStrategy[Direction] = st.sampled_from(["read", "write", "both"])
_TRACKS: st.SearchStrategy[Track | None] = st.sampled_from([None, "inbound", "outbound", "both"])
_FLAGS = st.none() | st.booleans()
_DESTINATIONS = st.sampled_from(["+15551230002", "sip:desk@example.com"])
_SENT = st.tuples(st.text("0123456789*#ABCDwW,", min_size=1, max_size=8), st.none() | st.integers(0, 60_000))
_ACTIONS: st.SearchStrategy[Action] = st.one_of(
    _TEXTS.map(Say),
    _SENT.map(lambda drawn: SendDigits(digits=drawn[0], pause_before_ms=drawn[1])),
    st.sampled_from([Hold(), Resume(), StartRecording(), StopRecording(), StopStream()]),
    _DIRECTIONS.map(Mute),
    _DIRECTIONS.map(Unmute),
    _TRACKS.map(lambda track: StartStream(stream_url="wss://example.com/sound", track=track)),
)
_HANDINGS: st.SearchStrategy[Handing] = st.one_of(
    _DESTINATIONS.map(lambda destination: Transfer(destination=destination)),
    st.tuples(_DESTINATIONS, st.none() | st.integers(1, 600)).map(
        lambda drawn: Bridge(destination=drawn[0], timeout_seconds=drawn[1])
    ),
    st.tuples(st.text("ab.-_1", min_size=1, max_size=5), _FLAGS, _FLAGS).map(
        lambda drawn: Conference(room=drawn[0], mute=drawn[1], end_on_exit=drawn[2])
    ),
)
_COUNTS = st.integers(1, 4)
_HOW_MANY: st.SearchStrategy[dict[str, int]] = st.one_of(
    st.just({}),
    _COUNTS.map(lambda count: {"num_digits": count}),
    _COUNTS.map(lambda count: {"max_digits": count}),
    st.just({"min_digits": 1}),
    st.tuples(_COUNTS, st.integers(0, 3)).map(lambda drawn: {"min_digits": drawn[0], "max_digits": sum(drawn)}),
)
_ASKS = st.tuples(_TEXTS, st.integers(1, 30), st.none() | st.sampled_from(KEYS), _HOW_MANY).map(
    lambda drawn: Ask(prompt=drawn[0], timeout_seconds=drawn[1], finish_on_key=drawn[2], **drawn[3])
)
_TEXT_LISTS = st.lists(_ACTIONS, max_size=3)
_DEFAULTS = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["you", "some money"]), max_size=4)
_KINDS = st.sampled_from(["gather", "next", "hand_over", "gather"])
_ANSWERS: st.SearchStrategy[Heard] = st.one_of(
    st.text(KEYS, min_size=1, max_size=2).map(Pressed), st.just(NothingPressed()), st.just(NotHeard())
)


def _pressable(ask: Ask) -> list[str]:
    """A few answers that this question can get."""
    keys = KEYS.replace(ask.finish_on_key or " ", "")
    return [key * (ask.min_digits or 1) for key in keys]


@st.composite
def scripts(draw: st.DrawFn, steps_max: int = 7) -> Script:
    """A script that `check_script` has nothing against.

    Ways lead on to later steps; only digits, `invalid`, `timeout` and `no_input` may also lead back, so that what ends a
    walk always does.
    """
    count = draw(st.integers(1, steps_max))
    names = [f"step_{nth}" for nth in range(count)]
    tries_left = 18
    steps: dict[str, ScriptStep] = {}
    for nth, name in enumerate(names):
        after = names[nth + 1 :]
        kind = draw(_KINDS) if after else "end"
        acts = tuple(draw(_TEXT_LISTS))
        if kind == "gather" and tries_left > 0:
            tries = draw(st.integers(1, min(3, tries_left)))
            tries_left -= tries
            steps[name] = ScriptStep(actions=acts, exit=_gather(draw, names, after, tries))
        elif kind == "hand_over":
            onward = st.sampled_from(after[:2])
            steps[name] = ScriptStep(
                actions=acts, exit=HandOver(to=draw(_HANDINGS), otherwise=draw(st.none() | onward))
            )
        elif kind == "next":
            steps[name] = ScriptStep(actions=acts, exit=Next(draw(st.sampled_from(after[:2]))))
        else:
            steps[name] = ScriptStep(actions=(*acts, Say(draw(_TEXTS))), exit=End())
    script = Script(
        start=names[0],
        steps=steps,
        defaults=draw(_DEFAULTS),
        on_missing_variable=draw(st.none() | st.sampled_from(names)),
        safe_text=draw(st.none() | st.just("Goodbye for now.")),
    )
    return _mended(script)


def _gather(draw: st.DrawFn, names: list[str], after: list[str], tries: int) -> Gather:
    onward, anywhere = st.sampled_from(after), st.sampled_from(names)
    ask = draw(_ASKS)
    return Gather(
        ask=ask,
        on=draw(st.dictionaries(st.sampled_from(_pressable(ask)), anywhere, max_size=3)),
        no_input=draw(anywhere),
        invalid=draw(st.none() | anywhere),
        timeout=draw(st.none() | anywhere),
        tries_max=tries,
        exhausted=draw(onward),
    )


def _mended(script: Script) -> Script:
    """The script without what `check_script` finds; that a chance script has few faults is why this ends soon."""
    for _ in range(200):
        faults = check_script(script)
        if not faults:
            return script
        fault = faults[0]
        if fault.field == "on_missing_variable":
            script = replace(script, on_missing_variable=None)
        elif "reached from nowhere" in fault.says:
            islands = {other.step for other in faults if "reached from nowhere" in other.says}
            script = replace(script, steps={name: step for name, step in script.steps.items() if name not in islands})
        elif fault.field in {"no_input", "exhausted"} or "for ever" in fault.says or fault.field == "steps":
            script = _ended(script, fault.step or _busiest(script))
        else:
            raise AssertionError(f"a chance script has a fault of another kind: {fault}")
    raise AssertionError("a chance script could not be mended")


def _ended(script: Script, name: str) -> Script:
    step = ScriptStep(actions=(*script.steps[name].actions, Say("Goodbye.")), exit=End())
    return replace(script, steps={**script.steps, name: step})


def _busiest(script: Script) -> str:
    def weight(name: str) -> int:
        exit_ = script.steps[name].exit
        return exit_.tries_max if isinstance(exit_, Gather) else int(isinstance(exit_, HandOver))

    return max(script.steps, key=weight)


def callers() -> st.SearchStrategy[list[Heard]]:
    """What a caller answers to each question, in order: as many as a call can have."""
    return st.lists(_ANSWERS, min_size=20, max_size=20)


def broken_scripts() -> st.SearchStrategy[Script]:
    """A script that was valid before somebody changed one thing of it for the worse."""
    return st.tuples(scripts(), st.sampled_from(BREAKS), st.randoms(use_true_random=False)).map(
        lambda drawn: drawn[1](drawn[0], drawn[2].choice(list(drawn[0].steps)))
    )


def _exit_of(script: Script, name: str, exit_: Next | Gather | HandOver | End) -> Script:
    return replace(script, steps={**script.steps, name: replace(script.steps[name], exit=exit_)})


def _asking(**changes: object) -> Callable[[Script, str], Script]:
    def break_it(script: Script, name: str) -> Script:
        gather = Gather(ask=Ask(prompt="Press 1."), no_input="the_end", exhausted="the_end")
        script = _exit_of(script, name, replace(gather, **changes))
        return replace(script, steps={**script.steps, "the_end": ScriptStep(actions=(Say("Bye."),), exit=End())})

    return break_it


def _saying(text: str) -> Callable[[Script, str], Script]:
    def break_it(script: Script, name: str) -> Script:
        step = script.steps[name]
        return replace(script, steps={**script.steps, name: replace(step, actions=(*step.actions, Say(text)))})

    return break_it


BREAKS: tuple[Callable[[Script, str], Script], ...] = (
    lambda script, _: replace(script, start="nowhere"),
    lambda script, _: replace(script, on_missing_variable="nowhere"),
    lambda script, _: replace(script, steps={}),
    lambda script, _: replace(script, safe_text="Bye {name}."),
    lambda script, _: replace(script, safe_text="\u200b"),
    lambda script, _: replace(script, defaults={**script.defaults, "name": " "}),
    lambda script, _: replace(script, steps={**script.steps, "island": ScriptStep(exit=End())}),
    lambda script, name: _exit_of(script, name, Next("nowhere")),
    lambda script, name: _exit_of(script, name, Next(name)),
    lambda script, name: _exit_of(script, name, HandOver(to=Transfer(destination="sip:a"), otherwise=name)),
    _saying(""),
    _saying(" \u200b"),
    _saying("Hello {name"),
    _saying("Hello }"),
    _saying("Hello {first name}"),
    _saying("Hello {}"),
    _saying("Your number is {Number}."),
    _saying("{a}" * 21),
    _asking(ask=Ask(prompt="\t")),
    _asking(ask=Ask(prompt="x", num_digits=1, max_digits=2)),
    _asking(ask=Ask(prompt="x", min_digits=3, max_digits=2)),
    _asking(on={"12": "the_end"}),
    _asking(on={"#": "the_end"}, ask=Ask(prompt="x", finish_on_key="#")),
    _asking(on={"1": "nowhere"}),
    _asking(tries_max=21),
)
"""Changes after which no script is valid any more."""
