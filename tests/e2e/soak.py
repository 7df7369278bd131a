# The nightly soak: many measurements in a row on each virtual bench, alone and beside busy processes.
# Never lets a flaky verdict pass: a single one that is not `pass`, or outside what the ledger allows, fails it.
import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path


def busy_processes(count):
    spin = [sys.executable, "-c", "while True: pass"]
    return [subprocess.Popen(spin) for _ in range(count)]


# Short windows, so that a hundred runs take minutes; everything else is as a user has it.
PLAN = "[plan]\nwindows = 5\nwindow_s = 0.4\nidle_s = 0.2\nwarmups = 1\n"


def one_run(bin_dir, bench, plan, db, env):
    done = subprocess.run([bin_dir / "joulerig", "measure", "--bench", bench, "--plan", plan, "--db", db, "--json"],
                          env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300)
    if done.returncode != 0:
        return f"exit {done.returncode}: {done.stderr.splitlines()[-1] if done.stderr else ''}", []
    report = json.loads(done.stdout)
    again = [row["reason"] for row in report["attempts"] if not row["valid"]]
    again += [row["reason"] for row in report["earlier_runs"]]
    for ours, true in zip(report["windows"], report["truth"]["windows"], strict=True):
        charge_J = ours["charge_C"] * report["supply"]["voltage_V"]
        if abs(charge_J / true["sampled_J"] - 1) > 1e-9:
            return f"window {ours['index']}: {charge_J} J against {true['sampled_J']} J sampled", again
    if report["samples"]["lost"]:
        return f"{report['samples']['lost']} samples lost on a bench that loses none", again
    return None, again


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--load", type=int, default=0)
    parser.add_argument("--bench", default="scripted")
    args = parser.parse_args()
    troubles, retries = [], []
    with tempfile.TemporaryDirectory() as home:
        env = dict(os.environ, HOME=home, XDG_RUNTIME_DIR=home)
        plan = Path(home) / "soak.toml"
        plan.write_text(PLAN)
        spinners = busy_processes(args.load)
        try:
            for run in range(args.runs):
                trouble, again = one_run(args.bin, args.bench, plan, Path(home) / "soak.db", env)
                print(f"{args.bench}, load {args.load}, run {run + 1}: {trouble or 'ok'}",
                      *(f"(again after: {reason})" for reason in again), flush=True)
                retries += again
                if trouble:
                    troubles.append(trouble)
        finally:
            for spinner in spinners:
                spinner.kill()
    print(f"{args.runs - len(troubles)} passed, {len(troubles)} failed; {len(retries)} windows or runs were taken again")
    return 1 if troubles else 0


sys.exit(main())
