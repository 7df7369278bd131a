# joulerig bench accept: what a sound bench is told, what each broken one is told, and that nothing stays on.
# Never looks at how long a step took; only what was found and what was left behind.
import getpass
import json
import os
import pty
import re
import shutil
import signal
import socket

from rig import case, main, need, program_path, pseudo_terminal

BY_HAND = {"backfeed.led", "backfeed.usb", "cable.pull"}
NOT_FLASHED = {"flash.tool", "flash.size", "flash.other", "flash.program"}


def accept(rig, bench, *args, **options):
    """Again when the virtual bench says that this host was too busy for it: then the report counts for nothing."""
    own_temporary_folder(rig)
    for _ in range(3):
        shutil.rmtree(rig.home / "report", ignore_errors=True)
        done = rig.run("bench", "accept", bench, "--quick", "--json", "-o", rig.home / "report", *args, **options)
        if not done.out or claims_of(done.json).get("world.time", {}).get("verdict") != "not ok":
            break
    return done


def own_temporary_folder(rig):
    (rig.home / "tmp").mkdir(exist_ok=True)
    rig.env["TMPDIR"] = str(rig.home / "tmp")


def claims_of(report):
    ids = [claim["id"] for claim in report["claims"]]
    assert len(ids) == len(set(ids)), f"a claim is in the report twice: {ids}"
    return {claim["id"]: claim for claim in report["claims"]}


def verdicts(report, verdict):
    return {claim["id"] for claim in report["claims"] if claim["verdict"] == verdict}


def figure(claim, name):
    return next(f["value"] for f in claim["figures"] if f["name"] == name)


def nothing_is_left(rig):
    assert not list((rig.home / "xdg").rglob("left-on-*.json")), "a supply is noted as left on"
    assert not list((rig.home / "tmp").iterdir()), "the folder of a virtual bench is left"


def finds(rig, bench, *claims):
    """The bench is refused for these claims and for no other."""
    done = accept(rig, bench).exits(3)
    report = done.json
    assert report["holds"] is False and verdicts(report, "not ok") == set(claims), f"{verdicts(report, 'not ok')}\n{done}"
    for claim in claims:
        assert claims_of(report)[claim]["advice"], f"{claim} says nothing about what to do"
    nothing_is_left(rig)
    return claims_of(report)


def real(instrument, link):
    """Edits that make a bench file of real devices."""
    return {"world": None, "monitor.port": str(instrument.port), "link.port": str(link)}


def board_that_never_sleeps():
    """A serial port with a board behind it that answers whether or not anyone feeds it. It has no MARK."""
    replies = {"name": ["m-name-dut-[ALWAYS-ON]"], "profile": ["m-profile-[p]", "m-model-[kws01]"],
               "infer": ["m-infer-done", "m-results-[1.000]"]}
    unfinished = [b""]

    def answer(heard):
        *commands, unfinished[0] = (unfinished[0] + heard).split(b"%")
        lines = [line for command in commands
                 for line in replies.get(command.decode().split(" ")[0], []) + ["m-ready"]]
        return "".join(line + "\r\n" for line in lines).encode()

    return pseudo_terminal(answer)


# ---- sound benches -----------------------------------------------------------------------------------------------

@case("the scripted bench holds: every claim that needs neither hands nor a flash tool is ok, and the files say so")
def scripted(rig):
    done = accept(rig, rig.bench(name="mine")).exits(0)
    report = done.json
    assert verdicts(report, "not ok") == set() and report["holds"] is True, str(done)
    assert verdicts(report, "not tested") == BY_HAND | NOT_FLASHED, verdicts(report, "not tested")
    assert report["schema"] == "joulerig-bench-accept" and report["schema_version"] == 1
    assert report["simulated"] is True and report["attended"] is False and report["interrupted"] is False
    assert report["tool_version"] and report["kernel"].startswith("Linux")
    claims = claims_of(report)
    assert figure(claims["mark.pulses"], "asked") == 20 and figure(claims["stream.whole"], "lost") == 0
    assert figure(claims["power.idle"], "idle") < figure(claims["power.idle"], "active")
    assert json.loads((rig.home / "report/report.json").read_text()) == report
    page = (rig.home / "report/report.txt").read_text()
    assert "23 ok, 0 not ok, 7 not tested." in page and "mark.pulses" in page, page
    talk = (rig.home / "report/conversation.log").read_text()
    assert talk.count("> timestamp%") == 20 and "< m-name-dut-[" in talk, talk
    for line in ("Step 1:", "ok          Does each 'timestamp' give", "may be attached to an issue"):
        assert line in done.err, f"'{line}' was not said:\n{done}"
    nothing_is_left(rig)


@case("the report names neither the user nor the home folder nor the computer")
def anonymous(rig):
    rig.env |= {"USER": "grace", "LOGNAME": "grace"}
    folder = rig.home / "grace"
    folder.mkdir()
    bench = rig.bench({"link.port": str(rig.home / "nowhere"), "bench.name": "grace"}, name="mine")
    bench.write_text(f"# {folder}/mine.toml, by grace on {socket.gethostname()}\n" + bench.read_text())
    accept(rig, bench).exits(3)  # the complaint about the link names its path
    for file in (rig.home / "report").iterdir():
        text = file.read_text()
        assert str(rig.home) not in text, f"{file.name} has the home folder:\n{text}"
        for name in ("grace", getpass.getuser(), socket.gethostname()):
            assert not re.search(rf"\b{re.escape(name)}\b", text), f"{file.name} says '{name}':\n{text}"
    assert "~/nowhere" in (rig.home / "report/report.json").read_text()


@case("the default bench holds: stm32flash flashes it through a touch, and both resets restart it")
def sim(rig):
    need((rig.bin / "joulerig-board-mps2-an386").is_file(), "joulerig-board-mps2-an386 is not built (JOULERIG_ARM=OFF)")
    for tool in ("stm32flash", "qemu-system-arm"):
        program_path(tool)
    report = accept(rig, "sim", "--yes", "--quick").exits(0).json
    assert verdicts(report, "not tested") == BY_HAND, verdicts(report, "not tested")
    assert report["flash"]["image"] == "mps2-an386-energy.hex" and figure(claims_of(report)["flash.size"], "flash_needed") > 10_000
    nothing_is_left(rig)


@case("the ATmega bench holds: avrdude flashes it, another image makes it answer otherwise, both resets restart it")
def sim_avr(rig):
    need((rig.bin / "joulerig-board-mega2560").is_file(), "joulerig-board-mega2560 is not built (JOULERIG_AVR=OFF)")
    program_path("avrdude")
    report = accept(rig, "sim-avr", "--yes").exits(0).json
    assert verdicts(report, "not tested") == BY_HAND, verdicts(report, "not tested")
    claims = claims_of(report)
    assert "second image prints laps" in claims["flash.other"]["seen"], claims["flash.other"]
    assert "opening the link restarts" in claims["reset.link"]["seen"], claims["reset.link"]
    assert figure(claims["flash.size"], "flash_needed") > 1000
    assert report["flash"]["image"] == "mega2560-energy.hex" and len(report["flash"]["sha256"]) == 64
    nothing_is_left(rig)


# ---- what is wrong with a bench ----------------------------------------------------------------------------------

@case("a MARK on another line than the file says is found, and the line is named")
def wrong_mark(rig):
    claims = finds(rig, rig.bench({"wiring.mark": "D2", "wiring.sleep": None}), "mark.pulses", "mark.infer")
    assert "on D0" in claims["mark.pulses"]["seen"] and "change [wiring] mark" in claims["mark.pulses"]["advice"]
    assert claims["energy.repeats"]["verdict"] == "not tested"


@case("a SLEEP line that is not where the file says is found")
def wrong_sleep(rig):
    claims = finds(rig, rig.bench({"wiring.sleep": "D3"}), "sleep.line")
    assert figure(claims["sleep.line"], "high_in_idle") == 0


@case("a bench without a SLEEP line holds, and says that it was not tested")
def no_sleep(rig):
    report = accept(rig, rig.bench({"wiring.sleep": None})).exits(0).json
    assert "sleep.line" in verdicts(report, "not tested")


@case("lost samples are found")
def loss(rig):
    claims = finds(rig, rig.bench({"world.monitor.lose": ["10@100000"]}), "stream.whole", "stream.session")
    assert figure(claims["stream.whole"], "lost") == 10


@case("a mute board is found, and nothing that needs its answers is called tested")
def mute(rig):
    claims = finds(rig, rig.bench({"world.board_options.mute": True}), "link.answer")
    assert "silent" in claims["link.answer"]["seen"]
    for other in ("reset.power", "mark.pulses", "energy.repeats", "power.idle"):
        assert claims[other]["verdict"] == "not tested", claims[other]
    assert claims["backfeed.open"]["verdict"] == "ok"


@case("a board that talks at another speed is found, and its speed is what to check")
def wrong_baud(rig):
    claims = finds(rig, rig.bench({"world.link_baud": 57600}), "link.answer")
    assert "baud" in claims["link.answer"]["seen"]


@case("a flash tool that is not installed is found, with the package to install")
def no_tool(rig):
    (rig.home / "empty").mkdir()
    rig.env["PATH"] = str(rig.home / "empty")
    bench = rig.bench({"flash.tool": "avrdude", "flash.part": "atmega2560", "flash.programmer": "wiring",
                       "flash.port": "sim:link"})
    claims = finds(rig, bench, "flash.tool")
    assert "avrdude is not installed" in claims["flash.tool"]["seen"] and "apt install" in claims["flash.tool"]["seen"]
    assert claims["flash.program"]["verdict"] == "not tested" and claims["mark.pulses"]["verdict"] == "ok"


@case("a board that draws more than the trip current is switched off, and nothing else is asked of it")
def trip(rig):
    claims = finds(rig, rig.bench({"limits.trip_A": 5e-6}), "supply.on")
    assert claims["link.answer"]["verdict"] == "not tested" and claims["supply.off"]["verdict"] == "ok"


@case("a board that restarts by no power cycle and answers without power is found to be fed by something else")
def always_on(rig):
    instrument = rig.ppk2("--current", "5mA", "--ideal")
    with board_that_never_sleeps() as link:
        done = accept(rig, rig.bench(real(instrument, link))).exits(3)
    claims = claims_of(done.json)
    assert "still answers" in claims["backfeed.open"]["seen"], str(done)
    assert {"reset.power", "backfeed.open", "mark.pulses"} <= verdicts(done.json, "not ok"), str(done)
    assert claims["backfeed.closed"]["verdict"] == "ok" and claims["supply.off"]["verdict"] == "ok"
    nothing_is_left(rig)


@case("a monitor that goes away in the middle ends it: what was found is kept, and the supply is not called off")
def goes_away(rig):
    own_temporary_folder(rig)
    instrument = rig.ppk2("--current", "5mA", "--ideal")
    with board_that_never_sleeps() as link:
        running = rig.start("bench", "accept", rig.bench(real(instrument, link)), "--quick", "--json", "-o",
                            rig.home / "report").says("answer with its name")
        instrument.unplug()
        report = running.end().exits(3).json
    claims = claims_of(report)
    assert "went away" in claims["stream.session"]["seen"] and claims["stream.whole"]["verdict"] == "ok", claims
    assert claims["supply.off"]["verdict"] == "not ok" and "by hand" in claims["supply.off"]["advice"]
    assert claims["energy.repeats"]["verdict"] == "not tested"


@case("in ampere mode the supply is a person's: what needs it switched is not tested while nobody is there")
def ampere(rig):
    bench = rig.bench({"monitor.mode": "ampere", "monitor.u_supply_V": 0.01, "world.supply_V": 3.3})
    report = accept(rig, bench).json
    assert {"supply.refusal", "supply.on", "supply.off", "monitor.offset", "reset.power", "backfeed.closed",
            "backfeed.open"} <= verdicts(report, "not tested"), verdicts(report, "not tested")
    assert claims_of(report)["stream.session"]["verdict"] == "ok"


@case("a monitor that is not there is found, and the report is written all the same")
def no_monitor(rig):
    claims = finds(rig, rig.bench({"world": None, "monitor.port": str(rig.home / "no-port"), "link.port": "/dev/null"}),
                   "monitor.identity")
    assert "no-port" in claims["monitor.identity"]["seen"]
    assert (rig.home / "report/report.txt").is_file()


# ---- files, busy, Ctrl-C -----------------------------------------------------------------------------------------

@case("a place where no report can be written is told before anything is powered")
def no_place(rig):
    done = rig.run("bench", "accept", rig.bench(), "-o", "/proc/report").exits(3)
    done.complains("/proc/report", "-o", "nothing was powered")
    assert "Step" not in done.err and done.out == "", str(done)
    (rig.home / "old").mkdir()
    (rig.home / "old/report.json").write_text("{}")
    rig.run("bench", "accept", rig.bench(), "-o", rig.home / "old").exits(64).complains("exists already")
    assert (rig.home / "old/report.json").read_text() == "{}"


@case("a bench file with a mistake is a usage error, and leaves no report")
def bad_file(rig):
    rig.run("bench", "accept", rig.bench({"wiring.marc": "D0"})).exits(64).complains("'marc'", "'mark'")
    rig.run("bench", "accept", "no-such-bench").exits(64).complains("no-such-bench")
    assert not list(rig.home.glob("bench-accept-*"))


@case("a bench that another run holds is busy, and no empty report stays behind")
def busy(rig):
    instrument = rig.ppk2()
    bench = rig.bench(real(instrument, rig.home / "link"))
    holder = rig.start("record", "--monitor", instrument.selector, "--for", "60s").says("^committed ")
    rig.run("bench", "accept", bench).exits(75).complains("busy|in use")
    assert not list(rig.home.glob("bench-accept-*")), "an empty report was left"
    holder.signal(signal.SIGINT).end()


@case("Ctrl-C ends it with exit 130, the supply off, and the report so far")
def interrupted(rig):
    own_temporary_folder(rig)
    instrument = rig.ppk2("--current", "5mA", "--ideal")
    with board_that_never_sleeps() as link:
        running = rig.start("bench", "accept", rig.bench(real(instrument, link)), "--quick", "--json", "-o",
                            rig.home / "report")
        done = running.says("answer with its name").signal(signal.SIGINT).end().exits(130)
    report = done.json
    assert report["interrupted"] is True and report == json.loads((rig.home / "report/report.json").read_text())
    claims = claims_of(report)
    assert claims["stream.whole"]["verdict"] == "ok" and claims["mark.pulses"]["seen"] == "interrupted", str(done)
    assert "Interrupted before the end." in (rig.home / "report/report.txt").read_text()
    left = rig.run("record", "--monitor", instrument.selector, "--for", "0.3s", "--json").exits(0).json["mean_current_A"]
    assert abs(left) < 1e-6, "the supply was left on"
    nothing_is_left(rig)


# ---- a person at the bench ---------------------------------------------------------------------------------------

class Person:
    """Types at the terminal of a running command."""

    def __init__(self, rig, *args):
        own_temporary_folder(rig)
        self.master, slave = pty.openpty()
        self.running = rig.start("bench", "accept", *args, "--quick", "--json", "-o", rig.home / "report", stdin=slave)
        os.close(slave)
        rig.cleanup.callback(os.close, self.master)

    def types(self, text, when, count=1):
        self.running.says(when, count)
        os.write(self.master, (text + "\n").encode())
        return self


@case("a person is asked before each step, may skip one, and the pulled cable of the monitor is noticed")
def attended(rig):
    instrument = rig.ppk2("--current", "5mA", "--ideal")
    with board_that_never_sleeps() as link:
        person = Person(rig, rig.bench(real(instrument, link)))
        asked = r"^(Step \d+|By hand):"
        for count, answer in enumerate(["", "", "", "", "s", ""], 1):
            person.types(answer, asked, count)  # bench, stream, supply, link, (signals: skipped), dead
        person.types("perhaps\nn", "light on the board's own side")
        for count in (7, 8, 9):  # the board's USB: go on; unplugged; in again
            person.types("", asked, count)
        person.types("", "Pull the monitor's USB cable")
        instrument.unplug()
        done = person.running.end().exits(3)
    claims = claims_of(done.json)
    assert done.json["attended"] is True
    assert claims["mark.pulses"]["seen"] == "skipped by the person", str(done)
    assert claims["backfeed.led"]["verdict"] == "ok" and claims["backfeed.usb"]["verdict"] == "ok", str(done)
    assert claims["cable.pull"]["verdict"] == "ok", claims["cable.pull"]
    nothing_is_left(rig)


@case("with --yes nobody is asked, even at a terminal, and what needs hands is not tested")
def yes(rig):
    person = Person(rig, rig.bench({"world.board_options.mute": True}), "--yes")
    report = person.running.end().exits(3).json
    assert report["attended"] is False and BY_HAND <= verdicts(report, "not tested")


if __name__ == "__main__":
    main(jobs=2)  # they mostly wait
