# Comparing and finding runs: what a difference is made of, sums, windows over each other, filters, tags and notes.
# Never looks at how long a command took; the currents and times of the virtual board are what differences are held against.
import json
import xml.dom.minidom

from rig import case, main, need, program_path

SUPPLY_V, LEAD_OHM = 3.3, 0.15


def measured(rig, edits=None, ideal=True, **plan):
    """One passing run on the bench "scripted", by default of an instrument without errors."""
    bench = rig.bench(edits or {}, name="scripted")
    return rig.measure(bench, rig.plan(**plan), *(("--world=--ideal",) if ideal else ())).exits(0).json


def power_W(current_A):
    return current_A * (SUPPLY_V - LEAD_OHM * current_A)


def close(value, expected, relative=0.01):
    assert abs(value - expected) <= relative * abs(expected), f"{value} is not {expected}"


def names(done):
    return [run["run"] for run in done.exits(0).json["runs"]]


@case("a board that draws more for longer: --explain gives power and time their shares, and they add up")
def explain(rig):
    slow = {"world.power.active": 0.0072, "world.board_options.inference_s": 0.025, "world.board_options.model_name": "vww01"}
    first, second = measured(rig), measured(rig, slow, windows=6)
    done = rig.run("compare", first["run"], second["run"], "--explain", "--json").exits(0).json
    against, = done["against"]
    parts = against["explanation"]
    assert against["verdict"] == "costs more" and against["is_noise"] is False, against
    power, time = parts["mean_power"], parts["time"]
    close(time["before_s"], 0.020, 0.001), close(time["after_s"], 0.025, 0.001)
    close(power["before_W"], power_W(0.0062)), close(power["after_W"], power_W(0.0072))
    close(power["share_J"], (power_W(0.0072) - power_W(0.0062)) * 0.0225, 0.05)
    close(time["share_J"], (power_W(0.0072) + power_W(0.0062)) / 2 * 0.005, 0.02)
    difference = against["difference"]["value_J"]
    assert abs(power["share_J"] + time["share_J"] - difference) < 1e-12 * difference
    assert all(part["U_share_J"] > 0 for part in (power, time)), parts
    assert abs(sum(r["before"] for r in parts["ranges"]) - 1) < 1e-9 and abs(sum(r["after"] for r in parts["ranges"]) - 1) < 1e-9
    differs = {fact["what"]: (fact["before"], fact["after"]) for fact in parts["differs"]}
    assert differs["model"] == ("kws01", "vww01") and "windows = 6" in differs["plan"][1], differs
    assert {"bench", "board", "supply", "instrument", "calibration", "ambient"} <= parts["same"].keys(), parts["same"]
    text = rig.run("compare", first["run"], second["run"], "--explain").exits(0).out
    for words in ("mean power", "of it idle", "windows = 6", "vww01", "the same: ", "supply 3.3 V, set", "costs more"):
        assert words in text, f"'{words}' is missing:\n{text}"
    back = rig.run("compare", second["run"], first["run"], "--explain", "--json").exits(0).json["against"][0]
    assert back["verdict"] == "costs less" and abs(back["explanation"]["time"]["share_J"] + time["share_J"]) < 1e-12


@case("the same board twice is noise, and its explanation claims no percentages")
def noise(rig):
    first, second = measured(rig, ideal=False), measured(rig, ideal=False)
    done = rig.run("compare", first["run"], second["run"], "--explain").exits(0).out
    assert "only noise" in done and "(1" not in done.split("the same:")[0].split("share of the difference")[1], done
    one = rig.run("compare", first["run"], second["run"], "--json").exits(0).json["against"][0]
    # The gain, far and away the largest doubt of either run, is the same error of the same instrument in both.
    assert one["difference"]["U_J"] < 0.05 * first["energy_per_inference"]["U_J"], one
    assert "explanation" not in one


@case("another supply voltage is listed with the share that it has at the same charge")
def voltage(rig):
    first = measured(rig)
    second = measured(rig, {"monitor.supply_V": 3.0})
    parts = rig.run("compare", first["run"], second["run"], "--explain", "--json").exits(0).json["against"][0]["explanation"]
    supply, = (fact for fact in parts["differs"] if fact["what"] == "supply")
    assert supply["before"] == "3.3 V, set" and supply["after"] == "3 V, set", supply
    close(supply["share_J"], -0.3 * 0.0062 * 0.02, 0.02)
    assert 0 < supply["U_share_J"] < abs(supply["share_J"])
    close(supply["share_J"], parts["mean_power"]["share_J"], 0.02)


@case("phases that both runs have are compared one by one")
def phases(rig):
    keys = {"phases": True, "phase_windows": 2}
    first = measured(rig, **keys)
    second = measured(rig, {"world.power.active": 0.0072}, **keys)
    text = rig.run("compare", first["run"], second["run"], "--explain").exits(0).out
    one = rig.run("compare", first["run"], second["run"], "--explain", "--json").exits(0).json["against"][0]
    phases = {phase["phase"]: phase for phase in one["explanation"]["phases"]}
    assert phases.keys() == {"preprocess", "invoke", "postprocess"} and "phase invoke" in text, text
    close(phases["invoke"]["share_J"], one["difference"]["value_J"] * 0.97, 0.05)
    assert rig.run("compare", first["run"], measured(rig)["run"], "--explain", "--json").exits(0).json["against"][0][
        "explanation"]["phases"] == []


@case("a calibration between two runs differs, with what it alone makes of the difference")
def calibration(rig):
    first = measured(rig, ideal=False)
    bench = rig.home / "scripted.toml"
    for _ in range(3):  # of a hundred sound calibrations a few fail a check
        made = rig.run("calibrate", bench, "--json")
        if made.code == 0:
            break
    made.exits(0)
    second = measured(rig, ideal=False)
    assert second["calibration"]["kind"] == "bench calibration", second["calibration"]
    one = rig.run("compare", first["run"], second["run"], "--explain", "--json").exits(0).json["against"][0]
    share, = (fact for fact in one["explanation"]["differs"] if fact["what"] == "calibration")
    # The board did not change: what differs is what the calibration corrected.
    assert abs(share["share_J"] - one["difference"]["value_J"]) < 0.1 * abs(share["share_J"]), (share, one["difference"])
    assert share["after"].startswith(second["calibration"]["id"][:12]) and share["U_share_J"] > 0, share


@case("the sum of a pipeline's models doubts the shared gain in full and each one's scatter by its square")
def total(rig):
    first, second = measured(rig, ideal=False), measured(rig, {"world.board_options.inference_s": 0.03}, ideal=False)
    done = rig.run("compare", first["run"], second["run"], "--sum", "--json").exits(0).json["sum"]
    each = [run["energy_per_inference"] for run in (first, second)]
    assert abs(done["value_J"] - sum(one["mean_J"] for one in each)) < 1e-15
    close(done["U_J"], sum(one["U_J"] for one in each), 0.02)  # nearly all of it is the instrument's gain
    sources = {source["key"]: source["u_J"] for source in done["sources"]}
    parts = [{source["key"]: source["u_J"] for source in one["sources"]} for one in each]
    for key in set(parts[0]) & set(parts[1]):
        assert abs(sources[key] - parts[0][key] - parts[1][key]) < 1e-15, key
    for part in parts:
        own, = (key for key in part if key.startswith("repeatability:"))
        assert sources[own] == part[own]
    close(done["latency_s"], 0.05, 0.001)
    text = rig.run("compare", first["run"], second["run"], "--sum").exits(0).out
    assert "sum" in text and "largest doubts of the sum" in text and "gain:" in text, text


@case("windows over each other are drawn as SVG and as PNG, and other endings or too many runs are refused")
def overlay(rig):
    first, second = measured(rig), measured(rig, {"world.board_options.inference_s": 0.03})
    svg, png = rig.home / "windows.svg", rig.home / "windows.png"
    done = rig.run("compare", first["run"], second["run"], "-o", svg).exits(0)
    assert "Wrote" in done.err and "costs more" in done.out, str(done)
    picture = xml.dom.minidom.parse(str(svg))
    words = [node.firstChild.data for node in picture.getElementsByTagName("text") if node.firstChild]
    for run in (first, second):
        assert any(word.startswith(f"{run['run']} (simulated): ") for word in words), words
    assert sum("since MARK rose" in word for word in words) == 2, words
    assert len(picture.getElementsByTagName("polyline")) >= 4
    rig.run("compare", first["run"], second["run"], "-o", png, "--json").exits(0)
    assert png.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    rig.run("compare", first["run"], second["run"], "-o", rig.home / "windows.pdf").exits(64).complains(r"\.svg", r"\.png")
    rig.run("compare", *[first["run"]] * 5, "-o", svg).exits(64).complains("4 runs", "fewer")
    rig.run("compare", first["run"], second["run"], "-o", rig.home / "none/windows.svg").exits(3).complains("folder")


@case("a run without a number cannot be compared, and one that is not there is named")
def without(rig):
    first = measured(rig)
    traced = rig.run("record", "--monitor", rig.ppk2("--current", "5mA").selector, "--for", "0.3s", "--json").exits(0).json
    rig.run("compare", first["run"], traced["run"]).exits(3).complains(traced["run"], "no energy")
    rig.run("compare", first["run"], "scripted-99").exits(3).complains("scripted-99")
    rig.run("compare", first["run"]).exits(64)


@case("runs are found by board, model, bench, verdict, flag and time, and their number can be limited")
def filters(rig):
    kws = measured(rig)["run"]
    vww = measured(rig, {"world.board_options.model_name": "vww01"})["run"]
    other = rig.measure(rig.bench({}, name="other"), rig.plan(limit_J=1e-9)).exits(1).json["run"]
    traced = rig.run("record", "--monitor", rig.ppk2("--current", "5mA").selector, "--for", "0.3s", "--json").exits(0).json["run"]
    assert names(rig.run("runs", "--json")) == [traced, other, vww, kws]
    for flags, expected in (("--board scripted", [other, vww, kws]), ("--board SCRIPTED --model vww01", [vww]),
                            ("--bench other", [other]), ("--verdict fail", [other]), ("--verdict pass --model kws01", [kws]),
                            ("--simulated", [other, vww, kws]), ("--measured", [traced]), ("--imported", []),
                            ("--since 1h", [traced, other, vww, kws]), ("--since 2099-01-01", []),
                            ("--limit 2", [traced, other]), ("--board scripted --limit 2", [other, vww])):
        assert names(rig.run("runs", *flags.split(), "--json")) == expected, flags
    text = rig.run("runs", "--model", "vww01").exits(0).out
    assert vww in text and kws not in text and "simulated" in text, text
    nothing = rig.run("runs", "--board", "nuceo", "--since", "7d").exits(0).out
    assert nothing.count("\n") == 1 and "No run fits --board nuceo --since 7d" in nothing, nothing
    entry = rig.run("runs", "--model", "vww01", "--json").exits(0).json["runs"][0]
    assert entry["board"] == "scripted" and entry["model"] == "vww01" and entry["imported"] is False, entry
    assert entry["energy_per_inference"]["mean_J"] > 0 and entry["tags"] == [] and entry["grade"] in "ABCD", entry


@case("a filter that means nothing is a usage error in one sentence")
def nonsense(rig):
    rig.run("runs", "--verdict", "passed").exits(64).complains("'passed'", "inconclusive")
    rig.run("runs", "--since", "yesterday").exits(64).complains("yesterday", "7d")
    rig.run("runs", "--limit", "0").exits(64).complains("--limit")
    rig.run("runs", "--limit", "1.5").exits(64).complains("--limit")
    rig.run("runs", "--measured", "--simulated").exits(64).complains("exclude")


@case("a firmware is found by its name and by the beginning of its commit or SHA-256, and its size is recorded")
def firmware(rig):
    need((rig.bin / "joulerig-board-mega2560").is_file(), "joulerig-board-mega2560 is not built (JOULERIG_AVR=OFF)")
    program_path("avrdude")
    scripted = measured(rig)["run"]
    run = rig.measure("sim-avr", rig.plan()).exits(0).json
    image = run["firmware"]
    for wanted in (image["name"], image["name"].removesuffix(".hex"), image["sha256"][:8], image["commit"][:7]):
        assert names(rig.run("runs", "--firmware", wanted, "--json")) == [run["run"]], wanted
    assert names(rig.run("runs", "--firmware", "0" * 12, "--json")) == []
    done = rig.run("compare", scripted, run["run"], "--explain").exits(0).out
    for words in ("firmware sha256", "not recorded", image["sha256"][:12], "firmware size", " bytes", "compiler", "flags"):
        assert words in done, f"'{words}' is missing:\n{done}"


@case("tags and notes come and go after a run is closed, are shown by runs and show, and change no result")
def labels(rig):
    run, other = measured(rig)["run"], measured(rig)["run"]
    stored = rig.run("show", run, "--json").exits(0).out
    assert rig.run("tag", run).exits(0).out == f"{run}: no tags\n"
    assert rig.run("tag", run, "release", "good").exits(0).out == f"{run}: good, release\n"
    rig.run("tag", run, "good").exits(0)  # again: nothing happens
    rig.run("tag", run, "doubtful").exits(0)
    assert rig.run("tag", run, "doubtful", "never", "--remove", "--json").exits(0).json == {"run": run, "tags": ["good", "release"]}
    rig.run("note", run, "new battery, lid open").exits(0)
    assert "lid open" in rig.run("note", run, "unquoted", "words").exits(0).out
    notes = rig.run("note", run, "--json").exits(0).json["user_notes"]
    assert [note["text"] for note in notes] == ["new battery, lid open", "unquoted words"], notes
    assert names(rig.run("runs", "--tag", "release", "--json")) == [run]
    assert names(rig.run("runs", "--json")) == [other, run]
    listed = rig.run("runs").exits(0).out
    assert "good release (2 notes)" in listed, listed
    page = rig.run("show", run).exits(0).out
    assert "tags        good, release" in page and "lid open" in page, page
    shown = rig.run("show", run, "--json").exits(0).json
    assert shown["tags"] == ["good", "release"] and len(shown["user_notes"]) == 2
    assert {key: value for key, value in shown.items() if key not in ("tags", "user_notes")} == json.loads(stored)
    rig.run("recompute", run).exits(0)
    rig.is_whole()


@case("a tag of two words, an empty note and a run that is not there are refused with a sentence")
def refused(rig):
    run = measured(rig)["run"]
    rig.run("tag", run, "two words").exits(64).complains("one word")
    rig.run("tag", run, "a,b").exits(64).complains("commas")
    rig.run("tag", run, "--remove").exits(64).complains("which tags")
    rig.run("tag", "scripted-99", "good").exits(3).complains("scripted-99")
    rig.run("note", run, " ").exits(64).complains("empty")
    rig.run("note", run, "x" * 10_001).exits(64).complains("10000")
    rig.run("note", "scripted-99", "text").exits(3).complains("scripted-99")


if __name__ == "__main__":
    main(jobs=3)
