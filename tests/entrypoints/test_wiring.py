import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from adapters.folder_owner import FolderOwner
from adapters.ledger import Ownership
from application.dialer import Dialer
from application.subscriptions import service
from application.subscriptions.service import IDLE_TICK_SECONDS
from domain.errors import FolderInUse, SettingsError
from entrypoints import wiring
from entrypoints.beside import beside_sandbox, offer_example
from entrypoints.process import THIS_MACHINE
from entrypoints.settings import Settings, load_settings
from tests.entrypoints.serving import OTHER, TO, Serving, payload, play, serving, signature

LOOKS = [
    "/v1/campaigns",
    "/v1/campaigns/spring_followup/recipients",
    "/v1/calls/call_1/timeline",
    "/v1/calls/call_1/events",
]


async def look(stage: Serving) -> list[object]:
    await stage.parts.follower.wait_live()
    return [await stage.json(path) for path in LOOKS]


def test_after_a_restart_every_answer_is_the_same(tmp_path: Path) -> None:
    seen: list[list[object]] = []

    async def live(stage: Serving) -> None:
        await stage.campaign(TO, OTHER)
        await stage.dial(TO, "call_1")
        await stage.deliver(payload("call.answered", seconds=3))
        await stage.deliver(payload("call.answered", seconds=3))
        await stage.client.post("/v1/suppressions", json={"number": OTHER})
        seen.append(await look(stage))

    async def restarted(stage: Serving) -> None:
        seen.append(await look(stage))

    play(tmp_path, live)
    play(tmp_path, restarted)
    assert seen[0] == seen[1]


def test_a_delivery_repeated_after_a_restart_is_still_known(tmp_path: Path) -> None:
    async def once(stage: Serving) -> None:
        assert (await stage.deliver(payload("call.answered"))).status_code == 204

    async def again(stage: Serving) -> None:
        await once(stage)
        assert stage.names() == ["call.answered", "call.redelivered"]

    play(tmp_path, once)
    play(tmp_path, again)


def test_a_list_that_is_asked_for_while_the_view_catches_up_waits_for_it(tmp_path: Path) -> None:
    async def live(stage: Serving) -> None:
        await stage.campaign(*(f"+1555124{place:04}" for place in range(3000)))

    async def restarted(stage: Serving) -> None:
        assert not stage.parts.follower.is_live
        assert (await stage.json("/v1/campaigns/spring_followup"))["recipients"]["queued"] == 3000

    play(tmp_path, live)
    play(tmp_path, restarted)


def test_an_installation_that_dials_has_a_dialer_that_is_a_part_of_it(tmp_path: Path) -> None:
    async def run() -> None:
        settings = load_settings({"MINIVOICE_API_KEY": "mv_live_test"})
        owner = FolderOwner.take(tmp_path, "test")
        async with wiring.running_system(settings, owner, dials=True) as parts:
            await parts.follower.wait_live()
            assert any(isinstance(worker, Dialer) for worker in parts.workers)
            troubles = dict(parts.troubles())
            assert (troubles.pop("dialer") or "").startswith(
                "whether the indexes of ledger.db hide an event is being looked"
            )
            assert troubles == {
                "ledger": None,
                "clock": None,
                "in_flight": None,
                "views": None,
                "reconciler": None,
                "insights": None,
                "subscriptions": None,
                "indexes": None,
                "log": None,
                "alerts": None,
            }
        owner.release()

    asyncio.run(run())


@pytest.mark.parametrize("name", ["machine_id", "boot_id"])
def test_what_tells_one_machine_from_another_does_not_say_which_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    seen: list[object] = []

    async def run(said: str, folder: str) -> None:
        monkeypatch.setattr(wiring, "THIS_MACHINE", replace(THIS_MACHINE, **{name: lambda: said}))
        owner = FolderOwner.take(tmp_path / folder, "test")
        async with wiring.running_system(
            load_settings({"MINIVOICE_API_KEY": "mv_live_test"}), owner, dials=True
        ) as parts:
            dialer = next(worker for worker in parts.workers if isinstance(worker, Dialer))
            seen.append(dialer._config.machine)
        owner.release()

    for said, folder in (("0123456789abcdef", "a"), ("0123456789abcdef", "a"), ("fedcba9876543210", "a")):
        asyncio.run(run(said, folder))
    asyncio.run(run("0123456789abcdef", "b"))

    assert seen[0] == seen[1]
    assert seen[0] not in seen[2:]
    assert "0123456789abcdef" not in str(seen)


def test_nobody_dials_without_a_key(tmp_path: Path) -> None:
    async def run() -> None:
        async with wiring.running_system(load_settings({}), owner, dials=True):
            pass

    owner = FolderOwner.take(tmp_path, "test")
    with pytest.raises(SettingsError, match="MINIVOICE_API_KEY"):
        asyncio.run(run())
    owner.release()


def test_what_the_sandbox_played_and_real_calls_are_never_in_one_ledger(tmp_path: Path) -> None:
    sandbox, real = beside_sandbox(load_settings({})), load_settings({"MINIVOICE_API_KEY": "mv_live_test"})

    async def begin(settings: Settings, folder: str, *, makes_something: bool = False) -> None:
        owner = FolderOwner.take(tmp_path / folder, "test")
        try:
            async with wiring.running_system(settings, owner, dials=True) as parts:
                if makes_something:
                    await offer_example(parts.app, parts.owner_token)
        finally:
            owner.release()

    async def run() -> None:
        await begin(sandbox, "played", makes_something=True)
        await begin(sandbox, "played")
        with pytest.raises(
            SettingsError, match=r"^DIALTRAIL_HOME: the ledger there holds calls that the sandbox played"
        ):
            await begin(real, "played")
        await begin(real, "real", makes_something=True)
        with pytest.raises(SettingsError, match=r"^DIALTRAIL_HOME: the ledger there was not begun with the sandbox"):
            await begin(sandbox, "real")
        await begin(real, "real")

    asyncio.run(run())


def test_a_folder_that_is_in_use_stays_with_its_owner(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        with pytest.raises(FolderInUse):
            async with serving(stage.folder):
                pass
        assert (await stage.deliver(payload("call.answered"))).status_code == 204

    play(tmp_path, scene)


def test_what_ends_with_an_error_gives_everything_back(tmp_path: Path) -> None:
    async def fails(stage: Serving) -> None:
        await stage.deliver(payload("call.answered"))
        raise ValueError("on purpose")

    async def works(stage: Serving) -> None:
        assert stage.names() == ["call.answered"]

    with pytest.raises(ValueError, match="on purpose"):
        play(tmp_path, fails)
    play(tmp_path, works)


def test_each_process_has_an_owners_token_of_its_own(tmp_path: Path) -> None:
    tokens: list[str] = []

    async def scene(stage: Serving) -> None:
        tokens.append(stage.parts.owner_token)

    for _ in range(2):
        play(tmp_path, scene)
    assert len(set(tokens)) == 2
    assert all(len(token) >= 43 for token in tokens)


def test_a_changed_secret_needs_the_old_one_only_while_that_is_in_use(tmp_path: Path) -> None:
    body = payload("call.answered")

    async def scene(stage: Serving) -> None:
        stage.secret = None
        assert (await stage.deliver(body, signature("old", body))).status_code == 401
        assert (await stage.deliver(body, signature("new", body))).status_code == 204

    play(tmp_path, scene, MINIVOICE_WEBHOOK_SECRET="new")


@pytest.mark.parametrize("why", ["the database cannot be asked who dials (too many clients)", "dialtrail dial dials"])
def test_whoever_does_not_hold_the_lease_for_sure_does_nothing_that_its_holder_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    trouble: list[str | None] = [None]
    standing_by = why if why.endswith("dials") else None

    @asynccontextmanager
    async def owned(*_: object, **__: object) -> AsyncIterator[Ownership]:
        yield Ownership(trouble=lambda: trouble[0], standing_by=lambda: trouble[0] and standing_by)

    def looked(_: object) -> dict[str, object]:
        asked.append(None)
        return {}

    async def run() -> None:
        async with wiring.running_system(
            load_settings({"MINIVOICE_API_KEY": "mv_live_test"}), owner, dials=True
        ) as parts:
            subscriptions = parts.subscriptions
            runs = asyncio.create_task(subscriptions.run())
            for trouble[0] in (None, why, None):
                before = len(asked)
                subscriptions.look()
                async with asyncio.timeout(10):
                    while trouble[0] is None and len(asked) == before:  # noqa: ASYNC110 - a look tells nobody
                        await asyncio.sleep(0.01)
                await asyncio.sleep(3 * IDLE_TICK_SECONDS)
                assert (len(asked) > before) == (trouble[0] is None)
            await subscriptions.stop()
            await runs

    asked: list[None] = []
    monkeypatch.setattr(wiring, "owned_database", owned)
    monkeypatch.setattr(service, "all_subscriptions", looked)
    owner = FolderOwner.take(tmp_path, "test")
    asyncio.run(run())
    owner.release()
