import fcntl
import resource
import socket
from collections.abc import Iterator

import pytest

from entrypoints.acceptors.channel import Channel, ChannelEnded, pair
from entrypoints.acceptors.process import run

SELECT_FILES_MAX = 1024


@pytest.fixture
def _many_files() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 2 * SELECT_FILES_MAX), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("_many_files")
@pytest.mark.parametrize("fd_min", [3, SELECT_FILES_MAX, SELECT_FILES_MAX + 500])
def test_the_channel_may_have_any_descriptor(fd_min: int) -> None:
    ours, theirs = pair()
    high = socket.socket(fileno=fcntl.fcntl(theirs.fileno(), fcntl.F_DUPFD_CLOEXEC, fd_min))
    theirs.close()
    ours.close()
    channel = Channel(high)
    with pytest.raises(ChannelEnded):
        run(channel)
    channel.close()
