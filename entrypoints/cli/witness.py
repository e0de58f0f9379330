"""`dialtrail witness`: cosign the checkpoints of somebody's log, so that it cannot show two histories."""

import asyncio
import os
import secrets
import signal
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from domain.errors import InvalidInput
from entrypoints.cli.failure import CommandFailed
from entrypoints.cli.output import say, write

if TYPE_CHECKING:
    from adapters.verifiable_log.note import Signer
    from adapters.verifiable_log.witness import LogWitness, WitnessedLog

EPILOG = (
    "Example: dialtrail witness --new-key witness.example.org/w1 --key witness.key, then: "
    "dialtrail witness --key witness.key --log log.example.com/dialtrail+…"
)
KEY_BYTES_MAX = 16 * 1024
OTHERS = 0o077

KeyFile = Annotated[
    Path,
    typer.Option("--key", metavar="FILE", help="The witness's secret key; for your eyes alone (mode 0600)."),
]
NewKey = Annotated[
    str | None,
    typer.Option(
        "--new-key", metavar="NAME", help="Make a key of this name, write it to --key, print its public part, and end."
    ),
]
LogKeys = Annotated[
    list[str] | None,
    typer.Option(
        "--log", metavar="VKEY", help="The public key of a log to cosign, as it was handed to you; repeatable."
    ),
]
Origin = Annotated[
    str | None,
    typer.Option(
        "--origin", metavar="TEXT", help="The first line of the log's checkpoints, if it is not its key's name."
    ),
]
State = Annotated[
    Path | None,
    typer.Option(
        "--state", metavar="FOLDER", help="Where it keeps what it cosigned last; else witness beside the key."
    ),
]
Host = Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Where it listens.")]
Port = Annotated[int, typer.Option("--port", metavar="N", min=0, max=65535, help="0: any that is free.")]


def witness(
    key: KeyFile,
    new_key: NewKey = None,
    log: LogKeys = None,
    origin: Origin = None,
    state: State = None,
    host: Host = "127.0.0.1",
    port: Port = 8091,
) -> None:
    """Cosign the checkpoints of a log of somebody else's, as long as each goes on from the one before.

    It speaks C2SP's tlog-witness: POST /add-checkpoint. A checkpoint whose history was altered, cut or forked is refused
    (422), and told of on stderr. Keep the folder of --state: without it, or with an older copy of it, this witness
    would cosign a second history.
    """
    from adapters.verifiable_log.note import COSIGNATURE, Signer  # noqa: PLC0415 - help needs none of it

    if new_key is not None:
        signer = Signer(new_key, secrets.token_bytes(32), COSIGNATURE)
        _write_key(key, signer.secret_text)
        say(f"the secret key is in {key}; hand this one to the log:")
        write(signer.key.text)
        return
    logs = witnessed_logs(log or [], origin)
    signer = Signer.parse(_read_key(key), "--key", COSIGNATURE)
    _run(signer, logs, state or key.absolute().with_name("witness"), host, port)


def witnessed_logs(keys: Sequence[str], origin: str | None) -> "list[WitnessedLog]":
    """Which logs may ask, from the keys that were given. Raises `InvalidInput`."""
    from adapters.verifiable_log.checkpoint import check_origin  # noqa: PLC0415 - help needs none of it
    from adapters.verifiable_log.note import ED25519, VerifierKey  # noqa: PLC0415
    from adapters.verifiable_log.witness import WitnessedLog  # noqa: PLC0415

    if not keys:
        raise InvalidInput("--log", "is needed: the public key of the log, such as log.example.com/dialtrail+…")
    by_origin: dict[str, list[VerifierKey]] = {}
    for text in keys:
        known = VerifierKey.parse(text, "--log")
        if known.kind != ED25519:
            raise InvalidInput("--log", f"{known.name!a} is a witness's key; a log's is needed")
        by_origin.setdefault(known.name if origin is None else check_origin(origin, "--origin"), []).append(known)
    return [WitnessedLog(name, found) for name, found in by_origin.items()]


def _run(signer: "Signer", logs: "Sequence[WitnessedLog]", state: Path, host: str, port: int) -> None:
    from adapters.verifiable_log.witness import LogWitness  # noqa: PLC0415 - help needs none of it
    from adapters.verifiable_log.witness_folder import WitnessFolder  # noqa: PLC0415
    from entrypoints.process import utc_now  # noqa: PLC0415

    folder = WitnessFolder(state)
    try:
        asyncio.run(_serve(LogWitness(logs, signer, folder, clock=utc_now, tell=say), signer, host, port))
    except OSError as error:
        raise CommandFailed(
            f"cannot listen on {host}:{port} ({error.strerror}); name another --host or --port"
        ) from None
    finally:
        folder.close()


async def _serve(witness: "LogWitness", signer: "Signer", host: str, port: int) -> None:
    from entrypoints.witnessing import running_witness  # noqa: PLC0415 - help needs none of it

    ending = asyncio.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(one, ending.set)
    async with running_witness(witness, host, port) as url:
        say(f"witness {signer.key.text} ready {url}")
        await ending.wait()


def _write_key(path: Path, text: str) -> None:
    """A new file, for nobody else to read, on disk when this returns. Raises `InvalidInput` where there is one already."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise InvalidInput("--key", f"{path} exists already; a key is never written over") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())


def _read_key(path: Path) -> str:
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            read = file.read(KEY_BYTES_MAX)
    except OSError as error:
        raise InvalidInput("--key", f"{path} cannot be read ({error.strerror}); --new-key makes one") from None
    if mode & OTHERS:
        raise InvalidInput("--key", f"{path} is open to others (mode {mode:03o}); run: chmod 600 {path}")
    return read.decode("utf-8", "replace")
