# joulerig record against a virtual PPK2 that stands alone: durations, triggers, loss, Ctrl-C.
# Never needs a bench file: a record is a trace, not a measurement of a firmware.
import math
import re
import signal

from rig import case, main

PERIOD_S = 1e-5


def record(rig, instrument, *args, code=0):
    return rig.run("record", "--monitor", instrument.selector, *args, "--json").exits(code).json


def counted(rig, outcome):
    """What the report says is what the database holds."""
    assert rig.stored_samples(outcome["run"]) == outcome["samples"]["received"], outcome
    lost = rig.value("SELECT coalesce(sum(length), 0) FROM gap WHERE run=?", outcome["run"])
    assert lost == outcome["samples"]["lost"], (lost, outcome)
    return outcome


def states(rig, run):
    return rig.rows("SELECT kind, state, verdict, reason FROM run WHERE id=?", run)


@case("record --for 1.5s keeps 1.5 s to the sample, and its mean is that of the load within 0.1 % and within U")
def steady(rig):
    outcome = counted(rig, record(rig, rig.ppk2("--current", "5mA", "--ideal"), "--volts", "3.3", "--for", "1.5s"))
    assert outcome["run"] == "record-1" and outcome["reason"] == ""
    assert outcome["samples"] == {"received": 150_000, "lost": 0}, outcome
    assert math.isclose(outcome["duration_s"], 1.5, rel_tol=2e-4) and 0 < outcome["U_duration_s"] < 1e-3, outcome
    assert math.isclose(outcome["charge_C"], outcome["mean_current_A"] * outcome["duration_s"], rel_tol=1e-12), outcome
    assert math.isclose(outcome["mean_current_A"], 5e-3, rel_tol=1e-3), outcome  # the board is fed before the stream starts
    assert abs(outcome["mean_current_A"] - 5e-3) < outcome["U_mean_current_A"] < 2e-3, outcome
    assert states(rig, "record-1") == [("record", "closed", "pass", "")]


@case("show repeats what record said to the last digit, recompute gives it again, and both pages state it with its U")
def repeated(rig):
    outcome = record(rig, rig.ppk2("--current", "5mA"), "--volts", "3.3", "--for", "0.3s")
    shown = rig.run("show", "record-1", "--json").exits(0).json
    for key in ("mean_current_A", "U_mean_current_A", "charge_C", "U_charge_C", "duration_s", "U_duration_s", "coverage", "calibration"):
        assert outcome[key] is not None and shown[key] == outcome[key], (key, shown[key], outcome[key])
    page = rig.run("show", "record-1").exits(0).out
    assert re.search(r"current .*\u00b1.* mA \(95 %", page) and re.search(r"charge .*\u00b1.* mC", page), page
    assert "the same bits (mean current" in rig.run("recompute", "record-1").exits(0).out


@case("the mean of a trace that was triggered after the load had settled is exact within 0.1 %")
def exact(rig):
    # Low for 2 s, then high for 2 s: what is recorded lies inside the high half.
    outcome = counted(rig, record(rig, rig.ppk2("--square", "2mA,5mA,4s", "--ideal"), "--volts", "3.3", "--for", "1s",
                                  "--trigger", "current > 4mA"))
    assert math.isclose(outcome["mean_current_A"], 5e-3, rel_tol=1e-3), outcome


@case("without --volts nothing is fed: no current flows in a load that the instrument would have to supply")
def ampere_mode(rig):
    outcome = counted(rig, record(rig, rig.ppk2("--current", "5mA", "--ideal"), "--for", "0.5s"))
    assert abs(outcome["mean_current_A"]) < 1e-6, outcome


@case("a trigger on D0 rising keeps what --pre asked for from before the edge")
def rising(rig):
    instrument = rig.ppk2("--square", "1mA,5mA,2s", "--ideal")
    outcome = counted(rig, record(rig, instrument, "--volts", "3.3", "--trigger", "D0 rising", "--pre", "0.3s",
                                  "--for", "0.9s"))
    # D0 is high with the current: 0.3 s at 1 mA, then 0.6 s at 5 mA.
    pre, rest = 0.3, 0.6
    assert outcome["samples"]["received"] == 90_000, outcome
    assert math.isclose(outcome["mean_current_A"], (pre * 1e-3 + rest * 5e-3) / (pre + rest), rel_tol=0.01), outcome


@case("a trigger on D0 falling starts where the load goes low")
def falling(rig):
    instrument = rig.ppk2("--square", "1mA,5mA,2s", "--ideal")
    outcome = counted(rig, record(rig, instrument, "--volts", "3.3", "--trigger", "D0 falling", "--for", "0.5s"))
    assert math.isclose(outcome["mean_current_A"], 1e-3, rel_tol=0.01), outcome


@case("triggers on a current start where it passes the level, in either direction")
def currents(rig):
    for trigger, expected_A in (("current > 3mA", 5e-3), ("current < 3000uA", 1e-3)):
        instrument = rig.ppk2("--square", "1mA,5mA,2s", "--ideal")
        outcome = counted(rig, record(rig, instrument, "--volts", "3.3", "--trigger", trigger, "--for", "0.4s"))
        assert math.isclose(outcome["mean_current_A"], expected_A, rel_tol=0.01), (trigger, outcome)


@case("a trigger that never comes ends with a sentence and leaves no run")
def no_trigger(rig):
    instrument = rig.ppk2("--current", "1mA", "--ideal")
    done = rig.run("record", "--monitor", instrument.selector, "--volts", "3.3", "--trigger", "D3", "--trigger-timeout",
                   "1s", "--json").exits(3).complains("trigger", "1 s", "nothing was recorded")
    assert done.json["run"] is None and done.json["samples"]["received"] == 0 and "trigger" in done.json["reason"]
    rig.run("record", "--monitor", instrument.selector, "--volts", "3.3", "--trigger", "D3 falling", "--trigger-timeout",
            "0.5s").exits(3).complains("all the time", "waits for an edge")
    assert rig.run("runs", "--json").exits(0).json["runs"] == []


@case("a current that is beyond its level already starts the record and says so, in the record too")
def level(rig):
    instrument = rig.ppk2("--current", "5mA", "--ideal")
    outcome = counted(rig, record(rig, instrument, "--volts", "3.3", "--trigger", "current < 100mA", "--for", "0.3s"))
    assert outcome["samples"]["received"] == 30_000 and "held already" in outcome["notes"][0], outcome
    assert math.isclose(outcome["mean_current_A"], 5e-3, rel_tol=1e-3), outcome
    assert "held already" in rig.run("show", "record-1").exits(0).out


@case("lost samples are counted exactly, also multiples of the counter's 64")
def loss(rig):
    instrument = rig.ppk2("--current", "5mA", "--lose", "64@250000", "--lose", "7@500000", "--lose", "640@750000")
    outcome = counted(rig, record(rig, instrument, "--volts", "3.3", "--for", "10s"))
    gaps = rig.rows("SELECT ordinal, length, place_limit FROM gap ORDER BY ordinal")
    assert [length for _, length, _ in gaps] == [64, 7, 640] and outcome["samples"]["lost"] == 711, gaps
    missing = 0
    for (ordinal, length, place), sample in zip(gaps, (250_000, 500_000, 750_000)):
        assert abs(ordinal + missing - sample) <= place + 640, gaps
        missing += length


@case("a lost byte costs at most 16 samples, and the trace goes on")
def byte_loss(rig):
    instrument = rig.ppk2("--current", "5mA", "--ideal", "--lose-bytes", "1@250000")
    outcome = counted(rig, record(rig, instrument, "--volts", "3.3", "--for", "5s"))
    assert 1 <= outcome["samples"]["lost"] <= 16 and outcome["samples"]["received"] >= 499_984, outcome


@case("Ctrl-C ends a record with 130 and keeps its samples; the record says that it was interrupted")
def interrupted(rig):
    instrument = rig.ppk2("--current", "5mA")
    running = rig.start("record", "--monitor", instrument.selector, "--volts", "3.3", "--for", "600s", "--json")
    running.says(r"^committed record-1 \d+", 2).signal(signal.SIGINT)
    done = running.end().exits(130).complains("interrupted")
    outcome = counted(rig, done.json)
    acknowledged = [int(line.split()[2]) for line in done.err.splitlines() if line.startswith("committed record-1 ")]
    assert acknowledged == sorted(acknowledged) and outcome["samples"]["received"] >= acknowledged[-1] > 0
    (kind, state, verdict, reason), = states(rig, "record-1")
    assert (kind, state, verdict) == ("record", "interrupted", "rig-error") and "nterrupted" in reason, (state, verdict)


@case("Ctrl-C ends a measure with 130, keeps its samples and leaves the supply off")
def interrupted_measure(rig):
    bench = rig.bench(name="scripted")
    running = rig.start("measure", "--bench", bench, "--plan", rig.plan(windows=1000), "--json")
    running.says("^window 2 of").signal(signal.SIGINT)
    done = running.end().exits(130)
    assert rig.stored_samples("scripted-1") > 100_000
    assert states(rig, "scripted-1") == [("measure", "interrupted", "rig-error", "Interrupted.")]
    assert done.json["state"] == "interrupted" and not list((rig.home / "xdg").rglob("left-on-*.json"))
    rig.run("show", "scripted-1").exits(0)


@case("two records after each other on one instrument both work: the first leaves it stopped and off")
def twice(rig):
    instrument = rig.ppk2("--current", "5mA", "--ideal")
    first = counted(rig, record(rig, instrument, "--volts", "3.3", "--for", "0.5s"))
    second = counted(rig, record(rig, instrument, "--for", "0.5s"))
    assert (first["run"], second["run"]) == ("record-1", "record-2")
    assert first["mean_current_A"] > 4e-3 and abs(second["mean_current_A"]) < 1e-6, (first, second)


if __name__ == "__main__":
    main(jobs=2)
