"""What the provider answers when it does not do what was asked: documented codes, one envelope."""

from collections.abc import Mapping

DOCUMENTED: Mapping[str, tuple[int, str]] = {
    "invalid_json": (400, "request body is not valid JSON"),
    "rate_not_found": (400, "no rate for this destination"),
    "no_active_trunk": (400, "no active trunk for this application"),
    "invalid_action": (400, "action must be start or stop"),
    "unauthorized": (401, "missing or unknown API key"),
    "insufficient_balance": (402, "balance is too low to create call"),
    "spend_control_exceeded": (403, "outbound spend limit exceeded"),
    "call_not_found": (404, "call not found"),
    "active_call_not_found": (404, "active call not found"),
    "recording_not_started": (409, "recording has not been started"),
    "call_uuid_missing": (409, "the call has no uuid yet"),
    "cps_limit_reached": (429, "calls per second limit reached"),
    "concurrent_call_limit_reached": (429, "concurrent call limit reached"),
    "internal_error": (500, "could not reserve the call"),
    "recording_start_failed": (500, "could not start the recording"),
    "recording_stop_failed": (500, "could not stop the recording"),
    "originate_failed": (502, "carrier refused the call"),
}
"""The status of each code, and what is said with it."""


class RefusalError(Exception):
    """A request that ends in the error envelope `{"error":{"code","message"}}`."""

    def __init__(self, status: int, code: str, message: str, *, call_id: str | None = None, fault: str | None = None):
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.call_id = call_id
        self.fault = fault


def envelope(code: str, message: str) -> dict[str, object]:
    return {"error": {"code": code, "message": message}}


def refusal(code: str, *, call_id: str | None = None, fault: str | None = None) -> RefusalError:
    """The refusal with one of the DOCUMENTED codes."""
    status, message = DOCUMENTED[code]
    return RefusalError(status, code, message, call_id=call_id, fault=fault)


def invalid_request(message: str) -> RefusalError:
    return RefusalError(400, "invalid_request", message)
