from msgspec.structs import replace

from domain.divergence import DivergenceObserved
from entrypoints.doctor.upgrade.scan import Scanned
from entrypoints.doctor.upgrade.way_back import way_back_findings

WHOLE = Scanned(events=1_000, seconds=0.01, is_all=True)


def said(scanned: Scanned, *, is_dialled: bool = True, divergence_requests: int = 0) -> list[str]:
    return [
        one.what
        for one in way_back_findings(scanned, is_dialled=is_dialled, divergence_requests=divergence_requests)
        if one.what_to_do and one.level == "note"
    ]


def test_before_the_first_start_it_says_what_that_start_will_end() -> None:
    open_until = f"the first start of this version records {DivergenceObserved.NAME}, which it does not know"

    assert said(WHOLE, is_dialled=False, divergence_requests=50) == [
        f"0.1.0 can read all of the ledger, and go on with it; {open_until}"
    ]
    assert said(WHOLE, is_dialled=False) == said(WHOLE) == ["0.1.0 can read all of the ledger, and go on with it"]


def test_as_far_as_was_read() -> None:
    assert said(replace(WHOLE, is_all=False)) == ["0.1.0 can read the newest 1,000 events; the rest was not looked at"]


def test_what_it_does_not_know_is_named_the_most_frequent_first() -> None:
    few = {"consent.given": 2, "divergence.observed": 3}
    many = {f"agents.{name}": 1 for name in "abcdefg"}

    assert said(replace(WHOLE, later=few, plans=("a",))) == [
        "0.1.0 cannot go on with this ledger: it does not know 3 divergence.observed, 2 consent.given"
    ]
    assert said(replace(WHOLE, later=many))[0].endswith("1 agents.e and 2 other kinds")


def test_plans_that_it_would_not_keep_to_are_named() -> None:
    assert said(replace(WHOLE, plans=tuple("abcdefg")))[1].endswith("since: a, b, c, d, e and 2 more")
