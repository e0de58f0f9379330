"""The versions of a campaign's script: who changed it, when, and why; a version once given stays what it was."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import reduce
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from domain.campaign import CampaignCreated, CampaignRevised
from domain.events import Recorded


class ScriptVersion(Struct, frozen=True, kw_only=True):
    """One version, from 1. `script` as it is written, None where the campaign had none any more; `author` who made it so."""

    version: int
    script: Mapping[str, Any] | None
    position: int
    recorded_at: datetime
    author: str | None
    reason: str | None


class Written(Struct, frozen=True, kw_only=True):
    """The scripts that a campaign has had, oldest first: `versions` of its own one, each change one more, a rollback as well.

    `inbound` are the versions of the one for people who ring back, with numbers of their own.
    """

    versions: tuple[ScriptVersion, ...] = ()
    inbound: tuple[ScriptVersion, ...] = ()


NOTHING_WRITTEN = Written()


def written_with(known: Written, recorded: Recorded) -> Written:
    """After one more event of the campaign's stream."""
    event = recorded.event
    if not isinstance(event, (CampaignCreated, CampaignRevised)):
        return known
    return replace(
        known,
        versions=_with(known.versions, event.plan.script, recorded),
        inbound=_with(known.inbound, event.plan.inbound_script or None, recorded),
    )


def _with(
    known: tuple[ScriptVersion, ...], script: Mapping[str, Any] | None, recorded: Recorded
) -> tuple[ScriptVersion, ...]:
    """One more version where the script is another than before."""
    if script == (known[-1].script if known else None):
        return known
    event = recorded.event
    version = ScriptVersion(
        version=len(known) + 1,
        script=script,
        position=recorded.position,
        recorded_at=recorded.recorded_at,
        author=recorded.metadata.get("actor"),
        reason=event.reason if isinstance(event, CampaignRevised) else None,
    )
    return (*known, version)


def script_versions(stream: Iterable[Recorded], *, inbound: bool = False) -> list[ScriptVersion]:
    """All of them, oldest first, from the campaign's stream; those for people who ring back, where `inbound` is asked for."""
    written = reduce(written_with, stream, NOTHING_WRITTEN)
    return list(written.inbound if inbound else written.versions)


class ScriptDifference(Struct, frozen=True):
    """One value that is not the same in two versions, under its path such as `steps.menu.on.1`; None where it is not there."""

    field: str
    before: Any
    after: Any


def script_changes(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[ScriptDifference]:
    """Every value that differs, in the order of the version before, then what came anew."""
    was, will_be = dict(_values("", before or {})), dict(_values("", after or {}))
    return [
        ScriptDifference(field, was.get(field), will_be.get(field))
        for field in dict.fromkeys((*was, *will_be))
        if was.get(field) != will_be.get(field)
    ]


def _values(path: str, value: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _values(f"{path}.{name}" if path else str(name), inner)
    elif isinstance(value, list | tuple) and value:
        for place, inner in enumerate(value):
            yield from _values(f"{path}[{place}]", inner)
    elif path:
        yield path, value
