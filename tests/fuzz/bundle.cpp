// Any bytes as a zip, as a signed bundle's document, as a line of one: read or refused, and never more than that.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "rig/exchange/bundle.hpp"
#include "rig/exchange/bundle_documents.hpp"

using namespace jr;

/// What was read is written and read again to the same text.
template <class Row, class Write, class Read>
void stable(const Result<Row>& row, Write write, Read read) {
  if (!row) return;
  const std::string text = write(*row);
  const auto again = read(text);
  if (!again || write(*again) != text) std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (!size) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 12) {
    case 0: (void)bundle::manifest_from(text); break;
    case 1: stable(bundle::run_from(text), bundle::run_text, bundle::run_from); break;
    case 2: stable(bundle::stream_from(text), bundle::stream_text, bundle::stream_from); break;
    case 3: stable(bundle::labels_from(text), bundle::labels_text, bundle::labels_from); break;
    case 4: stable(bundle::calibration_row_from(text), bundle::calibration_text, bundle::calibration_row_from); break;
    case 5: stable(bundle::results_from(text), bundle::results_text, bundle::results_from); break;
    case 6: stable(bundle::attempt_from(text), bundle::attempt_line, bundle::attempt_from); break;
    case 7: stable(bundle::window_from(text), bundle::window_line, bundle::window_from); break;
    case 8: stable(bundle::conversation_from(text), bundle::conversation_line, bundle::conversation_from); break;
    case 9: (void)bundle::value_run_from(text), (void)bundle::anchor_from(text), (void)bundle::gap_from(text); break;
    default: (void)check_bundle(std::as_bytes(std::span(data + 1, size - 1)), "fuzz"); break;
  }
  return 0;
}
