"""What would refuse to start, or go otherwise, where this version takes over an installation of an earlier one."""
