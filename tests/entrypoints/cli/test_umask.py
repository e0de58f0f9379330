import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from entrypoints.cli import main
from tests.examples import are_all_tried


@pytest.fixture
def own_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("own_umask")
# With 0 everything is allowed that the others forbid.
@pytest.mark.parametrize("before", [0o000, 0o022, 0o077] if are_all_tried() else [0o000])
def test_whatever_the_shell_says_what_a_command_writes_is_for_its_user_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    for words in (
        ("init", "--folder", str(tmp_path / "plan")),
        ("campaign", "create", str(tmp_path / "plan" / "campaign.toml")),
    ):
        os.umask(before)
        monkeypatch.setattr("sys.argv", ["dialtrail", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 0
    written = [one for one in tmp_path.rglob("*") if one.is_file()]
    assert {one.name for one in written} >= {"dialtrail.env", "campaign.toml", "ledger.db", "views.db"}
    assert {one.name: oct(one.stat().st_mode) for one in written if stat.S_IMODE(one.stat().st_mode) & 0o077} == {}
