"""Why nobody is being called, or who is, or how it ended: in a sentence and in figures."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from application.queries.campaign import CampaignShown
from application.queries.standing import StandingShown
from application.unsound import LEDGER_DAMAGED, LEDGER_UNCHECKED, MEND
from domain.dialing import CLOCK_AHEAD
from entrypoints.pages.rendering import share

Figure = tuple[str, str, int, str]
"""Id, name, how many, and what it means."""
FIGURES = (
    ("callable_now", "Callable now", "in the queue, and no rule forbids it"),
    ("waiting", "Waiting for hours", "for their hours, a gap or a retry"),
    ("capped", "Capped", "tried as often as the policy allows within its period"),
    ("suppressed", "Suppressed", "nobody shall call them"),
    ("not_dialable", "Not dialable", "refused, withdrawn, held or without a zone"),
    ("in_flight", "In flight", "ringing or talking"),
    ("unresolved", "Unresolved", "whether there was a call is not known"),
    ("done", "Done", "reached, not reached, failed or canceled"),
)

ENDED = frozenset({"completed", "canceled"})
MEANT = frozenset({"operator", "schedule", "canary"})
"""Causes of a pause that somebody wanted."""
NOBODY_NOW = "Nobody can be called now"
ALL_HELD: Mapping[str, tuple[str, str, str | None]] = {
    LEDGER_DAMAGED: (
        "stopped",
        "An index of the ledger is damaged: nobody is called.",
        f"{MEND[0].upper()}{MEND[1:]}.",
    ),
    LEDGER_UNCHECKED: (
        "waiting",
        "Whether the ledger's indexes are sound is being looked at: nobody is called before that is over.",
        "`dialtrail status` says how far that is, or why it cannot be looked at.",
    ),
    CLOCK_AHEAD: (
        "stopped",
        "The ledger's time is ahead of this machine's clock: nobody is called.",
        "Set the clock that is wrong right, then `dialtrail account resume`.",
    ),
}
"""Of what holds everybody: mood, what is said, and what to do."""


class WhyNobody(Struct, frozen=True, kw_only=True):
    """What is asked, one sentence, what can be done about it, and the figures; `mood` is good, waiting, stopped or over.

    `next_at` is when the next of those who wait can be called, where that is what the sentence is about. `nobody` are
    the figures that are 0.
    """

    asks: str
    mood: str
    says: str
    what_to_do: str | None
    next_at: datetime | None
    figures: list[Figure]
    nobody: list[Figure]


def answer_of(campaign: CampaignShown, standing: StandingShown) -> WhyNobody:
    """From a campaign and where everybody in it stands."""
    mood, says, what_to_do = _sentence(campaign, standing)
    has_ended = campaign.state in ENDED and campaign.summary is not None
    figures = _ended(campaign) if has_ended else _going_on(standing)
    return WhyNobody(
        asks="How did it end?"
        if has_ended
        else "Who is being called?"
        if mood == "good"
        else "Why is nobody being called?",
        mood=mood,
        says=says,
        what_to_do=what_to_do,
        next_at=standing.next_at if says.startswith(NOBODY_NOW) else None,
        figures=figures if has_ended else [one for one in figures if one[2]],
        nobody=[] if has_ended else [one for one in figures if not one[2]],
    )


def _going_on(standing: StandingShown) -> list[Figure]:
    return [(name.replace("_", "-"), shown, getattr(standing, name), means) for name, shown, means in FIGURES]


def _ended(campaign: CampaignShown) -> list[Figure]:
    """What came of a campaign that calls nobody any more."""
    summary = campaign.summary
    if summary is None:
        return []
    calls = sum(one.calls for one in summary.calls.values())
    unresolved = (campaign.recipients or {}).get("unresolved", 0)
    figures = [
        ("enrolled", "Enrolled", summary.enrolled, "people in this campaign"),
        ("tried", "Tried", summary.dialled, f"{share(summary.dialled, summary.enrolled)} of them, at least once"),
        ("reached", "Reached", summary.reached, f"{share(summary.reached, summary.dialled)} of those who were tried"),
        ("calls", "Calls", calls, "whatever became of them"),
    ]
    left = ("unresolved", "Unresolved", unresolved, "whether there was a call is not known")
    return [*figures, left] if unresolved else figures


def _sentence(campaign: CampaignShown, standing: StandingShown) -> tuple[str, str, str | None]:
    pause, campaign_id = campaign.pause, campaign.id
    if pause is not None:
        whose = "The account is paused" if pause.scope == "account" else "The campaign is paused"
        return "waiting" if pause.cause in MEANT else "stopped", f"{whose}: {pause.reason}.", f"{pause.what_to_do}."
    somebody_is_enrolled = any(getattr(standing, name) for name, _, _ in FIGURES)
    import_them = f"Import recipients: `dialtrail recipients import {campaign_id} FILE`"
    if campaign.state == "created" and not somebody_is_enrolled:
        return "waiting", "It has not been started, and nobody is enrolled.", f"{import_them}, then start it."
    if campaign.state == "created":
        return "waiting", f"It has not been started. {standing.callable_now:,} could be called now.", "Start it."
    if campaign.state != "running":
        return "over", f"It is {campaign.state}: nobody is called any more.", None
    held = next((ALL_HELD[one.reason] for one in standing.held_by if one.reason in ALL_HELD), None)
    if held is not None:
        return held
    if standing.in_flight:
        return "good", f"{_people(standing.in_flight)} being called at this moment.", None
    if standing.callable_now:
        return "good", f"{_people(standing.callable_now)} next in the queue.", None
    if not somebody_is_enrolled:
        return "waiting", "Nobody is enrolled.", f"{import_them}."
    if standing.waiting or standing.capped:
        return "waiting", _waiting(standing), None
    if standing.unresolved:
        says = (
            f"Nobody is left to call; {_people(standing.unresolved)} unresolved: whether there was a call is not known."
        )
        return "waiting", says, f"Settle them: `dialtrail unresolved {campaign_id}`."
    if standing.held_by:
        says = f"Nobody can be called: {standing.not_dialable:,} cannot be dialled."
        return "stopped", says, "Look at their reasons below, and at `dialtrail account show`."
    return "over", "Nobody is left to call.", None


def _waiting(standing: StandingShown) -> str:
    parts = [
        f"{standing.waiting:,} wait for their hours or a gap to pass" if standing.waiting else "",
        f"{standing.capped:,} are capped" if standing.capped else "",
    ]
    return f"{NOBODY_NOW}: {', '.join(part for part in parts if part)}."


def _people(count: int) -> str:
    return "1 person is" if count == 1 else f"{count:,} people are"
