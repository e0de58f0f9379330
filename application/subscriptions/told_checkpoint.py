"""A checkpoint of the verifiable log as subscribers are told of it."""

from typing import Annotated

from msgspec import Struct

from application.fields import Count, Instant, means


class ToldCheckpoint(Struct, frozen=True, kw_only=True):
    """`data` of `log.checkpoint`: which log, over how many events, and the signed note."""

    origin: str
    size: Count
    signed_at: Instant
    checkpoint: Annotated[str, means("the signed note, as GET /v1/log/checkpoint gives it")]
