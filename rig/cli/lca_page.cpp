// The same words as the page for a browser, so that neither says what the other leaves out.
#include "rig/cli/lca_page.hpp"

#include "rig/cli/lca_report.hpp"
#include "rig/report/report_text.hpp"

namespace jr::cli {

std::string lca_page(const lca::Assessment& assessment) { return report_text(lca_report(assessment)); }

}  // namespace jr::cli
