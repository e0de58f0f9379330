"""What was answered about a call is answered again, as long as nothing was appended to it, and no longer."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.ledger import Ledger
from domain.account import AccountPaused, AccountResumed
from domain.events import Event, Recorded
from entrypoints.http.answers_of_calls import ENTRY_BYTES, KEPT_BYTES_MAX, AnswersOfCalls, ReadBegun
from tests.entrypoints.serving import AUDITOR, NOON, OPERATOR, SECRET, TOKENS, VIEWER, Serving, payload, play

WAYS = ("", "/timeline", "/events", "/deliveries")
STREAMS = ("call:a", "call:b")
STEPS = ("commit", "tell", "look", "begin", "end", "ask")
SET_RIGHT = AccountResumed(acknowledged_position=1)


def recorded(position: int, stream: str, event: Event | None = None) -> Recorded:
    said = AccountPaused(cause="operator") if event is None else event
    return Recorded(position=position, event_id="", stream=stream, version=1, recorded_at=NOON, metadata={}, event=said)


def kept_at(*streams: str, bytes_max: int = KEPT_BYTES_MAX) -> AnswersOfCalls:
    """Answers about these streams, read at position 5."""
    kept = AnswersOfCalls(bytes_max, 5)
    for stream in streams:
        with kept.reading(stream) as reading:
            kept.keep(reading, "?", b'{"of":"%s","position":5}' % stream.encode(), 5)
    return kept


def of_a(*steps: str) -> list[tuple[str, str]]:
    return [(step, "call:a") for step in steps]


@example(of_a("look", "commit", "tell", "begin", "end", "ask"))
@example(of_a("look", "begin", "end", "commit", "ask"))
@example(of_a("look", "begin", "commit", "tell", "end", "ask"))
@example(of_a("look", "begin", "end", "commit", "tell", "ask"))
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.sampled_from(STREAMS)), max_size=60))
def test_whatever_happens_meanwhile_it_has_all_that_was_told(steps: Sequence[tuple[str, str]]) -> None:
    kept, end, told, last = AnswersOfCalls(10_000, 0), 0, 0, dict.fromkeys(STREAMS, 0)
    ledger: list[str] = []
    looked: dict[str, int] = {}
    under_way: dict[str, tuple[Any, ReadBegun, int]] = {}
    for step, stream in steps:
        if step == "commit":  # it is on disk, and a reader may meet it
            ledger.append(stream)
            end += 1
        elif step == "tell" and told < end:
            kept.committed([recorded(place + 1, ledger[place]) for place in range(told, end)])
            last |= {ledger[place]: place + 1 for place in range(told, end)}
            told = end
        elif step == "look":
            looked[stream] = end
        elif step == "begin" and stream in looked and stream not in under_way:
            context = kept.reading(stream)
            under_way[stream] = (context, context.__enter__(), looked[stream])
        elif step == "end" and stream in under_way:
            context, reading, position = under_way.pop(stream)
            seen = max((place + 1 for place in range(position) if ledger[place] == stream), default=0)
            kept.keep(reading, "?", b'{"seen":%d,"position":%d}' % (seen, position), position)
            context.__exit__(None, None, None)
        elif step == "ask":
            answer = kept.answer(stream, "?", end)
            assert answer in {None, b'{"seen":%d,"position":%d}' % (last[stream], told)}
            assert answer is None or end == told


def test_a_commit_drops_its_own_stream_and_an_acknowledged_clock_or_a_gap_all() -> None:
    kept = kept_at("call:a", "call:b")
    kept.committed([recorded(6, "call:a")])
    assert kept.answer("call:a", "?", 6) is None
    assert kept.answer("call:b", "?", 6) == b'{"of":"call:b","position":6}'
    kept.committed([recorded(7, "account:x", SET_RIGHT)])
    assert kept.answer("call:b", "?", 7) is None
    kept = kept_at("call:a")
    kept.committed([recorded(7, "call:b")])
    assert kept.answer("call:a", "?", 7) is None


def test_it_keeps_no_more_bytes_than_it_may_and_lets_the_longest_unasked_go() -> None:
    two = 2 * (len(b'{"of":"call:a","position":') + ENTRY_BYTES)
    kept = kept_at("call:a", "call:b", bytes_max=two)
    assert kept.answer("call:a", "?", 5) is not None
    with kept.reading("call:c") as reading:
        kept.keep(reading, "?", b'{"of":"call:c","position":5}', 5)
    assert [kept.answer(f"call:{name}", "?", 5) is None for name in "abc"] == [False, True, False]
    assert kept_at("call:a", bytes_max=0).answer("call:a", "?", 5) is None


def test_an_answer_that_does_not_end_in_its_position_is_not_kept() -> None:
    kept = kept_at()
    with kept.reading("call:a") as reading, pytest.raises(ValueError, match="position at its end"):
        kept.keep(reading, "?", b'{"position":5,"more":1}', 5)


@pytest.mark.parametrize("way", WAYS)
def test_the_same_question_reads_the_ledger_once_for_each_role_until_the_call_goes_on(
    tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[str] = []
    read_stream = Ledger.read_stream

    def counted(ledger: Ledger, stream: str, up_to_position: int | None = None) -> list[Recorded]:
        reads.append(stream)
        return read_stream(ledger, stream, up_to_position)

    async def scene(stage: Serving) -> None:
        stage.secret = SECRET
        await stage.deliver(payload("call.created"))
        monkeypatch.setattr(Ledger, "read_stream", counted)
        path = f"/v1/calls/call_1{way}"
        first = {who["authorization"]: await stage.json(path, who) for who in (VIEWER, AUDITOR, OPERATOR)}
        assert len(reads) == 3
        await stage.deliver(payload("call.created", call_id="call_2"))
        for who in (VIEWER, AUDITOR, OPERATOR):
            again = await stage.json(path, who)
            assert again == {**first[who["authorization"]], "position": stage.ledger.position}
            assert (await stage.client.head(path, headers=who)).headers["content-length"] != "0"
        assert len(reads) == 3
        asked = f"{path}?as_of={stage.ledger.position}"
        assert (await stage.json(asked, AUDITOR)) == {
            **first[AUDITOR["authorization"]],
            "position": stage.ledger.position,
        }
        assert len(reads) == 4
        await stage.deliver(payload("call.answered", seconds=3))
        assert "call.answered" in str(await stage.json(path, AUDITOR))
        assert len(reads) == 5

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS, MINIVOICE_WEBHOOK_SECRET=SECRET)


def test_what_was_acknowledged_is_in_every_answer_however_many_ask_meanwhile(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        acknowledged = 0
        over = asyncio.Event()
        await stage.deliver(payload("call.created"))

        async def tell() -> None:
            nonlocal acknowledged
            for nth in range(60):
                assert (await stage.deliver(payload(f"call.word_{nth}", seconds=nth))).status_code == 204
                acknowledged = nth + 1
            over.set()

        async def ask(way: str) -> None:
            while not over.is_set():
                await asyncio.sleep(0)  # what is kept is answered without a wait, and in process nothing else is one
                before = acknowledged
                told = str(await stage.json(f"/v1/calls/call_1{way}"))
                assert all(f"'call.word_{nth}'" in told for nth in range(before)), (way, before)

        await asyncio.gather(tell(), *(ask(way) for way in WAYS[1:] for _ in range(3)))

    play(tmp_path, scene)
