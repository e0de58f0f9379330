"""Commits that fail, and versions that somebody else took first."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from eventsourcing.persistence import IntegrityError, OperationalError

from adapters.event_mapper import EventMapper, Stamp
from adapters.ledger import Ledger
from adapters.ledger.ticket import CommandOutcome
from adapters.ledger.transaction import Transaction
from adapters.ledger.writer import CONFLICTS_MAX
from domain import campaign
from domain.errors import LedgerBusy, LedgerUnavailable
from tests.adapters.ledger.stage import (
    BY,
    T0,
    ask,
    create,
    do,
    feed,
    gathering,
    outcome,
)
from tests.adapters.ledger.troubled import TroubledRecorder, raising


def test_a_commit_that_fails_gives_each_caller_an_error_of_its_own_and_the_next_one_works(
    troubled: tuple[Ledger, TroubledRecorder],
) -> None:
    ledger, recorder = troubled
    with gathering(ledger):
        recorder.trouble_the_next_commit(raising(OperationalError("disk I/O error")))
        asked = [ask(ledger, create(f"c{n % 2}")) for n in range(4)]

    errors = [outcome(a).error for a in asked]
    assert [type(e) for e in errors] == [LedgerUnavailable] * 4
    assert len({id(e) for e in errors}) == 4
    assert {str(e) for e in errors} == {"the ledger could not be written (disk I/O error); nothing was stored"}
    assert ledger.trouble == str(errors[0])
    assert feed(ledger) == []
    assert ledger.position == 0

    assert ledger.execute_and_wait(create("c0"), lane="commands", metadata=BY).position == 1
    assert ledger.trouble is None


def test_a_database_that_fails_while_a_command_reads_fails_the_commit_and_not_that_command(
    troubled: tuple[Ledger, TroubledRecorder],
) -> None:
    ledger, recorder = troubled

    def cut_the_line() -> None:
        recorder._select_stream = "SELECT nothing FROM nowhere "

    whole = recorder._select_stream
    with gathering(ledger):
        recorder.before.append(cut_the_line)
        asked = [ask(ledger, create("c0")), ask(ledger, create("c1"))]

    assert [type(outcome(a).error) for a in asked] == [LedgerUnavailable] * 2
    recorder._select_stream = whole
    assert do(ledger, create("c0")) == "c0"


def test_the_writer_survives_what_nobody_thought_of(troubled: tuple[Ledger, TroubledRecorder]) -> None:
    ledger, recorder = troubled
    recorder.before.append(raising(ZeroDivisionError()))

    with pytest.raises(LedgerUnavailable, match=r"the ledger's writer met ZeroDivisionError\(\); nothing was stored"):
        do(ledger, create("c0"))
    assert do(ledger, create("c0")) == "c0"


def rival_stores(folder: Path, campaign_id: str, version: int) -> None:
    """What a process that should not be there would do: append through a connection of its own."""
    canceled = campaign.CampaignCanceled(reason="rival")
    state = EventMapper().encode(f"campaign:{campaign_id}", version, "rival-event", Stamp(recorded_at=T0), {}, canceled)
    with closing(sqlite3.connect(folder / "ledger.db")) as connection, connection:
        connection.execute(
            "INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES (?,?,?,?)",
            (f"campaign:{campaign_id}", version, "campaign.canceled", state),
        )


def test_after_a_conflict_the_commands_decide_again_on_what_is_there(
    tmp_path: Path, troubled: tuple[Ledger, TroubledRecorder]
) -> None:
    ledger, recorder = troubled
    do(ledger, create("c0"))
    decided: list[str] = []

    def cancel(transaction: Transaction) -> None:
        state = campaign.existing(transaction.campaign("c0"), "c0")
        decided.append(state.phase)
        transaction.append("campaign:c0", campaign.cancel(state))

    with gathering(ledger):
        recorder.before.append(lambda: rival_stores(tmp_path, "c0", 2))
        asked = [ask(ledger, cancel), ask(ledger, create("c1"))]

    assert [outcome(a) for a in asked] == [CommandOutcome(None, 3), CommandOutcome("c1", 3)]
    assert decided == ["created", "canceled"]
    assert [(r.stream, r.version, r.event_id) for r in feed(ledger)] == [
        ("campaign:c0", 1, "event-1"),
        ("campaign:c0", 2, "rival-event"),
        ("campaign:c1", 1, feed(ledger)[2].event_id),
    ]


def test_conflicts_without_end_are_given_up(troubled: tuple[Ledger, TroubledRecorder]) -> None:
    ledger, recorder = troubled
    runs: list[int] = []

    def decide(transaction: Transaction) -> None:
        runs.append(1)
        create("c0")(transaction)

    with gathering(ledger):
        recorder.trouble_the_next_commit(*[raising(IntegrityError("taken"))] * CONFLICTS_MAX)
        asked = [ask(ledger, decide), ask(ledger, create("c1"))]

    errors = [outcome(a).error for a in asked]
    assert [type(e) for e in errors] == [LedgerBusy] * 2
    assert errors[0] is not errors[1]
    assert str(errors[0]) == "other writers were faster 5 times; try again"
    assert len(runs) == CONFLICTS_MAX
    assert feed(ledger) == []
    assert do(ledger, create("c0")) == "c0"


def test_one_conflict_less_is_not(troubled: tuple[Ledger, TroubledRecorder]) -> None:
    ledger, recorder = troubled
    with gathering(ledger):
        recorder.trouble_the_next_commit(*[raising(IntegrityError("taken"))] * (CONFLICTS_MAX - 1))
        asked = ask(ledger, create("c0"))

    assert outcome(asked) == CommandOutcome("c0", 1)
    assert ledger.trouble is None
