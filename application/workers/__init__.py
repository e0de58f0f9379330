"""What runs by itself beside the dialer: each has `run`, `stop` and `trouble`."""
