import stat
from pathlib import Path

import pytest

from domain.errors import InvalidInput
from entrypoints.cli.out_file import whole_text_file


def test_until_it_is_complete_nobody_sees_it(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("old")

    with whole_text_file(path) as file:
        file.write("new\n")
        file.flush()
        assert path.read_text() == "old"

    assert path.read_text() == "new\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("ending", [ValueError, KeyboardInterrupt])
def test_what_is_not_completed_leaves_all_as_it_was(tmp_path: Path, ending: type[BaseException]) -> None:
    path = tmp_path / "people.csv"
    path.write_text("old")

    def written_half() -> None:
        with whole_text_file(path) as file:
            file.write("half")
            raise ending

    with pytest.raises(ending):
        written_half()

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_one(tmp_path: Path) -> None:
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / "people.csv")

    with whole_text_file(link) as file:
        file.write("x")

    assert link.is_symlink()
    assert (tmp_path / "people.csv").read_text() == "x"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "is no regular file; name one, or leave --out out for standard output"),
        ("nowhere/people.csv", "there is no folder"),
        ("file/people.csv", "there is no folder"),
    ],
)
def test_what_cannot_be_a_file_is_named(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(InvalidInput) as refused, whole_text_file(tmp_path / name):
        pass

    assert refused.value.field == "--out"
    assert said in refused.value.message
