"""Bundles over HTTP: who gets one, which, one at a time, and that none is left behind."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from application.evidence import making
from application.evidence.bundle import MadeBundle, make_bundle
from application.evidence.gathering import Subject
from application.evidence.making import ONE_AT_A_TIME, HeldBundle
from application.evidence.verifier import check
from entrypoints.http.routes import evidence
from entrypoints.http.routes.evidence import BundleAnswer
from tests.application.evidence.bundles import bundle, files_of, opened
from tests.application.log_keeping.ledgers import signed
from tests.entrypoints.serving import (
    AUDITOR,
    OPERATOR,
    TO,
    TOKENS,
    VIEWER,
    WAIT_SECONDS_MAX,
    Serving,
    on_a_socket,
    payload,
    play,
    until,
)

PATH = "/v1/evidence"
CAMPAIGN = f"{PATH}?about=spring_followup"
GUARDED = {"DIALTRAIL_TOKENS": TOKENS}


async def called(stage: Serving) -> None:
    """A campaign with a person who was called, and a log that has all of it."""
    stage.client.headers.update(OPERATOR)
    await stage.campaign(TO)
    await stage.dial(TO, "call_1")
    assert (await stage.deliver(payload("call.answered"))).status_code == 204
    signed(stage.folder, stage.folder)


def files_in(folder: Path) -> list[str]:
    """What lies there, without what SQLite makes where it reads."""
    return sorted(one.name for one in folder.iterdir() if not one.name.endswith(("-shm", "-wal")))


def verified(folder: Path, packed: bytes) -> None:
    with opened(folder) as (_, _, signer):
        assert signer is not None
        check.verify(files_of(packed), check.Trusted([signer.key.text], [], 0, None), lambda _: None)


@pytest.mark.parametrize(
    ("query", "subject", "name"),
    [
        ("about=call_1", "call_1", "call-call_1"),
        ("about=call_1&as=call", "call_1", "call-call_1"),
        (f"about=%2B{TO[1:]}", TO, f"number-{TO[1:]}"),
        (f"about={TO}", TO, f"number-{TO[1:]}"),
        ("about=spring_followup", "spring_followup", "campaign-spring_followup"),
    ],
)
def test_auditors_and_operators_get_what_the_command_makes(tmp_path: Path, query: str, subject: str, name: str) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage)
        files = files_in(stage.folder)
        for headers in (AUDITOR, OPERATOR):
            answer = await stage.client.get(f"{PATH}?{query}", headers=headers)
            assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
            assert answer.headers["content-disposition"] == f'attachment; filename="evidence-{name}.zip"'
            assert answer.headers["cache-control"] == "no-store"
            assert answer.content == bundle(stage.folder, subject)[1]
            assert int(answer.headers["content-length"]) == len(answer.content)
        verified(stage.folder, bundle(stage.folder, subject)[1])
        head = await stage.client.head(f"{PATH}?{query}", headers=AUDITOR)
        assert (head.content, head.headers["content-length"]) == (b"", str(len(bundle(stage.folder, subject)[1])))
        assert files_in(stage.folder) == files
        del stage.client.headers["authorization"]
        for headers, status in ((VIEWER, 403), ({}, 401)):
            refused = await stage.client.get(f"{PATH}?{query}", headers=headers)
            assert (refused.status_code, subject in refused.text) == (status, False)

    play(tmp_path, scene, **GUARDED)


def test_a_checkpoint_can_be_named_and_what_is_sealed_can_stay_closed(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage)
        size = stage.ledger.position
        whole = (await stage.client.get(CAMPAIGN, headers=AUDITOR)).content
        stage.client.headers.update(OPERATOR)
        await stage.deliver(payload("call.completed", seconds=9))
        signed(stage.folder, stage.folder)
        then = await stage.client.get(f"{CAMPAIGN}&checkpoint={size}&sealed=true")
        assert then.content == bundle(stage.folder, "spring_followup", size=size, opens=False)[1]
        assert files_of(then.content)["events.jsonl"] == files_of(whole)["events.jsonl"]
        assert (await stage.client.get(CAMPAIGN)).content != whole

    play(tmp_path, scene, **GUARDED)


@pytest.mark.parametrize(
    ("query", "status", "detail"),
    [
        ("", 400, "about: must be a call's id, a number or a campaign's id, of at most 200 characters"),
        ("about=" + "a" * 201, 400, "about: must be a call's id, a number or a campaign's id"),
        ("about=%2B1x", 400, "about: is no phone number"),
        ("about=none", 404, "nothing is known of call or campaign 'none'"),
        ("about=call_1&as=person", 400, "as: is none of call, number, campaign"),
        ("about=call_1&checkpoint=x", 400, "checkpoint: must be a whole number"),
        ("about=call_1&checkpoint=3", 404, "no checkpoint over 3 events is kept"),
        ("about=call_1&sealed=yes", 400, "sealed: is none of true, false"),
        ("about=call_1&as_of=3", 400, "as_of: is not taken here: name a checkpoint by its size"),
        ("abut=call_1", 400, "about"),
    ],
)
def test_what_cannot_be_made_is_named_and_the_next_one_can(
    tmp_path: Path, query: str, status: int, detail: str
) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage)
        answer = await stage.client.get(f"{PATH}?{query}", headers=AUDITOR)
        assert answer.status_code == status
        assert detail in answer.json()["detail"]
        assert (await stage.client.get(CAMPAIGN, headers=AUDITOR)).status_code == 200

    play(tmp_path, scene, **GUARDED)


def test_without_a_log_or_its_key_it_is_said_what_is_missing(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        nothing = await stage.client.get(CAMPAIGN, headers=OPERATOR)
        assert (nothing.status_code, "no checkpoint yet" in nothing.json()["detail"]) == (404, True)
        await called(stage)
        (stage.folder / "keys" / "log.key").unlink()
        keyless = await stage.client.get(CAMPAIGN)
        assert (keyless.status_code, keyless.headers["retry-after"]) == (503, "1")
        assert "the log's key is not in this data folder" in keyless.json()["detail"]

    play(tmp_path, scene, **GUARDED)


def test_a_disk_that_takes_no_more_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise OSError(28, "No space left on device")

    async def scene(stage: Serving) -> None:
        await called(stage)
        with monkeypatch.context() as broken:
            broken.setattr(making, "make_bundle", full)
            answer = await stage.client.get(CAMPAIGN)
        assert answer.status_code == 503
        assert "cannot be written" in answer.json()["detail"]
        assert "No space left on device" in answer.json()["detail"]
        assert (await stage.client.get(CAMPAIGN)).status_code == 200

    play(tmp_path, scene, **GUARDED)


class Halted:
    """Makes bundles once it may; counts those that were begun, and in which thread."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.threads: list[int] = []
        self.may_go_on = threading.Event()
        self._make = make_bundle
        monkeypatch.setattr(making, "make_bundle", self)

    def __call__(self, *given: Any, **named: Any) -> Any:
        self.threads.append(threading.get_ident())
        assert self.may_go_on.wait(WAIT_SECONDS_MAX)
        return self._make(*given, **named)


def test_one_is_made_at_a_time_and_never_on_the_event_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage)
        halted = Halted(monkeypatch)
        first = asyncio.create_task(stage.client.get(CAMPAIGN, headers=AUDITOR))
        await until(lambda: halted.threads)
        for headers in (AUDITOR, OPERATOR):
            second = await stage.client.get(CAMPAIGN, headers=headers)
            assert (second.status_code, second.headers["retry-after"]) == (429, "1")
            assert second.json()["detail"] == ONE_AT_A_TIME
        assert (await stage.client.get("/v1/campaigns", headers=AUDITOR)).status_code == 200
        halted.may_go_on.set()
        assert (await first).status_code == 200
        assert (await stage.client.get(CAMPAIGN, headers=AUDITOR)).status_code == 200
        assert threading.get_ident() not in halted.threads

    play(tmp_path, scene, **GUARDED)


def test_who_goes_away_while_it_is_made_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage)
        halted = Halted(monkeypatch)
        first = asyncio.create_task(stage.client.get(CAMPAIGN))
        await until(lambda: halted.threads)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        assert (await stage.client.get(CAMPAIGN)).status_code == 429
        halted.may_go_on.set()
        maker = stage.parts.installation.bundles
        assert maker is not None
        await until(lambda: not maker._busy.locked())
        assert (await stage.client.get(CAMPAIGN)).status_code == 200

    play(tmp_path, scene, **GUARDED)


def held(tmp_path: Path, length: int) -> tuple[HeldBundle, list[str]]:
    """A bundle of so many bytes, and whether it was released."""
    released: list[str] = []
    file = (tmp_path / "file").open("w+b")
    file.write(b"x" * length)
    made = making.WrittenBundle(MadeBundle(Subject("call", "../ü/call_1"), 9, 9, 3), 0)
    return HeldBundle(file, made, lambda: released.append("released")), released


def test_it_is_sent_in_pieces_and_gone_then_whatever_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []

    async def take(message: Any) -> None:
        sent.append(message)

    async def break_off(_: Any) -> None:
        raise ConnectionResetError

    async def stall(_: Any) -> None:
        await asyncio.Event().wait()

    async def receive() -> Any:
        raise AssertionError("nothing is to be received")

    async def scene() -> None:
        whole, released = held(tmp_path, 2 * evidence.CHUNK_BYTES + 1)
        await BundleAnswer(whole)({"method": "GET"}, receive, take)
        assert [len(one.get("body", b"")) for one in sent] == [0, evidence.CHUNK_BYTES, evidence.CHUNK_BYTES, 1, 0]
        assert dict(sent[0]["headers"])[b"content-disposition"] == b'attachment; filename="evidence-call-call_1.zip"'
        assert (whole.file.closed, released) == (True, ["released"])
        broken, released = held(tmp_path, 9)
        with pytest.raises(ConnectionResetError):
            await BundleAnswer(broken)({"method": "GET"}, receive, break_off)
        assert (broken.file.closed, released) == (True, ["released"])
        monkeypatch.setattr(evidence, "HAND_OVER_SECONDS_MAX", 0.01)
        late, released = held(tmp_path, 9)
        await BundleAnswer(late)({"method": "GET"}, receive, stall)
        assert (late.file.closed, released) == (True, ["released"])

    asyncio.run(scene())


def test_the_server_hands_it_over_whole(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage)
        async with on_a_socket(stage):
            answer = await stage.client.get(CAMPAIGN, headers=OPERATOR)
        assert answer.content == bundle(stage.folder, "spring_followup")[1]

    play(tmp_path, scene, **GUARDED)
