import io
import json
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from adapters.verifiable_log.note import Signer
from application.evidence import gathering
from application.evidence.bundle import make_bundle, verify_py
from domain.errors import InvalidInput, LedgerUnusable, NotFound, NotReady
from tests.application.evidence.alterations import inside, outside
from tests.application.evidence.bundles import CAMPAIGN, bundle, files_of, home_of_release, opened, put, verified
from tests.application.log_keeping.ledgers import alter


def number_of(home: Path) -> str:
    with opened(home) as (reader, _, _):
        return next(
            one.event.number  # type: ignore[union-attr]
            for one in reader.read_feed(0, 10_000)
            if one.event.NAME == "recipient.enrolled"
        )


def claimed_call(home: Path) -> str:
    with opened(home) as (reader, _, _):
        feed = reader.read_feed(0, 10_000)
    told = {one.stream for one in feed if one.event.NAME == "answer.served"}
    return next(one.stream.partition(":")[2] for one in feed if one.event.NAME == "call.claimed" and one.stream in told)


def test_a_bundle_of_each_kind_holds_where_dialtrail_is_not(home: Path, tmp_path: Path) -> None:
    bundles = []
    for kind, subject in (("campaign", CAMPAIGN), ("number", number_of(home)), ("call", claimed_call(home))):
        made, packed = bundle(home, subject)
        assert (made.subject.kind, made.subject.name, made.size, made.position) == (kind, subject, 480, 480)
        (tmp_path / f"{kind}.zip").write_bytes(packed)
        bundles += [tmp_path / f"{kind}.zip", put(tmp_path / kind, files_of(packed))]
    verify = tmp_path / "call" / "verify.py"

    with opened(home) as (_, _, signer):
        assert signer is not None
        found = verified(tmp_path, verify, signer.key.text, bundles)

    assert found == [(0, "all of it holds")] * 6


def test_a_bundle_is_the_same_byte_for_byte(home: Path) -> None:
    first, second = bundle(home, CAMPAIGN), bundle(home, CAMPAIGN, kind="campaign", size=480)
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first[1])) as packed:
        assert packed.namelist() == sorted(packed.namelist())
        for one in packed.infolist():
            assert (one.date_time, one.compress_type) == ((1980, 1, 1, 0, 0, 0), zipfile.ZIP_STORED)
            assert stat.S_IMODE(one.external_attr >> 16) == 0o644


def test_every_alteration_from_outside_is_found(home: Path, tmp_path: Path) -> None:
    files = files_of(bundle(home, CAMPAIGN)[1])
    with opened(home) as (_, _, signer):
        assert signer is not None
        altered = outside(files, signer)

    found = all_verified(tmp_path, altered, signer)

    assert {
        name for name, (code, said) in found.items() if code != 1 or not said.startswith("does not hold: ")
    } == set()
    assert len(altered) >= 18


def test_every_alteration_by_whoever_has_the_logs_key_is_found(home: Path, tmp_path: Path) -> None:
    files = files_of(bundle(home, CAMPAIGN)[1])
    with opened(home) as (_, _, signer):
        assert signer is not None
        altered = inside(files, signer)

    found = all_verified(tmp_path, altered, signer)

    assert {
        name for name, (code, said) in found.items() if code != 1 or not said.startswith("does not hold: ")
    } == set()
    assert found["an event left out"][1].endswith("one was left out")
    assert found["a word of a state"][1].endswith("the log does not have it as it is here")
    assert (
        found["index.html says something else"][1] == "does not hold: index.html: it does not say what the events say"
    )
    assert len(altered) >= 25


def all_verified(
    tmp_path: Path, altered: Mapping[str, Mapping[str, bytes]], signer: Signer
) -> dict[str, tuple[int, str]]:
    verify = tmp_path / "verify.py"
    verify.write_bytes(verify_py())
    folders = [put(tmp_path / str(at), files) for at, files in enumerate(altered.values())]
    return dict(zip(altered, verified(tmp_path, verify, signer.key.text, folders), strict=True))


def test_a_call_has_the_person_and_the_campaign_with_it_and_no_other_call(home: Path) -> None:
    call = claimed_call(home)
    files = files_of(bundle(home, call)[1])
    rows = [json.loads(line) for line in files["events.jsonl"].splitlines()]

    streams = {row["stream"].partition(":")[0] for row in rows}
    assert streams == {"call", "recipient", "campaign"}
    assert {row["stream"] for row in rows if row["stream"].startswith("call:")} == {f"call:{call}"}
    assert json.loads(files["said.json"])[0]["stream"] == f"call:{call}"
    verdicts = json.loads(files["verdicts.json"])
    assert verdicts[0]["verdict"]["attempts_max"] >= 1
    page = files["index.html"].decode()
    assert call in page
    assert "no rule stood against it" in page
    assert "accepted by the provider" in page


def test_the_states_are_the_ledgers_bytes(home: Path) -> None:
    rows = [json.loads(line) for line in files_of(bundle(home, CAMPAIGN)[1])["events.jsonl"].splitlines()]
    with opened(home) as (reader, _, _):
        stored = {row[0]: row for row in reader.read_rows(0, 10_000)}
    assert len(rows) > 300
    for row in rows:
        assert stored[row["position"]] == (
            *(row["position"], row["stream"], row["version"], row["name"]),
            row["state"].encode(),
        )


@pytest.mark.parametrize(
    ("subject", "kind", "error", "why"),
    [
        ("no_such", None, NotFound, "nothing is known of call or campaign 'no_such'"),
        ("+15559999999", None, NotFound, "nothing is known of number"),
        ("+1 555", None, InvalidInput, "is no phone number"),
        (CAMPAIGN, "call", NotFound, "nothing is known of call"),
        ("a" * 300, None, InvalidInput, "longer than 200"),
        ("No Slug", None, NotFound, "nothing is known"),
    ],
)
def test_what_is_not_there_is_named(
    home: Path, subject: str, kind: gathering.SubjectKind | None, error: type[Exception], why: str
) -> None:
    with pytest.raises(error, match=why):
        bundle(home, subject, kind)


def test_a_checkpoint_that_is_not_kept_is_not_made_up(home: Path) -> None:
    with pytest.raises(NotFound, match="no checkpoint over 7 events is kept; the nearest is over 480"):
        bundle(home, CAMPAIGN, size=7)


def test_without_the_logs_key_there_is_no_bundle(home: Path) -> None:
    with opened(home) as (reader, store, _):
        for signer in (None, Signer("example.org/log", bytes(32))):
            with pytest.raises(NotReady, match="the log's key is not in this data folder"):
                make_bundle(io.BytesIO(), reader, store, signer, CAMPAIGN)


def test_too_much_is_said_to_be_too_much(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("application.evidence.bundle.EVENTS_MAX", 10)
    with pytest.raises(InvalidInput, match="has more than 10 events"):
        bundle(home, CAMPAIGN)
    monkeypatch.setattr(gathering, "STREAMS_MAX", 3)
    with pytest.raises(InvalidInput, match="has more than 3 people"):
        bundle(home, CAMPAIGN)


def test_no_bundle_is_made_of_a_ledger_that_was_altered(tmp_path: Path) -> None:
    home = home_of_release(tmp_path)
    bundle(home, CAMPAIGN)
    words = "CAST(replace(state, 'spring', 'sprinG') AS BLOB)"
    alter(home, f"UPDATE stored_events SET state={words} WHERE originator_id='campaign:{CAMPAIGN}'")
    with pytest.raises(
        LedgerUnusable, match="the ledger has not what the log has: look closer with `dialtrail verify`"
    ):
        bundle(home, CAMPAIGN)
