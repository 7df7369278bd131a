# What people, cables and boards get wrong: each case checks the exit code and the one sentence a person reads.
# Never accepts a wrong joule: a run that went wrong is a rig error, and says why.
import fcntl
import os
import random
import re
import sqlite3
import time
from contextlib import closing

from rig import case, main, need, pseudo_terminal

NOBODY = 65534


def real(rig, **monitor):
    """Edits that make a bench file of real devices; its link is a name that nobody else leases."""
    return {"world": None, "link.port": str(rig.home / "link")} | {f"monitor.{key}": value for key, value in monitor.items()}


def no_run(rig):
    return not rig.db.exists() or rig.value("SELECT count(*) FROM run") == 0


def rig_error(rig, done, *patterns):
    """The run is begun and closed as a rig error, with the same reason on the screen and in the record."""
    done.exits(3).complains(*patterns)
    (run, verdict, state, reason), = rig.rows("SELECT id, verdict, state, reason FROM run ORDER BY rowid DESC LIMIT 1")
    assert (verdict, state) == ("rig-error", "closed"), (verdict, state)
    assert "joulerig: " + reason == done.complaint, f"stored: {reason}\n{done}"
    report = done.json
    assert (report["run"], report["verdict"], report["reason"]) == (run, "rig-error", reason)
    page = rig.run("show", run).exits(0)
    assert "rig-error" in page.out and reason in page.out, str(page)
    return report


# ---- files and words ---------------------------------------------------------------------------------------------

@case("an unknown key in a bench file is named with its line and the nearest known one")
def unknown_key(rig):
    for section, wrong, right in (("wiring", "lead_omh", "lead_ohm"), ("monitor", "suply_V", "supply_V")):
        bench = rig.bench({f"{section}.{wrong}": 1.5})
        line = next(n for n, text in enumerate(bench.read_text().splitlines(), 1) if text.startswith(wrong))
        rig.measure(bench).exits(64).complains(re.escape(str(bench)), rf"line {line}\b", f"'{wrong}'", f"'{right}'")
    assert no_run(rig)


@case("an unknown key in [world] is named with its line and the nearest known one")
def unknown_world_key(rig):
    bench = rig.bench({"world.monitor.gain_limmit": 0.1})
    line = next(n for n, text in enumerate(bench.read_text().splitlines(), 1) if text.startswith("gain_limmit"))
    rig.measure(bench).exits(64).complains(rf"(:|line ){line}\b", "'gain_limmit'", "'gain_limit'")
    assert no_run(rig)


@case("an unknown section, a value of the wrong type and a broken line are named with their line")
def unknown_section(rig):
    rig.measure(rig.bench({"wirring.mark": "D0"})).exits(64).complains(r"line \d+", r"\[wirring\]", "'wiring'")
    rig.measure(rig.bench({"monitor.supply_V": "3.3"})).exits(64).complains(r"line \d+", "supply_V", "number")
    rig.measure(rig.bench({"wiring.mark": "D9"})).exits(64).complains("mark", "D9", "D0")
    rig.measure(rig.bench({"wiring.mark": None})).exits(64).complains("wiring", "mark")
    broken = rig.bench()
    broken.write_text("[bench]\nname = scripted\n")
    rig.measure(broken).exits(64).complains(r"line 2")


@case("a plan that cannot give a number is refused, and says what it needs")
def bad_plan(rig):
    bench = rig.bench()
    rig.measure(bench, rig.plan(windows=4)).exits(64).complains("windows", "5")
    rig.measure(bench, rig.plan(window_s=-1.0)).exits(64).complains("window_s")
    rig.measure(bench, rig.plan(idel_s=0.1)).exits(64).complains("'idel_s'", "'idle_s'")
    assert no_run(rig)


@case("an unknown bench, plan, command or flag is a usage error that lists or names what there is")
def unknown_words(rig):
    rig.run("measure", "--bench", "scriptd").exits(64).complains("'scriptd'", "'scripted'")
    rig.run("measure", "--bench", "scripted", "--plan", "defualt").exits(64).complains("'defualt'", "'default'")
    rig.run("measure", "--bench", "./nowhere.toml").exits(64).complains("nowhere.toml")
    rig.run("measuer").exits(64).complains("'measuer'", "'measure'", "--help")
    rig.run("bench", "chek", "sim").exits(64).complains("'chek'", "'check'")
    rig.run("measure", "--benhc", "x").exits(64).complains("--benhc", "--help")
    rig.run().exits(64).complains("--help")
    rig.run("record", "--monitor", "ppk3").exits(64).complains("'ppk3'", "ppk2")
    rig.run("record", "--monitor", "ppk2", "--for", "30 parsecs").exits(64).complains("30 parsecs", "duration")
    rig.run("record", "--monitor", "ppk2", "--trigger", "noon").exits(64).complains("'noon'", "D0", "current")
    rig.run("bench").exits(64)
    assert no_run(rig)


@case("words that the virtual bench does not know are a usage error, and its own sentence is the reason")
def unknown_world(rig):
    rig.measure(rig.bench(), None, "--world=--idael").exits(64).complains("joulerig-sim", "--idael")
    rig.measure(rig.bench(), None, "--world=--faults", "--world=nowhere.toml").exits(64).complains("nowhere.toml")
    assert no_run(rig)


@case("a run that does not exist is named together with the newest there is")
def unknown_run(rig):
    for command in ("show", "recompute"):
        rig.run(command, "sim-77").exits(3).complains("'sim-77'", "no run yet")


@case("a supply above the board's limit is refused before any port is touched")
def too_high(rig):
    with pseudo_terminal() as port, open(port, "rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # whoever opens the port now is told that it is busy, with another code
        high = rig.bench(real(rig, port=port, supply_V=5.0))
        for command in (("measure", "--bench", high), ("power", high, "on"), ("monitor", high)):
            rig.run(*command).exits(64).complains("5 V", "at most 3.6 V", "nothing was switched on")
        rig.measure(rig.bench(real(rig) | {"limits.highest_V": 12.0})).exits(64).complains("12 V", "5.5 V")
        rig.measure(rig.bench(real(rig, supply_V=1.0))).exits(64).complains("1 V", "1.8 V")
    assert no_run(rig)


@case("power to more than the board's limit is refused, and the output stays off")
def power_too_high(rig):
    with pseudo_terminal() as port, open(port, "rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # whoever opens the port is told that it is busy, with another code
        bench = rig.bench(real(rig, port=port))
        rig.run("power", bench, "4.2").exits(64).complains("4.2 V", "at most 3.6 V", "nothing was opened")
        rig.run("power", bench, "on").exits(75)
    instrument = rig.ppk2("--current", "5mA", "--ideal")
    bench = rig.bench(real(rig, port=str(instrument.port)))
    rig.run("power", bench, "4.2").exits(64)
    still = rig.run("record", "--monitor", instrument.selector, "--for", "0.5s", "--json").exits(0).json
    assert abs(still["mean_current_A"]) < 1e-6, still


# ---- ports -------------------------------------------------------------------------------------------------------

@case("a port that is not there is named, and what to do")
def wrong_port(rig):
    bench = rig.bench(real(rig, port="/dev/ttyACM77"))
    rig.measure(bench).exits(3).complains("/dev/ttyACM77", "port")
    rig.run("record", "--monitor", "ppk2@/dev/ttyACM77").exits(3).complains("/dev/ttyACM77", "port")
    rig.run("record", "--monitor", "ppk2@/etc/hostname").exits(3).complains("/etc/hostname")
    assert no_run(rig)


@case("without any PPK2 attached the person is told to plug one in")
def none_attached(rig):
    need(not rig.run("discover", "--json").json["monitors"], "a power analyzer is attached to this machine")
    rig.run("record", "--monitor", "ppk2").exits(3).complains("PPK2", "plug")
    rig.run("record", "--monitor", "ppk2:DEADBEEF").exits(3).complains("DEADBEEF", "plug")


@case("a silent port is told from a PPK2")
def silent_port(rig):
    with pseudo_terminal() as port:
        rig.run("record", "--monitor", f"ppk2@{port}").exits(3).complains(port, "did not answer", "right port|discover")
    assert no_run(rig)


@case("a port that answers rubbish is told from a PPK2")
def rubbish_port(rig):
    dice = random.Random(1)
    with pseudo_terminal(lambda heard: dice.randbytes(200 * len(heard))) as port:
        rig.measure(rig.bench(real(rig, port=port))).exits(3).complains(port, "not a PPK2|PPK2 does")
    with pseudo_terminal(lambda heard: b"AT+OK\r\n") as port:
        rig.run("record", "--monitor", f"ppk2@{port}").exits(3).complains(port, "not a PPK2|as a PPK2 does", "discover")
    assert no_run(rig)


@case("a port that another process holds is busy: exit 75, and the process is named")
def busy_port(rig):
    instrument = rig.ppk2()
    with open(instrument.port, "rb", buffering=0) as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = rig.run("record", "--monitor", instrument.selector).exits(75)
        done.complains("busy", rf"process {os.getpid()}\b")
        rig.measure(rig.bench(real(rig, port=str(instrument.port)))).exits(75).complains("busy")
    rig.run("record", "--monitor", instrument.selector, "--for", "0.2s").exits(0)


def as_nobody(rig, *args):
    """The command as a user without any right of his own, if that user can reach the program at all."""
    need(os.geteuid() == 0, "to become another user this case must run as root")
    for place in (rig.joulerig, *rig.joulerig.resolve().parents):
        need(os.stat(place).st_mode & 1, f"other users may not pass {place}")
    return rig.run(*args, user=NOBODY, group=NOBODY, extra_groups=[])


@case("a port without permission names the group or the udev rule")
def no_permission(rig):
    instrument = rig.ppk2()
    os.chmod(os.path.realpath(instrument.port), 0o600)
    for folder in [rig.home, *rig.home.rglob("*")]:
        if not folder.is_symlink():
            os.chown(folder, NOBODY, NOBODY)
    as_nobody(rig, "record", "--monitor", instrument.selector).exits(3).complains("may not open", "usermod -aG|group", "udev rule")


@case("a second measure on the same instrument is busy, and says who has it")
def second_measure(rig):
    instrument = rig.ppk2()
    with pseudo_terminal() as link:
        bench = rig.bench(real(rig, port=str(instrument.port)) | {"link.port": link}, name="shared")
        first = rig.start("measure", "--bench", bench, "--plan", rig.plan(), "--json").says("^booting the board")
        rig.measure(bench).exits(75).complains("in use", rf"process {first.process.pid}\b", "shared")
        other = rig.bench(real(rig, port=str(instrument.port)), name="other")
        rig.measure(other).exits(75).complains("in use", "shared")
        rig.run("record", "--monitor", instrument.selector).exits(75).complains("busy")
        rig_error(rig, first.end(), "silent", "power", "baud")  # nobody at the link


# ---- images and flash tools --------------------------------------------------------------------------------------

def hex_image(rig):
    image = rig.home / "firmware.hex"
    records = []
    for address in range(0, 256, 16):
        record = bytes([16, address >> 8, address & 255, 0]) + bytes((address + i) & 255 for i in range(16))
        records.append(":" + (record + bytes([-sum(record) & 255])).hex().upper())
    image.write_text("\n".join(records + [":00000001FF"]) + "\n")
    return image


def fake_avrdude(rig, script):
    version = "avrdude version 7.1, URL: <https://github.com/avrdudes/avrdude>"
    rig.fake_program("avrdude", f'if [ "$1" = "-?" ]; then echo "{version}" >&2; exit 0; fi\n' + script)


def flashing_bench(rig, **flash):
    """The scripted board, but as if it had to be flashed: the tool is ours, the port is real enough."""
    edits = {"flash.tool": "avrdude", "flash.part": "atmega2560", "flash.programmer": "wiring",
             "flash.port": "sim:link", "flash.baud": 115200}
    return rig.bench(edits | {f"flash.{key}": value for key, value in flash.items()}, name="flashing")


@case("a truncated or altered image is found before the flash tool is asked to program")
def truncated(rig):
    fake_avrdude(rig, f"echo programmed >> {rig.home}/touched\n")
    image = hex_image(rig)
    whole = image.read_text()
    bench = flashing_bench(rig)
    image.write_text(whole[:len(whole) // 2])
    done = rig.measure(bench, None, "--firmware", image)
    done.exits(3).complains("firmware.hex", "truncated|cut|end")
    image.write_text(whole.replace("0F10", "0F11").replace("1112", "1113"))
    rig.measure(bench, None, "--firmware", image).exits(3).complains("firmware.hex", "checksum|damaged")
    image.write_text("")
    rig.measure(bench, None, "--firmware", image).exits(3).complains("firmware.hex", "empty|truncated")
    assert not (rig.home / "touched").exists(), "the flash tool was asked to program a bad image"


@case("an image that does not exist is named")
def no_image(rig):
    done = rig.measure(flashing_bench(rig), None, "--firmware", "nowhere.hex")
    done.complains("nowhere.hex")
    assert done.code in (3, 64), str(done)


@case("a verify mismatch is a rig error that says the flash differs from the image")
def mismatch(rig):
    fake_avrdude(rig, 'echo "avrdude: verifying flash memory against firmware.hex ..." >&2\n'
                      'echo "avrdude warning: verification mismatch; first mismatch at byte 0x0012: 0x3f != 0x13" >&2\n'
                      'echo "avrdude error: verification mismatch" >&2; exit 1\n')
    rig_error(rig, rig.measure(flashing_bench(rig), None, "--firmware", hex_image(rig)),
              "avrdude", "read back differs", "try again|worn")


@case("a flash tool that fails, lies or hangs is a rig error with its last words")
def failing_tool(rig):
    image = hex_image(rig)
    fake_avrdude(rig, 'echo "avrdude error: programmer is not responding" >&2; exit 1\n')
    rig_error(rig, rig.measure(flashing_bench(rig), None, "--firmware", image), "boot loader does not answer",
              "not responding", "exit code 1")
    fake_avrdude(rig, 'echo "avrdude done.  Thank you." >&2; exit 0\n')
    rig_error(rig, rig.measure(flashing_bench(rig), None, "--firmware", image), "did not say that it read the image back")
    fake_avrdude(rig, 'echo "avrdude: waiting for the board" >&2; sleep 600\n')
    rig_error(rig, rig.measure(flashing_bench(rig, limit_s=2.0), None, "--firmware", image), "after 2 s", "power")


@case("a flash tool that is not installed, or is another program, is told with the package to install")
def missing_tool(rig):
    image = hex_image(rig)
    rig.env["PATH"] = str(rig.home / "fake")
    rig_error(rig, rig.measure(flashing_bench(rig), None, "--firmware", image), "avrdude is not installed", "apt install")
    rig.fake_program("avrdude", 'echo "hello"\n')
    rig_error(rig, rig.measure(flashing_bench(rig), None, "--firmware", image), "version of avrdude", "hello")


# ---- boards ------------------------------------------------------------------------------------------------------

def faulty_board(rig, *args, **options):
    return rig.measure(rig.bench({f"world.board_options.{key}": value for key, value in options.items()}), None, *args)


@case("a board that never answers is a rig error that says what to check")
def mute(rig):
    rig_error(rig, faulty_board(rig, mute=True), "silent", "power", "TX and RX", "115200 baud")


@case("a board that talks at another speed, or never gets ready, is told from a silent one")
def wrong_prompt(rig):
    rig_error(rig, faulty_board(rig, wrong_prompt=True), "talks", "received last", "baud")


@case("a board's refusal e-[...] is quoted")
def refusal(rig):
    rig_error(rig, faulty_board(rig, reply_error="e-[No input loaded]"), "refused", r"infer 1", r"e-\[No input loaded\]")


@case("another model than the one asked for is refused, and both are named")
def model(rig):
    rig_error(rig, faulty_board(rig, "--model", "vww01"), "'kws01'", "'vww01'", "--firmware")


@case("a MARK that moves more than twice makes windows invalid and, after the retries, a rig error")
def extra_edge(rig):
    rig_error(rig, faulty_board(rig, extra_edge=True), "MARK|edges", "D0", r"\b4\b|four|twice|two")


@case("a MARK that never moves names the line and its wire")
def no_mark(rig):
    rig_error(rig, faulty_board(rig, no_mark=True), "D0", "MARK|edge")


@case("a board that restarts during an inference is a rig error that suspects its supply")
def restarts(rig):
    rig_error(rig, faulty_board(rig, resets_in_infer=True), "restarted", "supply|watchdog")


@case("a board that dies between two windows is power-cycled, and the run passes with every attempt listed")
def dies(rig):
    report = faulty_board(rig, dies_after=6).exits(0).json
    failed = [one for one in report["attempts"] if not one["valid"]]
    assert len(report["windows"]) == 5 and failed, report["attempts"]
    assert all(re.search("did not finish 'infer .*nothing was received", one["reason"]) for one in failed), failed
    mended = [one["mended"] for one in report["attempts"] if one["attempt"] == 2]
    assert mended == ["the board was power-cycled"] * len(failed), report["attempts"]


@case("a board that draws more than its trip current is switched off at once, and nothing is tried again")
def tripped(rig):
    plan = rig.plan(run_retries=3)
    in_window = rig.measure(rig.bench({"limits.trip_A": 0.005}), plan)
    report = rig_error(rig, in_window, r"drew 0\.00\d+ A for 1 ms", "trip current of 0.005 A", "was switched off", "trip_A")
    assert rig.rows("SELECT id FROM run") == [(report["run"],)], "a tripped board was powered again"
    # An instrument that outlives the run shows that it is really off.
    instrument, silent = rig.ppk2("--current", "5mA", "--ideal"), rig.ppk2()
    edits = real(rig, port=str(instrument.port)) | {"link.port": str(silent.port), "limits.trip_A": 0.001}
    begun = time.monotonic()
    rig.measure(rig.bench(edits), plan).exits(3).complains("drew 0.005 A", "was switched off")
    rig.run("monitor", rig.bench(edits), "--for", "20s").exits(3).complains("trip current of 0.001 A")
    assert time.monotonic() - begun < 20, "the board's silence was waited for"
    quiet = rig.run("record", "--monitor", instrument.selector, "--for", "0.3s", "--json").exits(0).json
    assert abs(quiet["mean_current_A"]) < 1e-6, quiet


@case("a pulse on MARK during the boot is no window and no harm")
def boot_edge(rig):
    report = faulty_board(rig, boot_edge=True).exits(0).json
    assert len(report["windows"]) == 5 and report["verdict"] == "pass"


@case("a virtual board that falls behind inside MARK is a rig error, never a joule")
def overrun(rig):
    rig_error(rig, faulty_board(rig, late_s=1.5), "overran")


# ---- databases ---------------------------------------------------------------------------------------------------

@case("a database that cannot be written is named before anything is powered")
def not_writable(rig):
    done = rig.measure(rig.bench(), None, "--db", "/proc/joulerig/runs.db").exits(3)
    done.complains("/proc/joulerig/runs.db")
    folder = rig.home / "folder.db"
    folder.mkdir()
    rig.measure(rig.bench(), None, "--db", folder).exits(3).complains("folder.db")
    assert "opening bench" not in done.err


@case("a read-only database is told from a missing one")
def read_only(rig):
    rig.run("runs").exits(0)
    for folder in [rig.home, *rig.home.rglob("*")]:
        os.chmod(folder, 0o755 if folder.is_dir() else 0o644)
    as_nobody(rig, "measure", "--bench", "scripted").exits(3).complains("runs.db", "read-?only|rights|permission|--db")


@case("a file that is no database is left as it is")
def no_database(rig):
    file = rig.home / "notes.txt"
    file.write_text("Remember to buy a PPK2.\n" * 200)
    before = file.read_bytes()
    rig.measure(rig.bench(), None, "--db", file).exits(3).complains("notes.txt", "not a database|no database")
    assert file.read_bytes() == before


@case("a database of a newer JouleRig is left as it is, and both schemas are named")
def newer(rig):
    rig.run("runs").exits(0)
    with closing(sqlite3.connect(rig.db)) as database:
        database.execute("PRAGMA user_version=99")
    for command in (("runs",), ("measure", "--bench", "scripted")):
        rig.run(*command).exits(3).complains("newer", "99", "--db|update")
    assert rig.value("PRAGMA user_version") == 99


if __name__ == "__main__":
    main(jobs=2)  # most cases wait for a deadline
