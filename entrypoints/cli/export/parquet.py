"""Events as Parquet: a folder of files that DuckDB, Spark, ClickHouse or BigQuery read as one table.

    FOLDER/day=2026-05-29/events-000000000001-000000012400.parquet

A file has the events of one day (UTC, by `recorded_at`) from one position to another, which its name says, so that an
export goes on after the last. It is there once it is complete.
"""

import importlib
import os
import re
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import orjson

from domain.errors import InvalidInput
from entrypoints.cli.api import Json
from entrypoints.cli.failure import CommandFailed

ROWS_A_GROUP_MAX = 10_000
BYTES_A_GROUP_MAX = 16 * 1024**2
ROWS_A_FILE_MAX = 100_000
PART = ".part"
_NAME = re.compile(r"events-(\d{12,})-(\d{12,})\.parquet")


class Partition(StrEnum):
    """What a folder of its own has been made for."""

    DAY = "day"


class ParquetFolder:
    """The files of one export, in order. `last_position` is up to where they go; 0 where there are none."""

    def __init__(self, folder: Path, partition: Partition | None) -> None:
        """Raises `CommandFailed` without pyarrow, `InvalidInput` where the folder cannot be one of an export like this."""
        self._arrow, self._parquet = _pyarrow()
        self._schema = _schema(self._arrow)
        self._folder = folder
        self._partition = partition
        if folder.exists() and not folder.is_dir():
            raise InvalidInput("--out", f"{folder} is no folder; Parquet is written as a folder of files")
        there = [] if not folder.exists() else sorted(folder.rglob("events-*.parquet"))
        if any((one.parent == folder) is (partition is not None) for one in there):
            raise InvalidInput(
                "--partition", f"{folder} is an export {'without' if partition else 'by day'}; go on as it is"
            )
        ends = [int(found[2]) for one in there if (found := _NAME.fullmatch(one.name))]
        self.last_position = max(ends, default=0)
        for left in [] if not folder.exists() else folder.rglob(f".events-*{PART}"):
            left.unlink()  # of an export that was interrupted

    async def write(self, pages: AsyncIterator[Json], moved: Callable[[int], None]) -> tuple[int, int]:
        """Write all of these pages; how many events that is, and up to which position the pages went. Little is in memory."""
        count = position = 0
        file: _File | None = None
        try:
            async for page in pages:
                for item in page["items"]:
                    if file is None or not file.takes(item):
                        if file is not None:
                            file.finish()
                        file = _File(self._arrow, self._parquet, self._schema, self._place_of(item), _day(item))
                    file.add(item)
                count, position = count + len(page["items"]), page["position"]
                moved(count)
            if file is not None:
                file.finish()
                file = None
        finally:
            if file is not None:
                file.give_up()
        return count, position

    def _place_of(self, item: Json) -> Path:
        return self._folder if self._partition is None else self._folder / f"day={_day(item)}"


class _File:
    """One file, until it is finished under another name."""

    def __init__(self, arrow: Any, parquet: Any, schema: Any, folder: Path, day: str) -> None:
        self._arrow = arrow
        self._schema = schema
        self._folder = folder
        self._day = day
        self._items: list[Json] = []
        self._bytes = self._rows = 0
        self._first = self._last = 0
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._part = folder / f".events-{os.getpid()}{PART}"
        os.close(os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600))
        self._writer = parquet.ParquetWriter(str(self._part), schema, compression="zstd")

    def takes(self, item: Json) -> bool:
        """Whether it is an event of this file's day, and there is room."""
        return _day(item) == self._day and self._rows < ROWS_A_FILE_MAX

    def add(self, item: Json) -> None:
        """One more event, which `takes` allows."""
        row = {**item, "recorded_at": datetime.fromisoformat(item["recorded_at"])}
        for name in ("metadata", "body"):
            row[name] = orjson.dumps(item[name]).decode()
        self._items.append(row)
        self._first, self._last = self._first or item["position"], item["position"]
        self._rows, self._bytes = self._rows + 1, self._bytes + len(row["body"])
        if len(self._items) >= ROWS_A_GROUP_MAX or self._bytes >= BYTES_A_GROUP_MAX:
            self._write_group()

    def finish(self) -> None:
        """All of it is on disk, under its name."""
        self._write_group()
        self._writer.close()
        with self._part.open("rb") as file:
            os.fsync(file.fileno())
        self._part.replace(self._folder / f"events-{self._first:012}-{self._last:012}.parquet")

    def give_up(self) -> None:
        """It is not complete."""
        self._writer.close()
        self._part.unlink(missing_ok=True)

    def _write_group(self) -> None:
        if self._items:
            self._writer.write_table(self._arrow.Table.from_pylist(self._items, schema=self._schema))
        self._items, self._bytes = [], 0


def _day(item: Json) -> str:
    return str(item["recorded_at"])[:10]


def _schema(arrow: Any) -> Any:
    types: Sequence[tuple[str, Any]] = (
        ("position", arrow.int64()),
        ("event", arrow.string()),
        ("stream", arrow.string()),
        ("version", arrow.int64()),
        ("event_id", arrow.string()),
        ("recorded_at", arrow.timestamp("us", tz="UTC")),
        ("metadata", arrow.string()),
        ("body", arrow.string()),
    )
    return arrow.schema([arrow.field(name, kind, nullable=False) for name, kind in types])


def _pyarrow() -> tuple[Any, Any]:
    try:
        # Imported when it is used: it is an extra.
        return importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise CommandFailed(
            f"--format parquet needs the package {error.name}; install dialtrail with its extra [parquet], such as "
            "pip install 'dialtrail[parquet]'"
        ) from error
