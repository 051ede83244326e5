"""Validates recorded answers against the documents with openapi-core.

    validate_answers.py DOCUMENTS RECORDING [--every-operation]

DOCUMENTS is a folder with a YAML file a contract, RECORDING has an answer a line, as the tests write them down.
With --every-operation it also fails when an operation of a document was never answered.
"""

import json
import pathlib
import sys
import urllib.parse

from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest, MockResponse

ORIGIN = "http://localhost"
METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")


def read_document(path, **options):
    config = Config(
        spec_base_uri=ORIGIN + "/",
        extra_media_type_deserializers={"application/problem+json": json.loads},
        **options,
    )
    return OpenAPI.from_file_path(str(path), config=config)


def operations(document):
    for path in document.spec.read_value()["paths"].values():
        for method, operation in path.items():
            if method in METHODS:
                yield operation["operationId"]


def complaint(document, answer):
    """What openapi-core has against an answer, or nothing."""
    target = urllib.parse.urlsplit(answer["path"]).path
    headers = dict(answer["headers"])
    media_type = headers.get("content-type", "").split(";")[0] or "application/json"
    request = MockRequest(ORIGIN, answer["method"].lower(), target)
    response = MockResponse(
        data=answer["body"].encode() or None,
        status_code=answer["status"],
        headers=headers,
        content_type=media_type,
    )
    try:
        document.validate_response(request, response)
    except Exception as error:
        # What is wrong inside a body or a header is told by the causes only.
        said = [f"{type(error).__name__}: {error}"]
        cause = error.__cause__
        while cause is not None:
            said.append(str(cause))
            said.extend(str(inner) for inner in getattr(cause, "schema_errors", []))
            cause = cause.__cause__
        return "; ".join(said)
    return None


def main(folder, recording, *options):
    paths = sorted(pathlib.Path(folder).glob("*.yaml"))
    documents = {path.stem: read_document(path) for path in paths}
    count, complaints, seen = 0, [], set()
    for line in open(recording, encoding="utf-8"):
        answer = json.loads(line)
        seen.add((answer["contract"], answer["operation"]))
        count += 1
        said = complaint(documents[answer["contract"]], answer)
        if said:
            where = f"{answer['contract']} {answer['operation']} {answer['status']}"
            complaints.append(f"{where}: {said}")
    if "--every-operation" in options:
        for contract, document in documents.items():
            for operation in operations(document):
                if (contract, operation) not in seen:
                    complaints.append(f"{contract} {operation}: no answer of it was recorded")
    for line in sorted(set(complaints)):
        print(line)
    print(f"openapi-core: {count} answers of {len(seen)} operations, {len(complaints)} complaints")
    return 1 if complaints or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
