"""Evidence bundles that somebody tampered with: `verify.py` says so, and holds nothing for true that Dialtrail did not make."""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from random import Random  # noqa: TID251 - seeded
from tempfile import TemporaryDirectory
from typing import NamedTuple

from adapters.verifiable_log.note import Signer
from application.evidence.verifier.check import MANIFEST, main, pack
from tests.application.evidence.bundles import bundle, files_of, home_of_release, opened, signed_again
from tests.journeys.hostile.judge import Surface, Take
from tests.journeys.hostile.mutation import Mutator

EVENTS_MAX = 10_000
WHOLE_SHARE, SIGNED_AGAIN_SHARE = 0.2, 0.4
NOTHING_PROVED_BY = frozenset({f"{name}, signed again" for name in ("README.txt", "keys.json", "verify.py")})
"""What whoever has the log's key may put there: the key that counts is the verifier's own, and so is the program."""


class Made(NamedTuple):
    """A bundle of a real ledger, its files, and who signs its log."""

    packed: bytes
    files: Mapping[str, bytes]
    signer: Signer


def made() -> Made:
    """The one of a call, from a data folder that a release left behind."""
    with TemporaryDirectory() as folder:
        home = home_of_release(Path(folder))
        with opened(home) as (reader, _, signer):
            assert signer is not None
            streams = (one.stream for one in reader.read_feed(0, EVENTS_MAX))
            call = next(one.removeprefix("call:") for one in streams if one.startswith("call:"))
            _, whole = bundle(home, call)
            return Made(whole, files_of(whole), signer)


@contextmanager
def _opened(folder: Path) -> Iterator[Take]:
    real = made()
    path = folder / "bundle.zip"

    def take(data: bytes, _: Mutator, chance: Random) -> str:
        name, whole = _tampered(real, data, chance)
        path.write_bytes(whole)
        said = io.StringIO()
        with redirect_stdout(said), redirect_stderr(said):
            code = main([str(path), "--log-key", real.signer.key.text])
        assert code in {0, 1, 2}, code
        if code == 0:
            assert name in NOTHING_PROVED_BY or whole == real.packed, (
                f"{name} is another, and it holds: {said.getvalue()}"
            )
        return ("holds", "does not hold", "cannot be looked at")[code]

    yield take


def _tampered(real: Made, data: bytes, chance: Random) -> tuple[str, bytes]:
    """What was changed, and the file: as a whole, one of its parts, or a part by somebody who has the log's own key."""
    if chance.random() < WHOLE_SHARE:
        return "the whole", Mutator(chance, [real.packed], [data]).next() if chance.random() < 0.9 else real.packed
    name = chance.choice(sorted(real.files))
    content = Mutator(chance, [real.files[name]], [data]).next()
    files = {**real.files, name: content}
    if name != MANIFEST and chance.random() < SIGNED_AGAIN_SHARE:
        files, name = signed_again(files, real.signer), f"{name}, signed again"
    out = io.BytesIO()
    pack(out, files)
    return name, out.getvalue()


BUNDLES = Surface("bundles", (b"{}", b'{"position":1}', b"sha256 ", b"\n\n\xe2\x80\x94 "), (), _opened)
