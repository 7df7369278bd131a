// The script and the style of the page of a run, as the build put them into the program (trace_data.js, trace_page.js, trace_page.css).
// Never edited here.
#pragma once

namespace jr {

extern const char* const kTraceData;
extern const char* const kTracePage;
extern const char* const kTraceStyle;

}  // namespace jr
