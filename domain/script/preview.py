"""All that a caller can hear, as a tree in which each step is told once."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from domain.script.actions import Action, Ask, Handing, Say
from domain.script.script import Gather, HandOver, Next, Script, ScriptStep
from domain.script.text import spoken_values, template_of


class Branch(Struct, frozen=True, kw_only=True):
    """A way on to a step, and what leads there: `next`, `otherwise`, `no_input`, `invalid`, `timeout`, `exhausted`, or pressed digits.

    `callbacks` are those of the digits that wish a call again, with how long after that. `scene` is None where the step is
    told elsewhere in the tree.
    """

    when: tuple[str, ...]
    pressed: tuple[str, ...] = ()
    step: str
    scene: "StepPreview | None"
    callbacks: Mapping[str, str] = {}


class StepPreview(Struct, frozen=True, kw_only=True):
    """What happens in a step, its question or handing over last, and the ways on. `tries_max` is how often it asks."""

    step: str
    actions: tuple[Action | Ask | Handing, ...]
    tries_max: int | None = None
    ways: tuple[Branch, ...] = ()


def scenes(script: Script, variables: Mapping[str, str]) -> tuple[StepPreview, ...]:
    """The tree from the start, and that from `on_missing_variable` where it is not part of the first.

    Variables that neither these nor the script have a value for stay in the texts as they are written.
    """
    spoken = spoken_values(script.defaults, variables)
    told: set[str] = set()
    begins = (script.start, script.on_missing_variable)
    return tuple(_scene(script, name, spoken, told) for name in begins if name is not None and name not in told)


def _scene(script: Script, name: str, spoken: Mapping[str, str], told: set[str]) -> StepPreview:
    told.add(name)
    step = script.steps[name]
    ways = [
        Branch(
            when=tuple(when for when, _ in reasons if when != "pressed"),
            pressed=tuple(digits for when, digits in reasons if when == "pressed"),
            step=following,
            scene=None if following in told else _scene(script, following, spoken, told),
            callbacks=_callbacks(step, following),
        )
        for following, reasons in _reasons(step).items()
    ]
    return StepPreview(
        step=name,
        actions=tuple(_heard(step, spoken)),
        tries_max=step.exit.tries_max if isinstance(step.exit, Gather) else None,
        ways=tuple(ways),
    )


def _callbacks(step: ScriptStep, following: str) -> dict[str, str]:
    gather = step.exit
    if not isinstance(gather, Gather):
        return {}
    return {digits: after for digits, after in gather.callback.items() if gather.on.get(digits) == following}


def _reasons(step: ScriptStep) -> dict[str, list[tuple[str, str]]]:
    """Each step that follows, with why."""
    found: dict[str, list[tuple[str, str]]] = {}
    match step.exit:
        case Next(following):
            found[following] = [("next", "")]
        case HandOver(otherwise=str(following)):
            found[following] = [("otherwise", "")]
        case Gather() as gather:
            for digits, following in gather.on.items():
                found.setdefault(following, []).append(("pressed", digits))
            for reason, following in (
                ("no_input", gather.no_input),
                ("invalid", gather.on_invalid),
                ("timeout", gather.on_timeout),
                ("exhausted", gather.on_exhausted),
            ):
                found.setdefault(following, []).append((reason, ""))
        case _:
            pass
    return found


def _heard(step: ScriptStep, spoken: Mapping[str, str]) -> list[Action | Ask | Handing]:
    heard: list[Action | Ask | Handing] = [
        Say(_filled(action.text, spoken)) if isinstance(action, Say) else action for action in step.actions
    ]
    match step.exit:
        case Gather(ask=ask):
            heard.append(replace(ask, prompt=_filled(ask.prompt, spoken)))
        case HandOver(to=to):
            heard.append(to)
        case _:
            pass
    return heard


def _filled(text: str, spoken: Mapping[str, str]) -> str:
    template = template_of(text)
    return template.filled({name: spoken.get(name, f"{{{name}}}") for name in template.names})
