import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.errors import FolderInUse, LedgerUnusable
from entrypoints.doctor.examination import Around, Way, examine
from entrypoints.doctor.finding import Finding, is_safe
from entrypoints.sandbox import SandboxSettings
from entrypoints.sandbox.running import running_sandbox
from entrypoints.settings import Settings, load_settings
from tests.entrypoints.doctor.test_webhook_part import ask_of
from tests.entrypoints.serving import SECRET, on_a_socket, serving

FREE = 10 * 1024**3
KEY = "mv_live_sandbox"


def machine_clock() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the sandbox's Date header is by this one


AROUND = Around(machine_clock, lambda: 0.0, lambda _: FREE)


def no_way() -> AbstractAsyncContextManager[Way]:
    raise AssertionError("nobody should want to come in")


def settings_for(folder: Path, **environ: str) -> Settings:
    return load_settings({"DIALTRAIL_HOME": str(folder), "DIALTRAIL_PORT": "0", **environ})


def levels(findings: list[Finding], *parts: str) -> list[tuple[str, str]]:
    return [(one.part, one.level) for one in findings if not parts or one.part in parts]


def test_an_installation_in_good_health_beside_its_provider(tmp_path: Path) -> None:
    async def scene() -> list[Finding]:
        async with running_sandbox(SandboxSettings()) as sandbox:
            environ = {
                "MINIVOICE_BASE_URL": sandbox.url,
                "MINIVOICE_API_KEY": KEY,
                "MINIVOICE_WEBHOOK_SECRET": SECRET,
            }
            async with serving(tmp_path, **environ) as stage, on_a_socket(stage):
                stage.clock.now = machine_clock()
                await stage.campaign("+15551230002", start=False)
                url = str(stage.client.base_url).rstrip("/")

                @asynccontextmanager
                async def way_in() -> AsyncIterator[Way]:
                    yield Way(ask_of(stage.client), url)

                settings = settings_for(tmp_path, **environ, DIALTRAIL_PUBLIC_URL=url)
                return await examine(settings, way_in, AROUND, None)

    findings = asyncio.run(scene())

    assert is_safe(findings)
    # Whether this machine's own zone files are old is no matter of the tests.
    shown = [
        (part, level)
        for part, level in levels(findings)
        if level != "note" and (part, level) != ("rule data", "warning")
    ]
    parts = ["settings", "rule data", "ledger", "ledger", "clock"]
    parts += ["provider", "server", "webhooks", "webhooks", "answers", "pending"]
    sound = [("ledger", "ok")] if sqlite_is_sound(findings) else []
    assert shown == [*((part, "ok") for part in parts[:3]), *sound, *((part, "ok") for part in parts[3:])]


def sqlite_is_sound(findings: list[Finding]) -> bool:
    """Whether the SQLite that these tests run on is without the fault that doctor notes."""
    return any(one.level == "ok" and one.what.startswith("SQLite ") for one in findings)


def test_where_there_is_no_ledger_none_is_made(tmp_path: Path) -> None:
    home = tmp_path / "home"

    findings = asyncio.run(examine(settings_for(home), no_way, AROUND, None))

    assert levels(findings, "ledger", "server")[0] == ("ledger", "note")
    assert findings[-1].what == "nothing runs on this data folder"
    assert not home.exists()


def test_a_damaged_ledger_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"damaged" * 1000)

    findings = asyncio.run(examine(settings_for(tmp_path), no_way, AROUND, None))

    assert ("ledger", "danger") in levels(findings)
    assert levels(findings, "server", "webhooks", "pending") == []


@pytest.mark.parametrize("home", ["file", "file/below"])
def test_a_folder_that_is_none_is_told(tmp_path: Path, home: str) -> None:
    (tmp_path / "file").touch()

    findings = asyncio.run(examine(settings_for(tmp_path / home), no_way, AROUND, None))

    said = [one.what for one in findings if one.part == "ledger" and one.level == "danger"]
    assert said == [f"DIALTRAIL_HOME: {tmp_path / home} lies in what is no folder: {tmp_path / 'file'}"]


def test_an_owner_that_cannot_be_asked_is_a_danger(tmp_path: Path) -> None:
    def in_use() -> AbstractAsyncContextManager[Way]:
        raise FolderInUse("the data folder is in use by `dialtrail up` (process 7), which does not listen")

    async def scene() -> list[Finding]:
        async with serving(tmp_path):
            return await examine(settings_for(tmp_path), in_use, AROUND, None)

    finding = asyncio.run(scene())[-1]
    assert (finding.part, finding.level, "process 7" in finding.what) == ("server", "danger", True)


def test_a_ledger_in_postgres_is_looked_at_by_opening_it(tmp_path: Path) -> None:
    def down() -> AbstractAsyncContextManager[Way]:
        raise LedgerUnusable("DIALTRAIL_DATABASE_URL: the database cannot be reached (no route)")

    settings = settings_for(tmp_path, DIALTRAIL_DATABASE_URL="postgresql://u:s3cret@db/x")
    findings = asyncio.run(examine(settings, down, AROUND, None))

    assert levels(findings, "ledger", "server") == [("ledger", "note"), ("ledger", "ok"), ("server", "danger")]
    assert findings[-1].what == "DIALTRAIL_DATABASE_URL: the database cannot be reached (no route)"
    assert "s3cret" not in repr(findings)


def test_a_full_disk_is_a_danger(tmp_path: Path) -> None:
    around = Around(machine_clock, lambda: 0.0, lambda folder: 7 if folder == tmp_path else FREE)

    findings = asyncio.run(examine(settings_for(tmp_path / "a" / "b"), no_way, around, None))

    assert [one.what for one in findings if one.level == "danger" and one.part == "ledger"] == [
        f"7 bytes free on the disk of {tmp_path / 'a' / 'b'}, less than 100.0 MiB"
    ]
