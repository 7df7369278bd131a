// Reading a thermometer that others keep. Text in, degrees Celsius or one sentence out.
#include "rig/run/ambient.hpp"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <regex>

namespace jr {
namespace {

namespace fs = std::filesystem;

constexpr double kGiven_K = 1.0;

std::string degrees(double value_C) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f \u00b0C", value_C);
  return text;
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::optional<double> number(const std::string& text) {
  double value = 0;
  const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const auto read = std::from_chars(begin, text.data() + text.size(), value);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

Result<double> of_a_room(double value_C, const std::string& name) {
  if (value_C >= kLowestAmbient_C && value_C <= kHighestAmbient_C) return value_C;
  return fail(
      Trouble::malformed,
      "The temperature in " + name + " is " + degrees(value_C) +
          ", which no air beside a bench has (-40 to 85 \u00b0C): check the sensor and its unit, "
          "or give --ambient.");
}

Result<std::string> contents_of(const fs::path& path) {
  std::ifstream file(path);
  if (!file) {
    std::error_code ignored;
    const bool there = fs::exists(path, ignored);
    return fail(there ? Trouble::permission : Trouble::not_found,
                "The ambient temperature cannot be read from " + path.string() +
                    (there ? ": no right to open it" : ": it is not there") +
                    "; correct [ambient] in the bench file, or give --ambient.");
  }
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

Result<void> check_age(const fs::path& path) {
  std::error_code trouble;
  const auto written = fs::last_write_time(path, trouble);
  if (trouble) return {};  // reading it will say what is wrong
  const auto age = fs::file_time_type::clock::now() - written;
  if (age <= kOldestAmbientFile) return {};
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(age).count();
  return fail(Trouble::refused,
              "The ambient temperature in " + path.string() + " is " + std::to_string(minutes) +
                  " minutes old (at most 10): is its logger still running? Or give --ambient.");
}

}  // namespace

Result<double> temperature_in(const std::string& text, const std::string& name) {
  if (const auto only = number(trimmed(text))) return of_a_room(*only, name);
  static const std::regex keyed(
      R"((?:^|[^A-Za-z0-9_])t_C["']?\s*[=:]\s*([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?))");
  std::optional<double> last;
  for (std::sregex_iterator found(text.begin(), text.end(), keyed), end; found != end; ++found)
    last = number((*found)[1].str());
  if (last) return of_a_room(*last, name);
  return fail(
      Trouble::malformed,
      "There is no temperature in " + name +
          ": it must hold one number in degrees Celsius, or a key t_C with one (t_C = 23.4).");
}

Result<double> sensor_temperature_in(const std::string& text, const std::string& name) {
  const std::string digits = trimmed(text);
  long value_mC = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value_mC);
  if (digits.empty() || read.ec != std::errc{} || read.ptr != digits.data() + digits.size())
    return fail(Trouble::malformed, "The sensor " + name + " says '" + digits.substr(0, 40) +
                                        "', not a whole number of thousandths of a degree: name "
                                        "another one in [ambient] sensor.");
  return of_a_room(static_cast<double>(value_mC) * 1e-3, name);
}

Result<std::optional<double>> read_ambient(const AmbientSource& source) {
  using Kind = AmbientSource::Kind;
  if (source.kind == Kind::unknown) return std::nullopt;
  if (source.kind == Kind::stated || source.kind == Kind::given) return source.stated_C;
  if (source.kind == Kind::file)
    if (auto fresh = check_age(source.path); !fresh) return Failure(fresh.error());
  const auto text = contents_of(source.path);
  if (!text) return Failure(text.error());
  const auto value = source.kind == Kind::file ? temperature_in(*text, source.path.string())
                                               : sensor_temperature_in(*text, source.path.string());
  if (!value) return Failure(value.error());
  return *value;
}

Result<void> check_gate(const AmbientSource& source, std::optional<double> temperature_C) {
  if (!source.gate_low_C && !source.gate_high_C) return {};
  if (!temperature_C)
    return fail(Trouble::usage,
                "The bench has a temperature gate, and nobody says how warm it is: give [ambient] "
                "temperature_C, file or sensor, or --ambient.");
  const bool too_cold = source.gate_low_C && !(*temperature_C >= *source.gate_low_C);
  const bool too_warm = source.gate_high_C && !(*temperature_C <= *source.gate_high_C);
  if (!too_cold && !too_warm) return {};
  return fail(Trouble::refused,
              "The air is at " + degrees(*temperature_C) + ", " +
                  (too_cold ? "below the bench's gate of " + degrees(*source.gate_low_C)
                            : "above the bench's gate of " + degrees(*source.gate_high_C)) +
                  ": wait until the room is back within it, or change [ambient] gate_low_C and "
                  "gate_high_C.");
}

Result<AmbientSource> ambient_given(const std::string& text, const AmbientSource& bench) {
  const auto comma = text.find(',');
  const auto value_C = number(trimmed(text.substr(0, comma)));
  const auto u_K = comma == std::string::npos ? std::optional(kGiven_K)
                                              : number(trimmed(text.substr(comma + 1)));
  if (!value_C || !u_K || !(*u_K >= 0) || !(*value_C >= kLowestAmbient_C && *value_C <= kHighestAmbient_C))
    return fail(Trouble::usage,
                "--ambient '" + text +
                    "' is no temperature: give degrees Celsius between -40 and 85 and, "
                    "behind a comma, their standard uncertainty, for example 23.5,0.5.");
  AmbientSource given = bench;
  given.kind = AmbientSource::Kind::given;
  given.stated_C = *value_C;
  given.u_K = *u_K;
  given.path.clear();
  return given;
}

AmbientOfRun ambient_of_run(const AmbientSource& source, std::optional<double> start_C,
                            std::optional<double> end_C, const std::string& why) {
  using Kind = AmbientSource::Kind;
  AmbientOfRun run;
  run.u_K = source.u_K;
  if (source.kind == Kind::unknown || !start_C) {
    run.source = "nobody measured it";
    return run;
  }
  run.measured = source.is_measured();
  const double last_C = end_C.value_or(*start_C);
  run.temperature_C = 0.5 * (*start_C + last_C);
  run.u_K = std::hypot(source.u_K, 0.5 * (last_C - *start_C));
  if (source.kind == Kind::stated) run.source = "stated in the bench file";
  if (source.kind == Kind::given) run.source = "stated on the command line";
  if (source.kind == Kind::file || source.kind == Kind::sensor)
    run.source = (source.kind == Kind::file ? "file " : "sensor ") + source.path.string() + ", " +
                 degrees(*start_C) + " at the start, " +
                 (end_C ? degrees(*end_C) + " at the end" : "not read at the end: " + why);
  return run;
}

}  // namespace jr
