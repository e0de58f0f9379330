"""What may be asked for: each command reads, decides and appends in one transaction of the ledger."""
