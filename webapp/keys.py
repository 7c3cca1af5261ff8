"""Which keys may have signed a token. Each key belongs to one algorithm, whatever a token's header says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate
from jwt.algorithms import ECAlgorithm, HMACAlgorithm, RSAAlgorithm

from core.settings import Settings, SettingsError
from webapp.key_set import KeySet

SECRET, RSA, EC = "HS256", "RS256", "ES256"
ALGORITHMS = (SECRET, RSA, EC)
MIN_RSA_BITS = 2048  # RFC 7518 section 3.3

_PEM = re.compile(r"-----BEGIN (PUBLIC KEY|CERTIFICATE)-----.*?-----END \1-----", re.DOTALL)


class KeyRing:
    """All keys of the settings: secrets, public keys, and the key set at a URL."""

    def __init__(self, settings: Settings) -> None:
        self._own = [_secret(text) for text in settings.jwt_secrets()]
        if settings.jwt_public_key:
            self._own += read_public_keys(settings.jwt_public_key)
        self._set = KeySet(settings.jwt_jwks_url) if settings.jwt_jwks_url else None

    def candidates(self, header: dict[str, Any]) -> Iterator[jwt.PyJWK]:
        """Yield the keys that may have signed a token with this header, ours first.

        Raises ``KeysUnavailable`` when only a key set can tell and its server has never answered.
        """
        algorithm = header.get("alg")
        yield from (key for key in self._own if key.algorithm_name == algorithm)
        if self._set is not None and algorithm in (RSA, EC):
            # A key is of one algorithm: a public key never passes for an HS256 secret.
            yield from (
                key
                for key in self._set.find(header.get("kid"))
                if key.algorithm_name == algorithm and _is_strong(key.key)
            )


def read_public_keys(pem: str) -> list[jwt.PyJWK]:
    r"""Return the public keys in one or more PEM blocks; a platform's one-line ``\n`` counts as a line break.

    Raises ``SettingsError`` for anything but RSA of 2048 bits or more and P-256.
    """
    blocks = list(_PEM.finditer(pem.replace("\\n", "\n")))
    if not blocks:
        raise SettingsError("JWT_PUBLIC_KEY holds no PEM block (-----BEGIN PUBLIC KEY-----)")
    return [_public_key(block[0], is_certificate=block[1] == "CERTIFICATE") for block in blocks]


def _public_key(pem: str, *, is_certificate: bool) -> jwt.PyJWK:
    try:
        data = pem.encode()
        key = load_pem_x509_certificate(data).public_key() if is_certificate else load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise SettingsError("JWT_PUBLIC_KEY cannot be read as a public key") from exc
    if not _is_strong(key):
        raise SettingsError("JWT_PUBLIC_KEY must be RSA of 2048 bits or more (RS256) or P-256 (ES256)")
    if isinstance(key, RSAPublicKey):
        return jwt.PyJWK(RSAAlgorithm.to_jwk(key, as_dict=True), RSA)
    assert isinstance(key, EllipticCurvePublicKey)  # noqa: S101 - nothing else is strong
    return jwt.PyJWK(ECAlgorithm.to_jwk(key, as_dict=True), EC)


def _is_strong(key: Any) -> bool:
    if isinstance(key, RSAPublicKey):
        return key.key_size >= MIN_RSA_BITS
    return isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1)


def _secret(text: str) -> jwt.PyJWK:
    return jwt.PyJWK(HMACAlgorithm.to_jwk(text, as_dict=True), SECRET)
