"""How a call walks through its script, document by document: each ends, hands the call over, or asks and comes back."""

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from domain.script.actions import Action, Ask, Handing, Say
from domain.script.limits import STEPS_MAX
from domain.script.script import End, Gather, HandOver, Next, Script, ScriptStep
from domain.script.text import spoken_values, template_of

SAFE_TEXT = "We are sorry, we cannot go on with this call. Goodbye."


class Place(Struct, frozen=True, array_like=True):
    """Where a walk stands: the step that was asked or handed over, how often each was asked, and how often any was.

    `gathers` counts the questions of the call, so that the report of the last one is its `gathers`-th.
    """

    step: str
    tries: Mapping[str, int] = {}
    gathers: int = 0


class Redirect(Struct, frozen=True):
    """The provider comes back for the next document, and says which place it is at."""

    place: Place


class Pressed(Struct, frozen=True):
    """The caller pressed these digits."""

    digits: str


class NothingPressed(Struct, frozen=True):
    """The caller was asked, and pressed nothing."""


class NotHeard(Struct, frozen=True):
    """What the caller pressed did not become known in time."""


Heard = Pressed | NothingPressed | NotHeard
ServedAction = Action | Ask | Handing | Redirect


class Document(Struct, frozen=True, kw_only=True):
    """What one request is answered with: the actions, the steps that they are from, and the variables that were missing.

    Where some were, the actions are those of `on_missing_variable`, or the safe text with no steps at all.
    """

    actions: tuple[ServedAction, ...]
    steps: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


BEGINNING = Place("")


def heard_of(digits: str | None) -> Heard:
    """What a report of digits says; also a question that timed out may have some."""
    return Pressed(digits) if digits else NothingPressed()


def next_step(script: Script, place: Place, heard: Heard) -> str:
    """The step after the one at `place`. Raises `LookupError` for a place that this script cannot lead to."""
    step = script.steps[place.step]
    match step.exit:
        case Gather():
            return _branch(step.exit, heard)
        case HandOver(otherwise=str(otherwise)):
            return otherwise
        case _:
            raise LookupError(f"nobody comes back to step {place.step}")


def _branch(gather: Gather, heard: Heard) -> str:
    match heard:
        case NotHeard():
            return gather.on_timeout
        case NothingPressed() | Pressed(digits=""):
            return gather.no_input
        case Pressed(digits):
            # Whether the key that finishes is among the digits is documented nowhere.
            without = digits.removesuffix(gather.ask.finish_on_key or "")
            return gather.on.get(digits) or gather.on.get(without) or gather.on_invalid


def document(script: Script, step: str, place: Place, variables: Mapping[str, str]) -> Document:
    """The document that begins with `step`, in a walk that has come from `place` (`BEGINNING` for the first).

    `script` has passed `check_script`. Raises `LookupError` for a step that it does not have.
    """
    values = spoken_values(script.defaults, variables)
    steps = tuple(inlined(script, step, place.tries))
    missing = _missing(script, steps, values)
    if not missing:
        return Document(actions=_actions(script, steps, place, values), steps=steps)
    if script.on_missing_variable is not None:
        steps = tuple(inlined(script, script.on_missing_variable, place.tries))
        if not _missing(script, steps, values):
            return Document(actions=_actions(script, steps, place, values), steps=steps, missing=missing)
    return replace(safe_document(script), missing=missing)


def safe_document(script: Script | None = None) -> Document:
    """What is said where nothing else can be: the script's `safe_text`, or our own."""
    text = SAFE_TEXT if script is None or script.safe_text is None else script.safe_text
    return Document(actions=(Say(template_of(text).filled({})),))


def inlined(script: Script, step: str, tries: Mapping[str, int]) -> Iterator[str]:
    """The steps of one document, in order; a question that was asked often enough is left out."""
    for _ in range(STEPS_MAX):
        match script.steps[step].exit:
            case Next(following):
                yield step
                step = following
            case Gather() as gather if tries.get(step, 0) >= gather.tries_max:
                step = gather.on_exhausted
            case _:
                yield step
                return
    raise LookupError(f"step {step} comes again and again in one document")


def texts_of(step: ScriptStep) -> Iterator[tuple[str, str]]:
    """Each text that a step speaks, with the field it stands in."""
    for index, action in enumerate(step.actions):
        if isinstance(action, Say):
            yield f"actions[{index}].say", action.text
    if isinstance(step.exit, Gather):
        yield "gather.prompt", step.exit.ask.prompt


def _missing(script: Script, steps: tuple[str, ...], values: Mapping[str, str]) -> tuple[str, ...]:
    named = (name for step in steps for _, text in texts_of(script.steps[step]) for name in template_of(text).names)
    return tuple(dict.fromkeys(name for name in named if name not in values))


def _actions(
    script: Script, steps: tuple[str, ...], place: Place, values: Mapping[str, str]
) -> tuple[ServedAction, ...]:
    told: list[ServedAction] = []
    for name in steps:
        step = script.steps[name]
        told += (_filled(action, values) if isinstance(action, Say) else action for action in step.actions)
        match step.exit:
            case Gather(ask=ask):
                tries = {**place.tries, name: place.tries.get(name, 0) + 1}
                told.append(replace(ask, prompt=template_of(ask.prompt).filled(values)))
                told.append(Redirect(Place(name, tries, place.gathers + 1)))
            case HandOver(to=to, otherwise=otherwise):
                told.append(to)
                if otherwise is not None:
                    told.append(Redirect(Place(name, place.tries, place.gathers)))
            case Next() | End():
                pass
    return tuple(told)


def _filled(say: Say, values: Mapping[str, str]) -> Say:
    return Say(template_of(say.text).filled(values))
