"""Says where a call goes: a FastAGI server, on pyst2. 7 and three digits go to the extension of the last three."""

import io
import socketserver
import sys

sys.argv = sys.argv[:1]
from asterisk.agi import AGI  # noqa: E402 - it reads the program's arguments


class Call(socketserver.StreamRequestHandler):
    def handle(self):
        agi = AGI(io.TextIOWrapper(self.rfile), io.TextIOWrapper(self.wfile, write_through=True), io.StringIO())
        dialled = agi.env["agi_extension"]
        target = {"00": "100", "01": "101"}.get(dialled[1:])
        print(f"{dialled}: {target or 'refused'}", flush=True)
        if target:
            agi.set_context("office")
            agi.set_extension(target)
            agi.set_priority(1)


class Server(socketserver.ForkingTCPServer):
    allow_reuse_address = True


with Server(("127.0.9.1", 4573), Call) as server:
    print("listening", flush=True)
    server.serve_forever()
