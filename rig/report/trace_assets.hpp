// Scripts and styles of pages, as the build put them into the program (trace_data.js, trace_page.js, trace_page.css, report_page.css).
// Never edited here.
#pragma once

namespace jr {

extern const char* const kTraceData;
extern const char* const kTracePage;
extern const char* const kTraceStyle;
extern const char* const kReportStyle;

}  // namespace jr
