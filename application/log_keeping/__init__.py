"""The verifiable log: kept, signed and published, off the path of whatever is stored; and verified."""
