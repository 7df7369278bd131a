// A run as one HDF5 file: a dataset a channel, lines, tables of gaps and windows; time is implied by attributes.
// Never holds more than a piece of the trace.
#include <hdf5.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "rig/exchange/export.hpp"
#include "rig/exchange/output_file.hpp"

namespace jr {
namespace {

constexpr hsize_t kChunkRows = 65'536;
constexpr unsigned kHdf5Packing = 1;

/// One HDF5 identifier and what closes it.
class Handle {
 public:
  Handle(hid_t id, herr_t (*closer)(hid_t)) : id_(id), closer_(closer) {}
  ~Handle() { if (id_ >= 0) closer_(id_); }
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)), closer_(other.closer_) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  Handle& operator=(Handle&&) = delete;

  operator hid_t() const { return id_; }  // NOLINT: HDF5's functions take the number
  bool good() const { return id_ >= 0; }
  herr_t close() { return closer_(std::exchange(id_, H5I_INVALID_HID)); }

 private:
  hid_t id_;
  herr_t (*closer_)(hid_t);
};

Handle text_type(std::size_t bytes) {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type, std::max<std::size_t>(1, bytes));
  H5Tset_cset(type, H5T_CSET_UTF8);
  return type;
}

bool put(hid_t object, const char* name, const std::string& text) {
  const Handle type = text_type(text.size()), space(H5Screate(H5S_SCALAR), H5Sclose);
  const Handle attribute(H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  return attribute.good() && H5Awrite(attribute, type, text.empty() ? "" : text.data()) >= 0;
}

bool put(hid_t object, const char* name, double value) {
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Handle attribute(H5Acreate2(object, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  return attribute.good() && H5Awrite(attribute, H5T_NATIVE_DOUBLE, &value) >= 0;
}

bool put(hid_t object, const char* name, std::uint64_t value) {
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Handle attribute(H5Acreate2(object, name, H5T_STD_U64LE, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  return attribute.good() && H5Awrite(attribute, H5T_NATIVE_UINT64, &value) >= 0;
}

struct Naming { const char *dataset, *unit; };

Naming naming_of(Quantity quantity) {
  switch (quantity) {
    case Quantity::current_A: return {"current", "A"};
    case Quantity::voltage_V: return {"voltage", "V"};
    case Quantity::power_W: return {"power", "W"};
    case Quantity::energy_J: return {"energy", "J"};
  }
  return {"value", ""};
}

/// A column as long as the view, in packed chunks.
Handle make_column(hid_t file, const char* name, hid_t type, std::uint64_t rows) {
  const hsize_t length = rows, chunk = std::min<hsize_t>(rows, kChunkRows);
  const Handle space(H5Screate_simple(1, &length, nullptr), H5Sclose), layout(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_chunk(layout, 1, &chunk);
  H5Pset_shuffle(layout);
  H5Pset_deflate(layout, kHdf5Packing);
  return {H5Dcreate2(file, name, type, space, H5P_DEFAULT, layout, H5P_DEFAULT), H5Dclose};
}

bool write_rows(hid_t column, hid_t memory_type, std::uint64_t first, std::size_t n, const void* values) {
  const hsize_t start = first, count = n;
  const Handle place(H5Dget_space(column), H5Sclose), memory(H5Screate_simple(1, &count, nullptr), H5Sclose);
  return H5Sselect_hyperslab(place, H5S_SELECT_SET, &start, nullptr, &count, nullptr) >= 0 &&
         H5Dwrite(column, memory_type, memory, place, H5P_DEFAULT, values) >= 0;
}

struct GapRecord {
  std::uint64_t row, length, length_limit;
  char cause[16];
};

struct WindowRecord {
  char label[16], found_by[16];
  std::uint64_t start_row, end_row, events;
  double start_s, end_s;
  std::uint8_t valid;
};

template <std::size_t N>
void copy_name(char (&into)[N], const char* name) {
  std::memset(into, 0, N);
  std::memcpy(into, name, std::min(N - 1, std::strlen(name)));
}

/// A table of records; an empty one has no rows.
template <class Record>
bool write_table(hid_t file, const char* name, hid_t type, const std::vector<Record>& records) {
  const hsize_t length = records.size();
  const Handle space(H5Screate_simple(1, &length, nullptr), H5Sclose);
  const Handle table(H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Dclose);
  return table.good() && (records.empty() || H5Dwrite(table, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, records.data()) >= 0);
}

bool write_gaps(hid_t file, const ViewFacts& facts) {
  const Handle type(H5Tcreate(H5T_COMPOUND, sizeof(GapRecord)), H5Tclose), word = text_type(16);
  H5Tinsert(type, "row", offsetof(GapRecord, row), H5T_NATIVE_UINT64);
  H5Tinsert(type, "length", offsetof(GapRecord, length), H5T_NATIVE_UINT64);
  H5Tinsert(type, "length_limit", offsetof(GapRecord, length_limit), H5T_NATIVE_UINT64);
  H5Tinsert(type, "cause", offsetof(GapRecord, cause), word);
  std::vector<GapRecord> records;
  for (const ViewedGap& gap : facts.gaps) {
    GapRecord record{gap.row, gap.stored.length, gap.stored.length_limit, {}};
    copy_name(record.cause, name_of(gap.stored.cause));
    records.push_back(record);
  }
  return write_table(file, "gaps", type, records);
}

bool write_windows(hid_t file, const ViewFacts& facts) {
  const Handle type(H5Tcreate(H5T_COMPOUND, sizeof(WindowRecord)), H5Tclose), word = text_type(16);
  H5Tinsert(type, "label", offsetof(WindowRecord, label), word);
  H5Tinsert(type, "found_by", offsetof(WindowRecord, found_by), word);
  H5Tinsert(type, "start_row", offsetof(WindowRecord, start_row), H5T_NATIVE_UINT64);
  H5Tinsert(type, "end_row", offsetof(WindowRecord, end_row), H5T_NATIVE_UINT64);
  H5Tinsert(type, "events", offsetof(WindowRecord, events), H5T_NATIVE_UINT64);
  H5Tinsert(type, "start_s", offsetof(WindowRecord, start_s), H5T_NATIVE_DOUBLE);
  H5Tinsert(type, "end_s", offsetof(WindowRecord, end_s), H5T_NATIVE_DOUBLE);
  H5Tinsert(type, "valid", offsetof(WindowRecord, valid), H5T_NATIVE_UINT8);
  std::vector<WindowRecord> records;
  for (const ViewedWindow& window : facts.windows) {
    WindowRecord record{};
    copy_name(record.label, name_of(window.stored.window.label));
    copy_name(record.found_by, name_of(window.stored.window.found_by));
    record.start_row = window.start_row, record.end_row = window.end_row, record.events = window.stored.window.events;
    record.start_s = window.start_s, record.end_s = window.end_s, record.valid = window.stored.valid;
    records.push_back(record);
  }
  return write_table(file, "windows", type, records);
}

bool write_head(hid_t file, const ViewFacts& facts) {
  bool good = put(file, "made_by", "JouleRig") && put(file, "time_of_row",
      "t0_s + (row + sum of the lengths of gaps whose row is not greater) * period_s, since the stream's first sample; t0_s is that of row 0");
  for (const auto& [key, value] : provenance(facts))
    if (key != "period_s" && key != "supply_V" && key != "simulated" && key != "imported") good = good && put(file, key.c_str(), value);
  good = good && put(file, "run_id", facts.run.id) && put(file, "t0_s", facts.time_s(facts.first_index)) && put(file, "period_s", facts.period_s) &&
         put(file, "simulated", std::uint64_t{facts.run.facts.simulated}) && put(file, "imported", std::uint64_t{!facts.run.facts.source.empty()});
  if (!facts.run.facts.source.empty()) good = good && put(file, "imported_from", facts.run.facts.source);
  if (facts.request.supply.value > 0) good = good && put(file, "supply_V", facts.request.supply.value);
  return good && write_gaps(file, facts) && write_windows(file, facts);
}

std::string calibration_of(const ViewFacts& facts) {
  for (const auto& [key, value] : provenance(facts))
    if (key == "calibration_id") return value;
  return "";
}

Result<void> write_samples(hid_t file, StoredTrace& view, const std::filesystem::path& path) {
  const ViewFacts& facts = view.facts();
  std::vector<Handle> columns;
  for (const Quantity quantity : facts.channels) {
    const Naming naming = naming_of(quantity);
    columns.push_back(make_column(file, naming.dataset, H5T_IEEE_F64LE, facts.rows()));
    if (!columns.back().good() || !put(columns.back(), "units", naming.unit) || !put(columns.back(), "calibration_id", calibration_of(facts)))
      return cannot_write(path, errno);
  }
  const Handle lines = make_column(file, "lines", H5T_STD_U8LE, facts.rows());
  if (!lines.good() || !put(lines, "meaning", "bit k: digital line Dk")) return cannot_write(path, errno);
  while (true) {
    const auto piece = view.next();
    if (!piece) return Failure(piece.error());
    if (!*piece) break;
    for (std::size_t k = 0; k < columns.size(); ++k)
      if (!write_rows(columns[k], H5T_NATIVE_DOUBLE, (*piece)->row, (*piece)->size(), (*piece)->channels[k].data())) return cannot_write(path, errno);
    if (!write_rows(lines, H5T_NATIVE_UINT8, (*piece)->row, (*piece)->size(), (*piece)->lines.data())) return cannot_write(path, errno);
  }
  for (Handle& column : columns)
    if (column.close() < 0) return cannot_write(path, errno);
  return {};
}

Result<Exported> write_hdf5(const Store& store, const ViewRequest& request, const std::filesystem::path& path) {
  auto view = StoredTrace::open(store, request);
  if (!view) return Failure(view.error());
  H5dont_atexit();  // a file that a full disk did not let close would be closed again at exit, and crash there
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);  // its own words go to standard error; ours are the sentence
  Handle file(H5Fcreate(path.c_str(), H5F_ACC_EXCL, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
  if (!file.good() || !write_head(file, view->facts())) return cannot_write(path, errno);
  if (auto written = write_samples(file, *view, path); !written) return Failure(written.error());
  if (H5Fflush(file, H5F_SCOPE_GLOBAL) < 0 || file.close() < 0) return cannot_write(path, errno);
  return Exported{view->facts().rows(), 0, {}};
}

const ExporterRegistration kHdf5Exporter({"hdf5", ".h5 .hdf5", "one dataset a channel with units, calibration id, gaps and windows", write_hdf5});

}  // namespace
}  // namespace jr
