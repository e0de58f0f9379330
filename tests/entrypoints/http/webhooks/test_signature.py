from pathlib import Path

import pytest

from tests.entrypoints.http.webhooks.deliveries import COMPLETED, CREATED, SIGNED, VECTOR, VECTOR_SIGNATURE
from tests.entrypoints.serving import NOON, SECRET, Serving, assert_problem, play, problem, signature

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
        ("yesterday", 401),
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
