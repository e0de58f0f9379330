"""Deliveries that come packed, as a form, or in an encoding that nobody reads here: never lost, never called unsigned."""

import asyncio
import gzip
import zlib
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from threading import Event
from urllib.parse import urlencode

import pytest
from msgspec.structs import replace

from adapters.minivoice_webhook import BODY_BYTES_MAX, read_delivery
from application.commands.calls import receive_report
from domain import call
from domain.quarantine import DeliveryQuarantined
from entrypoints.http.plain import READ_AT_ONCE_BYTES_MAX
from tests.entrypoints.http.webhooks.deliveries import SIGNED
from tests.entrypoints.serving import (
    SECRET,
    WAIT_SECONDS_MAX,
    Serving,
    assert_problem,
    payload,
    play,
    problem,
    signature,
)

BODY = payload("call.completed", note="x" * 200)
PRESSED = payload("call.gathered", data={"digits": "1"}, note="x" * 200)
ENCODINGS_OF_OTHERS = ["br", "zstd", "compress", "gzip, br", "gzip, gzip, gzip", "\xe9"]
PACKED: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "gzip by its old name": ("X-GZIP", gzip.compress),
    "gzip in two members": ("gzip", lambda body: gzip.compress(body[:50]) + gzip.compress(body[50:])),
    "deflate with zlib's header": ("deflate", zlib.compress),
    "deflate without": ("deflate", lambda body: zlib.compress(body, wbits=-zlib.MAX_WBITS)),
    "two layers": ("deflate, gzip", lambda body: gzip.compress(zlib.compress(body))),
    "not at all": ("identity", lambda body: body),
    "by name only": ("gzip", lambda body: body),
}


@pytest.mark.parametrize("is_signed_packed", [True, False])
@pytest.mark.parametrize("kind", PACKED)
def test_what_comes_packed_is_read_whichever_bytes_were_signed(
    tmp_path: Path, kind: str, *, is_signed_packed: bool
) -> None:
    encoding, pack = PACKED[kind]
    packed = pack(BODY)

    async def scene(stage: Serving) -> None:
        stage.secret = None
        signed = signature(SECRET, packed if is_signed_packed else BODY)
        answer = await stage.deliver(packed, signed | {"content-encoding": encoding})
        assert answer.status_code == 204
        event = stage.feed()[0].event
        assert isinstance(event, call.CallCompleted)
        assert (event.body.encode(), event.arrived) == (BODY, packed)
        assert event.headers["content-encoding"] == encoding
        assert (await stage.deliver(packed, signed | {"content-encoding": encoding})).status_code == 204
        assert stage.names() == ["call.completed", "call.redelivered"]

    play(tmp_path, scene, **SIGNED)


@pytest.mark.parametrize("encoding", ENCODINGS_OF_OTHERS)
def test_another_encoding_is_named(tmp_path: Path, encoding: str) -> None:
    async def scene(stage: Serving) -> None:
        stage.secret = None
        refused = await stage.client.post(
            "/webhooks/minivoice",
            content=b"\x1b" + BODY,
            headers=[(b"content-encoding", encoding.encode("latin-1")), *_raw(signature(SECRET, BODY))],
        )
        assert (refused.status_code, refused.json()["type"]) == (415, "urn:dialtrail:problem:encoding")
        assert refused.json()["detail"].startswith("Content-Encoding ")
        assert refused.json()["detail"].endswith("send gzip, deflate, or none")
        assert stage.feed() == []

    play(tmp_path, scene, **SIGNED)


@pytest.mark.parametrize("encoding", [*ENCODINGS_OF_OTHERS, "utf-8", "aws-chunked", "none", "identity, identity"])
def test_json_as_it_stands_is_read_whatever_its_encoding_is_called(tmp_path: Path, encoding: str) -> None:
    async def scene(stage: Serving) -> None:
        stage.secret = None
        headers = [(b"content-encoding", encoding.encode("latin-1")), *_raw(signature(SECRET, BODY))]
        answer = await stage.client.post("/webhooks/minivoice", content=BODY, headers=headers)
        assert answer.status_code == 204
        assert (await stage.deliver(BODY, signature(SECRET, BODY))).status_code == 204
        assert stage.names() == ["call.completed", "call.redelivered"]
        wrong = [*headers[:1], *_raw(signature("another secret", BODY))]
        assert (await stage.client.post("/webhooks/minivoice", content=BODY, headers=wrong)).status_code == 401

    play(tmp_path, scene, **SIGNED)


def test_encodings_in_two_headers_are_one_list(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.secret = None
        packed = gzip.compress(zlib.compress(BODY))
        headers = [(b"content-encoding", one) for one in (b"deflate", b"gzip", b"identity")]
        answer = await stage.client.post(
            "/webhooks/minivoice", content=packed, headers=[*headers, *_raw(signature(SECRET, BODY))]
        )
        assert (answer.status_code, stage.names()) == (204, ["call.completed"])

    play(tmp_path, scene, **SIGNED)


ANEW: dict[str, tuple[str, bytes]] = {
    "less": ("gzip", gzip.compress(PRESSED, 1, mtime=1)),
    "more": ("gzip", gzip.compress(PRESSED, 9, mtime=2)),
    "in members": ("gzip", gzip.compress(PRESSED[:50]) + gzip.compress(PRESSED[50:])),
    "otherwise": ("deflate", zlib.compress(PRESSED)),
    "not at all": ("identity", PRESSED),
    "in two layers": ("deflate, gzip", gzip.compress(zlib.compress(PRESSED))),
}


def test_the_same_report_counts_once_however_it_is_packed(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        for encoding, packed in ANEW.values():
            assert (await stage.deliver(packed, {"content-encoding": encoding})).status_code == 204
        first, *others = [one.event for one in stage.feed()]
        assert isinstance(first, call.CallGathered)
        assert first.digest == sha256(PRESSED).hexdigest()
        assert others == [call.CallRedelivered(key=first.key, digest=first.digest, headers=one.headers) for one in others]  # type: ignore[union-attr]  # fmt: skip
        assert len(others) == len(ANEW) - 1

    play(tmp_path, scene, **SIGNED)


def test_what_was_kept_by_the_digest_of_its_packed_bytes_is_known_again_by_these(tmp_path: Path) -> None:
    _, packed = ANEW["less"]
    digest = sha256(packed).hexdigest()
    key = call.report_key("webhook", "call.gathered", None, "2026-05-29T12:00:00Z", digest)
    received = read_delivery(packed, {"content-encoding": "gzip"})
    old = replace(received.report, key=key, digest=digest)

    async def scene(stage: Serving) -> None:
        await stage.do(receive_report("call_1", old), "webhooks")
        assert (await stage.deliver(packed, {"content-encoding": "gzip"})).status_code == 204
        assert stage.names() == ["call.gathered", "call.redelivered"]
        (_, again) = stage.feed()
        assert isinstance(again.event, call.CallRedelivered)
        assert (again.event.key, again.event.digest) == (key, digest)

    play(tmp_path, scene, **SIGNED)


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


FORM = "application/x-www-form-urlencoded"
UNREADABLE: dict[str, tuple[bytes, dict[str, str], str]] = {
    "a form": (urlencode({"payload": BODY.decode()}).encode(), {"content-type": FORM}, f"is a form ({FORM}), not JSON"),
    "a form by another name": (b"payload=%7B%7D", {}, "is a form, not JSON"),
    "a form in parts": (
        b"--x\r\ncontent-disposition: form-data; name=payload\r\n\r\n{}\r\n--x--",
        {"content-type": "multipart/form-data; boundary=x"},
        "is a form (multipart/form-data), not JSON",
    ),
    "broken gzip": (gzip.compress(BODY)[:-9], {"content-encoding": "gzip"}, "is no whole gzip"),
    "no gzip": (b"\xff\xfe", {"content-encoding": "gzip"}, "is no whole gzip"),
    "gzip that no header names": (gzip.compress(BODY), {}, "is packed with gzip, which no Content-Encoding says"),
    "much in little": (
        gzip.compress(b" " * (BODY_BYTES_MAX + 1)),
        {"content-encoding": "gzip"},
        f"has more than {BODY_BYTES_MAX} bytes when it is unpacked",
    ),
    "a packed form": (gzip.compress(b"payload=%7B"), {"content-encoding": "gzip"}, "is a form, not JSON"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_is_rightly_signed_and_no_json_is_kept_with_what_it_is(tmp_path: Path, kind: str) -> None:
    body, headers, reason = UNREADABLE[kind]

    async def scene(stage: Serving) -> None:
        assert (await stage.deliver(body, headers)).status_code == 204
        event = stage.feed()[0].event
        assert isinstance(event, DeliveryQuarantined)
        assert event.reason.startswith(f"body: {reason}")
        assert event.body == body

    play(tmp_path, scene, **SIGNED)


@pytest.mark.parametrize("kind", UNREADABLE)
def test_without_a_secret_the_sender_is_told_what_it_is(tmp_path: Path, kind: str) -> None:
    body, headers, reason = UNREADABLE[kind]

    async def scene(stage: Serving) -> None:
        refused = await stage.deliver(body, headers)
        assert refused.status_code == 400
        assert refused.json()["detail"].startswith(f"body: {reason}")

    play(tmp_path, scene)


def test_what_cannot_be_unpacked_and_is_not_signed_packed_says_both(tmp_path: Path) -> None:
    body = gzip.compress(BODY)[:-9]

    async def scene(stage: Serving) -> None:
        stage.secret = None
        refused = await stage.deliver(body, signature(SECRET, BODY) | {"content-encoding": "gzip"})
        assert refused.status_code == 401
        assert refused.json()["detail"].endswith("; its body is no whole gzip, as Content-Encoding says")

    play(tmp_path, scene, **SIGNED)


def test_the_api_takes_no_packed_body_and_says_so(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        for path in ("/v1/campaigns", "/v1/suppressions"):
            refused = await stage.client.post(
                path, content=gzip.compress(b"{}"), headers={"content-encoding": "gzip", "content-type": "text/plain"}
            )
            detail = "Content-Encoding gzip is not read here; send the body as it is"
            assert_problem(refused, problem("encoding", 415, "The body's encoding is not read here", detail))

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(gzip.compress(BODY), "gzip"), (payload("call.completed", note="x" * READ_AT_ONCE_BYTES_MAX), "identity")],
    ids=["packed", "large"],
)
def test_it_waits_for_nobody_who_reads_much_at_the_same_time(tmp_path: Path, body: bytes, encoding: str) -> None:
    release = Event()

    async def scene(stage: Serving) -> None:
        loop = asyncio.get_running_loop()
        reading = [loop.run_in_executor(None, release.wait, WAIT_SECONDS_MAX) for _ in range(100)]
        try:
            async with asyncio.timeout(WAIT_SECONDS_MAX / 2):
                answer = await stage.deliver(body, {"content-encoding": encoding})
            assert (answer.status_code, any(one.done() for one in reading)) == (204, False)
        finally:
            release.set()
            await asyncio.gather(*reading)

    play(tmp_path, scene, **SIGNED)
