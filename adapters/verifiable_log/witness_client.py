"""A log's side of C2SP's tlog-witness: have a checkpoint cosigned by somebody else, within bounds of time, size and tries."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from msgspec import Struct

from adapters.outgoing import Answered, Bounds, NotAnswered, OutgoingClient
from adapters.targets import TargetRefused
from adapters.verifiable_log.add_checkpoint import PATH, SIZE_TYPE, TEXT_TYPE, AddCheckpoint
from adapters.verifiable_log.checkpoint import read_checkpoint
from adapters.verifiable_log.lines import number
from adapters.verifiable_log.note import SignedBy, VerifierKey, joined, open_note, signature_lines, split_note
from domain.errors import InvalidInput, NotProven

REQUESTS_MAX = 3
"""Of one checkpoint to one witness: the first, and after it said twice which size it knows."""
BOUNDS = Bounds(connect_seconds=5.0, total_seconds=10.0, answer_bytes_max=16 * 1024)
WITNESSES_MAX = 16
WHY_CHARS_MAX = 200
ProveConsistency = Callable[[int, int], Awaitable[Sequence[bytes]]]
"""(old size, new size) to the proof."""


class WitnessPlace(Struct, frozen=True):
    """A witness as it is configured: its submission prefix, and the key that it cosigns with."""

    url: str
    key: VerifierKey


class NotCosigned(Exception):
    """There is no cosignature; the text says why. `is_refused`: it looked, and found that the history does not go on."""

    def __init__(self, why: str, *, is_refused: bool = False) -> None:
        super().__init__(why[:WHY_CHARS_MAX])
        self.is_refused = is_refused


class WitnessClient:
    """Asks. Which sizes witnesses know is remembered while it lives, which saves a request each."""

    def __init__(self, outgoing: OutgoingClient, *, bounds: Bounds = BOUNDS) -> None:
        self._outgoing = outgoing
        self._bounds = bounds
        self._sizes: dict[WitnessPlace, int] = {}

    async def cosign_all(
        self, witnesses: Sequence[WitnessPlace], note: bytes, prove: ProveConsistency
    ) -> Sequence[SignedBy | NotCosigned]:
        """What each of them said, in their order, all asked at the same time. Raises `InvalidInput` for too many."""
        if len(witnesses) > WITNESSES_MAX:
            raise InvalidInput("witnesses", f"are {len(witnesses)}; at most {WITNESSES_MAX} are asked")
        return await asyncio.gather(*(self._cosigned_or_not(one, note, prove) for one in witnesses))

    async def cosign(self, witness: WitnessPlace, note: bytes, prove: ProveConsistency) -> SignedBy:
        """The cosignature, which holds. Raises `NotCosigned`; and `InvalidInput` for a note that is no checkpoint."""
        size = read_checkpoint(note).size
        old = min(self._sizes.get(witness, 0), size)
        for _ in range(REQUESTS_MAX):
            proof = await prove(old, size) if old else []
            answered = await self._ask(witness, AddCheckpoint(old, proof, note))
            if answered.status == 200:
                signed = _cosignature(witness, note, answered)
                self._sizes[witness] = size
                return signed
            old = self._sizes[witness] = _known_size(answered)
            if old > size:
                raise NotCosigned(f"it knows {old} leaves, more than the {size} of this checkpoint", is_refused=True)
        raise NotCosigned(f"it named another size each time, {REQUESTS_MAX} times")

    async def _cosigned_or_not(
        self, witness: WitnessPlace, note: bytes, prove: ProveConsistency
    ) -> SignedBy | NotCosigned:
        try:
            return await self.cosign(witness, note, prove)
        except NotCosigned as error:
            return error

    async def _ask(self, witness: WitnessPlace, asked: AddCheckpoint) -> Answered:
        url, headers = witness.url.rstrip("/") + PATH, {"content-type": TEXT_TYPE}
        try:
            return await self._outgoing.send("POST", url, headers=headers, body=asked.to_bytes(), bounds=self._bounds)
        except TargetRefused as error:
            raise NotCosigned(f"it must not be asked: {error}") from None
        except NotAnswered as error:
            raise NotCosigned(error.why) from None


def _cosignature(witness: WitnessPlace, note: bytes, answered: Answered) -> SignedBy:
    """Ours among the lines that came; of others' nothing is kept. Raises `NotCosigned`."""
    if answered.is_cut:
        raise NotCosigned("its answer is too long")
    try:
        lines = signature_lines(answered.body.decode("utf-8", "replace"))
        opened = open_note(joined(split_note(note)[0], [one.text for one in lines]), [witness.key])
    except (InvalidInput, NotProven) as error:
        raise NotCosigned(f"its answer is no cosignature of this checkpoint ({error})") from None
    return opened.signed[0]


def _known_size(answered: Answered) -> int:
    """The size that a 409 names. Raises `NotCosigned` for any other answer."""
    if answered.status != 409 or answered.headers.get("content-type", "").partition(";")[0].strip() != SIZE_TYPE:
        said = ascii(answered.body[:80].decode("utf-8", "replace").strip())
        raise NotCosigned(f"it answered HTTP {answered.status}: {said}", is_refused=answered.status == 422)
    try:
        return number("size", answered.body.decode("ascii", "replace").removesuffix("\n"))
    except InvalidInput as error:
        raise NotCosigned(f"it named no size ({error})") from None
