#!/usr/bin/env bash
# openapi-core 0.23.1 (PyPI), which validates answers against an OpenAPI document, seen 2026-11-30 with Python 3.11.
#
# A response header whose schema says `type: integer` is read with Python's int(): it may have underscores, a plus
# sign, spaces around it and digits of any script. `1.0`, which JSON Schema takes for an integer in a body, is refused
# in a header. And a response that the document describes without any content may have whatever body it likes: a 204
# with a page of HTML is valid. A validator that is content says less than one thinks about both.
#
# Seen:
#   header 7: valid
#   header 1_0: valid
#   header +7: valid
#   header U+0667: valid
#   header 1.0: HeaderValidationError
#   body 1.0: valid
#   204 with a body: valid
set -euo pipefail
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check openapi-core==0.23.1
cat > seen.py <<'P'
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

ORIGIN = "http://localhost"
integer = {"type": "integer"}
body = {"application/json": {"schema": {"type": "object", "properties": {"n": integer}}}}
answers = {
    "200": {"description": "A count", "headers": {"X-Count": {"schema": integer}}, "content": body},
    "204": {"description": "Nothing"},
}
document = OpenAPI.from_dict({
    "openapi": "3.1.0",
    "info": {"title": "Counts", "version": "1"},
    "servers": [{"url": ORIGIN}],
    "paths": {"/count": {"get": {"responses": answers}}},
})


def verdict(status, body, headers=None, content_type="application/json"):
    response = MockResponse(data=body, status_code=status, headers=headers or {}, content_type=content_type)
    try:
        document.validate_response(MockRequest(ORIGIN, "get", "/count"), response)
    except Exception as error:
        return type(error).__name__
    return "valid"


for name, count in (("7", "7"), ("1_0", "1_0"), ("+7", "+7"), ("U+0667", "\u0667"), ("1.0", "1.0")):
    print(f"header {name}:", verdict(200, b"{}", {"X-Count": count}))
print("body 1.0:", verdict(200, b'{"n": 1.0}'))
print("204 with a body:", verdict(204, b"<p>Hello</p>", content_type="text/html"))
P
cat > expected <<'P'
header 7: valid
header 1_0: valid
header +7: valid
header U+0667: valid
header 1.0: HeaderValidationError
body 1.0: valid
204 with a body: valid
P
venv/bin/python seen.py > seen
diff expected seen && echo "as it was: see the head of $0"
