# kill -9 of joulerig record, many times: JOULERIG_KILLS of them, 50 unless told otherwise; ./dev nightly asks for 1000.
# Never waits for a fixed time to hit a state: moments come from fixed seeds and from what the program has said.
import os
import random
import re
import signal
import time

from rig import case, main

HANDS = 5  # each has an instrument and a database of its own
KILLS = int(os.environ.get("JOULERIG_KILLS", "50"))
LONGEST_S = 1.5  # two commits come in that time


def acknowledged(done, run):
    counts = [int(n) for n in re.findall(rf"^committed {run} (\d+)$", done.err, re.MULTILINE)]
    return counts[-1] if counts else 0


def whole_after(rig, run, done):
    """What must hold after a kill. Returns the samples stored."""
    rig.is_whole()
    stored = rig.stored_samples(run)
    assert stored >= acknowledged(done, run), f"{stored} samples of {run} are stored:\n{done}"
    following = rig.run("runs", "--json").exits(0)
    assert re.search(rf"^Run {run} was cut off .*interrupted", following.err, re.MULTILINE), str(following)
    row = next(row for row in following.json["runs"] if row["run"] == run)
    assert (row["state"], row["verdict"]) == ("interrupted", "rig-error") and row["reason"], row
    return stored


def look_through(rig, stored):
    """Every checksum, sum and pyramid of everything that is there by now."""
    checked = rig.run("store", "check", "--json").exits(0).json
    assert checked["whole"] and checked["samples"] == stored, (checked, stored)


def hand(number):
    kills = len(range(number, KILLS, HANDS))

    @case(f"hand {number + 1} kills {kills} records: the database is whole, nothing acknowledged is lost")
    def record_kills(rig):
        dice = random.Random(20261123 + number)
        instrument = rig.ppk2("--square", "10uA,5mA,10ms", "--seed", str(number + 1))
        stored = 0
        for kill in range(1, kills + 1):
            run = f"record-{kill}"
            running = rig.start("record", "--monitor", instrument.selector, "--volts", "3.3", "--for", "600s")
            running.says("^recording")
            begun = time.monotonic() + dice.uniform(0, LONGEST_S)
            while time.monotonic() < begun:
                time.sleep(0.001)
            done = running.signal(signal.SIGKILL).end()
            assert done.code == -signal.SIGKILL, str(done)
            stored += whole_after(rig, run, done)
            if kill % 5 == 0 or kill == kills:
                look_through(rig, stored)
        assert stored > 0, "no kill came after a commit"
        newest = max(rig.rows("SELECT n, run FROM (SELECT sum(n) AS n, run FROM chunk GROUP BY run)"))[1]
        assert "samples" in rig.run("show", newest).exits(0).out
        # The killed ones left the device streaming, half a command in its buffer: the next client copes.
        last = rig.run("record", "--monitor", instrument.selector, "--volts", "3.3", "--for", "0.5s", "--json").exits(0).json
        assert last["run"] == f"record-{kills + 1}" and last["samples"]["received"] >= 50_000, last


for number in range(HANDS):
    hand(number)


if __name__ == "__main__":
    main(jobs=3)
