"""What is inflated stays within its limit, however small it comes."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.errors import FetchError
from wenyuan.fetch.inflate import inflate


def raw(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


PACKERS = {"": bytes, "identity": bytes, "gzip": gzip.compress, "X-GZip": gzip.compress, "deflate": zlib.compress}


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


@given(st.binary(max_size=3_000), st.sampled_from([*PACKERS]), st.integers(1, 500))
def test_what_was_packed_comes_back_however_it_is_cut(data: bytes, encoding: str, size: int) -> None:
    assert inflate(pieces(PACKERS[encoding](data), size), encoding, 3_000, "x") == data


def test_deflate_without_its_frame_and_gzip_in_several_parts() -> None:
    assert inflate([raw(b"hello" * 99)], "deflate", 1_000, "x") == b"hello" * 99
    assert inflate([gzip.compress(b"a") + gzip.compress(b"b")], "gzip", 1_000, "x") == b"ab"


@pytest.mark.parametrize("encoding", [*PACKERS])
def test_the_limit_is_counted_while_inflating(encoding: str) -> None:
    packed = PACKERS[encoding](bytes(20_000_000))
    tracemalloc.start()
    with pytest.raises(FetchError, match="x is larger than 100,000 bytes"):
        inflate(pieces(packed, 65_536), encoding, 100_000, "x")
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_what_breaks_off_or_is_damaged_may_be_fetched_again(encoding: str) -> None:
    packed = PACKERS[encoding](b"hello" * 1_000)
    with pytest.raises(FetchError, match="breaks off") as caught:
        inflate([packed[:-5]], encoding, 10_000, "x")
    assert caught.value.retryable
    with pytest.raises(FetchError, match="cannot be inflated"):
        inflate([packed[:12] + b"\xff" * 40], encoding, 10_000, "x")


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress"])
def test_other_encodings_are_refused(encoding: str) -> None:
    with pytest.raises(FetchError, match=f"x is sent as '{encoding}', which was not asked for"):
        inflate([b"x"], encoding, 10, "x")
