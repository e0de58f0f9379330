"""How far a ledger has come, beside it."""

from pathlib import Path

import pytest

from adapters.high_water import (
    HighWater,
    HighWaterMarks,
    mark_at_least,
    places_of_high_water,
    raise_high_water,
    read_high_water,
)
from domain import campaign
from tests.adapters.ledger.stage import PLAN
from tests.projections.recording import recorded


def test_each_mark_says_the_last_that_it_was_told(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    places = places_of_high_water(folder)

    marks = HighWaterMarks(places, "check", HighWater(7, "e7"))
    marks.raise_to(12, "e12")
    marks.raise_to(9, "e9")
    marks.close()
    marks.raise_to(13, "e13")

    assert places == [tmp_path / ".data.highwater", folder / "ledger.highwater"]
    assert read_high_water(places, "check") == [HighWater(9, "e9"), HighWater(9, "e9")]
    assert read_high_water(places, "another ledger's") == []
    assert {place.stat().st_mode & 0o777 for place in places} == {0o600}


def test_an_empty_ledger_has_one_too(tmp_path: Path) -> None:
    HighWaterMarks([tmp_path / "mark"], "check", HighWater(0, "")).close()

    assert read_high_water([tmp_path / "mark"], "check") == [HighWater(0, "")]


@pytest.mark.parametrize(
    ("position", "found"), [(11, HighWater(12, "e12")), (12, HighWater(12, "e12")), (13, HighWater(13, "event-13"))]
)
def test_a_commit_raises_a_mark_and_never_lowers_it(tmp_path: Path, position: int, found: HighWater) -> None:
    HighWaterMarks([tmp_path / "mark"], "check", HighWater(12, "e12")).close()
    commit = recorded(position, "campaign:spring", campaign.CampaignCreated(campaign_id="spring", plan=PLAN))

    raise_high_water([tmp_path / "mark"], "check", [commit])

    assert read_high_water([tmp_path / "mark"], "check") == [found]


def test_at_least_so_far_leaves_what_is_beyond(tmp_path: Path) -> None:
    beyond, lower, new = tmp_path / "beyond", tmp_path / "lower", tmp_path / "new"
    HighWaterMarks([beyond], "check", HighWater(12, "e12")).close()
    HighWaterMarks([lower], "check", HighWater(3, "e3")).close()

    mark_at_least([beyond, lower, new], "check", HighWater(9, "e9"))
    mark_at_least([beyond, tmp_path / "none" / "mark"], "check", HighWater(9, "e9"))  # one is enough

    assert read_high_water([beyond, lower, new], "check") == [HighWater(12, "e12"), *[HighWater(9, "e9")] * 2]
    with pytest.raises(FileNotFoundError):
        mark_at_least([tmp_path / "none" / "mark"], "check", HighWater(9, "e9"))


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"x" * 576, b'{"key_check":"check","form":"of another time"}'.ljust(576)]
)
def test_what_cannot_be_read_says_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mark").write_bytes(content)

    assert read_high_water([tmp_path / "mark", tmp_path / "none"], "check") == []


def test_beside_a_folder_where_everybody_may_write_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    tmp_path.chmod(0o1777)

    assert places_of_high_water(tmp_path / "data") == [tmp_path / "data" / "ledger.highwater"]


def test_one_place_that_can_be_written_is_enough(tmp_path: Path) -> None:
    HighWaterMarks([tmp_path / "none" / "mark", tmp_path / "mark"], "check", HighWater(1, "e1")).close()

    assert read_high_water([tmp_path / "mark"], "check") == [HighWater(1, "e1")]
    with pytest.raises(FileNotFoundError):
        HighWaterMarks([tmp_path / "none" / "mark"], "check", HighWater(1, "e1"))
