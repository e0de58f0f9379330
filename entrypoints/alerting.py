"""Alerts, put together from the settings."""

from functools import partial

from msgspec.structs import replace

from adapters.mail import Mailer, read_mail_server
from application.alerts.digests import Digests
from application.alerts.kept import AlertMemory, AlertsPlace
from application.alerts.mailing import Mailing
from application.alerts.measured import AlertMetrics
from application.alerts.telling import Telling
from application.alerts.watch import AlertWatch
from application.alerts.words import LinkOf
from application.installation import Installation
from application.metrics import Metrics
from application.queries.subscriber_troubles import troubles_of_subscribers
from application.workers.worker import Worker
from entrypoints.pages.home import page_of
from entrypoints.settings import Settings


def with_alerts(
    parts: Installation, place: AlertsPlace, settings: Settings, metrics: Metrics, workers: list[Worker]
) -> tuple[Installation, AlertWatch]:
    """An installation that knows of alerts, and what watches them, with e-mail where that is set.

    It joins the workers where there are any: elsewhere it only answers. `place` is where it is remembered.
    """
    memory = AlertMemory(place)
    above = settings.alerts_unresolved_above
    troubles = partial(troubles_of_subscribers, parts)
    parts = replace(parts, needed_since=memory.since, unresolved_told_above=above, subscriber_troubles=troubles)
    clock, new_id = parts.clock, parts.new_id
    measured, link_of = AlertMetrics(memory), _links(settings.public_url)
    metrics.add(measured.collect)
    mailing = None
    if settings.smtp_url is not None and settings.alerts_from is not None:
        server = read_mail_server(settings.smtp_url.get_secret_value())
        mailer = Mailer(server, settings.alerts_from, settings.alerts_to)
        mailing = Mailing(memory, mailer, clock=clock, new_id=new_id, link_of=link_of, counted=measured.mail)
    digests = None
    if settings.digest_at is not None:
        digests = Digests(parts, memory, settings.digest_at, clock=clock, link_of=link_of)
    telling = None if parts.subscriptions is None else Telling(memory, parts.subscriptions)
    notifiers = [one for one in (mailing, telling) if one is not None]
    watch = AlertWatch(parts, memory, notifiers, mailing, telling, digests, clock=clock)
    if workers:
        workers.append(watch)
    return parts, watch


def _links(public_url: str | None) -> LinkOf:
    def link(need: str, campaign_id: str | None) -> str | None:
        return None if public_url is None else f"{public_url}{page_of(need, campaign_id)}"

    return link
