// The shared hands of the steps: streams, power, link, and the book of claims.
#include "rig/run/acceptance.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "drivers/dut/reply_parser.hpp"
#include "rig/core/host_clock.hpp"

namespace jr {
namespace {

constexpr double kNoCardLimit_A = 1e-6;
constexpr std::chrono::seconds kReappear{5};  ///< of a link that went away with the board's power
constexpr std::chrono::milliseconds kPortLook{100};

}  // namespace

Acceptance::Acceptance(const AcceptRequest& asked, BenchPerson& who, AcceptReport& into)
    : request(asked), person(who), report(into) {}

void Acceptance::conclude(Claim claim) {
  // What a Ctrl-C cut short has shown nothing, except whether the supply obeyed.
  if (is_interrupted() && claim.verdict == ClaimVerdict::not_ok && claim.id != "supply.off")
    claim = not_tested(claim.id, "interrupted");
  person.hears(claim);
  report.claims.push_back(std::move(claim));
}

void Acceptance::conclude_all(std::initializer_list<const char*> ids,
                              const std::string& why_not_tested) {
  for (const char* id : ids)
    if (!is_concluded(id)) conclude(not_tested(id, why_not_tested));
}

bool Acceptance::is_concluded(const std::string& id) const {
  return std::any_of(report.claims.begin(), report.claims.end(),
                     [&](const Claim& c) { return c.id == id; });
}

bool Acceptance::begins(const std::string& what, std::initializer_list<const char*> ids) {
  if (person.agrees(what)) return true;
  conclude_all(ids, why_skipped());
  return false;
}

Result<void> Acceptance::start_stream() {
  watch = std::make_unique<StreamWatch>(session->monitor(), Volt{bench().monitor.supply_V}, 60,
                                        request.interrupted);
  if (auto started = session->start_stream(*watch); !started) return started;
  streaming = true;
  return watch->wait_fresh(0.1);
}

void Acceptance::stop_stream() {
  if (!streaming) return;
  streaming = false;
  session->stop_stream();
  const StreamWatch::State state = watch->state();
  const double seconds = static_cast<double>(state.received) * watch->period_s();
  streamed.came_s += seconds;
  streamed.received += state.received;
  streamed.breaks += state.breaks;
  for (const Gap& gap : watch->gaps()) streamed.lost += gap.length;
  if (seconds <= clock.seconds || state.received == 0) return;
  const ClockFit fit = watch->free_clock_fit();
  clock = {seconds, fit.skew_ppm, fit.u_ppm, session->monitor().clock().limit_ppm};
}

Result<bool> Acceptance::power(bool on) {
  if (!session->supply())
    return person.does(on ? "Switch on the supply that feeds the board."
                          : "Switch off the supply that feeds the board.");
  const auto done = on ? session->power_on() : session->power_off();
  if (!done) return Failure(done.error());
  return true;
}

Result<void> Acceptance::open_link() {
  const auto log = [this](const DutLine& line) { report.conversation.push_back(line); };
  const auto deadline = std::chrono::steady_clock::now() + kReappear;
  const auto give_up = [this] { return is_interrupted(); };
  auto opened = session->dut(log, give_up);
  while (!opened && opened.error().trouble == Trouble::not_found && !is_interrupted() &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kPortLook);
    opened = session->dut(log, give_up);
  }
  if (!opened) return Failure(opened.error());
  dut = std::move(*opened);
  return dut->handshake(in_ms(bench().link.boot_wait_s));
}

std::optional<double> Acceptance::boot_s(std::int64_t since_ns) const {
  bool booting = false;
  for (const DutLine& line : report.conversation) {
    if (line.host_ns < since_ns || line.sent) continue;
    const LineKind kind = read_reply_line(line.text).kind;
    booting = booting || kind == LineKind::boot;
    if (booting && kind == LineKind::ready)
      return static_cast<double>(line.host_ns - since_ns) * 1e-9;
  }
  return std::nullopt;
}

Result<Acceptance::Piece> Acceptance::look(double seconds) {
  Piece piece;
  piece.start = watch->state().received;
  piece.end = piece.start + watch->samples(seconds);
  if (auto came = watch->wait_for(piece.end, seconds + 15); !came) return Failure(came.error());
  piece.current = watch->current(piece.start, piece.end);
  return piece;
}

double Acceptance::offset_limit_A(std::size_t range) const {
  return card ? card->offset_limit_A(range) : kNoCardLimit_A;
}

bool has_lap(const std::vector<std::string>& reply) {
  return std::any_of(reply.begin(), reply.end(),
                     [](const std::string& line) { return line.starts_with("m-lap-us-"); });
}

}  // namespace jr
