// Numbers and lists of words as sentences need them.
#pragma once

#include <string>
#include <vector>

namespace jr {

std::string number_text(const char* format, double value);    ///< printf of one double
std::string digits(double value, int significant = 4);        ///< "%.4g"
std::string joined(const std::vector<std::string>& words, const char* between = ", ");
/// Both, or the one that is not empty.
std::string joined(const std::string& a, const std::string& b, const char* between = ", ");
std::string lowered(std::string text);                        ///< A to Z as a to z; other bytes as they are

}  // namespace jr
