"""Only what is given out for anyone to reach is public, in whatever form an address comes."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.fetch.addresses import is_allowed, is_public, may_be_reached, reached

PUBLIC = ("8.8.8.8", "1.1.1.1", "93.184.216.34", "223.5.5.5", "2606:4700:4700::1111", "2400:3200::1", "2a00:1450::1")
PRIVATE = (
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.0.1",
    "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.9", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
    "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd12:3456::1", "ff02::1", "100::1", "2001:db8::1",
    "2001::1", "2001:10::1", "2001:2::1", "2002::1", "3fff::1", "5f00::1", "4000::1", "64:ff9b:1::8.8.8.8",
)  # fmt: skip
METADATA = ("169.254.169.254", "100.100.100.200", "168.63.129.16", "fd00:ec2::254", "169.254.170.2", "fd20:ce::254")
EVERYTHING = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))

v4 = st.ip_addresses(v=4)
private_v4 = st.one_of(
    *(
        st.ip_addresses(network=network)
        for network in (
            "10.0.0.0/8",
            "127.0.0.0/8",
            "192.168.0.0/16",
            "169.254.0.0/16",
            "100.64.0.0/10",
            "172.16.0.0/12",
        )
    )
)


def wrapped(address: ipaddress.IPv4Address) -> dict[str, ipaddress.IPv6Address]:
    four = int(address)

    def six(prefix: str, shift: int = 0) -> ipaddress.IPv6Address:
        return ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) | four << shift)

    return {
        "mapped": six("::ffff:0:0"),
        "compatible": six("::"),
        "translated": six("::ffff:0:0:0"),
        "6to4": six("2002::", 80),
        "nat64": six("64:ff9b::"),
        "nat64 of a network": six("64:ff9b:1::"),
        "teredo": ipaddress.IPv6Address(int(ipaddress.IPv6Address("2001::")) | four ^ 0xFFFFFFFF),
        "teredo server": six("2001::", 64),
        "isatap": six("2400:3200::5efe:0:0"),
    }


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_reached(address: str) -> None:
    assert may_be_reached(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", [*PRIVATE, *METADATA])
def test_all_others_may_not(address: str) -> None:
    assert not may_be_reached(ipaddress.ip_address(address))


@given(private_v4)
def test_no_form_of_a_private_address_may_be_reached(address: ipaddress.IPv4Address) -> None:
    assert not may_be_reached(address)
    for form, six in wrapped(address).items():
        assert not may_be_reached(six), form


@given(st.ip_addresses())
def test_what_may_be_reached_is_global_for_python_too(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if may_be_reached(address):
        assert reached(address).is_global
        assert not reached(address).is_multicast
        assert not reached(address).is_reserved


@given(v4)
def test_a_translated_address_is_judged_as_the_one_that_is_reached(address: ipaddress.IPv4Address) -> None:
    forms = wrapped(address)
    assert reached(forms["mapped"]) == reached(forms["nat64"]) == address
    assert may_be_reached(forms["mapped"]) == may_be_reached(forms["nat64"]) == may_be_reached(address)
    for form in ("compatible", "6to4", "teredo", "nat64 of a network"):  # nobody serves pages there
        assert not may_be_reached(forms[form])


@given(private_v4)
def test_a_network_that_is_allowed_may_be_reached(address: ipaddress.IPv4Address) -> None:
    network = ipaddress.ip_network(f"{address}/24", strict=False)
    if str(address) not in METADATA and not str(address).startswith("169.254."):
        assert may_be_reached(address, [network])
        assert may_be_reached(wrapped(address)["mapped"], [network])
    outside = ipaddress.ip_network("192.0.2.0/24")
    assert not may_be_reached(address, [outside])


@pytest.mark.parametrize("address", METADATA)
def test_a_metadata_service_may_never_be_reached(address: str) -> None:
    meant = ipaddress.ip_address(address)
    assert not may_be_reached(meant, EVERYTHING)
    if isinstance(meant, ipaddress.IPv4Address):
        for form, six in wrapped(meant).items():
            if form != "teredo server":
                assert not may_be_reached(six, EVERYTHING), form


def test_an_ipv6_network_that_is_allowed_may_be_reached() -> None:
    assert may_be_reached(ipaddress.ip_address("fd12::7"), [ipaddress.ip_network("fd12::/16")])
    assert not is_allowed(ipaddress.ip_address("fd13::7"), [ipaddress.ip_network("fd12::/16"), EVERYTHING[0]])
    assert not is_public(ipaddress.ip_address("fd12::7"))
