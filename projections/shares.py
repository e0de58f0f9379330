"""The streams of a ledger divided, so that each share can be folded by itself: whatever is judged together is in one."""

from collections.abc import Iterable
from zlib import crc32

from domain.account import AccountResumed
from domain.call import CallClaimed
from domain.errors import DialtrailError
from domain.events import Recorded
from domain.identity import account_stream, call_stream, campaign_stream, recipient_stream_of
from domain.person import spellings
from domain.recipient import AttemptAccepted, AttemptResolved, StreamOf
from projections.changes import NAMES_A_NUMBER

LINKS: frozenset[str] = frozenset(
    one.NAME for one in (AccountResumed, AttemptAccepted, AttemptResolved, CallClaimed, *NAMES_A_NUMBER)
)
"""The names of the events that say what belongs together."""
_CALL, _PERSON = call_stream(""), recipient_stream_of("")
_OF_ALL = (campaign_stream(""), account_stream(""))


class NotShared(DialtrailError):
    """It has to be done by one."""


class Shares:
    """Who of `of` is to fold a stream, once all events named in `LINKS` were taken and that was `settled`.

    Campaigns and accounts are everybody's.

    A person is one in all spellings of the number, and their calls are with them: those of their attempts, and those that
    anything claims for them. Groups are known by a sum: two that have the same one are folded together, which does no harm.
    """

    def __init__(self, of: int, stream_of: StreamOf) -> None:
        self.of = of
        self._stream_of = stream_of
        self._calls: dict[str, int] = {}
        self._shares: dict[str, int] = {}
        self._people: dict[str, int] = {}
        self._joined: dict[int, int] = {}

    def take(self, events: Iterable[Recorded]) -> None:
        """Learn what these say. Raises `NotShared` where the clock was set right: what that changes is found in all streams."""
        for recorded in events:
            event = recorded.event
            match event:
                case CallClaimed():
                    self._link(recorded.stream, event.recipient)
                case AttemptAccepted() | AttemptResolved() if event.call_id:
                    self._link(call_stream(event.call_id), recorded.stream)
                case AccountResumed() if recorded.set_right is not None:
                    raise NotShared("the clock was set right")
                case _ if isinstance(event, NAMES_A_NUMBER):
                    self._spelled(recorded.stream, event.number)
                case _:
                    pass

    def settled(self) -> "Shares":
        """All were taken: of each call no more is kept than its share, and nothing where that is by its name."""
        self._shares = {
            stream: share
            for stream, group in self._calls.items()
            if (share := self._root(group) % self.of) != crc32(stream.encode()) % self.of
        }
        self._calls = {}
        return self

    def share_of(self, stream: str) -> int | None:
        """Whose it is, from 0; None of what everybody takes."""
        if stream.startswith(_CALL):
            share = self._shares.get(stream)
            return crc32(stream.encode()) % self.of if share is None else share
        if stream.startswith(_PERSON):
            return self._root(self._group(stream)) % self.of
        return None if stream.startswith(_OF_ALL) else 0

    def _group(self, person: str) -> int:
        found = self._people.get(person)
        return crc32(person.encode()) if found is None else found

    def _root(self, group: int) -> int:
        while group in self._joined:
            group = self._joined[group]
        return group

    def _link(self, call: str, person: str) -> None:
        group = self._group(person)
        known = self._calls.setdefault(call, group)
        if known != group:
            self._join(known, group)

    def _spelled(self, stream: str, number: str) -> None:
        """Those who have several are known by the shortest; links that came before a number were to the stream's own group."""
        written = spellings(number)
        if len(written) == 1 or stream in self._people:
            return
        own = crc32(stream.encode())
        group = crc32(self._stream_of(min(written, key=lambda one: (len(one), one))).encode())
        if group != own:
            self._people[stream] = group
            self._join(own, group)

    def _join(self, one: int, other: int) -> None:
        one, other = self._root(one), self._root(other)
        if one != other:
            self._joined[max(one, other)] = min(one, other)
