#!/usr/bin/python3
# The simulated ATmega2560 and its firmware, flashed by an unmodified avrdude and questioned over its serial line.
# Never uses anything of ours but the board process and the hex files; standard library only.
"""usage: mega2560_board.py BUILD_DIR [PART OF A TEST'S NAME]   (exit 77: avrdude is not installed)"""
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
from virtual_board import PATIENCE_S, Board, avrdude, cpu_s, flash, laps_of, phases_add_up, run_tests, sham_idles


def load(board, payload):
    assert f"m-[Expecting {len(payload)} bytes]" in board.ask(f"db load {len(payload)}")
    for i in range(0, len(payload), 31):
        answer = board.ask("db " + payload[i:i + 31].hex())
    assert answer == "m-load-done\r\nm-ready\r\n", answer


def infer(board, command):
    """The answer, and the length of the one MARK window, ns."""
    before = len(board.events)
    answer = board.ask(command)
    board.settle()
    edges = board.pins("MARK", before)
    assert [level for _, level in edges] == [1, 0], f"{command}: MARK edges {edges}"
    inside = [e for e in board.events[before:] if edges[0][0] < e[0] < edges[1][0]]
    assert not inside, f"{command}: something happened inside MARK: {inside}"
    return answer, edges[1][0] - edges[0][0]


def results_of(answer):
    return [line for line in answer.splitlines() if line.startswith("m-results-")][-1]


ZEROS, RAMP = bytes(160), bytes((7 * i + 3) % 256 for i in range(160))


class Tests:
    def __init__(self, build):
        self.program = os.path.join(build, "bin", "joulerig-board-mega2560")
        self.energy = os.path.join(build, "firmware", "mega2560-energy.hex")
        self.perf = os.path.join(build, "firmware", "mega2560-perf.hex")
        self.folder = tempfile.mkdtemp(prefix="mega2560-")
        self.kept = os.path.join(self.folder, "flash.bin")

    def energy_board(self):
        """A powered board whose flash file holds the energy image; the first caller's avrdude puts it there."""
        fresh = not os.path.exists(self.kept)
        b = Board(self.program, "--flash", self.kept)
        if fresh:
            b.tell("power on 5.0")
            flash(b, self.energy)
        return b

    def start(self, *options):
        """A start that is expected to fail."""
        return subprocess.run([self.program, *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)

    def test_energy_image_is_flashed_and_answers_the_whole_grammar(self):
        b = self.energy_board()
        before = len(b.events)
        boot = b.boot("reset")
        assert boot == "m-timestamp-mode-energy\r\nm-init-done\r\nm-ready\r\n", boot
        (rise, _), (fall, _) = b.pins("MARK", before)
        assert 50_000 <= fall - rise <= 500_000, f"boot timestamp of {fall - rise} ns"
        assert b.ask("name") == "m-name-dut-[JouleRig ATmega2560]\r\nm-ready\r\n"
        assert b.ask("profile") == "m-profile-[ULPMark for tinyML Firmware V0.0.1]\r\nm-model-[tiny01]\r\nm-ready\r\n"
        self.errors(b)
        self.windows(b)
        phases_add_up(b, 20, 2_000)
        sham_idles(b, 300, 320)
        sham_idles(b, 1, 17)
        self.sleep_pin(b)
        self.power_cycle(b)
        self.reset_inside_mark(b)
        code, said = b.close()
        assert code == 0 and said == "", (code, said)

    def errors(self, b):
        for command, answer in [
                ("", ""), ("   ", ""), ("\r\n", ""),
                ("bogus 1", "e-[Unknown command: bogus]\r\n"), ("names", "e-[Unknown command: names]\r\n"),
                ("db", "e-[Command 'db' requires a subcommand]\r\n"),
                ("db load", "e-[Command 'db load' requires the # of bytes]\r\n"),
                ("db load 0", "e-[Command 'db load' must be >0 bytes]\r\n"),
                ("db 00", "e-[No 'db load' is waiting for bytes]\r\n"),
                ("infer 0", "e-[Inference iterations must be >0]\r\n"),
                ("infer -3", "e-[Inference iterations must be >0]\r\n"),
                ("infer 1 -1", "e-[Inference warmup must be >=0]\r\n"),
                ("x" * 81, "e-[Command is longer than 80 characters]\r\n"),
                ("x" * 5000, "e-[Command is longer than 80 characters]\r\n"),
                ("db load 10", "m-[Expecting 10 bytes]\r\n"),
                ("db load 161", "Supplied buffer size 161 exceeds maximum of 160\n"),
                ("db 0", "e-[Insufficent number of hex digits]\r\n"), ("db 0g", "e-[Invalid hex digit '0g']\r\n"),
                ("db 00112233445566778899aabb", "m-load-done\r\n"),
                ("db cc", "e-[No 'db load' is waiting for bytes]\r\n"),
                ("db print", "m-buffer-00-11-22-33-44-55-66-77\r\nm-buffer-88-99\r\n\r\n")]:
            assert b.ask(command) == answer + "m-ready\r\n", command
        assert "timestamp" in b.ask("help")

    def windows(self, b):
        load(b, ZEROS)
        answer, once = infer(b, "infer 1 0")
        lines = answer.split("\r\n")
        assert lines[:4] == ["m-warmup-start-0", "m-warmup-done", "m-infer-start-1", "m-infer-done"], lines
        assert b.ask("results") == results_of(answer) + "\r\nm-ready\r\n"
        again = [infer(b, "infer 1 0")[1] for _ in range(3)]
        assert again == [once] * 3, f"the same input took {again} ns, not {once} ns"
        load(b, RAMP)
        ramp, ramp_once = infer(b, "infer 1 0")
        assert results_of(ramp) != results_of(answer), "the result does not depend on the input"
        five = [infer(b, "infer 5 1")[1] for _ in range(2)]
        assert five[0] == five[1] and abs(five[0] - 5 * ramp_once) < 50_000, (five, ramp_once)
        load(b, ZEROS)
        assert infer(b, "infer 1 0") == (answer, once)
        before = len(b.events)
        assert b.ask("timestamp") == "m-ready\r\n"
        b.settle()
        (rise, up), (fall, down) = b.pins("MARK", before)
        assert (up, down) == (1, 0) and 50_000 <= fall - rise <= 500_000
        print(f"    one inference: {once} ns (zeros), {ramp_once} ns (ramp); {results_of(ramp)}")

    def sleep_pin(self, b):
        before = len(b.events)
        b.ask("name")
        b.settle()
        assert [level for _, level in b.pins("SLEEP", before)][-1] == 1 and b.pins("SLEEP", before)[0][1] == 0
        assert set(b.states(before)) == {"active", "idle"}
        quiet = len(b.events)
        seen = b.horizons
        b.wait("200 horizons", lambda x: x.horizons >= seen + 200)
        assert len(b.events) == quiet, f"an idle board is not quiet: {b.events[quiet:quiet + 4]}"

    def power_cycle(self, b):
        before = len(b.events)
        b.tell("power off")
        b.wait("the board to be off", lambda x: x.states(before) and x.states(before)[-1] == "off")
        assert b.pins("SLEEP", before)[-1][1] == 0
        b.uart.sendall(b"name%")
        boot = b.boot()
        assert boot.endswith("m-timestamp-mode-energy\r\nm-init-done\r\nm-ready\r\n"), boot
        assert b.states(before)[:3] == ["off", "reset", "active"], b.states(before)
        assert b.ask("db print") == "m-ready\r\n", "RAM has outlived the supply"
        assert "0.500,0.500,0.500,0.500" in b.ask("results"), "RAM was not initialised"

    def reset_inside_mark(self, b):
        before = len(b.events)
        b.uart.sendall(b"infer 1000 0%")
        b.wait("MARK to rise", lambda x: x.pins("MARK", before))
        assert b.boot("reset").endswith("m-ready\r\n")
        levels = [level for _, level in b.pins("MARK", before)]
        assert levels == [1, 0, 1, 0], f"cut window, then the boot's timestamp: {levels}"
        infer(b, "infer 1 0")

    def test_flash_outlives_the_process_and_one_file_serves_one_board(self):
        self.energy_board().close()
        b = Board(self.program, "--flash", self.kept)
        assert "m-timestamp-mode-energy" in b.boot()
        second = self.start("--uart-fd", "0", "--control-fd", "0", "--flash", self.kept)
        assert second.returncode == 3 and "another running board" in second.stderr, second.stderr
        b.close()

    def test_a_wrong_image_fails_verification_and_a_wrong_part_is_refused(self):
        b = self.energy_board()
        b.tell("power on 5.0")
        done = avrdude(b, "-U", f"flash:v:{self.perf}:i")
        assert done.returncode != 0 and "mismatch" in done.stdout, done.stdout
        done = avrdude(b, "-U", f"flash:v:{self.perf}:i", part="atmega1280")
        assert done.returncode != 0 and "signature" in done.stdout, done.stdout
        b.close()

    def test_performance_image_prints_laps_and_leaves_mark_alone(self):
        b = Board(self.program)
        b.tell("power on 5.0")
        flash(b, self.perf)
        before = len(b.events)
        boot = b.boot("reset")
        assert boot.startswith("m-timestamp-mode-performance\r\nm-lap-us-"), boot
        load(b, ZEROS)
        laps = []
        for _ in range(2):
            lines = b.ask("infer 4 0").splitlines()
            begin, end = [int(x[len("m-lap-us-"):]) for x in lines if x.startswith("m-lap-us-")]
            assert lines[3:6] == [f"m-lap-us-{begin}", f"m-lap-us-{end}", "m-infer-done"], lines
            laps.append(end - begin)
        assert abs(laps[0] - laps[1]) <= 8 and laps[0] > 100_000, laps
        first, second = [int(b.ask("timestamp").split("\r")[0][len("m-lap-us-"):]) for _ in range(2)]
        assert second > first
        parts = [laps_of(b, f"phase {phase} 4", "m-phase-done") for phase in ("pre", "invoke", "post")]
        assert abs(sum(parts) - laps[0]) < 50, (parts, laps)
        assert 90_000 < laps_of(b, "sham 100", "m-sham-done") < 120_000
        assert not b.pins("MARK", before)
        print(f"    four inferences: {laps} us")
        b.close()

    def test_an_empty_flash_waits_in_the_boot_loader(self):
        b = Board(self.program)
        b.tell("power on 5.0")
        b.wait("a second of world time", lambda x: x.for_long("active", 1.0))
        flash(b, self.energy)
        assert "m-ready" in b.boot("reset")
        b.close()

    def test_a_program_that_runs_wild_or_dies_costs_nothing_and_a_reset_revives_the_board(self):
        for name, program, state in [("past the end of flash", b"\x0d\x94\xff\xff", "active"),
                                     ("asleep for ever", b"\xf8\x94\x88\x95", "idle")]:
            kept = os.path.join(self.folder, "wild.bin")
            with open(kept, "wb") as file:
                file.write(program + b"\xff" * (256 * 1024 - len(program)))
            b = Board(self.program, "--flash", kept)
            b.tell("power on 5.0")
            b.wait("five seconds of world time", lambda x: x.events and x.horizon > x.events[0][0] + 5_000_000_000)
            assert b.states()[-1] == state, (name, b.states())
            used = cpu_s(b.process.pid)
            seen = b.horizon
            b.wait("two more", lambda x: x.horizon > seen + 2_000_000_000)
            assert cpu_s(b.process.pid) - used < 0.5, f"{name}: the board spins"
            assert len(b.events) < 100, f"{name}: {len(b.events)} events"
            assert b.ask_nothing(), f"{name}: a dead program answered"
            b.tell("reset")
            b.wait("life after the reset", lambda x: x.for_long("active", 0.1))
            _, said = b.close()
            assert "the core stopped at flash address" in said and len(said) < 16384, repr(said[:4096])

    def test_a_stall_of_the_host_lengthens_the_idle_and_never_a_window(self):
        b = self.energy_board()
        b.boot("reset" if b.events and b.states()[-1] != "off" else "power on 5.0")
        load(b, ZEROS)
        _, undisturbed = infer(b, "infer 10 0")
        before = len(b.events)
        b.uart.sendall(b"infer 10 0%")
        b.wait("MARK to rise", lambda x: x.pins("MARK", before))
        self.stall(b)
        b.read_until(b"m-ready\r\n")
        b.settle()
        rise, fall = [t for t, _ in b.pins("MARK", before)]
        assert fall - rise == undisturbed, (fall - rise, undisturbed)
        assert b.late and max(b.late) > 400_000_000, f"a window that was 0.5 s late was not reported: {b.late}"
        idle = len(b.events)
        self.stall(b)
        assert infer(b, "infer 10 0")[1] == undisturbed
        pause = b.pins("MARK", idle)[0][0] - b.events[idle - 1][0]
        assert pause > 500_000_000, f"the idle lasted only {pause} ns of world time"
        b.close()

    def stall(self, b):
        b.process.send_signal(signal.SIGSTOP)
        time.sleep(0.5)  # the stall itself, not a wait for something
        b.process.send_signal(signal.SIGCONT)

    def test_wrong_starts_are_told_in_one_sentence(self):
        wires = ["--uart-fd", "0", "--control-fd", "0"]
        cases = [(wires + ["--bootloader", "/nowhere.hex"], 3, "arduino-core-avr"),
                 (["--uart-fd", "0"], 64, "--control-fd"), (["--speed", "9"], 64, "usage"),
                 (wires + ["--flash", "/dev/null/x"], 3, "--flash"), (wires + ["--flash", self.energy], 3, "262144"),
                 (wires + ["--bootloader", self.energy], 3, "0x3E000")]
        end = ":00000001FF\n"
        for number, (text, words) in enumerate([
                (":0400000001020304F2\n" + end, "line 1"), (":0400000001020304F3\n" + end, "checksum"),
                (":04000000010203F6\n" + end, "not as long as it says"), (":040000000102030\n" + end, "odd number"),
                (":0400000001020x04F2\n" + end, "no hex digit"), ("junk\n" + end, "colon"),
                (":020000040004F6\n:0400000001020304F2\n" + end, "line 2"),
                (":00000006FA\n" + end, "unknown record type"),
                (":020000023000CC\n:04E0000001020304" + "12\n", "end record"),
                ("", "end record"), (":\n" + end, "not as long")]):
            path = os.path.join(self.folder, f"bad{number}.hex")
            with open(path, "w") as file:
                file.write(text)
            cases.append((wires + ["--bootloader", path], 3, "0x3E000" if number == 0 else words))
        for options, code, words in cases:
            done = self.start(*options)
            assert done.returncode == code and words in done.stderr and not done.stdout, (options, words, done)
            assert done.stderr.count("\n") == 1, done.stderr

    def test_control_lines_that_make_no_sense_end_the_board_with_a_sentence(self):
        for lines, words in [("power on 5", "epoch NS"), ("epoch x", "epoch NS"), ("epoch 1\npower on", "not known"),
                             ("epoch 1\npower on lots", "no voltage"), ("epoch 1\nfly", "not known")]:
            ours, its = socket.socketpair()
            fd = str(its.fileno())
            board = subprocess.Popen([self.program, "--uart-fd", fd, "--control-fd", fd], pass_fds=[its.fileno()],
                                     stderr=subprocess.PIPE, text=True)
            its.close()
            ours.sendall(lines.encode() + b"\n")
            assert board.wait(PATIENCE_S) == 64 and words in board.stderr.read(), lines
            ours.close()

    def test_below_its_brown_out_level_the_board_stays_in_reset(self):
        self.energy_board().close()
        b = Board(self.program, "--flash", self.kept)
        b.tell("power on 1.8")
        b.wait("half a second", lambda x: x.for_long("reset", 0.5))
        assert b.boot("power on 5").endswith("m-ready\r\n")
        b.close()


sys.exit(run_tests(Tests, ("avrdude",), __doc__, lambda board: contextlib.nullcontext()))
