# The life cycle through the real program: the paper's columns, a measured run in a scenario, and what is refused.
# Never asserts a speed; the figures are the paper's, or the run's own.
import math

from rig import REPO, case, main

COLUMNS = {"paper-kws-best": 0.89, "paper-kws-typical": 2.66, "paper-anomaly-typical": 2.67, "paper-image-typical": 3.41,
           "paper-image-worst": 7.06}
STAGES = ["training_kg", "actuators_kg", "casing_kg", "connectivity_kg", "memory_kg", "others_kg", "pcb_kg", "power_supply_kg",
          "processing_kg", "security_kg", "sensing_kg", "transport_kg", "user_interface_kg", "battery_kg", "use_kg", "end_of_life_kg"]
YEAR_S = 365.25 * 86400
FEW = ("--draws", "2000")


def scenario(rig, *args):
    return rig.run("lca", "scenario", *args, "--json", *FEW).exits(0).json


def edited(rig, name, *changes):
    """A shipped scenario with parts replaced, as a file of one's own."""
    text = (REPO / "fixtures/scenarios" / f"{name}.toml").read_text()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    file = rig.home / f"mine{rig.number()}.toml"
    file.write_text(text)
    return file


@case("the paper's five columns come out as printed, their rows add up, and the use stage is 0.0114 kg")
def paper(rig):
    for name, total in COLUMNS.items():
        result = scenario(rig, name)
        assert round(result["total_kg"], 2) == total, (name, result["total_kg"])
        assert list(result["stages"]) == STAGES, result["stages"].keys()
        assert math.isclose(sum(result["stages"].values()), result["total_kg"], rel_tol=1e-12)
        assert round(result["stages"]["use_kg"], 4) == 0.0114 and result["simulated"] is False and result["run"] is None


@case("another country, lifetime and draws are taken; the same command gives the same bits")
def options(rig):
    world = scenario(rig, "paper-kws-typical", "--country", "World")
    assert round(world["stages"]["use_kg"], 5) == 0.01244 and world["grid"]["boundary"] == "life-cycle"
    assert rig.run("lca", "scenario", "paper-kws-typical", "--json", *FEW).out == rig.run("lca", "scenario", "paper-kws-typical", "--json", *FEW).out
    longer = scenario(rig, "paper-kws-typical", "--lifetime", "6y")
    assert math.isclose(longer["lifetime_years"], 6) and longer["uncertainty"]["draws"] == 2000
    assert math.isclose(longer["stages"]["use_kg"], 2 * scenario(rig, "paper-kws-typical")["stages"]["use_kg"])


@case("the page says what matters, names its sources and whether it may be published")
def page(rig):
    text = rig.run("lca", "scenario", "paper-kws-typical", *FEW).exits(0).out.lower()
    text = " ".join(text.split())  # lines end at eighty columns
    for words in ("functional unit", "power supply", "use is 0.43 % of the total", "mean power of 233 mw", "what would matter",
                  "where the spread comes from", "communications of the acm", "may be published: no", "nobody has checked (epa)"):
        assert words in text, f"'{words}' is not on the page:\n{text}"


@case("a measured run goes into a scenario with its total energy, and every output says that it is simulated")
def measured(rig):
    run = rig.measure(rig.bench()).exits(0).json
    done = rig.run("lca", run["run"], "--sleep-power", "5uW", "--rate", "1/s", "--json", *FEW).exits(0)
    result = done.json
    energy, latency = run["energy_per_inference"]["mean_J"], run["latency_per_inference"]["value_s"]
    assert result["run"]["run"] == run["run"] and math.isclose(result["run"]["energy_per_inference_J"], energy)
    expected = 5e-6 * (1 - latency) + energy
    assert math.isclose(result["use"]["average_power_W"], expected, rel_tol=1e-9), (result["use"], expected)
    assert result["simulated"] is True and "SIMULATED" in result["sentences"][0]
    assert result["publication"]["allowed"] is False and any("simulated" in why for why in result["publication"]["because"])
    assert result["run"]["peak_current_A"] > 0 and result["battery"]["count"] >= 1
    text = rig.run("lca", run["run"], *FEW).exits(0).out
    assert text.startswith("SIMULATED") and ("(idle)" in text or "(sleep)" in text), text
    beside = rig.run("lca", run["run"], "--scenario", "paper-kws-typical", "--json", *FEW).exits(0).json
    assert round(beside["as_in_scenario"]["total_kg"], 2) == 2.66 and beside["use"]["sleep_is"] in ("idle", "sleep")
    assert any("assumed" in note for note in beside["notes"])
    both = rig.run("lca", run["run"], run["run"], "--json", *FEW).exits(0).json
    assert len(both["runs"]) == 2 and both["runs"][0] == both["runs"][1]


@case("a run through a regulator takes its trace sample by sample")
def regulated(rig):
    run = rig.measure(rig.bench()).exits(0).json["run"]
    file = edited(rig, "default", ('plane = "source"', 'plane = "regulated"\nconverter = { kind = "linear", input_V = 5.0, output_V = 3.3, '
                                   'quiescent_A = 1e-6, source = "assumption" }'))
    result = rig.run("lca", run, "--scenario", file, "--json", *FEW).exits(0).json
    efficiency = result["use"]["events"][0]["converter_efficiency"]
    assert 0.5 < efficiency < 3.3 / 5.0, efficiency
    assert result["use"]["source_power_W"] > result["use"]["average_power_W"] * 5.0 / 3.3
    assert result["use"]["converter_applied"] == "sample by sample"


@case("an offset, sending, hours of the day, a switching converter, charging hours and a harvest come out as their formulas")
def sections(rig):
    """Each against its closed form on one measured run."""
    run = rig.measure(rig.bench()).exits(0).json
    energy, latency = run["energy_per_inference"]["mean_J"], run["latency_per_inference"]["value_s"]

    def lives(*changes):
        return rig.run("lca", run["run"], "--sleep-power", "5uW", "--scenario", edited(rig, "default", *changes), "--json", *FEW).exits(0).json

    plain = lives()
    joule = '{{ value = {}, unit = "mJ", source = "assumption" }}'.format
    extra = lives(("[end_of_life]", '[offset]\navoided = { value = 2, unit = "kg/y", source = "assumption" }\n[sending]\nenergy = ' + joule(50) +
                   '\nduration = { value = 300, unit = "ms", source = "assumption" }\nreported_share = { value = 1, unit = "%", source = "assumption" }'
                   "\nreport_energy = " + joule(20) + "\n[end_of_life]"))
    use_a_year = plain["stages"]["use_kg"] / 3
    assert math.isclose(extra["offset"]["break_even_s"] / YEAR_S, (plain["total_kg"] - 3 * use_a_year) / (2 - use_a_year), rel_tol=1e-9)
    assert math.isclose(extra["sending"]["on_device_J"], energy + 0.01 * 20e-3) and extra["sending"]["sending_J"] == 0.05
    eight = ", ".join(["0"] * 8 + ["3600"] * 8 + ["0"] * 8)
    hours = lives(('rate = { value = 1, unit = "1/s"', f'rate_by_hour = {{ values = [{eight}], unit = "1/h"'))
    event = hours["use"]["events"][0]
    assert math.isclose(event["rate_per_s"], 1 / 3) and event["rate_by_hour_per_s"] == [0] * 8 + [1] * 8 + [0] * 8, event
    assert math.isclose(hours["use"]["average_power_W"], 5e-6 * (1 - latency / 3) + energy / 3, rel_tol=1e-9)
    busy = ", ".join(["0"] * 8 + ["360000"] * 8 + ["0"] * 8)
    rig.run("lca", run["run"], "--sleep-power", "5uW", "--scenario", edited(rig, "default", (
        'rate = { value = 1, unit = "1/s"', f'rate_by_hour = {{ values = [{busy}], unit = "1/h"'))).exits(64).complains("hour|busy|more than")
    switching = lives(('plane = "source"', 'plane = "regulated"\nconverter = { kind = "switching", output_V = 3.3, curve_A = [1e-6, 1.0], '
                       'curve_efficiency = [0.8, 0.8], no_load_W = 1e-6, source = "assumption" }'))
    assert math.isclose(switching["use"]["events"][0]["converter_efficiency"], 0.8, rel_tol=1e-3), switching["use"]
    series = rig.home / "day.csv"
    series.write_text("# boundary: life-cycle\n# licence: CC0\n# td_loss_included: yes\nstart_utc,end_utc,g_per_kwh\n" + "".join(
        f"2026-01-01 {h:02}:00,2026-01-0{1 + (h == 23)} {(h + 1) % 24:02}:00,{100 if h < 12 else 300}\n" for h in range(24)))
    night = ", ".join(["1"] * 12 + ["0"] * 12)
    charged = lives(('country = "World"', f'series = "{series}"\ncharging_by_hour = {{ values = [{night}], source = "assumption" }}'),
                    ('td_loss = { value = 8, unit = "%", low = 4, high = 15, distribution = "triangular", source = "assumption" }', ""))
    assert charged["grid"]["g_per_kWh"] == 100 and charged["grid"]["load_weighted"]["time_mean_g_per_kWh"] == 200, charged["grid"]
    text = (REPO / "fixtures/scenarios/default.toml").read_text()
    battery = text[text.index("\n[battery]"):text.index("\n[use]")]
    supply = text[text.index("\n[supply]"):text.index("\n[grid]")]
    day = ", ".join(["0"] * 6 + ["500"] * 12 + ["0"] * 6)
    some = '{{ value = {}, unit = "{}", source = "assumption" }}'.format
    harvest = (f'\n[supply]\nfeeding = "harvested"\nplane = "source"\n[harvest]\ncapacitance = {some(10, "mF")}\nfull = {some(5, "V")}\n'
               f'empty = {some(3, "V")}\nefficiency = {some(80, "%")}\npower = {{ values = [{day}], unit = "uW", source = "assumption" }}\n')
    life = lives((battery, ""), (supply, harvest))
    an_hour = 3600 * (0.8 * 500e-6 - 5e-6) / (energy - 5e-6 * latency)
    assert math.isclose(life["harvested"]["inferences_a_day"], 12 * an_hour, rel_tol=1e-9), life["harvested"]
    assert life["harvested"]["inferences_per_charge"] == math.floor(0.5 * 10e-3 * (25 - 9) * 0.8 / energy), life["harvested"]
    assert life["stages"]["use_kg"] == 0 and any("than the harvest allows" in why for why in life["publication"]["because"])


@case("what cannot be computed is refused in one sentence with exit code 64")
def refused(rig):
    lca = lambda *args: rig.run("lca", *args)
    lca("scenario", "paper-kws-typicl").exits(64).complains("did you mean 'paper-kws-typical'")
    lca("scenario", "paper-kws-typical", "--country", "Germny").exits(64).complains(r"did you mean Germany \(DEU\)")
    lca("scenario", "paper-kws-typical", "--country", "World", "--boundary", "direct").exits(64).complains("cannot be mixed")
    lca("scenario", "paper-kws-typical", "--lifetime", "0y").exits(64).complains("above 0")
    lca("scenario", "paper-kws-typical", "--lifetime", "3").exits(64).complains("unit")
    lca("scenario", "paper-kws-typical", "--rate", "1/s").exits(64).complains("mean power")
    lca("scenario", "default").exits(64).complains("measured run")
    lca().exits(64).complains("which run")
    lca("scenario", edited(rig, "default", ('rate = { value = 1,', 'rate = { value = 0,'), ('from_run = "infer"', 'energy = { value = 1, unit = "mJ", '
        'source = "assumption" }\nduration = { value = 1, unit = "ms", source = "assumption" }'), ("[use]\n", "[use]\nsleep_power = { value = 1, unit = "
        '"uW", source = "assumption" }\n'))).exits(64).complains("rate of 'inference' is 0/s")
    lca("scenario", edited(rig, "paper-kws-typical", ("unit = \"mW\", ", ""))).exits(64).complains(r"line \d+", "'unit'", "missing")
    lca("scenario", edited(rig, "paper-kws-typical", ("feeding", "feding"))).exits(64).complains(r"line \d+|missing")
    lca("nobody-1").exits(3).complains("nobody-1")


@case("a user's grid files are read: a table, a series with a gap that is reported")
def grids(rig):
    series = rig.home / "series.csv"
    series.write_text("# boundary: life-cycle\n# licence: CC0\nstart_utc,end_utc,g_per_kwh\n2026-01-01 00:00,2026-01-01 01:00,100\n"
                      "2026-01-01 02:00,2026-01-01 03:00,300\n")
    result = scenario(rig, "paper-kws-typical", "--grid", series)
    assert math.isclose(result["grid"]["g_per_kWh"], 200) and result["grid"]["load_weighted"]["gaps"] == 1
    assert any("gap" in caveat for caveat in result["publication"]["caveats"])
    table = rig.home / "table.csv"
    table.write_text("country,iso3,year,g_per_kwh,boundary,basis,averaging,td_loss_included,source,version,retrieved,licence\n"
                     "Utopia,UTO,2025,10,life-cycle,production,average,yes,Somebody,1,2026-01-01,CC0\n")
    result = scenario(rig, "paper-kws-typical", "--grid", table, "--country", "utopia")
    assert math.isclose(result["grid"]["g_per_kWh"], 10) and result["grid"]["td_loss_included"] is True
    rig.run("lca", "scenario", "paper-kws-typical", "--grid", table).exits(64).complains("which one")


if __name__ == "__main__":
    main()
