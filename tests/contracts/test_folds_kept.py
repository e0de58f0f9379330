"""On one PostgreSQL, what a process has folded is read again only where another has written to it since."""

import pytest

from adapters.ledger import Ledger
from adapters.ledger.postgres.recorder import PostgresRecorder
from adapters.ledger.postgres.session import TableQueries
from adapters.ledger.transaction import Transaction
from application.commands.calls import receive_report
from domain import campaign
from domain.errors import LedgerUnusable, NotFound
from domain.identity import campaign_stream
from tests.adapters.ledger.postgres_ledger import recorder_of
from tests.adapters.ledger.stage import Clock, ask, create, do, gathering, outcome, start
from tests.domain.given import report

Reads = list[str]
OF_A_NEWER_VERSION = b'{"event_id":"e","recorded_at":"2026-03-03T09:00:00Z","metadata":{},"event":{}}'


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Reads:
    """The streams that are read while the table's lock is held."""
    streams: Reads = []
    select = TableQueries.select_stream

    def counted(self: TableQueries, cursor: object, stream: str, *rest: int) -> object:
        streams.append(stream)
        return select(self, cursor, stream, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(TableQueries, "select_stream", counted)
    return streams


def phase(ledger: Ledger, name: str = "spring") -> str:
    """A campaign's, as a command sees it."""

    def decide(tx: Transaction) -> str:
        return campaign.existing(tx.campaign(name), name).phase

    return str(do(ledger, decide))


def test_what_nobody_else_has_written_to_is_not_read_while_all_wait(two: tuple[Ledger, Ledger], reads: Reads) -> None:
    one, other = two
    do(one, create("spring"))
    do(other, create("autumn"))
    do(other, create("winter"))
    del reads[:]

    assert [phase(one) for _ in range(3)] == ["created"] * 3

    assert reads == []


def test_whether_the_clock_was_set_right_is_asked_on_no_other_connection_while_all_wait(
    two: tuple[Ledger, Ledger], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two
    do(one, create("spring"))
    asked: list[int] = []
    monkeypatch.setattr(PostgresRecorder, "read_resumptions", lambda _, after: asked.append(after))

    for n in range(3):
        do(other, create(f"autumn{n}"))
        do(one, create(f"winter{n}"))

    assert asked == []


def test_what_another_has_written_to_is_as_it_left_it_and_is_not_read_again(
    two: tuple[Ledger, Ledger], reads: Reads
) -> None:
    one, other = two
    do(one, create("spring"))
    do(other, start("spring"))
    del reads[:]

    assert [phase(one), phase(one)] == ["running", "running"]

    assert reads == []


def test_what_another_has_written_and_nobody_can_read_fails_those_alone_who_need_it(
    two: tuple[Ledger, Ledger], reads: Reads
) -> None:
    one, other = two
    for name in ("spring", "autumn"):
        do(one, create(name))
    with recorder_of(other).writing(Clock()) as session:
        session.append([(campaign_stream("spring"), 2, "campaign.newer", OF_A_NEWER_VERSION)])
    del reads[:]

    assert phase(one, "autumn") == "created"
    assert reads == []
    with pytest.raises(LedgerUnusable, match="newer Dialtrail"):
        phase(one)


def test_the_streams_that_the_commands_of_a_commit_name_are_read_together(
    two: tuple[Ledger, Ledger], reads: Reads
) -> None:
    one, other = two
    told = [report("call.created"), report("call.answered", 3), report("call.completed", 9)]
    commands = [receive_report(f"c{call}", said) for said in told for call in range(3)]
    for command in commands[:6]:
        do(other, command)
    del reads[:]

    with gathering(one):
        of_new = [receive_report("new", said) for said in told[:2]]
        asked = [ask(one, command, "webhooks") for command in (*commands[3:], *of_new)]

    assert [outcome(each).result for each in asked] == [*["redelivered"] * 3, *["stored"] * 5]
    assert reads == []


def test_what_was_not_there_is_read_once_another_has_made_it(two: tuple[Ledger, Ledger]) -> None:
    one, other = two
    with pytest.raises(NotFound):
        phase(one)
    do(other, create("spring"))

    assert phase(one) == "created"


def test_where_others_wrote_more_than_is_looked_at_all_is_read_anew(
    two: tuple[Ledger, Ledger], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.ledger.kept_folds.CHANGED_READ_MAX", 2)
    one, other = two
    do(one, create("spring"))
    for name in ("autumn", "winter", "summer"):
        do(other, create(name))
    do(other, start("spring"))

    assert phase(one) == "running"
    assert phase(one, "summer") == "created"
