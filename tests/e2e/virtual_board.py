# A virtual board as a test sees it: its process and sockets, its events, and a pty for the flash tool.
# Never uses anything of ours but the board process; standard library only.
import os
import pty
import select
import socket
import subprocess
import threading
import time
import tty

PATIENCE_S = 60  # for one answer; a loaded machine is slow, a broken board never answers


class Board:
    """One board process: its sockets, its events, and a pty while a flash tool needs one."""

    running = []

    def __init__(self, program, *options):
        ours_uart, its_uart = socket.socketpair()
        ours_control, its_control = socket.socketpair()
        self.uart, self.control = ours_uart, ours_control
        self.process = subprocess.Popen(
            [program, "--uart-fd", str(its_uart.fileno()), "--control-fd", str(its_control.fileno()), *options],
            pass_fds=(its_uart.fileno(), its_control.fileno()), stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True)
        its_uart.close()
        its_control.close()
        Board.running.append(self)
        self.events, self.late, self.horizon, self.horizons = [], [], None, 0
        self.changed = threading.Condition()
        self.sent = b""
        threading.Thread(target=self._listen, daemon=True).start()
        self.epoch = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        self.tell(f"epoch {self.epoch}")

    def tell(self, line):
        self.control.sendall(line.encode() + b"\n")

    def _listen(self):
        rest = b""
        while piece := self._hear():
            *lines, rest = (rest + piece).split(b"\n")
            with self.changed:
                for line in lines:
                    self._note(line.decode())
                self.changed.notify_all()

    def _hear(self):
        try:
            return self.control.recv(65536)
        except OSError:
            return b""  # the board has ended; the test sees its exit code

    def _note(self, line):
        kind, stamp, *what = line.split()
        stamp = int(stamp)
        if kind == "L":
            self.late.append(stamp)
            return
        assert kind in "EH", f"unknown line from the board: {line}"
        assert self.horizon is None or stamp >= self.horizon, f"{line} lies before the horizon {self.horizon}"
        self.horizon = stamp
        if kind == "H":
            self.horizons += 1
        else:
            self.events.append((stamp, *what))

    def wait(self, what, true):
        """Waits until `true(self)`; events only ever grow."""
        deadline = time.monotonic() + PATIENCE_S
        with self.changed:
            while not true(self):
                left = deadline - time.monotonic()
                assert left > 0 and self.changed.wait(left), f"no {what}; last events {self.events[-5:]}"

    def pins(self, name, since=0):
        return [(t, int(what[2])) for t, *what in self.events[since:] if what[0] == "pin" and what[1] == name]

    def states(self, since=0):
        return [what[1] for _, *what in self.events[since:] if what[0] == "state"]

    def for_long(self, state, seconds):
        """The board has been in `state` for so much of world time."""
        return self.states()[-1:] == [state] and self.horizon > self.events[-1][0] + seconds * 1e9

    def read_until(self, end, limit_s=PATIENCE_S):
        deadline = time.monotonic() + limit_s
        while end not in self.sent:
            ready = select.select([self.uart], [], [], max(0.0, deadline - time.monotonic()))[0]
            assert ready, f"no {end!r} within {limit_s} s, only {self.sent!r}"
            self.sent += self.uart.recv(65536)
        answer, self.sent = self.sent.split(end, 1)
        return (answer + end).decode("ascii", "replace")

    def ask(self, command):
        self.uart.sendall(command.encode() + b"%")
        return self.read_until(b"m-ready\r\n")

    def ask_nothing(self):
        self.uart.sendall(b"name%")
        return not select.select([self.uart], [], [], 0.3)[0]

    def settle(self):
        """Until every event of the last answer has been reported: the horizon is past it, and the core sleeps."""
        answered = time.clock_gettime_ns(time.CLOCK_MONOTONIC) - self.epoch
        self.wait("the core to idle", lambda b: b.horizon > answered and b.states()[-1:] == ["idle"])

    def boot(self, line="power on 5.0"):
        self.sent = b""
        self.tell(line)
        answer = self.read_until(b"m-ready\r\n")
        self.settle()
        return answer

    def close(self):
        """Only by closing the control socket: the board has to notice."""
        self.control.shutdown(socket.SHUT_RDWR)
        code = self.process.wait(PATIENCE_S)
        Board.running.remove(self)
        self.control.close()
        self.uart.close()
        return code, self.process.stderr.read()


class Bridge(threading.Thread):
    """A pty whose opening resets the board, as DTR does on the real one."""

    def __init__(self, board):
        super().__init__(daemon=True)
        self.board = board
        self.master, slave = pty.openpty()
        tty.setraw(slave)
        self.path = os.ttyname(slave)
        os.close(slave)
        self.over = threading.Event()
        self.start()

    def run(self):
        is_open = False
        serial = self.board.uart.fileno()
        while not self.over.is_set():
            hung_up = select.poll()
            hung_up.register(self.master, 0)
            opened = not hung_up.poll(0)
            if opened and not is_open:
                self.board.tell("reset")
            is_open = opened
            ready = select.select([serial, self.master] if opened else [serial], [], [], 0.002)[0]
            if self.master in ready:
                self.from_tool()
            if serial in ready:
                piece = os.read(serial, 4096)
                if is_open:
                    os.write(self.master, piece)

    def from_tool(self):
        try:
            self.board.uart.sendall(os.read(self.master, 4096))
        except OSError:
            pass  # closed since it was seen open

    def close(self):
        self.over.set()
        self.join()
        os.close(self.master)


def avrdude(board, *operation, part="atmega2560"):
    bridge = Bridge(board)
    try:
        return subprocess.run(["avrdude", "-p", part, "-c", "wiring", "-P", bridge.path, "-b", "115200", "-D",
                               *operation], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=240)
    finally:
        bridge.close()


def flash(board, image):
    started = time.monotonic()
    done = avrdude(board, "-U", f"flash:w:{image}:i")
    assert done.returncode == 0 and "verified" in done.stdout, done.stdout
    print(f"    flashed {os.path.basename(image)} in {time.monotonic() - started:.2f} s")
