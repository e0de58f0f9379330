"""Bundles: what the ledger has on a call, a person or a campaign, with proofs, for people who do not trust us.

`verifier/` goes into each bundle as one file, `verify.py`. So it knows nothing of Dialtrail, and uses Python's standard
library and `cryptography` alone.
"""
