"""Keys that the ledger lists as destroyed: nothing is sealed under one any more, whoever destroyed it, and when."""

import json
from collections.abc import Callable
from contextlib import closing
from typing import cast

import pytest

from adapters.keys import SealingCipher
from adapters.ledger import Ledger, kept_folds, sealing, writer
from adapters.ledger.transaction import Transaction
from domain import recipient
from domain.errors import LedgerUnavailable
from domain.identity import KEYS_STREAM
from domain.ledger_life import KeysDestroyed
from tests.adapters.ledger.postgres_server import Server
from tests.adapters.ledger.stage import NUMBER, ask, create, do, gathering, outcome, until
from tests.contracts.sealed_ledgers import PostgresPlace, SealedPlace
from tests.contracts.test_sealed_ledger import destroy, enrol, of, sealed_under
from tests.contracts.test_sealed_ledger import place as place  # noqa: PLC0414 - a fixture

AGAIN = recipient.RecipientEnrolled(campaign_id="summer", number=NUMBER, variables={"name": "New"}, reference="r-8")


def destroys(*keys: str) -> Callable[[Transaction], None]:
    def decide(tx: Transaction) -> None:
        tx.read_destroyed_keys()
        tx.append(KEYS_STREAM, [KeysDestroyed(keys=keys, cause="erasure", kinds={"number": len(keys)}, streams=1)])

    return decide


def enrols_again(stream: str) -> Callable[[Transaction], None]:
    def decide(tx: Transaction) -> None:
        tx.recipient(stream)
        tx.append(stream, [AGAIN])

    return decide


def used_last(place: SealedPlace) -> set[str]:
    """The keys of the last event."""
    return {one["key"] for one in json.loads(place.states().splitlines()[-1])["sealed"]}


def test_what_waited_behind_a_destruction_is_sealed_under_other_keys(place: SealedPlace) -> None:
    with closing(place.open()) as ledger:
        stream = enrol(ledger)
        keys = sealed_under(place).values()
        with gathering(ledger):
            asked = [ask(ledger, destroys(*keys)), ask(ledger, enrols_again(stream))]
        assert [outcome(one).error for one in asked] == [None, None]
        assert used_last(place).isdisjoint(keys)
        assert (of(ledger, stream).event, of(ledger, stream).erased) == (AGAIN, ())


@pytest.mark.parametrize("rows_max", [500, 1])
def test_what_another_server_destroyed_is_known_before_anything_is_sealed(
    postgres: Server, monkeypatch: pytest.MonkeyPatch, rows_max: int
) -> None:
    monkeypatch.setattr(kept_folds, "CHANGED_READ_MAX", rows_max)
    monkeypatch.setattr(kept_folds, "DESTRUCTIONS_READ_MAX", 1)
    place = PostgresPlace(postgres.new_database())
    with closing(place.open()) as one, closing(place.open()) as other:
        stream = enrol(other)
        keys = sealed_under(place)
        for n in range(2):
            do(one, create(f"before{n}"))
        _destroy_each(one, keys)

        enrol(other, AGAIN)

        assert used_last(place).isdisjoint(keys.values())
        assert of(other, stream).erased == ()


def _destroy_each(ledger: Ledger, keys: dict[str, str]) -> None:
    for key in keys.values():
        destroy(ledger, key)


def test_keys_that_could_not_be_destroyed_are_a_trouble_and_tried_again_until_they_are(
    place: SealedPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "PROBE_SECONDS", 0.01)
    with closing(place.open()) as ledger:
        stream = enrol(ledger)
        keys = sealed_under(place).values()
        table = cast("SealingCipher", ledger._mapper.personal_cipher)._table
        with monkeypatch.context() as locked:
            locked.setattr(table, "overwrite", _locked)
            destroy(ledger, *keys)
            do(ledger, create("next"))
            assert ledger.sealed is not None
            assert ledger.trouble == ledger.sealed.trouble
            assert "keys that the ledger lists as destroyed may still be there (locked)" in str(ledger.trouble)
            assert of(ledger, stream).event.number == "erased"

        monkeypatch.setattr(sealing, "TRY_AGAIN_SECONDS", 0.0)
        do(ledger, create("after"))
        until(lambda: ledger.trouble is None)
        with closing(place.reader()) as reader:
            assert set(of(reader, stream).erased) == {"number", "variables", "other"}


def test_who_only_reads_opens_nothing_with_keys_that_were_put_back(place: SealedPlace) -> None:
    with closing(place.open()) as ledger:
        stream = enrol(ledger)
        keys = sealed_under(place)
        before = place.backup()
        destroy(ledger, *keys.values())
    place.put_back(before)

    with closing(place.reader()) as reader:
        assert set(of(reader, stream).erased) == set(keys)
        assert reader.sealing_keys(keys.values()) == {}


def _locked(*_: object) -> None:
    raise LedgerUnavailable("locked")
