#!/usr/bin/env bash
# feldera 0.369.0 (PyPI), the Python client of a streaming engine, seen 2026-11-30 with Python 3.11.
#
# Its HTTP half sends a body that is falsy in Python as the JSON text `null`: an empty object, an empty list, 0 and
# false all arrive as null, with the content type of JSON. None and "" arrive as no body at all. Whoever sends an
# object that happens to have no members sends something that is no object, and an API that wants one refuses it.
#
# Seen:
#   {} arrives as null
#   [] arrives as null
#   0 arrives as null
#   False arrives as null
#   None arrives as nothing
#   {'a': 1} arrives as {"a": 1}
set -euo pipefail
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check feldera==0.369.0
cat > seen.py <<'P'
import http.server
import threading

from feldera.rest.feldera_client import FelderaClient

bodies = []


class Engine(http.server.BaseHTTPRequestHandler):
    def answer(self):
        bodies.append(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())
        answer = b'{"edition": "Open source", "version": "0.369.0"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = answer

    def log_message(self, *words):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Engine)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = FelderaClient(f"http://127.0.0.1:{server.server_port}", api_key="apikey:none")
for body in ({}, [], 0, False, None, {"a": 1}):
    client.http.post("/anything", body)
    print(body, "arrives as", bodies[-1] or "nothing")
P
cat > expected <<'P'
{} arrives as null
[] arrives as null
0 arrives as null
False arrives as null
None arrives as nothing
{'a': 1} arrives as {"a": 1}
P
NO_PROXY='*' venv/bin/python seen.py > seen
diff expected seen && echo "as it was: see the head of $0"
