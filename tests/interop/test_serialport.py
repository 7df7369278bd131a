# The product's own path through libserialport: discovery, opening, locking, hang-up, with a virtual PPK2 standing in
# as /dev/ttyACM7 on a faked sysfs. Never touches the machine's own /dev or /sys.
import fcntl
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import termios
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from rig import case, guards_of, main, need, notes, pseudo_terminal  # noqa: E402

SERIAL = "F0E1D2C3B4A59687"
DATA, SHELL = "ttyACM7", "ttyACM8"


def plug(root, place, ttys, **facts):
    """A device of one or more CDC-ACM interfaces, the way the kernel shows it; `ttys` maps names to interfaces."""
    device = root / f"devices/pci0000:00/usb1/{place}"
    for tty, interface in ttys.items():
        below = device / f"{place}:1.{interface}"
        (below / "tty" / tty).mkdir(parents=True)
        (below / "bInterfaceNumber").write_text(f"{interface:02d}\n")
        (below / "tty" / tty / "device").symlink_to(f"../../../{place}:1.{interface}")
        (root / "class/tty").mkdir(parents=True, exist_ok=True)
        (root / "class/tty" / tty).symlink_to(f"../../devices/pci0000:00/usb1/{place}/{place}:1.{interface}/tty/{tty}")
    for name, text in ({"busnum": "1", "devnum": "7"} | facts).items():
        (device / name).write_text(text + "\n")


def plug_ppk2(root, data=DATA, shell=SHELL):
    plug(root, "1-1", {data: 1, shell: 3}, idVendor="1915", idProduct="c00a", product="PPK2",
         manufacturer="Nordic Semiconductor", serial=SERIAL)


def plug_board(root, tty):
    plug(root, "1-2", {tty: 0}, idVendor="2341", idProduct="0042", product="a board", manufacturer="a maker", serial="77")


def environment(rig):
    """What makes a program see the faked tree; which node is which file is still to be said."""
    library = rig.bin.parent / "tests/libjoulerig-interposer.so"
    need(library.is_file(), f"{library} is not built")
    return {"LD_PRELOAD": str(library), "JOULERIG_FAKE_SYS": str(rig.home / "sys"),
            "ASAN_OPTIONS": "verify_asan_link_order=0"}


def faked(rig, *options):
    """A virtual PPK2 and the environment in which it is /dev/ttyACM7."""
    env, instrument = environment(rig), rig.ppk2(*options)
    plug_ppk2(rig.home / "sys")
    terminal = os.path.realpath(instrument.port)
    return instrument, terminal, env | {"JOULERIG_FAKE_DEV": f"/dev/{DATA}={terminal}:/dev/{SHELL}=/dev/null"}


@case("discover finds one PPK2 on the lower of its two USB interfaces, with its serial number")
def discovery(rig):
    _, _, env = faked(rig, "--ideal")
    found = rig.run("discover", "--json", env=env).exits(0).json
    assert [(d["kind"], d["port"], d["serial"]) for d in found["monitors"]] == [("ppk2", f"/dev/{DATA}", SERIAL)], found
    ports = {p["port"]: p for p in found["ports"]}
    assert {f"/dev/{DATA}", f"/dev/{SHELL}"} <= ports.keys(), found
    assert (ports[f"/dev/{DATA}"]["vendor_id"], ports[f"/dev/{DATA}"]["product_id"]) == (0x1915, 0xC00A)


@case("a PPK2 named by serial number is opened through libserialport and measures")
def by_serial(rig):
    _, _, env = faked(rig, "--current", "5mA", "--ideal")
    done = rig.run("record", "--monitor", f"ppk2:{SERIAL}", "--volts", "3.3", "--for", "1s", "--json", env=env).exits(0)
    assert math.isclose(done.json["mean_current_A"], 5e-3, rel_tol=2e-3), done
    assert rig.value("SELECT serial FROM stream") == SERIAL


@case("an unknown serial number is answered with those that are there")
def unknown(rig):
    _, _, env = faked(rig, "--ideal")
    rig.run("record", "--monitor", "ppk2:0000", "--for", "1s", env=env).exits(3).complains("ppk2", SERIAL)


@case("the open port is locked, closed for children, raw with VMIN 1 and without HUPCL")
def flags(rig):
    _, terminal, env = faked(rig, "--current", "5mA", "--ideal")
    running = rig.start("record", "--monitor", f"ppk2@/dev/{DATA}", "--volts", "3.3", "--for", "60s", env=env)
    running.says(r"^committed", 1)
    pid = running.process.pid
    opened = [fd for fd in os.listdir(f"/proc/{pid}/fd") if os.path.realpath(f"/proc/{pid}/fd/{fd}") == terminal]
    assert opened, "the terminal is not open"
    for fd in opened:
        status = int(re.search(r"flags:\s+(\d+)", Path(f"/proc/{pid}/fdinfo/{fd}").read_text())[1], 8)
        assert status & os.O_CLOEXEC, "children inherit the port"
    ours = os.open(terminal, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        try:
            fcntl.flock(ours, fcntl.LOCK_EX | fcntl.LOCK_NB)
            raise AssertionError("the port is not locked")
        except BlockingIOError:
            pass
        _, _, control, local, _, _, characters = termios.tcgetattr(ours)
        assert characters[termios.VMIN] in (1, b"\x01"), characters[termios.VMIN]
        assert not control & termios.HUPCL and not local & (termios.ICANON | termios.ECHO)
    finally:
        os.close(ours)
    rig.run("record", "--monitor", f"ppk2@/dev/{DATA}", "--for", "1s", env=env).exits(75).complains("busy", DATA)
    running.signal(signal.SIGINT).end()


@case("a cable that is pulled ends the recording with what came before kept")
def unplugged(rig):
    instrument, _, env = faked(rig, "--current", "5mA", "--ideal")
    running = rig.start("record", "--monitor", f"ppk2@/dev/{DATA}", "--volts", "3.3", "--for", "60s", env=env)
    running.says(r"^committed", 2)
    instrument.unplug()
    running.end().exits(3)
    assert rig.stored_samples("record-1") > 0


class World:
    """A virtual bench that stands alone, as instruments and a board on a table do."""

    def __init__(self, rig):
        self.process = subprocess.Popen([rig.sim, rig.bench()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        rig.cleanup.callback(self.end)
        ready = json.loads(self.process.stdout.readline())
        self.monitor, self.link = ready["monitor"]["port"], ready["link"]["port"]

    def does(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert answer["ok"], answer

    def end(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


@case("a PPK2 that comes back under another port's name in the middle of a run is found again, and the run passes")
def renamed(rig):
    env, world = environment(rig), World(rig)
    plug_ppk2(rig.home / "sys")
    names = {DATA: world.monitor, SHELL: "/dev/null", "ttyACM9": world.monitor, "ttyACM10": "/dev/null"}
    env["JOULERIG_FAKE_DEV"] = ":".join(f"/dev/{name}={file}" for name, file in names.items())
    bench = rig.bench({"world": None, "monitor.port": f"/dev/{DATA}", "link.port": world.link})
    running = rig.start("measure", "--bench", bench, "--plan", rig.plan(window_s=1.0), "--json", env=env)
    running.says("^window 2 of")
    world.does("unplug monitor")
    shutil.rmtree(rig.home / "sys")
    plug_ppk2(rig.home / "sys", "ttyACM9", "ttyACM10")
    world.does("replug monitor")
    report = running.end().exits(0).json
    assert [one["valid"] for one in report["attempts"]].count(True) == 5, report["attempts"]
    assert any("the monitor was opened again" in one["mended"] for one in report["attempts"]), report["attempts"]
    assert set(rig.rows("SELECT serial FROM stream")) == {(SERIAL,)}


def left_on(rig, env):
    """A record that was killed together with its guard: the PPK2 still feeds the board, and a note says so."""
    running = rig.start("record", "--monitor", f"ppk2@/dev/{DATA}", "--volts", "3.3", "--for", "600s", env=env)
    running.says(r"^committed record-1 \d+")
    for guard in guards_of(running.process.pid):
        os.kill(guard, signal.SIGKILL)
    running.signal(signal.SIGKILL).end()
    assert notes(rig), "no note says that the supply is on"
    shutil.rmtree(rig.home / "sys")


@case("a supply left on is switched off where its PPK2 is now; the board that has its port's name hears nothing")
def moved(rig):
    _, terminal, env = faked(rig, "--current", "5mA", "--ideal")
    left_on(rig, env)
    heard = []
    with pseudo_terminal(lambda some: heard.append(some) or b"") as board:
        plug_ppk2(rig.home / "sys", "ttyACM9", "ttyACM10")
        plug_board(rig.home / "sys", DATA)
        env["JOULERIG_FAKE_DEV"] = f"/dev/ttyACM9={terminal}:/dev/ttyACM10=/dev/null:/dev/{DATA}={board}"
        following = rig.run("record", "--monitor", f"ppk2:{SERIAL}", "--for", "0.3s", "--json", env=env).exits(0)
    assert re.search("The supply of ppk2 on /dev/ttyACM9 had been left on .*; it is off now", following.err), str(following)
    assert not heard and not notes(rig), heard
    assert abs(following.json["mean_current_A"]) < 1e-6, str(following)


@case("a supply left on by a PPK2 that is gone leaves the board alone that has its port's name")
def replaced(rig):
    instrument, _, env = faked(rig, "--current", "5mA", "--ideal")
    left_on(rig, env)
    instrument.unplug()
    heard = []
    with pseudo_terminal(lambda some: heard.append(some) or b"") as board:
        plug_board(rig.home / "sys", DATA)
        env["JOULERIG_FAKE_DEV"] = f"/dev/{DATA}={board}"
        following = rig.run("record", "--monitor", "ppk2", env=env).exits(3).complains("no PPK2", "plug")
    assert "supply" not in following.err and not heard and not notes(rig), (heard, str(following))


main()
