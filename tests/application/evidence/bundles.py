"""A real ledger, left behind by release 0.1.0, with a log; bundles of it, and the verifier where Dialtrail is not."""

import hashlib
import io
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from adapters.ledger import LedgerReader, open_reader
from adapters.verifiable_log.key_file import LogKeys
from adapters.verifiable_log.note import Signer, sign
from adapters.verifiable_log.opening import open_log_store
from adapters.verifiable_log.store import LogStore
from application.evidence.bundle import MadeBundle, make_bundle
from application.evidence.gathering import SubjectKind
from application.evidence.verifier import check
from application.evidence.verifier.check import read_manifest
from application.evidence.verifier.notes import TreeHead
from tests.application.log_keeping.ledgers import signed

KEPT = Path(__file__).parents[2] / "fixtures" / "0.1.0" / "sqlite" / "home.tar.xz"
CAMPAIGN = "spring_followup"
NEEDED = ("cryptography", "cffi", "_cffi_backend", "pycparser")
DRIVER = """
import importlib.util, io, contextlib, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
assert importlib.util.find_spec("application") is None and importlib.util.find_spec("msgspec") is None
spec = importlib.util.spec_from_file_location("verify", sys.argv[2])
verify = importlib.util.module_from_spec(spec)
spec.loader.exec_module(verify)
for bundle in sys.argv[4:]:
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = verify.main([bundle, "--log-key", sys.argv[3]])
    print(code, said.getvalue().strip().splitlines()[-1])
"""


def home_of_release(tmp_path: Path) -> Path:
    """Its data folder, with a log that has come to the end, and a signed checkpoint."""
    with tarfile.open(KEPT) as kept:
        kept.extractall(tmp_path, filter="data")
    home = tmp_path / "home"
    signed(home, home)
    return home


@contextmanager
def opened(home: Path, url: str | None = None) -> Iterator[tuple[LedgerReader, LogStore, Signer | None]]:
    with closing(open_reader(home, url)) as reader, closing(open_log_store(home, url, only_reads=True)) as store:
        yield reader, store, LogKeys(home, bytes).current()


def bundle(
    home: Path,
    subject: str,
    kind: SubjectKind | None = None,
    size: int | None = None,
    url: str | None = None,
    *,
    opens: bool = True,
) -> tuple[MadeBundle, bytes]:
    out = io.BytesIO()
    with opened(home, url) as (reader, store, signer):
        made = make_bundle(out, reader, store, signer, subject, kind, size, opens=opens)
    return made, out.getvalue()


def files_of(packed: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(packed)) as found:
        return {name: found.read(name) for name in found.namelist()}


def signed_again(files: Mapping[str, bytes], signer: Signer) -> dict[str, bytes]:
    """What somebody makes of an altered bundle who has this key: a manifest that fits."""
    was = read_manifest(files[check.MANIFEST].decode().rpartition("\n\n")[0] + "\n")
    digests = {name: hashlib.sha256(files[name]).hexdigest() for name in files if name != check.MANIFEST}
    text = check.manifest_text(TreeHead(was.origin, was.size, b""), was.kind, was.subject, digests)
    return {**files, check.MANIFEST: sign(text, [signer], datetime(1970, 1, 1, tzinfo=UTC))}


def put(folder: Path, files: Mapping[str, bytes]) -> Path:
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def verified(tmp_path: Path, verify_py: Path, log_key: str, bundles: Sequence[Path]) -> list[tuple[int, str]]:
    """What `verify.py` says of each, in a process that has Python, `cryptography` and nothing else."""
    site = tmp_path / "site"
    site.mkdir(exist_ok=True)
    for found in (Path(one) for one in sys.path if one.endswith("site-packages")):
        for one in found.iterdir():
            if one.name.split(".")[0] in NEEDED and not (site / one.name).exists():
                (site / one.name).symlink_to(one)
    words = [sys.executable, "-I", "-S", "-c", DRIVER, str(site), str(verify_py), log_key, *map(str, bundles)]
    ran = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    lines = [line.partition(" ") for line in ran.stdout.splitlines()]
    return [(int(code), said) for code, _, said in lines]
