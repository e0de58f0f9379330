"""What operators ask of subscriptions: each a command in the ledger, and what it means for the outbox."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from adapters.ledger import Ledger
from adapters.outbox_rows import Letter, OldSecret, SubscriberPlace
from adapters.signing import SECRET_BYTES, SigningSecret, made_secret
from adapters.targets import TargetRefused
from application.commands import subscriptions as commands
from application.subscriptions.places import event_before, has_lost_its_place
from application.subscriptions.reading import all_subscriptions, created_position, one_subscription
from application.subscriptions.service import Subscriptions
from domain.errors import Conflict, InvalidInput
from domain.instants import time_text
from domain.subscription import Wanted

SUBSCRIPTIONS_MAX = 100
RESENT_MAX = 10_000
OLD_SECRET_SECONDS = 86_400
OLD_SECRET_SECONDS_MAX = 30 * 86_400
OLD_SECRETS_MAX = 2


class Put(Struct, frozen=True, kw_only=True):
    """What became of a subscription; `secret` only where it was made just now, and is shown this once."""

    is_new: bool
    has_changed: bool
    secret: str | None
    position: int


class Rotated(Struct, frozen=True, kw_only=True):
    """A new secret, shown this once where it was made, and until when an old one signs beside it: None where none does."""

    secret: str | None
    old_secret_until: datetime | None
    position: int


class Asking:
    """In the name of whoever `metadata` says."""

    def __init__(
        self,
        ledger: Ledger,
        subscriptions: Subscriptions,
        new_secret: Callable[[int], bytes],
        clock: Callable[[], datetime],
    ) -> None:
        self._ledger = ledger
        self._subscriptions = subscriptions
        self._outbox = subscriptions.outbox
        self._new_secret = new_secret
        self._clock = clock

    async def put(
        self,
        subscription_id: str,
        wanted: Wanted,
        secret: str | None,
        metadata: Mapping[str, str],
        old_seconds: int = OLD_SECRET_SECONDS,
    ) -> Put:
        """Create it, or change what there is; beside a new secret the old one signs for so long. Raises `InvalidInput`, `Conflict`."""
        given = None if secret is None else SigningSecret(secret)
        try:
            await self._subscriptions.client.check(wanted.url)
        except TargetRefused as refused:
            raise InvalidInput("url", str(refused)) from None
        known = await asyncio.to_thread(all_subscriptions, self._ledger)
        state = known.get(subscription_id)
        is_new = state is None or state.ended
        if is_new and sum(not one.ended for one in known.values()) >= SUBSCRIPTIONS_MAX:
            raise Conflict(f"there are {SUBSCRIPTIONS_MAX} subscriptions already; delete one first")
        place = None if is_new else await asyncio.to_thread(self._outbox.place, subscription_id)
        made = made_secret(self._new_secret(SECRET_BYTES)) if given is None and place is None else None
        chosen = given or made
        has_new_secret = chosen is not None and (place is None or place.secret != chosen.text)
        if has_new_secret and chosen is not None:
            await self._subscriptions.apart(
                subscription_id, lambda: self._put_secret(subscription_id, chosen, old_seconds, is_new=is_new)
            )
        decide = (
            commands.create_subscription(subscription_id, wanted)
            if is_new
            else commands.change_subscription(subscription_id, wanted, has_new_secret=has_new_secret)
        )
        done = await self._ledger.execute(decide, lane="commands", metadata=metadata)
        self._subscriptions.look()
        return Put(
            is_new=is_new,
            has_changed=done.result,
            secret=None if made is None else made.text,
            position=done.position,
        )

    async def rotate(
        self, subscription_id: str, secret: str | None, old_seconds: int, metadata: Mapping[str, str]
    ) -> Rotated:
        """Sign with a new secret, and for so long with the old one, too. Raises `NotFound`, `InvalidInput`, `Conflict`."""
        chosen = made_secret(self._new_secret(SECRET_BYTES)) if secret is None else SigningSecret(secret)
        found: list[SubscriberPlace] = []

        def put() -> None:
            place = self._known_place(subscription_id, needs_place=False)
            found.append(with_secret(place, chosen.text, self._clock(), old_seconds))
            self._outbox.put_secrets(found[0])

        await self._subscriptions.apart(subscription_id, put)
        done = await self._ledger.execute(commands.renew_secret(subscription_id), lane="commands", metadata=metadata)
        until = max((old.until for old in found[0].old_secrets), default=None)
        shown = chosen.text if secret is None else None
        return Rotated(secret=shown, old_secret_until=until, position=done.position)

    async def pause(self, subscription_id: str, reason: str | None, metadata: Mapping[str, str]) -> int:
        """Deliver nothing until it is resumed; the ledger's position then. Raises `NotFound`."""
        decide = commands.pause_subscription(subscription_id, "operator", reason)
        done = await self._ledger.execute(decide, lane="commands", metadata=metadata)
        await self._subscriptions.apart(subscription_id, lambda: None)
        return done.position

    async def resume(self, subscription_id: str, metadata: Mapping[str, str]) -> int:
        """Deliver it again. Raises `NotFound`, and `Conflict` where its secret or its place is not known."""
        await asyncio.to_thread(self._known_place, subscription_id, needs_place=True)
        done = await self._ledger.execute(
            commands.resume_subscription(subscription_id), lane="commands", metadata=metadata
        )
        self._subscriptions.look()
        return done.position

    async def end(self, subscription_id: str, metadata: Mapping[str, str]) -> int:
        """Deliver nothing of it any more, and forget its secret and its tries. Raises `NotFound`."""
        done = await self._ledger.execute(
            commands.end_subscription(subscription_id), lane="commands", metadata=metadata
        )
        await self._subscriptions.apart(subscription_id, lambda: self._outbox.forget(subscription_id))
        return done.position

    async def replay(self, subscription_id: str, after: int | datetime) -> int:
        """Deliver again what was recorded after a position, or from an instant on; that position. Raises `NotFound`, `Conflict`."""

        def find() -> tuple[int, str]:
            self._known_place(subscription_id, needs_place=False)
            if isinstance(after, datetime):
                place = self._ledger.position_at(after - timedelta(microseconds=1), self._clock())
            else:
                place = after
            if place > self._ledger.position:
                raise Conflict(f"from: position {place} is after the ledger's end, {self._ledger.position}")
            return event_before(self._ledger, place)

        position, event_id = await asyncio.to_thread(find)

        def put() -> None:
            place = self._known_place(subscription_id, needs_place=False)
            reached = min(place.position, self._ledger.position)
            self._outbox.replay(subscription_id, position, event_id, reached)

        await self._subscriptions.apart(subscription_id, put)
        return position

    async def resend(self, subscription_id: str, first: int, last: int) -> int:
        """Send what was given up once more, about events from one position to another; how many. Raises `NotFound`."""
        await asyncio.to_thread(self._known_place, subscription_id, needs_place=False)
        found: list[Letter] = []

        def put() -> None:
            found.extend(self._outbox.dead(subscription_id, first, last, RESENT_MAX))
            self._outbox.put_letters(subscription_id, resent(found))

        await self._subscriptions.apart(subscription_id, put)
        return len(found)

    def _known_place(self, subscription_id: str, *, needs_place: bool) -> SubscriberPlace:
        one_subscription(self._ledger, subscription_id)
        place = self._outbox.place(subscription_id)
        if place is None:
            raise Conflict(
                f"the outbox does not know {subscription_id}: send the subscription once more, with a secret or for a new "
                "one; it is then told everything since it was created, unless replay says from where"
            )
        if needs_place and has_lost_its_place(self._ledger, place):
            raise Conflict(
                f"where {subscription_id} stood is not in this ledger, which is another backup than the outbox; "
                "choose by replay from where it is told"
            )
        return place

    def _put_secret(self, subscription_id: str, secret: SigningSecret, old_seconds: int, *, is_new: bool) -> None:
        """A new one is told from now on; one that the outbox has lost, everything since it was created."""
        place = None if is_new else self._outbox.place(subscription_id)
        if place is not None:
            self._outbox.put_secrets(with_secret(place, secret.text, self._clock(), old_seconds))
            return
        if is_new:
            self._outbox.forget(subscription_id)
        begin = self._ledger.position if is_new else created_position(self._ledger, subscription_id)
        position, event_id = event_before(self._ledger, begin)
        self._outbox.put_place(
            SubscriberPlace(subscription_id=subscription_id, secret=secret.text, position=position, event_id=event_id)
        )


def with_secret(place: SubscriberPlace, secret: str, now: datetime, old_seconds: int) -> SubscriberPlace:
    """A place with a new secret, beside which the one until now signs for so long; with 0 no old one does.

    Raises `Conflict` where too many old ones would sign.
    """
    if secret == place.secret:
        return place
    until = now + timedelta(seconds=old_seconds)
    before = [old for old in place.old_secrets if now < old.until and old.text != secret]
    old = (OldSecret(place.secret, until), *before) if old_seconds else ()
    if len(old) > OLD_SECRETS_MAX:
        raise Conflict(
            f"{OLD_SECRETS_MAX} old secrets of {place.subscription_id} sign still, one of them until "
            f"{time_text(min(one.until for one in before))}; wait for that, or end all old ones with old_secret_seconds 0"
        )
    return replace(place, secret=secret, old_secrets=old)


def resent(letters: Collection[Letter]) -> list[Letter]:
    """Letters that were given up, to be sent again: each in a lane of its own, because what is newer has been sent."""
    return [
        replace(
            one,
            lane=f"again:{one.position}.{one.nth}",
            again=True,
            tries=0,
            first_at=None,
            next_at=None,
            dead_at=None,
        )
        for one in letters
    ]
