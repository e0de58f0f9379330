"""The page on upgrading has whatever `dialtrail doctor --upgrade` can say."""

from pathlib import Path

from tests.docs.findings import DOCTOR, found_in
from tests.docs.test_pages_say import DOCS, rows

# Said where all is well, or by the error itself.
NOT_LISTED = {
    "this version starts with these settings",
    "…, and this version can read each of them",
    "…, a backup …",
}


def test_each_thing_that_the_upgrade_can_meet_is_listed() -> None:
    said = " ".join(cells[1].replace("``", "`") for cells in rows("upgrade.md", "From 0.1.0"))

    found = found_in(sorted((DOCTOR / "upgrade").glob("*.py")))
    assert [text for text in found if text not in said and text not in NOT_LISTED] == []
    assert len(found) > 20


def test_the_page_names_the_answer_of_an_earlier_version_to_a_newer_ledger() -> None:
    # By 0.1.0's own code: adapters/event_mapper.py there has the same words.
    mapper = (Path(__file__).parents[2] / "adapters" / "event_mapper.py").read_text()

    assert "was written by a newer Dialtrail: upgrade this one" in mapper
    assert "was written by a newer Dialtrail: upgrade this one" in (DOCS / "upgrade.md").read_text()
