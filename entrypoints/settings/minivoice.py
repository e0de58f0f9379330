"""How MiniVoice is reached, and how its webhooks are known to be its own."""

from pydantic import BaseModel, SecretStr

from entrypoints.settings.values import HeaderSecret, WebAddress
from entrypoints.settings.wire import setting


class MiniVoiceSettings(BaseModel):
    """The provider's side; part of `Settings`."""

    minivoice_api_key: HeaderSecret | None = setting(
        "MINIVOICE_API_KEY", None, "your MiniVoice key; `dialtrail up` needs it", "the key as MiniVoice gave it"
    )
    webhook_secret: SecretStr | None = setting(
        "MINIVOICE_WEBHOOK_SECRET",
        None,
        "what MiniVoice signs webhooks with; without it only programs on this machine can report calls",
        "the secret MiniVoice signs with",
    )
    webhook_secret_previous: SecretStr | None = setting(
        "MINIVOICE_WEBHOOK_SECRET_PREVIOUS",
        None,
        "the secret before, while it is changed",
        "the secret that MINIVOICE_WEBHOOK_SECRET has replaced",
    )
    webhook_tolerance_seconds: float = setting(
        "MINIVOICE_WEBHOOK_TOLERANCE_SECONDS",
        0.0,
        "how old a signed delivery may be; 0: any age, because a late retry is worth more than a freshness check",
        "seconds, or 0 for any age",
        ge=0,
        allow_inf_nan=False,
    )
    minivoice_base_url: WebAddress = setting(
        "MINIVOICE_BASE_URL",
        "https://api.minivoice.eu",
        "MiniVoice's address, or the one that `dialtrail sandbox` prints",
        "it like https://api.minivoice.eu",
    )
    minivoice_timeout_seconds: float = setting(
        "MINIVOICE_TIMEOUT_SECONDS",
        10.0,
        "how long an answer to a request may take",
        "seconds above 0 and up to 600, such as 10",
        gt=0,
        le=600,
    )
    divergence_requests_a_day_max: int = setting(
        "DIALTRAIL_DIVERGENCE_REQUESTS_A_DAY_MAX",
        5_000,
        "how many requests a UTC day may be spent on asking again for calls that have ended, to find what MiniVoice says "
        "otherwise; 0: none is, and nobody looks",
        "a whole number from 0 to 1000000, such as 5000",
        ge=0,
        le=1_000_000,
    )
