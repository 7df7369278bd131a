# joulerig record against a virtual PPK2 that stands alone: durations, triggers, loss, Ctrl-C.
# Never needs a bench file: a record is a trace, not a measurement of a firmware.
import math
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


@case("record --for keeps at least so long a trace, and its mean is that of the load within 0.1 %")
def steady(rig):
    outcome = counted(rig, record(rig, rig.ppk2("--current", "5mA", "--ideal"), "--volts", "3.3", "--for", "1.5s"))
    # The output is switched on just after the stream has started: the first samples show no current.
    assert outcome["run"] == "record-1" and outcome["duration_s"] >= 1.5 and outcome["reason"] == ""
    assert outcome["samples"]["lost"] == 0
    assert math.isclose(outcome["charge_C"], outcome["mean_current_A"] * outcome["samples"]["received"] * PERIOD_S,
                        rel_tol=1e-9), outcome
    assert 0.9 * 5e-3 < outcome["mean_current_A"] <= 5.005e-3, outcome
    assert states(rig, "record-1") == [("record", "closed", "pass", "")]


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
    # D0 is high with the current: 0.3 s at 1 mA, then 0.6 s at 5 mA. The rest of a block may follow.
    pre, rest = 0.3, outcome["duration_s"] - 0.3
    assert 0.9 <= outcome["duration_s"] < 1.25, outcome
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


@case("a trigger that never comes ends the record with a sentence, and keeps nothing as if it were a trace")
def no_trigger(rig):
    instrument = rig.ppk2("--current", "1mA", "--ideal")
    done = rig.run("record", "--monitor", instrument.selector, "--volts", "3.3", "--trigger", "D3", "--trigger-timeout",
                   "2s", "--json").exits(3).complains("trigger", "2 s")
    assert done.json["samples"]["received"] == 0 and "trigger" in done.json["reason"]


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
