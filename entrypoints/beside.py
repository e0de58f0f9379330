"""The sandbox beside `dialtrail up --sandbox`: how the two are wired, and what must not be set meanwhile.

It runs in the same process, so that nothing of it stays behind however that ends.
"""

import tomllib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import httpx
from pydantic import SecretStr
from starlette.types import ASGIApp

from domain.errors import SettingsError
from entrypoints.example import CAMPAIGN, OFFERED_ID, RECIPIENTS
from entrypoints.http.answer import ANSWER_PATH
from entrypoints.http.webhooks import WEBHOOK_PATH
from entrypoints.settings import UP_SANDBOX, Settings

if TYPE_CHECKING:
    from entrypoints.sandbox import SandboxSettings

API_KEY = "mv_live_sandbox"
WEBHOOK_SECRET = "webhook-secret-of-the-sandbox"  # noqa: S105 - both ends of it are on this machine
REMEDY = (
    "For the sandbox take that out, or give the command in a folder without dialtrail.env; to dial by MiniVoice leave "
    "--sandbox out"
)


def beside_sandbox(settings: Settings) -> Settings:
    """The settings of a Dialtrail whose provider is the sandbox beside it.

    Raises `SettingsError` with each that leads to the real MiniVoice or to real data, or lets others in.
    """
    url = f"http://127.0.0.1:{settings.sandbox_port}"
    if faults := _faults(settings, url):
        raise SettingsError(f"{'. '.join(faults)}. {REMEDY}")
    wired = {"MINIVOICE_API_KEY", "MINIVOICE_BASE_URL", "MINIVOICE_WEBHOOK_SECRET"} - settings.sources.keys()
    return settings.model_copy(
        update={
            "plays_sandbox": True,
            "minivoice_api_key": SecretStr(API_KEY),
            "minivoice_base_url": url,
            "webhook_secret": settings.webhook_secret or SecretStr(WEBHOOK_SECRET),
            "sources": {**settings.sources, **dict.fromkeys(wired, UP_SANDBOX)},
        }
    )


def _faults(settings: Settings, url: str) -> list[str]:
    key = settings.minivoice_api_key
    is_own = {
        "MINIVOICE_API_KEY": key is None or key.get_secret_value() == API_KEY,
        "MINIVOICE_BASE_URL": "MINIVOICE_BASE_URL" not in settings.sources or settings.minivoice_base_url == url,
        "DIALTRAIL_DATABASE_URL": settings.database_url is None,
        "DIALTRAIL_URL": settings.url is None,
        "DIALTRAIL_PUBLIC_URL": settings.public_url is None,
    }
    would = {
        "MINIVOICE_API_KEY": "the sandbox would mix with the account behind that key",
        "MINIVOICE_BASE_URL": "the sandbox takes the place of what is there",
        "DIALTRAIL_DATABASE_URL": "the sandbox would mix with the data there: it has a data folder",
        "DIALTRAIL_URL": "the other commands would go there, and not to the sandbox",
        "DIALTRAIL_PUBLIC_URL": "the sandbox is for this machine only",
    }
    faults = [
        f"{name}: is set ({settings.sources.get(name, 'environment')}), and {would[name]}"
        for name, own in is_own.items()
        if not own
    ]
    if not settings.listens_to_this_machine_only:
        faults.append(f"DIALTRAIL_HOST: {settings.host} lets others reach this server; {would['DIALTRAIL_PUBLIC_URL']}")
    return faults


@asynccontextmanager
async def sandbox_beside(settings: Settings, url: str) -> AsyncIterator[None]:
    """The sandbox, while the block runs, for the server at `url`; nothing where MiniVoice is not played.

    Raises `SettingsError` where its port is taken.
    """
    if not settings.plays_sandbox:
        yield
        return
    from entrypoints.sandbox.running import running_sandbox  # noqa: PLC0415 - who dials by MiniVoice loads no sandbox

    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(running_sandbox(_sandbox_settings(settings, url)))
        except OSError as error:
            raise SettingsError(
                f"DIALTRAIL_SANDBOX_PORT: 127.0.0.1:{settings.sandbox_port} cannot be listened on ({error.strerror}); stop "
                "the sandbox that is there, or set DIALTRAIL_SANDBOX_PORT to another, such as 8098"
            ) from error
        yield


async def offer_example(app: ASGIApp, token: str) -> None:
    """Make the example campaign, and enrol its people, by the API that is `app`. Raises `httpx.HTTPError` where it refuses."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://127.0.0.1",
        headers={"authorization": f"Bearer {token}"},
        trust_env=False,
    ) as client:
        made = await client.post("/v1/campaigns", json={**tomllib.loads(CAMPAIGN), "id": OFFERED_ID})
        made.raise_for_status()
        enrolled = await client.post(
            f"/v1/campaigns/{OFFERED_ID}/recipients", content=RECIPIENTS, headers={"content-type": "text/csv"}
        )
        enrolled.raise_for_status()


def _sandbox_settings(settings: Settings, url: str) -> "SandboxSettings":
    from entrypoints.sandbox import SandboxSettings  # noqa: PLC0415 - as above

    answer_token = settings.answer_token
    path = ANSWER_PATH if answer_token is None else f"{ANSWER_PATH}/{answer_token.get_secret_value()}"
    secret = settings.webhook_secret
    return SandboxSettings(
        port=settings.sandbox_port,
        api_keys=(API_KEY,),
        webhook_url=f"{url}{WEBHOOK_PATH}",
        webhook_secret=None if secret is None else secret.get_secret_value(),
        fetch_answers=True,
        answer_url=f"{url}{path}",
    )
