"""Every setting of the sandbox, once: the command's options and the control route are made from this model."""

from entrypoints.sandbox.settings.model import Live, SandboxSettings, extras
