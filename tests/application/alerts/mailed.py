"""An installation with a real mail server beside it, whose clock is moved."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from domain.account import pause
from domain.identity import account_stream
from tests.adapters.mail_server import Kept, mail_server
from tests.entrypoints.serving import FINGERPRINT, Serving, serving

MINUTE = timedelta(minutes=1)
MAIL = {"DIALTRAIL_ALERTS_TO": "ops@example.org", "DIALTRAIL_ALERTS_FROM": "dialtrail@example.org"}
PAGES = "https://calls.example.org"


def play_mailed(folder: Path, scene: Callable[[Serving, Kept], Coroutine[Any, Any, None]], /, **environ: str) -> None:
    """A scene with a mail server beside it."""

    async def run() -> None:
        async with mail_server() as kept:
            url = f"smtp://127.0.0.1:{kept.port}?tls=none"
            async with serving(folder, DIALTRAIL_SMTP_URL=url, **MAIL, **environ) as stage:
                await scene(stage, kept)

    asyncio.run(run())


async def look(stage: Serving, after: timedelta = timedelta()) -> None:
    """The clock moves, then the worker looks and sends."""
    stage.clock.now += after
    assert await stage.parts.projector.wait_for(stage.ledger.position, 60)
    await stage.parts.installation.fresh()
    await stage.parts.alerts.look()
    await stage.parts.alerts.send()


async def pause_account(stage: Serving) -> None:
    await stage.do(
        lambda tx: tx.append(
            account_stream(FINGERPRINT),
            pause(tx.account(FINGERPRINT), "provider", status=402, code="insufficient_balance", body="{}"),
        )
    )


async def resume_account(stage: Serving) -> None:
    assert (await stage.client.post("/v1/account/resume")).status_code == 200


def subjects(kept: Kept) -> list[str]:
    return [str(message["Subject"]) for message in kept.messages]


def text(message: EmailMessage) -> str:
    return str(message.get_content()).replace("\r\n", "\n")
