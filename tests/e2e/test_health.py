# Bench health through the real programs: the air, reference loads before and after, control runs, quarantine, charts.
# Never waits for drift: a fault script or another seed is the drift.
import json
import os
import time
import xml.dom.minidom

from rig import case, main

INSIDE_SEED, OTHER_SEED = 4, 9
CHECKED = {"world.seed": INSIDE_SEED, "health.check": "each", "health.check_A": [1e-3, 30e-6]}


def scripted(rig, edits=None):
    return rig.bench({"world.seed": INSIDE_SEED} | (edits or {}), name="scripted")


def setup_of(rig, run):
    return json.loads(rig.value("SELECT environment FROM run WHERE id=?", run))


def drifting(rig, percent_per_s=1.0):
    """A fault script: the gain drifts from the third second of the monitor's life on."""
    script = rig.home / "drift.toml"
    script.write_text(f'[fault]\nname = "drift"\nabout = "a gain that drifts between two looks at the load is seen"\n'
                      f'[[event]]\nat = {{ stream_s = 3.0 }}\ndo = "drift_gain"\npercent_per_s = {percent_per_s}\nfor_s = 3.0\n'
                      f'[expect]\nverdict = "pass"\n')
    return str(script)


@case("--ambient goes over the bench file, and the record says where the temperature came from")
def ambient_flag(rig):
    bench = scripted(rig)
    stated = rig.measure(bench).exits(0).json
    assert stated["ambient_C"] == 23.0
    assert setup_of(rig, stated["run"])["ambient_source"] == "stated in the bench file"
    given = rig.measure(bench, None, "--ambient", "21.5,0.4").exits(0).json
    setup = setup_of(rig, given["run"])
    assert given["ambient_C"] == 21.5 and setup["u_ambient_K"] == 0.4 and setup["ambient_measured"] is False
    assert setup["ambient_source"] == "stated on the command line" and "air stated" in given["grade"]["line"], given["grade"]
    for bad in ("warm", "21,5,3", "400"):
        rig.measure(bench, None, "--ambient", bad).exits(64).complains(bad, "23.5,0.5")


@case("the temperature comes from a logger's file or from a sensor, read at the start and at the end")
def ambient_file(rig):
    logged = rig.home / "air.json"
    logged.write_text('{"rh": 40, "t_C": 24.25}')
    edits = {"ambient.temperature_C": None, "ambient.u_temperature_K": 0.3}
    report = rig.measure(scripted(rig, edits | {"ambient.file": str(logged)})).exits(0).json
    setup = setup_of(rig, report["run"])
    assert report["ambient_C"] == 24.25 and setup["u_ambient_K"] == 0.3
    assert str(logged) in setup["ambient_source"] and "at the end" in setup["ambient_source"], setup
    sensor = rig.home / "temp1_input"
    sensor.write_text("22750\n")
    report = rig.measure(scripted(rig, edits | {"ambient.sensor": str(sensor)})).exits(0).json
    assert abs(report["ambient_C"] - 22.75) < 1e-9


@case("a temperature that is stale, absent or nonsense ends the command before a run begins, and says what to do")
def ambient_refused(rig):
    logged = rig.home / "air.txt"
    bench = scripted(rig, {"ambient.temperature_C": None, "ambient.file": str(logged)})
    rig.measure(bench).exits(3).complains("air.txt", "not there", "--ambient")
    logged.write_text("23.1")
    old = time.time() - 3600
    os.utime(logged, (old, old))
    rig.measure(bench).exits(3).complains("air.txt", "60 minutes old", "logger")
    logged.write_text("296.3")
    rig.measure(bench).exits(3).complains("296.3", "unit")
    logged.write_text("mild")
    rig.measure(bench).exits(3).complains("no temperature", "t_C")
    assert rig.value("SELECT count(*) FROM run") == 0


@case("outside its temperature gate a bench measures nothing, and inside it does")
def gate(rig):
    bench = scripted(rig, {"ambient.gate_low_C": 18.0, "ambient.gate_high_C": 22.0})
    rig.measure(bench).exits(3).complains("23.0", "above the bench's gate of 22.0", "gate_high_C")
    rig.measure(bench, None, "--ambient", "17").exits(3).complains("below the bench's gate of 18.0")
    assert rig.value("SELECT count(*) FROM run") == 0
    assert rig.measure(bench, None, "--ambient", "20").exits(0).json["verdict"] == "pass"


@case("mistakes in [ambient] and [health] are sentences with the key, before anything is opened")
def mistakes(rig):
    for edits, words in (
            ({"health.chek": "each"}, ("'chek'", "did you mean 'check'")),
            ({"health.check": "always"}, ("each", "never")),
            ({"health.check": "each"}, ("check_A",)),
            ({"health.check": "each", "health.check_A": [1e-3, 2e-3, 3e-3]}, ("one or two",)),
            ({"health.check": "each", "health.check_A": [0.2]}, ("0.2 A", "trip current")),
            ({"health.check": "each", "health.check_A": [1e-3], "reference": None}, (r"\[reference\]",)),
            ({"health.check": "each", "health.check_A": [1e-3], "reference.kind": "hand",
              "reference.u_repeat_A": [0.0, 0.0, 0.0, 0.0]}, ("by itself",)),
            ({"health.control_days": 0}, ("control_days",)),
            ({"ambient.file": "/air"}, ("more than one source",)),
            ({"ambient.gate_low_C": 30.0, "ambient.gate_high_C": 20.0}, ("gate_low_C",)),
            ({"ambient.temperature_C": 300.0}, ("-40 and 85",))):
        rig.measure(scripted(rig, edits)).exits(64).complains(*words)
    assert rig.value("SELECT count(*) FROM run") == 0


@case("reference loads are looked at before and after, kept with the run, and a sound monitor passes")
def checked(rig):
    report = rig.measure(scripted(rig, CHECKED)).exits(0).json
    assert report["suspect"] is False and report["verdict"] == "pass"
    checks = setup_of(rig, report["run"])["health_checks"]
    assert [check["asked_A"] for check in checks] == [1e-3, 30e-6]
    for check in checks:
        before, after = (check[when]["monitor_A"] / check[when]["reference_A"] - 1 for when in ("before", "after"))
        assert abs(before) < 0.2 and abs(after - before) < 5e-4 + 6 * check["u_repeat"], checks
        assert 0 < check["u_repeat"] < 1e-3 and check["calibrated"] is False, checks
    assert len({check["range"] for check in checks}) == 2, "two loads in one range tell nothing of two ranges"
    rows = rig.rows("SELECT kind, passed, run, instrument FROM health")
    assert rows == [("reference", 1, report["run"], "ppk2:on-scripted")] * 2, rows
    again = rig.run("recompute", report["run"]).exits(0)
    assert "the same bits" in again.out


@case("a monitor that drifts during a run makes it suspect, and the next ones too, until someone has looked")
def drift(rig):
    bench = scripted(rig, CHECKED | {"world.faults": drifting(rig)})
    done = rig.measure(bench).exits(0)
    report = done.json
    assert report["verdict"] == "pass" and report["suspect"] is True, str(done)
    reason = setup_of(rig, report["run"])["suspect_reason"]
    assert "during the run" in reason, reason
    assert "goes into quarantine" in done.err and "bench release scripted" in done.err, str(done)
    sound = scripted(rig, CHECKED)
    done = rig.measure(sound).exits(0)
    assert done.json["suspect"] is True and "in quarantine since" in done.err, str(done)
    assert "(suspect: " in rig.run("show", done.json["run"]).exits(0).out and done.json["suspect_reason"]
    rig.run("bench", "release", sound).exits(64).complains("--reason")
    released = rig.run("bench", "release", sound, "--reason", "loose lead", "--by", "kim", "--json").exits(0).json
    assert [one["instrument"] for one in released["released"]] == ["ppk2:on-scripted"]
    assert rig.measure(sound).exits(0).json["suspect"] is False
    rig.run("bench", "release", sound, "--reason", "again").exits(3).complains("quarantine")
    rows = rig.rows("SELECT lifted_by, lifted_reason FROM quarantine")
    assert rows == [("kim", "loose lead")], rows


@case("an instrument that is off from its own chart is seen although its card would allow it; a new baseline accepts it")
def jump(rig):
    one_load = CHECKED | {"health.check_A": [1e-3]}
    assert rig.measure(scripted(rig, one_load)).exits(0).json["suspect"] is False
    other = scripted(rig, one_load | {"world.seed": OTHER_SEED})
    done = rig.measure(other).exits(0)
    assert done.json["suspect"] is True, str(done)
    rig.run("bench", "release", other, "--reason", "another PPK2 was put in", "--new-baseline").exits(0)
    assert rig.measure(other).exits(0).json["suspect"] is False


@case("control runs make a chart of the bench, one out of limits puts the monitor into quarantine, and an overdue one is told")
def control(rig):
    bench = scripted(rig, {"health.control_days": 7.0})
    plan = rig.plan()
    assert "CONTROL OVERDUE: there was none yet" in rig.measure(bench, plan).exits(0).err
    first = rig.run("bench", "control", bench, "--plan", plan).exits(0)
    assert "as the bench's chart allows" in first.out, str(first)
    done = rig.measure(bench, plan).exits(0)
    assert "CONTROL" not in done.err, str(done)
    assert setup_of(rig, done.json["run"])["control_note"].endswith("passed")
    report = rig.run("bench", "control", bench, "--plan", plan, "--json").exits(0).json
    assert setup_of(rig, report["run"])["control"] is True
    other = scripted(rig, {"health.control_days": 7.0, "world.seed": OTHER_SEED})
    out = rig.run("bench", "control", other, "--plan", plan).exits(3)
    assert "out of limits" in out.out and "goes into quarantine" in out.err, str(out)
    assert rig.measure(bench, plan).exits(0).json["suspect"] is True
    chart = rig.run("bench", "history", bench, "--json").exits(0).json["series"]
    assert [look["passed"] for look in chart[0]["looks"]] == [True, True, False], chart
    assert chart[0]["kind"] == "control" and chart[0]["unit"] == "J"


@case("a calibrated monitor that two loads show to be off alike is corrected by them, and suspect for it")
def corrected(rig):
    edits = CHECKED | {"health.check_A": [2e-3, 30e-6]}
    bench = scripted(rig, edits)
    rig.run("calibrate", bench).exits(0)
    sound = rig.measure(bench).exits(0).json
    assert sound["suspect"] is False and sound["calibration"]["kind"] == "bench calibration", sound["suspect_reason"]
    checks = setup_of(rig, sound["run"])["health_checks"]
    assert all(check["calibrated"] and check["basis"] == sound["calibration"]["id"] for check in checks), checks
    script = rig.home / "moved.toml"
    script.write_text('[fault]\nname = "moved"\nabout = "a gain that moved since the calibration is seen"\n'
                      '[[event]]\nat = { stream_s = 0.0 }\ndo = "drift_gain"\npercent_per_s = 5.0\nfor_s = 0.1\n'
                      '[expect]\nverdict = "pass"\n')
    moved = rig.measure(scripted(rig, edits | {"world.faults": str(script)})).exits(0).json
    energy, truth = moved["energy_per_inference"], moved["truth"]["energy_per_inference_J"]
    assert abs(energy["mean_J"] / truth - 1) < 1.5e-3, "the gain is off by 0.5 %, and nothing corrected it"
    assert abs(energy["mean_J"] - truth) < energy["U_J"]
    assert moved["suspect"] is True and "its calibration" in moved["suspect_reason"]
    assert rig.run("recompute", moved["run"]).exits(0)


@case("bench history shows charts as text, JSON and SVG, and of a bench nobody looked at says how to begin")
def history(rig):
    bench = scripted(rig, CHECKED)
    assert "joulerig bench control" in rig.run("bench", "history", bench).exits(0).out
    for _ in range(2):
        rig.measure(bench).exits(0)
    page = rig.run("bench", "history", bench, "-o", rig.home / "drift.svg").exits(0).out
    for word in ("1 mA (range", "30 uA (range", "monitor against reference", "ppk2:on-scripted", "o", "limits for the next"):
        assert word in page, f"'{word}' is not on the page:\n{page}"
    text = (rig.home / "drift.svg").read_text()
    assert xml.dom.minidom.parseString(text).documentElement.tagName == "svg"
    told = rig.run("bench", "history", bench, "--json").exits(0).json
    assert told["bench"] == "scripted" and len(told["series"]) == 2 and told["quarantines"] == []
    for series in told["series"]:
        assert len(series["looks"]) == 2 and series["lowest"] < series["centre"] < series["highest"], series
    rig.run("bench", "history", bench, "-o", rig.home / "no" / "drift.svg").exits(3).complains("drift.svg", "folder")


if __name__ == "__main__":
    main(jobs=2)  # they mostly wait
