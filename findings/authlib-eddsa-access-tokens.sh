#!/usr/bin/env bash
# Authlib's validator of JWT access tokens (RFC 9068) takes no token that is signed with EdDSA, and calls it expired.
#
# Seen with Authlib 1.9.10, joserfc 1.8.0 and cryptography 50.0.2 (PyPI), Python 3.11, in November 2026.
#
# A service that follows Authlib's documentation of `JWTBearerTokenValidator` writes `get_jwks` and nothing else. The
# validator then calls `joserfc.jwt.decode(token, key=…)` without `algorithms`, so joserfc takes the algorithms that it
# recommends: HS256, RS256 and ES256. `EdDSA` is none of them, nor is `Ed25519`, the name that RFC 9864 puts in its
# place. The service cannot name the algorithms, short of writing `authenticate_token` anew, and all that it is told is
# `invalid_token`, "expired, revoked, malformed, or invalid for other reasons": the cause is only in the exception's
# `__cause__`. The same token passes with the same key set and `algorithms=["EdDSA"]`, and one by RS256 passes as it is.
#
# What follows: a server whose tokens are EdDSA alone cannot be used with this validator by its public key. Services that
# use Authlib ask by introspection (RFC 7662), or call `joserfc` themselves with the algorithm.
#
# Seen:
#   RS256: taken
#   EdDSA: refused as invalid_token
#   EdDSA: because of UnsupportedAlgorithmError: unsupported_algorithm: Algorithm of 'EdDSA' is not recommended
#   Ed25519: refused as invalid_token
#   Ed25519: because of UnsupportedAlgorithmError: unsupported_algorithm: Algorithm of 'Ed25519' is not recommended
#   EdDSA, checked with algorithms=["EdDSA"]: taken
set -euo pipefail
head="$(sed -n 's/^#   //p' "$0")"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check authlib==1.9.10 joserfc==1.8.0 cryptography==50.0.2
cat > seen.py <<'P'
import time

from authlib.oauth2.rfc6750 import InvalidTokenError
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey, RSAKey

ISSUER = "https://keys.example.com"

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
P
seen="$(venv/bin/python -W ignore seen.py)"
echo "$seen"
[ "$seen" = "$head" ] || { echo "This has changed. It used to be:"; echo "$head"; exit 1; }
