#!/usr/bin/python3
# The simulated Cortex-M4F and its firmware, flashed by an unmodified stm32flash and questioned over its serial line.
# Never uses anything of ours but the programs and the images; standard library only.
"""usage: mps2_an386_board.py BUILD_DIR [PART OF A TEST'S NAME]   (exit 77: stm32flash or QEMU is not installed)"""
import contextlib
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time
import tty

sys.dont_write_bytecode = True
from virtual_board import PATIENCE_S, Board, Bridge, laps_of, phases_add_up, run_tests, sham_idles

FLASH_AT, RAM_TOP, MEMORY_BYTES = 0x21000000, 0x20020000, 16 << 20


def stm32flash(port, *operation):
    return subprocess.run(["stm32flash", "-m", "8n1", "-b", "115200", *operation, port],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=240)


def tried(attempt):
    """stm32flash gives up a second after the last byte, which an overloaded machine may need: a person tries again."""
    for _ in range(5):
        done = attempt()
        if not any(words in done.stdout for words in ("read ACK byte", "init device", "Got NACK")):
            break
    return done


def by_tool(board, *operation):
    """stm32flash with BOOT0 high, through a pty that resets the board when it is opened."""
    bridge = Bridge(board)
    try:
        board.tell("boot 1")
        return tried(lambda: stm32flash(bridge.path, *operation))
    finally:
        bridge.close()
        board.tell("boot 0")


def flash(board, image):
    started = time.monotonic()
    done = by_tool(board, "-w", image, "-v")
    assert done.returncode == 0 and "verified" in done.stdout, done.stdout[-2000:]
    print(f"    flashed {os.path.basename(image)} in {time.monotonic() - started:.2f} s")


def infer(board, command="infer 1 0"):
    """The answer, and the length of the one MARK window, ns."""
    before = len(board.events)
    answer = board.ask(command)
    board.settle()
    edges = board.pins("MARK", before)
    assert [level for _, level in edges] == [1, 0], f"{command}: MARK edges {edges}"
    inside = [e for e in board.events[before:] if edges[0][0] < e[0] < edges[1][0]]
    assert not inside, f"{command}: something happened inside MARK: {inside}"
    return answer, edges[1][0] - edges[0][0]


def program(*code, fault=0):
    """A flash image whose reset vector points at these halfwords."""
    entry = FLASH_AT + 0x101
    vectors = [RAM_TOP, entry] + [fault or entry] * 14
    image = struct.pack("<16I", *vectors).ljust(0x100, b"\0") + struct.pack(f"<{len(code)}H", *code)
    return image.ljust(1 << 20, b"\xff").ljust(MEMORY_BYTES, b"\0")


def children(pid):
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as stat:
                state, parent = stat.read().rsplit(") ", 1)[1].split()[:2]
        except OSError:
            continue
        if int(parent) == pid and state != "Z":
            found.append(int(name))
    return found


def until(what, true):
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, f"no {what} within {PATIENCE_S} s"
        time.sleep(0.005)


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(") ", 1)[1][0] != "Z"
    except OSError:
        return False


def emulator(board):
    until("QEMU", lambda: children(board.process.pid))
    return children(board.process.pid)[0]


class Tests:
    def __init__(self, build):
        self.sim = os.path.join(build, "bin", "joulerig-sim")
        self.program = os.path.join(build, "bin", "joulerig-board-mps2-an386")
        firmware = os.path.join(build, "firmware", "mps2-an386-")
        self.boot_loader, self.energy, self.perf = (firmware + x for x in ("boot.elf", "energy.hex", "perf.hex"))
        with open(firmware + "energy.json") as manifest:
            self.manifest = json.load(manifest)
        self.folder = tempfile.mkdtemp(prefix="mps2-an386-")
        self.kept = os.path.join(self.folder, "flash.bin")
        self.flashed = False

    def energy_board(self):
        """A powered board whose flash file holds the energy image; the first caller's stm32flash puts it there."""
        b = Board(self.program, "--flash", self.kept)
        b.tell("power on 3.3")
        if not self.flashed:
            flash(b, self.energy)
            self.flashed = True
        boot = b.boot("reset")
        assert boot == "m-timestamp-mode-energy\r\nm-init-done\r\nm-ready\r\n", boot
        return b

    def start(self, *options, **more):
        """A start that is expected to fail."""
        return subprocess.run([self.program, *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, **more)

    def wild(self, image):
        path = os.path.join(self.folder, "wild.bin")
        with open(path, "wb") as file:
            file.write(image)
        b = Board(self.program, "--flash", path)
        b.tell("power on 3.3")
        b.wait("a core that runs", lambda x: x.states()[-1:] == ["active"])
        return b

    def closes(self, b):
        children_of_it = children(b.process.pid)
        code, said = b.close()
        assert code == 0, code
        assert not [pid for pid in children_of_it if alive(pid)], "QEMU has outlived the board"
        return said

    def test_energy_image_is_flashed_and_answers(self):
        b = self.energy_board()
        boot_marks = b.pins("MARK")
        assert [level for _, level in boot_marks][-2:] == [1, 0]
        assert 50_000 <= boot_marks[-1][0] - boot_marks[-2][0] <= 500_000, boot_marks
        assert b.ask("name") == "m-name-dut-[JouleRig MPS2-AN386]\r\nm-ready\r\n"
        assert f"m-model-[{self.manifest['model']}]" in b.ask("profile")
        assert b.ask("bogus 1") == "e-[Unknown command: bogus]\r\nm-ready\r\n"
        self.sleep_pin(b)
        self.power_cycle(b)
        self.reset_inside_mark(b)
        assert self.closes(b) == ""

    def test_phases_add_up_to_an_inference_and_a_sham_idles(self):
        b = self.energy_board()
        phases_add_up(b, 2, 500)
        sham_idles(b, 300)
        sham_idles(b, 1)
        infer(b, "infer 1 0")
        assert self.closes(b) == ""

    def test_a_performance_image_prints_the_laps_of_phases_and_shams(self):
        b = Board(self.program)
        b.tell("power on 3.3")
        flash(b, self.perf)
        assert "m-timestamp-mode-performance" in b.boot("reset")
        before = len(b.events)
        whole = laps_of(b, "infer 1 0", "m-infer-done")
        parts = [laps_of(b, f"phase {phase} 1", "m-phase-done") for phase in ("pre", "invoke", "post")]
        assert abs(sum(parts) - whole) < 100, (parts, whole)
        assert laps_of(b, "sham 700", "m-sham-done") >= 690_000  # longer than a turn of the laps' own counter
        assert not b.pins("MARK", before)
        self.closes(b)

    def sleep_pin(self, b):
        b.settle()
        before = len(b.events)
        b.ask("name")
        b.settle()
        levels = [level for _, level in b.pins("SLEEP", before)]
        assert levels[0] == 0 and levels == [0, 1] * (len(levels) // 2), f"SLEEP went {levels}"
        assert b.states(before) == ["active", "idle"] * (len(levels) // 2), b.states(before)
        quiet, seen = len(b.events), b.horizons
        b.wait("200 horizons", lambda x: x.horizons >= seen + 200)
        assert len(b.events) == quiet, f"an idle board is not quiet: {b.events[quiet:quiet + 4]}"

    def power_cycle(self, b):
        before = len(b.events)
        b.tell("power off")
        b.wait("the board to be off", lambda x: x.states(before) and x.states(before)[-1] == "off")
        assert b.pins("SLEEP", before)[-1][1] == 0
        assert not children(b.process.pid), "QEMU runs without supply"
        b.uart.sendall(b"name%")
        boot = b.boot("power on 3.3")
        assert boot == "m-timestamp-mode-energy\r\nm-init-done\r\nm-ready\r\n", boot
        assert b.states(before)[:3] == ["off", "reset", "active"], b.states(before)

    def reset_inside_mark(self, b):
        before = len(b.events)
        b.uart.sendall(b"infer 1000 0%name%bogus%")
        b.read_until(b"m-infer-start-1000\r\n")
        b.wait("MARK to rise", lambda x: x.pins("MARK", before))
        assert b.boot("reset").startswith("m-timestamp-mode-energy"), "what was waiting outlived the reset"
        levels = [level for _, level in b.pins("MARK", before)]
        assert levels == [1, 0, 1, 0], f"cut window, then the boot's timestamp: {levels}"
        infer(b)

    def test_a_touch_on_a_bench_leads_to_the_loader_and_the_next_opening_to_the_program(self):
        bench = os.path.join(self.folder, "bench.toml")
        with open(bench, "w") as file:
            file.write('[world]\nboard = "mps2-an386"\ntouch = "boot"\nseed = 1\n[world.power]\nactive = 0.02\n')
        world = subprocess.Popen([self.sim, bench], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            ports = json.loads(world.stdout.readline())
            link = ports["link"]["port"]
            monitor = os.open(ports["monitor"]["port"], os.O_RDWR | os.O_NOCTTY)
            os.write(monitor, bytes([0x11, 2, 0x0D, 3300 >> 8, 3300 & 255, 0x0C, 1]))
            self.looked(world)
            done = tried(lambda: self.touched_and_flashed(world, link))
            assert done.returncode == 0 and "verified" in done.stdout, done.stdout[-2000:]
            self.looked(world)
            port = opened(link, termios.B115200)
            heard = b""
            while b"m-ready\r\n" not in heard:
                assert select.select([port], [], [], PATIENCE_S)[0], f"only {heard} after the reset"
                heard += os.read(port, 4096)
            assert heard == b"m-timestamp-mode-energy\r\nm-init-done\r\nm-ready\r\n", heard
            os.close(port)
            os.close(monitor)
        finally:
            world.stdin.close()
            assert world.wait(PATIENCE_S) == 0
            world.stdout.close()

    def touched_and_flashed(self, world, link):
        os.close(opened(link, termios.B1200))
        self.looked(world)
        return stm32flash(link, "-w", self.energy, "-v")

    def looked(self, world):
        """The world has looked at its ports at least once since."""
        for _ in range(2):
            world.stdin.write("status\n")
            world.stdin.flush()
            assert '"overrun":' in world.stdout.readline()

    def test_flash_outlives_the_process_and_one_file_serves_one_board(self):
        self.closes(self.energy_board())
        b = Board(self.program, "--flash", self.kept)
        assert "m-timestamp-mode-energy" in b.boot("power on 3.3")
        second = self.start("--uart-fd", "0", "--control-fd", "0", "--flash", self.kept)
        assert second.returncode == 3 and "another running board" in second.stderr, second.stderr
        self.closes(b)

    def test_a_worn_cell_fails_verification_and_another_image_is_told_apart(self):
        b = Board(self.program, "--worn-cell", "300")
        b.tell("power on 3.3")
        done = by_tool(b, "-w", self.energy, "-v")
        assert done.returncode != 0 and "Failed to verify at address 0x0800012c" in done.stdout, done.stdout[-2000:]
        self.closes(b)
        b = self.energy_board()
        held = os.path.join(self.folder, "held.bin")
        done = by_tool(b, "-r", held, "-S", "0x08000000:4096")
        assert done.returncode == 0, done.stdout[-2000:]
        same = [open(held, "rb").read() == self.binary(image)[:4096] for image in (self.energy, self.perf)]
        assert same == [True, False], f"the flash holds the energy image: {same[0]}, the other: {same[1]}"
        self.closes(b)

    def binary(self, image):
        path = os.path.join(self.folder, "image.bin")
        subprocess.run(["arm-none-eabi-objcopy", "-I", "ihex", "-O", "binary", image, path], check=True)
        with open(path, "rb") as file:
            return file.read()

    def test_windows_are_the_same_to_the_nanosecond_over_restarts_and_under_load(self):
        windows, results = [], set()
        for busy in (0, 0, 6):
            load = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(busy)]
            try:
                b = self.energy_board()
                for _ in range(3):
                    answer, ns = infer(b)
                    windows.append(ns)
                    results.add(answer)
                self.closes(b)
            finally:
                for process in load:
                    process.kill()
                    process.wait()
        assert len(windows) == 9 and len(set(windows)) == 1, windows
        assert len(results) == 1, results
        print(f"    one inference: {windows[0]} ns")

    def test_a_stall_of_the_host_lengthens_the_idle_and_never_a_window(self):
        b = self.energy_board()
        _, undisturbed = infer(b, "infer 3 0")
        for name, pid in [("QEMU", emulator(b)), ("the board process", b.process.pid)]:
            before, late = len(b.events), len(b.late)
            b.uart.sendall(b"infer 3 0%")
            b.wait("MARK to rise", lambda x: x.pins("MARK", before))
            self.stall(pid)
            b.read_until(b"m-ready\r\n")
            b.settle()
            rise, fall = [t for t, _ in b.pins("MARK", before)]
            assert fall - rise == undisturbed, (name, fall - rise, undisturbed)
            assert b.late[late:] and max(b.late[late:]) > 400_000_000, f"{name} was late, not reported: {b.late}"
            idle = len(b.events)
            self.stall(pid)
            assert infer(b, "infer 3 0")[1] == undisturbed, name
            pause = b.pins("MARK", idle)[0][0] - b.events[idle - 1][0]
            assert pause > 450_000_000, f"{name}: the idle lasted only {pause} ns of world time"
        self.closes(b)

    def stall(self, pid):
        os.kill(pid, signal.SIGSTOP)
        time.sleep(0.5)  # the stall itself, not a wait for something
        os.kill(pid, signal.SIGCONT)

    def test_an_empty_flash_waits_in_the_boot_loader(self):
        b = Board(self.program)
        b.tell("power on 3.3")
        b.wait("a second of world time", lambda x: x.events and x.horizon > x.events[0][0] + 2_000_000_000)
        assert b.states()[-1] in ("active", "idle"), b.states()
        flash(b, self.energy)
        assert "m-ready" in b.boot("reset")
        self.closes(b)

    def test_a_program_that_runs_wild_or_dies_is_silent_until_a_reset_and_the_world_goes_on(self):
        for name, image, said_of_it in [
                ("faults in its fault handler", program(0xDE00, fault=0x90000001), "locked up at 0x"),
                ("sleeps for ever without its pin", program(0xB672, 0xBF30, 0xE7FD), ""),
                ("loops for ever", program(0xE7FE), "")]:
            b = self.wild(image)
            seen = b.horizon
            b.wait("a second of world time", lambda x: x.horizon > seen + 1_000_000_000)
            assert b.states()[-1] == "active" and len(b.events) < 20, (name, b.events)
            assert b.ask_nothing(), f"{name}: a dead program answered"
            before = len(b.events)
            b.tell("boot 1")
            b.tell("reset")
            b.wait("life after the reset", lambda x: x.states(before)[:2] == ["reset", "active"])
            done = by_tool(b, "-r", "/dev/null", "-S", "0x08000000:256")
            assert done.returncode == 0, (name, done.stdout)
            said = self.closes(b)
            assert (said_of_it in said and said.count("\n") == 1) if said_of_it else said == "", (name, said)

    def test_a_program_that_resets_itself_is_given_a_whole_reset(self):
        # ldr r0, =0xE000ED0C; ldr r1, =0x05FA0004; str r1, [r0]; b .
        b = self.wild(program(0x4801, 0x4902, 0x6001, 0xE7FE, 0xED0C, 0xE000, 0x0004, 0x05FA))
        b.wait("three lives", lambda x: x.states().count("reset") >= 4 and x.states().count("active") >= 3)
        assert self.closes(b) == ""

    def test_a_qemu_that_is_killed_is_told_and_the_next_supply_starts_another(self):
        b = self.energy_board()
        before = len(b.events)
        os.kill(emulator(b), signal.SIGKILL)
        b.wait("the board to be off", lambda x: x.states(before)[-1:] == ["off"])
        seen = b.horizon
        b.wait("the world to go on", lambda x: x.horizon > seen + 50_000_000)
        b.tell("reset")
        b.tell("power off")
        assert b.boot("power on 3.3").endswith("m-ready\r\n")
        said = self.closes(b)
        assert "killed by signal 9" in said and said.count("\n") == 1, said

    def test_nothing_is_left_when_the_board_is_killed(self):
        place = os.path.join(self.folder, "tmp")
        os.mkdir(place)
        os.environ["TMPDIR"] = place
        try:
            b = Board(self.program)
        finally:
            del os.environ["TMPDIR"]
        b.tell("power on 3.3")
        b.wait("a core that runs", lambda x: "active" in x.states())
        qemu = emulator(b)
        assert os.listdir(place) == [], "a board without --flash made files"
        b.process.kill()
        until("end of QEMU", lambda: not alive(qemu))
        b.close()
        assert os.listdir(place) == []

    def test_below_its_brown_out_level_the_board_stays_in_reset(self):
        self.closes(self.energy_board())
        b = Board(self.program, "--flash", self.kept)
        b.tell("power on 1.6")
        b.wait("half a second", lambda x: x.for_long("reset", 0.5))
        assert b.boot("power on 3.3").endswith("m-ready\r\n")
        before = len(b.events)
        b.tell("power on 1.2")
        b.wait("reset", lambda x: x.states(before) == ["reset"])
        self.closes(b)

    def test_wrong_starts_are_told_in_one_sentence(self):
        wires = ["--uart-fd", "0", "--control-fd", "0"]
        for options, code, words in [
                (wires + ["--boot-loader", "/nowhere.elf"], 3, "--boot-loader"), (["--uart-fd", "0"], 64, "--control-fd"),
                (["--speed", "9"], 64, "usage"), (wires + ["--worn-cell", "9999999"], 64, "usage"),
                (wires + ["--flash", "/dev/null/x"], 3, "--flash"), (wires + ["--flash", self.energy], 3, "16777216")]:
            done = self.start(*options)
            assert done.returncode == code and words in done.stderr and not done.stdout, (options, words, done)
            assert done.stderr.count("\n") == 1, done.stderr
        done = self.start(*wires, env={"PATH": "/nowhere"})
        assert done.returncode == 3 and "install the package qemu-system-arm" in done.stderr, done

    def test_a_qemu_that_is_too_old_or_no_qemu_at_all_is_told_when_the_supply_comes(self):
        place = os.path.join(self.folder, "bin")
        os.mkdir(place)
        impostor = os.path.join(place, "qemu-system-arm")
        with open(impostor, "w") as file:
            file.write("#!/bin/sh\necho 'I am another program' >&2\nexit 1\n")
        os.chmod(impostor, 0o755)
        path = os.environ["PATH"]
        os.environ["PATH"] = place
        try:
            b = Board(self.program)
        finally:
            os.environ["PATH"] = path
        b.tell("power on 3.3")
        b.wait("the board to give up", lambda x: x.states() == ["off", "reset", "off"])
        said = self.closes(b)
        assert "I am another program" in said and "qemu-system-arm" in said and said.count("\n") == 1, said

    def test_control_lines_that_make_no_sense_end_the_board_with_a_sentence(self):
        for lines, words in [("power on 3", "epoch NS"), ("epoch x", "epoch NS"), ("epoch 1\npower on", "not known"),
                             ("epoch 1\npower on lots", "no voltage"), ("epoch 1\nboot", "not known")]:
            ours, its = socket.socketpair()
            fd = str(its.fileno())
            board = subprocess.Popen([self.program, "--uart-fd", fd, "--control-fd", fd], pass_fds=[its.fileno()],
                                     stderr=subprocess.PIPE, text=True)
            its.close()
            ours.sendall(lines.encode() + b"\n")
            assert board.wait(PATIENCE_S) == 64 and words in board.stderr.read(), lines
            board.stderr.close()
            ours.close()


def opened(port, speed):
    """A descriptor of the port at this speed, raw."""
    fd = os.open(port, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(fd)
    settings = termios.tcgetattr(fd)
    settings[4] = settings[5] = speed
    termios.tcsetattr(fd, termios.TCSANOW, settings)
    return fd


@contextlib.contextmanager
def with_its_emulator(board):
    inside = children(board.process.pid)
    yield
    until("end of QEMU", lambda: not any(alive(pid) for pid in inside))


sys.exit(run_tests(Tests, ("stm32flash", "qemu-system-arm"), __doc__, with_its_emulator))
