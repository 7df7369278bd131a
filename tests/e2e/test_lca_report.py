# The report of a life cycle and the comparison of several, through the real program: what is on the page, what it loads, what is refused.
# Never looks at a pixel, and never asserts a speed.
import html.parser
import math
import re
import xml.etree.ElementTree as xml

from rig import Shared, case, main

FEW = ("--draws", "2000")
VOID = {"meta", "br", "link", "img", "input", "hr"}


@Shared
def measured(rig):
    """Two runs of the same bench."""
    bench = rig.bench()
    return [rig.measure(bench).exits(0).json for _ in range(2)]


class Page(html.parser.HTMLParser):
    """Elements in their order; complains of one that is closed by another, or never."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.words, self.svgs = [], [], [], [], []
        self.feed(text)
        self.close()
        assert not self.open, f"never closed: {self.open}"
        self.svgs = re.findall(r"<svg.*?</svg>", text, re.S)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, *one) for one in attributes]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.attributes += [(tag, *one) for one in attributes]

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()

    def handle_data(self, text):
        if not self.open or self.open[-1] not in ("style", "script"):
            self.words.append(text)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def page_of(file):
    text = file.read_text(encoding="utf-8")
    page = Page(text)
    for svg in page.svgs:
        xml.fromstring(svg)
    for tag, name, value in page.attributes:
        assert name not in ("src", "href", "action", "data", "poster", "srcset"), f"{tag} loads {value}"
    assert not re.search(r"@import|url\(|<script", text)
    return page


@case("the page of a run is well-formed, loads nothing, and says what a thesis has to say")
def report(rig):
    run = measured(rig)[0]
    file = rig.home / "report.html"
    written = rig.run("lca", run["run"], "-o", file, *FEW).exits(0)
    assert written.out == "" and f"Wrote {file}" in written.err, written
    rig.run("lca", run["run"], "-o", file, *FEW).exits(64).complains("exists already", "--force")
    assert rig.run("lca", run["run"], "-o", file, "--force", "--json", *FEW).exits(0).json["total_kg"] > 0
    page, result = page_of(file), rig.run("lca", run["run"], "--json", *FEW).exits(0).json
    for words in ("Goal and scope", "functional unit", "network and cloud excluded", "GWP over 100 years", "The measurement", run["run"],
                  "total: base power included", "amperes by", "grade", "result, SHA-256", "The use stage", "in between", "Battery life and replacements",
                  "years of use", "Where the spread comes from", "What would change the total", "Assumptions", "Sources and data quality",
                  "May be published: no, because", "simulated", "How to cite", "Licences of what went in", "seed 20231101"):
        assert words in page.text, words
    assert f"{result['total_kg']:.3f}" in page.text
    assert len(page.svgs) >= 4, len(page.svgs)
    assert page.text.index("SIMULATED") < page.text.index("Goal and scope")
    source = file.read_text()
    assert source.index("SIMULATED") < source.index("</thead>"), "what repeats on each printed page is the head of a table"
    assert "prefers-color-scheme:dark" in source and "@media print" in source and "size:A4" in source


@case("every stage that is not nothing stands on the page with its kilograms and its share, and the shares add up")
def stages(rig):
    run = measured(rig)[0]["run"]
    file = rig.home / "report.html"
    rig.run("lca", run, "-o", file, *FEW).exits(0)
    result = rig.run("lca", run, "--json", *FEW).exits(0).json
    table = re.search(r"Stages of the life cycle, kg.*?</table>", file.read_text(), re.S).group(0)
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", table, re.S)[1:]
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.S) for row in rows]
    wanted = [kg for kg in result["stages"].values() if kg]
    assert len(cells) == len(wanted) + 1, (cells, wanted)
    for (name, kg, share, _), expected in zip(cells, wanted):
        assert math.isclose(float(kg), expected, abs_tol=6e-4), (name, kg, expected)
        assert math.isclose(float(share.split()[0]), 100 * expected / result["total_kg"], abs_tol=0.06), (name, share)
    assert cells[-1][0] == "Total" and math.isclose(float(cells[-1][1]), result["total_kg"], abs_tol=6e-4)
    ranges = result["uncertainty"]["stages"]
    assert list(ranges) == list(result["stages"]) and all(one["p2_5"] <= one["p97_5"] for one in ranges.values())
    assert math.isclose(sum(one["share"] for one in result["uncertainty"]["battery_counts"]), 1)


@case("names that a person chose cannot become elements of the page")
def hostile(rig):
    from rig import REPO
    text = (REPO / "fixtures/scenarios/paper-kws-typical.toml").read_text()
    mine = rig.home / "mine.toml"
    mine.write_text(text.replace('title = "Keyword spotting, typical, as in Prakash et al. (2023)"', 'title = "<script>alert(1)</script><img src=x>"'))
    file = rig.home / "hostile.html"
    rig.run("lca", "scenario", mine, "-o", file, *FEW).exits(0)
    page = page_of(file)
    assert "script" not in page.tags and "img" not in page.tags and "<script>alert(1)</script>" in page.text


@case("the terminal has the same sentences in eighty columns")
def terminal(rig):
    run = measured(rig)[0]["run"]
    text = rig.run("lca", run, *FEW).exits(0).out
    assert text.startswith(f"SIMULATED: run {run}")
    wide = [line for line in text.splitlines() if len(line) > 80]
    assert not wide, wide
    flat = " ".join(text.split())
    for sentence in rig.run("lca", run, "--json", *FEW).exits(0).json["sentences"][1:]:
        assert sentence in flat, sentence


@case("two runs of one instrument differ by what they do not share; per inference and per device-year stand beside each other")
def compared(rig):
    first, second = measured(rig)
    done = rig.run("lca", "compare", first["run"], second["run"], "--json", *FEW).exits(0).json
    a, b = done["compared"]
    assert a["simulated"] and b["simulated"] and done["factors_in_common"] > 5
    against = b["minus_first"]
    energies = [run["energy_per_inference"]["mean_J"] for run in (first, second)]
    assert math.isclose(against["energy_per_inference"]["difference_J"], energies[1] - energies[0], rel_tol=1e-9, abs_tol=1e-15)
    U_alone = first["energy_per_inference"]["U_J"]
    assert against["energy_per_inference"]["U_J"] < U_alone / 2, "what both have from one instrument has not cancelled"
    for key in ("total_kg", "per_device_year_kg", "per_inference_kg"):
        assert a[key]["p2_5"] <= a[key]["value"] * 1.5 and against[key]["p2_5"] <= against[key]["p97_5"]
        width = against[key]["p97_5"] - against[key]["p2_5"]
        assert width < (a[key]["p97_5"] - a[key]["p2_5"]) / 10, (key, "what the devices share has not cancelled")
    text = rig.run("lca", "compare", first["run"], second["run"], *FEW).exits(0).out
    for words in ("Against " + first["run"], "Per inference", "a year", "What would matter", "energy of inference halved", "1 % larger"):
        assert words in text, words
    same = rig.run("lca", "compare", first["run"], first["run"], "--json", *FEW).exits(0).json["compared"][1]["minus_first"]
    assert same["total_kg"] == {"value": 0, "p2_5": 0, "p97_5": 0} and same["energy_per_inference"]["U_J"] == 0


@case("one run under several grids, a scenario without a run, and the campaign itself")
def countries(rig):
    run = measured(rig)[0]["run"]
    done = rig.run("lca", "compare", run, "--countries", "DE, FRA,IND", "--json", *FEW).exits(0).json
    assert [one["label"] for one in done["compared"]] == ["DE", "FRA", "IND"]
    use = [one["use_kg"]["value"] for one in done["compared"]]
    assert use[1] < use[0] < use[2] and math.isclose(use[2] / use[1], 708.96 / 44.18, rel_tol=1e-6)
    alone = rig.run("lca", "compare", "--scenario", "paper-kws-typical", "--countries", "World,France", "--json", *FEW).exits(0).json
    assert round(alone["compared"][0]["use_kg"]["value"], 5) == 0.01244 and alone["compared"][0]["per_inference_kg"] is None
    file = rig.home / "compared.html"
    campaign = ("lca", "compare", run, "--countries", "DEU,FRA", "--campaign", "60W", "--campaign-source", "plug meter of 2026-11", *FEW)
    text = rig.run(*campaign).exits(0).out
    assert rig.run(*campaign, "-o", file).exits(0).out == ""
    for words in ("What the measurements took", "plug meter of 2026-11", "runs in the database", "as much as"):
        assert words in text, words
    assert "Against DEU" in page_of(file).text
    campaign = rig.run("lca", "compare", run, "--countries", "DEU,FRA", "--campaign", "60W", "--json", *FEW).exits(0).json["campaign"]
    assert campaign["runs"] == 2 and math.isclose(campaign["energy_J"], campaign["bench_s"] * 60)
    assert campaign["bench_s"] > 1


@case("what cannot be compared or written is refused in one sentence")
def refused(rig):
    run = measured(rig)[0]["run"]
    lca = lambda *args: rig.run("lca", *args)
    lca(run, "-o", "report.pdf").exits(64).complains("html")
    lca(run, run, "-o", "report.html").exits(64).complains("one run")
    lca(run, "-o", "/nowhere/at/all/report.html", *FEW).exits(3).complains("folder does not exist")
    lca("compare").exits(64).complains("two runs")
    lca("compare", run).exits(64).complains("--countries")
    lca("compare", "--countries", "DEU,FRA").exits(64).complains("--scenario")
    lca("compare", run, "--countries", "DEU,Frnce").exits(64).complains("France")
    lca("compare", run, "--countries", "DEU,FRA", "--country", "IND").exits(64).complains("give one")
    lca("compare", run, run, "--campaign", "60").exits(64).complains("unit")
    lca("compare", run, run, "--campaign-source", "me").exits(64).complains("--campaign 60W")
    lca("compare", *[run] * 5, "--countries", "DEU,FRA,IND").exits(64).complains("15 life cycles")
    lca("compare", run, "nobody-1").exits(3).complains("nobody-1")


if __name__ == "__main__":
    main()
