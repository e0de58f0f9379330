"""`from` of a campaign as people and programs write it: one number, or a pool of them."""

from typing import Annotated, Any, TypeAlias

from pydantic import Field, WrapValidator
from pydantic.config import JsonDict

from adapters.documents.input import StrictInput, validated
from adapters.documents.policy import CALLS_MAX, BreakerInput
from adapters.documents.texts import WHOLE, NumberText, ZoneText
from domain.caller_pool import CallerPool, Choose
from domain.phone_number import is_e164, mask
from domain.policy import Breaker

POOL_NUMBERS_MAX = 100
NOT_A_NUMBER = "is not a phone number in E.164 form; write it like +15551230001"
NEITHER = (
    'must be a number in E.164 form like "+15551230001", or several like {"pool": ["+15551230001", "+15551230003"]}'
)
E164_FORM: JsonDict = {"pattern": r"^\+[1-9][0-9]{1,14}$", "description": "E.164, such as +15551230009"}


class PoolInput(StrictInput):
    """`from` of a campaign that calls from several numbers."""

    pool: Annotated[list[NumberText], Field(min_length=1, max_length=POOL_NUMBERS_MAX)]
    choose: Choose = Field(
        default="round",
        description=(
            "`round`: the one that rested longest; `country`, `area`: of those nearest to the recipient's number; `sticky`: the one "
            "that called this recipient before"
        ),
    )
    calls_a_day_max: Annotated[int, Field(ge=1, le=CALLS_MAX), WHOLE] | None = Field(
        default=None, description="attempts of this campaign from each number on a day of `zone`"
    )
    zone: ZoneText | None = Field(default=None, description="whose days are counted; without it UTC")
    breaker: BreakerInput | None = Field(
        default=None, description="takes a number out of the pool by how the last attempts from it ended"
    )

    def caller_pool(self) -> CallerPool:
        """The pool that this says."""
        return CallerPool(
            numbers=tuple(self.pool),
            choose=self.choose,
            calls_a_day_max=self.calls_a_day_max,
            zone=self.zone,
            breaker=None if self.breaker is None else Breaker(**self.breaker.model_dump()),
        )


def _number_or_pool(value: Any, _read: Any) -> Any:
    """Complains of what was meant: a text is a number, and an object is a pool."""
    if isinstance(value, dict):
        return PoolInput.model_validate(value)
    if isinstance(value, str) and is_e164(value):
        return value
    raise ValueError(NOT_A_NUMBER if isinstance(value, str) else NEITHER)


CallerNumbers: TypeAlias = Annotated[
    Annotated[str, Field(json_schema_extra=E164_FORM)] | PoolInput, WrapValidator(_number_or_pool)
]


def as_planned(given: str | PoolInput) -> dict[str, Any]:
    """What a plan has of it."""
    if isinstance(given, str):
        return {"caller_number": given}
    return {"caller_number": given.pool[0], "pool": given.caller_pool()}


class _Callers(StrictInput):
    from_: CallerNumbers = Field(alias="from")


def parse_callers(given: object) -> dict[str, Any]:
    """What a plan has of `from`, alone. Raises `InvalidInput`."""
    return as_planned(validated(_Callers, {"from": given}).from_)


def shown_callers(caller_number: str, pool: CallerPool | None, *, sees_numbers: bool) -> str | dict[str, Any]:
    """`from` in the form in which it is written; its numbers are masked for those who may not see any."""
    show = str if sees_numbers else mask
    if pool is None:
        return show(caller_number)
    breaker = pool.breaker
    told = {
        "calls_a_day_max": pool.calls_a_day_max,
        "zone": pool.zone,
        "breaker": None if breaker is None else _without_nulls(breaker),
    }
    return {
        "pool": [show(number) for number in pool.numbers],
        "choose": pool.choose,
        **{name: value for name, value in told.items() if value is not None},
    }


def _without_nulls(breaker: Breaker) -> dict[str, Any]:
    given = {name: getattr(breaker, name) for name in breaker.__struct_fields__}
    return {name: value for name, value in given.items() if value is not None}
