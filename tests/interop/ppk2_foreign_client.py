#!/usr/bin/env python3
# A client of the PPK2's wire protocol that nobody of the C++ tree wrote: it checks the virtual PPK2.
# Never imports anything of ours. usage: ppk2_foreign_client.py JOULERIG_SIM ; exit 0 good, 1 bad, 77 skipped
import os
import re
import subprocess
import sys
import tempfile
import time

try:
    import serial
except ImportError:
    print("skipped: pyserial is missing (Debian: python3-serial)")
    sys.exit(77)

RANGES = range(5)
DEADLINE_S = 60  # generous: the machine may be busy


class Client:
    """Plain calls over one serial port; every wait has an end."""

    def __init__(self, port):
        self.port = serial.Serial(port, 9600, timeout=0.05)
        self.mods = None

    def send(self, *octets):
        self.port.write(bytes(octets))

    def silence(self):
        """Stops a stream that may be running and reads until nothing comes for 200 ms."""
        self.send(0x07)
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < 0.2:
            if self.port.read(65536):
                quiet_since = time.monotonic()

    def metadata(self):
        self.send(0x19)
        text, end = b"", time.monotonic() + DEADLINE_S
        while b"END\n" not in text:
            if time.monotonic() > end:
                raise AssertionError("no END in the metadata: %r" % text[-80:])
            text += self.port.read(4096)
        text = text[text.index(b"Calibrated:"):].decode("ascii")
        lines = text.splitlines()
        keys = [line.split(":")[0] for line in lines[:-1]]
        order = (["Calibrated"] + [k + str(r) for k in ("R", "GS", "GI", "O") for r in RANGES]
                 + ["VDD", "HW", "mode"] + [k + str(r) for k in ("S", "I", "UG") for r in RANGES] + ["IA"])
        check(keys == order and lines[-1] == "END", "metadata keys come in their order", keys)
        self.mods = {k: float(v) for k, v in re.findall(r"^(\w+): (\S+)$", text, re.M)}
        return self.mods

    def source(self, millivolt):
        self.send(0x11, 0x02)
        self.send(0x0D, millivolt >> 8, millivolt & 0xFF)
        self.send(0x0C, 0x01)

    def capture(self, count):
        self.send(0x06)
        raw, end = b"", time.monotonic() + DEADLINE_S
        while len(raw) < 4 * count:
            if time.monotonic() > end:
                raise AssertionError("only %d bytes of stream" % len(raw))
            raw += self.port.read(65536)
        self.send(0x07)
        return [int.from_bytes(raw[i:i + 4], "little") for i in range(0, 4 * count, 4)]

    def ampere(self, word):
        m, r = self.mods, min((word >> 14) & 7, 4)
        x = ((word & 0x3FFF) * 4 - m["O%d" % r]) * (1.8 / 163840) / m["R%d" % r]
        return m["UG%d" % r] * (x * (m["GS%d" % r] * x + m["GI%d" % r])
                                + m["S%d" % r] * m["VDD"] / 1000 + m["I%d" % r])


def check(good, what, seen):
    print(("ok   " if good else "BAD  ") + what + ("" if good else ": %s" % (seen,)))
    if not good:
        sys.exit(1)


def counters_step(words):
    return all((b >> 18 & 63) == ((a >> 18 & 63) + 1) % 64 for a, b in zip(words, words[1:]))


def steady(client):
    client.silence()
    client.metadata()
    client.source(3300)
    vdd = client.metadata()["VDD"]
    check(vdd == 3300 and client.mods["mode"] == 2, "VDD and mode are what was set", client.mods)
    words = client.capture(100000)
    mean = sum(map(client.ampere, words)) / len(words)
    check(abs(mean - 5e-3) < 5e-6, "1 s of 5 mA has a mean of 5 mA", mean)
    check(counters_step(words), "the counter steps by one", "")
    check(all(w >> 17 & 1 == 0 and w >> 24 == 0 for w in words), "no battery bit, no logic line", "")


def dirty_exit(port):
    first = Client(port)
    first.silence()
    first.send(0x06)
    time.sleep(0.3)
    first.port.close()
    second = Client(port)
    stale = second.port.read(65536)
    check(len(stale) > 0, "a client that comes back finds stale stream bytes", len(stale))
    second.silence()
    second.metadata()
    second.send(0x06)
    end = time.monotonic() + DEADLINE_S
    second.send(0x19)
    text = b""
    while b"END\n" not in text and time.monotonic() < end:
        text += second.port.read(65536)
    check(text.find(b"Calibrated:") % 4 == 0, "an answer amid the stream lies between whole samples",
          text.find(b"Calibrated:") % 4)
    second.port.close()


def main():
    if len(sys.argv) != 2:
        print("usage: ppk2_foreign_client.py JOULERIG_SIM")
        return 64
    with tempfile.TemporaryDirectory() as folder:
        link = os.path.join(folder, "ppk2")
        sim = subprocess.Popen([sys.argv[1], "monitor", "ppk2", "--link", link, "--current", "5mA", "--ideal"],
                               stdout=subprocess.PIPE, text=True)
        try:
            check(sim.stdout.readline().strip() == "ready " + link, "the simulator says ready", link)
            client = Client(link)
            steady(client)
            client.port.close()
            dirty_exit(link)
        finally:
            sim.terminate()
            sim.wait(10)
        check(not os.path.lexists(link), "the link is gone afterwards", link)
    return 0


if __name__ == "__main__":
    sys.exit(main())
