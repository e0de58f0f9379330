"""A campaign's agents, asked by HTTP: one signed GET of the URL in its plan, and the answer read as strictly as a PUT's body."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from adapters.documents.agents import parse_agents
from adapters.outgoing import Answered, Bounds, NotAnswered, OutgoingClient
from adapters.signing import SigningSecret
from adapters.targets import TargetRefused
from domain.agents import Agent
from domain.errors import InvalidInput

ANSWER_BYTES_MAX = 256 * 1024
CONNECT_SECONDS_MAX = 3.0
TOTAL_SECONDS_MAX = 5.0
WHY_CHARS_MAX = 200
OK = 200
FIELDS_SHOWN = {"body", "free", "name", "state"}
NOT_AS_AGREED = (
    'its answer is neither {"free": 3} nor {"agents": [{"name": "ada", "state": "free"}]} with each agent once'
)


class AgentsSaid(Struct, frozen=True, kw_only=True):
    """How many are free, and all of them where they were named."""

    free: int
    agents: tuple[Agent, ...] = ()


class AgentsUnanswered(Exception):
    """There is no answer that can be used; the text says why, and names no agent."""


class AgentsClient:
    """Asks. Without a `secret` nothing is signed."""

    def __init__(
        self,
        outgoing: OutgoingClient,
        secret: SigningSecret | None,
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._outgoing = outgoing
        self._secret = secret
        self._clock = clock
        self._new_id = new_id

    async def ask(self, url: str, seconds: float) -> AgentsSaid:
        """One request, never repeated in here, that takes at most so long, and `TOTAL_SECONDS_MAX`. Raises `AgentsUnanswered`."""
        headers = {"accept": "application/json"}
        if self._secret is not None:
            headers |= self._secret.headers(f"agents_{self._new_id()}", b"", self._clock())
        bounds = Bounds(
            connect_seconds=CONNECT_SECONDS_MAX,
            total_seconds=min(seconds, TOTAL_SECONDS_MAX),
            answer_bytes_max=ANSWER_BYTES_MAX,
        )
        try:
            answered = await self._outgoing.send("GET", url, headers=headers, bounds=bounds)
        except TargetRefused as error:
            raise AgentsUnanswered(f"it must not be asked: {error}"[:WHY_CHARS_MAX]) from None
        except NotAnswered as error:
            raise AgentsUnanswered(error.why[:WHY_CHARS_MAX]) from None
        return await asyncio.to_thread(read_agents, answered)

    async def aclose(self) -> None:
        """Close every connection; nothing can be asked after."""
        await self._outgoing.aclose()


def read_agents(answered: Answered) -> AgentsSaid:
    """What an answer says. Raises `AgentsUnanswered` for one that is not 200 and a body as PUT takes it."""
    if answered.status != OK:
        raise AgentsUnanswered(f"it answered HTTP {answered.status}, and not {OK}")
    if answered.is_cut:
        raise AgentsUnanswered(f"its answer has more than {ANSWER_BYTES_MAX:,} bytes")
    try:
        free, agents = parse_agents(answered.body)
    except InvalidInput as error:
        raise AgentsUnanswered(_without_names(error)) from None
    return AgentsSaid(free=free, agents=agents)


def _without_names(error: InvalidInput) -> str:
    """What is wrong, for everybody's eyes: a field that is not known, or one that is there twice, may quote a name."""
    if error.field.rpartition(".")[2] in FIELDS_SHOWN:
        return f"{error.field} of its answer cannot be used: {error.message}"[:WHY_CHARS_MAX]
    return NOT_AS_AGREED
