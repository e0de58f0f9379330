"""Which trouble a POST meets, chosen by seed for the n-th acceptable POST to a number; and that of other requests."""

from enum import StrEnum

from entrypoints.sandbox.chance import Chance
from entrypoints.sandbox.numbers import NumberCounts
from entrypoints.sandbox.settings import Live, SandboxSettings

LOSE_AMONG = 10
NUMBERS_KEPT_MAX = 500_000


class Fault(StrEnum):
    REFUSED_429 = "refused_429"
    ERROR_500 = "error_500"
    ERROR_500_CALL_EXISTS = "error_500_call_exists"
    ERROR_502 = "error_502"
    ERROR_502_CALL_EXISTS = "error_502_call_exists"
    LOST_RESPONSE = "lost_response"
    TIMEOUT = "timeout"
    SLOW = "slow"
    READ_ERROR = "read_error"
    READ_SLOW = "read_slow"
    RECORDING = "recording"


class Faults:
    def __init__(self, live: Live, chance: Chance) -> None:
        self._live = live
        self._chance = chance
        self._turns = NumberCounts(NUMBERS_KEPT_MAX)
        self.arm()

    def arm(self) -> None:
        """Choose anew which of the next accepted POSTs lose their response (`lose_responses`)."""
        wanted = self._live.settings.lose_responses
        places = sorted(range(LOSE_AMONG * wanted), key=lambda place: self._chance.roll("lose", place))
        self._lost_places = frozenset(places[:wanted])
        self._accepted = 0

    def next_for(self, to_number: str) -> Fault | None:
        """Called once for each POST that passed every check."""
        turn = self._turns.add(to_number)
        fault = self._chosen(self._live.settings, (to_number, turn))
        if fault is None or fault is Fault.SLOW:
            self._accepted += 1
            if self._accepted - 1 in self._lost_places:
                return Fault.LOST_RESPONSE
        return fault

    def _chosen(self, settings: SandboxSettings, about: tuple[object, ...]) -> Fault | None:
        hits = self._chance.hits
        if hits(settings.refuse_429_rate, "429", *about):
            return Fault.REFUSED_429
        if hits(settings.error_500_rate, "500", *about):
            exists = hits(settings.error_call_exists_rate, "500 exists", *about)
            return Fault.ERROR_500_CALL_EXISTS if exists else Fault.ERROR_500
        if hits(settings.error_502_rate, "502", *about):
            exists = hits(settings.error_call_exists_rate, "502 exists", *about)
            return Fault.ERROR_502_CALL_EXISTS if exists else Fault.ERROR_502
        if hits(settings.lost_response_rate, "lost", *about):
            return Fault.LOST_RESPONSE
        if hits(settings.timeout_rate, "timeout", *about):
            return Fault.TIMEOUT
        return Fault.SLOW if hits(settings.slow_rate, "slow", *about) else None
