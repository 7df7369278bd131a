# The rest of the command line: help, discover, bench init and check, power, monitor, flash, runs of an empty database.
# Never repeats what the other scripts measure; here a command has to do its own part and say so.
import json
import re

from rig import case, main, need, program_path



def subcommands(help_text):
    """The names in the list of a help."""
    listed = re.search(r"^Subcommands:\n(.*?)(?:\n\n|\Z)", help_text, re.MULTILINE | re.DOTALL)
    return re.findall(r"^  ([a-z-]+) ", listed[1], re.MULTILINE) if listed else []


def commands(rig, *above):
    """Every command with its help, as the program itself lists them."""
    found = {}
    for name in subcommands(rig.run(*above, "--help").exits(0).out):
        words = (*above, name)
        text = rig.run(*words, "--help").exits(0).out
        if "Examples:" in text:  # else a group
            found[" ".join(words)] = text
        found |= commands(rig, *words)
    return found


def options_of(help_text):
    """{"--output": "-o,--output TEXT   Write ..."} of the part above the examples."""
    lines = re.findall(r"^  (-\S.*(?:\n {10,}\S.*)*)", help_text[:help_text.index("Examples:")], re.MULTILINE)
    return {re.search(r"--[a-z][a-z-]*", line)[0]: " ".join(line.split()) for line in lines}


@case("every command has a help with examples that exist, and exits 0")
def helps(rig):
    overview = rig.run("--help").exits(0).out
    every = commands(rig)
    assert len(every) >= 40 and {"record", "bench list", "plan list", "monitors", "lca scenarios", "lca countries", "help"} <= every.keys(), sorted(every)
    for command, text in every.items():
        words = command.split()
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
    for command, text in commands(rig).items():
        if command not in ("bench init", "help"):  # they print nothing that a program would read
            assert "--json" in options_of(text), f"{command} has no --json"


@case("one vocabulary: a file is written to with -o, and replaced only with --force; a count is a whole number")
def vocabulary(rig):
    counts = 0
    for command, text in commands(rig).items():
        options = options_of(text)
        for name, line in options.items():
            assert not re.match(r"-o\b", line) or line.startswith("-o,--output "), (command, line)
            assert name == "--output" or not re.search(r"(into|to) this( \S+)? file|[Ff]ile to write", line), (command, line)
            assert not re.search(r"--\S+ (FLOAT|INT|UINT)\b", line), (command, line)
            if re.search(r"--\S+ COUNT\b", line):
                counts += 1
                given = ["x"] * len(re.findall(r"^  [A-Z][A-Z|a-z]* TEXT", text[:text.index("Options:")], re.MULTILINE))
                needed = [word for other, what in options.items() if "REQUIRED" in what for word in (other, "x")]
                rig.run(*command.split(), *given, *needed, name, "2.5").exits(64).complains("whole number", name)
        assert "--output" not in options or "--force" in options, f"{command} writes a file and has no --force"
        assert "--log" not in options or command == "view", f"{command} --log: that is a logarithmic axis, in view"
        for old in ("--budget-svg", "--profile"):
            assert old not in options, (command, old)
    assert counts >= 9, counts


@case("durations have units everywhere, and a bare number is seconds")
def durations(rig):
    for command in (("record", "--monitor", "none", "--for"), ("record", "--monitor", "none", "--pre"), ("monitor", "none", "--for"),
                    ("record", "--monitor", "none", "--trigger-timeout"), ("calibrate", "none", "--settle"), ("calibrate", "none", "--warm-up"),
                    ("view", "none-1", "--from"), ("view", "none-1", "--to"), ("view", "none-1", "--cursor"),
                    ("export", "none-1", "-o", "a.csv", "--from"), ("export", "none-1", "-o", "a.csv", "--to")):
        for text in ("soon", "5 parsecs", "-1s", ""):
            if text:
                rig.run(*command, text).exits(64).complains("duration", "10us")
        for text in ("1", "0.5s", "20ms", "10us", "1m", "0.001h"):
            assert "duration" not in rig.run(*command, text).err, (command, text)
    for command in (("runs", "--since"), ("store", "retain", "--older-than")):
        for text in ("90d", "36h", "2w", "2026-11-01", "2026-11-20 14:30"):
            assert "moment" not in rig.run(*command, text).err, (command, text)
        rig.run(*command, "yesterday").exits(64).complains("90d", "2026-11-20")


@case("old names of options are understood, with a note that names the new one")
def renamed(rig):
    assert "--plan" in rig.run("measure", "--bench", "none", "--profile", "default").exits(64).err
    assert "--dut-log" in rig.run("show", "none-1", "--log").err
    assert "--output" in rig.run("show", "none-1", "--budget-svg=a.svg").err


@case("joulerig help COMMAND is what --help prints, and an unknown one is named")
def help_command(rig):
    assert rig.run("help").exits(0).out == rig.run("--help").exits(0).out
    assert rig.run("help", "lca", "export").exits(0).out == rig.run("lca", "export", "--help").exits(0).out
    rig.run("help", "mesure").exits(64).complains("did you mean 'measure'")
    rig.run("help", "lca", "exprt").exits(64).complains("did you mean 'export'")


@case("what can be named on the command line is listed, as text and as JSON")
def lists(rig):
    for command, key, name, expected in (("bench list", "benches", "bench", "scripted"), ("plan list", "plans", "plan", "mlperf-tiny"),
                                         ("monitors", "monitors", "kind", "ppk2"), ("lca scenarios", "scenarios", "scenario", "default"),
                                         ("lca countries", "countries", "iso2", "DE")):
        told = rig.run(*command.split(), "--json").exits(0).json[key]
        assert expected in [one[name] for one in told], (command, told)
        text = rig.run(*command.split()).exits(0).out
        assert all(one[name] in text for one in told), (command, text)
    (rig.home / "plans").mkdir()
    (rig.home / "plans/broken.toml").write_text("[plan]\nwindow = 5\n")
    told = rig.run("plan", "list", "--json", env={"JOULERIG_FIXTURES": str(rig.home)}).exits(0).json["plans"]
    assert [one["trouble"] for one in told if one["plan"] == "broken"][0], told


@case("a scenario and a plan in the working folder are found by name, after those that are shipped")
def working_folder(rig):
    from rig import REPO
    (rig.home / "mine.toml").write_text((REPO / "fixtures/scenarios/paper-kws-typical.toml").read_text().replace("Keyword spotting, typical", "Mine"))
    (rig.home / "paper-kws-best.toml").write_text("")
    assert rig.run("lca", "scenario", "mine", "--draws", "100").exits(0).out.count("Mine") >= 1
    assert rig.run("lca", "scenario", "paper-kws-best", "--draws", "100").exits(0)
    (rig.home / "short.toml").write_text("[plan]\nwindows = 1\n")
    rig.run("measure", "--bench", "scripted", "--plan", "short").exits(64).complains("short.toml", "windows")


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
