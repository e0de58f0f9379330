"""What waits for somebody: pauses, attempts in doubt, calls without an end, webhooks that nobody could read."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from domain.counted import counted
from domain.errors import DialtrailError, NotFound
from entrypoints.doctor.finding import Finding, Level
from entrypoints.doctor.presets_part import preset_findings
from entrypoints.doctor.subscriptions_part import subscription_findings
from entrypoints.doctor.webhook_part import Ask
from entrypoints.segments import segment

CALLS_LOOKED_AT_MAX = 50
QUARANTINED_LOOKED_AT_MAX = 100
LONG_CALL_SECONDS = 2 * 3600.0
UNDER_WAY = ("dialing", "in_progress")


async def pending_findings(ask: Ask, now: datetime, reconcile_after_seconds: float) -> list[Finding]:
    """What the API says of all campaigns. Of the calls under way the first few are looked at.

    What cannot be asked for, as at a server that is older, is told, and hides nothing of the rest.
    """
    found: list[Finding] = []
    campaigns: list[Mapping[str, Any]] = []
    try:
        campaigns = (await ask("/v1/campaigns"))["items"]
    except DialtrailError as error:
        found.append(_found("warning", f"the campaigns could not be asked for: {error}"))
    found += [
        *_pauses(campaigns),
        *_in_doubt(campaigns),
        *_without_recipients(campaigns),
        *preset_findings(campaigns, now),
    ]
    try:
        overdue = await _overdue(ask, campaigns, now - timedelta(seconds=reconcile_after_seconds))
        found += _without_end(overdue, now)
    except DialtrailError as error:
        found.append(_found("warning", f"the calls under way could not be asked for: {error}"))
    found += await _in_quarantine(ask)
    found += await subscription_findings(ask)
    if not found:
        found.append(_found("ok", f"{counted(len(campaigns), 'campaign')}, nothing waits for you"))
    return found


async def _in_quarantine(ask: Ask) -> list[Finding]:
    try:
        return _quarantined((await ask(f"/v1/quarantine?limit={QUARANTINED_LOOKED_AT_MAX}"))["items"])
    except NotFound:
        what = "the server is older than this command, and cannot say what lies in quarantine (no /v1/quarantine there)"
        return [_found("warning", what, "restart `dialtrail up` with this version, then run again: dialtrail doctor")]
    except DialtrailError as error:
        return [_found("warning", f"it could not be asked what lies in quarantine: {error}")]


def _pauses(campaigns: Iterable[Mapping[str, Any]]) -> list[Finding]:
    found: dict[str, Finding] = {}
    for one in campaigns:
        pause = one.get("pause")
        if pause is None or pause.get("cause") == "operator":
            continue
        account = pause.get("scope") == "account"
        said = " ".join(str(pause[name]) for name in ("status", "code") if pause.get(name) is not None)
        what = f"{'the account' if account else 'campaign ' + one['id']} is paused since {pause.get('at')}: {said}"
        todo = f"{pause.get('what_to_do')}: dialtrail campaign resume {one['id']}"
        found.setdefault("account" if account else one["id"], _found("warning", what, todo))
    return list(found.values())


def _in_doubt(campaigns: Iterable[Mapping[str, Any]]) -> list[Finding]:
    counts = {one["id"]: int(one["recipients"].get("unresolved", 0)) for one in campaigns}
    return [
        _found(
            "warning",
            f"{counted(count, 'recipient')} of {name} unresolved: whether there was a call, or how it ended, is not known",
            f"see the attempts in doubt with: dialtrail unresolved {name}",
        )
        for name, count in counts.items()
        if count
    ]


def _without_recipients(campaigns: Iterable[Mapping[str, Any]]) -> list[Finding]:
    return [
        _found(
            "note",
            f"campaign {one['id']} is running, and has no recipients",
            f"enrol some with: dialtrail recipients import {one['id']} FILE",
        )
        for one in campaigns
        if one["state"] == "running" and not sum(one["recipients"].values())
    ]


def _quarantined(kept: Iterable[Mapping[str, Any]]) -> list[Finding]:
    unread = [one for one in kept if one["read"] is None]
    readable = sum(bool(one["readable"]) for one in unread)
    found = []
    if readable:
        what = f"{counted(readable, 'webhook')} in quarantine can be read by this version"
        found.append(_found("warning", what, "have what they say recorded with: dialtrail quarantine read --all"))
    if len(unread) > readable:
        what = f"{counted(len(unread) - readable, 'webhook')} in quarantine cannot be read: MiniVoice may have changed something"
        found.append(_found("warning", what, "see why with: dialtrail quarantine list"))
    return found


def _without_end(overdue: list[tuple[datetime, str]], now: datetime) -> list[Finding]:
    if not overdue:
        return []
    oldest, call_id = min(overdue)
    seconds = (now - oldest).total_seconds()
    what = f"{counted(len(overdue), 'call')} without an end for long; the oldest, {call_id}, since {seconds:.0f} s"
    todo = f"see what MiniVoice says of it: dialtrail doctor --call {call_id}"
    return [_found("warning" if seconds > LONG_CALL_SECONDS else "note", what, todo)]


async def _overdue(ask: Ask, campaigns: Iterable[Mapping[str, Any]], before: datetime) -> list[tuple[datetime, str]]:
    """The calls under way that began before that, with their beginnings."""
    begun: list[tuple[datetime, str]] = []
    looked_at = 0
    for one in campaigns:
        for status in UNDER_WAY:
            if not one["recipients"].get(status):
                continue
            rest = CALLS_LOOKED_AT_MAX - looked_at
            if rest <= 0:
                return begun
            page = await ask(f"/v1/campaigns/{segment(one['id'])}/recipients?status={status}&limit={rest}")
            for call_id in (item["call_id"] for item in page["items"] if item.get("call_id")):
                looked_at += 1
                state = (await ask(f"/v1/calls/{segment(call_id)}"))["state"]
                since = state.get("created_at") or state.get("answered_at")
                if since is not None and (instant := datetime.fromisoformat(since)) < before:
                    begun.append((instant, call_id))
    return begun


def _found(level: Level, what: str, what_to_do: str = "") -> Finding:
    return Finding("pending", level, what, what_to_do)
