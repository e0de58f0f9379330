"""What a preflight says of campaigns that go first."""

from application.preflight.purpose_warnings import purpose_warnings
from tests.domain.dialing.test_purpose_rules import SALES, SERVICE, campaign


def test_it_says_who_goes_first_or_that_nobody_does_or_that_they_wait_for_each_other() -> None:
    assert list(purpose_warnings(campaign("sales"), [SERVICE])) == []
    assert [name for name, _ in purpose_warnings(SALES, [campaign("other")])] == ["nobody_goes_first"]
    ((name, says),) = purpose_warnings(SALES, [SERVICE, campaign("other")])
    assert (name, says.partition(":")[0]) == ("others_go_first", "service goes first (policy.waits_for)")
    back = campaign("service", "sales", purpose="help")
    assert [name for name, _ in purpose_warnings(SALES, [back])] == ["others_go_first", "wait_for_each_other"]
