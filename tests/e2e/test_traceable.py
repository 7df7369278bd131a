# The whole chain of a joule: calibrate, verify, measure, recompute, recall, on the virtual bench through the real programs.
# Never looks at how long a step took; what is true comes from the ledger.
import json
import math
import subprocess

from rig import case, main, program_path

PERIOD_S = 1e-5
PLAN = {"windows": 5, "window_s": 0.4, "idle_s": 0.2, "warmups": 1}


def calibrated(rig, bench):
    """Again when a check failed: the limits are set so that of a hundred sound calibrations a few fail one."""
    for _ in range(3):
        done = rig.run("calibrate", bench, "--json")
        if done.code != 3 or not done.out or done.json["state"] != "failed":
            break
    return done.exits(0).json


def measured(rig, *args, bench="scripted", plan=None):
    return rig.run("measure", "--bench", bench, "--plan", plan or rig.plan(**PLAN), "--json", *args).exits(0).json


def relative_U(report):
    return report["energy_per_inference"]["U_J"] / report["energy_per_inference"]["mean_J"]


def holds_truth(report):
    energy = report["energy_per_inference"]
    return abs(energy["mean_J"] - report["truth"]["energy_per_inference_J"]) <= energy["U_J"]


@case("calibrate, verify, measure, recompute: the interval shrinks, still holds the truth, and comes out bit for bit again")
def chain(rig):
    # The supply is stated as a voltmeter would: the set voltage of a virtual monitor is exact.
    bench = rig.bench({"monitor.supply_kind": "measured", "monitor.u_supply_V": 0.0005}, name="scripted")
    before = measured(rig, bench=bench)
    assert before["calibration"]["kind"].startswith("spec card"), before["calibration"]
    assert before["grade"]["letter"] == "C" and relative_U(before) > 0.1 and holds_truth(before), before["grade"]
    made = calibrated(rig, bench)
    rig.run("calibration", "verify", made["id"]).exits(0)
    after = measured(rig, bench=bench)
    assert after["calibration"] == {"id": made["id"], "kind": "bench calibration"}, after["calibration"]
    assert relative_U(after) < 0.01 and holds_truth(after), after["energy_per_inference"]
    assert after["grade"]["letter"] in "AB" and made["id"][:6] in after["grade"]["line"], after["grade"]
    keys = {source["key"].split(":")[0] for source in after["energy_per_inference"]["sources"]}
    assert {"reference", "fit", "voltage", "drift"} <= keys, keys
    assert "same bits" in rig.run("recompute", after["run"]).exits(0).out
    seen(rig, before, after, made["id"])
    recomputed(rig, before, after, made["id"])


def columns_over(rig, run, window, *args):
    """What `view` says of a window: sum of its samples' currents, and the rest of its answer."""
    span = ("--from", repr(window["start_sample"] * PERIOD_S), "--to", repr(window["end_sample"] * PERIOD_S))
    answer = rig.run("view", run, "--json", *span, *args).exits(0).json
    assert (answer["start_sample"], answer["end_sample"]) == (window["start_sample"], window["end_sample"]), answer
    columns = answer["columns"]
    return sum((n - without) * mean for n, without, mean in
               zip(columns["samples"], columns["without_value"], columns["mean_A"]) if mean is not None), answer


def seen(rig, before, after, calibration):
    """Every picture, export and cursor shows the run as its result has it, says by what, and can be asked for another."""
    window, run = after["windows"][1], after["run"]
    charge = window["charge_C"]
    for width in (200, 20000):
        total, answer = columns_over(rig, run, window, "--width", width)
        assert math.isclose(total * PERIOD_S, charge, rel_tol=1e-9), (width, total * PERIOD_S, charge)
        assert answer["calibration"] == after["calibration"] | {"applied_to_columns": True}, answer["calibration"]
    own, answer = columns_over(rig, run, window, "--calibration", "device")
    assert not math.isclose(own * PERIOD_S, charge, rel_tol=1e-4) and not answer["calibration"]["applied_to_columns"]
    assert answer["calibration"]["id"] == before["calibration"]["id"] and answer["windows"][0]["energy_per_inference_J"]
    # The run that was made before, under the calibration that came later, and as it was.
    first = before["windows"][1]
    plain, _ = columns_over(rig, before["run"], first)
    assert math.isclose(plain * PERIOD_S, first["charge_C"], rel_tol=1e-9)
    later, _ = columns_over(rig, before["run"], first, "--calibration", calibration[:10])
    assert math.isclose(later / plain, charge / PERIOD_S / own, rel_tol=1e-3), (later / plain, charge / PERIOD_S / own)
    rig.run("view", run, "--calibration", "0000").exits(3).complains("0000")

    named = f"bench calibration ({calibration[:12]})"
    assert named in rig.run("view", run).exits(0).out
    svg, page, csv = rig.home / "seen.svg", rig.home / "seen.html", rig.home / "seen.csv"
    rig.run("view", run, "-o", svg).exits(0)
    assert named in svg.read_text()
    rig.run("view", run, "-o", page).exits(0)
    assert page.read_text().count(named) >= 2
    cursors = between_cursors(rig, page, window)
    assert math.isclose(cursors["charge"], charge, rel_tol=1e-6), (cursors, charge)
    assert math.isclose(cursors["mean"], window["mean_current_A"], rel_tol=1e-6), (cursors, window)
    exported = rig.run("export", run, "-o", csv, "--json").exits(0).json
    assert exported["calibration"] == after["calibration"], exported
    assert math.isclose(charge_of_csv(csv, window), charge, rel_tol=1e-6)
    exported = rig.run("export", run, "-o", csv, "--force", "--calibration", "device", "--json").exits(0).json
    assert exported["calibration"]["id"] == before["calibration"]["id"] and math.isclose(charge_of_csv(csv, window), own * PERIOD_S, rel_tol=1e-6)


def between_cursors(rig, page, window):
    probe = rig.home / "cursors.js"
    probe.write_text("""
const html = require('fs').readFileSync(process.argv[2], 'utf8');
const scripts = [...html.matchAll(/<script([^>]*)>([\\s\\S]*?)<\\/script>/g)];
const Trace = eval(scripts[1][2] + '; Trace');
const trace = Trace.open(JSON.parse(scripts.find((s) => s[1].includes('trace'))[2])), [first, end] = process.argv.slice(3, 5).map(Number);
console.log(JSON.stringify(Trace.measure(trace, Trace.timeOf(trace, first), Trace.timeOf(trace, end))));
""")
    done = subprocess.run([program_path("node"), probe, page, str(window["start_sample"]), str(window["end_sample"])],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def charge_of_csv(file, window):
    rows = [line.split(",") for line in file.read_text().splitlines() if line[:1].isdigit()]
    return sum(float(row[1]) for row in rows[window["start_sample"]:window["end_sample"]]) * PERIOD_S


def recomputed(rig, before, after, calibration):
    """The run made before the calibration, put under it: old and new, and the old is still there."""
    changed = rig.run("recompute", "--calibration", calibration[:10], "--json").exits(0).json
    runs = {one["run"]: one for one in changed["runs"]}
    assert set(runs) == {before["run"], after["run"]}, runs
    one = runs[before["run"]]
    assert one["before"]["mean_J"] == before["energy_per_inference"]["mean_J"]
    assert abs(one["after"]["mean_J"] / before["truth"]["energy_per_inference_J"] - 1) < 0.01, one
    assert runs[after["run"]]["after"] == runs[after["run"]]["before"]
    assert rig.run("show", before["run"], "--json").exits(0).json == before
    assert rig.value("select count(*) from result where run = ?", before["run"]) == 2
    assert "same bits" in rig.run("recompute", before["run"]).exits(0).out
    difference = rig.run("compare", before["run"], after["run"], "--json").exits(0).json["against"][0]["difference"]
    assert difference["U_J"] > 0


@case("the default bench has a reference, and is calibrated against it in every range its board may reach")
def default_bench(rig):
    made = calibrated(rig, "sim")
    assert made["state"] == "active" and [r["range"] for r in made["ranges"] if r["covered"]] == [0, 1, 2], made["ranges"]


@case("what two runs under one calibration share cancels in their difference")
def comparison(rig):
    bench = rig.bench({"monitor.supply_kind": "measured", "monitor.u_supply_V": 0.02}, name="scripted")
    calibrated(rig, bench)
    first, second = measured(rig, bench=bench), measured(rig, bench=bench)
    compared = rig.run("compare", first["run"], second["run"], "--json").exits(0).json
    against = compared["against"][0]
    alone = first["energy_per_inference"]["U_J"]
    assert against["difference"]["U_J"] < 0.35 * alone, (against, alone)
    assert abs(against["ratio"]["value"] - 1) < 0.01 and against["ratio"]["U"] < 0.35 * relative_U(first)
    page = rig.run("compare", first["run"], second["run"]).exits(0).out
    assert "cancels" in page and second["run"] in page
    rig.run("compare", first["run"], "scripted-99").exits(3).complains("scripted-99")


@case("the budget names every term, its shares add up, and its picture is a picture")
def budget(rig):
    report = measured(rig)
    total = sum(term["contribution_percent"] for term in report["budget"])
    assert abs(total - 100) < 1e-6, total
    text = rig.run("show", report["run"], "--budget").exits(0).out
    for term in report["budget"]:
        assert term["term"][:30] in text, term
    assert "combined" in text
    picture = rig.home / "budget.svg"
    rig.run("show", report["run"], "-o", picture).exits(0)
    assert picture.read_text().startswith("<svg ") and "combined" in picture.read_text()
    rig.run("show", report["run"], "-o", "/proc/no/budget.svg").exits(3).complains("budget.svg")


@case("a second opinion by Monte Carlo agrees with the budget")
def monte_carlo(rig):
    report = measured(rig)
    opinion = rig.run("show", report["run"], "--monte-carlo", "20000", "--json").exits(0).json["monte_carlo"]
    assert opinion["trials"] == 20000 and not opinion["differs"], opinion
    assert abs(opinion["u_J"] / opinion["budget_u_J"] - 1) < 0.03, opinion


@case("windows are found in the current when no wire tells them, and the grade says so")
def segments(rig):
    bench = rig.bench({"wiring.windows": "segment", "wiring.mark": None}, name="scripted")
    report = measured(rig, bench=bench)
    assert {window["found_by"] for window in report["windows"]} == {"segment"}, report["windows"]
    assert holds_truth(report), report["energy_per_inference"]
    wired = measured(rig)
    found, true = report["energy_per_inference"]["mean_J"], wired["energy_per_inference"]["mean_J"]
    # What the board says on its serial line lies beside the inferences, and is paid for as doubt of the edges.
    doubt = next(term["u_J"] for term in report["budget"] if term["term"] == "edges found in the current")
    assert abs(found - true) < 3 * doubt and doubt < 0.1 * true, (found, true, doubt)
    assert report["grade"]["letter"] in "CD" and "wire" not in report["grade"]["line"], report["grade"]


if __name__ == "__main__":
    main(jobs=2)
