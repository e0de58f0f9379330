"""Which of an operator's own systems requests of ours may reach."""

from pydantic import BaseModel, SecretStr

from adapters.signing import SigningSecret
from entrypoints.settings.values import TARGETS_FORM, LookupSecret, TargetNetworks
from entrypoints.settings.wire import setting


class TargetSettings(BaseModel):
    """The bounds of what users may make Dialtrail ask; part of `Settings`."""

    targets_allowed: TargetNetworks = setting(
        "DIALTRAIL_TARGETS_ALLOWED",
        (),
        "networks that subscribers and other targets of requests may lie in although private, comma-separated",
        TARGETS_FORM.removeprefix("write "),
    )
    lookup_secret: LookupSecret | None = setting(
        "DIALTRAIL_LOOKUP_SECRET",
        None,
        "what questions to campaigns' lookups, and for their agents, are signed with, by the Standard Webhooks scheme; without it nothing is signed",
        "whsec_ and 16 to 64 bytes in base64",
    )

    @property
    def lookup_signing(self) -> SigningSecret | None:
        """The secret as it signs; None where nothing is signed."""
        secret: SecretStr | None = self.lookup_secret
        return None if secret is None else SigningSecret(secret.get_secret_value())
