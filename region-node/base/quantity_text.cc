#include "region-node/base/quantity_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace gtsim {
namespace {

Error wrong(std::string what) {
  return Error{Errc::kInput, std::move(what)};
}

struct Unit {
  std::string_view name;
  std::int64_t factor;
};
constexpr std::int64_t kSecond = 1'000'000;
// The larger first: the order in which a duration may use them.
constexpr std::array<Unit, 6> kTimeUnits{{{"d", 86'400 * kSecond},
                                          {"h", 3600 * kSecond},
                                          {"m", 60 * kSecond},
                                          {"s", kSecond},
                                          {"ms", 1000},
                                          {"us", 1}}};
constexpr std::array<Unit, 4> kSizeUnits{
    {{"GB", 1 << 30}, {"MB", 1 << 20}, {"KB", 1 << 10}, {"B", 1}}};

Error too_long() {
  return wrong(fmt::format("longer than {}", to_text(kLongestDuration)));
}

// Takes one `number unit` off the front; adds it to `total`.
Result<void> take_part(std::string_view& text, std::size_t& next_unit, std::int64_t& total) {
  const std::size_t whole_end = std::min(text.find_first_not_of("0123456789"), text.size());
  std::size_t end = whole_end;
  std::string_view fraction;
  if (end < text.size() && text[end] == '.') {
    const std::size_t fraction_end =
        std::min(text.find_first_not_of("0123456789", end + 1), text.size());
    fraction = text.substr(end + 1, fraction_end - end - 1);
    if (fraction.empty()) return wrong("a digit is missing after the point");
    end = fraction_end;
  }
  if (whole_end == 0) return wrong("a number is missing");
  const std::size_t unit_end = std::min(text.find_first_of("0123456789.", end), text.size());
  const std::string_view name = text.substr(end, unit_end - end);
  if (name.empty()) return wrong("the unit is missing");
  std::size_t unit = 0;
  while (unit < kTimeUnits.size() && kTimeUnits[unit].name != name) ++unit;
  if (unit == kTimeUnits.size()) return wrong(fmt::format("`{}` is no unit of time", name));
  if (unit < next_unit) return wrong("the larger unit must come first, and none twice");
  next_unit = unit + 1;

  std::int64_t whole = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + whole_end, whole);
  const std::int64_t factor = kTimeUnits[unit].factor;
  if (parsed.ec != std::errc{} || whole > kLongestDuration.count() / factor) return too_long();
  std::int64_t part = whole * factor;
  std::int64_t place = factor;
  for (const char digit : fraction) {
    const bool finer = place == 0 || place % 10 != 0;
    if (digit != '0' && finer) return wrong("finer than a microsecond");
    place /= 10;
    part += (digit - '0') * place;
  }
  total += part;
  if (total > kLongestDuration.count()) return too_long();
  text.remove_prefix(unit_end);
  return {};
}

}  // namespace

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::optional<std::string_view> split_unit(std::string_view text, std::string_view unit) {
  if (!text.ends_with(unit)) return std::nullopt;
  return trim(text.substr(0, text.size() - unit.size()));
}

Result<Duration> parse_duration(std::string_view text) {
  if (text.starts_with('-')) return wrong("it must not be negative");
  if (text.empty()) return wrong("it is empty");
  std::int64_t total = 0;
  std::size_t next_unit = 0;
  while (!text.empty()) {
    auto taken = take_part(text, next_unit, total);
    if (!taken) return taken.error();
  }
  return Duration{total};
}

Result<Duration> parse_signed_duration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  auto parsed = parse_duration(text);
  if (!parsed) return parsed.error();
  return negative ? -*parsed : *parsed;
}

Result<std::int64_t> parse_count(std::string_view text) {
  if (text.starts_with('-')) return wrong("it must not be negative");
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) {
    return wrong(fmt::format("`{}` is not a whole number", text));
  }
  std::int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  // A quarter of the range leaves room for the arithmetic of whoever counts.
  if (parsed.ec != std::errc{} || value > INT64_MAX / 4) return wrong("too large a number");
  return value;
}

Result<std::int64_t> parse_size(std::string_view text) {
  text = trim(text);
  std::int64_t factor = 1;
  for (const Unit& unit : kSizeUnits) {
    const auto number = split_unit(text, unit.name);
    if (!number) continue;
    text = *number;
    factor = unit.factor;
    break;
  }
  auto value = parse_count(text);
  if (!value) return value.error();
  if (*value > (std::int64_t{1} << 50) / factor) return wrong("too large a size");
  return *value * factor;
}

}  // namespace gtsim
