"""Settings of all tests."""

from hypothesis import settings

from tests.examples import examples

# CI's machines are busy and shared: an example that takes long is not a failure.
settings.register_profile("dialtrail", deadline=None, max_examples=examples(100))
settings.load_profile("dialtrail")
