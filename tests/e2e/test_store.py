# The database as a whole: bundles, check, backup, restore, retain, and a kill in the middle of each.
# Never looks into the program; what it says of a database is compared with what anyone can read there.
import hashlib
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import time
import zipfile

from rig import case, main


def measured(rig, name="scripted"):
    rig.measure(rig.bench(name=name)).exits(0)
    return f"{name}-1"


def recorded(rig, duration="1.5s"):
    instrument = rig.ppk2("--square", "10uA,5mA,10ms", "--seed", "9")
    return rig.run("record", "--monitor", instrument.selector, "--volts", "3.3", "--for", duration, "--json").exits(0).json


def elsewhere(rig, name="other.db"):
    return str(rig.home / name)


def export_bundle(rig, run, name="run.jrz"):
    file = rig.home / name
    rig.run("export", run, "--format", "bundle", "-o", file, "--force").exits(0)
    return file


def many_copies(rig, times):
    """A run of a record again and again, so that looking after it takes a while."""
    with sqlite3.connect(rig.db) as db:
        tables = {"run": "id", "stream": "run", "chunk": "run", "pyramid": "run", "anchor": "run"}
        for copy in range(2, times + 2):
            for table, key in tables.items():
                columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})") if row[1] != "id" or key == "id"]
                picked = ["?" if c == key else f"{copy}" if c == "sequence" else c for c in columns]
                db.execute(f"INSERT INTO {table}({', '.join(columns)}) SELECT {', '.join(picked)} FROM {table} "
                           f"WHERE {key}='record-1'", (f"record-{copy}",))
    db.close()


def is_whole(rig, db):
    """By SQLite and by ourselves; a run that was cut off is no damage."""
    checked = rig.run("store", "check", "--db", db, "--json").exits(0).json
    assert checked["whole"], checked
    return checked


def killed_at_random(rig, dice, kills, longest_s, *command):
    """Starts the command so often and kills it somewhere in the middle. Yields how it ended."""
    for _ in range(kills):
        running = rig.start(*command)
        until = time.monotonic() + dice.uniform(0, longest_s)
        while time.monotonic() < until and running.process.poll() is None:
            time.sleep(0.0005)
        yield running.signal(signal.SIGKILL).end() if running.process.poll() is None else running.end()


def seconds(rig, *command):
    return max(0.02, rig.run(*command).exits(0).wall_s)


@case("a measured run goes through a bundle, and through one that another tool packed, with the same bits")
def bundle(rig):
    run = measured(rig)
    told = rig.run("show", run, "--json").exits(0).out
    file = export_bundle(rig, run)
    other = elsewhere(rig)
    rig.run("import", "bundle", file, "--db", other, "--json").exits(0)
    assert "same bits" in rig.run("recompute", run, "--db", other).exits(0).out
    assert rig.run("show", run, "--json", "--db", other).exits(0).out == told
    assert rig.run("recompute", run, "--db", other, "--json").exits(0).out == told
    is_whole(rig, other)

    packed = rig.home / "packed.jrz"
    folder = rig.home / "unpacked"
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        archive.extractall(folder)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.rglob("*"), reverse=True):
            archive.write(path, path.relative_to(folder))
    third = elsewhere(rig, "third.db")
    rig.run("import", "bundle", packed, "--db", third).exits(0)
    assert rig.run("show", run, "--json", "--db", third).exits(0).out == told
    assert rig.run("recompute", run, "--db", third, "--json").exits(0).out == told


@case("a stranger reads a bundle with json and struct alone: hashes, codes and sums agree")
def stranger(rig):
    run = measured(rig)
    with zipfile.ZipFile(export_bundle(rig, run)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        names = set(archive.namelist())
        assert {entry["name"] for entry in manifest["entries"]} | {"manifest.json"} == names
        for entry in manifest["entries"]:
            content = archive.read(entry["name"])
            assert (len(content), hashlib.sha256(content).hexdigest()) == (entry["bytes"], entry["sha256"]), entry
        own = manifest["manifest_sha256"]
        text = archive.read("manifest.json").decode().replace(own, "0" * 64)
        assert hashlib.sha256(text.encode()).hexdigest() == own
        codes = memoryview(archive.read("streams/0/codes.u16")).cast("H")
        lines = archive.read("streams/0/ranges.csv").decode().splitlines()
        assert lines[0] == "first_sample,samples,value"
        ranges = bytearray()
        for first, count, value in (map(int, line.split(",")) for line in lines[1:]):
            assert first == len(ranges)
            ranges += bytes([value]) * count
        stream = json.loads(archive.read("streams/0/stream.json"))
        assert len(codes) == len(ranges) == stream["samples"] == rig.stored_samples(run)
        window = next(w for w in map(json.loads, archive.read("windows.jsonl").splitlines()) if w["label"] == "infer" and w["valid"])
        for number, (n, total, squares) in enumerate(window["moments"]["ranges"]):
            here = [c for c, r in zip(codes[window["start"]:window["end"]], ranges[window["start"]:window["end"]]) if r == number]
            assert (len(here), sum(here), sum(c * c for c in here)) == (n, total, squares), (number, window)
        assert json.loads(archive.read("results/1.json"))["run"] == run


@case("a bundle that was changed is refused in one sentence, and the same bundle is not taken in twice unasked")
def changed_bundle(rig):
    file = export_bundle(rig, measured(rig))
    other = elsewhere(rig)
    changed = rig.home / "changed.jrz"
    with zipfile.ZipFile(file) as archive, zipfile.ZipFile(changed, "w") as into:
        for name in archive.namelist():
            content = bytearray(archive.read(name))
            if name == "streams/0/codes.u16":
                content[len(content) // 3] ^= 4
            into.writestr(name, bytes(content))
    rig.run("import", "bundle", changed, "--db", other).exits(3).complains("streams/0/codes.u16", "sha-256")
    rig.run("import", "bundle", rig.home / "none.jrz", "--db", other).exits(3).complains("no file")
    assert rig.value("SELECT count(*) FROM run", db=other) == 0
    rig.run("import", "bundle", file, "--db", other).exits(0)
    rig.run("import", "bundle", file, "--db", other).exits(3).complains("scripted-1", "--again")
    rig.run("import", "bundle", file, "--db", other, "--again").exits(0)
    assert "scripted-2" in rig.run("runs", "--db", other).exits(0).out
    assert "same bits" in rig.run("recompute", "scripted-2", "--db", other).exits(0).out
    assert "measured as scripted-1" in rig.run("show", "scripted-2", "--db", other).exits(0).out


@case("a killed import leaves no half run: the next start removes it, and the bundle can be taken in again")
def killed_import(rig):
    run = recorded(rig)["run"]
    file = export_bundle(rig, run)
    other = elsewhere(rig)
    command = ("import", "bundle", file, "--db", other)
    longest_s = seconds(rig, *command) * 1.1
    rig.run("store", "check", "--db", other).exits(0)
    dice, begun = random.Random(5), 0
    for number, done in enumerate(killed_at_random(rig, dice, 200, longest_s, *command, "--again"), 1):
        rig.is_whole(other)
        begun += rig.value("SELECT count(*) FROM arrival", db=other)
        listed = rig.run("runs", "--db", other, "--json").exits(0)
        assert all(row["state"] == "closed" for row in listed.json["runs"]), (listed, done)
        assert rig.value("SELECT count(*) FROM arrival", db=other) == 0
        is_whole(rig, other)
        if number >= 12 and begun:
            break
    assert begun, "no kill came in the middle of an import"
    assert rig.run(*command, "--again").exits(0)


@case("store check names a chunk whose page was overwritten, ends with 3, and the rest can be shown")
def overwritten_page(rig):
    run = recorded(rig, "4s")["run"]
    total = rig.run("store", "check", "--json").exits(0).json["samples"]
    (first, n, codes), = rig.rows("SELECT first_ordinal, n, codes FROM chunk WHERE run=? ORDER BY first_ordinal LIMIT 1 OFFSET 1", run)
    content = bytearray(rig.db.read_bytes())
    at = content.index(codes[len(codes) // 2:len(codes) // 2 + 40]) // 16384 * 16384
    content[at:at + 16384] = b"\x5a" * 16384
    for suffix in ("-wal", "-shm"):
        rig.db.with_name(rig.db.name + suffix).unlink(missing_ok=True)
    rig.db.write_bytes(content)
    done = rig.run("store", "check", "--json").exits(3).complains("damaged", "restore")
    # Small chunks share pages: those of the page are named with their samples, the others are counted as read.
    named = {one["first_sample"]: one["samples"] for one in done.json["damage"] if one["run"] == run and one["samples"]}
    assert first in named and "Samples are missing" not in done.out, done.json
    assert done.json["samples"] + sum(named.values()) >= total - 65536 and done.json["samples"] > 0, (done.json, total)
    rig.run("runs").exits(0)
    page = rig.run("show", run).exits(0).out
    assert "corrupt" in page and re.search(r"as stored\)\n  current .* mA", page), page
    rig.run("export", run, "--format", "bundle", "-o", rig.home / "damaged.jrz").exits(3)
    assert not (rig.home / "damaged.jrz").exists()


@case("a backup taken while a record goes on is whole and lets the record go on; restored it has the runs of that moment")
def backup_while_recording(rig):
    rig.run("runs").exits(0)
    instrument = rig.ppk2("--current", "5mA", "--ideal")
    running = rig.start("record", "--monitor", instrument.selector, "--volts", "3.3", "--for", "3s", "--json")
    running.says(r"^committed record-1 \d+")
    backup = rig.home / "backup.db"
    told = rig.run("store", "backup", backup, "--json").exits(0).json
    assert told["runs"] == 1 and told["bytes"] == backup.stat().st_size, told
    outcome = running.end().exits(0).json
    assert outcome["samples"]["lost"] == 0, outcome
    copied = rig.value("SELECT coalesce(sum(n), 0) FROM chunk", db=backup)
    assert 0 < copied <= rig.stored_samples("record-1"), copied
    rig.run("store", "restore", backup).exits(3).complains("--force")
    told = rig.run("store", "restore", backup, "--force", "--json").exits(0).json
    assert rig.stored_samples("record-1") == copied
    assert rig.value("SELECT sum(n) FROM chunk", db=told["old"]) == outcome["samples"]["received"]
    is_whole(rig, rig.db)


@case("a killed backup leaves the older backup, a killed restore leaves a whole database, old or new")
def killed_copies(rig):
    recorded(rig)
    many_copies(rig, 40)
    backup = rig.home / "backup.db"
    longest_s = seconds(rig, "store", "backup", backup)
    dice = random.Random(6)
    for _ in killed_at_random(rig, dice, 10, longest_s, "store", "backup", backup):
        assert rig.value("SELECT count(*) FROM run", db=backup) == 41
        rig.is_whole(backup)
        rig.is_whole()
    with sqlite3.connect(rig.db) as db:
        db.execute("DELETE FROM run_tag")
        db.execute("INSERT INTO run_tag SELECT id, 'newer' FROM run")
    db.close()
    longest_s = seconds(rig, "store", "restore", backup, "--db", elsewhere(rig)) * 1.2
    for _ in killed_at_random(rig, dice, 12, longest_s, "store", "restore", backup, "--force"):
        rig.is_whole()
        assert rig.value("SELECT count(*) FROM run") == 41
        assert rig.value("SELECT count(*) FROM run_tag") in (0, 41)
    rig.run("store", "restore", backup, "--force").exits(0)
    is_whole(rig, rig.db)
    rig.run("store", "backup", backup).exits(0)
    is_whole(rig, backup)


@case("retain drops old traces and says so; the number still comes out bit for bit, and the space comes back")
def retain(rig):
    run = measured(rig)
    recorded(rig)
    rig.run("runs", "--json").exits(0)
    told = rig.run("show", run, "--json").exits(0).out
    would = rig.run("store", "retain", "--older-than", "0h", "--dry-run", "--json").exits(0).json
    assert {one["run"] for one in would["dropped"]} == {run, "record-1"} and rig.stored_samples(run) > 0, would
    nothing = rig.run("store", "retain", "--older-than", "1d", "--json").exits(0).json
    assert nothing["dropped"] == [] and nothing["bytes_returned"] == 0, nothing
    before = rig.db.stat().st_size
    did = rig.run("store", "retain", "--older-than", "0h", "--json").exits(0).json
    assert {one["run"] for one in did["dropped"]} == {run, "record-1"} and did["bytes_returned"] > 0, did
    assert rig.db.stat().st_size < before
    assert rig.value("SELECT count(*) FROM chunk") == 0 and rig.value("SELECT count(*) FROM pyramid") == 0
    assert re.search(r"trace +dropped on \d{4}-\d\d-\d\d \(older than 0h\)", rig.run("show", run).exits(0).out)
    assert rig.run("show", run, "--json").exits(0).out == told
    again = rig.run("recompute", run).exits(0)
    assert "same bits" in again.out and "dropped on" in again.out, str(again)
    assert rig.run("recompute", run, "--json").exits(0).out == told
    assert re.search(r"as stored\)\n  current .* mA", rig.run("show", "record-1").exits(0).out)
    rig.run("recompute", "record-1").exits(3).complains("dropped on", "stored report stands")
    is_whole(rig, rig.db)
    rig.run("store", "retain", "--older-than", "90 days").exits(64).complains("90d")
    rig.run("store", "retain").exits(64)
    # What is left of it can still be sent elsewhere.
    other = elsewhere(rig)
    rig.run("import", "bundle", export_bundle(rig, run), "--db", other).exits(0)
    assert rig.run("recompute", run, "--db", other, "--json").exits(0).out == told


@case("a killed retain leaves a whole database, and the next one finishes what it began")
def killed_retain(rig):
    recorded(rig)
    many_copies(rig, 40)
    full = rig.home / "full.db"
    rig.run("store", "backup", full).exits(0)
    command = ("store", "retain", "--older-than", "0h", "--db", elsewhere(rig))
    shutil.copy(full, elsewhere(rig))
    longest_s = seconds(rig, *command)
    dice, halves = random.Random(8), 0
    for kill in range(8):
        for suffix in ("-wal", "-shm", "-journal"):
            (rig.home / f"other.db{suffix}").unlink(missing_ok=True)
        shutil.copy(full, elsewhere(rig))
        for _ in killed_at_random(rig, dice, 1, longest_s, *command):
            rig.is_whole(elsewhere(rig))
        dropped, chunks = (rig.value(f"SELECT count(*) FROM {table}", db=elsewhere(rig)) for table in ("dropped", "chunk"))
        halves += bool(dropped and chunks)
        is_whole(rig, elsewhere(rig))
        rig.run(*command).exits(0)
        assert rig.value("SELECT count(*) FROM chunk", db=elsewhere(rig)) == 0
        assert rig.value("SELECT count(*) FROM dropped", db=elsewhere(rig)) == 41
        assert rig.value("SELECT count(*) FROM run", db=elsewhere(rig)) == 41
    assert halves, "no kill came in the middle of a retain"


@case("a database of a newer version is refused by every command of the store, and left as it is")
def newer(rig):
    rig.run("runs").exits(0)
    with sqlite3.connect(rig.db) as db:
        db.execute("PRAGMA user_version=99")
    db.close()
    content = rig.db.read_bytes()
    for command in (("check",), ("retain", "--older-than", "1d")):
        rig.run("store", *command).exits(3).complains("newer", "99")
    rig.run("store", "backup", rig.home / "b.db").exits(3).complains("newer")
    rig.run("store", "restore", rig.db, "--db", rig.home / "r.db").exits(3).complains("newer")
    assert rig.db.read_bytes() == content and not (rig.home / "b.db").exists() and not (rig.home / "r.db").exists()
    for command in (("check",), ("retain", "--older-than", "1d"), ("backup", rig.home / "b.db")):
        rig.run("store", *command, "--db", rig.home / "none.db").exits(3).complains("none.db")
        assert not (rig.home / "none.db").exists()


if __name__ == "__main__":
    main(jobs=2)
