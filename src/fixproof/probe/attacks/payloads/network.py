"""Reach somebody: the host, its neighbours, the hypervisor's services, a name server."""

import socket
import threading

from fixproof.probe.attacks.payloads import tell

_SECONDS = 3.0


def ports(*addresses: str) -> tell.Attempts:
    """Connect to `host port` pairs by TCP, and send a datagram to each."""
    for address in addresses:
        host, port = address.split()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        yield f"tcp {host}", lambda f=family, h=host, p=port: _connect(f, (h, int(p)))
        yield f"udp {host}", lambda f=family, h=host, p=port: _send(f, (h, int(p)))


def _connect(family: int, address: tuple[str, int] | str) -> None:
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.settimeout(_SECONDS)
        connection.connect(address)


def _send(family: int, address: tuple[str, int]) -> None:
    with socket.socket(family, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", address)


def unix(*addresses: str) -> tell.Attempts:
    """Connect to unix sockets of the host; an @ stands for an abstract name."""
    for address in addresses:
        name = "\0" + address[1:] if address.startswith("@") else address
        yield address, lambda name=name: _connect(socket.AF_UNIX, name)
        yield f"{address} datagram", lambda name=name: _datagram(name)


def _datagram(name: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        try:
            sender.connect(name)
        except OSError as error:
            if error.errno == 91:  # EPROTOTYPE: reached, and of the other kind
                return
            raise


def look_up(name: str) -> tell.Attempts:
    """Ask a name server, as an unsuspecting program would: the error is its own."""
    socket.getaddrinfo(name, 80)
    yield "found", lambda: name


def own() -> tell.Attempts:
    """Serve and be served within the run."""
    yield "loopback", _loopback
    yield "pair", _pair


def _loopback() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        answers: list[bytes] = []

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                answers.append(connection.recv(5))
                connection.sendall(b"world")

        thread = threading.Thread(target=serve)
        thread.start()
        with socket.create_connection(server.getsockname(), _SECONDS) as client:
            client.sendall(b"hello")
            said = client.recv(5)
        thread.join()
        return f"{answers[0].decode()} {said.decode()}"


def _pair() -> str:
    left, right = socket.socketpair()
    with left, right:
        left.sendall(b"through")
        return right.recv(16).decode()


if __name__ == "__main__":
    tell.main({name: value for name, value in globals().items() if callable(value)})
