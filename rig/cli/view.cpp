// joulerig view: a trace in the terminal, as a picture, as a page to zoom into, or as columns.
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

#include "rig/cli/asked_calibration.hpp"
#include "rig/cli/command.hpp"
#include "rig/cli/printing.hpp"
#include "rig/cli/run_page.hpp"
#include "rig/cli/view_facts.hpp"
#include "rig/core/duration.hpp"
#include "rig/exchange/output_file.hpp"
#include "rig/report/budget_picture.hpp"
#include "rig/report/trace_picture.hpp"
#include "rig/report/trace_text.hpp"

namespace jr::cli {
namespace {

using nlohmann::ordered_json;

constexpr double kNotGiven = -INFINITY;
constexpr double kLeastWidth = 200, kMostWidth = 20'000, kUsualWidth = 1000, kShape = 0.42;
constexpr std::size_t kMostCursors = 2;

/// By the usual three variables, in their order.
bool speaks_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (!value || !*value) continue;
    std::string locale = value;
    std::transform(locale.begin(), locale.end(), locale.begin(), [](unsigned char c) { return std::tolower(c); });
    return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
  }
  return false;
}

TextStyle style_of_terminal() {
  TextStyle style;
  style.dots = isatty(STDOUT_FILENO) != 0 && speaks_utf8();
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) style.width = size.ws_col;
  else if (const char* columns = std::getenv("COLUMNS")) style.width = static_cast<std::size_t>(std::clamp(std::atoi(columns), 40, 1000));
  if (size.ws_row > 30) style.rows = std::min<std::size_t>(size.ws_row / 2, 30);
  return style;
}

std::string in_seconds(double value) {
  char text[48];
  std::snprintf(text, sizeof text, "%.9g s", value);
  return text;
}

/// What is looked at: a stretch of one stream, and how many columns of it.
struct Stretched {
  double start_s{}, end_s{};
  std::uint64_t start{}, end{};  ///< ordinals
};

class View : public Command {
 public:
  std::string name() const override { return "view"; }
  std::string summary() const override { return "Draw a run's trace at any zoom: terminal, SVG, PNG, or a page to zoom into"; }
  std::string examples() const override {
    return "  joulerig view sim-1\n  joulerig view sim-1 --window 3 -o window3.svg\n"
           "  joulerig view sim-1 --from 1.2 --to 1.25 --log\n  joulerig view sim-1 -o sim-1.html\n"
           "  joulerig view sim-1 --calibration device         by the instrument's own coefficients";
  }
  void declare(Arguments& arguments) override {
    arguments.required("RUN", run_, "Which run, e.g. sim-1 (joulerig runs lists them)");
    arguments.option("--from", times_[0], "Begin so long after the first sample, gaps included, e.g. 1.2s or 30ms");
    arguments.option("--to", times_[1], "End so long after the first sample");
    arguments.count("--window", counts_[0], "Window K with its surroundings instead");
    arguments.count("--stream", counts_[1], "Which stream, counted from 0 (default: the first with a valid window)");
    arguments.count("--channel", counts_[2], "Which channel of a stream of values, counted from 0");
    arguments.option("--cursor", cursors_, "A vertical line at this time, e.g. 1.25s; may be given twice");
    arguments.flag("--log", log_, "Logarithmic value axis (default: when the trace spans a hundredfold)");
    arguments.flag("--linear", linear_, "Linear value axis");
    arguments.output(output_, force_, "Write to FILE.svg, FILE.png or FILE.html instead of drawing in the terminal");
    arguments.count("--width", counts_[3], "Width of the picture in pixels, or columns in JSON (default: 1000)");
    arguments.flag("--dark", dark_, "A PNG on a dark page (SVG and HTML follow the reader)");
    arguments.option("--calibration", calibration_, kAskedCalibration);
    arguments.database(db_);
    arguments.flag("--json", json_, "Print the columns as JSON");
  }

  int run() override {
    if (auto fine = check(); !fine) return report(fine.error());
    auto store = open_store(db_);
    if (!store) return report(store.error());
    const auto calibration = asked_calibration(**store, calibration_);
    if (!calibration) return report(calibration.error());
    const auto viewed = look_at(**store, run_, whole(stream_), whole(window_), *calibration);
    if (!viewed) return report(viewed.error());
    if (channel() >= std::max<std::size_t>(viewed->facts.channels.size(), 1))
      return report({Trouble::usage, "Run " + run_ + " has no channel " + std::to_string(channel()) + "; its channels are counted from 0."});
    if (!viewed->trouble.empty()) std::cerr << "Run " << run_ << " has no numbers to show beside its trace: " << viewed->trouble << "\n";
    const auto stretch = stretch_of(*viewed);
    if (!stretch) return report(stretch.error());
    auto done = kind_ == Kind::page ? write_page(**store, *viewed, *stretch) : Result<void>();
    if (done && (json_ || kind_ != Kind::page)) done = show(**store, *viewed, *stretch);
    return done ? 0 : report(done.error());
  }

 private:
  enum class Kind { text, svg, png, page };

  static std::optional<int> whole(double value) {
    return value == kNotGiven ? std::nullopt : std::optional<int>(static_cast<int>(value));
  }
  std::size_t channel() const { return channel_ == kNotGiven ? 0 : static_cast<std::size_t>(channel_); }
  ValueAxis axis() const { return log_ ? ValueAxis::logarithmic : linear_ ? ValueAxis::linear : ValueAxis::by_extent; }

  /// What was typed, as numbers.
  Result<void> understand() {
    double* const numbers[] = {&window_, &stream_, &channel_, &width_};
    for (std::size_t i = 0; i < counts_.size(); ++i)
      if (counts_[i]) *numbers[i] = std::min(static_cast<double>(*counts_[i]), 1e9);
    double* const places[] = {&from_, &to_};
    for (std::size_t i = 0; i < times_.size(); ++i) {
      if (times_[i].empty()) continue;
      const auto time_s = parse_duration(times_[i]);
      if (!time_s) return Failure(time_s.error());
      *places[i] = *time_s;
    }
    if (cursors_.size() > kMostCursors) return fail(Trouble::usage, "--cursor may be given twice, not more often.");
    for (const std::string& text : cursors_) {
      const auto time_s = parse_duration(text);
      if (!time_s) return Failure(time_s.error());
      cursors_s_.push_back(*time_s);
    }
    return {};
  }

  Result<void> check() {
    if (auto understood = understand(); !understood) return understood;
    if (window_ != kNotGiven && (from_ != kNotGiven || to_ != kNotGiven))
      return fail(Trouble::usage, "--window says where to look; --from and --to say it too. Give the one or the other.");
    if (from_ != kNotGiven && to_ != kNotGiven && !(from_ < to_)) return fail(Trouble::usage, "--from has to lie before --to.");
    if (log_ && linear_) return fail(Trouble::usage, "--log and --linear exclude each other.");
    if (!(width_ >= kLeastWidth && width_ <= kMostWidth)) return fail(Trouble::usage, "--width takes 200 to 20000 pixels.");
    const std::string suffix = std::filesystem::path(output_).extension().string();
    kind_ = suffix == ".svg" ? Kind::svg : suffix == ".png" ? Kind::png : suffix == ".html" ? Kind::page : Kind::text;
    if (!output_.empty() && kind_ == Kind::text)
      return fail(Trouble::usage, "'" + output_ + "' does not say what to write: a name that ends in .svg, .png or .html does.");
    return output_.empty() ? Result<void>{} : check_output(output_, force_);
  }

  /// At least one sample, within the stream.
  Result<Stretched> stretch_of(const Viewed& v) const {
    const TraceClock clock = v.clock();
    Stretched s{0, v.duration_s(), 0, v.samples};
    if (window_ != kNotGiven) {
      const auto span = span_of_window(v, static_cast<int>(window_));
      if (!span) return Failure(span.error());
      return Stretched{clock.begin_of(span->start), clock.end_before(span->end), span->start, span->end};
    }
    if (from_ != kNotGiven) s.start_s = from_;
    if (to_ != kNotGiven) s.end_s = std::min(to_, s.end_s);
    if (s.start_s >= v.duration_s())
      return fail(Trouble::usage, "The trace of run " + run_ + " ends at " + in_seconds(v.duration_s()) + "; --from lies behind it.");
    s.start = std::min(clock.ordinal_at(s.start_s), v.samples - 1);
    s.end = std::clamp(clock.ordinal_at(s.end_s), s.start + 1, v.samples);
    // A stretch shorter than a sample shows the sample.
    s.end_s = std::max(s.end_s, s.start_s + 1e-3 * v.facts.period_s);
    return s;
  }

  Result<TraceView> drawn(const Store& store, const Viewed& v, const Stretched& s, std::size_t columns) const {
    auto zoomed = zoom(store, run_, v.stream, s.start, s.end, columns, channel(), v.coefficients);
    if (!zoomed) return Failure(zoomed.error());
    TraceView view = view_of(v, s.start_s, s.end_s, channel());
    view.columns = pieces_of(zoomed->columns, v.clock(), v.gaps);
    view.samples_per_column = zoomed->samples_per_column;
    view.cursors_s = cursors_s_;
    if (cursors_s_.size() == 2) view.notes.push_back("Between the cursors: " + in_seconds(std::abs(cursors_s_[1] - cursors_s_[0])) + ".");
    view.damaged = std::move(zoomed->damaged);
    return view;
  }

  Result<void> show(const Store& store, const Viewed& v, const Stretched& s) const {
    if (kind_ == Kind::svg || kind_ == Kind::png)
      if (auto done = write_picture(store, v, s); !done) return done;
    if (json_) return print_json(store, v, s);
    if (kind_ != Kind::text) return {};
    const TextStyle style = style_of_terminal();
    const auto view = drawn(store, v, s, columns_of(style));
    if (!view) return Failure(view.error());
    std::cout << trace_text(*view, style, axis());
    return {};
  }

  Result<void> write_picture(const Store& store, const Viewed& v, const Stretched& s) const {
    // Beyond the usual width a PNG has more pixels, not more room: its letters grow with it.
    const double scale = kind_ == Kind::png ? std::max(1.0, width_ / kUsualWidth) : 1;
    const PictureSize size{width_ / scale, std::clamp(kShape * width_ / scale, 320.0, 900.0)};
    const auto view = drawn(store, v, s, static_cast<std::size_t>(static_cast<double>(columns_of(size)) * std::min(scale, 2.0)));
    if (!view) return Failure(view.error());
    if (kind_ == Kind::svg) return write(trace_svg(*view, size, axis()), view->columns.size());
    const auto png = trace_png(*view, size, axis(), scale, dark_);
    if (!png) return Failure(png.error());
    return write(*png, view->columns.size());
  }

  Result<void> write(const std::string& bytes, std::size_t columns) const {
    if (auto written = write_output(output_, bytes, force_); !written) return written;
    std::cerr << output_ << ": " << columns << " columns, " << (bytes.size() + 1023) / 1024 << " KiB.\n";
    return {};
  }

  Result<void> write_page(const Store& store, const Viewed& v, const Stretched& s) const {
    TracePage page = page_of(v, channel());
    page.calibration = calibration_;
    std::vector<OrdinalSpan> spans;
    for (const WindowRow& row : v.windows)
      if (row.valid && is_marked(row.window.label) && row.window.end <= v.samples) spans.push_back({row.window.start, row.window.end});
    std::size_t columns = 0;
    for (const LayerRequest& request : plan_layers(v.samples, spans, kPageColumns)) {
      auto layer = zoom(store, run_, v.stream, request.start, request.end, request.columns, channel(), v.coefficients);
      if (!layer) return Failure(layer.error());
      for (const std::string& sentence : layer->damaged)
        if (std::find(page.remarks.begin(), page.remarks.end(), sentence) == page.remarks.end()) page.remarks.push_back(sentence);
      columns += layer->columns.size();
      page.layers.push_back(std::move(*layer));
    }
    const PictureSize size{1040, 400};
    const auto view = drawn(store, v, s, columns_of(size));
    if (!view) return Failure(view.error());
    page.still_svg = trace_svg(*view, size, axis());
    page.logarithmic = is_logarithmic(extent_of(*view), axis());
    page.start_s = s.start_s, page.end_s = s.end_s;
    if (v.evaluation && v.evaluation->summary && v.evaluation->summary->mean.stated)
      page.budget_svg = budget_svg("Standard uncertainties of the energy per inference", v.evaluation->summary->mean, v.evaluation->summary->budget);
    return write(trace_html(page), columns);
  }

  Result<void> print_json(const Store& store, const Viewed& v, const Stretched& s) const {
    const auto zoomed = zoom(store, run_, v.stream, s.start, s.end, static_cast<std::size_t>(width_), channel(), v.coefficients);
    if (!zoomed) return Failure(zoomed.error());
    std::cout << columns_json(v, s, *zoomed).dump(-1, ' ', false, ordered_json::error_handler_t::replace) << "\n";
    return {};
  }

  /// What the columns and the energies rest on.
  static ordered_json calibration_json(const Viewed& v) {
    if (!v.evaluation) return nullptr;
    return {{"id", v.evaluation->calibration_id}, {"kind", v.evaluation->calibration_kind}, {"applied_to_columns", v.is_calibrated()}};
  }

  ordered_json columns_json(const Viewed& v, const Stretched& s, const Zoom& zoomed) const {
    const TraceClock clock = v.clock();
    const std::string unit = "_" + v.unit(channel());
    ordered_json columns{{"start_s", ordered_json::array()}};
    for (const char* key : {"first_sample", "samples", "without_value"}) columns[key] = ordered_json::array();
    for (const char* key : {"min", "max", "mean"}) columns[key + unit] = ordered_json::array();
    for (const Column& c : zoomed.columns) {
      const bool empty = c.without >= c.n;
      columns["start_s"].push_back(clock.begin_of(c.first));
      columns["first_sample"].push_back(c.first);
      columns["samples"].push_back(c.n);
      columns["without_value"].push_back(c.without);
      columns["min" + unit].push_back(empty ? ordered_json() : ordered_json(c.min));
      columns["max" + unit].push_back(empty ? ordered_json() : ordered_json(c.max));
      columns["mean" + unit].push_back(empty ? ordered_json() : ordered_json(c.mean));
    }
    auto windows = ordered_json::array(), gaps = ordered_json::array();
    for (const WindowRow& row : v.windows) {
      if (row.window.end <= s.start || row.window.start >= s.end) continue;
      const auto number = number_of(v, row);
      windows.push_back({{"index", row.group}, {"attempt", row.attempt}, {"label", name_of(row.window.label)}, {"valid", row.valid},
                         {"start_s", clock.begin_of(row.window.start)}, {"end_s", clock.end_before(row.window.end)},
                         {"start_sample", row.window.start}, {"end_sample", row.window.end},
                         {"energy_per_inference_J", number ? ordered_json(number->energy_J) : ordered_json()},
                         {"U_J", number && number->U_J ? ordered_json(*number->U_J) : ordered_json()}});
    }
    for (const Gap& gap : v.gaps)
      if (gap.ordinal >= s.start && gap.ordinal <= s.end)
        gaps.push_back({{"sample", gap.ordinal}, {"start_s", clock.end_before(gap.ordinal)}, {"length", gap.length},
                        {"length_limit", gap.length_limit}, {"cause", name_of(gap.cause)}});
    return {{"run", run_}, {"stream", v.stream}, {"channel", channel()}, {"simulated", v.row.facts.simulated},
            {"imported", !v.row.facts.source.empty()}, {"period_s", v.facts.period_s}, {"duration_s", v.duration_s()},
            {"start_s", s.start_s}, {"end_s", s.end_s}, {"start_sample", s.start}, {"end_sample", s.end},
            {"calibration", calibration_json(v)}, {"samples_per_column", zoomed.samples_per_column}, {"from_pyramid", zoomed.from_pyramid},
            {"columns", std::move(columns)}, {"windows", std::move(windows)}, {"gaps", std::move(gaps)}, {"damaged", zoomed.damaged}};
  }

  std::string run_, output_, calibration_, db_;
  std::vector<std::string> cursors_;
  std::array<std::string, 2> times_;                    // --from, --to
  std::array<std::optional<std::uint64_t>, 4> counts_;  // --window, --stream, --channel, --width
  std::vector<double> cursors_s_;
  double from_{kNotGiven}, to_{kNotGiven}, window_{kNotGiven}, stream_{kNotGiven}, channel_{kNotGiven}, width_{kUsualWidth};
  bool log_{}, linear_{}, dark_{}, force_{}, json_{};
  Kind kind_{Kind::text};
};

}  // namespace

std::unique_ptr<Command> make_view() { return std::make_unique<View>(); }

}  // namespace jr::cli
