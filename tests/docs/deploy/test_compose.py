"""docs/deploy/compose.yaml. Its schema is asked where check-jsonschema is installed; what no schema knows is compared here."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from entrypoints.roles import DIAL, PROJECT, SERVE
from entrypoints.settings import load_settings
from tests.docs.console import blocks

DOCS = Path(__file__).parents[3] / "docs"
FILE = DOCS / "deploy" / "compose.yaml"
COMPOSED: dict[str, Any] = yaml.safe_load(FILE.read_text())
SERVICES: dict[str, Any] = COMPOSED["services"]
OURS = {name: one for name, one in SERVICES.items() if one["image"] == "dialtrail"}
CHECKER = shutil.which("check-jsonschema")


@pytest.mark.skipif(
    CHECKER is None, reason="no check-jsonschema here, which has the schema: pip install check-jsonschema"
)
def test_it_is_as_its_schema_says() -> None:
    command = [str(CHECKER), "--builtin-schema", "vendor.compose-spec", str(FILE)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("kind", ["secrets", "volumes", "networks"])
def test_all_that_is_named_is_there_and_nothing_else(kind: str) -> None:
    named = {word.partition(":")[0] for one in SERVICES.values() for word in one.get(kind, ())}
    assert {one for one in named if not one.startswith((".", "/"))} == set(COMPOSED[kind])


def test_each_process_runs_closed_with_a_folder_of_its_own() -> None:
    assert sorted(word for one in OURS.values() for word in one["command"]) == sorted(
        [SERVE.command] * 2 + [DIAL.command] * 2 + [PROJECT.command]
    )
    folders = [word for one in OURS.values() for word in one["volumes"] if word.endswith(":/var/lib/dialtrail")]
    assert len(set(folders)) == len(OURS)
    for one in OURS.values():
        assert one["read_only"]
        assert one["cap_drop"] == ["ALL"]
        assert one["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert all("/dev/shm:/dev/shm" in one["volumes"] for one in OURS.values() if one["command"] == [DIAL.command])


def test_the_settings_let_the_proxy_alone_speak_for_others(tmp_path: Path) -> None:
    (settings,) = [one for one in blocks((DOCS / "deploy.md").read_text()) if one.title == "dialtrail.env"]
    file = tmp_path / "dialtrail.env"
    file.write_text(settings.text)
    file.chmod(0o600)
    for one in OURS.values():
        told = {name: value for name, value in one["environment"].items() if name.startswith("DIALTRAIL_")}
        loaded = load_settings({**told, "DIALTRAIL_HOST": "0.0.0.0"}, file)
        loaded.check_can_serve()
        assert loaded.warnings == ()
        assert [f"{network.network_address}" for network in loaded.trusted_proxies] == [
            SERVICES["proxy"]["networks"]["dialtrail"]["ipv4_address"]
        ]
