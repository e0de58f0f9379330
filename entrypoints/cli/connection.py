"""Which server a command talks to: one elsewhere, the process that owns the data folder, or itself."""

import difflib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from adapters.folder_owner import FolderOwner, Owner, read_owner
from domain.errors import DialtrailError, FolderInUse, NotFound
from entrypoints.cli.api import CONNECT_TIMEOUT_SECONDS, TIMEOUT_SECONDS, Api, path_of
from entrypoints.cli.data_folder import require_data
from entrypoints.cli.output import say

if TYPE_CHECKING:
    from entrypoints.settings import Settings

Result = TypeVar("Result")
NEAR_NAMES_MAX = 3
ANNOUNCE_WAIT_SECONDS_MAX = 5.0
ANNOUNCE_POLL_SECONDS = 0.05


def with_api(
    command: str, work: Callable[[Api], Awaitable[Result]], *, campaign: str | None = None, makes_data: bool = False
) -> Result:
    """Do `work` with the server that the settings name. `command` is what the data folder says of us meanwhile.

    `campaign` is the one that `work` is about: if there is none by that name, similar ones are named. Only what
    `makes_data` goes on where there is no ledger yet.
    """
    # Here and below: help and completion need neither settings nor a client.
    import asyncio  # noqa: PLC0415

    from entrypoints.settings import load_settings  # noqa: PLC0415

    settings = load_settings()
    for warning in settings.warnings:
        say(f"warning: {warning}")

    async def connected() -> Result:
        async with connect(settings, command, makes_data=makes_data) as api:
            try:
                return await work(api)
            except NotFound as missing:
                raise await _with_near_names(api, missing, campaign) from None

    return asyncio.run(connected())


async def _with_near_names(api: Api, missing: NotFound, campaign: str | None) -> NotFound:
    """The error with the names that may have been meant, where the campaign is what is missing."""
    if campaign is None:
        return missing
    try:
        names = [one["id"] for one in await api.all_items(path_of("campaigns"))]
    except DialtrailError:
        return missing
    near = [] if campaign in names else difflib.get_close_matches(campaign, names, n=NEAR_NAMES_MAX, cutoff=0.6)
    return NotFound(f"{missing}; did you mean {' or '.join(near)}?") if near else missing


@asynccontextmanager
async def connect(settings: "Settings", command: str, *, makes_data: bool = False) -> AsyncIterator[Api]:
    """The API of the server that `settings` name; it runs in this process where nobody else owns the data folder.

    Raises `CommandFailed`, and makes nothing, where there is no ledger yet, unless `makes_data`.
    """
    if settings.url is not None:
        token = None if settings.token is None else settings.token.get_secret_value()
        async with _distant(settings.url, token) as api:
            yield api
        return
    if not makes_data:
        require_data(settings)
    owned = await _owned_or_owner(settings, command)
    if isinstance(owned, Owner):
        async with _distant(owned.url or "", owned.token) as api:
            yield api
        return
    try:
        if not makes_data:
            require_data(settings, even_if_owned=True)
        for warning in owned.warnings:
            say(f"warning: {warning}")
        async with _within(settings, owned) as api:
            yield api
    finally:
        owned.release()


async def _owned_or_owner(settings: "Settings", command: str) -> FolderOwner | Owner:
    """The folder, or who owns it and listens. An owner that does not listen is waited for: most are done in a moment."""
    import asyncio  # noqa: PLC0415

    deadline = time.monotonic() + ANNOUNCE_WAIT_SECONDS_MAX
    while True:
        try:
            return FolderOwner.take(settings.home, command)
        except FolderInUse as in_use:
            if isinstance(in_use.__cause__, OSError):
                raise  # not in use at all: the folder cannot be made or opened
            owner = read_owner(settings.home)
            if owner is not None and owner.url is not None:
                return owner
            if time.monotonic() >= deadline:
                raise
        await asyncio.sleep(ANNOUNCE_POLL_SECONDS)


@asynccontextmanager
async def _distant(url: str, token: str | None) -> AsyncIterator[Api]:
    import httpx  # noqa: PLC0415

    timeout = httpx.Timeout(TIMEOUT_SECONDS, connect=CONNECT_TIMEOUT_SECONDS)
    async with httpx.AsyncClient(
        base_url=url, headers=_bearer(token), timeout=timeout, trust_env=False, follow_redirects=False
    ) as client:
        yield Api(client, url)


@asynccontextmanager
async def _within(settings: "Settings", owner: FolderOwner) -> AsyncIterator[Api]:
    import httpx  # noqa: PLC0415

    # A command that talks to a server elsewhere needs no ledger.
    from entrypoints.wiring import running_system  # noqa: PLC0415

    async with (
        running_system(settings, owner) as here,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(here.app),
            base_url="http://127.0.0.1",
            headers=_bearer(here.owner_token),
            trust_env=False,
        ) as client,
    ):
        yield Api(client, f"the data folder {settings.home}", in_process=True)


def _bearer(token: str | None) -> dict[str, str]:
    return {} if token is None else {"authorization": f"Bearer {token}"}
