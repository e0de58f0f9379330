"""The commands `sandbox`, which plays one, and `sandbox-set`, which changes one that is running."""

import asyncio
import inspect
import signal
import sys
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

import orjson
import typer

from entrypoints.sandbox.options import change_options, start_options, written
from entrypoints.sandbox.problems import SandboxSettingsError, checked_settings
from entrypoints.sandbox.settings import SandboxSettings

NUMBER_COUNTS = ("posts_by_to", "calls_by_to")
"""Of the summary: too long to read when printed for eyes."""


def sandbox(**options: object) -> None:
    """Play the voice provider MiniVoice on 127.0.0.1, with limits, costs, webhooks and every kind of trouble.

    It prints "sandbox ready http://127.0.0.1:PORT" when it is; stop it with Ctrl-C or SIGTERM.

    Rates go from 0, never, to 1, always. What it saw is at /_sandbox/summary, /_sandbox/log and /_sandbox/calls.

    Change it while it runs with dialtrail sandbox-set, or with PATCH /_sandbox/settings.

    Example: dialtrail sandbox --port 8099 --webhook-url http://127.0.0.1:8000/webhooks/minivoice --duplicate-rate 0.2 --lose-responses 5 --log sandbox.jsonl
    """
    import uvloop  # noqa: PLC0415 - help plays nothing

    settings = _checked(options)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(settings))
    except OSError as error:
        _say(f"sandbox: {error.strerror or error}; choose another --port or --log")
        raise typer.Exit(1) from None


def sandbox_set(
    *,
    url: Annotated[str, typer.Option(help="The address that the sandbox printed.")] = "http://127.0.0.1:8099",
    show: Annotated[bool, typer.Option("--show", help="Print the summary of what it saw too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: settings, applications, summary.")] = False,
    add_balance: Annotated[
        str | None, typer.Option(help="Money to add to the balance of each key, such as 10.00; -5 takes it away.")
    ] = None,
    application: Annotated[str | None, typer.Option(help="With --add-balance: only this one, such as app_2.")] = None,
    **changes: object,
) -> None:
    """Change a sandbox that is running: its limits, balance and every misbehaviour; then print what it is now.

    A wrong word changes nothing. The word none clears --balance, --spend-limit, --no-rate-prefix, --webhook-url,
    --webhook-secret, --answer-fields and --press; --drop-events all drops any event again, --fetch-only all fetches for any call.

    Example: dialtrail sandbox-set --url http://127.0.0.1:8099 --calls-per-second 5 --drop-rate 0.2
    """
    from entrypoints.sandbox.remote import ChangeRefused, RemoteSandbox, Unreachable  # noqa: PLC0415 - nor asks anybody

    wanted = {name: value for name, value in changes.items() if value not in (None, [], ())}
    _check_words(url, add_balance, application, wanted, show=show or as_json)
    try:
        with RemoteSandbox(url) as remote:
            if add_balance is not None:
                remote.add_balance(add_balance, application)
            if wanted:
                remote.change(wanted)
            now = {"settings": remote.settings(), "applications": remote.applications()}
            if show:
                now["summary"] = remote.summary()
    except Unreachable as error:
        _say(f"sandbox-set: {error}")
        raise typer.Exit(1) from None
    except ChangeRefused as error:
        raise typer.BadParameter(str(error)) from None
    lines = [orjson.dumps(now).decode()] if as_json else _lines(now, wanted, money=add_balance is not None)
    for line in lines:
        print(line)  # noqa: T201 - what it now is, is this command's data


def _check_words(
    url: str, add_balance: str | None, application: str | None, wanted: dict[str, object], *, show: bool
) -> None:
    """Refuse what needs no sandbox to be seen as wrong; raises typer.BadParameter."""
    from entrypoints.sandbox.remote import is_address  # noqa: PLC0415

    _checked(wanted)
    if not is_address(url):
        raise typer.BadParameter("--url: write it like http://127.0.0.1:8099")
    if add_balance is not None and not _is_amount(add_balance):
        raise typer.BadParameter("--add-balance: write an amount such as 10.00")
    if add_balance is not None and "balance" in wanted:
        raise typer.BadParameter("--add-balance: leave it out with --balance, which says the whole balance")
    if application is not None and add_balance is None:
        raise typer.BadParameter("--application: it says to whom --add-balance adds; settings are the same for all")
    if not wanted and add_balance is None and not show:
        raise typer.BadParameter("nothing to do: name what to change, such as --drop-rate 0.2, or write --show")


def _is_amount(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def _checked(values: dict[str, object]) -> SandboxSettings:
    try:
        return checked_settings(values, as_options=True)
    except SandboxSettingsError as error:
        raise typer.BadParameter(str(error)) from None


def _lines(now: dict[str, Any], wanted: dict[str, object], *, money: bool) -> Iterator[str]:
    for name in wanted:
        settings = now["settings"]
        yield written(name, settings[name]) if name in settings else f"{written(name, '(changed)')}"
    if money or "balance" in wanted:
        for application in now["applications"]:
            yield f"balance {application['id']} {application['balance'] or 'unlimited'}"
    summary = now.get("summary", {})
    shown = {name: f"{len(counts)} numbers" if name in NUMBER_COUNTS else counts for name, counts in summary.items()}
    yield from _flat(shown, "")


def _flat(value: object, name: str) -> Iterator[str]:
    """`requests.by_status.201 12` for each leaf; a list's items go by their `id`."""
    if isinstance(value, list):
        value = {item["id"]: {key: inner for key, inner in item.items() if key != "id"} for item in value}
    if not isinstance(value, dict):
        yield f"{name} {'unlimited' if value is None else value}"
        return
    for key, inner in value.items():
        yield from _flat(inner, f"{name}.{key}" if name else str(key))


async def _serve(settings: SandboxSettings) -> None:
    from entrypoints.sandbox.running import running_sandbox  # noqa: PLC0415

    stop = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
    async with running_sandbox(settings) as running:
        print(f"sandbox ready {running.url}", flush=True)  # noqa: T201 - the line that scripts wait for
        await stop.wait()


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201 - talk goes to stderr


def _own_options() -> list[inspect.Parameter]:
    named = inspect.signature(sandbox_set).parameters.values()
    return [parameter for parameter in named if parameter.kind is not inspect.Parameter.VAR_KEYWORD]


sandbox.__signature__ = inspect.Signature(start_options())  # type: ignore[attr-defined]
sandbox_set.__signature__ = inspect.Signature([*_own_options(), *change_options()])  # type: ignore[attr-defined]
