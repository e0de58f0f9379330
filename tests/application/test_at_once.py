import pytest

from application.actor import OWNER, Actor
from application.at_once import AtOnce
from domain.errors import TooManyAtOnce

ANNA, OLGA = Actor("anna", "auditor"), Actor("olga", "operator")


def test_each_caller_has_its_own_room_and_what_ended_leaves_it_to_the_next() -> None:
    reads = AtOnce(2, "reads")
    with reads.one(ANNA):
        with reads.one(ANNA), reads.one(OLGA):
            with pytest.raises(TooManyAtOnce) as refused, reads.one(ANNA):
                pass
            assert str(refused.value) == "2 reads of yours are under way already; wait for one to end"
            with reads.one(OLGA):
                pass
        with reads.one(ANNA):
            pass


def test_what_fails_leaves_its_room_too() -> None:
    reads = AtOnce(1, "reads")
    for _ in range(3):
        with pytest.raises(KeyError), reads.one(ANNA):
            raise KeyError
    reads.check(ANNA)


def test_the_owner_of_the_folder_is_not_counted() -> None:
    reads = AtOnce(1, "reads")
    with reads.one(OWNER), reads.one(OWNER):
        reads.check(OWNER)
