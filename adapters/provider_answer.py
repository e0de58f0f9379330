"""How a request to the provider fared, for those that log and count it. No input, no output."""

from typing import Literal

from msgspec import Struct

Operation = Literal["place_call", "get_call", "get_usage", "get_insight", "control_recording"]


class ProviderAnswer(Struct, frozen=True, kw_only=True):
    """How one request fared. `status` is None where no whole answer came; `seconds` count from the moment of sending.

    `code` is the provider's own where it refused; `call_id` of the call that was asked for, or that it accepted.
    """

    operation: Operation
    call_id: str | None
    status: int | None
    code: str | None
    seconds: float
