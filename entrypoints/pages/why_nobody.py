"""Why nobody is being called, or who is, in a sentence and in figures."""

from msgspec import Struct

from application.queries.campaign import CampaignShown
from application.queries.standing import StandingShown
from domain.dialing import CLOCK_AHEAD
from domain.instants import time_text

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


class WhyNobody(Struct, frozen=True, kw_only=True):
    """One sentence, what can be done about it, and the figures; `mood` is good, waiting, stopped or over."""

    mood: str
    says: str
    what_to_do: str | None
    figures: list[tuple[str, str, int, str]]


def answer_of(campaign: CampaignShown, standing: StandingShown) -> WhyNobody:
    """From a campaign and where everybody in it stands. A figure is (id, name, people, what it means)."""
    mood, says, what_to_do = _sentence(campaign, standing)
    figures = [(name.replace("_", "-"), shown, getattr(standing, name), means) for name, shown, means in FIGURES]
    return WhyNobody(mood=mood, says=says, what_to_do=what_to_do, figures=figures)


def _sentence(campaign: CampaignShown, standing: StandingShown) -> tuple[str, str, str | None]:
    pause, campaign_id = campaign.pause, campaign.id
    if pause is not None:
        whose = "The account is paused" if pause.scope == "account" else "The campaign is paused"
        return "stopped", f"{whose}: {pause.reason}.", f"{pause.what_to_do}."
    if campaign.state == "created":
        return "waiting", f"It has not been started. {standing.callable_now:,} could be called now.", "Start it."
    if campaign.state != "running":
        return "over", f"It is {campaign.state}: nobody is called any more.", None
    if any(one.reason == CLOCK_AHEAD for one in standing.held_by):
        says = "The ledger's time is ahead of this machine's clock: nobody is called."
        return "stopped", says, "Set the clock that is wrong right, then `dialtrail account resume`."
    if standing.in_flight:
        return "good", f"{_people(standing.in_flight)} being called at this moment.", None
    if standing.callable_now:
        return "good", f"{_people(standing.callable_now)} next in the queue.", None
    if not any(getattr(standing, name) for name, _, _ in FIGURES):
        return "waiting", "Nobody is enrolled.", f"Import recipients: `dialtrail recipients import {campaign_id} FILE`."
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
    at = standing.next_at
    opening = "" if at is None else f" The next of them can be called at {time_text(at).replace('T', ' ')[:16]} UTC."
    return f"Nobody can be called now: {', '.join(part for part in parts if part)}.{opening}"


def _people(count: int) -> str:
    return "1 person is" if count == 1 else f"{count:,} people are"
