"""Deliveries that are sent to a receiver."""

import json
import re
from pathlib import Path

import pytest

from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi
from tests.entrypoints.cli.receiver import Receiver
from tests.entrypoints.cli.told_deliveries import CALL, CAME, rows


def test_they_are_sent_signed_anew_with_the_receivers_secret(
    dialtrail: Run, told: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_SECRET", "of-my-own")
    with Receiver("of-my-own") as receiver:
        words = ("replay", CALL, "--to", receiver.url, "--secret-variable", "MY_SECRET", "--twice")
        code, data, talk = dialtrail(*words)

    assert (code, talk) == (0, "")
    assert receiver.taken == [one["body"].encode() for one in CAME for _ in range(2)]
    assert {one["x-minivoice-signature"] for one in receiver.headers}.isdisjoint({"v1=old"})
    assert [row[-1].partition(" in ")[0] for row in rows(data)] == ["answered", *["204"] * 6]
    assert "of-my-own" not in data


def test_our_own_secret_may_be_in_the_settings_file(dialtrail: Run, told: FakeApi, tmp_path: Path) -> None:
    (tmp_path / "dialtrail.env").write_text("MINIVOICE_WEBHOOK_SECRET=from-the-file\n")
    with Receiver("from-the-file") as receiver:
        assert dialtrail("replay", CALL, "--to", receiver.url).code == 0
    assert len(receiver.taken) == 3


def test_what_is_refused_is_told_and_fails(dialtrail: Run, told: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINIVOICE_WEBHOOK_SECRET", "another")
    with Receiver("of-my-own") as receiver:
        code, data, talk = dialtrail("replay", CALL, "--to", receiver.url, "--json")

    assert (code, receiver.taken) == (1, [])
    assert [one["status"] for one in json.loads(data)["sent"]] == [401] * 3
    assert talk == "3 of 3 were not accepted\n"


def test_without_a_secret_a_warning_says_that_they_bear_no_signature(dialtrail: Run, told: FakeApi) -> None:
    with Receiver("of-my-own") as receiver:
        code, _, talk = dialtrail("replay", CALL, "--to", receiver.url)

    assert (code, receiver.taken) == (1, [])
    assert talk.splitlines() == [
        "warning: MINIVOICE_WEBHOOK_SECRET is not set; they are sent without a signature",
        "3 of 3 were not accepted",
    ]


def test_a_receiver_that_goes_half_way_is_told_with_how_far_it_came(
    dialtrail: Run, told: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINIVOICE_WEBHOOK_SECRET", "of-my-own")
    with Receiver("of-my-own", goes_after=2) as receiver:
        code, data, talk = dialtrail("replay", CALL, "--to", receiver.url)

    assert (code, len(receiver.taken)) == (1, 2)
    assert [row[-1].partition(" in ")[0] for row in rows(data)[1:]] == ["204", "204", "not sent"]
    said = rf"dialtrail: --to {re.escape(receiver.url)}: \w+ at delivery 3 of 3; is it running\?\n"
    assert re.fullmatch(said, talk)
