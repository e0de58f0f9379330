import fcntl
import resource
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from entrypoints.acceptors.acceptors import ROOT
from entrypoints.acceptors.channel import MESSAGE_BYTES_MAX, Channel, ChannelEnded, pair
from entrypoints.acceptors.messages import ORDERS, AcceptorOrders, encode
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


def test_a_message_that_comes_cut_off_is_said_in_words() -> None:
    ours, theirs = pair()
    ours.send(b"x" * (MESSAGE_BYTES_MAX + 1))
    command = [sys.executable, "-m", "entrypoints.acceptors.process", str(theirs.fileno())]
    ended = subprocess.run(command, cwd=ROOT, pass_fds=[theirs.fileno()], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith(
        "an acceptor ends: it cannot go on with the process that writes (a message x came cut"
    )
    assert ended.stderr.count("\n") == 1
    ours.close()
    theirs.close()


def test_who_ordered_is_gone_before_the_first_word_and_the_port_is_free() -> None:
    ours, theirs = pair()
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    orders = Channel(ours)
    orders.send(ORDERS, encode(AcceptorOrders(["s" * 32], 0, [], b"", 1)), listening)
    orders.close()
    channel = Channel(theirs)
    with pytest.raises(ChannelEnded):
        run(channel)
    channel.close()
    socket.create_server(("127.0.0.1", port)).close()
