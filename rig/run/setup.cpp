// Setup, firmware and polynomials as JSON documents of the record. The keys are promises.
#include "rig/run/setup.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "drivers/flashers/flash_image.hpp"
#include "rig/core/sha256.hpp"
#include "rig/core/version.hpp"
#include "rig/run/config.hpp"

namespace jr {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

/// Parses a stored document; anything that is not what we wrote is one sentence.
template <class T, class Read>
Result<T> read_document(const std::string& text, const char* what, Read read) {
  try {
    return read(json::parse(text));
  } catch (const json::exception& error) {
    return fail(Trouble::malformed, std::string("The record's ") + what + " cannot be read: " + error.what());
  }
}

/// What is no list of checks is thrown as the document's own error.
std::vector<HealthCheck> checks_in(const json& list) {
  auto checks = health_checks_from(list.dump());
  if (checks) return std::move(*checks);
  throw json::other_error::create(599, checks.error().message, &list);
}

json earlier_runs_of(const Setup& setup) {
  json list = json::array();
  for (const EarlierRun& earlier : setup.earlier_runs)
    list.push_back({{"run", earlier.run}, {"reason", earlier.reason}});
  return list;
}

json optional_number(const std::optional<double>& value) { return value ? json(*value) : json(); }

std::optional<double> number_or_none(const json& document, const char* key) {
  return document.at(key).is_null() ? std::nullopt
                                    : std::optional<double>(document.at(key).get<double>());
}

}  // namespace

std::string tool_version_of(const Setup& setup) {
  return setup.tool_version + (setup.tool_commit.empty() ? "" : " (" + setup.tool_commit + ")");
}

Setup setup_of(const Bench& bench, const Plan& plan) {
  Setup setup;
  setup.tool_version = kVersion;
  setup.tool_commit = kCommit;
  utsname system{};
  uname(&system);
  setup.host = system.nodename;
  setup.kernel = std::string(system.sysname) + " " + system.release + " " + system.machine;
  setup.board = bench.board;
  setup.mcu = bench.mcu;
  setup.simulated = bench.is_virtual;
  setup.source_mode = bench.monitor.source_mode;
  setup.supply_V = bench.monitor.supply_V;
  setup.supply_kind = bench.monitor.supply_kind;
  setup.u_supply_V = bench.monitor.u_supply_V;
  setup.lead_ohm = bench.wiring.lead_ohm;
  setup.u_lead_ohm = bench.wiring.u_lead_ohm;
  setup.ambient_C = bench.ambient_C;
  setup.u_ambient_K = bench.u_ambient_K;
  setup.limit_J = plan.limit_J;
  setup.windows_wanted = plan.windows;
  setup.sham_s = plan.sham_windows > 0 ? plan.sham_s : 0;
  setup.pulse_s = plan.pulse_s;
  setup.pulse_every_s = plan.pulse_every_s;
  return setup;
}

std::string to_json(const Setup& s) {
  return json{{"tool_version", s.tool_version}, {"tool_commit", s.tool_commit},
              {"host", s.host}, {"kernel", s.kernel},
              {"flash_tool", s.flash_tool}, {"flash_command", s.flash_command},
              {"flash_verified", s.flash_verified},
              {"board", s.board}, {"mcu", s.mcu}, {"model", s.model},
              {"simulated", s.simulated}, {"source_mode", s.source_mode},
              {"supply_V", s.supply_V}, {"supply_kind", s.supply_kind},
              {"u_supply_V", s.u_supply_V},
              {"lead_ohm", s.lead_ohm}, {"u_lead_ohm", s.u_lead_ohm},
              {"inrush_F", optional_number(s.inrush_F)},
              {"ambient_C", optional_number(s.ambient_C)}, {"u_ambient_K", s.u_ambient_K},
              {"ambient_source", s.ambient_source}, {"ambient_measured", s.ambient_measured},
              {"health_checks", json::parse(to_json(s.health_checks))},
              {"control", s.control}, {"control_note", s.control_note},
              {"suspect_reason", s.suspect_reason},
              {"limit_J", optional_number(s.limit_J)},
              {"windows_wanted", s.windows_wanted}, {"sham_s", s.sham_s},
              {"pulse_s", s.pulse_s}, {"pulse_every_s", s.pulse_every_s},
              {"spec_card", s.spec_card}, {"calibration_text", s.calibration_text},
              {"calibration_id", s.calibration_id}, {"calibration_kind", s.calibration_kind},
              {"clock_skew_ppm", s.clock_skew_ppm}, {"clock_u_ppm", s.clock_u_ppm},
              {"host_correction_ppm", s.host_correction_ppm}, {"host_u_ppm", s.host_u_ppm},
              {"host_clock", s.host_clock},
              {"earlier_runs", earlier_runs_of(s)}, {"starts_before", s.starts_before},
              {"notes", s.notes}}
      .dump();
}

Result<Setup> setup_from(const std::string& text) {
  return read_document<Setup>(text, "setup", [](const json& j) {
    Setup s;
    j.at("tool_version").get_to(s.tool_version);
    j.at("tool_commit").get_to(s.tool_commit);
    j.at("host").get_to(s.host);
    j.at("kernel").get_to(s.kernel);
    j.at("flash_tool").get_to(s.flash_tool);
    j.at("flash_command").get_to(s.flash_command);
    j.at("flash_verified").get_to(s.flash_verified);
    j.at("board").get_to(s.board);
    j.at("mcu").get_to(s.mcu);
    j.at("model").get_to(s.model);
    j.at("simulated").get_to(s.simulated);
    j.at("source_mode").get_to(s.source_mode);
    j.at("supply_V").get_to(s.supply_V);
    j.at("supply_kind").get_to(s.supply_kind);
    j.at("u_supply_V").get_to(s.u_supply_V);
    j.at("lead_ohm").get_to(s.lead_ohm);
    j.at("u_lead_ohm").get_to(s.u_lead_ohm);
    s.ambient_C = number_or_none(j, "ambient_C");
    if (j.contains("inrush_F")) s.inrush_F = number_or_none(j, "inrush_F");
    s.limit_J = number_or_none(j, "limit_J");
    j.at("windows_wanted").get_to(s.windows_wanted);
    j.at("spec_card").get_to(s.spec_card);
    j.at("calibration_id").get_to(s.calibration_id);
    j.at("calibration_kind").get_to(s.calibration_kind);
    j.at("clock_skew_ppm").get_to(s.clock_skew_ppm);
    j.at("clock_u_ppm").get_to(s.clock_u_ppm);
    // Records of 0.1.0 know neither.
    for (const json& earlier : j.value("earlier_runs", json::array()))
      s.earlier_runs.push_back({earlier.at("run"), earlier.at("reason")});
    s.starts_before = j.value("starts_before", 0);
    s.sham_s = j.value("sham_s", 0.0);
    s.pulse_s = j.value("pulse_s", 0.0);
    s.pulse_every_s = j.value("pulse_every_s", 0.0);
    s.u_ambient_K = j.value("u_ambient_K", 5.0);
    s.host_correction_ppm = j.value("host_correction_ppm", 0.0);
    s.host_u_ppm = j.value("host_u_ppm", 0.0);
    s.host_clock = j.value("host_clock", "");
    s.calibration_text = j.value("calibration_text", "");
    s.ambient_source = j.value("ambient_source", "");
    s.ambient_measured = j.value("ambient_measured", false);
    s.control = j.value("control", false);
    s.control_note = j.value("control_note", "");
    s.suspect_reason = j.value("suspect_reason", "");
    if (j.contains("health_checks")) s.health_checks = checks_in(j.at("health_checks"));
    s.notes = j.value("notes", std::vector<std::string>{});
    return s;
  });
}

std::string to_json(const std::vector<RangePolynomial>& polynomials) {
  json list = json::array();
  for (const RangePolynomial& p : polynomials)
    list.push_back({{"a_A", p.a_A}, {"b_A_per_code", p.b_A_per_code},
                    {"q_A_per_code2", p.q_A_per_code2}, {"s_A_per_V", p.s_A_per_V},
                    {"burden_ohm", p.burden_ohm}});
  return list.dump();
}

Result<std::vector<RangePolynomial>> polynomials_from(const std::string& text) {
  return read_document<std::vector<RangePolynomial>>(text, "calibration", [](const json& list) {
    std::vector<RangePolynomial> polynomials;
    for (const json& p : list)
      polynomials.push_back({p.at("a_A"), p.at("b_A_per_code"), p.at("q_A_per_code2"),
                             p.at("s_A_per_V"), p.at("burden_ohm")});
    return polynomials;
  });
}

std::string to_json(const Firmware& f) {
  return json{{"name", f.name}, {"file", f.file}, {"sha256", f.sha256}, {"commit", f.commit},
              {"compiler", f.compiler}, {"flags", f.flags}, {"model", f.model},
              {"input_bytes", f.input_bytes}, {"image_bytes", f.image_bytes}}
      .dump();
}

Result<Firmware> firmware_from(const std::string& text) {
  return read_document<Firmware>(text, "firmware", [](const json& j) {
    return Firmware{j.value("name", ""), j.value("file", ""), j.value("sha256", ""),
                    j.value("commit", ""), j.value("compiler", ""), j.value("flags", ""),
                    j.value("model", ""), j.value("input_bytes", 0),
                    j.value("image_bytes", std::uint64_t{0})};
  });
}

Result<Firmware> describe_firmware(const std::string& image) {
  auto hash = sha256_of_file(image);
  if (!hash) return Failure(hash.error());
  Firmware firmware;
  firmware.name = fs::path(image).filename();
  firmware.file = image;
  firmware.sha256 = *hash;
  if (const auto extent = extent_of_image(image)) firmware.image_bytes = extent->end - extent->begin;
  std::ifstream manifest(fs::path(image).replace_extension(".json"));
  if (!manifest) return firmware;
  const std::string text{std::istreambuf_iterator<char>(manifest), {}};
  auto built = firmware_from(text);
  if (!built) return firmware;
  firmware.commit = built->commit;
  firmware.compiler = built->compiler;
  firmware.flags = built->flags;
  firmware.model = built->model;
  firmware.input_bytes = built->input_bytes;
  return firmware;
}

Result<std::string> find_firmware(const std::string& name) {
  std::error_code ignored;
  for (const fs::path& path : {fs::path(name), program_folder() / "../firmware" / name,
                               program_folder() / "../share/joulerig/firmware" / name})
    if (fs::is_regular_file(path, ignored)) return fs::weakly_canonical(path).string();
  return fail(Trouble::not_found, "There is no firmware image '" + name +
                                      "', neither as a path nor below build/firmware: ./dev build "
                                      "makes those of this project.");
}

}  // namespace jr
