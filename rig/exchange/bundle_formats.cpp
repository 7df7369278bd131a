// Bundles in the tables of formats: `joulerig export RUN -o run.jrz` and `joulerig import bundle run.jrz`.
// Never a part of a run: a bundle holds the whole.
#include <filesystem>

#include "rig/core/version.hpp"
#include "rig/exchange/bundle.hpp"
#include "rig/exchange/export.hpp"
#include "rig/exchange/run_importer.hpp"

namespace jr {
namespace {

Result<Exported> export_bundle(const Store& store, const ViewRequest& request, const std::filesystem::path& path) {
  if (request.from_s || request.to_s || request.stream != 0)
    return fail(Trouble::usage, "A bundle holds the whole of a run: leave out --from, --to and --stream.");
  if (auto written = write_bundle(store, request.run, path.string(), tool_version()); !written)
    return Failure(written.error());
  Exported exported;
  const auto streams = store.streams(request.run);
  for (int stream = 0; streams && stream < *streams; ++stream) exported.samples += store.samples(request.run, stream).value_or(0);
  return exported;
}

Result<std::string> import_bundle(Store& store, const std::string& path, bool again) {
  const auto taken = read_bundle(store, path, {again});
  if (!taken) return Failure(taken.error());
  return taken->run;
}

const ExporterRegistration kExporter({"bundle", ".jrz", "a whole run with the hash of everything, for another joulerig", export_bundle});
const RunImporterRegistration kImporter({"bundle", "a run that another joulerig exported as a bundle (.jrz)", import_bundle});

}  // namespace
}  // namespace jr
