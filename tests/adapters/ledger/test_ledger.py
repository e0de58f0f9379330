from pathlib import Path

import pytest

from adapters.ledger import Committed, Ledger
from adapters.ledger.transaction import Transaction
from domain import call, campaign, recipient
from domain.errors import Conflict, LedgerBusy, LedgerUnusable
from domain.events import Recorded
from domain.identity import call_stream, campaign_stream
from tests.adapters.ledger.stage import (
    BY,
    NUMBER,
    PLAN,
    T0,
    create,
    do,
    enroll,
    feed,
    in_thread,
    names,
    open_ledger,
    start,
)


def test_what_was_decided_is_read_back_as_it_was_recorded(ledger: Ledger) -> None:
    committed = ledger.execute_and_wait(create("spring"), lane="commands", metadata=BY)

    assert committed == Committed("spring", 1)
    assert feed(ledger) == [
        Recorded(
            position=1,
            event_id="event-1",
            stream="campaign:spring",
            version=1,
            recorded_at=T0,
            metadata=BY,
            event=campaign.CampaignCreated(campaign_id="spring", plan=PLAN),
        )
    ]


def test_a_command_that_decides_nothing_stores_nothing_and_has_the_ledgers_position(ledger: Ledger) -> None:
    do(ledger, create("spring"))
    do(ledger, start("spring"))

    again = ledger.execute_and_wait(create("spring"), lane="commands", metadata=BY)

    assert again == Committed("spring", 2)
    assert ledger.position == 2
    assert len(feed(ledger)) == 2


def test_appending_without_reading_first_is_refused(ledger: Ledger) -> None:
    def careless(transaction: Transaction) -> None:
        transaction.append(campaign_stream("spring"), [campaign.CampaignStarted()])

    with pytest.raises(RuntimeError, match="a campaign stream was used without being read"):
        do(ledger, careless)
    assert feed(ledger) == []


def test_one_question_tells_which_of_many_streams_are_new(ledger: Ledger) -> None:
    streams = [ledger.recipient_stream(f"+1555010{n:04}") for n in range(1_200)]
    do(ledger, enroll(streams[7], "spring", "+15550100007"))

    def import_all(transaction: Transaction) -> None:
        transaction.expect_new(streams)
        for n, stream in enumerate(streams):
            state = transaction.recipient(stream)
            transaction.append(stream, recipient.enroll(state, "spring", f"+1555010{n:04}"))

    do(ledger, import_all, "imports")

    assert sorted(r.stream for r in feed(ledger)) == sorted(streams)
    assert {r.version for r in feed(ledger)} == {1}


def test_a_command_sees_what_earlier_ones_stored_after_reopening(tmp_path: Path) -> None:
    first = open_ledger(tmp_path)
    do(first, create("spring"))
    do(first, start("spring"))
    first.close()

    second = open_ledger(tmp_path)

    assert second.position == 2
    assert do(second, lambda t: campaign.existing(t.campaign("spring"), "spring").phase) == "running"
    with pytest.raises(Conflict):
        do(second, create("spring", campaign.Plan(caller_number="+15550100009")))
    second.close()


def test_each_aggregate_can_be_read_by_a_command(ledger: Ledger) -> None:
    def look(transaction: Transaction) -> list[object]:
        return [
            transaction.campaign("none"),
            transaction.recipient("recipient:none").number,
            transaction.call("none") == call.INITIAL,
            transaction.account("none").pause,
            transaction.quarantined("none"),
        ]

    assert do(ledger, look) == [None, "", True, None, None]


def test_a_stream_can_be_read_up_to_a_position(ledger: Ledger) -> None:
    do(ledger, create("spring"))
    do(ledger, create("autumn"))
    do(ledger, start("spring"))

    stream = campaign_stream("spring")
    assert names(ledger.read_stream(stream)) == ["campaign.created", "campaign.started"]
    assert names(ledger.read_stream(stream, 3)) == ["campaign.created", "campaign.started"]
    assert names(ledger.read_stream(stream, 2)) == ["campaign.created"]
    assert names(ledger.read_stream(stream, 0)) == []
    assert ledger.read_stream(call_stream("none")) == []


def test_the_feed_comes_in_batches(ledger: Ledger) -> None:
    for n in range(5):
        do(ledger, create(f"c{n}"))

    assert [r.position for r in ledger.read_feed(0, 2)] == [1, 2]
    assert [r.position for r in ledger.read_feed(2, 2)] == [3, 4]
    assert [r.position for r in ledger.read_feed(4, 2)] == [5]
    assert ledger.read_feed(5, 2) == []


def test_a_reader_beside_the_writer_sees_every_event_once_and_in_order(ledger: Ledger) -> None:
    def write() -> None:
        for n in range(300):
            do(ledger, create(f"c{n}"), "webhooks")

    writing = in_thread(write)
    seen: list[int] = []
    while len(seen) < 300:
        alive = writing.is_alive()
        batch = ledger.read_feed(seen[-1] if seen else 0, 7)
        seen += [r.position for r in batch]
        assert batch or alive, "the writer is done, and events are missing"

    assert seen == list(range(1, 301))


def test_a_stream_id_never_holds_the_number(ledger: Ledger) -> None:
    stream = ledger.recipient_stream(NUMBER)
    do(ledger, enroll(stream, "spring"))

    assert stream.startswith("recipient:")
    assert NUMBER.strip("+") not in "".join(r.stream for r in feed(ledger))


def test_what_was_queued_before_closing_is_stored_and_nothing_after(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    do(ledger, create("c0"))
    ledger.close()

    with pytest.raises(LedgerBusy, match="the ledger is closing"):
        do(ledger, create("c1"))
    assert ledger.trouble == "the writer has stopped"
    reopened = open_ledger(tmp_path)
    assert names(feed(reopened)) == ["campaign.created"]
    reopened.close()
    ledger.close()


def test_what_is_no_database_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"a shopping list, not a database; " * 100)

    with pytest.raises(LedgerUnusable, match="the ledger cannot be opened"):
        open_ledger(tmp_path)


def test_a_folder_that_is_not_there_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnusable, match="the ledger cannot be opened"):
        open_ledger(tmp_path / "nowhere")


def test_the_process_s_environment_does_not_configure_the_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPLICATION_RECORDER_TOPIC", "eventsourcing.sqlite:SQLiteApplicationRecorder")
    monkeypatch.setenv("CREATE_TABLE", "n")
    ledger = open_ledger(tmp_path)

    assert do(ledger, create("spring")) == "spring"
    ledger.close()
