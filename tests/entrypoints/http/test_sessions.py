"""How long a session lasts, and which cookie opens it."""

from datetime import timedelta
from pathlib import Path

from adapters.ended_sessions import EndedSessions
from entrypoints.http.sessions import SESSION_COOKIE, SESSION_SECONDS_MAX, Sessions
from tests.entrypoints.pages.staging import GUARDED, cookie_of, sign_in
from tests.entrypoints.serving import NOON, Serving, play


def test_a_session_ends_when_its_time_is_over(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        cookie = cookie_of(await sign_in(stage, "operator"))
        stage.client.cookies.clear()
        shown = {"cookie": f"{SESSION_COOKIE}={cookie}"}
        stage.clock.now = NOON + timedelta(seconds=SESSION_SECONDS_MAX - 1)
        assert (await stage.client.get("/", headers=shown)).status_code == 200
        stage.clock.now = NOON + timedelta(seconds=SESSION_SECONDS_MAX)
        assert (await stage.client.get("/", headers=shown)).status_code == 303
        assert (await stage.client.get("/v1/campaigns", headers=shown)).status_code == 401

    play(tmp_path, scene, **GUARDED)


def test_a_cookie_that_was_changed_or_made_elsewhere_lets_nobody_in(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        cookie = cookie_of(await sign_in(stage, "viewer"))
        stage.client.cookies.clear()
        name, expires, session_id, signature = cookie.split(".")
        operators = "b2xnYQ"
        later = str(int(expires) + 1)
        wrong = [
            f"{operators}.{expires}.{session_id}.{signature}",
            f"{name}.{later}.{session_id}.{signature}",
            f"{name}.{expires}.other.{signature}",
            f"{name}.{expires}.{session_id}.{'0' * len(signature)}",
            f"{name}.{expires}.{session_id}.",
            f"{name}.{expires}.{session_id}",
            f"{name}.x.{session_id}.{signature}",
            f"bm9ib2R5.{expires}.{session_id}.{signature}",
            "!.1.2.3",
            "....",
            "",
            "x" * 5_000,
        ]
        for one in wrong:
            for path, status in (("/", 303), ("/v1/campaigns", 401)):
                answer = await stage.client.get(path, headers={"cookie": f"{SESSION_COOKIE}={one}"})
                assert (one, answer.status_code) == (one, status)
        right = await stage.client.get("/", headers={"cookie": f"{SESSION_COOKIE}={cookie}"})
        assert right.status_code == 200

    play(tmp_path, scene, **GUARDED)


def test_a_session_ends_with_the_token_or_role_that_it_was_opened_by(tmp_path: Path) -> None:
    def sessions(secret: str, key: str = "a") -> Sessions:
        return Sessions(
            lambda purpose, text: f"{key}{hash((purpose, text))}",
            {"anna": secret},
            EndedSessions(tmp_path, 0),
            lambda: NOON,
            lambda: "id",
        )

    cookie = sessions("auditor.1").begin("anna")
    assert sessions("auditor.1").name_in(cookie) == "anna"
    assert sessions("operator.1").name_in(cookie) is None
    assert sessions("auditor.2").name_in(cookie) is None
    assert sessions("auditor.1", key="b").name_in(cookie) is None
