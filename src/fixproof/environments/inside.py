"""What runs in the sandbox of a build: a way from its own loopback to the door, then uv.

Started by whatever Python is probed, so it is written for 3.6. Arguments: the door, the folder
for uv's private cache, then uv's own command line.
"""

import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress


def pump(source: socket.socket, sink: socket.socket) -> None:
    """Carry bytes one way until either end is gone."""
    with suppress(OSError):
        while True:
            chunk = source.recv(65536)
            if not chunk:
                break
            sink.sendall(chunk)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def carry(visitor: socket.socket, door: str) -> None:
    """Join one connection to the door."""
    outside = socket.socket(socket.AF_UNIX)
    with visitor, outside, suppress(OSError):
        # By descriptor: the name of a socket holds hardly a hundred characters.
        way, _, name = door.rpartition("/")
        folder = os.open(way, os.O_PATH)
        try:
            outside.connect(f"/proc/self/fd/{folder}/{name}")
        finally:
            os.close(folder)
        back = threading.Thread(target=pump, args=(outside, visitor))
        back.start()
        pump(visitor, outside)
        back.join()


def serve(listener: socket.socket, door: str) -> None:
    """Let everybody through who asks."""
    while True:
        visitor = listener.accept()[0]
        threading.Thread(target=carry, args=(visitor, door), daemon=True).start()


def main(arguments: "list[str]") -> int:
    """Open the way, run the command, return its status."""
    door, cache, *command = arguments
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    threading.Thread(target=serve, args=(listener, door), daemon=True).start()
    variables = dict(os.environ)
    variables["UV_DEFAULT_INDEX"] = f"http://127.0.0.1:{listener.getsockname()[1]}/simple"
    variables["UV_CACHE_DIR"] = os.path.join(os.getcwd(), cache)  # noqa: PTH109, PTH118 -- short
    return subprocess.call(command, env=variables)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
