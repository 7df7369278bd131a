// A SAX pass with a path of keys. Python writes NaN where JSON has no word; it becomes null on the way in.
// Never builds a document: a file may have hundreds of megabytes.
#include "rig/exchange/mlcommons_json.hpp"

#include <array>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

namespace jr {
namespace {

constexpr std::size_t kDeepestNesting = 16, kLongestText = 4096, kMostEvents = 10'000;
constexpr std::uint64_t kMostIterations = 1'000'000'000'000;

/// The bytes of a stream, with Python's NaN and Infinity as null. Ends the text where a token is longer than any
/// in such a file, so that the parser's own buffer stays small.
class PythonJson : public std::streambuf {
 public:
  explicit PythonJson(std::istream& source) : source_(*source.rdbuf()) {}
  bool too_long() const { return too_long_; }

 protected:
  int_type underflow() override {
    std::size_t n = 0;
    while (n < piece_.size() - 8) {
      const int byte = source_.sbumpc();
      if (byte == traits_type::eof() || too_long_) break;
      const char c = static_cast<char>(byte);
      if (is_in_text_) {
        piece_[n++] = c;
        ++length_;
        if (escaped_) escaped_ = false;
        else if (c == '\\') escaped_ = true;
        else if (c == '"') is_in_text_ = false;
      } else if (c == 'N' || c == 'I') {
        n += replace(c, &piece_[n]);
      } else {
        piece_[n++] = c;
        if (c == '"') is_in_text_ = true, length_ = 0;
        else length_ = std::strchr("0123456789+-.eE", c) ? length_ + 1 : 0;
      }
      too_long_ = length_ > kLongestText;
    }
    setg(piece_.data(), piece_.data(), piece_.data() + n);
    return n == 0 ? traits_type::eof() : traits_type::to_int_type(piece_[0]);
  }

 private:
  /// "NaN" and "Infinity" become null, a minus before them a minus before null: no JSON, and refused.
  std::size_t replace(char first, char* into) {
    const char* rest = first == 'N' ? "aN" : "nfinity";
    std::size_t n = 0;
    into[n++] = first;
    for (const char* expected = rest; *expected; ++expected) {
      if (source_.sgetc() != static_cast<unsigned char>(*expected)) return n;  // no JSON: the parser says where
      source_.sbumpc();
    }
    std::memcpy(into, "null", 4);
    return 4;
  }

  std::streambuf& source_;
  std::array<char, 16384> piece_;
  bool is_in_text_{}, escaped_{}, too_long_{};
  std::size_t length_{};
};

enum class Place { nowhere, trial, infer, power, samples, timestamps, event };

class TrialReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit TrialReader(const TrialVisitor& visitor) : visitor_(visitor) {}
  const Error& error() const { return error_; }
  bool seen_list() const { return seen_list_; }

  bool null() override { return place() == Place::samples ? take_sample(NAN) : scalar(); }
  bool boolean(bool) override { return scalar(); }
  bool number_integer(number_integer_t value) override { return number(static_cast<double>(value), value); }
  bool number_unsigned(number_unsigned_t value) override {
    const auto limited = std::min<number_unsigned_t>(value, std::numeric_limits<std::int64_t>::max());
    return number(static_cast<double>(value), static_cast<std::int64_t>(limited));
  }
  bool number_float(number_float_t value, const string_t&) override { return number(value, -1); }
  bool string(string_t& text) override {
    if (place() == Place::event && item_ == 0) return take_counter(text);
    if (place() == Place::trial && key_ == "mode") trial_.mode = text.substr(0, 16);
    if (place() == Place::trial && key_ == "file") trial_.file = text.substr(0, 256);
    return scalar();
  }
  bool binary(binary_t&) override { return refuse("it holds binary data"); }
  bool start_object(std::size_t) override {
    if (stack_.empty()) return refuse("it is no list of trials");
    if (stack_.size() == 1) {
      trial_ = {};
      return push(Place::trial);
    }
    if (place() != Place::trial) return push(Place::nowhere);
    if (key_ == "infer") return push(Place::infer);
    if (key_ != "power") return push(Place::nowhere);
    trial_.has_power = true;
    return push(Place::power);
  }
  bool end_object() override {
    stack_.pop_back();
    return stack_.size() != 1 || visited(visitor_.trial(trial_));
  }
  bool start_array(std::size_t) override {
    if (stack_.empty()) {
      seen_list_ = true;
      return push(Place::nowhere);
    }
    if (stack_.size() == 1) return refuse("an entry is no trial");
    if (place() == Place::power && key_ == "samples") return push(Place::samples);
    if (place() == Place::power && key_ == "timestamps") return push(Place::timestamps);
    if (place() == Place::timestamps) {
      if (trial_.events.size() >= kMostEvents) return refuse("a trial has more than " + std::to_string(kMostEvents) + " events");
      trial_.events.push_back({-1, 0});
      item_ = 0;
      return push(Place::event);
    }
    if (place() == Place::samples) return refuse("a sample is a list");
    return push(Place::nowhere);
  }
  bool end_array() override {
    if (place() == Place::event && item_ != 2) return refuse("an event is no pair of counter and samples");
    stack_.pop_back();
    return true;
  }
  bool key(string_t& name) override {
    key_ = name;
    return true;
  }
  bool parse_error(std::size_t at, const std::string&, const nlohmann::json::exception&) override {
    return refuse("it is no whole JSON (byte " + std::to_string(at) + "); was it cut off?");
  }

 private:
  Place place() const { return stack_.empty() ? Place::nowhere : stack_.back(); }
  bool push(Place place) {
    if (stack_.size() >= kDeepestNesting) return refuse("it is nested deeper than such a file");
    stack_.push_back(place);
    return true;
  }
  bool refuse(const std::string& why) {
    if (error_.message.empty())
      error_ = {Trouble::malformed, "This is no results.json of an energy run of the MLCommons runner: " + why + "."};
    return false;
  }
  bool visited(const Result<void>& result) {
    if (result) return true;
    error_ = result.error();
    return false;
  }
  bool scalar() {
    if (place() == Place::samples) return refuse("a sample is no number");
    if (place() == Place::event) ++item_;
    if (stack_.size() == 1) return refuse("an entry is no trial");
    return stack_.empty() ? refuse("it is no list of trials") : true;
  }
  bool take_sample(double energy_J) {
    ++trial_.samples;
    return visited(visitor_.sample(std::isfinite(energy_J) ? energy_J : NAN));
  }
  bool take_counter(const std::string& text) {
    try {
      trial_.events.back().counter = std::stoll(text);
    } catch (const std::exception&) {
      return refuse("an event has no number");
    }
    ++item_;
    return true;
  }
  bool number(double value, std::int64_t whole) {
    switch (place()) {
      case Place::samples: return take_sample(value);
      case Place::event:
        if (item_ == 0) trial_.events.back().counter = whole;
        if (item_ == 1) {
          if (whole < 0) return refuse("an event lies at no sample");
          trial_.events.back().samples = static_cast<std::uint64_t>(whole);
        }
        return scalar();
      case Place::infer:
        if (key_ == "iterations" && whole > 0 && static_cast<std::uint64_t>(whole) <= kMostIterations)
          trial_.iterations = static_cast<std::uint64_t>(whole);
        return scalar();
      case Place::power:
        if (key_ == "voltage" && value > 0 && value < 1e3) trial_.voltage_V = value;
        return scalar();
      default: return scalar();
    }
  }

  const TrialVisitor& visitor_;
  Error error_;
  std::vector<Place> stack_;
  std::string key_;
  Trial trial_;
  std::size_t item_{};
  bool seen_list_{};
};

}  // namespace

Result<void> read_trials(std::istream& json, const TrialVisitor& visitor) {
  PythonJson bytes(json);
  std::istream text(&bytes);
  TrialReader reader(visitor);
  const bool whole = nlohmann::json::sax_parse(text, &reader);
  if (bytes.too_long())
    return fail(Trouble::malformed, "This is no results.json of the MLCommons runner: it holds a text longer than any there.");
  if (!whole) return Failure(reader.error());
  return {};
}

}  // namespace jr
