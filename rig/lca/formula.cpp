// Recursive descent over one line of text.
// Has no idea of what the names mean.
#include "rig/lca/formula.hpp"

#include <cctype>
#include <charconv>
#include <cmath>

namespace jr::lca {
namespace {

constexpr std::size_t kLongestFormula = 20'000;
constexpr int kMostOpen = 100;

class FormulaReading {
 public:
  FormulaReading(const std::string& text, const NamedValues& values) : text_(text), values_(values) {}

  Result<double> whole() {
    const double value = sum();
    if (trouble_.empty() && peek() != '\0') complain("something is left over");
    if (!trouble_.empty()) return fail(Trouble::malformed, trouble_);
    return value;
  }

 private:
  char peek() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  double complain(const std::string& what) {
    if (trouble_.empty()) trouble_ = what + " at character " + std::to_string(at_ + 1) + " of '" + text_.substr(0, 60) + (text_.size() > 60 ? "...'" : "'");
    return 0;
  }

  double sum() {
    double value = product();
    while (trouble_.empty() && (peek() == '+' || peek() == '-')) {
      const bool plus = text_[at_++] == '+';
      const double next = product();
      value = plus ? value + next : value - next;
    }
    return value;
  }

  double product() {
    double value = signed_power();
    while (trouble_.empty() && (peek() == '*' || peek() == '/')) {
      const bool times = text_[at_++] == '*';
      const double next = signed_power();
      value = times ? value * next : value / next;
    }
    return value;
  }

  double signed_power() {
    bool negative = false;
    while (peek() == '-' || peek() == '+') negative ^= text_[at_++] == '-';
    double value = atom();
    if (trouble_.empty() && peek() == '^') {
      ++at_;
      if (++depth_ > kMostOpen) return complain("too many powers");
      value = std::pow(value, signed_power());
      --depth_;
    }
    return negative ? -value : value;
  }

  double atom() {
    const char c = peek();
    if (c == '(') {
      ++at_;
      if (++depth_ > kMostOpen) return complain("too many open parentheses");
      const double value = sum();
      --depth_;
      if (trouble_.empty() && peek() != ')') return complain("a parenthesis is not closed");
      ++at_;
      return value;
    }
    if (std::isdigit(static_cast<unsigned char>(c)) || c == '.') return number();
    if (std::isalpha(static_cast<unsigned char>(c)) || c == '_') return name();
    return complain(c == '\0' ? "something is missing" : "a number or a name is missing");
  }

  double number() {
    double value = 0;
    const auto [end, trouble] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (trouble != std::errc()) return complain("this is no number");
    at_ = static_cast<std::size_t>(end - text_.data());
    return value;
  }

  double name() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_')) ++at_;
    const std::string called = text_.substr(begin, at_ - begin);
    const auto value = values_(called);
    return value ? *value : complain("nobody knows '" + called.substr(0, 60) + "'");
  }

  const std::string& text_;
  const NamedValues& values_;
  std::size_t at_{};
  int depth_{};
  std::string trouble_;
};

}  // namespace

Result<double> evaluated(const std::string& text, const NamedValues& values) {
  if (text.size() > kLongestFormula) return fail(Trouble::malformed, "the formula is longer than " + std::to_string(kLongestFormula) + " characters");
  return FormulaReading(text, values).whole();
}

}  // namespace jr::lca
