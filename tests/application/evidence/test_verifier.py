"""The parts of verify.py, by themselves; what they say of altered bundles is in test_bundle.py."""

import contextlib
import hashlib
import hmac
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.verifiable_log.leaf import entry
from adapters.verifiable_log.note import joined, split_note
from adapters.verifiable_log.tree import inclusion_proof, leaf_hash, root_of
from application.evidence.bundle import verify_py
from application.evidence.verifier import check, events, notes, page
from application.evidence.verifier.basis import AGREED, REFUSED
from application.evidence.verifier.notes import DoesNotHold
from application.evidence.verifier.page import ABOUT_PERSON
from tests.adapters.verifiable_log.examples import LOG, NOW, WITNESS, WITNESS_2
from tests.adapters.verifiable_log.trees import KeptTree, leaves
from tests.application.evidence.bundles import CAMPAIGN, bundle, files_of, opened, put, signed_again

LEAVES = leaves(300)
TREE = KeptTree(LEAVES)
LINES = st.text(st.characters(codec="utf-8", exclude_characters="\n"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = (
    "source",
    "body",
    "raw",
    "digest",
    "headers",
    "verdict",
    "request",
    "attempt_id",
    "actions",
    "call_id",
    "purpose",
)
STATES = st.builds(
    lambda fields, metadata: json.dumps({"event_id": "e", "metadata": metadata, "event": fields}).encode(),
    st.dictionaries(st.sampled_from(FIELDS), JSON).map(lambda some: {"source": "webhook", **some}) | JSON,
    JSON,
)
NAMES = st.sampled_from(
    (*("call.answered", "attempt.started", "answer.served", "attempt.accepted"), *AGREED, *REFUSED, *ABOUT_PERSON)
)


@given(st.data())
def test_the_second_way_to_prove_agrees_with_the_first(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 300))
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, TREE.read)
    assert notes.root_from(LEAVES[index], index, size, proof) == root_of(size, TREE.read)


@given(st.integers(0, 2**63 - 1), LINES, st.integers(0, 2**63 - 1), LINES, st.binary())
def test_an_event_is_hashed_as_the_log_hashes_it(
    position: int, stream: str, version: int, name: str, state: bytes
) -> None:
    assert notes.entry_hash(position, stream, version, name, state) == leaf_hash(
        entry(position, stream, version, name, state)
    )


@given(st.lists(st.tuples(LINES, st.integers(1, 9), LINES, st.binary() | STATES), max_size=5))
def test_events_are_read_as_they_were_written(rows: list[tuple[str, int, str, bytes]]) -> None:
    made = [events.bundled(at, *row) for at, row in enumerate(rows, 1)]
    assert list(events.read_events(b"".join(events.event_line(one) for one in made))) == made or "NaN" in str(made)


@given(NAMES, st.binary(max_size=50) | STATES)
@example("call.answered", b'{"event":{"source":"webhook","raw":"?"}}')
@example("call.answered", b'{"event":{"source":"webhook","body":"\\ud800"}}')
@example("call.answered", b'{"event":{"source":"webhook","body":"","headers":{"x-minivoice-signature":"\\ud800"}}}')
@example("attempt.started", b'{"event":{"verdict":{"rule_data":[1],"reasons":3},"purpose":1}}')
def test_whatever_a_state_has_in_it_something_can_be_derived_and_shown(name: str, state: bytes) -> None:
    made = [events.bundled(1, "call:1", 1, name, state)]
    head = notes.TreeHead("log.example", 1, bytes(32))
    for file in events.DERIVED_FROM:
        assert events.derived(file, made).endswith(b"]\n")
    with contextlib.suppress(DoesNotHold):
        check.check_deliveries(made, b"secret", lambda _: None)
    assert page.page("call", "1", head, made).endswith(b"</main></body></html>\n")


@given(st.binary(max_size=200))
def test_any_bytes_are_events_or_do_not_hold(text: bytes) -> None:
    try:
        found = list(events.read_events(text))
    except DoesNotHold:
        return
    assert b"".join(events.event_line(one) for one in found) == text


def test_nothing_on_the_page_is_taken_for_html() -> None:
    state = json.dumps({"event": {"occurred_at": "<b>", "actions": "<script>alert(1)</script>"}}).encode()
    made = page.page(
        "call", "<i>", notes.TreeHead("<u>", 1, b""), [events.bundled(1, "call:<s>", 1, "answer.served", state)]
    )
    for tag in (b"<b>", b"<script>", b"<i>", b"<u>", b"<s>"):
        assert tag not in made
    assert b"&lt;script&gt;alert(1)&lt;/script&gt;" in made


def test_what_was_sealed_is_shown_as_sealed() -> None:
    state = b'{"sealed":{"key":"k","personal":"AA=="},"event_id":"e","event":{"attempt_id":"a","verdict":{}}}'
    made = [events.bundled(1, "recipient:1", 1, "attempt.started", state)]
    assert json.loads(events.derived("verdicts.json", made))[0]["sealed"] is True
    assert b"<td>sealed</td>" in page.page("number", "+1", notes.TreeHead("a", 1, b""), made)


def test_a_note_is_opened_by_keys_that_are_known() -> None:
    text = "log.example\n1\n" + "A" * 43 + "=\n"
    note = joined(text, [LOG.line(text, NOW), WITNESS.line(text, NOW)])
    log, witness = notes.read_key(LOG.key.text), notes.read_key(WITNESS.key.text)
    opened = notes.open_signed("it", note, [log, witness, notes.read_key(WITNESS_2.key.text)])
    assert opened == notes.SignedText(text, [(log, None), (witness, int(NOW.timestamp()))])
    assert notes.read_head(text) == notes.TreeHead("log.example", 1, bytes(32))
    with pytest.raises(DoesNotHold, match="does not hold"):
        notes.open_signed("it", note.replace(b"\n1\n", b"\n2\n"), [witness])
    for wrong in ("a", LOG.key.text[:-4], LOG.key.text.replace("log", "lag"), "a+00000000+AAAA"):
        with pytest.raises(DoesNotHold):
            notes.read_key(wrong)
    for wrong in ("a\n01\nAA==\n", "a\n-1\nAA==\n", "a\n1\n", "a\n\u0663\nAA==\n", "a\n1\nAA=\n"):
        with pytest.raises(DoesNotHold):
            notes.read_head(wrong)


def ran(home: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    with opened(home) as (_, _, signer):
        assert signer is not None
        code = check.main([*words, "--log-key", signer.key.text])
    told = capsys.readouterr()
    return code, (told.out + told.err).strip().splitlines()[-1]


def test_what_is_no_bundle_cannot_be_looked_at(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran(home, capsys, str(tmp_path / "none.zip")) == (
        2,
        f"cannot be looked at: FileNotFoundError: [Errno 2] No such file or directory: '{tmp_path / 'none.zip'}'",
    )
    (tmp_path / "a.zip").write_bytes(b"a")
    assert ran(home, capsys, str(tmp_path / "a.zip")) == (2, "cannot be looked at: BadZipFile: File is not a zip file")
    assert ran(home, capsys, str(put(tmp_path / "empty", {}))) == (1, "does not hold: keys.json: it is missing")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_there_twice_is_found(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    packed = io.BytesIO(bundle(home, CAMPAIGN)[1])
    with zipfile.ZipFile(packed, "a") as more:
        more.writestr("index.html", "another")
    (tmp_path / "a.zip").write_bytes(packed.getvalue())
    assert ran(home, capsys, str(tmp_path / "a.zip")) == (1, "does not hold: the bundle has a file twice")


def test_a_zip_file_with_more_in_it_than_its_list_says_is_found(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    packed, page = bundle(home, CAMPAIGN)[1], io.BytesIO()
    with zipfile.ZipFile(page, "w") as more:
        more.writestr("index.html", "nobody was called")
    hidden = page.getvalue()[: page.getvalue().rindex(b"PK\x01\x02")]
    end = packed.rindex(b"PK\x05\x06")
    at = int.from_bytes(packed[end + 16 : end + 20], "little")
    moved = packed[at : end + 16] + (at + len(hidden)).to_bytes(4, "little") + packed[end + 20 :]
    (tmp_path / "a.zip").write_bytes(packed[:at] + hidden + moved)
    assert ran(home, capsys, str(tmp_path / "a.zip")) == (
        1,
        "does not hold: the ZIP file is not as Dialtrail packs these files: there may be others in it",
    )


def test_beside_the_files_none_of_them_is_run(home: Path, tmp_path: Path) -> None:
    folder = put(tmp_path / "a", files_of(bundle(home, CAMPAIGN)[1]))
    (folder / "argparse.py").write_text("print('all of it holds')\nraise SystemExit(0)\n")
    ran = subprocess.run([sys.executable, "verify.py"], cwd=folder, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout.strip().splitlines()[-1]) == (
        1,
        "does not hold: manifest: files are missing, or do not belong here: 'argparse.py'",
    )


def test_witnesses_count_whose_keys_one_brings_along(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = files_of(bundle(home, CAMPAIGN)[1])
    text, lines = split_note(files["checkpoint"])
    cosigned = joined(text, [*(one.text for one in lines), WITNESS.line(text, NOW)])
    with opened(home) as (_, _, signer):
        assert signer is not None
        folder = put(tmp_path / "cosigned", signed_again({**files, "checkpoint": cosigned}, signer))
    trusted = ("--witness-key", WITNESS.key.text, "--witness-key", WITNESS_2.key.text)

    assert ran(home, capsys, str(folder), *trusted, "--witnesses", "1") == (0, "all of it holds")
    assert ran(home, capsys, str(folder), *trusted, "--witnesses", "2") == (
        1,
        "does not hold: checkpoint: 1 of your witnesses cosigned it, and 2 are wanted",
    )
    assert ran(home, capsys, str(folder), "--witness-key", LOG.key.text) == (
        1,
        "does not hold: keys: a log's key has the kind 1, a witness's 4",
    )


def delivered(secret: bytes, **more: Any) -> list[events.BundledEvent]:
    body = '{"a": "ü"}'
    signature = "v1=" + hmac.digest(secret, b"7." + body.encode(), "sha256").hex()
    headers = {"x-minivoice-timestamp": "7", "x-minivoice-signature": signature}
    fields = {
        "source": "webhook",
        "body": body,
        "digest": hashlib.sha256(body.encode()).hexdigest(),
        "headers": headers,
    }
    return [events.bundled(1, "call:1", 1, "call.answered", json.dumps({"event": {**fields, **more}}).encode())]


def test_the_providers_signatures_are_checked_with_its_secret() -> None:
    said: list[str] = []
    check.check_deliveries(delivered(b"s3cret"), b"s3cret", said.append)
    assert said[-1] == "ok: 1 deliveries are signed by the provider with that secret"
    check.check_deliveries(delivered(b"s3cret"), None, said.append)
    with pytest.raises(DoesNotHold, match="the provider did not sign"):
        check.check_deliveries(delivered(b"other"), b"s3cret", said.append)
    with pytest.raises(DoesNotHold, match="is not the one whose digest"):
        check.check_deliveries(delivered(b"s3cret", body="{}"), None, said.append)


def test_the_one_file_has_every_part_and_none_of_dialtrail() -> None:
    source = verify_py().decode()
    assert "application" not in source.replace("or is of another kind", "")
    defined = [line.split("(")[0].split(":")[0] for line in source.splitlines() if line.startswith(("def ", "class "))]
    assert len(defined) == len(set(defined)) > 30
    compile(source, "verify.py", "exec")
