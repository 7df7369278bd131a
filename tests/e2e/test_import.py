# joulerig import: published and made-up sessions become runs that every other command takes for what they are.
# Never trusts the program's own figures alone: the published digits stand beside them.
import array
import json
import math
import os
import re
import sqlite3
import struct
import time
from pathlib import Path

from rig import REPO, case, main, need

GOLDEN = Path(os.environ.get("JOULERIG_GOLDEN") or REPO / "../shared/golden") / "energyrunner"


def session(rig, bins_uJ=None, edges=(0.01, 0.1, 0.3, 0.4, 0.6, 0.7, 0.9, 1.0, 1.2, 1.3, 1.5), inferences=10, name="session"):
    """A folder as EnergyRunner leaves it: 2 s at 1 kHz, five windows of 0.2 s."""
    folder = rig.home / name
    folder.mkdir()
    bins = bins_uJ or [2.0] * 2000
    (folder / "trace1-energy.bin").write_bytes(b"\xf1" + struct.pack("<f", 1000) + struct.pack(f"<{len(bins)}f", *bins))
    (folder / "trace1-timestamps.json").write_text(json.dumps(list(edges)))
    lines = []
    for k in range((len(edges) - 1) // 2):
        lines += [f"1.0 ulp-ml: Performance results for window {2 * k + 2}:", f"1.0 ulp-ml:   # Inferences :   {inferences}"]
    (folder / "results.txt").write_text("\n".join(lines) + "\n")
    return folder


def imported(rig, *args, code=0):
    return rig.run("import", *args, "--json").exits(code).json


@case("nine published sessions come out in every printed digit, and recompute to the same bits")
def golden(rig):
    need(GOLDEN.is_dir(), f"no published sessions at {GOLDEN} (JOULERIG_GOLDEN names the folder)")
    folders = sorted(folder for folder in GOLDEN.iterdir() if folder.is_dir())
    assert len(folders) == 9, folders
    for folder in folders:
        out = imported(rig, "energyrunner", folder)
        text = (folder / "results.txt").read_text()

        def printed(pattern):
            return re.findall(pattern, text)

        windows = out["windows"]
        assert [f"{w['energy_uJ']:.3f}" for w in windows] == printed(r"Energy +: +([0-9.]+) uJ"), folder
        assert [f"{w['power_uW']:.3f}" for w in windows] == printed(r"Power +: +([0-9.]+) uW"), folder
        assert [f"{w['energy_uJ_per_inference']:.3f}" for w in windows] == printed(r"Energy/Inf\. +: +([0-9.]+)"), folder
        assert [f"{out['median_uJ_per_inference']:.3f}"] == printed(r"Median energy cost is ([0-9.]+)"), folder
        starts = [float(start) for start in printed(r" at time ([0-9.]+) for")]
        assert all(abs(w["start_s"] - start) < 0.00501 for w, start in zip(windows, starts)), folder
        assert out["verdict"] == "pass" and all("at least 10 s" in remark for remark in out["source"]["remarks"]) and len(out["source"]["files"]) == 3, out
        rig.run("recompute", out["run"]).exits(0)
    runs = rig.run("runs", "--json").exits(0).json["runs"]
    assert len(runs) == 9 and all(run["imported"] and run["kind"] == "import" for run in runs)


@case("an imported run is shown, listed and compared like any other, marked with where it came from")
def first_class(rig):
    first = imported(rig, "energyrunner", session(rig))
    assert math.isclose(first["median_uJ_per_inference"], 40.0, rel_tol=1e-6), first
    second = imported(rig, "energyrunner", session(rig, [3.0] * 2000, name="other"), "--bench", "lab")
    assert (first["run"], second["run"]) == ("imported-1", "lab-1")
    page = rig.run("show", first["run"]).exits(0).out
    assert "imported from energyrunner" in page and "U not stated" in page and "scatter" in page, page
    report = rig.run("show", first["run"], "--json").exits(0).json
    assert report["imported"]["format"] == "energyrunner" and report["grade"]["letter"] == "D"
    assert {f["name"] for f in report["imported"]["files"]} == {"trace1-energy.bin", "trace1-timestamps.json", "results.txt"}
    assert report["idle_power"] is None and report["energy_per_inference"]["U_J"] is None
    assert len(report["windows"]) == 5 and report["verdict"] == "pass"
    against = rig.run("compare", first["run"], second["run"], "--json").exits(0).json["against"][0]
    assert math.isclose(against["ratio"]["value"], 1.5, rel_tol=1e-6), against
    assert "imported" in rig.run("runs").exits(0).out
    rig.run("recompute", first["run"]).exits(0)
    rig.run("show", first["run"], "--budget").exits(3)
    rig.run("show", first["run"], "--monte-carlo", "1000").exits(3).complains("another tool|no uncertainty")
    rig.run("lca", first["run"], "--draws", "1000").exits(64).complains("--sleep-power")
    life = rig.run("lca", first["run"], "--sleep-power", "5uW", "--draws", "1000", "--json").exits(0).json
    assert math.isclose(life["run"]["energy_per_inference_J"], report["energy_per_inference"]["mean_J"]), life["run"]
    rig.is_whole()


@case("the same recording is imported once, unless --again or other options are asked for")
def once(rig):
    folder = session(rig)
    first = imported(rig, "energyrunner", folder)
    done = rig.run("import", "energyrunner", folder / "results.txt", "--json").exits(0)
    assert done.json["run"] == first["run"] and done.json["already"] is True and first["run"] in done.err
    assert imported(rig, "energyrunner", folder, "--again")["run"] == "imported-2"
    other = imported(rig, "energyrunner", folder, "--inferences", "5")
    assert other["run"] == "imported-3" and other["windows"][0]["inferences"] == 5


@case("a table for people names windows, median and what to do next")
def table(rig):
    out = rig.run("import", "energyrunner", session(rig)).exits(0).out
    assert "imported-1" in out and "median" in out and "joulerig show" in out and "400" in out, out


@case("three windows pass without U; a trace without windows passes without energy")
def few(rig):
    three = imported(rig, "energyrunner", session(rig, edges=(0.01, 0.1, 0.3, 0.4, 0.6, 0.7, 0.9)))
    assert len(three["windows"]) == 3 and three["verdict"] == "pass" and "five" in three["reason"], three
    none = imported(rig, "energyrunner", session(rig, edges=(), name="none"))
    assert none["windows"] == [] and none["median_uJ_per_inference"] is None and none["verdict"] == "pass", none
    rig.run("show", none["run"]).exits(0)
    rig.run("compare", three["run"], none["run"]).exits(3).complains("no energy")


@case("what is no session, no format and no option is one sentence, and leaves no run behind")
def refused(rig):
    folder = session(rig)
    rig.run("import", "energyruner", folder).exits(64).complains("did you mean 'energyrunner'")
    rig.run("import", "energyrunner", rig.home / "nowhere").exits(3).complains("nowhere")
    rig.run("import", "energyrunner", folder, "--volts", "-1").exits(64).complains("--volts")
    rig.run("import", "energyrunner", folder, "--inferences", "1.5").exits(64).complains("--inferences")
    rig.run("import", "energyrunner", folder, "--mark", "X9").exits(64).complains("D0 to D7")
    rig.run("import", "energyrunner", folder, "--mark", "D1").exits(64).complains("no digital lines")
    rig.run("import", "energyrunner", folder, "--column", "nonsense").exits(64).complains("NAME=COLUMN")
    rig.run("import", "energyrunner", folder, "--bench", "a/b").exits(64).complains("name for a bench")
    (folder / "trace1-energy.bin").write_bytes(b"\xf1" + struct.pack("<f", 0) + b"\0" * 40)
    rig.run("import", "energyrunner", folder).exits(3).complains("rate")
    (folder / "trace1-energy.bin").write_bytes(b"PK\x03\x04" + b"\0" * 40)
    rig.run("import", "energyrunner", folder).exits(3).complains("F1")
    assert rig.run("runs", "--json").exits(0).json["runs"] == []


@case("two traces in one folder are a question; a session below the folder is found")
def folders(rig):
    folder = session(rig)
    (rig.home / "up" / "kws").mkdir(parents=True)
    folder.rename(rig.home / "up" / "kws" / "energy")
    assert len(imported(rig, "energyrunner", rig.home / "up")["windows"]) == 5
    (rig.home / "up" / "kws" / "energy" / "trace2-energy.bin").write_bytes(b"\xf1" + b"\0" * 8)
    rig.run("import", "energyrunner", rig.home / "up" / "kws" / "energy").exits(64).complains("2 energy traces")


@case("a session of the MLCommons runner has the windows between its last two events")
def mlcommons(rig):
    trials, number = [], 0
    for k in range(5):
        trials.append({"file": "a.bin", "infer": {"iterations": 20}, "mode": "e",
                       "power": {"samples": [1e-5] * 300 + [3e-5] * (1000 + k), "voltage": 3.0,
                                 "timestamps": [[f"{number:02d}", 300], [f"{number + 1:02d}", 1300]]}})
        number += 2
    file = rig.home / "results.json"
    file.write_text(json.dumps(trials))
    out = imported(rig, "mlcommons", file)
    assert len(out["windows"]) == 5 and out["samples"] == 6510, out
    assert math.isclose(out["median_uJ_per_inference"], 1500, rel_tol=1e-9), out
    assert math.isclose(out["windows"][1]["start_s"], 1.6, rel_tol=1e-9), out
    rig.run("recompute", out["run"]).exits(0)
    file.write_text(json.dumps([{"infer": {"iterations": 1}, "mode": "p"}]))
    rig.run("import", "mlcommons", file).exits(3).complains("mode 'p'")


@case("an import that is killed half way leaves a run that says so, and the same recording can be imported again")
def killed(rig):
    folder = session(rig)
    (folder / "trace1-energy.bin").write_bytes(b"\xf1" + struct.pack("<f", 1000) + (array.array("f", [2.0]) * 8_000_000).tobytes())
    running = rig.start("import", "energyrunner", folder, "--json")
    limit = time.monotonic() + 60
    chunks = 0
    while chunks < 2 and running.process.poll() is None and time.monotonic() < limit:
        try:
            chunks = rig.value("SELECT count(*) FROM chunk")
        except sqlite3.OperationalError:  # there is no database yet
            chunks = 0
    running.kill()
    (run,) = rig.run("runs", "--json").exits(0).json["runs"]
    assert run["state"] in ("interrupted", "closed"), run
    if run["state"] == "interrupted":  # a fast machine may have been faster
        assert run["verdict"] == "rig-error" and run["reason"], run
        rig.run("show", run["run"]).exits(0)
        again = imported(rig, "energyrunner", folder)
        assert again["already"] is False and again["samples"] == 8_000_000, again
    rig.is_whole()


if __name__ == "__main__":
    main()
