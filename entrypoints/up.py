"""`dialtrail up`, `serve`, `dial` and `project`: the parts that a process runs, until it is told to stop."""

import asyncio
import errno
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import uvloop

from adapters.folder_owner import FolderOwner
from application.workers.worker import Worker
from domain.errors import SettingsError
from entrypoints.acceptors.acceptors import acceptors_beside, by_cores
from entrypoints.anew import ANEW, again_and_again, gone_back, keep_what_was_known
from entrypoints.aside import Aside
from entrypoints.beside import offer_example, sandbox_beside
from entrypoints.greeting import greeting, next_commands
from entrypoints.process import allow_open_files, utc_now
from entrypoints.roles import ALONE, UP, Role
from entrypoints.serving import BACKLOG, Server, server_of
from entrypoints.settings import UP_SANDBOX, Settings
from entrypoints.waiting import tell_what_it_waits_for
from entrypoints.wiring import System, running_system

SWITCH_SECONDS = 0.0001

FAILED = "something inside failed; stopping"
STOPPING = "stopping: no new calls; answers on the wire are awaited"

Say = Callable[[str], None]


def run(
    settings: Settings, say: Say, *, role: Role = UP, program: str = "dialtrail", shows_secrets: bool = False
) -> int:
    """Do what the role says until SIGTERM or SIGINT; the exit code. Raises `DialtrailError` where it cannot begin.

    `program` is how Dialtrail was called, `shows_secrets` whether what is said is for a person's eyes alone.
    """
    _check(settings, role)
    logging.captureWarnings(True)
    owner = FolderOwner.take(settings.home, UP_SANDBOX if settings.plays_sandbox else role.command)
    # The thread that commits and the loop that answers take turns; by default each may keep the other waiting for 5 ms.
    sys.setswitchinterval(SWITCH_SECONDS)
    aside = Aside(say)
    for warning in owner.warnings:
        aside(f"warning: {warning}")
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            code = runner.run(_work(settings, owner, aside, role, program, shows_secrets=shows_secrets))
    finally:
        owner.release()
        aside.close()
    if aside.is_stuck:
        # Python would end by flushing stderr, and nobody reads it.
        os._exit(code)
    return code


def _check(settings: Settings, role: Role) -> None:
    if role in ALONE and settings.ledger_url is None:
        raise SettingsError(
            f"DIALTRAIL_DATABASE_URL: is not set, and `dialtrail {role.command}` is one of several processes on one "
            "PostgreSQL; set it to postgresql://…, or run all parts in one process: dialtrail up"
        )
    if role.serves:
        settings.check_can_serve()
    if role.dials:
        settings.require_api_key()


async def _work(
    settings: Settings, owner: FolderOwner, say: Say, role: Role, program: str, *, shows_secrets: bool
) -> int:
    stop = _told_to_stop()
    connections_max = _connections_max(settings)
    listening = _listen(settings) if role.serves else None
    url = "" if listening is None else f"http://{_shown_host(settings.host)}:{listening.getsockname()[1]}"

    async def greet(parts: System) -> None:
        for line in greeting(settings, role, url, owner.folder, shows_secrets=shows_secrets):
            say(line)
        if parts.ledger.moved is not None:
            say(parts.ledger.moved)
        elif settings.plays_sandbox:
            is_new = await _offer_example(parts, say)
            for line in next_commands(url, program, is_new=is_new):
                say(line)

    async def play(is_first: bool) -> int | None:
        """The exit code; None where all has to begin anew."""
        async with (
            acceptors_beside(listening, _acceptors(settings)) as acceptors,
            running_system(settings, owner, role=role, log_level=logging.INFO) as parts,
        ):
            server, own = None, None
            if listening is not None:  # each server closes the socket that it is given
                server, own = server_of(settings, parts, connections_max, acceptors), listening.dup()
                parts.arrivals.listening_since = utc_now()
                owner.announce(url, parts.owner_token)
            ended = asyncio.create_task(_until_over(parts, server, own, role, stop, say))
            if is_first:
                await greet(parts)
            return await ended

    async with sandbox_beside(settings, url):
        code = await again_and_again(play, stop, 0, say)
        if listening is not None:
            listening.close()
        say("stopped")
    return code


async def _until_over(
    parts: System, server: Server | None, listening: socket.socket | None, role: Role, stop: asyncio.Event, say: Say
) -> int | None:
    """Serve and dial until told to stop, something fails, or the ledger went back: the exit code, None for the last."""
    over = asyncio.Event()
    serving = asyncio.create_task(_serve(server, listening, over))
    dialing = asyncio.create_task(_dial(parts, over))
    others = [asyncio.create_task(stop.wait()), asyncio.create_task(gone_back(parts.ledger))]
    telling = asyncio.create_task(tell_what_it_waits_for(parts, role, say))
    await asyncio.wait({serving, dialing, *others}, return_when=asyncio.FIRST_COMPLETED)
    begins_anew = parts.ledger.went_back is not None and not stop.is_set()
    failed = not stop.is_set() and not begins_anew
    if begins_anew:
        say(ANEW.format(await asyncio.to_thread(keep_what_was_known, parts.ledger, parts.folder)))
    else:
        say(FAILED if failed else STOPPING)
    telling.cancel()
    await stop_all(parts.workers, say)
    over.set()
    if server is not None:
        server.should_exit = True
    await serving
    await _ended(dialing, others, say)
    return None if begins_anew else int(failed)


async def stop_all(workers: Sequence[Worker], say: Say) -> None:
    """Have each stop as it does. What one could not do on the way is said, and keeps no other from waiting for its answers."""
    for error in await asyncio.gather(*(worker.stop() for worker in workers), return_exceptions=True):
        if isinstance(error, BaseException):
            say(f"stopping: {error}")


def _told_to_stop() -> asyncio.Event:
    """Set once a signal asks this process to end."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


async def _serve(server: Server | None, listening: socket.socket | None, stop: asyncio.Event) -> None:
    """Answer until the server is told to end; where nothing is served, until all is."""
    if server is None or listening is None:
        await stop.wait()
    else:
        await server.serve(sockets=[listening])


async def _dial(parts: System, stop: asyncio.Event) -> None:
    """Run the workers; where there are none, as where the ledger was closed and is only read, until all is to end."""
    if not parts.workers:
        await stop.wait()
    async with asyncio.TaskGroup() as tasks:
        for worker in parts.workers:
            tasks.create_task(worker.run())


async def _offer_example(parts: System, say: Say) -> bool:
    """Whether there is a new example campaign now: a ledger that has anything has had one."""
    if parts.ledger.position > 0:
        return False
    try:
        await offer_example(parts.app, parts.owner_token)
    except httpx.HTTPError as error:
        say(f"the example campaign could not be made: {error}; dialtrail init writes one")
        return False
    return True


async def _ended(dialing: "asyncio.Task[None]", others: Sequence["asyncio.Task[Any]"], say: Say) -> None:
    for task in (*others, dialing):
        task.cancel()
    (found,) = await asyncio.gather(dialing, return_exceptions=True)
    if isinstance(found, ExceptionGroup):
        for error in found.exceptions:
            say(f"dialling failed: {error}; what was accepted is in the ledger, start again")


def _listen(settings: Settings) -> socket.socket:
    """The listening socket. Its protocol is named, or asyncio leaves Nagle's delay on and each answer waits 40 ms."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((settings.host, settings.port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        name, remedy = "DIALTRAIL_PORT", "set DIALTRAIL_PORT to another, such as 8081"
        if error.errno == errno.EADDRNOTAVAIL:
            name, remedy = "DIALTRAIL_HOST", "set DIALTRAIL_HOST to an address of this machine, such as 127.0.0.1"
        where = f"{settings.host}:{settings.port}"
        raise SettingsError(f"{name}: {where} cannot be listened on ({error.strerror}); {remedy}") from error
    return listening


def _connections_max(settings: Settings) -> int:
    """How many connections the settings and this process's open files allow; raises the latter as far as it may."""
    files = allow_open_files(settings.http_connections_max + settings.files_reserved)
    return min(settings.http_connections_max, max(files - settings.files_reserved, files // 2))


def _acceptors(settings: Settings) -> int:
    """How many acceptors there are to be: they take what is signed, and without a secret nothing is."""
    if settings.webhook_secret is None:
        return 0
    return by_cores() if settings.acceptors is None else settings.acceptors


def _shown_host(host: str) -> str:
    """An address that this machine can reach itself under."""
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - recognised, not bound here
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
