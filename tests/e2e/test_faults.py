# What breaks while a run is under way: unplugged instruments, full disks, loss beyond what a window bears.
# Never loses what was captured before the fault, and never blames the firmware for it.
import os
import re
import signal
import subprocess
from pathlib import Path

from rig import Instrument, case, main, need


def acknowledged(done, run):
    counts = [int(n) for n in re.findall(rf"^committed {run} (\d+)$", done.err, re.MULTILINE)]
    assert counts == sorted(counts), counts
    return counts[-1] if counts else 0


def closed_as_rig_error(rig, run):
    (state, verdict, reason), = rig.rows("SELECT state, verdict, reason FROM run WHERE id=?", run)
    assert (state, verdict) == ("closed", "rig-error") and reason, (state, verdict, reason)
    return reason


def limited_to(bytes_):
    """Runs a program whose files may not grow beyond that: a disk that is full."""
    return ["/bin/sh", "-c", f'ulimit -f {bytes_ // 512}; exec "$0" "$@"']  # POSIX counts blocks of 512 bytes


@case("an instrument unplugged in the middle of a record ends it with 3; what was captured is stored")
def unplugged_record(rig):
    for number, goodbye in enumerate((Instrument.unplug, Instrument.close), 1):
        run = f"record-{number}"
        instrument = rig.ppk2("--current", "5mA")
        running = rig.start("record", "--monitor", instrument.selector, "--volts", "3.3", "--for", "600s", "--json")
        running.says(rf"^committed {run} \d+", 2)
        goodbye(instrument)
        done = running.end().exits(3).complains(re.escape(str(instrument.port)) + "|ppk2|/dev/pts", "unplugged|gone|lost|hung up")
        outcome = done.json
        assert rig.stored_samples(run) == outcome["samples"]["received"] >= acknowledged(done, run) > 0
        assert 4.9e-3 * 0.75 < outcome["mean_current_A"] < 5.1e-3 * 1.25, outcome
        assert closed_as_rig_error(rig, run) == outcome["reason"]


@case("an instrument unplugged in the middle of a window makes a rig error that can be shown and recomputed")
def unplugged_measure(rig):
    bench = rig.bench({"world.board_options.inference_s": 1.0}, name="scripted")
    running = rig.start("measure", "--bench", bench, "--plan", rig.plan(window_s=8.0), "--json")
    running.says("^window 1 of").says(r"^committed scripted-1 \d+", 6)
    world = child_of(running.process.pid, "joulerig-sim")
    os.kill(world, signal.SIGKILL)  # instrument and link hang up together
    done = running.end().exits(3).complains("lost|unplugged|gone|hung up|hang")
    assert rig.stored_samples("scripted-1") >= acknowledged(done, "scripted-1") > 0
    reason = closed_as_rig_error(rig, "scripted-1")
    report = done.json
    assert (report["verdict"], report["reason"]) == ("rig-error", reason)
    assert report["samples"]["received"] == rig.stored_samples("scripted-1")
    assert reason in rig.run("show", "scripted-1").exits(0).out
    rig.run("recompute", "scripted-1").exits(0)


def child_of(parent, name):
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = status.read_text()
        except OSError:
            continue
        command, fields = text[text.index("(") + 1:text.rindex(")")], text[text.rindex(")") + 1:].split()
        if command == name and int(fields[1]) == parent:
            return int(status.parent.name)
    raise AssertionError(f"process {parent} has no child {name}")


@case("a world that stops for good is a rig error that names the instrument, within seconds")
def stalled_world(rig):
    running = rig.start("measure", "--bench", rig.bench(name="scripted"), "--plan", rig.plan(windows=1000), "--json")
    running.says("^window 1 of")
    world = child_of(running.process.pid, "joulerig-sim")
    os.kill(world, signal.SIGSTOP)
    try:
        done = running.end()
    finally:
        if running.process.poll() is None:
            os.kill(world, signal.SIGCONT)
    done.exits(3).complains("sent nothing|no sample|silent|fewer samples|stopped sending|did not finish")
    assert rig.stored_samples("scripted-1") >= acknowledged(done, "scripted-1") > 0
    closed_as_rig_error(rig, "scripted-1")


@case("a full disk during a record ends it with 3 and says so; every acknowledged sample can be read")
def full_disk_record(rig):
    rig.run("runs").exits(0)  # the schema is there before the disk is full
    instrument = rig.ppk2("--current", "5mA")
    done = rig.run("record", "--monitor", instrument.selector, "--volts", "3.3", "--for", "60s", wrap=limited_to(1 << 20))
    done.exits(3).complains("disk", "space", "runs.db")
    rig.is_whole()
    after = rig.run("runs", "--json").exits(0)
    (row,) = after.json["runs"]
    assert row["run"] == "record-1" and row["verdict"] == "rig-error" and row["state"] in ("closed", "interrupted"), row
    assert rig.stored_samples("record-1") >= acknowledged(done, "record-1") > 0, str(done)


@case("a full disk during a measure is a rig error, and the next measure with room works")
def full_disk_measure(rig):
    rig.run("runs").exits(0)
    bench, plan = rig.bench(name="scripted"), rig.plan(window_s=2.0)
    done = rig.run("measure", "--bench", bench, "--plan", plan, wrap=limited_to(1 << 20))
    done.exits(3).complains("disk", "runs.db")
    rig.is_whole()
    assert rig.stored_samples("scripted-1") >= acknowledged(done, "scripted-1") > 0, str(done)
    rig.measure(bench).exits(0)
    states = dict(rig.rows("SELECT id, state FROM run"))
    assert states["scripted-1"] in ("closed", "interrupted") and states["scripted-2"] == "closed", states


@case("a file system without any room left ends a record with 3 and advice; what was committed is there")
def no_space(rig):
    folder = rig.home / "small"
    folder.mkdir()
    need(os.geteuid() == 0, "to mount a small file system this case must run as root")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True, text=True)
    need(mounted.returncode == 0, f"a small file system cannot be mounted here ({mounted.stderr.strip()})")
    rig.cleanup.callback(subprocess.run, ["umount", folder], check=True)
    rig.db = folder / "runs.db"
    rig.env["JOULERIG_DB"] = str(rig.db)
    instrument = rig.ppk2("--current", "5mA")
    done = rig.run("record", "--monitor", instrument.selector, "--volts", "3.3", "--for", "60s")
    done.exits(3).complains("disk is full", "runs.db", "free space", "--db")
    rig.is_whole()
    assert rig.stored_samples("record-1") >= acknowledged(done, "record-1") > 0, str(done)
    rig.run("runs").exits(0)
    rig.run("show", "record-1").exits(0)
    rig.run("store", "check").exits(0)
    subprocess.run(["mount", "-o", "remount,size=64m", folder], check=True)
    outcome = rig.run("record", "--monitor", instrument.selector, "--volts", "3.3", "--for", "1s", "--json").exits(0).json
    assert outcome["run"] == "record-2" and rig.stored_samples("record-2") == outcome["samples"]["received"], outcome


@case("a database that cannot even be created on a full disk is told before anything is powered")
def full_disk_at_once(rig):
    done = rig.run("measure", "--bench", rig.bench(), wrap=limited_to(4096)).exits(3)
    done.complains("disk|space", "runs.db")
    assert "opening bench" not in done.err


@case("windows that lose more than 0.1 % do not count, are tried again, and too few of them are a rig error")
def heavy_loss(rig):
    losses = [f"37@{at}" for at in range(60_000, 10_000_000, 12_500)]  # two or three in every window of 0.3 s
    bench = rig.bench({"world.monitor.lose": losses}, name="scripted")
    done = rig.measure(bench, rig.plan(windows=6)).exits(3).complains("valid windows", "five", "samples of the window")
    attempts = rig.rows("SELECT grp, attempt, valid, reason FROM window WHERE label='infer' ORDER BY grp, attempt")
    # After the second of six there can be no five any more: nobody is kept waiting for the rest.
    assert [(grp, attempt) for grp, attempt, _, _ in attempts] == [(g, a) for g in (1, 2) for a in (1, 2)], attempts
    invalid = [reason for _, _, valid, reason in attempts if not valid]
    assert len(invalid) == 4 and all("lost" in reason for reason in invalid), attempts
    assert [(one["window"], one["valid"]) for one in done.json["attempts"]] == [(1, False)] * 2 + [(2, False)] * 2
    assert len(re.findall("^Window . attempt . does not count", done.err.replace(",", ""), re.MULTILINE)) == len(invalid)
    assert done.json["samples"]["lost"] > 8 * 37, done.json["samples"]


@case("a reader of the output that goes away does not break the run or its record")
def broken_pipe(rig):
    bench = rig.bench(name="scripted")
    script = '"$0" "$@" | head -c 1 >/dev/null'
    rig.run("measure", "--bench", bench, "--plan", rig.plan(), "--json", wrap=["/bin/sh", "-c", script])
    assert rig.rows("SELECT state, verdict FROM run") == [("closed", "pass")]


if __name__ == "__main__":
    main(jobs=2)
