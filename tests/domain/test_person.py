"""One person's spellings: the frozen rule, its symmetry, and what the plans of today say to it."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.person import SPELLINGS_MAX, meant, spellings
from domain.phone_number import is_e164

SAME = [
    ("+4402079460018", "+442079460018"),
    ("+330612345678", "+33612345678"),
    ("+4903012345678", "+493012345678"),
    ("+610412345678", "+61412345678"),
    ("+788123456789", "+78123456789"),
    ("+77017012345", "+787017012345"),
    ("+3606201234567", "+36201234567"),
    ("+112125550123", "+12125550123"),
    ("+5215512345678", "+525512345678"),
    ("+5491123456789", "+541123456789"),
    ("+54111523456789", "+541123456789"),
    ("+540111523456789", "+5491123456789"),
    ("+540387154123456", "+543874123456"),
    ("+540351152345678", "+5403512345678"),
    ("+520455512345678", "+525512345678"),
    ("+520453312345678", "+520443312345678"),
    ("+5213312345678", "+520453312345678"),
    ("+543874123456", "+54387154123456"),
    ("+551161234567", "+5511961234567"),
    ("+55011961234567", "+551161234567"),
    ("+37580291234567", "+375291234567"),
    ("+370861234567", "+37061234567"),
    ("+22997123456", "+2290197123456"),
    ("+241077123456", "+24177123456"),
]
ITSELF = [
    "+15551230002",
    "+115551230002",
    "+390612345603",
    "+37806123456",
    "+2250712345678",
    "+22601234567",
    "+22707123456",
    "+242061234567",
    "+24107123456",
    "+882162345670",
    "+999123456",
    "+112",
    "+12",
]
NOT_DIALLED_SO = {"+5491123456789", "+3758011234567", "+3759021234567", "+13101234"}
"""A mobile with its 9, service numbers, and one of seven digits: no prefix is dialled before these."""
# Countries, and how their numbers look, from whose plans the rule is tried at random.
digits = st.text("0123456789", min_size=1, max_size=13)
numbers = st.builds(
    lambda country, rest: f"+{country}{rest}"[:16],
    st.sampled_from((1, 7, 8, 31, 33, 36, 39, 44, 49, 52, 54, 55, 61, 229, 241, 370, 375, 692, 992, 993, 998)),
    st.builds(
        str.__add__,
        st.sampled_from(["", "0", "1", "8", "80", "01", "06", "044", "045", "9", "11", "1115", "01115"]),
        digits,
    ),
)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_spellings_are_one_person(one: str, other: str) -> None:
    assert set(spellings(one)) == set(spellings(other)) >= {one, other}


@pytest.mark.parametrize("number", ITSELF)
def test_a_number_of_which_zero_is_a_part_or_that_no_plan_has_is_only_itself(number: str) -> None:
    assert spellings(number) == (number,)
    assert meant(number) is None


@pytest.mark.parametrize(
    ("written", "better"),
    [
        ("+4402079460018", "+442079460018"),
        ("+788123456789", "+78123456789"),
        ("+5215512345678", "+525512345678"),
        ("+54111523456789", "+5491123456789"),
        ("+5401123456789", "+541123456789"),
        ("+551161234567", "+5511961234567"),
        ("+22997123456", "+2290197123456"),
        ("+442079460018", None),
        ("+5491123456789", None),
        ("+541123456789", None),
    ],
)
def test_the_form_that_is_meant_is_named_where_it_is_another(written: str, better: str | None) -> None:
    assert meant(written) == better


@given(numbers)
def test_all_spellings_of_a_person_know_each_other(number: str) -> None:
    known = spellings(number)
    assert known[0] == number
    assert len(set(known)) == len(known) <= SPELLINGS_MAX
    assert all(is_e164(one) for one in known if is_e164(number))
    assert all(set(spellings(one)) == set(known) for one in known)
    better = meant(number)
    assert better is None or (better in known and meant(better) is None)


def examples() -> list[tuple[str, str]]:
    """Each region's example numbers of every kind, with the region, as the library of today has them."""
    kinds = phonenumbers.PhoneNumberType.values()
    found = {
        (region, phonenumbers.format_number(one, phonenumbers.PhoneNumberFormat.E164))
        for region in phonenumbers.SUPPORTED_REGIONS
        for kind in kinds
        if (one := phonenumbers.example_number_for_type(region, kind)) is not None
    }
    return sorted(found)


def test_no_number_of_todays_plans_is_taken_for_another_spelling_of_one() -> None:
    assert [(region, number) for region, number in examples() if meant(number) is not None] == []


def test_no_two_numbers_of_todays_plans_are_one_person_but_where_a_mobile_is_listed_in_two_ways() -> None:
    two_ways = {"AR", "BR"}
    for region, number in examples():
        others = [phonenumbers.parse(other) for other in spellings(number)[1:]]
        both = [other for other in others if _plain(other) != number and phonenumbers.is_valid_number(other)]
        assert not both or region in two_ways, (region, number, both)


def test_the_prefix_of_todays_plans_is_known_in_all_countries_that_have_one() -> None:
    unknown = []
    for region, number in examples():
        prefix = phonenumbers.ndd_prefix_for_region(region, strip_non_digits=True)
        if prefix is None or number in NOT_DIALLED_SO:
            continue
        country = f"+{phonenumbers.country_code_for_region(region)}"
        written = country + prefix + number.removeprefix(country)
        if len(written) <= 16 and meant(written) is None:
            unknown.append((region, number, written))
    assert unknown == []


def _plain(number: phonenumbers.PhoneNumber) -> str:
    """The number without what the library itself leaves out when it reads one."""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
