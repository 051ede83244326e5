"""Makes, lists and deletes keys with the provider's own client, whose code is not touched.

    feldera_client.py URL       with the key in FELDERA_API_KEY
"""

import sys

from feldera.rest.errors import FelderaAPIError
from feldera.rest.feldera_client import FelderaClient


def refusal(ask):
    """The status and the code of the refusal that must come."""
    try:
        ask()
    except FelderaAPIError as error:
        return error.status_code, error.error_code
    raise AssertionError("it was not refused")


def main(url):
    client = FelderaClient(url)
    assert client.get_config().edition.value == "Open source"

    made = client.create_api_key("only-reads", "read")
    assert made["name"] == "only-reads" and made["api_key"].startswith("apikey:")
    assert refusal(lambda: client.create_api_key("only-reads", "read")) == (409, "DuplicateName")
    client.create_api_key("reads-and-writes")

    reader = FelderaClient(url, api_key=made["api_key"])
    for role in ("read", "write"):
        assert refusal(lambda: reader.create_api_key("another", role)) == (403, "InsufficientPermissions")
    assert refusal(lambda: reader.http.delete("/api_keys/first")) == (403, "InsufficientPermissions")

    # The class has no methods of its own for these two: they are its requests all the same.
    for key in reader.http.get("/api_keys"):
        print(key["name"], key["role"])
    client.http.delete("/api_keys/only-reads")
    assert refusal(lambda: client.http.get("/api_keys/only-reads")) == (404, "UnknownApiKey")
    assert refusal(reader.get_config) == (401, "AuthenticationFailed")
    print("only-reads deleted")


if __name__ == "__main__":
    main(sys.argv[1])
