from pathlib import Path

import pytest

from adapters.ended_sessions import ENDED_FILE, EndedSessions
from domain.errors import NotReady

NOW = 1_780_056_600


def test_what_was_ended_stays_so_after_a_restart_until_it_would_end_by_itself(tmp_path: Path) -> None:
    ended = EndedSessions(tmp_path, NOW)
    ended.remember("one", NOW + 10, NOW)
    ended.remember("two", NOW + 20, NOW)

    assert [EndedSessions(tmp_path, NOW + 9).has(one) for one in ("one", "two", "three")] == [True, True, False]
    assert [EndedSessions(tmp_path, NOW + 10).has(one) for one in ("one", "two")] == [False, True]
    assert (tmp_path / ENDED_FILE).stat().st_mode & 0o777 == 0o600


def test_what_has_ended_by_itself_is_forgotten(tmp_path: Path) -> None:
    ended = EndedSessions(tmp_path, NOW)
    ended.remember("one", NOW + 10, NOW)
    ended.remember("two", NOW + 20, NOW + 15)

    assert (tmp_path / ENDED_FILE).read_text() == f"two {NOW + 20}\n"


@pytest.mark.parametrize("junk", [b"", b"\xff\xfe\n", b"one\n", b"one x\n", b"one \xb2\n", b"a b c\n"])
def test_a_line_that_cannot_be_read_spoils_no_other(tmp_path: Path, junk: bytes) -> None:
    (tmp_path / ENDED_FILE).write_bytes(junk + f"two {NOW + 1}\n".encode())

    assert EndedSessions(tmp_path, NOW).has("two")


def test_where_it_cannot_be_written_it_is_ended_for_now_and_said(tmp_path: Path) -> None:
    ended = EndedSessions(tmp_path / "gone", NOW)

    with pytest.raises(NotReady, match=r"you are signed out, but .*ended-sessions could not be written"):
        ended.remember("one", NOW + 10, NOW)
    assert ended.has("one")
