"""Leads a caller through a menu: a FastAGI server, on pyst2."""

import io
import socketserver
import sys

sys.argv = sys.argv[:1]
from asterisk.agi import AGI, AGIException  # noqa: E402 - it reads the program's arguments

TRIES = 3


class Call(socketserver.StreamRequestHandler):
    def handle(self):
        agi = AGI(io.TextIOWrapper(self.rfile), io.TextIOWrapper(self.wfile, write_through=True), io.StringIO())
        try:
            self.lead(agi)
        except AGIException:
            print("the caller left", flush=True)

    def lead(self, agi):
        agi.answer()
        for _ in range(TRIES):
            key = agi.get_data("chime", 5000, 1)
            if key == "2":
                print("2: to sales", flush=True)
                agi.set_context("sales")
                agi.set_extension("s")
                agi.set_priority(1)
                return
            if key:
                agi.stream_file("chime")


class Server(socketserver.ForkingTCPServer):
    allow_reuse_address = True


with Server(("127.0.9.1", 4574), Call) as server:
    print("listening", flush=True)
    server.serve_forever()
