import asyncio
import socket
from pathlib import Path

import httpx
import pytest

from domain.errors import SettingsError
from entrypoints.beside import beside_sandbox, sandbox_beside
from entrypoints.cli.init import settings_text
from entrypoints.settings import load_settings
from tests.journeys.processes import free_port


def secret_of(value: object) -> str:
    return value.get_secret_value()  # type: ignore[attr-defined, no-any-return]


def test_nothing_need_be_set_for_it() -> None:
    settings = beside_sandbox(load_settings({}))

    assert settings.plays_sandbox
    assert secret_of(settings.require_api_key()) == "mv_live_sandbox"
    assert settings.minivoice_base_url == "http://127.0.0.1:8099"
    assert settings.webhook_secret is not None
    assert settings.sources["MINIVOICE_API_KEY"] == "up --sandbox"


def test_its_own_key_address_and_whatever_secret_may_be_set(tmp_path: Path) -> None:
    environ = {
        "DIALTRAIL_SANDBOX_PORT": "8098",
        "MINIVOICE_API_KEY": "mv_live_sandbox",
        "MINIVOICE_BASE_URL": "http://127.0.0.1:8098",
        "MINIVOICE_WEBHOOK_SECRET": "mine",
    }
    settings = beside_sandbox(load_settings(environ))

    assert settings.minivoice_base_url == "http://127.0.0.1:8098"
    assert settings.webhook_secret is not None
    assert secret_of(settings.webhook_secret) == "mine"
    assert settings.sources["MINIVOICE_WEBHOOK_SECRET"] == "environment"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("MINIVOICE_API_KEY", "mv_live_real"),
        ("MINIVOICE_BASE_URL", "https://api.minivoice.eu"),
        ("MINIVOICE_BASE_URL", "http://127.0.0.1:8100"),
        ("DIALTRAIL_DATABASE_URL", "postgresql://user:hidden@host/calls"),
        ("DIALTRAIL_URL", "https://calls.example.org"),
        ("DIALTRAIL_PUBLIC_URL", "https://calls.example.org"),
        ("DIALTRAIL_HOST", "0.0.0.0"),
    ],
)
def test_what_is_real_or_lets_others_in_is_refused_by_name_and_without_its_secret(variable: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        beside_sandbox(load_settings({variable: value}))

    said = str(caught.value)
    assert said.startswith(f"{variable}: ")
    assert "leave --sandbox out" in said
    assert "mv_live_real" not in said
    assert "hidden" not in said


def test_all_that_is_in_the_way_is_named_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "dialtrail.env"
    file.write_text("\nMINIVOICE_API_KEY=mv_live_real\n")
    file.chmod(0o600)

    with pytest.raises(
        SettingsError, match=r"MINIVOICE_API_KEY: is set \(.*dialtrail.env, line 2\).* DIALTRAIL_URL: is"
    ):
        beside_sandbox(load_settings({"DIALTRAIL_URL": "https://calls.example.org"}, file))


def test_it_plays_while_the_block_runs_on_the_port_that_is_set() -> None:
    settings = beside_sandbox(load_settings({"DIALTRAIL_SANDBOX_PORT": str(free_port())}))

    async def play() -> None:
        async with httpx.AsyncClient(base_url=settings.minivoice_base_url, trust_env=False) as client:
            async with sandbox_beside(settings, "http://127.0.0.1:8080"):
                told = (await client.get("/_sandbox/settings")).json()
                assert told["webhook_url"] == "http://127.0.0.1:8080/webhooks/minivoice"
                assert told["answer_url"] == "http://127.0.0.1:8080/answer"
                assert told["fetch_answers"] is True
            with pytest.raises(httpx.ConnectError):
                await client.get("/_sandbox/settings")

    asyncio.run(play())


def test_the_file_that_init_writes_is_in_nobodys_way_and_its_answer_token_is_used(tmp_path: Path) -> None:
    file = tmp_path / "dialtrail.env"
    file.write_text(settings_text("a-token-of-init-that-is-long"))
    file.chmod(0o600)
    settings = beside_sandbox(load_settings({"DIALTRAIL_SANDBOX_PORT": str(free_port())}, file))

    async def play() -> None:
        async with (
            sandbox_beside(settings, "http://127.0.0.1:8080"),
            httpx.AsyncClient(base_url=settings.minivoice_base_url, trust_env=False) as client,
        ):
            told = (await client.get("/_sandbox/settings")).json()
            assert told["answer_url"] == "http://127.0.0.1:8080/answer/a-token-of-init-that-is-long"

    asyncio.run(play())


def test_without_it_nothing_is_played() -> None:
    async def play() -> None:
        settings = load_settings({"DIALTRAIL_SANDBOX_PORT": str(free_port())})
        async with sandbox_beside(settings, "http://127.0.0.1:8080"):
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", settings.sandbox_port)

    asyncio.run(play())


def test_a_port_that_is_taken_is_told_by_the_name_of_its_setting() -> None:
    async def play(port: int) -> None:
        async with sandbox_beside(beside_sandbox(load_settings({"DIALTRAIL_SANDBOX_PORT": str(port)})), "http://x"):
            pytest.fail("it must not begin")

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            SettingsError, match=f"^DIALTRAIL_SANDBOX_PORT: 127.0.0.1:{port} cannot be listened on.*set"
        ):
            asyncio.run(play(port))


def test_an_error_inside_is_not_taken_for_a_port_that_is_taken() -> None:
    async def play() -> None:
        settings = beside_sandbox(load_settings({"DIALTRAIL_SANDBOX_PORT": str(free_port())}))
        async with sandbox_beside(settings, "http://127.0.0.1:8080"):
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        asyncio.run(play())
