import asyncio
from pathlib import Path

import pytest

from adapters.minivoice_webhook import has_timestamp_form
from tests.entrypoints.http.webhooks.deliveries import COMPLETED, CREATED, SIGNED, VECTOR, VECTOR_SIGNATURE
from tests.entrypoints.serving import NOON, SECRET, Serving, assert_problem, on_a_socket, play, problem, signature

pytestmark = pytest.mark.usefixtures("way")

NOT_SIGNED = problem(
    "signature",
    401,
    "The signature does not hold",
    "X-MiniVoice-Signature is missing or was not made with MINIVOICE_WEBHOOK_SECRET",
)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-minivoice-timestamp": "1780056600"},
        {"x-minivoice-signature": VECTOR_SIGNATURE},
        {"x-minivoice-timestamp": "1780056601", "x-minivoice-signature": VECTOR_SIGNATURE},
        {"x-minivoice-timestamp": "1780056600", "x-minivoice-signature": VECTOR_SIGNATURE[3:]},
        {"x-minivoice-timestamp": "1780056600", "x-minivoice-signature": "v1="},
        signature("another secret", VECTOR),
        signature("", VECTOR),
        signature(SECRET, VECTOR + b" "),
    ],
)
def test_a_delivery_without_the_right_signature_is_refused_and_not_stored(
    tmp_path: Path, headers: dict[str, str]
) -> None:
    async def scene(stage: Serving) -> None:
        stage.secret = None
        assert_problem(await stage.deliver(VECTOR, headers), NOT_SIGNED)
        assert_problem(await stage.deliver(b"junk", headers), NOT_SIGNED)
        assert stage.feed() == []

    play(tmp_path, scene, **SIGNED)


def test_what_the_previous_secret_signed_is_accepted_while_that_is_set(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.secret = "the old one"
        assert (await stage.deliver(CREATED)).status_code == 204
        stage.secret = SECRET
        assert (await stage.deliver(COMPLETED)).status_code == 204
        stage.secret = "older still"
        assert_problem(await stage.deliver(VECTOR), NOT_SIGNED)
        assert stage.names() == ["call.created", "call.completed"]

    play(tmp_path, scene, MINIVOICE_WEBHOOK_SECRET_PREVIOUS="the old one", **SIGNED)


@pytest.mark.parametrize(
    ("timestamp", "status"),
    [
        (str(int(NOON.timestamp())), 204),
        (str(int(NOON.timestamp()) - 60), 204),
        (str(int(NOON.timestamp()) - 61), 401),
        (str(int(NOON.timestamp()) + 61), 401),
        (str(int(NOON.timestamp()) * 1000), 204),
        ("2026-05-29T12:00:59Z", 204),
        ("2026-05-29T12:01:01Z", 401),
        ("Fri, 29 May 2026 12:00:59 GMT", 204),
        ("Fri, 29 May 2026 12:01:01 GMT", 401),
    ],
)
def test_with_a_tolerance_a_delivery_must_be_fresh(tmp_path: Path, timestamp: str, status: int) -> None:
    async def scene(stage: Serving) -> None:
        stage.secret = None
        answer = await stage.deliver(CREATED, signature(SECRET, CREATED, timestamp))
        assert answer.status_code == status
        assert stage.names() == (["call.created"] if status == 204 else [])
        if status == 401:
            outside = "X-MiniVoice-Timestamp is outside MINIVOICE_WEBHOOK_TOLERANCE_SECONDS"
            assert_problem(answer, {**NOT_SIGNED, "detail": outside})

    play(tmp_path, scene, MINIVOICE_WEBHOOK_TOLERANCE_SECONDS="60", **SIGNED)


def test_without_a_tolerance_a_late_retry_is_worth_having(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.secret = None
        assert (await stage.deliver(CREATED, signature(SECRET, CREATED, "1"))).status_code == 204

    play(tmp_path, scene, **SIGNED)


@pytest.mark.parametrize(
    ("signed", "sent"),
    [
        (("1780056600", b"7." + CREATED), ("1780056600.7", CREATED)),
        (("1780056600", b"." + CREATED), ("1780056600.", CREATED)),
        (("2026-05-29T12:00:00Z", b"5." + CREATED), ("2026-05-29T12:00:00Z.5", CREATED)),
        (("1780056600", b'{"a":1.5}.' + CREATED), ('1780056600.{"a":1.5}', CREATED)),
    ],
)
def test_a_dot_that_moves_from_the_body_into_the_timestamp_makes_it_no_time(
    tmp_path: Path, signed: tuple[str, bytes], sent: tuple[str, bytes]
) -> None:
    timestamp, body = sent
    headers = {**signature(SECRET, signed[1], signed[0]), "x-minivoice-timestamp": timestamp}
    assert headers["x-minivoice-signature"] == signature(SECRET, body, timestamp)["x-minivoice-signature"]

    async def scene(stage: Serving) -> None:
        stage.secret = None
        not_a_time = "X-MiniVoice-Timestamp is not a time: unix seconds, RFC 3339 with a zone, or an HTTP date"
        assert_problem(await stage.deliver(body, headers), {**NOT_SIGNED, "detail": not_a_time})
        assert stage.feed() == []

    play(tmp_path, scene, **SIGNED)


@pytest.mark.parametrize(
    "timestamp",
    [
        "1780056600",
        "1780056600000",
        "2026-05-29T12:00:00Z",
        "2026-05-29T12:00:00.123+02:00",
        "Fri, 29 May 2026 12:00:00 GMT",
    ],
)
def test_each_usual_form_of_a_time_can_be_signed(tmp_path: Path, timestamp: str) -> None:
    async def scene(stage: Serving) -> None:
        stage.secret = None
        assert (await stage.deliver(CREATED, signature(SECRET, CREATED, timestamp))).status_code == 204

    play(tmp_path, scene, **SIGNED)


@pytest.mark.parametrize("timestamp", ["", "yesterday", " 1780056600 1", "1" * 17, "2026-05-29T12:00:00", "\u0661"])
def test_what_is_no_time_signs_nothing(timestamp: str) -> None:
    assert not has_timestamp_form(timestamp)


@pytest.mark.parametrize("name", ["x-minivoice-signature", "x-minivoice-timestamp"])
@pytest.mark.parametrize("again", ["the same", "another", ""])
def test_a_second_signature_or_timestamp_is_refused(tmp_path: Path, name: str, again: str) -> None:
    async def scene(stage: Serving) -> None:
        once = signature(SECRET, CREATED)
        second = once[name] if again == "the same" else again
        for headers in ([*once.items(), (name, second)], [(name, second), *once.items()]):
            refused = await stage.client.post("/webhooks/minivoice", content=CREATED, headers=headers)
            assert refused.status_code == 401
            assert refused.json()["detail"].endswith(" is there more than once; send one")
        assert stage.feed() == []

    play(tmp_path, scene, **SIGNED)


@pytest.mark.parametrize(
    ("head", "trailer"),
    [
        (signature(SECRET, CREATED), "x-note: hello"),
        ({}, "\r\n".join(f"{name}: {value}" for name, value in signature(SECRET, CREATED).items())),
        (signature(SECRET, CREATED), "x-minivoice-timestamp: 1"),
    ],
)
def test_trailers_are_no_headers_and_with_any_a_delivery_is_refused(
    tmp_path: Path, head: dict[str, str], trailer: str
) -> None:
    async def scene(stage: Serving) -> None:
        async with on_a_socket(stage):
            lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
            request = (
                f"POST /webhooks/minivoice HTTP/1.1\r\nhost: here\r\n{lines}transfer-encoding: chunked\r\n\r\n"
                f"{len(CREATED):x}\r\n{CREATED.decode()}\r\n0\r\n{trailer}\r\n\r\n"
            )
            reader, writer = await asyncio.open_connection("127.0.0.1", stage.client.base_url.port)
            writer.write(request.encode())
            answer = await reader.readuntil(b"}")
            writer.close()
            assert answer.startswith(b"HTTP/1.1 401 ")
            assert b"the request has trailers, which no signature covers" in answer
        assert stage.feed() == []

    play(tmp_path, scene, **SIGNED)
