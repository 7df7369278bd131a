// Each glyph is a line of the table: points as two digits x y; '~' begins a curve that its points pull, '@' a closed one.
// Drawn for this program; nothing here comes from a font file.
#include "rig/report/stroke_font.hpp"

#include <algorithm>
#include <array>

namespace jr {
namespace {

struct Drawn { std::uint32_t point; double width; const char* strokes; };

constexpr double kSpacing = 2;
constexpr int kCurveSteps = 5;
constexpr Drawn kMissing{0xFFFD, 4, "0040460600"};

constexpr std::array kGlyphs{
    Drawn{' ', 2, ""}, Drawn{'!', 0, "0004 0606"}, Drawn{'"', 2, "0002 2022"}, Drawn{'#', 4, "1016 3036 0242 0444"},
    Drawn{'$', 4, "~4140000343460605 2027"}, Drawn{'%', 4, "4006 @00202202 @24444626"}, Drawn{'&', 4, "4610 ~10304204060646 4344"},
    Drawn{'\'', 0, "0001"}, Drawn{'(', 2, "~20010627"}, Drawn{')', 2, "~00212607"}, Drawn{'*', 4, "2125 0244 4204"},
    Drawn{'+', 4, "0444 2226"}, Drawn{',', 1, "161608"}, Drawn{'-', 3, "0434"}, Drawn{'.', 1, "0616"}, Drawn{'/', 3, "0730"},
    Drawn{'0', 4, "@00404606"}, Drawn{'1', 4, "012026 0646"}, Drawn{'2', 4, "~0200404306 0646"},
    Drawn{'3', 4, "~0100404313 ~1343460605"}, Drawn{'4', 4, "36300444"}, Drawn{'5', 4, "400003 ~03424606"},
    Drawn{'6', 4, "~300004 @02424606"}, Drawn{'7', 4, "004016"}, Drawn{'8', 4, "@00404303 @03434606"},
    Drawn{'9', 4, "@00404404 ~424616"}, Drawn{':', 0, "0303 0606"}, Drawn{';', 1, "1313 1608"}, Drawn{'<', 4, "420446"},
    Drawn{'=', 4, "0343 0545"}, Drawn{'>', 4, "024406"}, Drawn{'?', 4, "~0100404324 2626"}, Drawn{'@', 5, "@00505606 @22424424"},
    Drawn{'A', 4, "062046 1434"}, Drawn{'B', 4, "260600 0020 ~20404323 0323 ~23434626"}, Drawn{'C', 4, "~414000064645"},
    Drawn{'D', 4, "260600 0020 ~20404626"}, Drawn{'E', 4, "40000646 0333"}, Drawn{'F', 4, "400006 0333"},
    Drawn{'G', 4, "~414000064644 4424"}, Drawn{'H', 4, "0006 4046 0343"}, Drawn{'I', 2, "0020 0626 1016"},
    Drawn{'J', 3, "3034 ~34360605"}, Drawn{'K', 4, "0006 4004 1346"}, Drawn{'L', 4, "000646"}, Drawn{'M', 5, "0600344056"},
    Drawn{'N', 4, "06004640"}, Drawn{'O', 5, "@00505606"}, Drawn{'P', 4, "0600 0020 ~20404323 2303"},
    Drawn{'Q', 5, "@00505606 3557"}, Drawn{'R', 4, "0600 0020 ~20404323 2303 2346"}, Drawn{'S', 4, "~4140000343460605"},
    Drawn{'T', 4, "0040 2026"}, Drawn{'U', 4, "0004 ~04064644 4440"}, Drawn{'V', 4, "002640"}, Drawn{'W', 6, "0016315660"},
    Drawn{'X', 4, "0046 4006"}, Drawn{'Y', 4, "002340 2326"}, Drawn{'Z', 4, "00400646"}, Drawn{'[', 2, "20000727"},
    Drawn{'\\', 3, "0037"}, Drawn{']', 2, "00202707"}, Drawn{'^', 4, "022042"}, Drawn{'_', 4, "0747"}, Drawn{'`', 1, "0011"},
    Drawn{'a', 4, "~03024244 4446 ~44040646"}, Drawn{'b', 4, "@02424606 0006"}, Drawn{'c', 4, "~434202064645"},
    Drawn{'d', 4, "@02424606 4046"}, Drawn{'e', 4, "0444 ~444202064645"}, Drawn{'f', 3, "~301012 1216 0232"},
    Drawn{'g', 4, "@02424606 4246 ~464818"}, Drawn{'h', 4, "0006 ~04024244 4446"}, Drawn{'i', 0, "0206 0000"},
    Drawn{'j', 1, "1216 ~161808 1010"}, Drawn{'k', 3, "0006 3205 1436"}, Drawn{'l', 1, "0004 ~040616"},
    Drawn{'m', 6, "0206 ~04023234 3436 ~34326264 6466"}, Drawn{'n', 4, "0206 ~04024244 4446"}, Drawn{'o', 4, "@02424606"},
    Drawn{'p', 4, "0208 @02424606"}, Drawn{'q', 4, "4248 @02424606"}, Drawn{'r', 3, "0206 ~040232"},
    Drawn{'s', 4, "~4342020444460605"}, Drawn{'t', 3, "1014 ~141636 0232"}, Drawn{'u', 4, "0204 ~04064644 4246"},
    Drawn{'v', 4, "022642"}, Drawn{'w', 6, "0216325662"}, Drawn{'x', 4, "0246 4206"}, Drawn{'y', 4, "0226 4218"},
    Drawn{'z', 4, "02420646"}, Drawn{'{', 2, "20101304151727"}, Drawn{'|', 0, "0008"}, Drawn{'}', 2, "00101324151707"},
    Drawn{'~', 4, "~04123644"}, Drawn{0xB0, 2, "@00202202"}, Drawn{0xB1, 4, "0343 2125 0646"},
    Drawn{0xB5, 4, "0208 0204 ~04064644 4246"}, Drawn{0xB7, 0, "0404"}, Drawn{0xD7, 4, "0245 4205"},
    Drawn{0x394, 4, "06204606"}, Drawn{0x3BC, 4, "0208 0204 ~04064644 4246"}, Drawn{0x2013, 4, "0444"},
    Drawn{0x2026, 7, "0616 3646 6676"}};

using Point = std::pair<double, double>;

Point between(Point a, Point b) { return {(a.first + b.first) / 2, (a.second + b.second) / 2}; }

/// A parabola from `a` to `b`, pulled by `control`; without its first point.
void add_curve(PenStroke& stroke, Point a, Point control, Point b) {
  for (int k = 1; k <= kCurveSteps; ++k) {
    const double t = static_cast<double>(k) / kCurveSteps, s = 1 - t;
    stroke.emplace_back(s * s * a.first + 2 * s * t * control.first + t * t * b.first,
                        s * s * a.second + 2 * s * t * control.second + t * t * b.second);
  }
}

PenStroke curve_through(const std::vector<Point>& pulls, bool closed) {
  const std::size_t n = pulls.size();
  PenStroke stroke{closed ? between(pulls[n - 1], pulls[0]) : pulls[0]};
  for (std::size_t k = closed ? 0 : 1; k < n - (closed ? 0 : 1); ++k) {
    const bool last = !closed && k == n - 2;
    add_curve(stroke, stroke.back(), pulls[k], last ? pulls[n - 1] : between(pulls[k], pulls[(k + 1) % n]));
  }
  return stroke;
}

PenStroke stroke_from(std::string_view text) {
  const char kind = text.front();
  if (kind == '~' || kind == '@') text.remove_prefix(1);
  std::vector<Point> points;
  for (std::size_t k = 0; k + 1 < text.size(); k += 2) points.emplace_back(text[k] - '0', text[k + 1] - '0');
  return kind == '~' || kind == '@' ? curve_through(points, kind == '@') : points;
}

}  // namespace

Glyph glyph_of(std::uint32_t point) {
  const auto* found = std::find_if(kGlyphs.begin(), kGlyphs.end(), [&](const Drawn& g) { return g.point == point; });
  const Drawn& drawn = found == kGlyphs.end() ? kMissing : *found;
  Glyph glyph{drawn.width + kSpacing, {}};
  std::string_view rest = drawn.strokes;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    glyph.strokes.push_back(stroke_from(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return glyph;
}

std::vector<std::uint32_t> code_points(std::string_view text) {
  std::vector<std::uint32_t> points;
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = [&](std::size_t k) { return at + k < text.size() ? static_cast<unsigned char>(text[at + k]) : 0u; };
    const unsigned first = byte(0);
    const std::size_t length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 0;
    std::uint32_t point = length == 1 ? first : first & (0x7Fu >> length);
    bool whole = length > 0;
    for (std::size_t k = 1; k < length; ++k) {
      whole = whole && (byte(k) & 0xC0) == 0x80;
      point = point << 6 | (byte(k) & 0x3F);
    }
    points.push_back(whole ? point : 0xFFFD);
    at += whole ? length : 1;
  }
  return points;
}

}  // namespace jr
