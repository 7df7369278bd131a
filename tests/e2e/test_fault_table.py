# Every fault script of fixtures/sim/faults, run against a virtual bench and held to what it expects of the rig.
# Never knows a fault by name: what to do and what to come to is in the script's own file.
import json
import re
import sys
import tomllib
from pathlib import Path

from rig import REPO, case, main, need, program_path

SCRIPTS = REPO / "fixtures/sim/faults"
SEED = 4  # an instrument well inside its specification: an interval that misses is then the rig's fault
CODES = {"pass": 0, "fail": 1, "inconclusive": 2, "rig-error": 3}
PLAN = {"windows": 5, "window_s": 0.3, "idle_s": 0.1, "warmups": 1, "retries": 2}
HANGING = "sleep 1000000 & echo $! >> \"$HANGING_CHILDREN\"\nwait\n"


def attempts_that_do_not_count(rig, run):
    """(window, attempt, reason); a window that could not be cut is known by the pieces around it."""
    return rig.rows("SELECT DISTINCT grp, attempt, reason FROM window WHERE run=? AND valid=0", run)


def it_happened(rig, run, script):
    """The script's deeds are in the truth's own list: a fault that never struck proves nothing."""
    struck = [one["do"] for one in json.loads(rig.value("SELECT json FROM truth WHERE run=?", run))["faults"] if one["begins"]]
    for event in script.get("event", []):
        assert event["do"] in struck, f"'{event['do']}' never happened; what did: {struck}"


def the_verdict(done, expect):
    done.exits(CODES[expect["verdict"]])
    report = done.json
    assert report["verdict"] == expect["verdict"], str(done)
    assert re.search(expect.get("reason", "^$"), report["reason"], re.IGNORECASE), \
        f"the reason '{report['reason']}' does not say '{expect.get('reason', '^$')}':\n{done}"
    return report


def the_attempts(rig, run, expect):
    invalid = attempts_that_do_not_count(rig, run)
    least, most = expect.get("invalid_at_least", 0), expect.get("invalid_at_most", 1000)
    assert least <= len(invalid) <= most, f"{len(invalid)} attempts do not count, expected {least} to {most}: {invalid}"
    for *_, reason in invalid:
        assert re.search(expect.get("invalid_reason", "."), reason, re.IGNORECASE), invalid


def the_loss(report, expect):
    lost = report["samples"]["lost"]
    least = expect.get("lost", expect.get("lost_at_least", 0))
    most = expect.get("lost", expect.get("lost_at_most", 10**9))
    assert least <= lost <= most, f"{lost} samples lost, expected {least} to {most}: {report['samples']}"


def the_number(report):
    energy, truth = report["energy_per_inference"], report["truth"]["energy_per_inference_J"]
    error = energy["mean_J"] - truth
    assert abs(error) <= energy["U_J"], f"{energy['mean_J']} J is {error} J off, and U is {energy['U_J']} J"
    assert energy["n"] == PLAN["windows"], f"{energy['n']} windows count instead of {PLAN['windows']}"


def hang(rig, tool):
    """That tool never ends, nor does its child; both must be gone when the run is."""
    rig.env["HANGING_CHILDREN"] = str(rig.home / "children")
    rig.fake_program(tool, f'case "$*" in *-P*) {HANGING};; esac\nexec {program_path(tool)} "$@"\n')


def no_child_is_left(rig):
    for child in (rig.home / "children").read_text().split():
        try:
            state = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        assert state == "Z", f"process {child} of the hanging tool is still there, in state {state}"


def hold_to(rig, script, base):
    expect, test = script["expect"], script.get("test", {})
    if "hanging_tool" in test:
        hang(rig, test["hanging_tool"])
    bench = rig.bench({"world.seed": SEED} | test.get("bench", {}), base=base, name="bench")
    done = rig.measure(bench, rig.plan(**(PLAN | test.get("plan", {}))), "--world=--faults", f"--world={script['file']}")
    report = the_verdict(done, expect)
    it_happened(rig, "bench-1", script)
    the_attempts(rig, "bench-1", expect)
    the_loss(report, expect)
    if expect.get("covered"):
        the_number(report)
    if "streams_at_least" in expect:
        streams = rig.value("SELECT count(*) FROM stream WHERE run='bench-1'")
        assert streams >= expect["streams_at_least"], f"{streams} streams"
    if "hanging_tool" in test:
        no_child_is_left(rig)


def register(base):
    board = "scripted" if base == "scripted" else "real"
    for file in sorted(SCRIPTS.glob("*.toml")):
        script = tomllib.loads(file.read_text()) | {"file": file}
        if board not in script["expect"].get("boards", ["scripted"]):
            continue

        @case(f"{file.stem} on {base}: {script['fault']['about']}")
        def row(rig, script=script, name=file.stem):
            assert script["fault"]["name"] == name, f"the script in {name}.toml calls itself {script['fault']['name']}"
            need(not script["expect"].get("pending"), f"not yet: {script['expect'].get('pending')}")
            if board == "real":
                world_board = tomllib.loads((REPO / f"fixtures/benches/{base}.toml").read_text())["world"]["board"]
                need((rig.bin / f"joulerig-board-{world_board}").is_file(), f"joulerig-board-{world_board} is not built")
            hold_to(rig, script, base)


if __name__ == "__main__":
    chosen = sys.argv.index("--bench") if "--bench" in sys.argv else None
    register(sys.argv[chosen + 1] if chosen else "scripted")
    if chosen:
        del sys.argv[chosen:chosen + 2]
    main(jobs=4)
