"""The life of a call, planned whole at its creation from the seed: what happens, and how long after creation."""

from typing import NamedTuple

from entrypoints.sandbox.chance import Chance
from entrypoints.sandbox.settings import SandboxSettings

CREATED_WEBHOOK_SECONDS = 0.03
RECORDING_START_SECONDS = 0.02
GATHERS_MAX = 3


class Step(NamedTuple):
    after_seconds: float
    event: str


def plan_life(
    chance: Chance,
    settings: SandboxSettings,
    subject: tuple[object, ...],
    *,
    record: bool,
    scripted: bool = False,
    picked_up: bool = False,
    start_seconds: float = 0.0,
) -> tuple[Step, ...]:
    """Steps in the order in which they happen; the last one is terminal. A recording's end is not planned here.

    A `scripted` call that is answered has neither gathers nor an end planned: its script follows, and brings them.
    One that is `picked_up` is answered whatever the rates.
    """
    created = start_seconds + CREATED_WEBHOOK_SECONDS
    ringing = created + chance.seconds(settings.ring_seconds, "ring", *subject)
    if not picked_up and not chance.hits(settings.answer_rate, "answer", *subject):
        return (Step(created, "call.created"), Step(ringing, _unanswered(chance, settings, subject)))
    talk = chance.seconds(settings.talk_seconds, "talk", *subject)
    end = ringing + talk
    steps = [Step(created, "call.created"), Step(ringing, "call.answered")]
    gathers = (
        chance.whole(1, GATHERS_MAX, "gathers", *subject)
        if not scripted and chance.hits(settings.gather_rate, "gather", *subject)
        else 0
    )
    steps += [Step(ringing + talk * (nth + 1) / (gathers + 1), "call.gathered") for nth in range(gathers)]
    if record:
        steps.append(Step(ringing + min(RECORDING_START_SECONDS, talk / 2), "recording.started"))
    if not scripted:
        steps.append(Step(end, "call.completed"))
    return tuple(sorted(steps, key=lambda step: step.after_seconds))


def plan_refused(start_seconds: float) -> tuple[Step, ...]:
    """A call that the carrier refused (502) and that exists all the same: its webhooks come late."""
    return (
        Step(start_seconds, "call.created"),
        Step(start_seconds + CREATED_WEBHOOK_SECONDS, "call.failed"),
    )


def gathered_data(
    chance: Chance, settings: SandboxSettings, subject: tuple[object, ...], nth: int
) -> dict[str, object]:
    """`data` of the nth call.gathered: one digit, or none in time; no two of a call are alike, to tell from duplicates."""
    timed_out = nth == 1 and chance.hits(settings.gather_timeout_rate, "gather timed out", *subject)
    first_digit = chance.whole(0, 9, "digit", *subject)
    return {
        "digits": "" if timed_out else str((first_digit + nth) % 10),
        "status": "timeout" if timed_out else "completed",
        "timed_out": timed_out,
        "min_digits": 1,
        "max_digits": 1,
        "timeout_seconds": 5,
        "finish_on_key": "#",
    }


def _unanswered(chance: Chance, settings: SandboxSettings, subject: tuple[object, ...]) -> str:
    roll = 1 - chance.roll("unanswered", *subject)
    if roll <= settings.canceled_rate:
        return "call.canceled"
    return "call.failed" if roll <= settings.canceled_rate + settings.busy_rate else "call.completed"
