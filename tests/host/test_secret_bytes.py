"""Made-up secrets are what their readers want."""

from __future__ import annotations

import base64

import pytest
from cryptography import x509
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import serialization

from pulp_quadlet.host.secret_bytes import make, public_half


def test_passwords_are_long_and_never_the_same() -> None:
    assert len({make("password", "") for _ in range(50)}) == 50
    assert len(make("password", "")) >= 32
    assert len(make("django-key", "")) >= 50


def test_the_fields_key_is_one_of_fernet() -> None:
    key = make("fields-key", "")
    assert len(base64.urlsafe_b64decode(key)) == 32
    assert Fernet(key).decrypt(Fernet(key).encrypt(b"x")) == b"x"


def test_the_token_keys_belong_together() -> None:
    private = make("token-private-key", "")
    public = serialization.load_pem_public_key(public_half(private))
    loaded = serialization.load_pem_private_key(private, None)
    assert public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ) == loaded.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(ValueError, match="derived"):
        make("token-public-key", "")


@pytest.mark.parametrize("subject", ["pulp.example.org", "192.0.2.1", "2001:db8::1", "x" * 70 + ".example.org"])
def test_a_certificate_is_for_its_subject(subject: str) -> None:
    pem = make("self-signed-certificate", subject)
    certificate = x509.load_pem_x509_certificate(pem)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    found = [*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))]
    assert found == [subject]
    key = serialization.load_pem_private_key(pem, None)
    encoding = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert key.public_key().public_bytes(*encoding) == certificate.public_key().public_bytes(*encoding)
