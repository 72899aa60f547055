"""A guard on what URLs may reach: the address that was checked is the one that is connected to.

A name is looked up when a connection is made, every address found is judged, and the connection goes to one of these
very addresses, so a name cannot point elsewhere between check and use. Redirects make new connections and come here
again.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Collection, Sequence

from wenyuan.errors import FetchError
from wenyuan.fetch.addresses import IPAddress, is_allowed, may_be_reached
from wenyuan.fetch.types import Network

Resolve = Callable[[str, int], Sequence[str]]
"""Host and port → its addresses; OSError where there are none."""


def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses that this system has for a host, its best first."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[4][0]) for place in found))


class Guard:
    """Lets public addresses be reached at the ports of the web, and those of the networks in `allow` at any port."""

    def __init__(
        self, allow: Sequence[Network] = (), ports: Collection[int] = (80, 443), resolve: Resolve = resolve
    ) -> None:
        self._allow = tuple(allow)
        self._ports = frozenset(ports)
        self._resolve = resolve

    def addresses(self, host: str, port: int) -> list[IPAddress]:
        """The addresses of a host, all of which may be reached at this port.

        Raises:
            FetchError: the host has none, one of them is not public, or the port is none of the web.
        """
        try:
            found = [ipaddress.ip_address(address) for address in self._resolve(host, port)]
        except (OSError, ValueError) as error:  # a name that cannot be looked up for now, or only ever in another form
            raise FetchError(
                f"The host {host} is not found ({error}); check its name and the network.",
                retryable=isinstance(error, OSError),
            ) from error
        if not found:
            raise FetchError(f"The host {host} has no address; check its name.", retryable=True)
        for address in found:
            if not may_be_reached(address, self._allow):
                raise FetchError(
                    f"{host} is at {address}, which is no public address; an administrator may allow its network."
                )
        if port not in self._ports and not all(is_allowed(address, self._allow) for address in found):
            raise FetchError(f"Port {port} of {host} is none of the web; use the one of http or https.")
        return found
