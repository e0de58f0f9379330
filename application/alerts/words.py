"""What a message says: plain text, no numbers, a link to the page and what to do."""

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct

from application.queries.attention import Need
from application.queries.figures import CallFigures
from domain.alerting import AlertChange
from domain.counted import counted
from domain.digest import Day
from domain.instants import time_text

TITLES: dict[Need, str] = {
    "damage": "the ledger is damaged",
    "clock": "the clock is wrong",
    "account": "nobody is called",
    "views": "lists and figures are behind",
    "silence": "no webhooks come",
    "pause": "paused",
    "idle": "nobody is called although somebody could be",
    "approval": "a change waits for a second person",
    "unresolved": "attempts are unresolved",
    "budget": "most of a budget is used up",
    "subscriber": "a subscriber takes nothing",
    "divergence": "MiniVoice says something else of our calls",
    "quarantine": "deliveries could not be read",
}
LinkOf = Callable[[str, str | None], str | None]
"""The page where a need, of a campaign perhaps, is settled; None where the address of the pages is not known."""
NO_LINK = "DIALTRAIL_PUBLIC_URL is not set, so there is no link; look at the pages of Dialtrail."


class WrittenAlert(Struct, frozen=True):
    """A subject and a text."""

    subject: str
    text: str


class DaySummary(Struct, frozen=True, kw_only=True):
    """What a digest tells: a day's calls, what was spent on it (or why that is not known), and what needs somebody now."""

    day: Day
    zone: str
    figures: CallFigures
    spent: str
    needs: Sequence[tuple[str, str | None, str]]


def told(changes: Sequence[AlertChange], link_of: LinkOf, given_up: int) -> WrittenAlert:
    """A message about what was raised or is over; `given_up` earlier ones could not be sent."""
    parts = [_paragraph(change, link_of) for change in changes]
    if given_up:
        parts.append(f"{counted(given_up, 'earlier message')} could not be sent, and will not be.")
    return WrittenAlert(_subject(changes), "\n\n".join(parts) + "\n")


def trial_message() -> WrittenAlert:
    """A message that says nothing but that it came."""
    text = (
        "This message was asked for by `dialtrail alerts test`, or over the API: alerts of Dialtrail reach you.\n"
        "Nothing is to be done.\n"
    )
    return WrittenAlert("Dialtrail: test of alerts", text)


def digest(summary: DaySummary, link_of: LinkOf) -> WrittenAlert:
    """A day in one message."""
    figures = summary.figures
    over = figures.calls - figures.ringing
    rate = "-" if figures.answer_rate is None else f"{100 * figures.answer_rate:.0f} %"
    lines = [
        f"{summary.day.day:%A, %Y-%m-%d} ({summary.zone})",
        "",
        f"Calls:        {figures.calls:,}",
        f"Answered:     {figures.answered:,} of {over:,} that do not ring any more ({rate})",
        f"No answer:    {figures.no_answer:,}",
        f"Failed:       {figures.failed:,}",
        f"Refused:      {counted(figures.refused, 'request')}",
        f"Talk time:    {figures.talk_seconds / 60:,.0f} min",
        f"Spent:        {summary.spent}",
        "",
    ]
    if summary.needs:
        lines.append("Needs somebody now:")
        for need, campaign_id, says in summary.needs:
            lines.append(f"- {_about(need, campaign_id)}: {says}")
            link = link_of(need, campaign_id)
            if link is not None:
                lines.append(f"  {link}")
    else:
        lines.append("Nothing needs anybody now.")
    return WrittenAlert(
        f"Dialtrail: {summary.day.day:%Y-%m-%d}, {counted(figures.calls, 'call')}", "\n".join(lines) + "\n"
    )


def _subject(changes: Sequence[AlertChange]) -> str:
    if len(changes) == 1:
        (only,) = changes
        condition = only.alert.condition
        return f"Dialtrail: {'over: ' if only.kind == 'over' else ''}{_about(condition.need, condition.campaign_id)}"
    kinds = [change.kind for change in changes]
    counts = [f"{kinds.count(kind)} {kind}" for kind in ("raised", "over") if kind in kinds]
    return f"Dialtrail: alerts: {', '.join(counts)}"


def _paragraph(change: AlertChange, link_of: LinkOf) -> str:
    alert, condition = change.alert, change.alert.condition
    about = _about(condition.need, condition.campaign_id)
    if change.kind == "over":
        gone = f" until {_minute(alert.gone_at)}" if alert.gone_at is not None else ""
        return f"OVER: {about}\nIt was so from {_minute(alert.since)}{gone}.\nIt was said: {condition.says}"
    link = link_of(condition.need, condition.campaign_id)
    return (
        f"{about[:1].upper()}{about[1:]}\n{condition.says}\nSince: {_minute(alert.since)}\n"
        f"What to do: {condition.what_to_do}\n{NO_LINK if link is None else f'Look: {link}'}"
    )


def _about(need: str, campaign_id: str | None) -> str:
    title = next((text for name, text in TITLES.items() if name == need), need)
    return title if campaign_id is None else f"{title} ({campaign_id})"


def _minute(at: datetime) -> str:
    return time_text(at)[:16].replace("T", " ") + " UTC"
