"""Certificates for https: an authority of the emulator's own, and what it signs for the server.

A folder holds `ca.pem`, which clients are told to trust; `ca-key.pem`, the authority with its key;
and `server.pem`, the server's certificate with its key.
"""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from emulator.core.errors import EmulatorError

if TYPE_CHECKING:
    import trustme

LIFETIME = timedelta(days=397)
"""How long a server certificate is valid; some clients take none that is valid for much longer."""

SPARE = timedelta(days=30)
"""A server certificate with less time left than this is replaced at the next start."""

_OWN_NAMES = ("localhost", "127.0.0.1", "::1")


def authority(folder: Path) -> Path:
    """The certificate that clients have to trust; the authority is made if there is none."""
    with _keeping(folder):
        _authority(folder)
    return folder / "ca.pem"


def context(folder: Path, names: Iterable[str]) -> ssl.SSLContext:
    """What a server needs for https as this machine, and under further host names or addresses."""
    with _keeping(folder):
        signing = _authority(folder)
        wanted = _names(names)
        kept = folder / "server.pem"
        if not _is_good(kept, signing, wanted):
            today = datetime.now(UTC)
            leaf = signing.issue_cert(
                *sorted(wanted),
                organization_name="messaging-emulator",
                not_before=today - timedelta(days=1),
                not_after=today + LIFETIME,
            )
            _write(kept, leaf.private_key_and_cert_chain_pem.bytes())
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(kept)
        made.set_alpn_protocols(["http/1.1"])
    return made


def _authority(folder: Path) -> trustme.CA:
    import trustme

    folder.mkdir(parents=True, exist_ok=True)
    kept, shown = folder / "ca-key.pem", folder / "ca.pem"
    if not kept.exists():
        made = trustme.CA(
            path_length=0,
            organization_name="messaging-emulator",
            organization_unit_name=f"tests on {socket.gethostname()}"[:64],
        )
        _write(kept, made.private_key_pem.bytes() + made.cert_pem.bytes(), replace=False)
    pem = kept.read_bytes()
    try:
        known = trustme.CA.from_pem(pem, pem)
    except (ValueError, TypeError):
        raise EmulatorError(
            f"{kept} does not hold a certificate and its key; without the file a new one is made"
        ) from None
    certificate = known.cert_pem.bytes()
    if not shown.exists() or shown.read_bytes() != certificate:
        _write(shown, certificate, mode=0o644)
    return known


def _names(names: Iterable[str]) -> set[str]:
    """The names that a server certificate is for, in the form that certificates have."""
    wanted = {*_OWN_NAMES}
    for name in names:
        found = _in_certificates(name)
        if found is None:
            raise EmulatorError(f'--tls-name "{name}" is neither a host name nor an address')
        wanted.add(found)
    own = _in_certificates(socket.gethostname())
    return wanted | {own} if own else wanted


def _in_certificates(name: str) -> str | None:
    from ipaddress import ip_address

    import idna

    with contextlib.suppress(ValueError):
        return str(ip_address(name))
    star, bare = ("*.", name[2:]) if name.startswith("*.") else ("", name)
    try:
        return star + idna.encode(bare, uts46=True).decode()
    except idna.IDNAError:
        return None


def _is_good(kept: Path, signing: trustme.CA, wanted: set[str]) -> bool:
    """Whether a certificate is there that is signed, for these names, and for some time yet."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature

    try:
        pem = kept.read_bytes()
        known = x509.load_pem_x509_certificate(pem)
        known.verify_directly_issued_by(
            x509.load_pem_x509_certificate(signing.cert_pem.bytes()),
        )
        names = known.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (FileNotFoundError, ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    told = {str(name.value) for name in names}
    return told == wanted and known.not_valid_after_utc - datetime.now(UTC) > SPARE


def _write(path: Path, content: bytes, mode: int = 0o600, replace: bool = True) -> None:
    """Write a file whole; one that is there already is replaced, or stays and counts."""
    number, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(number, "wb") as file:
            file.write(content)
        os.chmod(part, mode)
        if replace:
            os.replace(part, path)
        else:
            with contextlib.suppress(FileExistsError):
                os.link(part, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(part)


@contextlib.contextmanager
def _keeping(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EmulatorError(
            f"cannot keep certificates in {folder}: {error.strerror};"
            " --tls-dir names another folder"
        ) from None
