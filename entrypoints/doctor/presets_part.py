"""Campaigns that still call by a preset whose source was read long ago."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from domain.policy import READ_AGAIN_AFTER_DAYS, BasedOn, is_outdated
from entrypoints.doctor.finding import Finding

OVER = frozenset({"canceled", "completed"})


def preset_findings(campaigns: Iterable[Mapping[str, Any]], now: datetime) -> list[Finding]:
    """One for each preset, with the campaigns that were made from it and are not over."""
    made: dict[BasedOn, list[str]] = {}
    for one in campaigns:
        based_on = _based_on(one.get("policy"))
        if based_on is not None and one["state"] not in OVER and is_outdated(based_on, now):
            made.setdefault(based_on, []).append(one["id"])
    return [
        Finding(
            "rule data",
            "warning",
            f"{', '.join(ids)}: made from the preset {preset.preset}, whose source was read on {preset.as_of}, "
            f"more than {READ_AGAIN_AFTER_DAYS} days ago",
            f"see whether its rules have changed, then: dialtrail campaign revise {ids[0]} FILE",
        )
        for preset, ids in made.items()
    ]


def _based_on(policy: Any) -> BasedOn | None:
    """What a policy says that it was made from; None where it does not, or in words of a newer server."""
    try:
        said = policy["based_on"]
        return BasedOn(preset=str(said["preset"]), as_of=date.fromisoformat(said["as_of"]))
    except (TypeError, KeyError, ValueError):
        return None
