"""What ``JWT_PUBLIC_KEY`` may hold: public keys as PEM. What they verify is left to ``webapp.keys``."""

from __future__ import annotations

import re
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

MIN_RSA_BITS = 2048  # RFC 7518 section 3.3

_PEM = re.compile(r"-----BEGIN (PUBLIC KEY|CERTIFICATE)-----.*?-----END \1-----", re.DOTALL)


def read_public_keys(pem: str) -> list[RSAPublicKey | EllipticCurvePublicKey]:
    r"""Return the public keys in one or more PEM blocks; a platform's one-line ``\n`` counts as a line break.

    Raises ``ValueError`` with a sentence for anything but RSA of 2048 bits or more and P-256.
    """
    blocks = list(_PEM.finditer(pem.replace("\\n", "\n")))
    if not blocks:
        raise ValueError("this holds no PEM block (-----BEGIN PUBLIC KEY-----)")
    return [_read(block[0].encode(), is_certificate=block[1] == "CERTIFICATE") for block in blocks]


def is_strong(key: Any) -> bool:
    """Return whether tokens may be signed with the other half of this key."""
    if isinstance(key, RSAPublicKey):
        return key.key_size >= MIN_RSA_BITS
    return isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1)


def _read(pem: bytes, *, is_certificate: bool) -> RSAPublicKey | EllipticCurvePublicKey:
    try:
        key = load_pem_x509_certificate(pem).public_key() if is_certificate else load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise ValueError("this cannot be read as a public key") from exc
    if not isinstance(key, RSAPublicKey | EllipticCurvePublicKey) or not is_strong(key):
        raise ValueError("use RSA of 2048 bits or more (RS256) or P-256 (ES256)")
    return key
