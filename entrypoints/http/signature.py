"""Is a delivery the provider's? Its signature says, where it is the only one and signs what it seems to sign."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from starlette.types import Scope

from adapters.minivoice_webhook import (
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    has_timestamp_form,
    is_fresh,
    verify_signature,
)
from entrypoints.http.trailers import has_trailers

NOT_SIGNED = "X-MiniVoice-Signature is missing or was not made with MINIVOICE_WEBHOOK_SECRET"
TOO_OLD = "X-MiniVoice-Timestamp is outside MINIVOICE_WEBHOOK_TOLERANCE_SECONDS"
ONCE = (("X-MiniVoice-Signature", SIGNATURE_HEADER.encode()), ("X-MiniVoice-Timestamp", TIMESTAMP_HEADER.encode()))


class SignatureCheck:
    """Checks against the secrets: the present one and, while it is set, the one before."""

    def __init__(self, secrets: Sequence[str], tolerance_seconds: float, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._secrets = secrets
        self._tolerance_seconds = tolerance_seconds

    @property
    def is_set(self) -> bool:
        """Whether there is a secret; without, nothing shows whose a delivery is."""
        return bool(self._secrets)

    def refusal(self, scope: Scope, headers: Mapping[str, str], bodies: Sequence[bytes]) -> str | None:
        """Why a delivery is not believed to be the provider's, or None.

        `bodies` are what may have been signed: the body as it came, and unpacked where it came packed.
        """
        names = [name for name, _ in scope["headers"]]
        for shown, name in ONCE:
            if names.count(name) > 1:
                return f"{shown} is there more than once; send one"
        if has_trailers(scope):
            return "the request has trailers, which no signature covers; send none"
        return self.doubt(headers, bodies)

    def doubt(self, headers: Mapping[str, str], bodies: Sequence[bytes]) -> str | None:
        """The same of a request that has each of its headers once, and no trailers."""
        timestamp, signature = headers.get(TIMESTAMP_HEADER), headers.get(SIGNATURE_HEADER)
        # A dot ends the timestamp in what is signed, so one inside it could be the body's.
        if timestamp is not None and not has_timestamp_form(timestamp):
            return "X-MiniVoice-Timestamp is not a time: unix seconds, RFC 3339 with a zone, or an HTTP date"
        for body in bodies:
            if verify_signature(self._secrets, timestamp, signature, body):
                break
        else:
            return NOT_SIGNED
        if self._tolerance_seconds and not is_fresh(timestamp, self._clock(), self._tolerance_seconds):
            return TOO_OLD
        return None
