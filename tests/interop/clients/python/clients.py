"""What all the scripts in this folder share: where the host is, how a case is told, and a wire that can be cut."""

import os
import select
import socket
import sys
import threading
import time
import traceback

MANAGER = ("127.0.0.1", int(os.environ["UCX_MANAGER_PORT"]))
HTTP = ("127.0.0.1", int(os.environ["UCX_HTTP_PORT"]))
USER = os.environ["UCX_USER"]
SECRET = os.environ["UCX_SECRET"]
CONTEXT = os.environ.get("UCX_CONTEXT", "lib")

# No wait in a case is longer, in seconds.
PATIENCE = 20.0


class Failure(Exception):
    """What a case wanted did not hold."""


def tell(verdict, case, why=""):
    """One line for whoever runs the script."""
    text = " ".join(str(why).split())
    print(f"{verdict} {case}: {text}" if text else f"{verdict} {case}", flush=True)


def wanted(holds, *what):
    """Ends the case unless something holds."""
    if not holds:
        raise Failure(" ".join(map(str, what)) or "it does not hold")


def equal(found, expected, what="value"):
    wanted(found == expected, f"{what} is {found!r}, not {expected!r}")


def until(look, what, limit=PATIENCE):
    """Looks until it sees something, and answers it."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        seen = look()
        if seen:
            return seen
        time.sleep(0.01)
    raise Failure(f"no {what} within {limit} s")


class Cases:
    """The cases of one library, each told as it ends."""

    def __init__(self):
        self.all_held = True

    def _failed(self, name, error):
        self.all_held = False
        place = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in place if frame.filename == sys.argv[0]]
        tell("failed", name, f"{type(error).__name__}: {error} (line {lines[-1] if lines else '?'})")

    def run(self, name, work, *words):
        """Runs one case; a text that it answers is its note."""
        try:
            note = work(*words)
        except Exception as error:  # whatever a library throws is the case's failure
            self._failed(name, error)
            return False
        tell("ok", name, note if isinstance(note, str) else "")
        return True

    async def run_async(self, name, work, *words):
        try:
            note = await work(*words)
        except Exception as error:
            self._failed(name, error)
            return False
        tell("ok", name, note if isinstance(note, str) else "")
        return True

    def end(self):
        tell("end", "of the script")
        sys.stdout.flush()
        # Threads that a library leaves behind do not keep the script.
        os._exit(0 if self.all_held else 1)


class Wire:
    """A listener that passes each connection on, and can cut them all; held, it swallows what is sent."""

    def __init__(self, target):
        self.target = target
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.pairs = []
        self.accepted = 0
        self.is_held = False
        self.swallowed = 0
        self.lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            near, _ = self.listener.accept()
            far = socket.create_connection(self.target)
            with self.lock:
                self.accepted += 1
                self.pairs.append((near, far))
            threading.Thread(target=self._pass, args=(near, far), daemon=True).start()

    def _pass(self, near, far):
        other = {near: far, far: near}
        try:
            while True:
                for ready in select.select([near, far], [], [])[0]:
                    data = ready.recv(65536)
                    if not data:
                        return
                    if self.is_held:
                        self.swallowed += len(data)
                    else:
                        other[ready].sendall(data)
        except (OSError, ValueError):
            pass
        finally:
            for end in (near, far):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                end.close()

    def cut(self):
        """Ends every connection that is open."""
        with self.lock:
            pairs, self.pairs = self.pairs, []
        for near, far in pairs:
            for end in (near, far):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass


class Gateway:
    """A listener for calls of the dialplan's AGI application, one session at a time."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(PATIENCE)
        self.port = self.listener.getsockname()[1]

    def url(self, script="script"):
        return f"agi://127.0.0.1:{self.port}/{script}"

    def accept(self):
        connection, _ = self.listener.accept()
        connection.settimeout(PATIENCE)
        return connection


def originate(**headers):
    """Has the host call, without any library: what is tried is at the other end."""
    with socket.create_connection(MANAGER, timeout=PATIENCE) as connection:
        lines = connection.makefile("rw", newline="")

        def ask(action, **more):
            lines.write("".join(f"{name}: {value}\r\n" for name, value in {"Action": action, **more}.items()) + "\r\n")
            lines.flush()
            for line in lines:
                if line.startswith("Response: "):
                    return line.split(": ")[1].strip()
            raise Failure("the host closed")

        lines.readline()
        equal(ask("Login", Username=USER, Secret=SECRET, Events="off"), "Success", "the login")
        equal(ask("Originate", Context=CONTEXT, Priority="1", Async="true", **headers), "Success", "Originate")
