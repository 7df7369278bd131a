// Every text goes through `anonymous` at one place, so that a new key cannot forget it.
#include "rig/run/accept_report.hpp"

#include <cmath>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

namespace jr {
namespace {

using nlohmann::ordered_json;

std::string utc(std::int64_t ms) {
  const std::time_t seconds = ms / 1000;
  std::tm when{};
  gmtime_r(&seconds, &when);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &when);
  return text;
}

ordered_json usb(const UsbName& name) {
  if (name.vendor_id < 0) return nullptr;
  char vendor[8], product[8];
  std::snprintf(vendor, sizeof vendor, "%04x", static_cast<unsigned>(name.vendor_id) & 0xFFFFU);
  std::snprintf(product, sizeof product, "%04x", static_cast<unsigned>(name.product_id) & 0xFFFFU);
  return {{"vendor_id", vendor}, {"product_id", product}};
}

ordered_json limit(const std::optional<double>& value) { return value ? ordered_json(*value) : ordered_json(); }

ordered_json claims(const std::vector<Claim>& all) {
  ordered_json list = ordered_json::array();
  for (const Claim& claim : all) {
    ordered_json figures = ordered_json::array();
    for (const Figure& f : claim.figures)
      figures.push_back({{"name", f.name},
                         {"value", f.value},
                         {"unit", f.unit},
                         {"lowest", limit(f.lowest)},
                         {"highest", limit(f.highest)}});
    list.push_back({{"id", claim.id},
                    {"question", claim.question},
                    {"verdict", name_of(claim.verdict)},
                    {"figures", figures},
                    {"seen", claim.seen},
                    {"advice", claim.advice}});
  }
  return list;
}

ordered_json monitor(const AcceptReport& r) {
  return {{"kind", r.bench.monitor.kind},
          {"serial", r.monitor.serial},
          {"hardware", r.monitor.hardware},
          {"firmware", r.monitor.firmware},
          {"mode", r.bench.monitor.source_mode ? "source" : "ampere"},
          {"supply_V", r.bench.monitor.supply_V},
          {"metadata", r.monitor.metadata},
          {"metadata_sha256", r.metadata_sha256},
          {"spec_card", r.spec_card},
          {"usb", usb(r.monitor_usb)}};
}

ordered_json document(const AcceptReport& r) {
  ordered_json counts{{"ok", 0}, {"not_ok", 0}, {"not_tested", 0}};
  for (const Claim& claim : r.claims) {
    const char* key = claim.verdict == ClaimVerdict::ok       ? "ok"
                      : claim.verdict == ClaimVerdict::not_ok ? "not_ok"
                                                              : "not_tested";
    counts[key] = counts[key].get<int>() + 1;
  }
  return {{"schema", "joulerig-bench-accept"},
          {"schema_version", kAcceptSchema},
          {"tool_version", r.tool_version},
          {"tool_commit", r.tool_commit},
          {"kernel", r.kernel},
          {"started", utc(r.started_ms)},
          {"quick", r.quick},
          {"attended", r.attended},
          {"interrupted", r.interrupted},
          {"simulated", r.bench.is_virtual},
          {"holds", r.holds()},
          {"counts", counts},
          {"bench", r.bench.name},
          {"board",
           {{"name", r.bench.board},
            {"mcu", r.bench.mcu},
            {"answers", r.board.name},
            {"model", r.board.model}}},
          {"monitor", monitor(r)},
          {"link", {{"baud", r.bench.link.baud}, {"usb", usb(r.link_usb)}}},
          {"flash",
           {{"tool", r.bench.flash.tool},
            {"image", r.firmware.name},
            {"sha256", r.firmware.sha256},
            {"commit", r.firmware.commit}}},
          {"claims", claims(r.claims)},
          {"bench_file", r.bench.verbatim}};
}

void take_names_out(ordered_json& value, const Anonymous& anonymous) {
  if (value.is_string()) value = anonymous(value.get<std::string>());
  if (value.is_structured())
    for (auto& inner : value) take_names_out(inner, anonymous);
}

}  // namespace

std::string accept_json(const AcceptReport& report, const Anonymous& anonymous) {
  ordered_json whole = document(report);
  take_names_out(whole, anonymous);
  // A device may say what is no UTF-8; it must not cost the report.
  return whole.dump(2, ' ', false, ordered_json::error_handler_t::replace);
}

std::string accept_conversation(const AcceptReport& report, const Anonymous& anonymous) {
  std::string text;
  for (const DutLine& line : report.conversation) {
    char when[32];
    std::snprintf(when, sizeof when, "%9.3f %c ",
                  static_cast<double>(line.host_ns - report.started_ns) * 1e-9,
                  line.sent ? '>' : '<');
    text += when + anonymous(line.text) + "\n";
  }
  return text;
}

}  // namespace jr
