// joulerig tag, note: words about a run that may come and go after it is closed.
// Never touches what a result rests on.
#include "rig/cli/labels.hpp"

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "rig/cli/command.hpp"
#include "rig/cli/printing.hpp"
#include "rig/cli/run_page.hpp"
#include "rig/core/host_clock.hpp"

namespace jr::cli {
namespace {

constexpr std::size_t kLongestTag = 64, kLongestNote = 10'000;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

/// A record from elsewhere may hold anything; a terminal gets no control characters from it.
std::string printable(std::string text) {
  std::replace_if(text.begin(), text.end(), is_control, ' ');
  return text;
}

std::string in_one_line(const std::vector<std::string>& tags) {
  std::string line;
  for (const std::string& tag : tags) line += (line.empty() ? "" : ", ") + printable(tag);
  return line;
}

class Tag : public Command {
 public:
  std::string name() const override { return "tag"; }
  std::string summary() const override { return "Give tags to a run, take them away, or list them"; }
  std::string examples() const override {
    return "  joulerig tag sim-7 release good\n  joulerig tag sim-7 good --remove\n  joulerig tag sim-7";
  }
  void declare(Arguments& arguments) override {
    arguments.required("RUN", run_, "Which run, e.g. sim-1 (joulerig runs lists them)");
    arguments.option("TAG", tags_, "One word each; without any, the run's tags are listed");
    arguments.flag("--remove", remove_, "Take these tags away instead");
    arguments.database(db_);
    arguments.flag("--json", json_, "Print the run's tags as JSON");
  }

  int run() override {
    for (const std::string& tag : tags_)
      if (!is_tag(tag))
        return report({Trouble::usage, "'" + printable(tag) + "' is no tag: one word of at most " + std::to_string(kLongestTag) +
                                           " bytes, without spaces and commas, that does not begin with '-'."});
    if (remove_ && tags_.empty()) return report({Trouble::usage, "Which tags of " + run_ + " are to be removed?"});
    auto store = open_store(db_);
    if (!store) return report(store.error());
    if (auto row = (*store)->run(run_); !row) return report(row.error());
    if (!tags_.empty())
      if (auto done = (*store)->tag(run_, remove_ ? std::vector<std::string>{} : tags_, remove_ ? tags_ : std::vector<std::string>{}); !done)
        return report(done.error());
    auto row = (*store)->run(run_);
    if (!row) return report(row.error());
    if (json_)
      std::cout << nlohmann::ordered_json{{"run", run_}, {"tags", row->tags}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    else
      std::cout << run_ << ": " << (row->tags.empty() ? "no tags" : in_one_line(row->tags)) << "\n";
    return 0;
  }

 private:
  std::string run_, db_;
  std::vector<std::string> tags_;
  bool remove_{}, json_{};
};

class Note : public Command {
 public:
  std::string name() const override { return "note"; }
  std::string summary() const override { return "Write a note about a run, or read its notes"; }
  std::string examples() const override {
    return "  joulerig note sim-7 \"new battery, the lid of the chamber was open\"\n  joulerig note sim-7";
  }
  void declare(Arguments& arguments) override {
    arguments.required("RUN", run_, "Which run, e.g. sim-1 (joulerig runs lists them)");
    arguments.option("TEXT", words_, "The note; without one, the run's notes are listed");
    arguments.database(db_);
    arguments.flag("--json", json_, "Print the run's notes as JSON");
  }

  int run() override {
    std::string text;
    for (const std::string& word : words_) text += (text.empty() ? "" : " ") + word;
    if (!words_.empty() && text.find_first_not_of(" \t\n") == std::string::npos)
      return report({Trouble::usage, "The note about " + run_ + " is empty: write its text behind the run."});
    if (text.size() > kLongestNote)
      return report({Trouble::usage, "A note holds " + std::to_string(kLongestNote) + " bytes, this one has " +
                                         std::to_string(text.size()) + ": keep the rest in a file and name it."});
    auto store = open_store(db_);
    if (!store) return report(store.error());
    if (auto row = (*store)->run(run_); !row) return report(row.error());
    if (!text.empty())
      if (auto kept = (*store)->add_note(run_, {wall_now_ms(), text}); !kept) return report(kept.error());
    return print(**store);
  }

 private:
  int print(const Store& store) const {
    const auto row = store.run(run_);
    if (!row) return report(row.error());
    const auto labels = labels_json(store, *row);
    if (!labels) return report(labels.error());
    const auto& notes = (*labels)["user_notes"];
    if (json_) {
      std::cout << nlohmann::ordered_json{{"run", run_}, {"user_notes", notes}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
      return 0;
    }
    if (notes.empty()) std::cout << run_ << ": no notes\n";
    for (const auto& note : notes)
      std::cout << local_time(note["created_ms"].get<std::int64_t>()) << "  " << printable(note["text"].get<std::string>()) << "\n";
    return 0;
  }

  std::string run_, db_;
  std::vector<std::string> words_;
  bool json_{};
};

}  // namespace

bool is_tag(const std::string& text) {
  return !text.empty() && text.size() <= kLongestTag && text.front() != '-' &&
         std::none_of(text.begin(), text.end(), [](char c) { return is_control(c) || c == ' ' || c == ','; });
}

Result<nlohmann::ordered_json> labels_json(const Store& store, const RunRow& run) {
  const auto notes = store.notes(run.id);
  if (!notes) return Failure(notes.error());
  auto list = nlohmann::ordered_json::array();
  for (const NoteRow& note : *notes) list.push_back({{"created_ms", note.created_ms}, {"text", note.text}});
  return nlohmann::ordered_json{{"tags", run.tags}, {"user_notes", std::move(list)}};
}

Result<std::string> with_labels(const Store& store, const RunRow& run, const std::string& report) {
  auto labels = labels_json(store, run);
  if (!labels) return Failure(labels.error());
  if ((*labels)["tags"].empty() && (*labels)["user_notes"].empty()) return report;
  auto json = nlohmann::ordered_json::parse(report, nullptr, false);
  if (!json.is_object()) return report;
  json.update(*labels);
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string label_lines(const Store& store, const RunRow& run) {
  std::string lines;
  if (!run.tags.empty()) lines += "  tags        " + in_one_line(run.tags) + "\n";
  if (const auto notes = store.notes(run.id))
    for (const NoteRow& note : *notes) lines += "  noted       " + local_time(note.created_ms) + ": " + printable(note.text) + "\n";
  return lines;
}

std::unique_ptr<Command> make_tag() { return std::make_unique<Tag>(); }
std::unique_ptr<Command> make_note() { return std::make_unique<Note>(); }

}  // namespace jr::cli
