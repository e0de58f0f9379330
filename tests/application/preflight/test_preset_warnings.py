"""What a preflight says of a preset that was read long ago."""

from datetime import UTC, date, datetime

from msgspec.structs import replace

from application.preflight.preset_warnings import preset_warnings
from domain.policy import NEW_POLICY, BasedOn
from tests.domain.dialing.test_purpose_rules import campaign

AS_OF = BasedOn(preset="us", as_of=date(2026, 11, 23))


def test_it_warns_from_the_day_on_that_is_more_than_a_year_later() -> None:
    plain = campaign("spring")
    made = replace(plain, plan=replace(plain.plan, policy=replace(NEW_POLICY, based_on=AS_OF)))

    assert list(preset_warnings(made, datetime(2027, 11, 23, 23, tzinfo=UTC))) == []
    ((name, says),) = preset_warnings(made, datetime(2027, 11, 24, tzinfo=UTC))
    assert (name, says.partition(",")[0]) == ("old_preset", "what the preset us rests on was read on 2026-11-23")
    assert list(preset_warnings(plain, datetime(2030, 1, 1, tzinfo=UTC))) == []
    over = replace(made, phase="completed")
    assert list(preset_warnings(over, datetime(2030, 1, 1, tzinfo=UTC))) == []
