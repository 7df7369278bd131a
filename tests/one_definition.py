# No two files define a type of the same full name: a linker keeps one of their destructors for both, and says nothing.
# Never looks into anonymous namespaces or functions; what is nested in a type counts as its own.
import collections
import re
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
NOISE = [r"//[^\n]*", r"/\*.*?\*/", r'"(\\.|[^"\\\n])*"', r"'(\\.|[^'\\\n])'", r"^[ \t]*#[^\n]*(\\\n[^\n]*)*"]
TOKENS = re.compile(r"(?P<space>namespace(?:\s+(?P<name>[\w:]+))?\s*\{)"
                    r"|(?P<type>(?:class|struct|enum(?:\s+class)?)\s+(?P<full>[\w:]+)[^;{}()=]*\{)|\{|\}")


def types_of(text):
    for pattern in NOISE:
        text = re.sub(pattern, " ", text, flags=re.S | re.M)
    around = []
    for found in TOKENS.finditer(text):
        if found["space"]:
            around.append(found["name"] or "")
        elif found["type"]:
            if None not in around and "" not in around:
                yield "::".join([*around, found["full"]])
            around.append(None)
        elif found[0] == "{":
            around.append(None)
        elif around:
            around.pop()


def main():
    files = [path for folder in ("rig", "drivers", "calibration", "fixtures/sim", "tests") for path in sorted((REPO / folder).rglob("*.[ch]pp"))]
    defined = collections.defaultdict(set)
    for path in files:
        for name in types_of(path.read_text()):
            defined[name].add(str(path.relative_to(REPO)))
    twice = {name: places for name, places in defined.items() if len(places) > 1}
    for name, places in sorted(twice.items()):
        print(f"{name} is defined in {' and in '.join(sorted(places))}")
    print(f"{len(defined)} types in {len(files)} files, {len(twice)} of them twice")
    return 1 if twice or len(defined) < 100 else 0


sys.exit(main())
