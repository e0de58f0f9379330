"""Alerts over HTTP: which are on, and a message that tries the settings."""

from typing import cast

from starlette.requests import Request
from starlette.responses import Response

from adapters.mail import MailNotSent
from application.alerts.shown import AlertsShown, MessageTried, alerts_now
from application.alerts.watch import AlertWatch
from domain.errors import Conflict
from entrypoints.http.access import COMMANDS, READS, allow
from entrypoints.http.answers import answered
from entrypoints.http.openapi.operation import COMMAND, READ, DescribedRoute, Operation
from entrypoints.http.parts import parts_of


async def show(request: Request) -> Response:
    """GET /v1/alerts."""
    allow(request, READS)
    return answered(request, alerts_now(alerts_of(request), parts_of(request).clock()))


async def send_test(request: Request) -> Response:
    """POST /v1/alerts/test."""
    allow(request, COMMANDS)
    mailing = alerts_of(request).mailing
    if mailing is None:
        raise Conflict(
            "no e-mail is set: set DIALTRAIL_SMTP_URL, DIALTRAIL_ALERTS_TO and DIALTRAIL_ALERTS_FROM, and start "
            "`dialtrail up` again"
        )
    recipients = len(mailing.mailer.recipients)
    try:
        await mailing.send_test()
    except MailNotSent as error:
        return answered(request, MessageTried(sent=False, recipients=recipients, why=str(error)))
    return answered(request, MessageTried(sent=True, recipients=recipients, why=None))


def alerts_of(request: Request) -> AlertWatch:
    """What the process that this request came to knows of alerts."""
    return cast("AlertWatch", request.app.state.alerts)


ROUTES = [
    DescribedRoute(
        show,
        Operation(
            method="GET",
            path="/v1/alerts",
            tag="process",
            summary="Which alerts are on and since when, which were lately, and whether messages leave",
            answers={200: AlertsShown},
            problems=READ,
        ),
    ),
    DescribedRoute(
        send_test,
        Operation(
            method="POST",
            path="/v1/alerts/test",
            tag="process",
            summary="Send a message that tries the settings of alerts by e-mail",
            description=(
                "`sent` says whether the mail server took it, `why` why not. 409 where no e-mail is set. Role: operator."
            ),
            answers={200: MessageTried},
            problems=COMMAND,
        ),
    ),
]
