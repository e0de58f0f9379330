"""Settings of all tests."""

from hypothesis import settings

# CI's machines are busy and shared: an example that takes long is not a failure.
settings.register_profile("dialtrail", deadline=None)
settings.load_profile("dialtrail")
