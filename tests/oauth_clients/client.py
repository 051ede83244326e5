"""A client and a service with Authlib: what they are told of tokens, as JSON.

Arguments: the issuer, a client's identifier and secret, and how it proves itself.
"""

import json
import sys

from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc6750 import InvalidTokenError
from authlib.oauth2.rfc7662 import IntrospectTokenValidator
from authlib.oauth2.rfc8414 import get_well_known_url
from authlib.oidc.discovery import get_well_known_url as get_openid_url
import requests

issuer, client_id, client_secret, method = sys.argv[1:]
told = {}


def discover(url):
    answer = requests.get(url, timeout=30)
    answer.raise_for_status()
    return answer.json()


metadata = discover(get_well_known_url(issuer, external=True))
told["same_metadata"] = metadata == discover(get_openid_url(issuer, external=True))
told["methods"] = [
    method in metadata[f"{endpoint}_endpoint_auth_methods_supported"]
    for endpoint in ("token", "introspection", "revocation")
]

client = OAuth2Session(client_id, client_secret, token_endpoint_auth_method=method)
token = client.fetch_token(metadata["token_endpoint"], scope="read:api-key")
told["token"] = token


def introspect(hint=None):
    url = metadata["introspection_endpoint"]
    answer = client.introspect_token(url, token["access_token"], token_type_hint=hint)
    answer.raise_for_status()
    return answer.json()


class Validator(IntrospectTokenValidator):
    """What a service that is handed tokens has to write."""

    def introspect_token(self, token_string):
        return introspect()


def judge():
    validator = Validator()
    try:
        found = validator.authenticate_token(token["access_token"])
        validator.validate_token(found, ["read:api-key"], None)
        return "good"
    except InvalidTokenError as error:
        return error.error


told["before"] = introspect("access_token")
told["judged_before"] = judge()
answer = client.get(f"{issuer}/api-keys")
told["used_before"] = answer.status_code
for _ in range(2):
    answer = client.revoke_token(metadata["revocation_endpoint"], token["access_token"])
    answer.raise_for_status()
told["after"] = introspect()
told["judged_after"] = judge()
told["used_after"] = client.get(f"{issuer}/api-keys").status_code
print(json.dumps(told))
