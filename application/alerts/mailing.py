"""E-mail as one way to be told: messages wait in memory and on disk until a server takes them, and nobody waits for that."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from msgspec.structs import replace

from adapters.mail import Mail, Mailer, MailNotSent
from application.alerts.kept import AlertMemory, WaitingMail
from application.alerts.words import LinkOf, WrittenAlert, told, trial_message
from domain.alerting import AlertChange
from domain.instants import later

AGAIN_AFTER = timedelta(seconds=30)
AGAIN_AFTER_MAX = timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(days=3)
DOUBLED_MAX = 10

log = structlog.get_logger("dialtrail.alerts")


class Mailing:
    """Keeps what is to be sent in the memory of alerts, and sends one message after the other."""

    def __init__(
        self,
        memory: AlertMemory,
        mailer: Mailer,
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        link_of: LinkOf,
        counted: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.mailer = mailer
        self._memory = memory
        self._clock = clock
        self._new_id = new_id
        self._link_of = link_of
        self._counted = counted

    @property
    def note(self) -> str | None:
        """What is worth a look: no server takes messages; None where all is well."""
        kept = self._memory.kept
        if kept.failing_since is None:
            return None
        return (
            f"alerts cannot be sent by e-mail since {kept.failing_since:%Y-%m-%d %H:%M UTC} ({kept.failing_last}): "
            f"{len(kept.mails)} wait; once it is mended, `dialtrail alerts test` shows it"
        )

    def take(self, changes: Sequence[AlertChange]) -> None:
        """What was raised or is over is to be told."""
        self.add(told(changes, self._link_of, self._memory.kept.given_up))

    def add(self, written: WrittenAlert) -> None:
        """A message that is to be sent."""
        self._memory.add_mail(self._mail(written))

    async def send_due(self) -> bool:
        """Send the first message that is due; whether there was one. What fails is tried again later."""
        now = self._clock()
        due = next((one for one in self._memory.kept.mails if one.next_at is None or one.next_at <= now), None)
        if due is None:
            return False
        try:
            await self._send(due.mail)
        except MailNotSent as error:
            self._put_off(due, str(error))
        else:
            self._memory.settle_mail(due.mail.mail_id)
        return True

    async def send_test(self) -> None:
        """Send a message that says nothing but that it came. Raises `NotSent`."""
        await self._send(self._mail(trial_message()))

    def follow_the_clock(self) -> None:
        """Where the clock was set back, nothing waits for longer than it would have."""
        latest = later(self._clock(), AGAIN_AFTER_MAX)
        for one in self._memory.kept.mails:
            if one.next_at is not None and one.next_at > latest:
                self._memory.settle_mail(one.mail.mail_id, lambda known: replace(known, next_at=latest))

    async def _send(self, mail: Mail) -> None:
        refused = await self.mailer.send(mail)
        self._counted("sent")
        if refused:
            log.warning("a message was not taken for all recipients", refused=len(refused))
        self._memory.put(sent_at=self._clock(), failing_since=None, failing_last=None, given_up=0)

    def _put_off(self, waiting: WaitingMail, why: str) -> None:
        now, memory = self._clock(), self._memory
        log.warning("a message could not be sent", why=why, tries=waiting.tries + 1)
        self._counted("failed")
        memory.put(failing_since=memory.kept.failing_since or now, failing_last=why)
        if now - waiting.mail.made_at >= GIVEN_UP_AFTER:
            self._counted("given_up")
            memory.settle_mail(waiting.mail.mail_id)
            memory.put(given_up=memory.kept.given_up + 1)
            return
        wait = min(AGAIN_AFTER * 2 ** min(waiting.tries, DOUBLED_MAX), AGAIN_AFTER_MAX)
        again = replace(waiting, tries=waiting.tries + 1, next_at=later(now, wait))
        memory.settle_mail(waiting.mail.mail_id, lambda _: again)

    def _mail(self, written: WrittenAlert) -> Mail:
        return Mail(mail_id=self._new_id(), subject=written.subject, text=written.text, made_at=self._clock())
