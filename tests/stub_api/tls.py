"""Certificates for the stub, made for the length of a test run: sound ones and wrong ones."""

from __future__ import annotations

import functools
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

__all__ = ["HOST", "authority", "ca_file", "context", "self_signed"]

HOST = "127.0.0.1"


@functools.cache
def authority() -> trustme.CA:
    """Give the authority that tests hand over as ``api.ca_file``."""
    return trustme.CA()


def ca_file(folder: Path) -> Path:
    """Write the authority's certificate as a PEM file."""
    path = folder / "authority.pem"
    authority().cert_pem.write_to_path(path)
    return path


def context(
    *names: str,
    days: tuple[int, int] = (-1, 1),
    signer: trustme.CA | None = None,
    newest: ssl.TLSVersion | None = None,
) -> ssl.SSLContext:
    """Give what a server needs to show a certificate for ``names`` (the stub's own address).

    ``days``: valid from and to, counted from today. ``newest``: speak nothing newer.
    """
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    begins, ends = (datetime.now(UTC) + timedelta(days=day) for day in days)
    issued = (signer or authority()).issue_cert(
        *(names or (HOST,)), not_before=begins, not_after=ends
    )
    issued.configure_cert(served)
    if newest is not None:
        served.set_ciphers("ALL:@SECLEVEL=0")
        served.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        served.maximum_version = newest
    return served


def self_signed() -> ssl.SSLContext:
    """Give a server whose certificate nobody signed but itself."""
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    itself = trustme.CA()
    with itself.cert_pem.tempfile() as cert, itself.private_key_pem.tempfile() as key:
        served.load_cert_chain(cert, key)
    return served
