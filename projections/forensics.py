"""The views as they were stored, beside the same views rebuilt: whose status was shown wrong, from where on, until where.

Both are at the same position of the ledger. What earlier code stored may lack a column; what both have is compared.
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from sqlalchemy import Column, Connection, Select, Table, Text, inspect, select

from projections import attempt_index, call_hours, call_index, campaign_summary, outcome_index, quarantined
from projections.recipient_status import DECLINED, ENROLLMENT, HISTORY, KIND, SPELLING, STATUS, SUPPRESSION
from projections.store import PROGRESS, ViewsProgress, ViewStore, ViewsUnusable, instant

ROWS_AT_ONCE = 1_000
SPAN = ("from_position", "to_position")
OTHERS = (
    ENROLLMENT,
    KIND,
    SPELLING,
    DECLINED,
    SUPPRESSION,
    attempt_index.ATTEMPT,
    call_index.CALL,
    campaign_summary.CAMPAIGN,
    campaign_summary.CHECKPOINT,
    campaign_summary.PACE,
    call_hours.CALL_HOUR,
    quarantined.QUARANTINED,
    outcome_index.OUTCOME,
)
NEWER = (DECLINED, SUPPRESSION, call_hours.CALL_HOUR, quarantined.QUARANTINED, outcome_index.OUTCOME)
"""What the views of the first releases do not have."""
INSTANTS = frozenset({"since", "then_until", "consent_until"})
COUNTERS = "counters"

Key = tuple[Any, ...]
RowT = TypeVar("RowT")
Fields = Mapping[str, tuple[Any, Any]]


class WrongStatus(Struct, frozen=True, kw_only=True):
    """A recipient who was shown otherwise than the ledger says, from one position until before another, or to the end.

    `fields` are what was stored, and what it is now; `is_status` where it is the status itself.
    """

    place: int
    campaign: int
    from_position: int
    to_position: int | None
    fields: Fields

    @property
    def is_status(self) -> bool:
        """Whether the status itself was wrong, and not only what goes with it."""
        return any(name == "row" or name.endswith("status") for name in self.fields)


class WrongRow(Struct, frozen=True, kw_only=True):
    """A row of another table that says otherwise; it has no history, so that nobody knows since when."""

    table: str
    key: str
    fields: Fields


class _Span(Struct, frozen=True):
    begin: int
    end: int | None
    values: Mapping[str, Any]


class Stored:
    """One set of views under examination: what it has of each table, read row by row. `campaign` None is all of them."""

    def __init__(self, store: ViewStore, connection: Connection, campaign: int | None = None) -> None:
        self._connection = connection
        inspector = inspect(connection)
        self._columns = {
            table.name: {column["name"] for column in inspector.get_columns(table.name, schema=store.schema)}
            for table in (STATUS, HISTORY, PROGRESS, *OTHERS)
            if inspector.has_table(table.name, schema=store.schema)
        }
        self._campaign = campaign

    def has(self, table: Table) -> set[str]:
        """The columns that it has of a table."""
        return self._columns.get(table.name, set()) & set(_names(table))

    def progress(self) -> tuple[ViewsProgress, dict[str, int]]:
        """How far it had come, and by which version of each view. Raises `ViewsUnusable` where it does not say."""
        if self.has(PROGRESS) != set(_names(PROGRESS)):
            raise ViewsUnusable("they do not say how far they have come")
        rows = self._connection.execute(select(PROGRESS)).all()
        found = {ViewsProgress(row.position, row.event_id, row.recorded_at, row.fingerprint) for row in rows}
        if len(found) > 1:
            raise ViewsUnusable("they do not say, all alike, how far they have come")
        return found.pop() if found else ViewsProgress(), {row.view: row.version for row in rows}

    def spans(self, names: Sequence[str]) -> Iterator[tuple[int, list[_Span]]]:
        """Each recipient's place, with how they stood from when to when."""
        now = select(STATUS.c.place, STATUS.c.from_position, *(STATUS.c[name] for name in names))
        past = select(HISTORY.c.place, *(HISTORY.c[name] for name in SPAN), *(HISTORY.c[name] for name in names))
        rows = heapq.merge(
            (
                (row[0], _Span(row[1], row[2], dict(zip(names, row[3:], strict=True))))
                for row in self._read(past.order_by(HISTORY.c.place, HISTORY.c.from_position), HISTORY)
            ),
            (
                (row[0], _Span(row[1], None, dict(zip(names, row[2:], strict=True))))
                for row in self._read(now.order_by(STATUS.c.place), STATUS)
            ),
            key=lambda one: one[0],
        )
        place, spans = None, list[_Span]()
        for its_place, span in rows:
            if its_place != place:
                if place is not None:
                    yield place, spans
                place, spans = its_place, []
            spans.append(span)
        if place is not None:
            yield place, spans

    def rows(self, table: Table, names: Sequence[str]) -> Iterator[tuple[Key, Mapping[str, Any]]]:
        """A table's rows by their keys, in order."""
        keys = list(table.primary_key.columns)
        query = select(*keys, *(table.c[name] for name in names))
        for row in self._read(query.order_by(*(self._in_order(key) for key in keys)), table):
            yield tuple(row[: len(keys)]), dict(zip(names, row[len(keys) :], strict=True))

    def _in_order(self, column: Column[Any]) -> Any:
        """Texts by their characters' codes, as Python has them in order."""
        is_postgres = self._connection.dialect.name == "postgresql"
        return column.collate("C") if is_postgres and isinstance(column.type, Text) else column

    def _read(self, query: Select[Any], table: Table) -> Iterable[Any]:
        if self._campaign is not None and "campaign" in table.c:
            query = query.where(table.c.campaign == self._campaign)
        return self._connection.execution_options(yield_per=ROWS_AT_ONCE).execute(query)


def wrong_statuses(stored: Stored, rebuilt: Stored) -> Iterator[WrongStatus]:
    """Whoever was shown otherwise than the ledger says, and from where to where; by place, then by position."""
    needed = {"place", "from_position", "status"}
    if not (needed <= stored.has(STATUS) and needed | {"to_position"} <= stored.has(HISTORY)):
        raise ViewsUnusable("their statuses are kept in another way than this version of Dialtrail knows")
    names = [name for name in _names(STATUS) if name in stored.has(STATUS) & stored.has(HISTORY)]
    names = [name for name in names if name not in {"place", *SPAN}]
    for place, was, told in _paired(stored.spans(names), rebuilt.spans(names)):
        if was != told:
            yield from _wrong(place, was or [], told or [])


def wrong_rows(stored: Stored, rebuilt: Stored) -> Iterator[WrongRow]:
    """Every other row that says otherwise than the ledger does."""
    for table in OTHERS:
        keys = {column.name for column in table.primary_key.columns}
        has = stored.has(table)
        if table in NEWER and not has:
            continue
        if not keys <= has:
            raise ViewsUnusable(f"{table.name} is kept in another way than this version of Dialtrail knows")
        names = [name for name in _names(table) if name in has - keys]
        for key, was, told in _paired(stored.rows(table, names), rebuilt.rows(table, names)):
            if was != told:
                fields = _differing(was, told)
                yield WrongRow(table=str(table.name), key=" ".join(map(str, key)), fields=fields)


def _names(table: Table) -> list[str]:
    return [str(column.name) for column in table.columns]


def _wrong(place: int, was: Sequence[_Span], told: Sequence[_Span]) -> Iterator[WrongStatus]:
    """Cut where either of them changes; what is otherwise in the same way for longer is one."""
    cuts = sorted({span.begin for span in (*was, *told)} | {span.end for span in (*was, *told) if span.end is not None})
    open_one: WrongStatus | None = None
    for begin in cuts:
        one, other = _at(was, begin), _at(told, begin)
        fields = {} if one == other else _differing(one, other)
        if open_one is not None and fields == open_one.fields:
            continue
        if open_one is not None:
            yield msgspec.structs.replace(open_one, to_position=begin)
        open_one = None
        if fields:
            campaign = (other or one or {}).get("campaign", 0)
            open_one = WrongStatus(place=place, campaign=campaign, from_position=begin, to_position=None, fields=fields)
    if open_one is not None:
        yield open_one


def _at(spans: Sequence[_Span], position: int) -> Mapping[str, Any] | None:
    """How they stood at a position; None where they were not there, or nothing is stored of it."""
    for span in spans:
        if span.begin <= position and (span.end is None or position < span.end):
            return span.values
    return None


def _differing(was: Mapping[str, Any] | None, told: Mapping[str, Any] | None) -> Fields:
    if was is None or told is None:
        return {"row": (None if was is None else "there", None if told is None else "there")}
    fields: dict[str, tuple[Any, Any]] = {}
    for name in was:
        if was[name] == told[name]:
            continue
        if name == COUNTERS:
            fields |= _counters(was[name], told[name])
        else:
            fields[name] = (_shown(name, was[name]), _shown(name, told[name]))
    return fields


def _counters(was: str, told: str) -> Fields:
    """The figures that differ, by their names."""
    try:
        one, other = (msgspec.json.decode(text, type=dict[str, int]) for text in (was, told))
    except msgspec.MsgspecError:
        return {COUNTERS: (was, told)}
    names = sorted(one.keys() | other.keys())
    return {name: (one.get(name), other.get(name)) for name in names if one.get(name) != other.get(name)}


def _shown(name: str, value: Any) -> Any:
    """Instants as such; the rest as it is stored."""
    if (name in INSTANTS or name.endswith("_at")) and type(value) is int:
        try:
            return instant(value)
        except OverflowError:
            return value
    return value


def _paired(
    a: Iterator[tuple[Any, RowT]], b: Iterator[tuple[Any, RowT]]
) -> Iterator[tuple[Any, RowT | None, RowT | None]]:
    """Two ordered sequences side by side; what only one of them has, has None beside it."""
    both = heapq.merge(((key, 0, row) for key, row in a), ((key, 1, row) for key, row in b), key=itemgetter(0, 1))
    for key, same in groupby(both, key=itemgetter(0)):
        found = {side: row for _, side, row in same}
        yield key, found.get(0), found.get(1)


def numbers_at(connection: Connection, places: Iterable[int]) -> dict[int, str]:
    """The numbers of those who are enrolled at these places."""
    query = select(ENROLLMENT.c.place, ENROLLMENT.c.number).where(ENROLLMENT.c.place.in_(list(places)))
    return {row.place: row.number for row in connection.execute(query)}
