#include "coordinator/language/form_texts.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <optional>

#include "coordinator/language/text_forms.h"
#include "coordinator/language/text_scanner.h"
#include "region-node/base/check.h"

namespace gtsim::language {
namespace {

// All that a double can tell apart.
constexpr int kMostDigits = 17;

// `value`, not negative, rounded to so many significant digits and without an exponent, which the
// language does not have: "0.00012", "1200".
std::string rounded(double value, int digits) {
  const std::string scientific = fmt::format("{:.{}e}", value, digits - 1);  // d.ddde-dd
  const std::size_t e = scientific.find('e');
  int exponent = 0;
  const char* const end = scientific.data() + scientific.size();
  const std::size_t sign = scientific[e + 1] == '+' ? 1 : 0;
  std::from_chars(scientific.data() + e + 1 + sign, end, exponent);
  std::string mantissa = scientific.substr(0, 1);
  if (digits > 1) mantissa += scientific.substr(2, e - 2);
  const auto count = static_cast<int>(mantissa.size());
  if (exponent < 0)
    return "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + mantissa;
  if (exponent + 1 >= count) {
    return mantissa + std::string(static_cast<std::size_t>(exponent + 1 - count), '0');
  }
  return mantissa.insert(static_cast<std::size_t>(exponent + 1), ".");
}

// The decimal number with the fewest digits that is near `near` and that `reads_back`. What was
// written may be a neighbour, as `near` comes of a multiplication.
template <class ReadsBack>
std::optional<std::string> shortest(double near, const ReadsBack& reads_back) {
  constexpr int kFarthest = 2;
  for (int digits = 1; digits <= kMostDigits; ++digits) {
    double below = near;
    double above = near;
    for (int i = 0; i <= kFarthest; ++i) {
      for (const double other : {below, above}) {
        std::string text = rounded(other, digits);
        if (reads_back(text)) return text;
      }
      below = std::nextafter(below, 0.0);
      above = std::nextafter(above, HUGE_VAL);
    }
  }
  return std::nullopt;
}

struct Unit {
  const char* name;
  double factor;
};

// In the first unit in which the number is a short one, or else where it is shortest.
template <class Parse>
std::string in_units(double value, std::initializer_list<Unit> units, const Parse& parse) {
  constexpr std::size_t kShort = 5;
  std::string best;
  for (const Unit& unit : units) {
    const auto number = shortest(value * unit.factor, [&](const std::string& text) {
      const auto read = parse(text + unit.name);
      return read && *read == value;
    });
    if (!number) continue;
    std::string text = *number + unit.name;
    if (number->size() <= kShort) return text;
    if (best.empty() || text.size() < best.size()) best = std::move(text);
  }
  CHECK_DETAIL(!best.empty(), fmt::format("{}", value));
  return best;
}

std::string size_text(std::int64_t bytes) {
  constexpr std::array<std::pair<const char*, std::int64_t>, 3> kUnits{
      {{"GB", 1 << 30}, {"MB", 1 << 20}, {"KB", 1 << 10}}};
  for (const auto& [unit, factor] : kUnits) {
    if (bytes >= factor && bytes % factor == 0) return fmt::format("{}{}", bytes / factor, unit);
  }
  return fmt::format("{}", bytes);
}

}  // namespace

std::string decimal_text(double value) {
  const auto text = shortest(
      value, [&](const std::string& candidate) { return parse_decimal(candidate) == value; });
  CHECK_DETAIL(text.has_value(), fmt::format("{}", value));
  return *text;
}

std::string delay_text(const DelayModel& model) {
  using Kind = DelayModel::Kind;
  const auto call = [&](const char* name, const std::string& second) {
    return fmt::format("{}({}, {})", name, to_text(model.first), second);
  };
  switch (model.kind) {
    case Kind::kConstant:
      return to_text(model.first);
    case Kind::kUniform:
      return call("uniform", to_text(model.second));
    case Kind::kNormal:
      return call("normal", to_text(model.second));
    case Kind::kLogNormal:
      return call("lognormal", decimal_text(model.shape));
    case Kind::kPareto:
      return call("pareto", decimal_text(model.shape));
    case Kind::kEmpirical: {
      std::string points;
      for (const Duration point : model.points) {
        points += (points.empty() ? "" : ", ") + to_text(point);
      }
      return fmt::format("empirical({})", points);
    }
    case Kind::kAws:
      return "aws";
  }
  return "";
}

std::string rate_text(double per_second) {
  return in_units(per_second, {{"/s", 1}, {"/m", 60}, {"/h", 3600}},
                  [](const std::string& text) { return parse_rate(text); });
}

std::string whole_rate_text(std::int64_t per_second) {
  return fmt::format("{}/s", per_second);
}

std::string share_text(double share) {
  return in_units(share, {{"%", 100}}, [](const std::string& text) { return parse_share(text); });
}

std::string drift_text(double ppm) {
  return fmt::format("{}{}ppm", std::signbit(ppm) ? "-" : "", decimal_text(std::fabs(ppm)));
}

std::string size_range_text(const std::pair<std::int64_t, std::int64_t>& range) {
  if (range.first == range.second) return size_text(range.first);
  return fmt::format("uniform({}, {})", size_text(range.first), size_text(range.second));
}

std::string bandwidth_text(std::int64_t bytes_per_second) {
  std::string size = size_text(bytes_per_second);
  if (size.back() != 'B') size += 'B';
  return size + "/s";
}

std::string key_distribution_text(const KeyDistribution& keys) {
  using Kind = KeyDistribution::Kind;
  switch (keys.kind) {
    case Kind::kUniform:
      return fmt::format("uniform({})", keys.keys);
    case Kind::kZipf:
      if (keys.exponent == 1.0) return fmt::format("zipf({})", keys.keys);
      return fmt::format("zipf({}, {})", keys.keys, decimal_text(keys.exponent));
    case Kind::kHot:
      return fmt::format("hot({}, {}, {})", keys.keys, keys.hot_keys, share_text(keys.hot_share));
  }
  return "";
}

}  // namespace gtsim::language
