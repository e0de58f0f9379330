"""A stand-in for the voice provider MiniVoice, over real HTTP, written from the provider's document alone."""

from entrypoints.sandbox.problems import SandboxSettingsError
from entrypoints.sandbox.settings import SandboxSettings
