"""Which keys may have signed a token. Each key belongs to one algorithm, whatever a token's header says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import ECAlgorithm, HMACAlgorithm, RSAAlgorithm

from core.pem_keys import is_strong, read_public_keys
from core.settings import Settings
from webapp.auth.jwks import KeySet

SECRET, RSA, EC = "HS256", "RS256", "ES256"
ALGORITHMS = (SECRET, RSA, EC)


class KeyRing:
    """All keys of the settings: secrets, public keys, and the key set at a URL."""

    def __init__(self, settings: Settings) -> None:
        self._own = [_secret(text) for text in settings.jwt_secrets()]
        if settings.jwt_public_key:
            self._own += [_public_key(key) for key in read_public_keys(settings.jwt_public_key)]
        self._set = KeySet(settings.jwt_jwks_url) if settings.jwt_jwks_url else None

    def candidates(self, header: dict[str, Any]) -> Iterator[jwt.PyJWK]:
        """Yield the keys that may have signed a token with this header, ours first.

        Raises ``KeysUnavailable`` when only a key set can tell and its server has never responded.
        """
        algorithm = header.get("alg")
        yield from (key for key in self._own if key.algorithm_name == algorithm)
        if self._set is not None and algorithm in (RSA, EC):
            # A key is of one algorithm: a public key never passes for an HS256 secret.
            yield from (
                key
                for key in self._set.find(header.get("kid"))
                if key.algorithm_name == algorithm and is_strong(key.key)
            )


def _public_key(key: RSAPublicKey | EllipticCurvePublicKey) -> jwt.PyJWK:
    if isinstance(key, RSAPublicKey):
        return jwt.PyJWK(RSAAlgorithm.to_jwk(key, as_dict=True), RSA)
    return jwt.PyJWK(ECAlgorithm.to_jwk(key, as_dict=True), EC)


def _secret(text: str) -> jwt.PyJWK:
    return jwt.PyJWK(HMACAlgorithm.to_jwk(text, as_dict=True), SECRET)
