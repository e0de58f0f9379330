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

    `inbound` are those for people who ring back; the first is version 1. None where it had none any more.
    """

    versions: tuple[ScriptVersion, ...] = ()
    inbound: tuple[Mapping[str, Any] | None, ...] = ()


NOTHING_WRITTEN = Written()


def written_with(known: Written, recorded: Recorded) -> Written:
    """After one more event of the campaign's stream."""
    event = recorded.event
    if not isinstance(event, (CampaignCreated, CampaignRevised)):
        return known
    if event.plan.script != (known.versions[-1].script if known.versions else None):
        version = ScriptVersion(
            version=len(known.versions) + 1,
            script=event.plan.script,
            position=recorded.position,
            recorded_at=recorded.recorded_at,
            author=recorded.metadata.get("actor"),
            reason=event.reason if isinstance(event, CampaignRevised) else None,
        )
        known = replace(known, versions=(*known.versions, version))
    inbound = event.plan.inbound_script or None
    if inbound != (known.inbound[-1] if known.inbound else None):
        known = replace(known, inbound=(*known.inbound, inbound))
    return known


def script_versions(stream: Iterable[Recorded]) -> list[ScriptVersion]:
    """All of them, oldest first, from the campaign's stream."""
    return list(reduce(written_with, stream, NOTHING_WRITTEN).versions)


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
