"""Which addresses of the internet are public: whoever may name a URL must not reach this machine or its network."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from wenyuan.fetch.types import Network

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# Services that give a machine in a cloud its credentials. No network that is allowed opens them.
_METADATA = frozenset(
    map(
        ipaddress.ip_address,
        (
            "169.254.169.254",  # AWS, Azure, Google, Oracle, OpenStack and others
            "169.254.169.253",  # AWS: names
            "169.254.170.2",  # AWS: containers
            "169.254.170.23",  # AWS: pods
            "169.254.42.42",  # Scaleway
            "169.254.0.23",  # Tencent Cloud
            "100.100.100.200",  # Alibaba Cloud
            "168.63.129.16",  # Azure, a public address
            "192.0.0.192",  # Oracle
            "fd00:ec2::254",
            "fd00:ec2::253",
            "fd00:ec2::23",
            "fd20:ce::254",  # Google
            "fd00:42::42",  # Scaleway
        ),
    )
)

# The registries of special addresses (RFC 6890 and later). `is_global` of Python 3.11 lacks some of them.
_SPECIAL = tuple(
    map(
        ipaddress.ip_network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",  # behind a provider's NAT
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",  # relays of 6to4
            "192.168.0.0/16",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "2001::/23",  # Teredo, ORCHID, benchmarks
            "2001:db8::/32",
            "2002::/16",  # 6to4
            "2620:4f:8000::/48",
            "3fff::/20",
        ),
    )
)
_UNICAST = ipaddress.IPv6Network("2000::/3")  # all that is given out of IPv6
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_ISATAP = (b"\x00\x00\x5e\xfe", b"\x02\x00\x5e\xfe")


def may_be_reached(address: IPAddress, allow: Sequence[Network] = ()) -> bool:
    """Whether `address` is public, or in a network of `allow` and no cloud's metadata service."""
    meant = reached(address)
    if _is_metadata(meant) or _is_metadata(address):
        return False
    return is_allowed(meant, allow) or is_public(meant)


def is_allowed(address: IPAddress, allow: Sequence[Network]) -> bool:
    """Whether one of the networks has the address that is reached by it."""
    meant = reached(address)
    return any(meant in network for network in allow if network.version == meant.version)


def reached(address: IPAddress) -> IPAddress:
    """The IPv4 address that is reached by an IPv6 one which a system or a network translates; else as it is."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return ipaddress.IPv4Address(address.packed[12:]) if address in _NAT64 else address


def is_public(address: IPAddress) -> bool:
    """Whether `address` is given out for anyone to reach; whatever wraps an IPv4 address otherwise is not."""
    if any(address in network for network in _SPECIAL if network.version == address.version):
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if address not in _UNICAST or address.scope_id is not None:
            return False
        if address.packed[8:12] in _ISATAP:
            return is_public(ipaddress.IPv4Address(address.packed[12:]))
    return address.is_global and not address.is_multicast and not address.is_reserved


def _is_metadata(address: IPAddress) -> bool:
    """Also where an IPv6 address carries such an IPv4 one anywhere: networks choose prefixes of their own."""
    if address in _METADATA:
        return True
    if isinstance(address, ipaddress.IPv4Address):
        return False
    if address.scope_id is not None:
        return _is_metadata(ipaddress.IPv6Address(address.packed))
    packed = address.packed
    teredo = bytes(byte ^ 0xFF for byte in packed[12:])
    shorter = (packed[n:8] + packed[9 : 9 + n - 4] for n in (5, 6, 7))  # RFC 6052: byte 8 is left out
    carried = (packed[12:], packed[2:6], packed[4:8], packed[9:13], teredo, *shorter)
    return any(ipaddress.IPv4Address(four) in _METADATA for four in carried)
