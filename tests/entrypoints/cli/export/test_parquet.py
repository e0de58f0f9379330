"""Events as a folder of Parquet files, which goes on after what is there."""

import asyncio
import importlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq  # type: ignore[import-untyped,unused-ignore]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrypoints.cli.export import parquet
from entrypoints.cli.export.parquet import ParquetFolder, Partition
from entrypoints.cli.failure import CommandFailed
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi
from tests.examples import examples


class Interrupted(Exception):
    """As by Ctrl-C, or a server that is gone."""


def event(position: int, day: int) -> dict[str, Any]:
    return {
        "position": position,
        "event": "call.gathered",
        "stream": "call:c/é",
        "version": position,
        "event_id": f"id_{position}",
        "recorded_at": f"2026-05-{day:02}T23:59:59.000001Z",
        "metadata": {"by": "test"},
        "body": {"digits": "5", "at": position},
        "learned_later": 1,
    }


async def pages_of(pages: Sequence[Sequence[dict[str, Any]]], *, breaks_off: bool = False) -> AsyncIterator[Any]:
    for items in pages:
        yield {"items": list(items), "position": items[-1]["position"]}
    if breaks_off:
        raise Interrupted


def write(folder: Path, pages: Sequence[Sequence[dict[str, Any]]], *, breaks_off: bool = False) -> tuple[int, int]:
    """What follows the last event that is there, in these pages."""
    there = ParquetFolder(folder, Partition.DAY)
    left = [[one for one in page if one["position"] > there.last_position] for page in pages]
    pages_left = pages_of([page for page in left if page], breaks_off=breaks_off)
    return asyncio.run(there.write(pages_left, lambda _: None))


def names(folder: Path) -> list[str]:
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file())


def positions(folder: Path) -> list[int]:
    files = sorted(folder.rglob("events-*.parquet"), key=lambda one: one.name)
    return [int(n) for one in files for n in pq.ParquetFile(one).read().column("position").to_pylist()]


def test_each_day_has_a_folder_and_a_row_has_what_the_api_says(tmp_path: Path) -> None:
    count, position = write(tmp_path / "out", [[event(1, 1), event(4, 1)], [event(9, 2)]])

    assert (count, position) == (3, 9)
    assert names(tmp_path / "out") == [
        "day=2026-05-01/events-000000000001-000000000004.parquet",
        "day=2026-05-02/events-000000000009-000000000009.parquet",
    ]
    file = tmp_path / "out" / "day=2026-05-02" / "events-000000000009-000000000009.parquet"
    table = pq.ParquetFile(file).read()
    [row] = table.to_pylist()
    assert row.pop("recorded_at").isoformat() == "2026-05-02T23:59:59.000001+00:00"
    assert row == {
        "position": 9,
        "event": "call.gathered",
        "stream": "call:c/é",
        "version": 9,
        "event_id": "id_9",
        "metadata": '{"by":"test"}',
        "body": '{"digits":"5","at":9}',
    }
    assert [str(field.type) for field in table.schema] == [
        *("int64", "string", "string", "int64", "string", "timestamp[us, tz=UTC]", "string", "string")
    ]
    assert file.stat().st_mode & 0o077 == 0


def test_the_same_again_adds_nothing_and_more_goes_on(tmp_path: Path) -> None:
    first = [[event(1, 1)], [event(2, 1)]]
    write(tmp_path, first)

    assert write(tmp_path, first) == (0, 0)
    write(tmp_path, [*first, [event(3, 1), event(4, 2)]])
    assert positions(tmp_path) == [1, 2, 3, 4]
    assert len(names(tmp_path)) == 3


def test_what_was_interrupted_leaves_whole_files_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROWS_A_FILE_MAX", 2)
    pages = [[event(n, 1) for n in (1, 2, 3)]]

    with pytest.raises(Interrupted):
        write(tmp_path, pages, breaks_off=True)
    (tmp_path / "day=2026-05-01" / ".events-1.part").write_bytes(b"of one that was killed")

    assert positions(tmp_path) == [1, 2]
    write(tmp_path, pages)
    assert positions(tmp_path) == [1, 2, 3]
    assert not list(tmp_path.rglob("*.part"))


def test_little_is_kept_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROWS_A_GROUP_MAX", 2)
    monkeypatch.setattr(parquet, "BYTES_A_GROUP_MAX", 100)
    large = {**event(3, 1), "body": {"digits": "5" * 100}}

    write(tmp_path, [[event(1, 1), event(2, 1), large, event(4, 1)]])

    [file] = tmp_path.rglob("*.parquet")
    metadata = pq.ParquetFile(file).metadata
    assert [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)] == [2, 1, 1]


@settings(max_examples=examples(30))
@given(
    days=st.lists(st.integers(1, 3), min_size=1, max_size=9).map(sorted),
    cuts=st.lists(st.integers(1, 9), max_size=3),
    rows_a_page=st.integers(1, 4),
    rows_a_file=st.integers(1, 4),
)
def test_any_interruptions_give_each_event_once(
    days: list[int], cuts: list[int], rows_a_page: int, rows_a_file: int
) -> None:
    items = [event(n, day) for n, day in enumerate(days, 1)]
    pages = [items[at : at + rows_a_page] for at in range(0, len(items), rows_a_page)]
    with TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(parquet, "ROWS_A_FILE_MAX", rows_a_file)
        for cut in cuts:
            with pytest.raises(Interrupted):
                write(Path(name), pages[:cut], breaks_off=True)
        write(Path(name), pages)

        assert positions(Path(name)) == [one["position"] for one in items]


def test_without_pyarrow_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ImportError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(importlib, "import_module", missing)

    with pytest.raises(CommandFailed, match=r"needs the package pyarrow; install dialtrail with its extra \[parquet\]"):
        ParquetFolder(tmp_path, None)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("events --format parquet", "--out: name the folder that the Parquet files go into"),
        ("events --format parquet --out -", "--out: name the folder that the Parquet files go into"),
        ("events --format parquet --out a-file", "--out: a-file is no folder"),
        ("events --format parquet --out out --for excel", "--for: is for CSV"),
        ("events --format parquet --out out --after 3", "--after: out has events up to 4; leave --after out"),
        ("events --format parquet --out out --until 3", "--until: out has events up to 4 already"),
        ("events --format parquet --out out --partition day", "--partition: out is an export without"),
        ("events --partition day", "--partition: is for --format parquet"),
        ("calls --format parquet --out out", "--format: parquet is for events"),
    ],
)
def test_what_cannot_be(tmp_path: Path, dialtrail: Run, words: str, said: str) -> None:
    (tmp_path / "a-file").write_text("")
    asyncio.run(ParquetFolder(tmp_path / "out", None).write(pages_of([[event(4, 1)]]), lambda _: None))

    ran = dialtrail("export", *words.split())

    assert ran.code == 2
    assert said in ran.talk


def test_the_command_goes_on_after_what_is_there(tmp_path: Path, dialtrail: Run, api: FakeApi) -> None:
    (tmp_path / "out").mkdir()
    asyncio.run(ParquetFolder(tmp_path / "out", None).write(pages_of([[event(4, 1)]]), lambda _: None))
    found = {"items": [event(5, 1), event(6, 2)], "next": None, "position": 6}
    api.answers("GET", "/v1/events?after=4&limit=1000", found)

    ran = dialtrail("export", "events", "--format", "parquet", "--out", "out")

    assert (ran.code, ran.data) == (0, "")
    assert "2 events after position 4, up to position 6, in out" in ran.talk
    assert positions(tmp_path / "out") == [4, 5, 6]


def test_where_it_breaks_off_it_says_how_to_go_on(tmp_path: Path, dialtrail: Run, api: FakeApi) -> None:
    found = {"items": [event(5, 1)], "next": "5", "position": 6}
    api.answers("GET", "/v1/events?after=0&limit=1000", found)
    api.answers("GET", "/v1/events?after=5&limit=1000", {"detail": "it is gone"}, 500)

    ran = dialtrail("export", "events", "--format", "parquet", "--out", "out")

    assert ran.code == 1
    assert "it is gone; files that are complete stay in out, and the same command goes on after them" in ran.talk
