"""Makes, lists, reads and deletes keys with a client that was made from the provider's own document.

    feldera_rest_api.py URL DOCUMENT CLIENT        with the key in FELDERA_API_KEY

DOCUMENT is the openapi.json of the provider's crate, CLIENT the folder of the package `made_client` made from it. The
client writes the requests and reads the answers; openapi-core looks at each answer, too.
"""

import importlib
import json
import os
import sys
import urllib.parse

from validate_answers import complaint, read_document

# What a server may refuse, and the document does not list.
UNLISTED = (400, 401, 403)


class Platform:
    """The operations of the document, as the holder of a key."""

    def __init__(self, url, key, document):
        self.document = document
        hooks = {"event_hooks": {"response": [self.look]}}
        self.client = made("AuthenticatedClient")(base_url=url, token=key, httpx_args=hooks)

    def look(self, answer):
        """Refuses an answer that breaks the document."""
        answer.read()
        request = answer.request
        said = complaint(
            self.document,
            {
                "method": request.method,
                "path": urllib.parse.urlsplit(str(request.url)).path,
                "status": answer.status_code,
                "headers": answer.headers.items(),
                "body": answer.text,
            },
        )
        if answer.status_code in UNLISTED:
            assert said and "ResponseNotFound" in said, f"it is listed now: {said}"
        else:
            assert not said, f"{request.method} {request.url.path}: {said}"

    def ask(self, operation, *arguments, **named):
        """What an operation answers, as the client reads it."""
        module = importlib.import_module(f"made_client.api.platform.{operation}")
        answer = module.sync_detailed(*arguments, client=self.client, **named)
        if answer.parsed is None and answer.content:
            return answer.status_code, made("ErrorResponse").from_dict(json.loads(answer.content))
        return answer.status_code, answer.parsed

    def make(self, name, **role):
        return self.ask("post_api_key", body=made("NewApiKeyRequest")(name=name, **role))


def made(name):
    """A type of the client."""
    for module in ("made_client", "made_client.models"):
        found = getattr(importlib.import_module(module), name, None)
        if found:
            return found
    raise AssertionError(f"the client has no {name}")


def main(url, document, client):
    sys.path.insert(0, client)
    # openapi-core takes no document without a check of all of it, and this one breaks the rules in other places.
    document = read_document(document, spec_validator_cls=None)
    holder = Platform(url, os.environ["FELDERA_API_KEY"], document)
    role = made("MintableKeyRole")

    status, config = holder.ask("get_config")
    assert (status, config.edition, config.allow_rust_udfs) == (200, "Open source", False)

    status, reads = holder.make("only-reads", role=role.READ)
    assert (status, reads.name) == (201, "only-reads") and reads.api_key.startswith("apikey:")
    status, writes = holder.make("writes", role=role.WRITE)
    assert status == 201
    status, error = holder.make("writes", role=role.READ)
    assert (status, error.error_code, error.details) == (409, "DuplicateName", None)
    status, error = holder.make("not a name")
    assert (status, error.error_code) == (400, "NameDoesNotMatchPattern")
    assert error.details["name"] == "not a name"

    status, keys = holder.ask("list_api_keys")
    assert status == 200
    for key in keys:
        print(key.name, key.role.value)
    status, keys = holder.ask("get_api_key", "only-reads")
    assert status == 200 and [(key.id, key.role) for key in keys] == [(reads.id, role.READ)]

    reader = Platform(url, reads.api_key, document)
    for kind in role:
        status, error = reader.make("another", role=kind)
        assert (status, error.error_code) == (403, "InsufficientPermissions")
    status, error = reader.ask("delete_api_key", "writes")
    assert (status, error.error_code) == (403, "InsufficientPermissions")

    writer = Platform(url, writes.api_key, document)
    assert writer.ask("delete_api_key", "only-reads") == (200, None)
    for operation in ("get_api_key", "delete_api_key"):
        status, error = writer.ask(operation, "only-reads")
        assert (status, error.error_code) == (404, "UnknownApiKey")
        assert error.details == {"name": "only-reads"}
    status, error = reader.ask("list_api_keys")
    assert (status, error.error_code) == (401, "AuthenticationFailed")
    print("only-reads deleted")


if __name__ == "__main__":
    main(*sys.argv[1:])
