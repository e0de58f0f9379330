"""The versions of a campaign's script: which there were, what each says, and what two of them differ in."""

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta, Struct
from msgspec.structs import asdict

from adapters.documents.script import shown_script
from application.actor import Actor
from application.fields import Count, Cursor, Instant, Position, means
from application.installation import Installation
from application.moment import Moment
from application.queries.campaign import read_campaign
from application.queries.changes import FieldChanged
from application.queries.masking import shown_text
from domain.errors import InvalidInput, NotFound
from projections.script_versions import ScriptVersion, script_changes, script_versions

DIGITS_MAX = 9
VersionNumber = Annotated[int, Meta(ge=1, le=10**DIGITS_MAX - 1)]


class VersionShown(Struct, frozen=True, kw_only=True):
    """One version of a campaign's script."""

    version: VersionNumber
    recorded_at: Instant
    at_position: Annotated[Position, means("of the event that made it the campaign's script")]
    actor: Annotated[str | None, means("who did; null to viewers")]
    reason: Annotated[str | None, means("null to viewers")]
    steps: Annotated[Count | None, means("how many it has; null where the campaign had no script any more")]


class ScriptShown(VersionShown, frozen=True, kw_only=True):
    """A version with what it says."""

    script: Annotated[Mapping[str, Any] | None, means("as a campaign file has it; to viewers without destinations")]
    position: Position


class VersionsPage(Struct, frozen=True, kw_only=True):
    """Some versions, the oldest first."""

    items: list[VersionShown]
    next: Cursor
    position: Position


class ScriptsCompared(Struct, frozen=True, kw_only=True):
    """Two versions, and every value that differs, under its path such as `steps.menu.on.1`."""

    before: VersionShown
    after: VersionShown
    changes: list[FieldChanged]
    position: Position


def versions_page(
    parts: Installation,
    actor: Actor,
    campaign_id: str,
    moment: Moment,
    after: int,
    limit: int,
    *,
    inbound: bool = False,
) -> VersionsPage:
    """The versions of a campaign's script up to a moment, or of its inbound one. Raises `NotFound`."""
    items = [one for one in _versions(parts, campaign_id, moment, inbound=inbound) if one.version > after]
    return VersionsPage(
        items=[_shown(one, actor) for one in items[:limit]],
        next=str(items[limit - 1].version) if len(items) > limit else None,
        position=moment.position,
    )


def script_at(
    parts: Installation, actor: Actor, campaign_id: str, moment: Moment, version: str, *, inbound: bool = False
) -> ScriptShown:
    """One version, by its number. Raises `InvalidInput` and `NotFound`."""
    found = chosen_version(_versions(parts, campaign_id, moment, inbound=inbound), "version", version)
    script = shown_script(found.script, sees_numbers=actor.sees_numbers)
    return ScriptShown(**asdict(_shown(found, actor)), script=script, position=moment.position)


def compared_scripts(
    parts: Installation,
    actor: Actor,
    campaign_id: str,
    moment: Moment,
    version: str,
    other: str,
    *,
    inbound: bool = False,
) -> ScriptsCompared:
    """Two versions, by their numbers. Raises `InvalidInput` and `NotFound`."""
    versions = _versions(parts, campaign_id, moment, inbound=inbound)
    before, after = chosen_version(versions, "version", version), chosen_version(versions, "other", other)
    scripts = [shown_script(one.script, sees_numbers=actor.sees_numbers) for one in (before, after)]
    return ScriptsCompared(
        before=_shown(before, actor),
        after=_shown(after, actor),
        changes=[FieldChanged(one.field, one.before, one.after) for one in script_changes(*scripts)],
        position=moment.position,
    )


def _versions(parts: Installation, campaign_id: str, moment: Moment, *, inbound: bool) -> list[ScriptVersion]:
    return script_versions(read_campaign(parts, campaign_id, moment.position), inbound=inbound)


def chosen_version(versions: list[ScriptVersion], name: str, text: str) -> ScriptVersion:
    """The version that a text numbers. Raises `InvalidInput`, by this `name`, and `NotFound`."""
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX):
        raise InvalidInput(name, "must be the number of a version, from 1")
    number = int(text)
    if not 1 <= number <= len(versions):
        known = f"there are 1 to {len(versions)}" if versions else "it has none"
        raise NotFound(f"the campaign has no version {number} of its script; {known}")
    return versions[number - 1]


def _shown(one: ScriptVersion, actor: Actor) -> VersionShown:
    return VersionShown(
        version=one.version,
        recorded_at=one.recorded_at,
        at_position=one.position,
        actor=shown_text(one.author, actor),
        reason=shown_text(one.reason, actor),
        steps=None if one.script is None else len(one.script.get("steps", ())),
    )
