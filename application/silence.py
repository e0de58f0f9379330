"""Silence: calls are open, and no webhook tells of them. What is said of it, and what to do, is decided here alone."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Struct

from application.arrivals import RefusalKind
from application.fields import CampaignId, Count, Instant, means
from application.installation import Installation
from domain.errors import DialtrailError, NotReady
from projections import call_index
from projections.in_flight import OpenAttempt

SILENT_AFTER = timedelta(minutes=2)
KNOWN_SECONDS_MAX = 0.5
"""A probe waits for the answer, and a command that only reads has what is in flight in less."""
"""MiniVoice reports a call as it begins, and what became of it once it rang: after so long nothing is on its way."""
HOURS_FROM_MINUTES = 120
DAYS_FROM_HOURS = 48
DOCTOR = "`dialtrail doctor` tries the way in"
SIGN_ALIKE = (
    "set MINIVOICE_WEBHOOK_SECRET to the application's webhook_secret at MiniVoice, and start `dialtrail up` again"
)
REFUSED: Mapping[RefusalKind, tuple[str, str]] = {
    "signature": ("wrong signature", SIGN_ALIKE),
    "no_secret": ("MINIVOICE_WEBHOOK_SECRET is not set here", SIGN_ALIKE),
    "too_old": ("too old", "set this machine's clock, or MINIVOICE_WEBHOOK_TOLERANCE_SECONDS=0"),
    "other": ("not as MiniVoice sends them", "`delivery refused` in the log says why"),
}


class Silence(Struct, frozen=True, kw_only=True):
    """Calls that are open for long, of which no webhook tells."""

    calls: Count
    oldest_since: Instant
    campaigns: Annotated[list[CampaignId], means("whose calls they are")]
    last_webhook_at: Annotated[Instant | None, means("null where none has ever arrived")]
    refused: Annotated[Count, means("deliveries that were not believed, since the last that was")]
    refused_since: Instant | None
    says: str
    what_to_do: str

    @property
    def sentence(self) -> str:
        """All of it, for where there is one line."""
        return f"{self.says}: {self.what_to_do}"


async def silence_now(parts: Installation) -> Silence | None:
    """What is silent now; None where nothing is, or it is not known: nothing is said of what has not been read yet."""
    try:
        return await look_for_silence(parts)
    except DialtrailError:
        return None


async def look_for_silence(parts: Installation) -> Silence | None:
    """What is silent now; None where nothing is. Raises `DialtrailError` where it is not known."""
    await parts.fresh(KNOWN_SECONDS_MAX)
    now = parts.clock()
    if _just_began(parts, now):
        raise NotReady("it has not been listened for long enough to tell")
    waiting = _open_for_long(parts, now)
    if not waiting:
        return None
    last = await parts.arrivals.last(parts.ledger, lambda: _first_call(parts))
    if last is not None and now - last < SILENT_AFTER:
        return None
    return _told(parts, waiting, last, now)


def _just_began(parts: Installation, now: datetime) -> bool:
    """Whether this process listens for so short a time that a webhook may be on its way."""
    listening_since = parts.arrivals.listening_since
    return listening_since is not None and now - listening_since < SILENT_AFTER


def _open_for_long(parts: Installation, now: datetime) -> list[OpenAttempt]:
    """Attempts whose call rings for so long that a webhook should have told what became of it.

    That a call was answered only webhooks say, and then it may last.
    """
    calls = parts.in_flight.calls
    return [
        one
        for one in parts.in_flight.attempts.open.values()
        if one.attempt.call_id in calls.open
        and calls.state_at_hand(one.attempt.call_id).phase == "dialing"
        and now - one.attempt.started_at >= SILENT_AFTER
    ]


def _first_call(parts: Installation) -> int:
    with parts.reads.reading() as taken:
        return call_index.first_place(taken.connection)


def _told(parts: Installation, silent: list[OpenAttempt], last: datetime | None, now: datetime) -> Silence:
    oldest = min(one.attempt.started_at for one in silent)
    refusals = parts.arrivals.refusals
    if refusals is not None:
        words, what_to_do = REFUSED[refusals.kind]
        why = f"deliveries are refused ({words}: {refusals.count} since {_clock_time(refusals.since, now)})"
    else:
        why = "no webhook has ever arrived" if last is None else f"no webhook since {_clock_time(last, now)}"
        what_to_do = _way_in(parts)
    calls = f"{len(silent):,} call{'' if len(silent) == 1 else 's'} open for {_length(now - oldest)}"
    return Silence(
        calls=len(silent),
        oldest_since=oldest,
        campaigns=sorted({one.attempt.campaign_id for one in silent}),
        last_webhook_at=last,
        refused=0 if refusals is None else refusals.count,
        refused_since=None if refusals is None else refusals.since,
        says=f"{calls}, {why}",
        what_to_do=what_to_do,
    )


def _way_in(parts: Installation) -> str:
    """How webhooks find their way here."""
    if parts.arrivals.listening_since is None:
        return "nothing runs here that could take one in; start `dialtrail up`"
    url = parts.webhook_url
    if url is None:
        return (
            "enter this server's https address, with /webhooks/minivoice, as webhook_url of the application at MiniVoice, "
            f"and set DIALTRAIL_PUBLIC_URL to it; {DOCTOR}"
        )
    if url.startswith("http://"):
        return f"give {url} to what plays MiniVoice: `dialtrail sandbox-set --webhook-url {url}`; {DOCTOR}"
    return f"enter {url} as webhook_url of the application at MiniVoice; {DOCTOR}"


def _clock_time(at: datetime, now: datetime) -> str:
    """The time of day, with its day where that is another one; UTC."""
    return at.strftime("%H:%M UTC" if at.date() == now.date() else "%Y-%m-%d %H:%M UTC")


def _length(length: timedelta) -> str:
    """In minutes, from two hours on in hours, from two days on in days."""
    minutes = int(length.total_seconds() // 60)
    if minutes < HOURS_FROM_MINUTES:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < DAYS_FROM_HOURS else f"{hours // 24} d"
