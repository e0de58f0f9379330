"""The client of MiniVoice, as the settings say."""

from adapters.log_lines import log_provider
from adapters.minivoice_client import MiniVoiceClient
from adapters.provider_answer import ProviderAnswer
from application.metrics import Metrics
from entrypoints.settings import Settings

POSTS_AT_ONCE_MAX = 512


def provider_client(settings: Settings, metrics: Metrics) -> MiniVoiceClient:
    """A client whose every answer is counted, and told to the log. Raises `SettingsError` if there is no API key."""

    def told(answer: ProviderAnswer) -> None:
        metrics.provider_answered(answer)
        log_provider(answer)

    return MiniVoiceClient(
        settings.minivoice_base_url,
        settings.require_api_key().get_secret_value(),
        settings.minivoice_timeout_seconds,
        connections_max=POSTS_AT_ONCE_MAX,
        observe=told,
    )
