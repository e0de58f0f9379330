from inspect import signature
from pathlib import Path

from entrypoints.sandbox import SandboxSettings
from entrypoints.sandbox.command import sandbox_set
from entrypoints.sandbox.control_routes import LOG_KINDS
from entrypoints.sandbox.faults import Fault
from entrypoints.sandbox.problems import flag_of
from entrypoints.sandbox.settings import extras

PAGE = (Path(__file__).parents[3] / "docs" / "sandbox.md").read_text()


def test_every_option_is_documented_with_its_default() -> None:
    for name, field in SandboxSettings.model_fields.items():
        row = next((line for line in PAGE.splitlines() if line.startswith(f"| `{flag_of(name)}`")), None)
        assert row, f"{flag_of(name)} is not in docs/sandbox.md"
        default = field.default
        if default not in {None, False, ()} and not isinstance(default, tuple):
            assert f"| {default:g} |" in row if isinstance(default, float) else f"| {default} |" in row


def test_every_fault_and_kind_of_line_is_documented() -> None:
    for name in (*Fault, *LOG_KINDS):
        assert f"`{name}`" in PAGE


def test_every_option_of_sandbox_set_is_documented() -> None:
    own = [name for name in signature(sandbox_set).parameters if name not in SandboxSettings.model_fields]
    assert own == ["url", "show", "as_json", "add_balance", "application"]
    for flag in ("--url", "--show", "--json", "--add-balance", "--application"):
        assert f"| `{flag}` |" in PAGE
    for name, field in SandboxSettings.model_fields.items():
        assert field.description
        assert field.description in PAGE, name
        assert (extras(name)["off"] or "") in PAGE
