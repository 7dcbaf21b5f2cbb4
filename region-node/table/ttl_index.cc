#include "region-node/table/ttl_index.h"

#include "region-node/base/clock_range.h"
#include "region-node/item/canonical.h"

namespace gtsim {

std::optional<WallTime> expiry_of(std::string_view item_bytes, std::string_view attribute) {
  const auto raw = find_attribute(item_bytes, attribute);
  if (!raw || raw->empty() || raw->front() != 'N') return std::nullopt;
  std::string_view rest = raw->substr(1);
  const auto number = Number::decode(rest);
  if (!number) return std::nullopt;
  // Whole seconds; a fraction is cut off. What no clock will ever show never expires.
  constexpr std::int64_t kLatestSecond = kLatestClock.us / 1'000'000;
  const std::string text = number->to_string();
  std::int64_t seconds = 0;
  for (const char c : text) {
    if (c == '.') break;
    if (c < '0' || c > '9') return std::nullopt;
    seconds = seconds * 10 + (c - '0');
    if (seconds > kLatestSecond) return std::nullopt;
  }
  return WallTime{seconds * 1'000'000};
}

}  // namespace gtsim
