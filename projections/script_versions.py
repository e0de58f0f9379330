"""The versions of a campaign's script: who changed it, when, and why; a version once given stays what it was."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

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


def script_versions(stream: Iterable[Recorded]) -> list[ScriptVersion]:
    """All of them, oldest first, from the campaign's stream; each change of the script makes one, a rollback as well."""
    found: list[ScriptVersion] = []
    current: Mapping[str, Any] | None = None
    for recorded in stream:
        event = recorded.event
        if not isinstance(event, (CampaignCreated, CampaignRevised)) or event.plan.script == current:
            continue
        current = event.plan.script
        found.append(
            ScriptVersion(
                version=len(found) + 1,
                script=current,
                position=recorded.position,
                recorded_at=recorded.recorded_at,
                author=recorded.metadata.get("actor"),
                reason=event.reason if isinstance(event, CampaignRevised) else None,
            )
        )
    return found


def inbound_versions(stream: Iterable[Recorded]) -> list[Mapping[str, Any] | None]:
    """The inbound scripts that a campaign has had, oldest first; the first is version 1. None where it had none any more."""
    found: list[Mapping[str, Any] | None] = []
    for recorded in stream:
        event = recorded.event
        if isinstance(event, (CampaignCreated, CampaignRevised)):
            written = event.plan.inbound_script or None
            if written != (found[-1] if found else None):
                found.append(written)
    return found


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
