# A virtual board as a test sees it: its process and sockets, its events, and a pty for the flash tool.
# Never uses anything of ours but the board process; standard library only.
import os
import pty
import select
import shutil
import socket
import subprocess
import sys
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


def marked(board, command, done):
    """Length of the one MARK window of `command`, ns, and what the pins and states did inside."""
    before = len(board.events)
    answer = board.ask(command)
    assert done in answer, (command, answer)
    board.settle()
    edges = board.pins("MARK", before)
    assert [level for _, level in edges] == [1, 0], f"{command}: MARK edges {edges}"
    (rise, _), (fall, _) = edges
    return fall - rise, [e for e in board.events[before:] if rise < e[0] < fall]


def phases_add_up(board, times, apart_ns):
    """`times` inferences take as long as their three phases alone, but for `apart_ns` each: the loop and the calls."""
    whole, inside = marked(board, f"infer {times} 0", "m-infer-done")
    parts = {}
    for phase in ("pre", "invoke", "post"):
        parts[phase], more = marked(board, f"phase {phase} {times}", "m-phase-done")
        inside += more
    assert not inside, f"something happened inside MARK: {inside}"
    assert abs(sum(parts.values()) - whole) < apart_ns * times, (whole, parts)
    assert parts["invoke"] > 10 * parts["pre"] > 0 and parts["post"] > 0, parts
    print("    one inference: %d ns; " % (whole // times) + ", ".join(f"{p} {ns / times:.0f} ns" for p, ns in parts.items()))
    before = len(board.events)
    for wrong in ("phase", "phase all 3", "phase pre 0", "sham", "sham 30001"):
        assert board.ask(wrong).startswith("e-["), wrong
    assert not board.pins("MARK", before)


def laps_of(board, command, done):
    """Microseconds between the two laps of `command` on an image that prints them."""
    answer = board.ask(command)
    laps = [int(line[len("m-lap-us-"):]) for line in answer.splitlines() if line.startswith("m-lap-us-")]
    assert len(laps) == 2 and done in answer, (command, answer)
    return laps[1] - laps[0]


def sham_idles(board, ms, most_ms=float("inf")):
    """MARK is high for about `ms` ms, in which the core is asleep, as between two commands. Where the wall is the
    time of a core asleep, a busy host makes it longer."""
    length, inside = marked(board, f"sham {ms}", "m-sham-done")
    assert 0.85 * ms <= length / 1e6 <= most_ms, f"a sham of {ms} ms took {length / 1e6} ms"
    asleep, since = 0, None
    for t, *what in inside:
        if what[:2] == ["pin", "SLEEP"]:
            asleep, since = (asleep, t) if what[2] == "1" else (asleep + t - since, None)
    assert since is None and length - asleep < 100_000, f"{asleep} of {length} ns asleep: {inside}"
    assert {what[1] for _, *what in inside if what[0] == "state"} == {"active", "idle"}, inside


def cpu_s(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def tell_verdict(tests, name, after):
    """Runs one test; true when it failed. Whatever boards it left are killed, and `after` is called on each."""
    started = time.monotonic()
    try:
        getattr(tests, name)()
        verdict = "ok"
    except (AssertionError, subprocess.SubprocessError, OSError) as error:
        verdict = f"FAILED: {error}"
    for board in list(Board.running):
        with after(board):
            board.process.kill()
        board.close()
    print(f"{verdict}  {name[5:].replace('_', ' ')}  ({time.monotonic() - started:.1f} s)", flush=True)
    return verdict != "ok"


def run_tests(kind, tools, usage, after):
    """The whole of a board's script: its arguments, what must be installed, and each `test_` method of `kind`."""
    if len(sys.argv) < 2:
        sys.exit(usage)
    for tool in tools:
        if shutil.which(tool) is None:
            print(f"{tool} is not installed; install the package {tool} to run this test")
            return 77
    tests = kind(sys.argv[1])
    wanted = sys.argv[2] if len(sys.argv) > 2 else ""
    try:
        failed = [tell_verdict(tests, name, after) for name in kind.__dict__ if name.startswith("test_") and wanted in name]
    finally:
        shutil.rmtree(tests.folder)
    return 1 if any(failed) else 0
