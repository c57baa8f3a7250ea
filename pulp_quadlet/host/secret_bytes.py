"""Secrets made up on the host. What is returned goes to Podman and nowhere else."""

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
import secrets
from typing import TYPE_CHECKING

from pulp_quadlet.model.deployment import SecretKind

if TYPE_CHECKING:
    from cryptography import x509

_TEN_YEARS = dt.timedelta(days=3650)


def make(kind: SecretKind, subject: str) -> bytes:
    """A new secret of that kind. `subject` is the host name of a certificate."""
    match kind:
        case "password":
            return secrets.token_urlsafe(24).encode()
        case "django-key":
            return secrets.token_urlsafe(50).encode()
        case "fields-key":  # what cryptography.fernet wants: 32 bytes, URL-safe
            return base64.urlsafe_b64encode(secrets.token_bytes(32))
        case "token-private-key":
            return _private_key()
        case "self-signed-certificate":
            return _self_signed(subject)
        case "token-public-key":
            raise ValueError("a public key is derived from its private key")


def public_half(private: bytes) -> bytes:
    """The public key of a private one, both in PEM."""
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key(private, password=None)
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def _private_key() -> bytes:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())  # the curve of ES256
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _self_signed(subject: str) -> bytes:
    """Key and certificate in one PEM text, which nginx reads for both."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization

    private = _private_key()
    key = serialization.load_pem_private_key(private, password=None)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, subject[:64])])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())  # type: ignore[arg-type]  # the key made above is one of those meant
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + _TEN_YEARS)
        .add_extension(x509.SubjectAlternativeName([_alternative(subject)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())  # type: ignore[arg-type]  # the same
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)


def _alternative(subject: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(subject))
    except ValueError:
        return x509.DNSName(subject)
