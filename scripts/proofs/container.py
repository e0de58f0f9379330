"""Runs the steps of docs/deploy/Containerfile in roots that debootstrap made, and then the container's command.

No image is built: Debian's own Python stands in for that of the base image. What it shows: each COPY and RUN works from
a checkout, nothing but what runs is in it, and the command runs as its user on a root that it cannot write, is healthy,
and ends on SIGTERM. By root, on Debian with debootstrap: .venv/bin/python scripts/proofs/container.py [--base ROOT]
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docs" / "deploy" / "Containerfile"
MIRROR = "http://deb.debian.org/debian"
PACKAGES = "python3,python3-venv,ca-certificates"
PATHS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
HEALTHY_SECONDS_MAX = 120.0
MEMORY = "/dev/shm /tmp"  # noqa: S108 - of the root
Step = tuple[str, str]
# Only what the machine needs to reach its package index goes in besides, and not into the second root.
REACHES = ("/etc/resolv.conf", "/etc/pip.conf")


def steps(text: str) -> list[list[Step]]:
    """The instructions of each stage, in order."""
    joined = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    stages: list[list[Step]] = []
    for line in filter(None, joined.splitlines()):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            stages.append([])
        else:
            stages[-1].append((word, rest.strip()))
    return stages


class Stage:
    """A root in which steps are run."""

    def __init__(self, root: Path, earlier: Path | None) -> None:
        self.root = root
        self.earlier = earlier
        told = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_", "SSL_CERT_"))}  # noqa: TID251
        self.environ = {"PATH": PATHS, "HOME": "/root", **({} if earlier else told)}
        self.place = "/"
        self.last: dict[str, str] = {}

    def run(self, given: list[Step]) -> None:
        """All steps of a stage."""
        for word, rest in given:
            print(f"{word} {rest[:100]}", flush=True)
            match word:
                case "ENV":
                    for name, value in re.findall(r"(\w+)=(\S+)", rest):
                        self.environ[name] = value.replace("$PATH", self.environ["PATH"])
                case "WORKDIR":
                    self.place = rest
                    self.inside(rest).mkdir(parents=True, exist_ok=True)
                case "COPY":
                    self._copy(rest)
                case "RUN":
                    self.do(["sh", "-euc", rest])
                case _:
                    self.last[word] = rest

    def inside(self, path: str) -> Path:
        """A path of the container, outside."""
        return self.root / str(Path(self.place) / path).lstrip("/")

    def do(self, command: list[str]) -> None:
        """A command in the root, which has to work."""
        moved = ["sh", "-c", 'cd "$0" && exec "$@"', self.place, *command]
        subprocess.run(["/usr/sbin/chroot", str(self.root), *moved], env=self.environ, check=True)

    def _copy(self, rest: str) -> None:
        *sources, target = [word for word in rest.split() if not word.startswith("--")]
        came_from = self.earlier if self.earlier is not None and "--from=" in rest else ROOT
        for source in sources:
            there = came_from / source.lstrip("/")
            into = self.inside(target)
            if there.is_dir():
                shutil.copytree(there, into, symlinks=True, dirs_exist_ok=True, ignore=_left_out)
            else:
                into = into / there.name if target.endswith("/") else into
                into.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(there, into)


def do(*command: object) -> None:
    """A command of this machine, which has to work."""
    subprocess.run([str(word) for word in command], check=True)


def _left_out(folder: str, names: list[str]) -> set[str]:
    """What the checkout has that no other checkout has."""
    return {"__pycache__"} & set(names) if folder.startswith(str(ROOT)) else set()


def base(folder: Path) -> Path:
    """A small Debian with Python in it."""
    made = folder / "base"
    command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", str(made), MIRROR]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return made


def contained(stage: Stage, command: list[str]) -> list[str]:
    """The command as the container's user, on a root that is read-only but for its volume and memory."""
    user = stage.last["USER"].partition(":")[0]
    inside = f"""
        mount --bind {stage.root} {stage.root}; mount -o remount,bind,ro {stage.root}
        for place in {MEMORY}; do mount -t tmpfs -o mode=1777 tmpfs {stage.root}$place; done
        mount -t tmpfs -o mode=0700,uid={user},gid={user} tmpfs {stage.root}/var/lib/dialtrail
        mount -t proc proc {stage.root}/proc
        exec chroot {stage.root} setpriv --reuid {user} --regid {user} --clear-groups --no-new-privs --bounding-set -all \
            sh -c 'cd {stage.place} && exec "$@"' - "$@"
    """
    return ["unshare", "--mount", "sh", "-euc", inside, "-", *command]


def proved(stage: Stage) -> dict[str, object]:
    """Start it, wait until it is healthy, look at it, end it."""
    port = "18933"
    environ = {
        **stage.environ,
        "DIALTRAIL_PORT": port,
        "DIALTRAIL_SANDBOX_PORT": "18934",
        "DIALTRAIL_HOST": "127.0.0.1",
    }
    program = json.loads(stage.last["ENTRYPOINT"])
    running = subprocess.Popen(contained(stage, [*program, *json.loads(stage.last["CMD"]), "--sandbox"]), env=environ)
    check = json.loads(stage.last["HEALTHCHECK"].partition("CMD ")[2])
    asked = ["nsenter", "-t", str(running.pid), "-m", "chroot", str(stage.root), *check]
    began = time.monotonic()
    try:
        while subprocess.run(asked, env=environ, check=False, stderr=subprocess.DEVNULL).returncode:
            if running.poll() is not None or time.monotonic() - began > HEALTHY_SECONDS_MAX:
                raise SystemExit("it did not become healthy")
            time.sleep(0.5)
        seconds = round(time.monotonic() - began, 1)
        users = {
            line.split()[1] for line in Path(f"/proc/{running.pid}/status").read_text().splitlines() if "Uid:" in line
        }
        touched = ["nsenter", "-t", str(running.pid), "-m", "touch", f"{stage.root}/opt/dialtrail/written"]
        is_writable = subprocess.run(touched, check=False, stderr=subprocess.DEVNULL).returncode == 0
    finally:
        running.send_signal(signal.SIGTERM)
        code = running.wait(60)
    return {"healthy after s": seconds, "users": sorted(users), "root is writable": is_writable, "ended with": code}


def show(path: str, root: Path) -> None:
    """Let a root see what lies on this machine at a path. Whatever becomes of the run, nothing there is written or removed."""
    target = root / path.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.mkdir(exist_ok=True) if Path(path).is_dir() else target.touch()
    do("mount", "--bind", path, target)
    do("mount", "-o", "remount,bind,ro", target)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--reaches", nargs="*", default=[], help="what pip needs of this machine, such as a folder of wheels"
    )
    parser.add_argument("--base", type=Path, help="a root that debootstrap made, which is copied")
    given = parser.parse_args()
    first, second = steps(FILE.read_text())
    folder = Path(tempfile.mkdtemp(prefix="container-"))
    try:
        made_from = given.base or base(folder)
        roots = [folder / "made", folder / "final"]
        for root in roots:
            do("cp", "-a", made_from, root)

        reached = [path for path in (*REACHES, *given.reaches) if Path(path).exists()]
        for path in reached:
            show(path, roots[0])
        try:
            Stage(roots[0], None).run(first)
        finally:
            for path in reached:
                do("umount", roots[0] / path.lstrip("/"))
        final = Stage(roots[1], roots[0])
        final.run(second)
        ours = sum(one.lstat().st_size for one in (roots[1] / "opt/dialtrail").rglob("*")) // 1024**2
        packages = sorted(
            path.name for path in roots[1].glob("opt/dialtrail/.venv/lib/python3*/site-packages/*.dist-info")
        )
        unwanted = [name for name in packages if name.startswith(("pytest", "ruff", "mypy", "hypothesis", "mkdocs"))]
        found = {"MiB of ours": ours, "packages": len(packages), "of development": unwanted, **proved(final)}
    finally:
        shutil.rmtree(folder)
    print(json.dumps(found))
    is_right = (
        not unwanted and not found["root is writable"] and found["users"] == ["10001"] and found["ended with"] == 0
    )
    print("not built as an image; its steps work" if is_right else "NOT as it should be")
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
