"""What was known of a person, and what was appended since, is what the whole of their streams says."""

from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from adapters.ledger import Ledger
from adapters.ledger.transaction import Transaction
from application.commands.attempts import StartedAttempt
from application.commands.calls import receive_report
from application.commands.command import Command
from application.commands.known_person import KnownPerson
from application.commands.outcomes import settle_attempt
from application.commands.recipients import suppress_recipient
from application.commands.resolving import match_attempt
from domain import account
from domain.call import CallState
from domain.dial_outcome import Unresolved
from domain.errors import Conflict
from domain.identity import account_stream, call_stream
from domain.recipient import RecipientState
from projections.folded import call_of, people_of
from tests.adapters.ledger.stage import do, open_ledger
from tests.application.commands.test_attempts import ACCEPTED, FINGERPRINT, begun
from tests.domain.given import report

BERLIN, WITH_ZERO = "+493012345678", "+4903012345678"
Known = tuple[RecipientState, dict[str, CallState]]


def suppressed(ledger: Ledger, number: str, source: str) -> Command[object]:
    return suppress_recipient(ledger.recipient_stream(number), number, source, None, None)


def unresolved(started: StartedAttempt) -> Command[object]:
    return settle_attempt(started, Unresolved(why="time-out"), FINGERPRINT)


def matched(started: StartedAttempt, call_id: str) -> Command[object]:
    return match_attempt(started.stream, started.attempt_id, call_id, "metadata", "reconciler")


def told(call_id: str, name: str, n: int) -> Command[object]:
    return receive_report(call_id, report(name, n, event_key=str(n)))


def clock_set_right(tx: Transaction) -> None:
    tx.account(FINGERPRINT)
    tx.append(account_stream(FINGERPRINT), [account.AccountResumed(acknowledged_position=1)])


HAPPENS: dict[str, Callable[[Ledger, StartedAttempt], Command[object]]] = {
    "suppressed": lambda ledger, _: suppressed(ledger, BERLIN, "operator"),
    "suppressed by another spelling": lambda ledger, _: suppressed(ledger, WITH_ZERO, "list"),
    "in doubt": lambda _, started: unresolved(started),
    "accepted": lambda _, started: settle_attempt(started, ACCEPTED, FINGERPRINT),
    "matched to another call": lambda _, started: matched(started, "call_2"),
    "told of its call": lambda _, __: told("call_1", "call.answered", 3),
    "told of the other call": lambda _, __: told("call_2", "call.completed", 9),
    "told much": lambda _, __: lambda tx: [told("call_1", "call.gathered", n)(tx) for n in range(10, 20)],
    "the clock was set right": lambda _, __: clock_set_right,
}


def by_all(ledger: Ledger, stream: str) -> Known:
    person = people_of([stream], lambda some: {i: ledger.read_stream(i) for i in some}, ledger.recipient_stream)[stream]
    ids = {a.call_id for a in person.attempts if a.call_id is not None}
    return person, {i: call_of(ledger.read_stream(call_stream(i))) for i in ids}


def by_known(ledger: Ledger, known: KnownPerson) -> Known:
    person = known.state(ledger.recipient_stream)
    return person, known.calls(person)


@given(happens=st.lists(st.sampled_from([*HAPPENS, "caught up", "caught up with little"]), max_size=8))
def test_whatever_happens_since_what_is_known_then_is_what_all_of_it_says(happens: list[str]) -> None:
    with TemporaryDirectory() as folder, closing(open_ledger(Path(folder))) as ledger:
        started = begun(ledger, "att_1", BERLIN)
        for one in happens:
            if one in HAPPENS:
                with suppress(Conflict):  # then it did not happen
                    do(ledger, HAPPENS[one](ledger, started))
            else:
                started.known.catch_up(ledger, None if one == "caught up" else 3)

        assert started.known.catch_up(ledger)
        assert by_known(ledger, started.known) == by_all(ledger, started.stream)
        assert by_known(ledger, started.known) == by_all(ledger, started.stream)


def test_what_the_commit_knew_needs_no_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(open_ledger(tmp_path)) as ledger:
        first = begun(ledger, "att_1", BERLIN)
        do(ledger, settle_attempt(first, ACCEPTED, FINGERPRINT))
        do(ledger, HAPPENS["told much"](ledger, first))
        assert first.known.catch_up(ledger)
        asked: list[dict[str, int]] = []
        read_newer = Ledger.read_newer

        def watched(self: Ledger, known: dict[str, int], events_max: int | None = None) -> object:
            asked.append(known)
            return read_newer(self, known, events_max)

        monkeypatch.setattr(Ledger, "read_newer", watched)
        do(ledger, told("call_1", "call.completed", 99))
        assert first.known.catch_up(ledger, 1)

        assert [known["call:call_1"] for known in asked] == [12]
        assert by_known(ledger, first.known) == by_all(ledger, first.stream)


def test_where_too_much_is_new_nothing_is_taken_in_until_it_is_read_without_a_bound(tmp_path: Path) -> None:
    with closing(open_ledger(tmp_path)) as ledger:
        started = begun(ledger, "att_1", BERLIN)
        for one in ("in doubt", "suppressed"):
            do(ledger, HAPPENS[one](ledger, started))

        assert not started.known.catch_up(ledger, 1)
        assert started.known.state(ledger.recipient_stream).suppression is None
        assert started.known.catch_up(ledger)
        assert started.known.catch_up(ledger, 0)
        assert by_known(ledger, started.known) == by_all(ledger, started.stream)


def test_what_was_not_known_at_all_is_read(tmp_path: Path) -> None:
    with closing(open_ledger(tmp_path)) as ledger:
        started = begun(ledger, "att_1", BERLIN)
        nothing = replace(started, known=KnownPerson(started.stream, {}, ())).known

        assert nothing.catch_up(ledger)
        assert by_known(ledger, nothing) == by_all(ledger, started.stream)
