# What every end-to-end script stands on: a private home, bench and plan writers, programs that are watched, cases.
# Never looks into the programs: it has their command line, their output and the database, as anyone has.
import argparse
import concurrent.futures
import contextlib
import json
import os
import pty
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
import traceback
import tty
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
PATIENCE_S = 120  # for one command; a run takes about 6 s on an idle host
SHORT_PLAN = {"windows": 5, "window_s": 0.3, "idle_s": 0.1, "warmups": 1, "retries": 1, "run_retries": 0}


class Absent(Exception):
    """Something this case needs is not on this machine; says what."""


def need(condition, what):
    if not condition:
        raise Absent(what)


def program_path(name):
    found = shutil.which(name)
    need(found, f"the program {name} is not installed")
    return found


# ---- TOML, as far as benches and plans need it -------------------------------------------------------------------

def toml_value(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(toml_value(one) for one in value) + "]"
    return json.dumps(value) if isinstance(value, str) else repr(value)


def toml_lines(table, name=""):
    lines = [f"{key} = {toml_value(value)}" for key, value in table.items() if not isinstance(value, dict)]
    if name and (lines or not table):
        lines.insert(0, f"[{name}]")
    for key, value in table.items():
        if isinstance(value, dict):
            lines += [""] + toml_lines(value, f"{name}.{key}" if name else key)
    return lines


def edited(table, edits):
    """`edits` maps dotted keys to values; None takes a key or a whole section away."""
    for dotted, value in edits.items():
        *path, last = dotted.split(".")
        at = table
        for step in path:
            at = at.setdefault(step, {})
        at.pop(last, None)
        if value is not None:
            at[last] = value
    return table


# ---- programs ----------------------------------------------------------------------------------------------------

class Done:
    """A command that has ended."""

    def __init__(self, argv, code, out, err, wall_s):
        self.argv, self.code, self.out, self.err, self.wall_s = argv, code, out, err, wall_s

    @property
    def json(self):
        try:
            return json.loads(self.out)
        except json.JSONDecodeError as trouble:
            raise AssertionError(f"standard output is not one JSON object ({trouble}):\n{self}") from None

    @property
    def complaint(self):
        """The last line that the program addressed to a person."""
        said = [line for line in self.err.splitlines() if line.startswith("joulerig: ")]
        assert said, f"no sentence for the person:\n{self}"
        return said[-1]

    def exits(self, code):
        assert self.code == code, f"exit code {self.code}, expected {code}:\n{self}"
        return self

    def complains(self, *patterns):
        """Exactly one sentence, in which every pattern is found, whatever the case of its letters."""
        said = [line for line in self.err.splitlines() if line.startswith("joulerig: ")]
        assert len(said) == 1, f"{len(said)} complaints instead of one:\n{self}"
        for pattern in patterns:
            assert re.search(pattern, said[0], re.IGNORECASE), f"'{pattern}' is not in the sentence:\n{self}"
        return self

    def __str__(self):
        tail = "\n".join(self.err.splitlines()[-12:])
        return (f"  command: {' '.join(map(str, self.argv))}\n  exit {self.code} after {self.wall_s:.1f} s\n"
                f"  stdout: {self.out[:1500]}\n  stderr: {tail}")


class Running:
    """A command under way; its lines are kept as they come."""

    def __init__(self, argv, env, **options):
        self.argv, self.started = argv, time.monotonic()
        options = {"stdin": subprocess.DEVNULL} | options
        self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env,
                                        **options)
        self.out, self.err = [], []
        self.changed = threading.Condition()
        self.readers = [threading.Thread(target=self._read, args=pair, daemon=True)
                        for pair in ((self.process.stdout, self.out), (self.process.stderr, self.err))]
        for reader in self.readers:
            reader.start()

    def _read(self, stream, lines):
        for line in stream:
            with self.changed:
                lines.append(line)
                self.changed.notify_all()
        with self.changed:
            self.changed.notify_all()

    def text(self, lines):
        with self.changed:
            return "".join(lines)

    def says(self, pattern, count=1, patience_s=PATIENCE_S):
        """Waits for `count` matches of `pattern` on standard error."""
        limit = time.monotonic() + patience_s
        with self.changed:
            while len(re.findall(pattern, "".join(self.err), re.MULTILINE)) < count:
                left = limit - time.monotonic()
                ended = self.process.poll() is not None and not any(r.is_alive() for r in self.readers)
                assert left > 0 and not ended, f"never said '{pattern}' {count} times:\n{''.join(self.err)}"
                self.changed.wait(min(left, 0.5))
        return self

    def signal(self, number):
        self.process.send_signal(number)
        return self

    def end(self, patience_s=PATIENCE_S):
        try:
            self.process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"did not end within {patience_s} s: {self.argv}\n{self.text(self.err)}") from None
        for reader in self.readers:
            reader.join(10)  # a grandchild may hold the pipe a little longer
        return Done(self.argv, self.process.returncode, self.text(self.out), self.text(self.err),
                    time.monotonic() - self.started)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        return self.end()


class Instrument:
    """A virtual PPK2 that stands alone, as a device node would."""

    def __init__(self, rig, options):
        self.port = rig.home / f"ppk2-{rig.number()}"
        self.process = subprocess.Popen([rig.sim, "monitor", "ppk2", "--link", self.port, *options],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert line.startswith("ready "), f"the virtual PPK2 said '{line}' with {options}"

    @property
    def selector(self):
        return f"ppk2@{self.port}"

    def unplug(self):
        # The name goes first, as with a real device: its terminal's number soon belongs to another test's bench.
        self.port.unlink(missing_ok=True)
        self.process.kill()
        self.process.wait()

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


class Rig:
    """One case's own world: home, database, bench files, and every process it started."""

    def __init__(self, bin_folder):
        self.bin = Path(bin_folder)
        self.joulerig, self.sim = self.bin / "joulerig", self.bin / "joulerig-sim"
        self.home = Path(tempfile.mkdtemp(prefix="joulerig-e2e-"))
        self.db = self.home / "runs.db"
        self.env = {key: value for key, value in os.environ.items() if not key.startswith("JOULERIG_")}
        self.env |= {"HOME": str(self.home), "LC_ALL": "C.UTF-8", "TZ": "UTC", "JOULERIG_DB": str(self.db)}
        for kind in ("CONFIG_HOME", "DATA_HOME", "STATE_HOME", "CACHE_HOME", "RUNTIME_DIR"):
            folder = self.home / "xdg" / kind.lower()
            folder.mkdir(parents=True, mode=0o700)
            self.env[f"XDG_{kind}"] = str(folder)
        self.cleanup = contextlib.ExitStack()
        self._count = 0

    def number(self):
        self._count += 1
        return self._count

    def close(self):
        self.cleanup.close()
        shutil.rmtree(self.home, ignore_errors=True)

    # -- files

    def bench(self, edits=None, base="scripted", name=None):
        """A copy of a fixture bench with some keys set (`{"world.seed": 7}`) or taken away (None)."""
        table = tomllib.loads((REPO / "fixtures/benches" / f"{base}.toml").read_text())
        file = self.home / f"{name or f'bench{self.number()}'}.toml"
        edits = {"bench.name": file.stem} | (edits or {})
        file.write_text("\n".join(toml_lines(edited(table, edits))) + "\n")
        return file

    def plan(self, **keys):
        file = self.home / f"plan{self.number()}.toml"
        file.write_text("\n".join(toml_lines({"plan": SHORT_PLAN | keys})) + "\n")
        return file

    def fake_program(self, name, script):
        """A shell script that is found before the real program of that name."""
        folder = self.home / "fake"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text("#!/bin/sh\n" + script)
        (folder / name).chmod(0o755)
        if str(folder) not in self.env["PATH"].split(":"):
            self.env["PATH"] = f"{folder}:{self.env['PATH']}"

    # -- programs

    def start(self, *args, wrap=(), env=None, **options):
        running = Running([*map(str, wrap), str(self.joulerig), *map(str, args)], self.env | (env or {}),
                          cwd=self.home, **options)
        self.cleanup.callback(running.kill)
        return running

    def run(self, *args, patience_s=PATIENCE_S, **options):
        return self.start(*args, **options).end(patience_s)

    def measure(self, bench, plan=None, *args, **options):
        return self.run("measure", "--bench", bench, "--plan", plan or self.plan(), "--json", *args, **options)

    def ppk2(self, *options):
        instrument = Instrument(self, options)
        self.cleanup.callback(instrument.close)
        return instrument

    # -- what is stored

    def rows(self, sql, *values, db=None):
        with contextlib.closing(sqlite3.connect(f"file:{db or self.db}?mode=ro", uri=True)) as database:
            return database.execute(sql, values).fetchall()

    def value(self, sql, *values, db=None):
        return self.rows(sql, *values, db=db)[0][0]

    def is_whole(self, db=None):
        # Opened for writing: what a killed process left half done in its journal is rolled back first.
        with contextlib.closing(sqlite3.connect(f"file:{db or self.db}?mode=rw", uri=True)) as database:
            (answer,), = database.execute("PRAGMA integrity_check").fetchall()
        assert answer == "ok", f"the database is damaged: {answer}"

    def stored_samples(self, run):
        """Number of samples stored of a run, which must lie end to end."""
        chunks = self.rows("SELECT first_ordinal, n FROM chunk WHERE run=? AND stream=0 ORDER BY first_ordinal", run)
        end = 0
        for first, n in chunks:
            assert first == end, f"{run}: a chunk begins at {first}, the one before ended at {end}"
            end = first + n
        return end


def notes(rig):
    """The files that say which supplies are on."""
    return list((rig.home / "xdg").rglob("left-on-*.json"))


def guards_of(pid):
    """The processes that watch over the supply of process `pid`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[1:3] == [b"power-guard", str(pid).encode()]:
            found.append(int(folder.name))
    return found


@contextlib.contextmanager
def pseudo_terminal(answer=None):
    """A port whose other end swallows everything, and says `answer(bytes)` to it."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    over = threading.Event()

    def serve():
        while not over.is_set():
            try:
                heard = os.read(master, 4096)
            except BlockingIOError:
                over.wait(0.01)
                continue
            except OSError:
                return
            if answer:
                os.write(master, answer(heard))

    os.set_blocking(master, False)
    server = threading.Thread(target=serve)
    server.start()
    try:
        yield os.ttyname(slave)
    finally:
        over.set()
        server.join()
        os.close(master)
        os.close(slave)


# ---- cases -------------------------------------------------------------------------------------------------------

CASES = []


class Shared:
    """What takes a measurement to have: made by the first case that asks, its record copied into each case's own database."""

    def __init__(self, make):
        self.make, self.lock, self.made, self.record = make, threading.Lock(), None, None

    def __call__(self, rig):
        with self.lock:
            if self.record is None:
                self.made = self.make(rig)
                self.record = sqlite3.connect(":memory:", check_same_thread=False)
                with contextlib.closing(sqlite3.connect(rig.db)) as source:
                    source.backup(self.record)
            elif not rig.db.exists():
                with contextlib.closing(sqlite3.connect(rig.db)) as target:
                    self.record.backup(target)
        return self.made


def case(name):
    """Registers a function of one Rig; the name is a sentence that could fail."""
    def register(function):
        CASES.append((name, function))
        return function
    return register


def host_is_overloaded():
    """More than two programs want each processor: the virtual bench may then fall behind the wall clock."""
    return os.getloadavg()[0] > 2 * os.cpu_count()


def attempt(function, bin_folder):
    rig = Rig(bin_folder)
    try:
        function(rig)
        return "ok", ""
    except Absent as trouble:
        return "skip", str(trouble)
    except AssertionError as trouble:
        line = traceback.extract_tb(trouble.__traceback__)[1]
        return "FAIL", f"line {line.lineno}: {trouble}"
    except Exception:  # every failure is one line and its reason
        return "FAIL", traceback.format_exc()
    finally:
        rig.close()


def one_case(name, function, bin_folder):
    """A case that fails on an overloaded host gets one more chance; what is broken fails twice."""
    begun = time.monotonic()
    kind, why = attempt(function, bin_folder)
    if kind == "FAIL" and host_is_overloaded():
        print(f"again {name} (host load {os.getloadavg()[0]:.1f})\n     " + why.replace("\n", "\n     "), flush=True)
        kind, why = attempt(function, bin_folder)
    print(f"{kind:4} {name} ({time.monotonic() - begun:.1f} s)", flush=True)
    if why:
        print("     " + why.replace("\n", "\n     "), flush=True)
    return kind


def main(jobs=1):
    """Runs the script's cases. Exit code 1: one failed; 77: the machine lacks what all of them need."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=Path, default=REPO / "build/bin", help="folder of the programs")
    parser.add_argument("--only", default="", help="run only cases whose name contains this")
    parser.add_argument("--jobs", type=int, default=jobs, help="cases at a time; they mostly wait")
    arguments = parser.parse_args()
    folder = arguments.bin.resolve()
    for name in ("joulerig", "joulerig-sim", "joulerig-board-scripted"):
        if not (folder / name).is_file():
            print(f"skip: {folder / name} is absent; build it first, or name its folder with --bin")
            sys.exit(77)
    chosen = [(name, function) for name, function in CASES if arguments.only in name]
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        kinds = list(pool.map(lambda pair: one_case(*pair, folder), chosen))
    print(f"{kinds.count('ok')} ok, {kinds.count('FAIL')} failed, {kinds.count('skip')} skipped")
    sys.exit(1 if "FAIL" in kinds else 77 if kinds and kinds.count("skip") == len(kinds) else 0)
