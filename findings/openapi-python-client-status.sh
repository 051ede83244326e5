#!/usr/bin/env bash
# openapi-python-client 0.29.1 (PyPI), seen 2026-11-30 with Python 3.11.
#
# For a response of a media type that it has no parser for, it warns and leaves the response out. The warning is to
# name the status code, and names the address of an object in memory: with several such responses nobody can tell
# which one is meant, and two runs never print the same.
#
# Seen (the address differs):
#   Cannot parse response for status code <openapi_python_client.schema.untrusted_string.UntrustedString object at 0x…> (Unsupported content_type image/png), response will be omitted from generated client
set -euo pipefail
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check openapi-python-client==0.29.1
cat > document.yaml <<'P'
openapi: 3.1.0
info: {title: Pictures, version: 1.0.0}
paths:
  /picture:
    get:
      operationId: read_picture
      responses:
        '200':
          description: The picture
          content:
            image/png: {schema: {type: string}}
P
echo 'post_hooks: []' > config.yaml
venv/bin/openapi-python-client generate --path document.yaml --output-path made --meta none --config config.yaml > said 2>&1
grep -E 'for status code <openapi_python_client\.schema\.untrusted_string\.UntrustedString object at 0x[0-9a-f]+> \(Unsupported content_type image/png\)' said \
    || { cat said; echo "it has changed: see the head of $0"; exit 1; }
echo "as it was: see the head of $0"
