"""The client of our own HTTP API: paths, pages, and every failure as one line that says what to do next."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

import orjson

from domain.errors import Conflict, DialtrailError, InvalidInput, LedgerBusy, NotAllowed, NotFound
from entrypoints.cli.failure import CommandFailed
from entrypoints.segments import segment

if TYPE_CHECKING:
    import httpx

TIMEOUT_SECONDS = 60.0
CONNECT_TIMEOUT_SECONDS = 5.0
PAGE_ITEMS = 1000
BUSY_TRIES_MAX = 5
BUSY_WAIT_SECONDS = 0.2
HELP_FOR_STATUS = {
    401: "set DIALTRAIL_TOKEN to a token that this server knows",
    403: "use a token with the role that this needs",
}

Json = dict[str, Any]


def path_of(*parts: str) -> str:
    """A path below /v1 with each part escaped; a part that is only dots must not climb."""
    if not all(parts):
        raise InvalidInput("arguments", "one of them is empty; write the id or the number")
    return "/v1/" + "/".join(segment(part, safe="+") for part in parts)


class Api:
    """One server, wherever it runs. `in_process` where this very command is the server."""

    def __init__(self, client: "httpx.AsyncClient", where: str, *, in_process: bool = False) -> None:
        self._client = client
        self._where = where
        self.in_process = in_process
        self.url = None if in_process else where

    async def get(self, path: str, **query: str | int) -> Json:
        """The JSON object that a GET answers."""
        # httpx drops what stands in the path's own query where it is given parameters, even none at all.
        return await self._ask("GET", path, params=query or None)

    async def post(self, path: str, body: object = None) -> Json:
        """The JSON object that a POST answers; `body` is JSON, or bytes that are JSON already."""
        content = b"" if body is None else body if isinstance(body, bytes) else orjson.dumps(body)
        headers = {"content-type": "application/json"} if content else {}
        return await self._ask("POST", path, content=content, headers=headers)

    async def put(self, path: str, body: object) -> Json:
        """The JSON object that a PUT answers; `body` is JSON."""
        return await self._ask("PUT", path, content=orjson.dumps(body), headers={"content-type": "application/json"})

    async def post_again(self, path: str, body: object) -> Json:
        """A POST that may be repeated, sent again a few times while the server says that it is busy."""
        return await _again(lambda: self.post(path, body))

    async def get_again(self, path: str, **query: str | int) -> Json:
        """A GET, sent again a few times while the server says that it is busy."""
        return await _again(lambda: self.get(path, **query))

    async def delete(self, path: str) -> Json:
        """The JSON object that a DELETE answers; empty where it answers nothing."""
        return await self._ask("DELETE", path)

    async def all_items(self, path: str, **filters: str | int) -> list[Json]:
        """The items of every page."""
        return [item async for page in self.pages(path, **filters) for item in page["items"]]

    async def all_with_position(self, path: str, **query: str | int) -> tuple[list[Json], int]:
        """The items of every page, and the position that the last one is true for."""
        items: list[Json] = []
        position = 0
        async for page in self.pages(path, **query):
            items += page["items"]
            position = page["position"]
        return items, position

    async def pages(self, path: str, **query: str | int) -> AsyncIterator[Json]:
        """Page after page, until there is no next one; a busy server is asked again. At most one is held at a time."""
        query.setdefault("limit", PAGE_ITEMS)
        while True:
            page = await self.get_again(path, **query)
            yield page
            following = page.get("next")
            if following is None:
                return
            if following == query.get("after"):
                raise CommandFailed(f"{self._where} names the page after {following} again and again; is it Dialtrail?")
            query["after"] = following

    async def _ask(self, method: str, path: str, **options: Any) -> Json:
        import httpx  # noqa: PLC0415 - help and completion ask nobody

        try:
            response = await self._client.request(method, path, **options)
        except httpx.ConnectError as error:
            raise CommandFailed(
                f"nothing answers at {self._where} ({error}); start it with: dialtrail up, or correct DIALTRAIL_URL; "
                "dialtrail doctor looks at each part"
            ) from error
        except httpx.TimeoutException as error:
            raise CommandFailed(
                f"{self._where} did not answer in time; what was asked may be done all the same: look before you repeat it"
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise CommandFailed(
                f"the connection to {self._where} broke ({type(error).__name__}: {error}); "
                "what was asked may be done all the same: look before you repeat it"
            ) from error
        return self._read(response)

    def _read(self, response: "httpx.Response") -> Json:
        if response.is_success and not response.content:
            return {}
        try:
            value = orjson.loads(response.content)
        except orjson.JSONDecodeError:
            value = None
        if not isinstance(value, dict):
            raise CommandFailed(
                f"{self._where} answered {response.status_code}, but not as Dialtrail does; check DIALTRAIL_URL"
            )
        if response.is_success:
            return value
        raise _error_of(response.status_code, value)


async def _again(ask: Callable[[], Awaitable[Json]]) -> Json:
    import asyncio  # noqa: PLC0415

    for tried in range(BUSY_TRIES_MAX - 1):
        try:
            return await ask()
        except LedgerBusy:
            await asyncio.sleep(BUSY_WAIT_SECONDS * 2**tried)
    return await ask()


def _error_of(status: int, problem: Json) -> DialtrailError:
    said = str(problem.get("detail") or problem.get("title") or f"the server answered {status}")
    if (more := HELP_FOR_STATUS.get(status)) is not None:
        said = f"{said}; {more}"
    match status:
        case 400:
            field = problem.get("field")
            if not isinstance(field, str):
                return InvalidInput("request", said)
            return InvalidInput(field, said.removeprefix(f"{field}: "))
        case 401 | 403:
            return NotAllowed(said)
        case 404:
            return NotFound(said)
        case 409:
            return Conflict(said)
        case 429 | 503:
            return LedgerBusy(said)
        case _:
            return CommandFailed(said)
