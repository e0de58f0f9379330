"""Every error that Dialtrail raises on purpose. The message says what to do next.

DialtrailError
├── InvalidInput          what was given cannot be used; names the field             (HTTP 400, exit 2)
├── NotFound              nothing is known under that name                           (HTTP 404)
├── Conflict              not possible in the present state                          (HTTP 409)
│   └── NeedsSecondPerson somebody else has to say so                               (HTTP 409)
├── NotAllowed            the caller has no such role                                (HTTP 403)
├── TooManyAtOnce         this caller has as much of this kind under way as it may   (HTTP 429)
├── SettingsError         a setting is missing or wrong; names the variable          (exit 2)
├── NotReady              a part that the answer needs is not there yet             (HTTP 503)
├── ViewsBehind           the views have not come as far as was asked for           (HTTP 503)
├── NotProven             a root, a proof or a signature of the log does not hold    (exit 1)
├── ProviderFailed        MiniVoice did not do what was asked for just now          (HTTP 502)
├── FolderInUse           another process owns the data folder                       (exit 1)
├── LedgerInUse           an earlier version owns this database for itself alone      (exit 1)
└── LedgerError
    ├── LedgerBusy        too much is waiting, or writers kept colliding: try again  (HTTP 503)
    ├── LedgerUnavailable the database refused; nothing of the command was stored    (HTTP 503)
    │   └── LedgerMoved   it was copied elsewhere and closed; nothing more is stored (HTTP 503)
    └── LedgerUnusable    the ledger must not be opened as it is                     (exit 1)
"""


class DialtrailError(Exception):
    """The root: catch this to catch all of ours."""


class InvalidInput(DialtrailError):
    """Input that cannot be used; `field` names the part at fault, as its sender wrote it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class NotFound(DialtrailError):
    """Nothing is known under the given name."""


class Conflict(DialtrailError):
    """The present state does not allow it."""


class NeedsSecondPerson(Conflict):
    """One person's word is not enough, or two persons cannot be told apart."""


class NotAllowed(DialtrailError):
    """The caller is known, but has no role that may do this."""


class SettingsError(DialtrailError):
    """A setting is missing or wrong; the message begins with the variable's name."""


class FolderInUse(DialtrailError):
    """Another process owns the data folder."""


class LedgerInUse(DialtrailError):
    """An earlier version owns this database for itself alone."""


class LedgerError(DialtrailError):
    """The ledger did not do what was asked."""


class LedgerBusy(LedgerError):
    """Too much is waiting to be written, or other writers kept winning: the same request may be tried again."""


class LedgerUnavailable(LedgerError):
    """The database refused; nothing of this command was stored, or, where the message says so, that is not known."""


class LedgerMoved(LedgerUnavailable):
    """The ledger was copied to another place and closed here: it can be read, and stores nothing more."""


class LedgerUnusable(LedgerError):
    """The ledger must not be opened as it is: its key is missing, or it was made by something else."""


class NotReady(DialtrailError):
    """A part that the answer needs is not there yet."""


class TooManyAtOnce(DialtrailError):
    """This caller has as much of this kind under way as it may."""


class ViewsBehind(DialtrailError):
    """The views have not come as far as the request asked for."""


class ProviderFailed(DialtrailError):
    """MiniVoice did not do what was asked for just now; the message begins with its code where it gave a documented one."""


class NotProven(DialtrailError):
    """A root, a proof or a signature of the verifiable log does not hold; the message says which, and of what."""
