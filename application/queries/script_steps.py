"""How often each step of a campaign's script was reached, by its last calls."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Annotated

from msgspec import Struct

from application.fields import Count, Position, means
from application.installation import Installation
from application.moment import Moment
from application.queries.campaign import read_campaign
from application.queries.scripts import VersionNumber, chosen_version
from domain.call import AnswerServed
from domain.errors import InvalidInput
from domain.events import Recorded
from domain.identity import call_stream
from domain.script import Script, check_script, script_of
from projections import call_index
from projections.folded import call_of
from projections.script_versions import ScriptVersion, script_versions
from projections.steps_told import steps_told
from projections.store import portions

CALLS_READ_MAX = 100
CALLS_LOOKED_AT_MAX = 4 * CALLS_READ_MAX
"""Of so many that the campaign has now, or had once, those are picked that were its own at the moment."""


class StepReached(Struct, frozen=True, kw_only=True):
    """A step, and how many of these calls were told it."""

    step: str
    calls: Count


class StepsReached(Struct, frozen=True, kw_only=True):
    """How far calls came in one version of a script; `steps` is empty where that version cannot be walked through."""

    version: VersionNumber
    calls_read: Annotated[Count, means(f"the last calls of the campaign, {CALLS_READ_MAX} at most")]
    calls: Annotated[Count, means("those of them that this version said something to: what each step's calls are of")]
    steps: Annotated[list[StepReached], means("every step, in the order of the script")]
    position: Position


def steps_reached(parts: Installation, campaign_id: str, moment: Moment, version: str) -> StepsReached:
    """Of one version, by its number, as it was known at a moment. Raises `InvalidInput` and `NotFound`."""
    versions = script_versions(read_campaign(parts, campaign_id, moment.position))
    found = chosen_version(versions, "version", version)
    with parts.reads.reading() as taken:
        number, _ = parts.reads.campaign_in(taken, campaign_id, moment.position)
        listed = call_index.last_calls(taken.connection, number, moment.position, CALLS_LOOKED_AT_MAX)
    last = list(islice(_own_calls(parts, campaign_id, listed, moment.position), CALLS_READ_MAX))
    script = _walkable(found)
    told = [] if script is None else [_told(script, found.version, events) for events in last]
    return StepsReached(
        version=found.version,
        calls_read=len(last),
        calls=sum(map(bool, told)),
        steps=[
            StepReached(step=name, calls=sum(name in steps for steps in told))
            for name in (() if script is None else script.steps)
        ],
        position=moment.position,
    )


def _walkable(version: ScriptVersion) -> Script | None:
    """The script; None where there is none, or nobody could walk through it: it was stored by an older release."""
    try:
        script = None if version.script is None else script_of(version.script)
    except InvalidInput:
        return None
    return None if script is None or check_script(script) else script


def _own_calls(
    parts: Installation, campaign_id: str, call_ids: Sequence[str], position: int
) -> Iterator[Sequence[Recorded]]:
    """The events of each of these calls that was the campaign's at that position."""
    for some in portions(call_ids, CALLS_READ_MAX):
        streams = [call_stream(one) for one in some]
        read = parts.ledger.read_streams(streams, position)
        for events in (read.get(stream, ()) for stream in streams):
            claim = call_of(events).claim
            if claim is not None and claim.campaign_id == campaign_id:
                yield events


def _told(script: Script, version: int, events: Iterable[Recorded]) -> set[str]:
    """The steps that a call was told of a version."""
    served = (one.event for one in events if isinstance(one.event, AnswerServed))
    return steps_told(script, (one for one in served if one.version == version))
