"""The client for programs that wait."""

import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

import httpx

from dialtrail_client import requests
from dialtrail_client.api_request import AnswerT, ApiRequest
from dialtrail_client.exchange import TIMEOUT, answer_of, headers_of, retry_seconds
from dialtrail_client.following import OutcomeBatch, batch_of


class DialtrailClient:
    """Sends requests to one installation. `transport` and `sleep` are for tests."""

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = httpx.Client(base_url=url, headers=headers_of(token), timeout=TIMEOUT, transport=transport)
        self._sleep = sleep

    def __repr__(self) -> str:
        return f"DialtrailClient({self._http.base_url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all connections."""
        self._http.close()

    def send(self, request: ApiRequest[AnswerT]) -> AnswerT:
        """The answer. Raises `DialtrailProblem`, and `httpx.TransportError` where none came."""
        retries = 0
        while True:
            response = self._http.request(request.method, request.path, params=request.query, json=request.body)
            seconds = retry_seconds(response, retries)
            if seconds is None:
                answer: AnswerT = answer_of(response)
                return answer
            retries += 1
            self._sleep(seconds)

    def follow(
        self,
        after: str = "0",
        *,
        campaign: str | None = None,
        poll_seconds: float | None = None,
        limit: int = requests.OUTCOMES_MAX,
    ) -> Iterator[OutcomeBatch]:
        """What changed after a place, in order. With `poll_seconds` it never ends, and waits that long where nothing is new.

        A batch has at most `limit` rows. Keep its `after` with them: whoever goes on after it misses nobody. Raises what
        `send` raises.
        """
        while True:
            page = self.send(requests.outcomes(after, campaign=campaign, limit=limit))
            batch = batch_of(page)
            if batch.rows:
                yield batch
            after = batch.after
            if page["next"] is None:
                if poll_seconds is None:
                    return
                self._sleep(poll_seconds)
