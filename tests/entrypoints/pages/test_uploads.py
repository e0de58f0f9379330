from datetime import timedelta

import pytest

from adapters.recipient_columns import Conventions
from domain.errors import NotFound
from entrypoints.pages.uploads import FILES_MAX, KEPT_FOR, Upload, Uploads
from tests.entrypoints.serving import NOON


def upload(content: bytes = b"number") -> Upload:
    return Upload(
        actor="olga",
        campaign_id="spring",
        content=content,
        conventions=Conventions(),
        kept_until=NOON + KEPT_FOR,
    )


def kept(uploads: Uploads, *names: str) -> list[str]:
    found = []
    for name in names:
        try:
            uploads.take(name, "olga", "spring", NOON)
        except NotFound:
            continue
        found.append(name)
    return found


def test_the_latest_files_are_kept_by_number_and_by_bytes() -> None:
    uploads = Uploads(bytes_max=30)
    for nth in range(FILES_MAX + 2):
        uploads.keep(f"small{nth}", upload(b"1"), NOON)
    assert kept(uploads, "small0", "small1", "small2", "small17") == ["small2", "small17"]
    uploads.keep("large", upload(b"x" * 29), NOON)
    assert kept(uploads, "small16", "small17", "large") == ["small17", "large"]


def test_once_its_time_is_over_nothing_of_it_is_kept() -> None:
    uploads = Uploads()
    uploads.keep("one", upload(), NOON)
    uploads.let_go(NOON + KEPT_FOR - timedelta(seconds=1))
    assert len(uploads._kept) == 1
    uploads.let_go(NOON + KEPT_FOR)
    assert len(uploads._kept) == 0
    with pytest.raises(NotFound, match="choose it again"):
        uploads.take("one", "olga", "spring", NOON)
