#!/usr/bin/env bash
# Authlib finds the metadata of an authorization server without an authorization endpoint invalid (RFC 8414).
#
# Seen with Authlib 1.9.10 (PyPI), Python 3.11, in November 2026.
#
# RFC 8414, section 2, asks for `response_types_supported`, an array of the response types that the server supports, and
# allows a server to have no authorization endpoint. A server that knows `client_credentials` alone supports none of
# them, so `[]` is what it can truly say. `AuthorizationServerMetadata.validate()` takes the empty array for a member that
# is missing, in the same words, although it knows that no authorization endpoint is needed. It is satisfied by
# `["none"]`, a response type of an endpoint that is not there.
#
# Authlib's clients do not call `validate()` by themselves, so tokens are got, introspected and revoked all the same.
#
# Seen:
#   no member: "response_types_supported" is required
#   []: "response_types_supported" is required
#   ['none']: valid
set -euo pipefail
head="$(sed -n 's/^#   //p' "$0")"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check authlib==1.9.10
cat > seen.py <<'P'
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata

metadata = {
    "issuer": "https://keys.example.com",
    "token_endpoint": "https://keys.example.com/oauth/token",
    "grant_types_supported": ["client_credentials"],
}
for name, more in [
    ("no member", {}),
    ("[]", {"response_types_supported": []}),
    ("['none']", {"response_types_supported": ["none"]}),
]:
    try:
        AuthorizationServerMetadata(metadata | more).validate()
        print(f"{name}: valid")
    except ValueError as error:
        print(f"{name}: {error}")
P
seen="$(venv/bin/python -W ignore seen.py)"
echo "$seen"
[ "$seen" = "$head" ] || { echo "This has changed. It used to be:"; echo "$head"; exit 1; }
