"""Numbers of a kind of their own, in the shapes in which they stand in lists."""

import phonenumbers
import pytest

from domain.number_kind import NumberKind, kind_of
from domain.person import spellings
from domain.personal import ERASED
from domain.phone_number import mask
from domain.zones import zones_of
from tests.domain.test_person import examples

KINDS: dict[str, NumberKind] = {
    "+112": "emergency",
    "+911": "emergency",
    "+110": "emergency",
    "+1911": "emergency",
    "+1112": "emergency",
    "+44999": "emergency",
    "+49112": "emergency",
    "+49110": "emergency",
    "+490112": "emergency",
    "+3315": "emergency",
    "+61000": "emergency",
    "+81119": "emergency",
    "+7112": "emergency",
    "+1411": "short",
    "+49115": "short",
    "+12345": "short",
    "+44118118": "short",
    "+19005557102": "premium",
    "+19001234567": "premium",
    "+12129765551": "premium",
    "+499005557102": "premium",
    "+4909005557102": "premium",
    "+449012345678": "premium",
    "+33899123456": "premium",
    "+979123456789": "premium",
    "+448451234567": "premium",
    "+491801234567": "shared_cost",
    "+80812345678": "shared_cost",
    "+447012345678": "personal",
    "+15005550100": "personal",
    "+878101234567": "personal",
    "+882162345670": "satellite",
    "+881623456702": "satellite",
    "+870773111632": "satellite",
    "+8835100012345": "satellite",
    "+61147123456": "satellite",
}
ORDINARY = [
    "",
    "+15551230002",
    "+12125550100",
    "+18005550100",
    "+442079460018",
    "+4402079460018",
    "+447912345678",
    "+4930123456",
    "+33153123456",
    "+390612345603",
    "+5215512345678",
    "+80012345678",
    "+29022158",
    "+6834002",
    "+298201234",
    "+999123456789",
]


@pytest.mark.parametrize(("number", "kind"), KINDS.items())
def test_a_number_of_a_kind_of_its_own_is_known_for_it(number: str, kind: str) -> None:
    assert kind_of(number) == kind


@pytest.mark.parametrize("number", ORDINARY)
def test_anybodys_number_is_of_none(number: str) -> None:
    assert kind_of(number) is None


def test_it_says_what_the_library_says_of_each_example_that_it_has() -> None:
    types = phonenumbers.PhoneNumberType
    expected = {
        types.PREMIUM_RATE: "premium",
        types.SHARED_COST: "shared_cost",
        types.PERSONAL_NUMBER: "personal",
        types.PAGER: "personal",
    }
    wrong = [
        (region, number, kind_of(number))
        for region, number in examples()
        if not number.startswith("+61147")  # Australia's satellite telephones are mobiles to the library
        and kind_of(number) != expected.get(phonenumbers.number_type(phonenumbers.parse(number)))
    ]
    assert wrong == []


def test_of_a_number_that_was_erased_nothing_is_known() -> None:
    assert kind_of(ERASED) is None
    assert zones_of(ERASED) == ()
    assert spellings(ERASED) == (ERASED,)
    assert mask(ERASED) == ERASED
