// Rounding, tables, plots and the progress line. Pure text; no decision about a measurement is taken here.
#include "rig/cli/printing.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <iostream>

#include "rig/core/verdict.hpp"
#include "rig/run/session.hpp"

namespace jr::cli {
namespace {

std::string fixed(double value, int decimals) {
  std::array<char, 64> text;
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

std::string significant(double value, int digits) {
  std::array<char, 64> text;
  std::snprintf(text.data(), text.size(), "%.*g", digits, value);
  return text.data();
}

struct Prefix { double scale; const char* name; };

Prefix prefix_for(double value) {
  constexpr std::array<Prefix, 6> kPrefixes{
      {{1, ""}, {1e3, "m"}, {1e6, "\u00b5"}, {1e9, "n"}, {1e12, "p"}, {1e15, "f"}}};
  for (const Prefix& prefix : kPrefixes)
    if (std::abs(value) * prefix.scale >= 1) return prefix;
  return kPrefixes[0];
}

std::atomic<bool> g_interrupted{false};

extern "C" void on_signal(int number) {
  if (g_interrupted.exchange(true)) _exit(128 + number);
}

/// Width of a UTF-8 text in characters.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

int report(const Error& error) {
  std::cerr << "joulerig: " << error.message << "\n";
  switch (error.trouble) {
    case Trouble::usage: return kExitUsage;
    case Trouble::busy: return kExitBusy;
    case Trouble::interrupted: return kExitInterrupted;
    default: return exit_code(Verdict::rig_error);
  }
}

std::string with_uncertainty(double value, double U, double scale) {
  value *= scale;
  U *= scale;
  if (!(U > 0) || !std::isfinite(U)) return significant(value, 6);
  int exponent = static_cast<int>(std::floor(std::log10(U)));
  double step = std::pow(10.0, exponent - 1);
  // Rounded up: a stated U may be wider than the computed one, never narrower. The slack keeps a U
  // that has two digits already (0.11) from growing by the noise of binary fractions.
  double rounded = std::ceil(U / step - 1e-9) * step;
  if (rounded >= std::pow(10.0, exponent + 1) * (1 - 1e-12)) step *= 10, ++exponent;
  const int decimals = std::max(0, 1 - exponent);
  const double unit = std::max(step, 1e-300);
  const double shown = exponent > 1 ? std::round(value / unit) * unit : value;
  return fixed(shown, decimals) + " \u00b1 " + fixed(rounded, decimals);
}

std::string with_unit(double value, double U, const std::string& unit) {
  const Prefix prefix = prefix_for(std::max(std::abs(value), std::isfinite(U) ? U : 0.0));
  return with_uncertainty(value, U, prefix.scale) + " " + prefix.name + unit;
}

std::string with_unit(double value, const std::string& unit) {
  const Prefix prefix = prefix_for(value);
  return significant(value * prefix.scale, 4) + " " + prefix.name + unit;
}

std::string local_time(std::int64_t ms) {
  const std::time_t seconds = ms / 1000;
  std::tm when{};
  localtime_r(&seconds, &when);
  std::array<char, 32> text;
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &when);
  return text.data();
}

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], width(row[c]));
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line = " ";
    for (std::size_t c = 0; c < row.size(); ++c)
      line += " " + row[c] + std::string(widths[c] - width(row[c]) + 1, ' ');
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::string plot(const std::vector<PlotColumn>& columns, int height, const std::string& unit,
                 double scale, double duration_s) {
  if (columns.empty() || height < 2) return "";
  double top = 0;
  for (const PlotColumn& column : columns) top = std::max(top, column.high);
  if (top <= 0) top = 1;
  constexpr std::array<const char*, 9> kEighths{" ", "\u2581", "\u2582", "\u2583", "\u2584",
                                                "\u2585", "\u2586", "\u2587", "\u2588"};
  std::string text;
  for (int row = height - 1; row >= 0; --row) {
    std::array<char, 32> label;
    const bool labelled = row == height - 1 || row == 0 || row == height / 2;
    std::snprintf(label.data(), label.size(), "%8.3g %-3s", top * (row + 1) / height * scale, unit.c_str());
    text += labelled ? std::string(label.data()) : std::string(12, ' ');
    text += "\u2502";
    for (const PlotColumn& column : columns) {
      const double filled = column.mean / top * height - row;
      text += kEighths[static_cast<std::size_t>(std::clamp(std::lround(filled * 8), 0L, 8L))];
    }
    text += "\n";
  }
  text += std::string(12, ' ') + "\u2514";
  for (std::size_t c = 0; c < columns.size(); ++c) text += "\u2500";
  text += "\n" + std::string(13, ' ') + "0";
  const std::string end = significant(duration_s, 3) + " s";
  text += std::string(columns.size() > end.size() + 1 ? columns.size() - end.size() - 1 : 1, ' ') + end + "\n";
  return text;
}

ErrorStreamProgress::ErrorStreamProgress() : is_terminal_(isatty(STDERR_FILENO) != 0) {}

ErrorStreamProgress::~ErrorStreamProgress() {
  if (is_terminal_) std::cerr << "\r\033[K" << std::flush;
}

void ErrorStreamProgress::draw() {
  constexpr int kWidth = 24;
  const int filled = static_cast<int>(std::lround(done_ * kWidth));
  std::string bar;
  for (int i = 0; i < kWidth; ++i) bar += i < filled ? "\u2588" : "\u2591";
  std::cerr << "\r\033[K" << bar << " " << std::lround(done_ * 100) << " % " << step_ << std::flush;
}

void ErrorStreamProgress::step(const std::string& what) {
  step_ = what;
  if (is_terminal_)
    draw();
  else
    std::cerr << what + "\n" << std::flush;
}

void ErrorStreamProgress::fraction(double done) {
  done_ = done;
  if (is_terminal_) draw();
}

void ErrorStreamProgress::committed(const std::string& run, std::uint64_t samples) {
  // One write: the recorder's thread says this while the run's thread may speak too.
  const std::string line = "committed " + run + " " + std::to_string(samples) + "\n";
  if (!is_terminal_) [[maybe_unused]] const auto n = write(STDERR_FILENO, line.data(), line.size());
}

void ErrorStreamProgress::note(const std::string& sentence) {
  std::cerr << (is_terminal_ ? "\r\033[K" : "") << sentence << "\n";
  if (is_terminal_) draw();
}

void clean_up_after_the_dead() {
  for (const std::string& sentence : switch_off_what_the_dead_left_on()) std::cerr << sentence << "\n";
}

const std::atomic<bool>& interrupted() { return g_interrupted; }

void watch_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGHUP, &action, nullptr);
}

}  // namespace jr::cli
