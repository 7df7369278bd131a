# joulerig view on a scripted measurement: terminal, SVG, PNG, page and JSON; what the page's script computes; complaints.
# Never looks at a pixel: the unit tests hold the pictures to their properties.
import base64
import contextlib
import fcntl
import json
import math
import os
import pty
import re
import struct
import subprocess
import termios
import threading
import xml.etree.ElementTree as xml

from rig import REPO, Shared, case, main, program_path

PERIOD_S = 1e-5


@Shared
def measured(rig):
    """A run to look at, and its report."""
    report = rig.measure(rig.bench(name="scripted")).exits(0).json
    return report["run"], report


def columns_of(answer):
    columns = answer["columns"]
    return list(zip(columns["first_sample"], columns["samples"], columns["min_A"], columns["mean_A"], columns["max_A"]))


@case("the columns of a run cover every sample once, and min <= mean <= max in each, at any zoom")
def covers(rig):
    run, _ = measured(rig)
    stored = rig.stored_samples(run)
    for span in ((), ("--from", "0.2", "--to", "0.9"), ("--window", "2"), ("--from", "0.5", "--to", "0.501")):
        answer = rig.run("view", run, "--json", *span).exits(0).json
        columns = columns_of(answer)
        assert 0 < len(columns) <= 1001, len(columns)
        assert columns[0][0] <= answer["start_sample"] and columns[-1][0] + columns[-1][1] >= answer["end_sample"], span
        for (first, n, low, mean, high), following in zip(columns, columns[1:]):
            assert first + n == following[0] and low <= mean <= high, (span, first)
        assert columns[-1][0] + columns[-1][1] <= stored
    whole = columns_of(rig.run("view", run, "--json").exits(0).json)
    assert sum(column[1] for column in whole) == stored, (sum(column[1] for column in whole), stored)


@case("what --window shows holds the window, its idle on both sides, and its energy with an uncertainty")
def one_window(rig):
    run, report = measured(rig)
    wanted = report["windows"][2]
    answer = rig.run("view", run, "--window", wanted["index"], "--json").exits(0).json
    assert answer["start_sample"] < wanted["start_sample"] and answer["end_sample"] > wanted["end_sample"]
    shown, = [w for w in answer["windows"] if w["label"] == "infer" and w["index"] == wanted["index"]]
    assert (shown["start_sample"], shown["end_sample"]) == (wanted["start_sample"], wanted["end_sample"])
    assert math.isclose(shown["energy_per_inference_J"], wanted["energy_J"] / wanted["inferences"], rel_tol=1e-12)
    # One window alone is less sure than the mean of five that scatter as they do, or as sure.
    assert shown["U_J"] > 0.5 * report["energy_per_inference"]["U_J"], (shown, report["energy_per_inference"])
    assert {w["label"] for w in answer["windows"]} >= {"infer", "idle", "guard"}


@case("an SVG is well-formed, names the run, says that it is simulated, and stays below 200 kB")
def svg(rig):
    run, _ = measured(rig)
    file = rig.home / "run.svg"
    rig.run("view", run, "-o", file).exits(0)
    text = file.read_text()
    assert len(text) < 200_000, len(text)
    words = " ".join(element.text or "" for element in xml.fromstring(text).iter() if element.tag.endswith("text"))
    for expected in (run, "simulated", "infer 1", "per inference", "instrument's own coefficients"):
        assert expected in words, f"'{expected}' is not in the picture: {words}"
    rig.run("view", run, "--window", 1, "--log", "--cursor", "0.4", "--cursor", "500ms", "-o", file, "--force").exits(0)
    assert "Between the cursors: 0.1 s" in file.read_text()


@case("a PNG is as wide as was asked, light or dark")
def png(rig):
    run, _ = measured(rig)
    for width, more in ((1000, ()), (2400, ("--dark",)), (333, ())):
        file = rig.home / "run.png"
        rig.run("view", run, "-o", file, "--force", "--width", width, *more).exits(0)
        raw = file.read_bytes()
        assert raw[:8] == b"\x89PNG\r\n\x1a\n" and struct.unpack(">I", raw[16:20])[0] == width


def page_of(rig, run, *more):
    file = rig.home / "run.html"
    rig.run("view", run, "-o", file, "--force", *more).exits(0)
    text = file.read_text()
    assert len(text) < 4_300_000, len(text)
    return file, text


@case("the page loads nothing, holds every window with its energy, and its columns are those of the record")
def page(rig):
    run, report = measured(rig)
    _, text = page_of(rig, run)
    assert not re.search(r"(src|href)\s*=|@import|url\(|fetch\(|XMLHttpRequest|WebSocket", text), "the page refers to something outside"
    data = json.loads(re.search(r'id="trace">(.*?)</script>', text, re.S).group(1))
    assert data["samples"] == rig.stored_samples(run)
    first = data["layers"][0]
    assert (first["first"], first["end"]) == (0, data["samples"])
    values = struct.unpack(f"<{len(base64.b64decode(first['data'])) // 4}f", base64.b64decode(first["data"]))
    n = len(values) // 3
    for low, high, mean in zip(values[:n], values[n:2 * n], values[2 * n:]):
        assert math.isnan(mean) or low <= mean <= high
    for window in report["windows"]:
        assert text.count(f">infer {window['index']}</button>") == 1
    for expected in ("Budget of uncertainty", "simulated", "prefers-color-scheme:dark", "@media print"):
        assert expected in text, expected


@case("the page's script finds between cursors the charge that the record has there, and says how sure it is")
def script(rig):
    node = program_path("node")
    run, report = measured(rig)
    file, _ = page_of(rig, run)
    window = report["windows"][0]
    probe = rig.home / "probe.js"
    probe.write_text("""
const html = require('fs').readFileSync(process.argv[2], 'utf8');
const scripts = [...html.matchAll(/<script([^>]*)>([\\s\\S]*?)<\\/script>/g)];
const data = JSON.parse(scripts.find((s) => s[1].includes('trace'))[2]);
const Trace = eval(scripts[1][2] + '; Trace');
new Function(scripts[2][2]);  // the rest at least parses
const trace = Trace.open(data), [first, end] = process.argv.slice(3, 5).map(Number);
const at = (ordinal) => Trace.timeOf(trace, ordinal);
const columns = Trace.columnsOf(trace, 0, trace.samples, 500);
console.log(JSON.stringify({
  window: Trace.measure(trace, at(first), at(end)), whole: Trace.measure(trace, 0, trace.duration),
  columns: columns.length, holes: columns.filter((c, k) => k > 0 && c.start !== columns[k - 1].end).length,
  wrong: columns.filter((c) => c.valid > 0 && !(c.min <= c.mean && c.mean <= c.max)).length,
  back: Trace.ordinalAt(trace, at(first))}));
""")
    done = subprocess.run([node, probe, file, str(window["start_sample"]), str(window["end_sample"])], capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    charge, bound = found["window"]["charge"], found["window"]["chargeBound"]
    assert abs(charge - window["charge_C"]) <= bound + 1e-6 * window["charge_C"], (found, window)
    assert math.isclose(found["window"]["duration"], window["end_sample"] * PERIOD_S - window["start_sample"] * PERIOD_S, rel_tol=1e-6)
    assert found["holes"] == 0 and found["wrong"] == 0 and 100 < found["columns"] <= 4000, found
    assert abs(found["back"] - window["start_sample"]) < 1e-3
    exact = columns_of(rig.run("view", run, "--json", "--width", 20000).exits(0).json)
    total = sum(n * mean for _, n, _, mean, _ in exact) * PERIOD_S
    assert math.isclose(found["whole"]["charge"], total, rel_tol=1e-5), (found["whole"], total)


@case("the page zooms by wheel, drag, pinch and keys without an error, and its cursors say what lies between them")
def moves(rig):
    node = program_path("node")
    run, report = measured(rig)
    file, _ = page_of(rig, run)

    deeds = [[], ["wheel:500,-400", "button:whole"], ["wheel:500,-400"], ["key:+"], ["pinch"], ["button:in"], ["key:+", "key:+"],
             ["key:+", "key:+", "drag:600,500"], ["wheel:500,-500"] * 40, ["window:0"], ["click:300", "click:700"], ["span:300,700"],
             ["key:n", "key:p", "key:l", "key:z"], ["print"], ["click:300", "click:700", "button:between"],
             ["key:a", "key:Escape"], ["key:+", "key:ArrowLeft"]]
    words = [word for deed in deeds for word in ("--", *deed)][1:]
    done = subprocess.run([node, REPO / "tests/e2e/page_stub.js", file, rig.home / "page.svg", "light", *words], capture_output=True,
                          text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    xml.parse(rig.home / "page.svg")
    said = {tuple(deed): answer for deed, answer in zip(deeds, json.loads(done.stdout))}

    def stretch(*deed):
        return [float(part.split()[0]) for part in said[deed]["view"].split("(")[0].split(" to ")]

    whole = stretch()
    assert whole[0] == 0 and stretch("wheel:500,-400", "button:whole") == whole
    for deed in ("wheel:500,-400", "key:+", "pinch", "button:in"):
        low, high = stretch(deed)
        assert high - low < 0.9 * whole[1], (deed, low, high)
    before, moved = stretch("key:+", "key:+"), stretch("key:+", "key:+", "drag:600,500")
    assert moved[0] > before[0] and abs((moved[1] - moved[0]) - (before[1] - before[0])) < 1e-4, (before, moved)
    deep = stretch(*["wheel:500,-500"] * 40)
    assert 0 < deep[1] - deep[0] < 20 * PERIOD_S, deep
    shown, window = said["window:0",], report["windows"][0]
    length = (window["end_sample"] - window["start_sample"]) * PERIOD_S
    assert math.isclose(float(shown["cursor-b"].split()[0]) - float(shown["cursor-a"].split()[0]), length, rel_tol=1e-3), shown
    assert shown["charge"].endswith("C") and shown["energy"].endswith("J") and "own coefficients" in shown["caveat"], shown
    assert f"joulerig view {run} --stream 0 --from " in shown["command"], shown["command"]
    assert said["click:300", "click:700"]["delta"] == said["span:300,700",]["delta"] != "\u2013"
    # The command that the page offers draws the same stretch.
    offered = said["key:+", "key:ArrowLeft"]["command"].split()
    rig.run(*offered[1:]).exits(0)
    assert (rig.home / "figure.svg").is_file()


@case("in a log the drawing is plain ASCII of at most 80 letters; on a UTF-8 terminal it has dots and its width")
def text(rig):
    run, _ = measured(rig)
    plain = rig.run("view", run, "--window", 1).exits(0).out
    assert plain.isascii() and "infer 1" in plain and "mA" in plain and run in plain, plain
    drawn = [line for line in plain.splitlines() if "|" in line]
    assert len(drawn) >= 10 and max(map(len, drawn)) <= 80, plain
    shown = on_terminal(rig, 120, "view", run)
    assert any("\u2800" < letter <= "\u28ff" for letter in shown), shown
    assert max(len(line) for line in shown.splitlines() if "\u2502" in line) > 90, shown
    assert on_terminal(rig, 120, "view", run, LC_ALL="C").isascii()


def on_terminal(rig, width, *args, **env):
    """What the program writes to a terminal so wide."""
    master, slave = pty.openpty()
    with contextlib.closing(os.fdopen(master, "rb", buffering=0)) as screen:
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
        process = subprocess.Popen([rig.joulerig, *map(str, args)], stdout=slave, stderr=subprocess.PIPE, env=rig.env | env)
        os.close(slave)
        said = bytearray()

        def read():
            with contextlib.suppress(OSError):
                while piece := screen.read(4096):
                    said.extend(piece)

        reader = threading.Thread(target=read)
        reader.start()
        assert process.wait(60) == 0, process.stderr.read()
        reader.join(60)
        process.stderr.close()
    return said.decode().replace("\r", "")


@case("gaps are in the time axis: a trace with lost samples lasts as long as it really did")
def gaps(rig):
    instrument = rig.ppk2("--current", "5mA", "--lose", "40@50000")
    outcome = rig.run("record", "--monitor", instrument.selector, "--volts", "3.3", "--for", "1.5s", "--json").exits(0).json
    answer = rig.run("view", outcome["run"], "--json").exits(0).json
    received, lost = outcome["samples"]["received"], outcome["samples"]["lost"]
    assert lost == 40 and sum(gap["length"] for gap in answer["gaps"]) == lost, (lost, answer["gaps"])
    assert math.isclose(answer["duration_s"], (received + lost) * PERIOD_S, rel_tol=1e-9)
    gap = answer["gaps"][0]
    behind = rig.run("view", outcome["run"], "--json", "--from", repr(gap["start_s"] + 1e-4), "--to", repr(gap["start_s"] + 0.1)).exits(0).json
    assert behind["start_sample"] == gap["sample"], (behind["start_sample"], gap)
    assert "lost" in rig.run("view", outcome["run"]).exits(0).out


@case("what cannot be shown is one sentence that says what to do")
def complaints(rig):
    run, _ = measured(rig)
    rig.run("view", "nothing-1").exits(3).complains("nothing-1")
    end = rig.run("view", run, "--json").exits(0).json["duration_s"]
    for args, *patterns in (
            (("--window", 99), "window 99", "1, 2, 3"), (("--window", "1.5"), "whole number"), (("--stream", 3), "stream 3"),
            (("--from", 5, "--to", 4), "--from"), (("--from", end + 1), "ends at"), (("--window", 1, "--from", 0), "--window"),
            (("--log", "--linear"), "exclude"), (("-o", "trace.gif"), "trace.gif", ".svg"), (("--width", 20), "--width"),
            (("--channel", 4), "channel 4"), (("--cursor", "soon"), "soon")):
        rig.run("view", run, *args).exits(64).complains(*patterns)
    rig.run("view", run, "-o", rig.home / "no/such/folder/a.svg").exits(3).complains("a.svg", "folder")
    empty = rig.run("record", "--monitor", rig.ppk2("--current", "1mA").selector, "--volts", "3.3", "--for", "0.1s", "--json").exits(0).json["run"]
    rig.run("store", "retain", "--older-than", "0h").exits(0)
    rig.run("view", empty).exits(3).complains("no trace", "joulerig show")


@case("a stretch shorter than a sample shows that sample")
def one_sample(rig):
    run, _ = measured(rig)
    answer = rig.run("view", run, "--from", "0.5", "--to", "0.5000001", "--json").exits(0).json
    assert answer["end_sample"] - answer["start_sample"] == 1 and answer["samples_per_column"] == 1
    rig.run("view", run, "--from", "0.5", "--to", "0.5000001").exits(0)


if __name__ == "__main__":
    main()
