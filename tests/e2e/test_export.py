# Exports of a real run as strangers read them: csv by csv, .ppk2 by zipfile and struct, HDF5 by h5py. The three must agree.
# Never uses our own importers: tests/unit/export_files.cpp does.
import csv
import math
import struct
import sys
import zipfile

import rig
from rig import case, need

sys.path.insert(0, str(rig.REPO / "tests/interop"))
import read_ppk2  # noqa: E402


def recorded(r, seconds="0.4s"):
    """A short trace of a virtual PPK2; returns the run's id."""
    instrument = r.ppk2()
    done = r.run("record", "--monitor", instrument.selector, "--volts", "3.3", "--for", seconds, "--json").exits(0)
    return done.json["run"]


def read_csv(path):
    """(comments as {key: [values]}, header, rows)"""
    comments, rows = {}, []
    with open(path, newline="") as file:
        plain = []
        for line in file:
            if line.startswith("#"):
                key, _, value = line[1:].strip().partition(": ")
                comments.setdefault(key, []).append(value)
            else:
                plain.append(line)
        rows = list(csv.reader(plain))
    return comments, rows[0], rows[1:]


@case("CSV and .ppk2 of one run hold the same currents, lines and times")
def csv_and_ppk2(r):
    run = recorded(r)
    r.run("export", run, "-o", "run.csv").exits(0)
    done = r.run("export", run, "-o", "run.ppk2", "--json").exits(0).json
    comments, header, rows = read_csv(r.home / "run.csv")
    assert header == ["time_s", "current_A", "D0-D7"], header
    assert comments["run"] == [run] and "calibration_id" in comments and comments["period_s"] == ["1e-05"], comments
    trace = read_ppk2.read(r.home / "run.ppk2")
    assert trace["rate"] == 100_000
    assert done["samples"] == len(rows) > 10_000, done
    by_index = {round(float(row[0]) * 1e5): row for row in rows}
    assert len(trace["current_uA"]) == max(by_index) + 1
    for index, (current, lines) in enumerate(zip(trace["current_uA"], trace["lines"])):
        if index not in by_index:
            assert math.isnan(current), f"sample {index} is in a gap and has a value"
            continue
        expected = struct.unpack("<f", struct.pack("<f", float(by_index[index][1]) * 1e6))[0]
        assert math.isclose(current, expected, rel_tol=3e-7, abs_tol=1e-9), (index, current, expected)
        assert lines == by_index[index][2], (index, lines, by_index[index])


@case("the digital word of a .ppk2 is big-endian: its first byte holds D4 to D7")
def digital_word(r):
    run = recorded(r, "0.1s")
    r.run("export", run, "-o", "run.ppk2").exits(0)
    with zipfile.ZipFile(r.home / "run.ppk2") as archive:
        session = archive.read("session.raw")
    for frame in range(0, len(session), 6):
        assert session[frame + 4] & 0x0F in range(16) and all(session[frame + 4] >> 2 * k & 3 for k in range(4)), session[frame:frame + 6]


@case("HDF5 holds the currents of the CSV with units, calibration id, gaps and windows")
def hdf5(r):
    try:
        import h5py
    except ImportError:
        need(False, "h5py is not installed")
    bench, plan = r.bench(), r.plan()
    run = r.measure(bench, plan).exits(0).json["run"]
    r.run("export", run, "-o", "run.csv").exits(0)
    r.run("export", run, "-o", "run.h5").exits(0)
    comments, _, rows = read_csv(r.home / "run.csv")
    with h5py.File(r.home / "run.h5") as file:
        text = lambda value: value.decode() if isinstance(value, bytes) else value  # noqa: E731
        assert file["current"].attrs["units"] in ("A", b"A"), dict(file["current"].attrs)
        assert text(file.attrs["run_id"]) == run and file.attrs["simulated"] == 1 and file.attrs["imported"] == 0
        assert text(file["current"].attrs["calibration_id"]) == comments["calibration_id"][0]
        assert file.attrs["period_s"] == 1e-5
        current, lines = file["current"][:], file["lines"][:]
        assert len(current) == len(lines) == len(rows)
        for value, row in zip(current.tolist(), rows):
            assert math.isclose(value, float(row[1]), rel_tol=1e-8), (value, row)
        letters = {bits: "".join(str(bits >> k & 1) for k in range(8)) for bits in range(256)}
        assert [letters[bits] for bits in lines.tolist()] == [row[2] for row in rows]
        stored = r.rows("SELECT label, start, end, valid FROM window WHERE run=? ORDER BY rowid", run)
        windows = file["windows"][:]
        assert [(text(w["label"]), w["start_row"], w["end_row"], w["valid"]) for w in windows] == stored, (windows, stored)
        gaps = r.rows("SELECT ordinal, length FROM gap WHERE run=? ORDER BY ordinal", run)
        assert [(g["row"], g["length"]) for g in file["gaps"][:]] == [g for g in gaps if 0 < g[0] < len(rows)]
        # Time by the rule that the file states gives the times of the CSV.
        behind, missing = list(file["gaps"][:]), 0
        for row in range(0, len(rows), 997):
            missing = sum(int(g["length"]) for g in behind if g["row"] <= row)
            time_s = file.attrs["t0_s"] + (row + missing) * file.attrs["period_s"]
            assert math.isclose(time_s, float(rows[row][0]), rel_tol=1e-9, abs_tol=1e-12), (row, time_s, rows[row])


@case("a part of a run is exported by its times")
def part(r):
    run = recorded(r)
    r.run("export", run, "-o", "part.csv", "--from", "100ms", "--to", "0.2s").exits(0)
    _, _, rows = read_csv(r.home / "part.csv")
    assert 9_000 < len(rows) <= 10_000 and float(rows[0][0]) >= 0.1 and float(rows[-1][0]) < 0.2, (len(rows), rows[0], rows[-1])


@case("what export cannot do is one sentence with the way out")
def complaints(r):
    run = recorded(r, "0.1s")
    (r.home / "there.csv").write_text("precious")
    r.run("export", run, "-o", "there.csv").exits(64).complains("--force")
    assert (r.home / "there.csv").read_text() == "precious"
    r.run("export", run, "-o", "there.csv", "--force").exits(0)
    r.run("export", run).exits(64).complains("-o")
    r.run("export", run, "-o", "run.doc").exits(64).complains("--format")
    r.run("export", run, "-o", "run.x", "--format", "cvs").exits(64).complains("did you mean 'csv'")
    r.run("export", "nobody-7", "-o", "run.csv").exits(3).complains("no run 'nobody-7'")
    r.run("export", run, "-o", "run.csv", "--from", "soon").exits(64).complains("duration")
    r.run("export", run, "-o", "run.csv", "--from", "1h").exits(3).complains("no sample")
    r.run("export", run, "-o", "run.csv", "--from", "100s").exits(3).complains("no sample")
    r.run("export", run, "-o", "run.csv", "--stream", "9").exits(3)
    r.run("export", run, "-o", "absent/run.csv").exits(3).complains("folder does not exist")
    assert not list(r.home.glob(".*unfinished*"))


@case("a full disk in mid-export is one sentence and leaves nothing behind")
def full_disk(r):
    run = recorded(r, "4s")
    for ending in ("csv", "ppk2", "h5", "csv.zst"):
        wrap = ("sh", "-c", 'ulimit -f 256; exec "$@"', "sh")  # 128 KiB: the database is only read
        r.run("export", run, "-o", f"full.{ending}", wrap=wrap).exits(3).complains("nothing was left behind")
        assert not list(r.home.glob("*full*")) and not list(r.home.glob(".*full*")), ending


if __name__ == "__main__":
    rig.main(jobs=2)
