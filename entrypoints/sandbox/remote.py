"""A sandbox in another process, asked and changed through its control routes."""

from types import TracebackType
from typing import Any, Self

import httpx

ANSWER_SECONDS_MAX = 10.0


class RemoteError(Exception):
    """Unreachable | ChangeRefused; the text is one line, and says what to do next."""


class Unreachable(RemoteError):
    """Nobody answers there, or not a sandbox."""


class ChangeRefused(RemoteError):
    """The sandbox does not accept it, and says why."""


class RemoteSandbox:
    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._client = httpx.Client(base_url=self._url, timeout=ANSWER_SECONDS_MAX, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def settings(self) -> dict[str, Any]:
        return self._ask("GET", "settings")

    def change(self, changes: dict[str, object]) -> None:
        """All of them or none."""
        self._ask("PATCH", "settings", changes)

    def applications(self) -> list[dict[str, Any]]:
        shown: list[dict[str, Any]] = self._ask("GET", "balance")["applications"]
        return shown

    def add_balance(self, amount: str, application_id: str | None) -> None:
        """To one application, or to all."""
        one = {"application_id": application_id} if application_id else {}
        self._ask("POST", "balance", {"add": amount, **one})

    def summary(self) -> dict[str, Any]:
        return self._ask("GET", "summary")

    def _ask(self, method: str, name: str, fields: dict[str, object] | None = None) -> dict[str, Any]:
        try:
            response = self._client.request(method, f"/_sandbox/{name}", json=fields)
        except (httpx.HTTPError, OSError) as error:
            raise Unreachable(
                f"no sandbox answers at {self._url} ({type(error).__name__}); "
                "start one with dialtrail sandbox --port 8099, or write the address that it printed as --url"
            ) from None
        answer = _object(response)
        if response.status_code == 200 and answer is not None:
            return answer
        error_shown = (answer or {}).get("error")
        if response.status_code == 400 and isinstance(error_shown, dict):
            raise ChangeRefused(str(error_shown.get("message")))
        raise Unreachable(
            f"{self._url} is not a sandbox: it answers {response.status_code}; "
            "write the address that dialtrail sandbox printed as --url"
        )


def is_address(text: str) -> bool:
    """`http://HOST:PORT`, as far as can be seen without asking."""
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        return False
    return url.scheme in {"http", "https"} and bool(url.host)


def _object(response: httpx.Response) -> dict[str, Any] | None:
    try:
        answer = response.json()
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None
