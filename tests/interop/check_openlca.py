# A second opinion on openLCA packages, by Python alone: shares no line with the program's own check.
# Field names are those of olca-schema (GreenDelta, CC0) version 2. Prints what is wrong; exit code 1 if anything is.
import json
import math
import re
import sys
import zipfile

COMMON = "@type @id name description category version lastChange tags"
FIELDS = {
    "Actor": COMMON + " address city country email telefax telephone website zipCode",
    "Source": COMMON + " externalFile textReference url year",
    "Location": COMMON + " code geometry latitude longitude",
    "UnitGroup": COMMON + " defaultFlowProperty units",
    "Unit": "@type @id name description conversionFactor isRefUnit synonyms",
    "FlowProperty": COMMON + " flowPropertyType unitGroup",
    "Flow": COMMON + " cas flowProperties flowType formula isInfrastructureFlow location synonyms",
    "FlowPropertyFactor": "@type conversionFactor flowProperty isRefFlowProperty",
    "Parameter": COMMON + " formula isInputParameter parameterScope uncertainty value",
    "Process": COMMON + " allocationFactors defaultAllocationMethod dqEntry dqSystem exchangeDqSystem exchanges isInfrastructureProcess lastInternalId location "
                        "parameters processDocumentation processType socialAspects socialDqSystem",
    "Exchange": "@type amount amountFormula baseUncertainty costFormula costValue currency defaultProvider description dqEntry flow flowProperty internalId "
                "isAvoidedProduct isInput isQuantitativeReference location uncertainty unit",
    "Uncertainty": "@type distributionType geomMean geomSd maximum mean minimum mode sd",
    "ProcessDocumentation": "@type completenessDescription creationDate dataCollectionDescription dataDocumentor dataGenerator dataSelectionDescription dataSetOwner "
                            "dataTreatmentDescription geographyDescription intendedApplication inventoryMethodDescription isCopyrightProtected "
                            "modelingConstantsDescription projectDescription publication restrictionsDescription reviewDetails reviewer samplingDescription "
                            "sources technologyDescription timeDescription useAdvice validFrom validUntil",
}
REFERENCE = "@type @id name category description flowType location processType refUnit"
FOLDERS = {"actors": "Actor", "sources": "Source", "locations": "Location", "unit_groups": "UnitGroup", "flow_properties": "FlowProperty", "flows": "Flow",
           "processes": "Process"}
INSIDE = {"units": "Unit", "flowProperties": "FlowPropertyFactor", "parameters": "Parameter", "exchanges": "Exchange", "uncertainty": "Uncertainty",
          "processDocumentation": "ProcessDocumentation"}
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


def walk(value, kind, where, wrong, refs):
    """Holds one object against its class, and everything inside it."""
    for key, inner in value.items():
        if key not in FIELDS[kind].split():
            wrong.append(f"{where}: {kind} has no field {key}")
        for i, one in enumerate(inner if isinstance(inner, list) else [inner]):
            place = f"{where}.{key}[{i}]"
            if isinstance(one, dict) and key in INSIDE:
                walk(one, INSIDE[key], place, wrong, refs)
            elif isinstance(one, dict):
                refs.append((place, one.get("@type"), one.get("@id")))
                wrong += [f"{place}: a reference has no field {k}" for k in one if k not in REFERENCE.split()]
            elif isinstance(one, float) and not math.isfinite(one):
                wrong.append(f"{place}: is not finite")


def centred(u, amount, where, wrong):
    kind = u["distributionType"]
    centre = {"NORMAL_DISTRIBUTION": "mean", "LOG_NORMAL_DISTRIBUTION": "geomMean", "TRIANGLE_DISTRIBUTION": "mode"}.get(kind)
    if centre and not math.isclose(u[centre], amount, rel_tol=1e-9):
        wrong.append(f"{where}: {centre} {u[centre]} beside {amount}")
    if kind == "NORMAL_DISTRIBUTION" and u["sd"] < 0 or kind == "LOG_NORMAL_DISTRIBUTION" and u["geomSd"] < 1:
        wrong.append(f"{where}: a width that none can have")
    if "minimum" in u and not u["minimum"] <= amount <= u["maximum"]:
        wrong.append(f"{where}: limits out of order")


def process(p, where, wrong):
    references = [e for e in p["exchanges"] if e.get("isQuantitativeReference")]
    ids = [e["internalId"] for e in p["exchanges"]]
    if len(references) != 1 or references[0]["isInput"]:
        wrong.append(f"{where}: not one output as its quantitative reference")
    if len(set(ids)) != len(ids) or min(ids) < 1 or max(ids) > p["lastInternalId"]:
        wrong.append(f"{where}: internal ids")
    values = {}
    for q in p.get("parameters", []):
        at = f"{where} {q['name']}"
        if "formula" in q and not math.isclose(eval(q["formula"], {"__builtins__": {}}, values), q["value"], rel_tol=1e-9, abs_tol=1e-300):
            wrong.append(f"{at}: its formula does not give its value")
        if "uncertainty" in q:
            centred(q["uncertainty"], q["value"], at, wrong)
        values[q["name"]] = q["value"]
    for e in p["exchanges"]:
        if "uncertainty" in e:
            centred(e["uncertainty"], e["amount"], where, wrong)
        if "amountFormula" in e and not math.isclose(eval(e["amountFormula"], {"__builtins__": {}}, values), e["amount"], rel_tol=1e-9):
            wrong.append(f"{where}: the formula does not give the amount")
        if e["unit"]["name"] == "kWh" or e["flow"]["flowType"] != "PRODUCT_FLOW":
            wrong.append(f"{where}: kWh, or no product")


def check(file):
    """Sentences, one for each thing that is wrong."""
    wrong, refs, known = [], [], set()
    with zipfile.ZipFile(file) as archive:
        sets = {name: json.loads(archive.read(name)) for name in archive.namelist()}
    if sets.pop("openlca.json", None) != {"schemaVersion": 2} or sets.pop("olca-schema.json", None) != {"version": 2}:
        wrong.append("version files")
    for name, one in sets.items():
        folder, stem = name.split("/")
        if one["@type"] != FOLDERS.get(folder) or stem != one["@id"] + ".json" or not UUID.match(one["@id"]):
            wrong.append(f"{name}: folder, stem and id do not agree")
        known |= {(one["@type"], one["@id"])} | {("Unit", unit["@id"]) for unit in one.get("units", [])}
        walk(one, one["@type"], name, wrong, refs)
        if one["@type"] == "Process":
            process(one, name, wrong)
        if one["@type"] == "UnitGroup" and [u["conversionFactor"] for u in one["units"] if u.get("isRefUnit")] != [1]:
            wrong.append(f"{name}: not one reference unit of factor 1")
    return wrong + [f"{place}: leads to {kind} {uid}, which is not there" for place, kind, uid in refs if (kind, uid) not in known]


if __name__ == "__main__":
    complaints = check(sys.argv[1])
    print("\n".join(complaints) or "nothing to complain of")
    sys.exit(bool(complaints))
