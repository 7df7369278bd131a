# The record's arithmetic on another processor: compiled for arm64, run there (or in an emulator), and compared bit by bit.
# Never compares two builds for the same machine.
import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
COMPILER, EMULATOR = "aarch64-linux-gnu-g++", "qemu-aarch64-static"
SOURCES = ["tests/interop/same_bits.cpp", "tests/reference_trace.cpp", "drivers/monitors/ppk2_words.cpp",
           "drivers/monitors/ppk2_decoder.cpp", "rig/core/amperes.cpp", "rig/core/block_sums.cpp", "rig/core/moments.cpp",
           "rig/core/value_runs.cpp", "rig/store/packing.cpp", "rig/store/unpacking.cpp", "rig/store/digits.cpp", "rig/store/chunk.cpp",
           "rig/store/crc32c.cpp", "rig/energy/model.cpp", "rig/core/energy.cpp"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--here", type=Path, required=True, help="the same program, built for this machine")
    args = parser.parse_args()
    for tool in (COMPILER, EMULATOR):
        if not shutil.which(tool):
            print(f"skipped: the program {tool} is not installed")
            return 77
    with tempfile.TemporaryDirectory() as folder:
        there = Path(folder) / "same_bits"
        # The build's own flag for arithmetic. Headers of libraries that are nothing but headers are found behind the cross compiler's own.
        subprocess.run([COMPILER, "-std=c++20", "-O2", "-ffp-contract=off", "-static", "-I.", "-idirafter", "/usr/include", "-o", there, *SOURCES],
                       cwd=REPO, check=True)
        ours = subprocess.run([args.here], check=True, stdout=subprocess.PIPE, text=True).stdout.split("\n")
        theirs = subprocess.run([EMULATOR, there], check=True, stdout=subprocess.PIPE, text=True).stdout.split("\n")
    apart = [f"{a}, on arm64 {b}" for a, b in zip(ours, theirs, strict=True) if a != b]
    print("\n".join(apart or ours))
    return 1 if apart else 0


sys.exit(main())
