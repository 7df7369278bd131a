# kill -9 of joulerig at random moments: the database opens, nothing acknowledged is lost, the supply goes off.
# Never waits for a fixed time to hit a state: moments come from a fixed seed and from what the program has said.
import math
import os
import random
import re
import signal
import time
from pathlib import Path

from rig import case, guards_of, main, notes

KILLS = 3  # beside those of test_kill_record.py: here on an instrument whose supply the guard watches


def acknowledged(done, run):
    counts = [int(n) for n in re.findall(rf"^committed {run} (\d+)$", done.err, re.MULTILINE)]
    return counts[-1] if counts else 0


def survived(rig, run, done):
    """What must hold after each kill, before and after the next start. Returns the samples stored."""
    rig.is_whole()
    (state,), = rig.rows("SELECT state FROM run WHERE id=?", run)
    assert state == "open", state
    following = rig.run("runs", "--json").exits(0)
    assert re.search(rf"^Run {run} was cut off .*interrupted", following.err, re.MULTILINE), str(following)
    row = next(row for row in following.json["runs"] if row["run"] == run)
    assert (row["state"], row["verdict"]) == ("interrupted", "rig-error") and row["reason"], row
    assert "was cut off" not in rig.run("runs").exits(0).err, "told twice"
    rig.is_whole()
    stored = rig.stored_samples(run)
    assert stored >= acknowledged(done, run), f"{stored} samples of {run} are stored:\n{done}"
    rig.run("show", run).exits(0)
    return stored


@case(f"a record killed {KILLS} times at random moments loses no acknowledged sample")
def record_kills(rig):
    dice = random.Random(20261122)
    instrument = rig.ppk2("--square", "10uA,5mA,10ms", "--seed", "3")
    stored = 0
    for number in range(1, KILLS + 1):
        run = f"record-{number}"
        running = rig.start("record", "--monitor", instrument.selector, "--volts", "3.3", "--for", "600s")
        running.says("^recording")
        begun = time.monotonic() + dice.uniform(0, 2.2)  # three commits come in that time, on an idle host
        while time.monotonic() < begun:
            time.sleep(0.001)
        done = running.signal(signal.SIGKILL).end()
        assert done.code == -signal.SIGKILL, str(done)
        stored += survived(rig, run, done)
    assert stored > 0, "no kill came after a commit"
    # The killed ones left the device streaming, half a command in its buffer: the next client copes.
    last = rig.run("record", "--monitor", instrument.selector, "--volts", "3.3", "--for", "1s", "--json").exits(0).json
    assert last["run"] == f"record-{KILLS + 1}" and last["samples"]["received"] >= 100_000, last


@case("a measure killed at random moments becomes interrupted, its virtual bench ends, and the next one passes")
def measure_kills(rig):
    dice = random.Random(7)
    bench = rig.bench(name="scripted")
    for number, moment in enumerate(("^booting", "^warming up", "^window 1 of", "^window 4 of"), 1):
        run = f"scripted-{number}"
        running = rig.start("measure", "--bench", bench, "--plan", rig.plan(windows=1000), "--json")
        running.says(moment).says(rf"^committed {run} \d+")
        time.sleep(dice.uniform(0, 0.3))
        # end() also waits for the pipe that joulerig-sim had inherited: a survivor would hold it open.
        done = running.signal(signal.SIGKILL).end()
        assert done.out == "", str(done)
        survived(rig, run, done)
        assert rig.run("recompute", run).code == 3
    rig.measure(bench).exits(0)


def until(condition, what, patience_s=30):
    limit = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < limit, what
        time.sleep(0.02)


def measure_until_booting(rig, name):
    """A measure on an instrument that stands alone, as a device would, stopped nowhere: it is feeding the board."""
    instrument = rig.ppk2("--current", "5mA", "--ideal")
    silent = rig.ppk2()  # stands in for the board's serial port: there, and never a DUT
    bench = rig.bench({"world": None, "monitor.port": str(instrument.port), "link.port": str(silent.port)}, name=name)
    running = rig.start("measure", "--bench", bench, "--plan", rig.plan())
    running.says("^booting the board").says(rf"^committed {name}-1 \d+")
    assert notes(rig), "no note says that the supply is on"
    return instrument, bench, running


def feeds_nothing(rig, instrument):
    quiet = rig.run("record", "--monitor", instrument.selector, "--for", "0.3s", "--json").exits(0)
    assert "left on" not in quiet.err and abs(quiet.json["mean_current_A"]) < 1e-6, str(quiet)


@case("a supply that a killed measure left on is off at once: its guard outlives it, whatever killed it")
def guarded(rig):
    for number in (signal.SIGKILL, signal.SIGSEGV, signal.SIGQUIT):
        instrument, _, running = measure_until_booting(rig, f"real-{number.value}")
        (guard,) = guards_of(running.process.pid)
        os.kill(guard, signal.SIGINT)  # a Ctrl-C goes to every process of a terminal
        done = running.signal(number).end()
        assert re.search("The supply of ppk2 on .* had been left on .*; it is off now", done.err), str(done)
        until(lambda: not notes(rig), "the note stayed")
        until(lambda: not Path(f"/proc/{guard}").exists(), "the guard stayed")
        feeds_nothing(rig, instrument)


@case("a measure that ends by itself or by Ctrl-C dismisses its guard and leaves nothing on")
def dismissed(rig):
    instrument, bench, running = measure_until_booting(rig, "real-int")
    (guard,) = guards_of(running.process.pid)
    done = running.signal(signal.SIGINT).end().exits(130)
    assert "left on" not in done.err and not notes(rig), str(done)
    assert not Path(f"/proc/{guard}").exists(), "the guard stayed"
    feeds_nothing(rig, instrument)


@case("a supply that a killed measure and its killed guard left on is switched off by the next start")
def left_on(rig):
    followers = {
        "power": lambda bench, instrument: ("power", bench, "off"),
        "monitor": lambda bench, instrument: ("monitor", bench, "--for", "0.3s", "--json"),
        "record": lambda bench, instrument: ("record", "--monitor", instrument.selector, "--for", "0.3s"),
        "measure": lambda bench, instrument: ("measure", "--bench", rig.bench(name="scripted"), "--plan", rig.plan()),
    }
    for name, command in followers.items():
        instrument, bench, running = measure_until_booting(rig, f"real-{name}")
        for guard in guards_of(running.process.pid):
            os.kill(guard, signal.SIGKILL)
        running.signal(signal.SIGKILL).end()
        assert notes(rig), "no note says that the supply is on"
        following = rig.run(*command(bench, instrument))
        sentence = re.search("The supply of ppk2 on .* had been left on .*; it is off now", following.err)
        assert sentence and str(instrument.port) in sentence[0] and f"real-{name}" in sentence[0], str(following)
        assert not notes(rig), "the note stayed"
        feeds_nothing(rig, instrument)
        if name == "power":
            survived_runs = dict(rig.rows("SELECT id, state FROM run"))
            assert survived_runs[f"real-{name}-1"] == "interrupted", survived_runs


@case("a killed process that its parent has not reaped yet counts as gone, its run and its supply too")
def unreaped(rig):
    instrument = rig.ppk2("--current", "5mA", "--ideal")
    running = rig.start("record", "--monitor", instrument.selector, "--volts", "3.3", "--for", "600s")
    running.says(r"^committed record-1 \d+").signal(signal.SIGKILL)
    os.waitid(os.P_PID, running.process.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and stays a zombie
    until(lambda: not notes(rig), "the guard did not see that its charge is dead")
    until(lambda: not guards_of(running.process.pid), "the guard stayed")
    following = rig.run("record", "--monitor", instrument.selector, "--for", "0.3s", "--json").exits(0)
    assert "Run record-1 was cut off" in following.err and "left on" not in following.err, str(following)


@case("a supply left on by a process that lives is not touched")
def still_alive(rig):
    instrument = rig.ppk2("--current", "5mA", "--ideal")
    running = rig.start("record", "--monitor", instrument.selector, "--volts", "3.3", "--for", "3s", "--json")
    running.says(r"^committed record-1 \d+")
    other = rig.run("discover", "--json").exits(0), rig.run("runs").exits(0)
    busy = rig.run("record", "--monitor", instrument.selector).exits(75)
    for done in (*other, busy):
        assert "left on" not in done.err and "cut off" not in done.err, str(done)
    outcome = running.end().exits(0).json
    assert math.isclose(outcome["mean_current_A"], 5e-3, rel_tol=0.02), outcome


@case("a supply left on by a device that is gone is no trouble for the next start")
def device_gone(rig):
    instrument = rig.ppk2("--current", "5mA", "--ideal")
    running = rig.start("record", "--monitor", instrument.selector, "--volts", "3.3", "--for", "600s")
    running.says(r"^committed record-1 \d+").kill()
    instrument.unplug()
    instrument.port.unlink(missing_ok=True)
    following = rig.run("measure", "--bench", rig.bench(name="scripted"), "--plan", rig.plan()).exits(0)
    assert "may still be on" not in following.err, str(following)


if __name__ == "__main__":
    main()
