"""The verifiable log: a Merkle tree over what the ledger stores, and the texts in which others are told of it.

Nothing here reads a ledger or keeps a file: hashes come in by a `HashReader`, and texts as bytes that may be anybody's.
"""
