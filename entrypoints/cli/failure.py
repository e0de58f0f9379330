"""What ends a command without success, other than what the domain already names."""

from domain.errors import DialtrailError

EXIT_SUCCESS, EXIT_FAILURE, EXIT_USAGE, EXIT_INTERRUPTED = 0, 1, 2, 130


class CommandFailed(DialtrailError):
    """It could not be done; the message is one line, and says what to do next (exit 1)."""
