#include "coordinator/language/nearest_name.h"

#include <fmt/format.h>

#include <algorithm>

namespace gtsim::language {
namespace {

constexpr std::size_t kLongestCompared = 64;

char fold(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  return c == '-' ? '_' : c;
}

// Insertions, deletions, replacements and swaps of neighbours; case and `-` against `_` are free.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const char left = fold(a[i - 1]);
      const char right = fold(b[j - 1]);
      cost[i][j] = std::min(
          {cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + (left == right ? 0 : 1)});
      if (i > 1 && j > 1 && left == fold(b[j - 2]) && fold(a[i - 2]) == right) {
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
      }
    }
  }
  return cost[a.size()][b.size()];
}

}  // namespace

std::string_view nearest_name(std::string_view found, const std::vector<std::string_view>& names) {
  if (found.size() > kLongestCompared) return {};
  std::string_view nearest;
  std::size_t least = std::max<std::size_t>(1, found.size() / 3) + 1;
  for (const std::string_view name : names) {
    if (name.size() > kLongestCompared) continue;
    const std::size_t d = distance(found, name);
    if (d < least && d < name.size()) {
      least = d;
      nearest = name;
    }
  }
  return nearest;
}

std::string did_you_mean(std::string_view found, const std::vector<std::string_view>& names) {
  const std::string_view nearest = nearest_name(found, names);
  return nearest.empty() ? "" : fmt::format("; did you mean `{}`?", nearest);
}

std::string join_names(const std::vector<std::string_view>& names) {
  constexpr std::size_t kMost = 40;
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i == kMost) return out + fmt::format(" and {} more", names.size() - kMost);
    if (i > 0) out += ", ";
    out += names[i];
  }
  return out;
}

}  // namespace gtsim::language
