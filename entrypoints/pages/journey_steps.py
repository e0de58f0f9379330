"""A journey in a few steps: what belongs together, told in a sentence, with what is remarkable about it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from application.queries.call_timeline import EntryShown
from entrypoints.call_wording import SOURCES, event_in_words, more_in_words

STEPS: Mapping[str, tuple[str, str]] = {
    "call.created": ("placed", "Call placed"),
    "call.claimed": ("placed", "Call placed"),
    "call.came_in": ("came_in", "Rang back"),
    "call.answered": ("answered", "Answered"),
    "answer.served": ("script", "Script followed"),
    "call.gathered": ("script", "Script followed"),
    "call.completed": ("ended", "Ended"),
    "call.failed": ("ended", "Ended"),
    "call.canceled": ("ended", "Ended"),
    "recording.started": ("recording", "Recording"),
    "recording.completed": ("recording", "Recording"),
    "recording.failed": ("recording", "Recording"),
    "recording.requested": ("recording", "Recording"),
    "insight.fetched": ("insights", "AI results"),
    "call.observed": ("observed", "Asked MiniVoice"),
}
OTHER = ("other", "Reported")


class StepEntry(Struct, frozen=True):
    """One entry of a step."""

    says: str
    notes: Sequence[str]
    deliveries: int
    order_known: bool


class JourneyStep(Struct, frozen=True):
    """What belongs together; `at` is when it began."""

    kind: str
    name: str
    at: datetime
    parts: list[StepEntry]


def journey_steps(entries: Sequence[EntryShown]) -> list[JourneyStep]:
    """The steps in the order in which they began."""
    found: dict[str, JourneyStep] = {}
    for entry in entries:
        kind, name = STEPS.get(entry.event, OTHER)
        step = found.setdefault(kind, JourneyStep(kind, name, entry.happened_at or entry.recorded_at, []))
        step.parts.append(StepEntry(_says(entry), entry.notes, entry.deliveries, entry.order_known))
    return list(found.values())


def _says(entry: EntryShown) -> str:
    """An entry in a few words, with what viewers may see of it."""
    more = more_in_words(entry.detail)
    source = SOURCES[entry.source] if entry.source != "dialtrail" else ""
    said = event_in_words(entry.event, entry.detail) + (f" ({more})" if more else "")
    return f"{said}, {source}" if source else said
