#!/usr/bin/env python3
"""Authlib's validator of JWT access tokens (RFC 9068) takes no token that is signed with EdDSA, and calls it expired.

Seen with Authlib 1.9.10, joserfc 1.8.0 and cryptography 50.0.2 (PyPI), Python 3.11, in November 2026.

A service that follows Authlib's documentation of `JWTBearerTokenValidator` writes `get_jwks` and nothing else. The
validator then calls `joserfc.jwt.decode(token, key=…)` without `algorithms`, so joserfc takes the algorithms that it
recommends: HS256, RS256 and ES256. `EdDSA` is none of them, nor is `Ed25519`, the name that RFC 9864 puts in its
place. The service cannot name the algorithms, short of writing `authenticate_token` anew, and all that it is told is
`invalid_token`, "expired, revoked, malformed, or invalid for other reasons": the cause is only in the exception's
`__cause__`. The same token passes with the same key set and `algorithms=["EdDSA"]`, and one by RS256 passes as it is.

What follows: a server whose tokens are EdDSA alone cannot be used with this validator by its public key. Services that
use Authlib ask by introspection (RFC 7662), or call `joserfc` themselves with the algorithm.

    python3 findings/authlib_refuses_eddsa_access_tokens.py

It installs the three packages into a temporary folder, asks nobody else, and fails if any of this has changed.
"""

import os
import subprocess
import sys
import tempfile
import time

PACKAGES = ["authlib==1.9.10", "joserfc==1.8.0", "cryptography==50.0.2"]
ISSUER = "https://keys.example.com"

EXPECTED = """\
RS256: taken
EdDSA: refused as invalid_token
EdDSA: because of UnsupportedAlgorithmError: unsupported_algorithm: Algorithm of 'EdDSA' is not recommended
Ed25519: refused as invalid_token
Ed25519: because of UnsupportedAlgorithmError: unsupported_algorithm: Algorithm of 'Ed25519' is not recommended
EdDSA, checked with algorithms=["EdDSA"]: taken
"""


def observe():
    from authlib.oauth2.rfc6750 import InvalidTokenError
    from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
    from joserfc import jwt
    from joserfc.jwk import KeySet, OKPKey, RSAKey

    def token(algorithm, key):
        now = int(time.time())
        header = {"alg": algorithm, "typ": "at+jwt", "kid": key.kid}
        claims = {
            "iss": ISSUER, "aud": ISSUER, "sub": "client", "client_id": "client", "jti": "1",
            "scope": "read", "iat": now, "exp": now + 600,
        }
        return jwt.encode(header, claims, key, algorithms=[algorithm])

    def judge(name, presented, keys):
        class Validator(JWTBearerTokenValidator):
            def get_jwks(self):
                return keys

        validator = Validator(issuer=ISSUER, resource_server=ISSUER)
        try:
            claims = validator.authenticate_token(presented)
            validator.validate_token(claims, ["read"], None)
            print(f"{name}: taken")
        except InvalidTokenError as error:
            print(f"{name}: refused as {error.error}")
            cause = error.__cause__
            print(f"{name}: because of {type(cause).__name__}: {cause}")

    rsa = RSAKey.generate_key(2048, {"kid": "rsa"})
    edwards = OKPKey.generate_key("Ed25519", {"kid": "edwards"})
    judge("RS256", token("RS256", rsa), KeySet([rsa]))
    presented = token("EdDSA", edwards)
    judge("EdDSA", presented, KeySet([edwards]))
    judge("Ed25519", token("Ed25519", edwards), KeySet([edwards]))
    jwt.decode(presented, KeySet([edwards]), algorithms=["EdDSA"])
    print('EdDSA, checked with algorithms=["EdDSA"]: taken')


def main():
    if sys.argv[1:] == ["observe"]:
        observe()
        return
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
               "--root-user-action=ignore", "--target", folder]
        subprocess.run(pip + PACKAGES, check=True)
        environment = dict(os.environ, PYTHONPATH=folder)
        seen = subprocess.run([sys.executable, "-P", "-W", "ignore", __file__, "observe"], check=True, text=True,
                              stdout=subprocess.PIPE, env=environment).stdout
    print(seen, end="")
    if seen != EXPECTED:
        sys.exit(f"This has changed. It used to be:\n{EXPECTED}")


main()
