"""A ledger that seals what is personal, in whichever database: what is stored, who reads it, and what the loss of a key does."""

import json
from contextlib import closing
from typing import Any

import pytest

from adapters.keys import DESTROYED, slice_of
from adapters.ledger import Ledger
from adapters.ledger.transaction import Transaction
from domain import recipient
from domain.errors import LedgerUnusable, SettingsError
from domain.identity import KEYS_STREAM
from domain.ledger_life import KeysDestroyed
from tests.adapters.ledger.stage import NUMBER, create, do, names
from tests.contracts.sealed_ledgers import PostgresPlace, SealedPlace, SqlitePlace

WHAT = recipient.RecipientEnrolled(campaign_id="spring", number=NUMBER, variables={"name": "Ada"}, reference="r-7")


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest) -> SealedPlace:
    if request.param == "sqlite":
        return SqlitePlace(request.getfixturevalue("tmp_path"))
    return PostgresPlace(request.getfixturevalue("postgres").new_database())


def enrol(ledger: Ledger, event: recipient.RecipientEnrolled = WHAT) -> str:
    stream = ledger.recipient_stream(event.number)

    def decide(tx: Transaction) -> None:
        tx.recipient(stream)
        tx.append(stream, [event])

    do(ledger, decide)
    return stream


def sealed_under(place: SealedPlace) -> dict[str, str]:
    """The ids of the keys of all that is stored, by kinds; one of each."""
    found = {}
    for line in place.states().splitlines():
        for one in json.loads(line).get("sealed", ()):
            found[one["kind"]] = one["key"]
    return found


def destroy(ledger: Ledger, *keys: str) -> None:
    event = KeysDestroyed(keys=keys, cause="erasure", kinds={"number": len(keys)}, streams=1)

    def decide(tx: Transaction) -> None:
        tx.read_destroyed_keys()
        tx.append(KEYS_STREAM, [event])

    do(ledger, decide)


def of(ledger: Any, stream: str) -> Any:
    return ledger.read_streams([stream], ledger.position)[stream][-1]


def test_what_is_personal_is_stored_sealed_and_read_by_the_next_process_and_beside(place: SealedPlace) -> None:
    with closing(place.open()) as ledger:
        stream = enrol(ledger)
        assert ledger.sealed is not None
        assert of(ledger, stream).event == WHAT
        with closing(place.reader()) as reader:
            assert of(reader, stream).event == WHAT

    assert set(sealed_under(place)) == {"number", "variables", "other"}
    for text in (NUMBER, "Ada", "r-7"):
        assert text.encode() not in place.states()
    with closing(place.open(begins=False)) as again:
        assert again.sealed is not None
        assert again.sealed.of([stream]) == {key: kind for kind, key in sealed_under(place).items()}
        assert again.sealed.of(["campaign:spring", "recipient:nobody"]) == {}
        assert of(again, stream).event == WHAT


def test_a_ledger_that_was_begun_without_stays_so_and_says_it(place: SealedPlace) -> None:
    with closing(place.open(begins=False)) as ledger:
        assert ledger.sealed is None
        do(ledger, create("spring"))

    with pytest.raises(SettingsError, match="DIALTRAIL_SEALED: the ledger there was begun without sealing"):
        place.open()
    with closing(place.open(begins=False)) as again:
        assert names(again.read_feed(0)) == ["campaign.created"]


def test_a_key_that_is_destroyed_erases_its_kind_here_at_once_and_beside_and_next_time(place: SealedPlace) -> None:
    with closing(place.open()) as ledger, closing(place.reader()) as reader:
        stream = enrol(ledger)
        assert of(reader, stream).event == WHAT
        key = sealed_under(place)["number"]

        destroy(ledger, key)

        reader.read_feed(0, 100)
        for one in (ledger, reader):
            assert of(one, stream).erased == ("number",)
            assert of(one, stream).event == recipient.RecipientEnrolled(
                campaign_id="spring", number="erased", variables={"name": "Ada"}, reference="r-7"
            )
        assert do(ledger, lambda tx: tx.recipient(stream).number) == "erased"
        assert ledger.sealed is not None
        assert set(ledger.sealed.of([stream]).values()) == {"variables", "other"}
        batch, _, nth = key.rpartition(".")
        assert slice_of(dict(place.backup()[0])[batch], int(nth)) == DESTROYED

        enrol(ledger)
        assert of(ledger, stream).event == WHAT, "what comes later is sealed under another key"
    with closing(place.open()) as again:
        assert [one.erased for one in again.read_stream(stream)] == [("number",), ()]


def test_keys_that_are_put_back_are_destroyed_again_before_anything_is_read(place: SealedPlace) -> None:
    with closing(place.open()) as ledger:
        stream = enrol(ledger)
        key = sealed_under(place)["number"]
        destroy(ledger, "bGF0ZXIgbG9zdA==.3")
        before = place.backup()
        destroy(ledger, key)
    place.put_back(before)

    with closing(place.open()) as again:
        assert of(again, stream).erased == ("number",)
    assert place.backup()[1] == [(1, f"2 {_last_event_id(place)}")]


def _last_event_id(place: SealedPlace) -> str:
    return str(json.loads(place.states().splitlines()[-1])["event_id"])


def test_a_mark_of_what_the_ledger_does_not_have_is_not_believed(place: SealedPlace) -> None:
    with closing(place.open()) as ledger:
        stream = enrol(ledger)
        key = sealed_under(place)["number"]
        before, _ = place.backup()
        destroy(ledger, key)
    place.put_back((before, [(1, "1 of-another-history")]))

    with closing(place.open()) as again:
        assert of(again, stream).erased == ("number",)


def test_a_store_that_was_lost_says_which_key_is_missing_and_takes_nothing_for_erased_but_what_was(
    place: SealedPlace,
) -> None:
    with closing(place.open()) as ledger:
        stream = enrol(ledger)
        keys = sealed_under(place)
        destroy(ledger, keys["number"])
    place.put_back(((), ()))

    with closing(place.open()) as again, pytest.raises(LedgerUnusable) as refused:
        again.read_stream(stream)

    assert f"sealed with key {keys['variables']}, which is not in the store of keys" in str(refused.value)
    assert "restore the newest backup of the keys" in str(refused.value)


def test_what_was_sealed_for_one_place_opens_at_no_other(place: SealedPlace) -> None:
    with closing(place.open()) as ledger:
        stream = enrol(ledger)
        [row] = [row for row in ledger._recorder.read_feed(0, 10) if row[1] == stream]
        for moved in ((row[0], "recipient:another", *row[2:]), (row[0], row[1], row[2] + 1, *row[3:])):
            with pytest.raises(
                LedgerUnusable, match=r"do not open with key .* altered, or moved here from another event"
            ):
                ledger._mapper.decode(*moved)
