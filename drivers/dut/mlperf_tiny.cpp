// The commands of the MLPerf Tiny serial API, `phase` and `sham` beside them, and the shape of
// their replies. Never goes on after a refusal: a refused `db load` leaves the firmware's size
// wrong.
#include "drivers/dut/mlperf_tiny.hpp"

#include <algorithm>
#include <stdexcept>

namespace jr {
namespace {

using std::chrono::milliseconds;

const ReplyLine* first_of(const Reply& reply, LineKind kind) {
  const auto found = std::find_if(reply.lines.begin(), reply.lines.end(),
                                  [&](const ReplyLine& line) { return line.kind == kind; });
  return found == reply.lines.end() ? nullptr : &*found;
}

std::string db_command(std::span<const std::uint8_t> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string command = "db ";
  for (const std::uint8_t byte : bytes) {
    command += kDigits[byte >> 4];
    command += kDigits[byte & 15U];
  }
  return command;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// `m-buffer-0a-ff-…` rows back into bytes; other lines carry none.
std::vector<std::uint8_t> buffer_bytes(const Reply& reply) {
  std::vector<std::uint8_t> bytes;
  for (const ReplyLine& line : reply.lines) {
    constexpr std::string_view kRow = "m-buffer";
    if (!line.whole.starts_with(kRow)) continue;
    for (std::size_t at = kRow.size(); at + 2 < line.whole.size(); at += 3) {
      const int high = hex_value(line.whole[at + 1]), low = hex_value(line.whole[at + 2]);
      if (line.whole[at] != '-' || high < 0 || low < 0) break;
      bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
    }
  }
  return bytes;
}

class MlperfTiny final : public Dut {
 public:
  MlperfTiny(SerialPort port, int baud, DutLog log, const MlperfTinyOptions& options)
      : options_(options), talk_(std::move(port), baud, std::move(log), options.limits) {}

  Result<void> handshake(milliseconds limit) override { return talk_.handshake(limit); }

  Result<DutProfile> profile() override {
    const auto name = talk_.exchange("name", options_.command);
    if (!name) return Failure(name.error());
    const auto reply = talk_.exchange("profile", options_.command);
    if (!reply) return Failure(reply.error());
    const ReplyLine* const called = first_of(*name, LineKind::name);
    const ReplyLine* const profile = first_of(*reply, LineKind::profile);
    const ReplyLine* const model = first_of(*reply, LineKind::model);
    if (called == nullptr) return odd_reply("name", "no m-name-dut line");
    if (profile == nullptr || model == nullptr)
      return odd_reply("profile", "no m-profile and m-model lines");
    return DutProfile{called->inside, profile->inside, model->inside};
  }

  Result<void> load(std::span<const std::uint8_t> input) override {
    if (input.empty())
      return fail(Trouble::usage, "there is no input to load into " + talk_.board());
    const std::string announce = "db load " + std::to_string(input.size());
    const auto reply = talk_.exchange(announce, options_.command);
    if (!reply) return Failure(reply.error());
    const ReplyLine* const expecting = first_of(*reply, LineKind::expecting);
    if (expecting == nullptr || expecting->number != input.size())
      return odd_reply(announce, "it does not expect " + std::to_string(input.size()) + " bytes");
    if (const auto sent = send_bytes(input); !sent) return sent;
    return options_.verify_load ? compare_loaded(input) : Result<void>{};
  }

  Result<InferReply> infer(std::uint32_t inferences, std::uint32_t warmups,
                           milliseconds limit) override {
    if (inferences == 0)
      return fail(Trouble::usage, "a window of 0 inferences cannot be asked of " + talk_.board());
    const std::string command =
        "infer " + std::to_string(inferences) + " " + std::to_string(warmups);
    const auto reply = talk_.exchange(command, limit);
    if (!reply) return Failure(reply.error());
    if (first_of(*reply, LineKind::infer_done) == nullptr)
      return odd_reply(command, "no m-infer-done line");
    InferReply outcome{reply->sent_ns, reply->ready_ns, {}, {}};
    for (const ReplyLine& line : reply->lines) {
      if (line.kind == LineKind::lap && line.number)
        outcome.lap_us.push_back(static_cast<std::uint32_t>(*line.number));
      if (line.kind != LineKind::results) continue;
      if (line.values.empty()) return odd_reply(command, "malformed results '" + line.whole + "'");
      outcome.results = line.values;
    }
    return outcome;
  }

  Result<MarkReply> phase(DutPhase phase, std::uint32_t times, milliseconds limit) override {
    return marked(std::string("phase ") + name_of(phase) + " " + std::to_string(times),
                  LineKind::phase_done, limit);
  }

  Result<MarkReply> sham(std::uint32_t ms, milliseconds limit) override {
    return marked("sham " + std::to_string(ms), LineKind::sham_done, limit);
  }

  Result<std::vector<double>> results() override {
    const auto reply = talk_.exchange("results", options_.command);
    if (!reply) return Failure(reply.error());
    const ReplyLine* const results = first_of(*reply, LineKind::results);
    if (results == nullptr) return odd_reply("results", "no m-results line");
    if (results->values.empty())
      return odd_reply("results", "malformed results '" + results->whole + "'");
    return results->values;
  }

  Result<std::vector<std::string>> ask(const std::string& command, milliseconds limit) override {
    auto reply = talk_.exchange(command, limit);
    if (!reply) return Failure(reply.error());
    std::vector<std::string> lines;
    for (ReplyLine& line : reply->lines) lines.push_back(std::move(line.whole));
    return lines;
  }

 private:
  Result<void> send_bytes(std::span<const std::uint8_t> input) {
    const auto chunk = static_cast<std::size_t>(std::clamp(options_.bytes_per_db, 1, 38));
    for (std::size_t done = 0; done < input.size();) {
      const auto piece = input.subspan(done, std::min(chunk, input.size() - done));
      const auto reply = talk_.exchange(db_command(piece), options_.command);
      if (!reply) return Failure(reply.error());
      done += piece.size();
      const bool complete = first_of(*reply, LineKind::load_done) != nullptr;
      if (complete != (done == input.size()))
        return odd_reply(
            "db", "it " + std::string(complete ? "took the input as complete" : "still waits") +
                      " after " + std::to_string(done) + " of " + std::to_string(input.size()) +
                      " bytes");
    }
    return {};
  }

  Result<MarkReply> marked(const std::string& command, LineKind done, milliseconds limit) {
    auto reply = talk_.exchange(command, limit);
    if (!reply) {
      // As the reference firmware words it; "restarted" is a refusal too, and no answer to the
      // command.
      const bool unknown = reply.error().trouble == Trouble::refused &&
                           reply.error().message.find("e-[Unknown command") != std::string::npos;
      return fail(unknown ? Trouble::unsupported : reply.error().trouble, reply.error().message);
    }
    if (first_of(*reply, done) == nullptr)
      return odd_reply(command, "its line of completion is missing");
    return MarkReply{reply->sent_ns, reply->ready_ns};
  }

  Result<void> compare_loaded(std::span<const std::uint8_t> input) {
    const auto reply =
        talk_.exchange("db print", options_.command + milliseconds(4 * input.size()));
    if (!reply) return Failure(reply.error());
    const std::vector<std::uint8_t> held = buffer_bytes(*reply);
    if (std::equal(input.begin(), input.end(), held.begin(), held.end())) return {};
    return odd_reply("db print", "it holds another input than was loaded");
  }

  Failure odd_reply(const std::string& command, const std::string& what) const {
    return fail(
        Trouble::malformed,
        talk_.board() + " answered '" + command + "' oddly: " + what +
            "; bytes may have been lost on the way: check cable and baud rate, then try again");
  }

  MlperfTinyOptions options_;
  Conversation talk_;
};

}  // namespace

const char* name_of(DutPhase phase) {
  switch (phase) {
    case DutPhase::pre:
      return "pre";
    case DutPhase::invoke:
      return "invoke";
    case DutPhase::post:
      return "post";
  }
  throw std::logic_error("a phase has no name");
}

std::unique_ptr<Dut> mlperf_tiny_on(SerialPort port, int baud, DutLog log,
                                    const MlperfTinyOptions& options) {
  return std::make_unique<MlperfTiny>(std::move(port), baud, std::move(log), options);
}

Result<std::unique_ptr<Dut>> open_dut(const std::string& port, int baud, DutLog log,
                                      DutGiveUp give_up) {
  auto opened = open_serial(port, baud);
  if (!opened) return Failure(opened.error());
  MlperfTinyOptions options;
  options.limits.give_up = std::move(give_up);
  return mlperf_tiny_on(std::move(*opened), baud, std::move(log), options);
}

}  // namespace jr
