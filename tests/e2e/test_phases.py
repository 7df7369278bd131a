# Windows beside the inferences: phases alone, shams, what they share, and that none of them costs a run its result.
# Never asserts a duration of the wall; what a board did is compared with its own inferences.
import json

from rig import case, main, need, program_path

BESIDE = {"phases": True, "phase_windows": 2, "sham_windows": 2, "sham_s": 0.1}
PHASES = ("preprocess", "invoke", "postprocess")
FAULT = """
[fault]
name = "{name}"
about = "for this case"
[[event]]
at = {{ mark = {mark}, after_s = 0.05 }}
do = "{do}"
{keys}
[expect]
verdict = "pass"
"""


def measured(rig, bench, *args, **plan):
    done = rig.measure(bench, rig.plan(**(BESIDE | plan)), *args).exits(0)
    report = done.json
    assert report["verdict"] == "pass" and len(report["windows"]) == 5, str(done)
    assert all(window["label"] == "infer" for window in report["windows"])
    rig.run("recompute", report["run"]).exits(0)
    return done


def windows(rig, label):
    """(group, start, end, events) of the valid windows with that label, in their order."""
    return rig.rows("SELECT grp, start, end, events FROM window WHERE label=? AND valid=1 ORDER BY grp", label)


def seconds_each(rig, label):
    rows = windows(rig, label)
    return 1e-5 * sum(end - start for _, start, end, _ in rows) / sum(events for *_, events in rows)


def all_are_there(rig):
    assert len(windows(rig, "infer")) == 5
    for label in PHASES:
        assert len(windows(rig, label)) == 2, (label, windows(rig, label))
    assert len(windows(rig, "sham")) == 2


def add_up(rig, apart):
    whole, parts = seconds_each(rig, "infer"), {label: seconds_each(rig, label) for label in PHASES}
    assert abs(sum(parts.values()) / whole - 1) < apart, (whole, parts)
    assert parts["invoke"] > parts["preprocess"] > 0 and parts["postprocess"] > 0, parts
    return whole, parts


@case("phases and shams are windows of their own behind the inferences, and the phases add up to an inference")
def beside(rig):
    done = measured(rig, rig.bench())
    all_are_there(rig)
    whole, parts = add_up(rig, 1e-3)
    for label, share in zip(PHASES, (0.02, 0.97, 0.01)):
        assert abs(parts[label] / whole - share) < 1e-3, (label, parts, whole)
    assert max(group for group, *_ in windows(rig, "infer")) < min(group for group, *_ in windows(rig, "preprocess"))
    whole_sham, half_sham = windows(rig, "sham")
    for (_, start, end, events), told in ((whole_sham, 10_000), (half_sham, 5_000)):
        assert events == 1 and abs(end - start - told) <= 2, (start, end)
    clock = done.json["board_clock"]
    assert clock["pairs"] == 2 and abs(clock["correction_ppm"]) < 3 * clock["u_ppm"] < 1000, clock
    assert "Without" not in done.err, str(done)


@case("neighbouring windows share their idle piece to the sample, or no sample of it")
def idles(rig):
    measured(rig, rig.bench())
    pieces = rig.rows("SELECT start, end FROM window WHERE label='idle' AND valid=1 ORDER BY start, end")
    groups = len({row[0] for row in rig.rows("SELECT grp FROM window WHERE valid=1")})
    assert len(pieces) == 2 * groups, (len(pieces), groups)
    apart = sorted(set(pieces))
    assert all(a_end <= b_start for (_, a_end), (b_start, _) in zip(apart, apart[1:])), apart
    # Phases are first probed for their length: then the board has been asked for something in between.
    assert len(apart) <= groups + 1 + 3, f"{groups} windows have {len(apart)} idle pieces"


@case("an inference without work before and behind the model has its invoke phase, and notes for the others")
def empty(rig):
    done = measured(rig, rig.bench({"world.board_options.pre_s": 0.0, "world.board_options.post_s": 0.0}))
    assert len(windows(rig, "invoke")) == 2 and len(windows(rig, "sham")) == 2
    assert not windows(rig, "preprocess") and not windows(rig, "postprocess")
    assert "Without the phase preprocess" in done.err and "Without the phase postprocess" in done.err, str(done)


@case("a firmware that knows neither phases nor shams costs two notes, and no attempt at anything")
def foreign(rig):
    done = measured(rig, rig.bench({"world.board_options.foreign": True}))
    assert done.err.count("Without the phases") == 1 and done.err.count("(sham)") == 1, str(done)
    assert "Unknown command" in done.err
    assert [row["valid"] for row in done.json["attempts"]] == [True] * 5, done.json["attempts"]
    assert not rig.rows("SELECT * FROM window WHERE label NOT IN ('infer', 'guard', 'idle', 'sleep')")


@case("a firmware that refuses every phase is asked again, and then left alone")
def refused(rig):
    done = measured(rig, rig.bench({"world.board_options.phase_error": "e-[not today]"}), retries=0)
    assert all(f"Without the phase {label}" in done.err for label in ("preprocess", "postprocess")), str(done)
    assert "not today" in done.err and "(invoke)" in done.err and "(sham)" in done.err


@case("a phase window that loses samples or its monitor is taken again")
def again(rig):
    for name, do, keys in (("gone", "unplug_monitor", "for_s = 1.0"), ("lost", "lose", "samples = 5000")):
        # MARK 1 is the warm-up, 2 to 6 the inferences, 7 to 10 the probes, 11 to 16 the phase windows.
        script = rig.home / f"{name}-script.toml"
        script.write_text(FAULT.format(name=name, mark=12, do=do, keys=keys))
        bench = rig.bench(name=name)
        done = measured(rig, bench, "--world=--faults", f"--world={script}", retries=2, reconnect_s=5.0)
        dropped = [row for row in done.json["attempts"] if not row["valid"]]
        assert dropped and all(row["window"] > 5 for row in dropped), done.json["attempts"]
        rows = rig.rows("SELECT label, count(*) FROM window WHERE run=? AND valid=1 GROUP BY label", done.json["run"])
        assert dict(rows) | {label: 2 for label in (*PHASES, "sham")} == dict(rows), rows


@case("what MARK's own pin draws is in the truth of a sham, and in no idle power")
def pin(rig):
    measured(rig, rig.bench({"world.power.mark_pin": 1e-3}), "--world=--ideal")
    sleep_A = 18e-6
    truths = json.loads(rig.value("SELECT json FROM truth"))["windows"]
    for _, start, end, _ in windows(rig, "sham"):
        truth = min(truths, key=lambda one: abs(one["first_ordinal"] - start))
        expected_J = 3.3 * (1e-3 + sleep_A) * 1e-5 * (end - start)
        assert abs(truth["energy_J"] / expected_J - 1) < 0.01, (truth, expected_J)


@case("the phases of real firmware on a Cortex-M4F add up to its inference")
def real(rig):
    need((rig.bin / "joulerig-board-mps2-an386").is_file(), "joulerig-board-mps2-an386 is not built (JOULERIG_ARM=OFF)")
    for tool in ("stm32flash", "qemu-system-arm"):
        program_path(tool)
    measured(rig, "sim")
    all_are_there(rig)
    whole, parts = add_up(rig, 1e-4)
    print(f"    one inference {whole * 1e3:.3f} ms: " + ", ".join(f"{k} {v * 1e6:.2f} us" for k, v in parts.items()))


if __name__ == "__main__":
    main(jobs=2)
