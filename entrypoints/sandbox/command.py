"""The `sandbox` command; its options are the fields of SandboxSettings, so that neither can lack what the other has."""

import asyncio
import inspect
import signal
import sys
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, get_origin

import typer
import uvloop
from pydantic.fields import FieldInfo

from entrypoints.sandbox.problems import SettingsError, checked_settings, flag_of
from entrypoints.sandbox.running import running_sandbox
from entrypoints.sandbox.settings import SandboxSettings, extras
from entrypoints.sandbox.span import Span


def sandbox(**options: object) -> None:
    """Play the voice provider MiniVoice on 127.0.0.1, with limits, costs, webhooks and every kind of trouble.

    It prints "sandbox ready http://127.0.0.1:PORT" when it is; stop it with Ctrl-C or SIGTERM.

    Rates go from 0, never, to 1, always. What it saw is at /_sandbox/summary, /_sandbox/log and /_sandbox/calls.

    Change it while it runs with PATCH /_sandbox/settings.

    Example: dialtrail sandbox --port 8099 --webhook-url http://127.0.0.1:8000/webhooks/minivoice --duplicate-rate 0.2 --lose-responses 5 --log sandbox.jsonl
    """
    try:
        settings = checked_settings(options, as_options=True)
    except SettingsError as error:
        raise typer.BadParameter(str(error)) from None
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(settings))
    except OSError as error:
        print(f"sandbox: {error.strerror or error}; choose another --port or --log", file=sys.stderr)  # noqa: T201
        raise typer.Exit(1) from None


async def _serve(settings: SandboxSettings) -> None:
    stop = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
    async with running_sandbox(settings) as running:
        print(f"sandbox ready {running.url}", flush=True)  # noqa: T201 - the line that scripts wait for
        await stop.wait()


def _parameter(name: str, field: FieldInfo) -> inspect.Parameter:
    panel = typer.Option(flag_of(name), help=field.description, rich_help_panel=extras(name)["panel"])
    default = field.default
    kind: Any = _kind(field)
    if isinstance(default, Decimal | Span):
        default = str(default)
    elif isinstance(default, tuple):
        default = list(default)
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, panel])


def _kind(field: FieldInfo) -> object:
    """The type that the command line reads; the settings model judges the value."""
    default, annotation = field.default, field.annotation
    if isinstance(default, tuple) and not isinstance(default, Span):
        return list[str]
    if get_origin(annotation) is Literal:
        return annotation
    if isinstance(default, bool | int | float):
        return type(default)
    return Path | None if annotation == Path | None else str if default is not None else str | None


sandbox.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
    [_parameter(name, field) for name, field in SandboxSettings.model_fields.items()]
)
