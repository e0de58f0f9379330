"""Alerts as pages, API and commands show them: which are on, which were, and whether messages leave."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from msgspec import Struct

from application.alerts.kept import KeptAlerts
from application.alerts.mailing import Mailing
from application.alerts.watch import AlertWatch
from application.fields import CampaignId, Count, Instant, means
from domain.alerting import Alert
from domain.digest import DigestTime


class AlertShown(Struct, frozen=True, kw_only=True):
    """One thing that somebody was told of."""

    key: Annotated[str, means("the same for as long as it lasts")]
    need: Annotated[str, means("as in /v1/attention")]
    campaign_id: Annotated[CampaignId | None, means("whose it is; null where it is about all")]
    says: str
    what_to_do: str
    since: Instant
    raised_at: Instant
    over_at: Annotated[Instant | None, means("null as long as it is on")]


class MailFailing(Struct, frozen=True, kw_only=True):
    """Since when no message was taken, and why the last was not."""

    since: Instant
    last: str | None


class MailShown(Struct, frozen=True, kw_only=True):
    """How messages leave."""

    server: Annotated[str, means("host and port")]
    recipients: Count
    waiting: Annotated[Count, means("messages that are still to be sent")]
    sent_at: Annotated[Instant | None, means("when the last one was taken")]
    failing: MailFailing | None
    given_up: Annotated[Count, means("messages that were never taken, since the last one that was")]
    digest_at: Annotated[str | None, means("when a day's digest is sent, with its zone; null where none is")]


class AlertsShown(Struct, frozen=True, kw_only=True):
    """Which alerts are on, the longest first, and which were, the last one first."""

    on: Sequence[AlertShown]
    recent: Sequence[AlertShown]
    mail: Annotated[MailShown | None, means("null where no e-mail is set")]
    judged_at: Instant


class MessageTried(Struct, frozen=True, kw_only=True):
    """What became of a message that was sent to try the settings."""

    sent: bool
    recipients: Count
    why: Annotated[str | None, means("why it was not sent")]


def alerts_now(watch: AlertWatch, now: datetime) -> AlertsShown:
    """As they are known now."""
    kept = watch.memory.kept
    on = sorted((one for one in kept.on.values() if one.raised_at is not None), key=lambda one: one.since)
    wanted = None if watch.digests is None else watch.digests.wanted
    return AlertsShown(
        on=[alert_shown(one) for one in on],
        recent=[alert_shown(one) for one in kept.recent],
        mail=None if watch.mailing is None else _mail(kept, watch.mailing, wanted),
        judged_at=now,
    )


def alert_shown(alert: Alert) -> AlertShown:
    """One that somebody was told of."""
    condition = alert.condition
    return AlertShown(
        key=condition.key,
        need=condition.need,
        campaign_id=condition.campaign_id,
        says=condition.says,
        what_to_do=condition.what_to_do,
        since=alert.since,
        raised_at=alert.raised_at or alert.seen_at,
        over_at=alert.over_at,
    )


def _mail(kept: KeptAlerts, mailing: Mailing, digest_at: DigestTime | None) -> MailShown:
    server = mailing.mailer.server
    failing = None
    if kept.failing_since is not None:
        failing = MailFailing(since=kept.failing_since, last=kept.failing_last)
    return MailShown(
        server=f"{server.host}:{server.port}",
        recipients=len(mailing.mailer.recipients),
        waiting=len(kept.mails),
        sent_at=kept.sent_at,
        failing=failing,
        given_up=kept.given_up,
        digest_at=None if digest_at is None else str(digest_at),
    )
