"""What the provider answers when it does not do what was asked: documented codes, one envelope."""


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


def invalid_json() -> RefusalError:
    return RefusalError(400, "invalid_json", "request body is not valid JSON")


def invalid_request(message: str) -> RefusalError:
    return RefusalError(400, "invalid_request", message)


def rate_not_found() -> RefusalError:
    return RefusalError(400, "rate_not_found", "no rate for this destination")


def no_active_trunk() -> RefusalError:
    return RefusalError(400, "no_active_trunk", "no active trunk for this application")


def unauthorized() -> RefusalError:
    return RefusalError(401, "unauthorized", "missing or unknown API key")


def insufficient_balance() -> RefusalError:
    return RefusalError(402, "insufficient_balance", "balance is too low to create call")


def spend_control_exceeded() -> RefusalError:
    return RefusalError(403, "spend_control_exceeded", "outbound spend limit exceeded")


def call_not_found() -> RefusalError:
    return RefusalError(404, "call_not_found", "call not found")


def cps_limit_reached(fault: str | None = None) -> RefusalError:
    return RefusalError(429, "cps_limit_reached", "calls per second limit reached", fault=fault)


def concurrent_call_limit_reached() -> RefusalError:
    return RefusalError(429, "concurrent_call_limit_reached", "concurrent call limit reached")


def internal_error(call_id: str | None, fault: str, message: str = "could not reserve the call") -> RefusalError:
    return RefusalError(500, "internal_error", message, call_id=call_id, fault=fault)


def originate_failed(call_id: str | None, fault: str) -> RefusalError:
    return RefusalError(502, "originate_failed", "carrier refused the call", call_id=call_id, fault=fault)
