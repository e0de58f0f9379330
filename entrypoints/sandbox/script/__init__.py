"""What a call says: the sandbox fetches answer documents and does what they ask for."""
