"""A web service of the office's: says where calls go, and takes what it is told of."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        dialled = parse_qs(urlsplit(self.path).query)["dialled"][0]
        target = {"00": "100", "01": "101"}.get(dialled[1:])
        print(f"{dialled}: {target or 'refused'}", flush=True)
        order = {"action": "reject", "cause": 21, "reason": f"nobody is behind {dialled}"}
        if target:
            order = {"action": "continue", "context": "office", "exten": target, "reason": f"{dialled} is {target}"}
        self.answer(json.dumps(order).encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        print(f"{self.headers.get('x-from', 'component')}: {body.decode()}", flush=True)
        self.answer(b"")

    def answer(self, body):
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


with ThreadingHTTPServer(("127.0.9.1", 8090), Service) as server:
    print("listening", flush=True)
    server.serve_forever()
