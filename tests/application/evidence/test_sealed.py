"""Bundles of a sealed ledger, on both engines: opened, left closed, and after an erasure."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from adapters.ledger import Ledger
from adapters.verifiable_log.note import Signer
from application.evidence.verifier import check, events
from application.evidence.verifier.notes import DoesNotHold
from tests.adapters.ledger.stage import NUMBER, create, do, enroll
from tests.application.copied_ledgers import Place
from tests.application.evidence.bundles import bundle, files_of, opened, put, signed_again, verified
from tests.application.log_keeping.ledgers import place, signed
from tests.contracts.sealed_ledgers import PostgresPlace, SealedPlace, SqlitePlace

__all__ = ["place"]


def begun(ledger: Ledger) -> None:
    do(ledger, create("spring"))
    do(ledger, enroll(ledger.recipient_stream(NUMBER), "spring"))


def sealed_place(where: Place, keys_folder: Path) -> tuple[SealedPlace, Path, str | None]:
    found: SealedPlace = SqlitePlace(where) if isinstance(where, Path) else PostgresPlace(where)
    with closing(found.open()) as ledger:
        begun(ledger)
    home = where if isinstance(where, Path) else keys_folder
    signed(where, home)
    return found, home, None if isinstance(where, Path) else where


def held(files: dict[str, bytes], signer: Signer) -> list[str]:
    said: list[str] = []
    check.verify(files, check.Trusted([signer.key.text], [], 0, None), said.append)
    return said


def test_what_is_sealed_is_opened_by_keys_that_come_with_it(place: Place, tmp_path: Path) -> None:
    _, home, url = sealed_place(place, tmp_path)
    files = files_of(bundle(home, NUMBER, url=url)[1])
    with opened(home, url) as (_, _, signer):
        assert signer is not None

    assert NUMBER.encode() not in files["events.jsonl"]
    assert NUMBER.encode() in files["index.html"].partition(b"What is known of the person")[2]
    assert not [line for line in held(files, signer) if line.startswith("note")]
    (tmp_path / "verify.py").write_bytes(files["verify.py"])
    folder = put(tmp_path / "bundle", files)
    assert verified(tmp_path, tmp_path / "verify.py", signer.key.text, [folder]) == [(0, "all of it holds")]


def test_a_key_that_is_not_the_right_one_is_found(place: Place, tmp_path: Path) -> None:
    _, home, url = sealed_place(place, tmp_path)
    files = files_of(bundle(home, NUMBER, url=url)[1])
    with opened(home, url) as (_, _, signer):
        assert signer is not None
    keys = events.read_keys(files["opened.json"])
    for wrong in (bytes(32), b"a"):
        other = {**files, "opened.json": events.keys_text({**keys, min(keys): wrong})}
        with pytest.raises(DoesNotHold, match="do not open with the key that is given"):
            held(signed_again(other, signer), signer)
    for text in (b"{}\n", b'{"keys":{"a":"?"}}\n', b"[]\n", files["opened.json"] + b"\n"):
        with pytest.raises(DoesNotHold):
            held(signed_again({**files, "opened.json": text}, signer), signer)


def test_what_is_left_closed_or_was_erased_is_said_to_be_sealed(place: Place, tmp_path: Path) -> None:
    where, home, url = sealed_place(place, tmp_path)
    with opened(home, url) as (_, _, signer):
        assert signer is not None
    closed = files_of(bundle(home, NUMBER, url=url, opens=False)[1])
    with closing(where.keys()) as table:
        table.overwrite(events.read_keys(files_of(bundle(home, NUMBER, url=url)[1])["opened.json"]), None)
    erased = files_of(bundle(home, NUMBER, url=url)[1])

    for files in (closed, erased):
        assert json.loads(files["opened.json"]) == {"keys": {}}
        assert NUMBER.encode() not in files["index.html"].partition(b"What is known of the person")[2]
        assert "note: of 2 events personal fields are sealed: erased, or kept from you" in held(files, signer)
    assert closed == erased
    assert closed["proofs.jsonl"] == erased["proofs.jsonl"]
