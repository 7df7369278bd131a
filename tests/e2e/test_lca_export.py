# Exports of a life cycle through the real program: an openLCA package, Brightway's CSV, tables; and the check of packages.
# Reads them with Python's own zip, JSON and CSV, and computes formulas anew.
import csv
import io
import json
import math
import random
import re
import statistics
import sys
import uuid
import zipfile

from rig import REPO, case, main

sys.path.insert(0, str(REPO / "tests/interop"))
import check_openlca  # a second opinion that shares no line with the program's

FEW = ("--draws", "2000")
FLOW = "11111111-2222-3333-4444-555555555555"


def package(file):
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        return {name: json.loads(archive.read(name)) for name in archive.namelist()}


def processes(sets):
    found = [one for name, one in sets.items() if name.startswith("processes/")]
    return next(p for p in found if "inference, " in p["name"]), next(p for p in found if "use of one device" in p["name"])


def relative_u(run):
    """Relative standard uncertainty of the energy per inference, as the run's own JSON has it."""
    energy = run["energy_per_inference"]
    return energy["U_J"] / energy["k"] / energy["mean_J"]


def gsd(relative):
    return math.exp(math.sqrt(math.log(1 + relative**2)))


def evaluated(process, values):
    """The electricity of a parameterised process with some of its inputs changed."""
    known = {}
    for p in process["parameters"]:
        known[p["name"]] = values.get(p["name"], p["value"]) if p["isInputParameter"] else eval(p["formula"], {"__builtins__": {}}, known)
    return eval(process["exchanges"][1]["amountFormula"], {"__builtins__": {}}, known)


def drawn(parameter, dice):
    u = parameter.get("uncertainty")
    if not u:
        return parameter["value"]
    kind = u["distributionType"]
    if kind == "NORMAL_DISTRIBUTION":
        return dice.gauss(u["mean"], u["sd"])
    if kind == "LOG_NORMAL_DISTRIBUTION":
        return u["geomMean"] * math.exp(dice.gauss(0, math.log(u["geomSd"])))
    if kind == "TRIANGLE_DISTRIBUTION":
        return dice.triangular(u["minimum"], u["maximum"], u["mode"])
    return dice.uniform(u["minimum"], u["maximum"])


def exported(rig, run, file, *args):
    return rig.run("lca", "export", run, "-o", file, "--sleep-power", "5uW", "--rate", "1/s", *FEW, *args).exits(0)


@case("a package for openLCA: MJ, centred doubts, UUIDs of version 5, the simulated run named in all of it, and nothing to complain of")
def openlca(rig):
    run = rig.measure(rig.bench()).exits(0).json
    file = rig.home / "kept.zip"
    done = exported(rig, run["run"], file)
    assert "SIMULATED" in done.err, done
    sets = package(file)
    assert list(sets)[:2] == ["openlca.json", "olca-schema.json"] and sets["openlca.json"] == {"schemaVersion": 2} and sets["olca-schema.json"] == {"version": 2}
    for name, one in sets.items():
        if "/" in name:
            folder, stem = name.split("/")
            assert stem == one["@id"] + ".json" and uuid.UUID(one["@id"]), name
    inference, use = processes(sets)
    energy = inference["exchanges"][1]
    assert energy["unit"]["name"] == "MJ" and math.isclose(energy["amount"], run["energy_per_inference"]["mean_J"]), energy
    doubt, relative = energy["uncertainty"], relative_u(run)
    if relative > 0.1:
        assert doubt["geomMean"] == energy["amount"] and math.isclose(doubt["geomSd"], gsd(relative), rel_tol=1e-6), (doubt, relative)
    else:
        assert doubt["mean"] == energy["amount"] and math.isclose(doubt["sd"], relative * energy["amount"], rel_tol=1e-6), (doubt, relative)
    for process in (inference, use):
        assert uuid.UUID(process["@id"]).version == 5 and process["name"].startswith("SIMULATED: ")
        assert "SIMULATED" in process["processDocumentation"]["restrictionsDescription"]
        assert all(e["flow"]["flowType"] == "PRODUCT_FLOW" for e in process["exchanges"])
    words = json.dumps(inference["processDocumentation"])
    for part in ("Board ", "valid windows", "Budget", "k = ", "JouleRig", " V"):
        assert part in words, (part, words)
    check = rig.run("lca", "check", file, "--json").exits(0).json
    assert check["findings"] == [] and check["entries"] == len(sets)
    assert check_openlca.check(file) == []


@case("the parameterised process gives the life cycle's electricity, and draws of its parameters keep what they share")
def parameterised(rig):
    run = rig.measure(rig.bench()).exits(0).json["run"]
    file = rig.home / "kept.zip"
    exported(rig, run, file)
    result = rig.run("lca", run, "--sleep-power", "5uW", "--rate", "1/s", "--json", *FEW).exits(0).json
    _, use = processes(package(file))
    grid_MJ = result["use"]["grid_energy_J"] / 1e6
    assert math.isclose(use["exchanges"][1]["amount"], grid_MJ, rel_tol=1e-9) and math.isclose(evaluated(use, {}), grid_MJ, rel_tol=1e-9)
    assert "uncertainty" not in use["exchanges"][1]
    names = [p["name"] for p in use["parameters"]]
    for name in ("f_inference", "E_inference", "P_sleep", "T_life", "eta_charge", "eta_charger"):
        assert name in names, names
    dice = random.Random(7)
    measured = [p for p in use["parameters"] if p["name"].startswith("s_") or re.match(r"[EtP]_.*_own$|E_inference$|t_inference$", p["name"])]
    powers = []
    for _ in range(4000):
        values, known = {p["name"]: drawn(p, dice) for p in measured if p["isInputParameter"]}, {}
        for p in use["parameters"]:
            known[p["name"]] = values.get(p["name"], p["value"]) if p["isInputParameter"] else eval(p["formula"], {"__builtins__": {}}, known)
        powers.append(known["P_avg"])
    expected = result["use"]["u_average_power_W"]
    assert math.isclose(statistics.stdev(powers), expected, rel_tol=0.06), (statistics.stdev(powers), expected)


@case("the same record gives the same bytes; options leave out reference data, take a flow of the reader's, and keep versions")
def options(rig):
    run = rig.measure(rig.bench()).exits(0).json["run"]
    one, two = rig.home / "one.zip", rig.home / "two.zip"
    exported(rig, run, one)
    exported(rig, run, two)
    assert one.read_bytes() == two.read_bytes()
    rig.run("lca", "export", run, "-o", one, *FEW).exits(64).complains("--force")
    exported(rig, run, two, "--force", "--no-reference-data", "--electricity-flow", FLOW, "--version", "01.02.003")
    sets = package(two)
    assert not any(name.startswith(("unit_groups/", "flow_properties/")) for name in sets)
    inference, use = processes(sets)
    assert inference["version"] == use["version"] == "01.02.003" and inference["exchanges"][1]["flow"]["@id"] == FLOW
    assert rig.run("lca", "check", two, "--json").exits(1).json["findings"]
    rig.run("lca", "check", two, "--no-reference-data", "--external", FLOW).exits(0)


@case("a package that someone has changed is complained of, and what is no package is one sentence")
def checked(rig):
    run = rig.measure(rig.bench()).exits(0).json["run"]
    good, bad = rig.home / "good.zip", rig.home / "bad.zip"
    exported(rig, run, good)
    with zipfile.ZipFile(good) as archive, zipfile.ZipFile(bad, "w", zipfile.ZIP_DEFLATED) as changed:
        for name in archive.namelist():
            changed.writestr(name, archive.read(name).replace(b'"sd"', b'"stdev"').replace(b"UNIT_PROCESS", b"UNIT"))
    rules = {one["rule"] for one in rig.run("lca", "check", bad, "--json").exits(1).json["findings"]}
    assert rules == {"unknown-field", "unknown-word", "uncertainty"}, rules
    with zipfile.ZipFile(good) as archive, zipfile.ZipFile(bad, "w") as changed:
        for name in archive.namelist():
            changed.writestr(name, archive.read(name).replace(b'"category"', b'"colour"'))
    assert check_openlca.check(bad) and rig.run("lca", "check", bad).exits(1)
    bad.write_bytes(good.read_bytes()[:2000])
    rig.run("lca", "check", bad).exits(3).complains("zip")
    rig.run("lca", "check", rig.home / "nowhere.zip").exits(3).complains("nowhere.zip")
    rig.run("lca", "check", good, "--external", "grid").exits(64).complains("UUID")


@case("Brightway gets kilowatt hours and stats_arrays' ids, with one production exchange an activity")
def brightway(rig):
    run = rig.measure(rig.bench()).exits(0).json
    text = rig.run("lca", "export", run["run"], "--format", "brightway", "--rate", "1/s", "--sleep-power", "5uW", *FEW).exits(0).out
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["Database", "JouleRig"]
    activities = [row[1] for row in rows if row and row[0] == "Activity"]
    assert len(activities) == 2 and all(name.startswith("SIMULATED: ") for name in activities)
    header = next(row for row in rows if row and row[0] == "name")
    exchanges = [dict(zip(header, row)) for row in rows if len(row) == len(header) and row != header]
    assert [e["type"] for e in exchanges].count("production") == 2
    electric = next(e for e in exchanges if e["unit"] == "kilowatt hour")
    mean = run["energy_per_inference"]["mean_J"]
    assert math.isclose(float(electric["amount"]), 1e6 * mean / 3.6e6), electric
    relative = relative_u(run)
    if relative > 0.1:
        kind, loc, scale = "2", math.log(1e6 * mean / 3.6e6), math.log(gsd(relative))
    else:
        kind, loc, scale = "3", 1e6 * mean / 3.6e6, relative * 1e6 * mean / 3.6e6
    assert electric["uncertainty type"] == kind and math.isclose(float(electric["loc"]), loc) and math.isclose(float(electric["scale"]), scale, rel_tol=1e-6), electric


@case("the inventory has physical amounts, and the tables every input with its unit and source; a scenario alone will do")
def tables(rig):
    text = rig.run("lca", "export", "--scenario", "paper-kws-typical", "--format", "inventory", *FEW).exits(0).out
    rows = {row["item"]: row for row in csv.DictReader(io.StringIO(text))}
    for item, amount, unit in (("microcontroller die", 10, "mm2"), ("FR4 board, 4 layers", 10, "cm2"), ("Li-ion cell", 50, "g"), ("ABS", 50, "g")):
        assert float(rows[item]["amount"]) == amount and rows[item]["unit"] == unit and rows[item]["source_text"], rows[item]
    assert math.isclose(float(rows["transport by plane"]["amount"]), 100e-6 * 6775)
    assert math.isclose(float(rows["electricity out of the socket, over the life"]["amount"]), 0.026298, rel_tol=1e-4)
    inputs = json.loads(rig.run("lca", "export", "--scenario", "paper-kws-typical", "--format", "json", *FEW).exits(0).out)
    table = list(csv.DictReader(io.StringIO(rig.run("lca", "export", "--scenario", "paper-kws-typical", "--format", "csv", *FEW).exits(0).out)))
    assert len(table) == len(inputs["inputs"]) > 10
    for row, one in zip(table, inputs["inputs"]):
        assert row["name"] == one["name"] and float(row["value"]) == one["value"] and row["unit"] == one["unit"] and row["source"] == one["source"]
        assert row["source_text"]
    zipped = rig.home / "alone.zip"
    rig.run("lca", "export", "--scenario", "paper-kws-typical", "-o", zipped, *FEW).exits(0)
    rig.run("lca", "check", zipped).exits(0)


@case("what cannot be exported is refused in one sentence")
def refused(rig):
    export = lambda *args: rig.run("lca", "export", *args)
    export().exits(64).complains("which run")
    export("--scenario", "paper-kws-typical").exits(64).complains("format")
    export("--scenario", "paper-kws-typical", "--format", "openlka").exits(64).complains("did you mean 'openlca'")
    export("--scenario", "paper-kws-typical", "--format", "openlca").exits(64).complains("-o")
    export("--scenario", "paper-kws-typical", "-o", rig.home / "a.zip", "--version", "1").exits(64).complains("MM.mm.ppp")
    export("--scenario", "paper-kws-typical", "-o", rig.home / "a.zip", "--electricity-flow", "grid").exits(64).complains("UUID")
    export("--scenario", "paper-kws-typical", "-o", rig.home / "nowhere" / "a.zip").exits(3).complains("folder does not exist")
    export("nobody-1", "-o", rig.home / "a.zip").exits(3).complains("nobody-1")


if __name__ == "__main__":
    main()
