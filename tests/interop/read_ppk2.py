# Reads a .ppk2 by what is published of the format and nothing else: it shares no code with the writer it checks.
# Never lenient: whatever Nordic's app would stumble over is an error here.
import json
import math
import struct
import sys
import zipfile

OFFERED_RATES = (1, 10, 100, 1_000, 10_000, 100_000)
STATE = {0: "-", 1: "0", 2: "1", 3: "X"}


def read(path):
    """{'rate', 'start_ms', 'current_uA': [...], 'lines': ['01X-...' D0 first, ...], 'minimap': {...}}"""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None, "a member's checksum is wrong"
        names = sorted(archive.namelist())
        assert names == ["metadata.json", "minimap.raw", "session.raw"], names
        assert all(one.compress_type == zipfile.ZIP_DEFLATED for one in archive.infolist()), "not deflate"
        metadata = json.loads(archive.read("metadata.json"))
        session = archive.read("session.raw")
        minimap = json.loads(archive.read("minimap.raw"))
    assert metadata["formatVersion"] == 2, metadata
    rate = metadata["metadata"]["samplesPerSecond"]
    assert rate in OFFERED_RATES, rate
    assert len(session) % 6 == 0, len(session)
    current, lines = [], []
    for frame in range(0, len(session), 6):
        current.append(struct.unpack_from("<f", session, frame)[0])
        word = struct.unpack_from(">H", session, frame + 4)[0]
        lines.append("".join(STATE[word >> 2 * k & 3] for k in range(8)))
    check_minimap(minimap, current, rate)
    return {"rate": rate, "start_ms": metadata["metadata"].get("startSystemTime"), "current_uA": current, "lines": lines,
            "minimap": minimap}


def check_minimap(minimap, current, rate):
    """Shape, and that each stretch holds the least and greatest current of its samples, in nA and not below 200."""
    assert set(minimap) == {"lastElementFoldCount", "data", "maxNumberOfElements", "numberOfTimesToFold"}, set(minimap)
    fold, data = minimap["numberOfTimesToFold"], minimap["data"]
    assert minimap["maxNumberOfElements"] == 10_000
    assert fold & (fold - 1) == 0, "stretches are not doubled"
    assert data["length"] == len(data["min"]) == len(data["max"]) == math.ceil(len(current) / fold) <= 10_000
    assert minimap["lastElementFoldCount"] == len(current) % fold
    for place, (least, greatest) in enumerate(zip(data["min"], data["max"])):
        first = place * fold
        nA = [max(200.0, 1000.0 * i) for i in current[first:first + fold] if not math.isnan(i)]
        n = min(fold, len(current) - first)
        middle_us = (first + (n - 1) / 2) * 1e6 / rate
        assert math.isclose(least["x"], middle_us, rel_tol=1e-6, abs_tol=1e-3) and least["x"] == greatest["x"], (place, least, middle_us)
        if nA:
            assert math.isclose(least["y"], min(nA), rel_tol=1e-6) and math.isclose(greatest["y"], max(nA), rel_tol=1e-6), (place, least, greatest)
        else:
            assert least["y"] > greatest["y"], "a stretch without a value must say so"


if __name__ == "__main__":
    trace = read(sys.argv[1])
    print(f"{len(trace['current_uA'])} samples at {trace['rate']} Hz, lines {''.join(sorted(set(''.join(trace['lines']))))}")
