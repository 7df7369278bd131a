# The rest of the command line: help, discover, bench init and check, power, monitor, flash, runs of an empty database.
# Never repeats what the other scripts measure; here a command has to do its own part and say so.
import json
import re

from rig import case, main, need, program_path

COMMANDS = ("measure", "record", "runs", "show", "view", "recompute", "compare", "tag", "note", "discover", "bench init", "bench check", "bench accept",
            "bench control", "bench release", "bench history",
            "flash", "monitor", "power", "calibrate", "calibration list", "calibration show", "calibration verify",
            "calibration plot", "calibration export", "calibration import", "calibration recall", "lca", "lca scenario")


@case("every command has a help with examples that exist, and exits 0")
def helps(rig):
    overview = rig.run("--help").exits(0).out
    for command in COMMANDS:
        words = command.split()
        text = rig.run(*words, "--help").exits(0).out
        assert words[0] in overview, f"{command} is not in joulerig --help"
        assert "Examples:" in text, text
        examples = re.findall(r"^  joulerig (.*)$", text[text.index("Examples:"):], re.MULTILINE)
        assert any(example.startswith(command) for example in examples), text
        for option in re.findall(r"--[a-z-]+", " ".join(examples)):
            assert option in text[:text.index("Examples:")] or option in ("--seed",), f"{command}: {option} is no option"
    for code in ("64 usage", "75 busy", "130 interrupted"):
        assert code in overview
    assert re.match(r"joulerig \d+\.\d+\.\d+", rig.run("--version").exits(0).out)


@case("every command that prints results can print them as JSON")
def json_everywhere(rig):
    for command in COMMANDS:
        if command != "bench init":  # writes a file
            assert "--json" in rig.run(*command.split(), "--help").exits(0).out, f"{command} has no --json"


@case("discover lists what is attached as text and as JSON")
def discover(rig):
    found = rig.run("discover", "--json").exits(0).json
    assert found.keys() == {"monitors", "ports"}
    for port in found["ports"]:
        assert {"port", "description", "serial"} <= port.keys()
    text = rig.run("discover").exits(0).out
    assert found["monitors"] or "No power analyzer is attached" in text and "joulerig measure" in text, text


@case("bench check tells that the scripted bench is fit, and every question it asked")
def fit(rig):
    done = rig.run("bench", "check", "scripted").exits(0)
    lines = done.out.splitlines()
    assert lines[-1] == "This bench is fit to measure." and all(line.startswith("  ok  ") for line in lines[:-1]), done
    for question in ("voltage", "monitor streams without loss", "board answers", "MARK", "dead without power"):
        assert question in done.out, f"'{question}' was not asked:\n{done.out}"
    report = rig.run("bench", "check", "scripted", "--json").exits(0).json
    assert report["fit"] is True and all(check["ok"] for check in report["checks"]) and len(report["checks"]) >= 8


@case("bench check names the line that MARK really is on, and exits 3")
def wrong_mark(rig):
    done = rig.run("bench", "check", rig.bench({"wiring.mark": "D2", "wiring.sleep": None})).exits(3)
    assert re.search(r"NO  MARK reaches the monitor: it is on D0\b.*change \[wiring\] mark", done.out), str(done)
    assert done.out.splitlines()[-1] == "This bench is not fit to measure yet."


@case("bench check says what is wrong with a board that is mute or moves no MARK, and that its supply was off after")
def unfit(rig):
    for option, words in (("mute", "NO  the board answers: .*silent"), ("no_mark", "NO  MARK reaches .*no line moved")):
        bench = rig.bench({f"world.board_options.{option}": True})
        done = rig.run("bench", "check", bench).exits(3)
        assert re.search(words, done.out), str(done)
        assert "ok  the board is dead without power" in done.out, str(done)
    report = rig.run("bench", "check", rig.bench({"wiring.marc": "D0"}), "--json").exits(3).json
    assert report["fit"] is False and "'mark'" in report["checks"][0]["answer"], report


@case("bench init without any device says what to do, and writes nothing")
def init_without(rig):
    need(not rig.run("discover", "--json").json["monitors"], "a power analyzer is attached to this machine")
    rig.run("bench", "init", "mine").exits(3).complains("plug one in", "discover", "nucleo-ppk2.toml")
    assert not list((rig.home / "xdg").rglob("mine.toml"))
    rig.run("bench", "init", "../mine").exits(64).complains("letters")
    rig.run("bench", "init", "mine", "--board", "nuceo-l4r5zi").exits(64).complains("'nucleo-l4r5zi'")


@case("power on a virtual bench switches it, says so, and says that the bench was private")
def power_virtual(rig):
    done = rig.run("power", "scripted", "on").exits(0)
    assert re.search(r"scripted: on at 3\.3 V", done.out) and "private" in done.err, str(done)
    assert "off" in rig.run("power", "scripted", "off").exits(0).out
    assert "1.9 V" in rig.run("power", "scripted", "1.9").exits(0).out
    rig.run("power", "scripted", "perhaps").exits(64).complains("perhaps", "V")
    assert rig.run("power", "scripted", "on", "--json").exits(0).json == {"bench": "scripted", "on": True,
                                                                         "voltage_V": 3.3}


@case("power on stays on after the command has ended, and power off ends it")
def power_real(rig):
    instrument = rig.ppk2("--current", "5mA", "--ideal")
    bench = rig.bench({"world": None, "monitor.port": str(instrument.port), "link.port": str(rig.home / "link")})

    def current_A():
        # Ampere mode neither feeds nor switches: it shows what the output was left at.
        return rig.run("record", "--monitor", instrument.selector, "--for", "0.3s", "--json").exits(0).json["mean_current_A"]

    assert abs(current_A()) < 1e-6
    assert "on at 3.3 V" in rig.run("power", bench, "on").exits(0).out
    assert current_A() > 4.9e-3, "the supply did not stay on"
    rig.run("power", bench, "off").exits(0)
    assert abs(current_A()) < 1e-6, "the supply did not go off"
    assert not list((rig.home / "xdg").rglob("left-on-*.json"))


@case("monitor prints one JSON object a line while it watches, and ends in time")
def monitor(rig):
    done = rig.run("monitor", "scripted", "--for", "2s", "--json").exits(0)
    looks = [json.loads(line) for line in done.out.splitlines()]
    assert len(looks) >= 3 and looks[-1]["t_s"] >= 1.9, done.out
    assert [look["t_s"] for look in looks] == sorted(look["t_s"] for look in looks)
    assert all(look["min_A"] <= look["mean_A"] <= look["max_A"] for look in looks)
    assert max(look["max_A"] for look in looks) > 1e-3, "the board was never seen to boot"
    text = rig.run("monitor", "scripted", "--for", "1s").exits(0).out
    assert "mean" in text and "low" in text and "high" in text, text


@case("flash programs the ATmega bench's image with avrdude, reads it back and says so")
def flash(rig):
    need((rig.bin / "joulerig-board-mega2560").is_file(), "joulerig-board-mega2560 is not built (JOULERIG_AVR=OFF)")
    program_path("avrdude")
    done = rig.run("flash", "sim-avr", "--json").exits(0).json
    assert done["verified"] is True and done["tool"].startswith("avrdude") and len(done["sha256"]) == 64
    assert done["image"].endswith("mega2560-energy.hex") and "flash:w:" in done["command"]
    text = rig.run("flash", "sim-avr", done["image"]).exits(0).out
    assert "flashed and verified by avrdude" in text, text


@case("flash of a board that needs none says that nothing was flashed")
def flash_none(rig):
    image = rig.home / "some.bin"
    image.write_bytes(bytes(range(256)))
    done = rig.run("flash", "scripted", image).exits(0)
    assert "Nothing was flashed" in done.out, str(done)


@case("runs of an empty database says how to make one, in an own folder that it creates")
def empty(rig):
    assert "No run yet: joulerig measure makes one." in rig.run("runs").exits(0).out
    assert rig.run("runs", "--json").exits(0).json == {"runs": []}
    del rig.env["JOULERIG_DB"]
    rig.run("runs").exits(0)
    assert (rig.home / "xdg/data_home/joulerig/joulerig.db").is_file()


@case("a bench in the user's configuration folder is found by its name")
def own_bench(rig):
    folder = rig.home / "xdg/config_home/joulerig/benches"
    folder.mkdir(parents=True)
    rig.bench(name="mine").rename(folder / "mine.toml")
    assert rig.run("bench", "check", "mine", "--json").exits(0).json["fit"] is True


@case("measure without --json prints the number with U, its largest doubts, a plot and where the record is")
def page(rig):
    done = rig.run("measure", "--bench", rig.bench(name="scripted"), "--plan", rig.plan()).exits(0)
    for word in ("scripted-1: pass", "simulated", "per inference", " \u00b1 ", "95 %", "truth", " U\n", "largest doubts",
                 "gain", "\u2588", "record      scripted-1 in ", str(rig.db), "0 lost", "joulerig show scripted-1"):
        assert word in done.out, f"'{word}' is not on the page:\n{done.out}"
    assert done.out == rig.run("show", "scripted-1").exits(0).out


if __name__ == "__main__":
    main()
