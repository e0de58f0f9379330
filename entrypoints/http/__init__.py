"""Dialtrail over HTTP: the API for programs, the webhooks of MiniVoice, and what its calls ask for."""
