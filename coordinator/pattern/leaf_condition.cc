#include "coordinator/pattern/leaf_condition.h"

#include <algorithm>
#include <charconv>

#include "coordinator/pattern/case_fold.h"

namespace gtsim::pattern {
namespace {

// The first and the last piece stand at the ends of the text; the others are found from the left,
// each as early as it can be, which leaves the most room for the rest.
bool matches_wildcard(std::string_view text, const std::vector<std::string>& pieces) {
  const std::string& first = pieces.front();
  const std::string& last = pieces.back();
  if (pieces.size() == 1) return text == first;
  if (!text.starts_with(first)) return false;
  text.remove_prefix(first.size());
  if (!text.ends_with(last)) return false;
  text.remove_suffix(last.size());
  for (std::size_t i = 1; i + 1 < pieces.size(); ++i) {
    const std::size_t at = text.find(pieces[i]);
    if (at == std::string_view::npos) return false;
    text.remove_prefix(at + pieces[i].size());
  }
  return true;
}

bool in_range(std::string_view number, const NumericRange& range) {
  double value = 0;
  // Past the range of doubles there is neither a value nor a comparison.
  const auto code = std::from_chars(number.data(), number.data() + number.size(), value).ec;
  return code == std::errc{} && range.holds(value);
}

}  // namespace

bool NumericRange::holds(double value) const {
  if (lower && (lower_included ? value < *lower : value <= *lower)) return false;
  if (upper && (upper_included ? value > *upper : value >= *upper)) return false;
  return true;
}

bool Test::holds(const LeafValue& value) const {
  switch (op) {
    case Operator::kEquals:
      return value.kind == kind && value.text == text;
    case Operator::kExists:
      return true;
    case Operator::kAbsent:
      return false;
    case Operator::kNumeric:
      return value.kind == LeafKind::kNumber && in_range(value.text, range);
    default:
      break;
  }
  if (value.kind != LeafKind::kString) return false;
  switch (op) {
    case Operator::kEqualsIgnoreCase:
      return equals_folded(value.text, text);
    case Operator::kPrefix:
      return value.text.starts_with(text);
    case Operator::kSuffix:
      return value.text.ends_with(text);
    case Operator::kPrefixIgnoreCase:
      return starts_with_folded(value.text, text);
    case Operator::kSuffixIgnoreCase:
      return ends_with_folded(value.text, text);
    case Operator::kWildcard:
      return matches_wildcard(value.text, pieces);
    default:
      break;
  }
  const auto address = parse_ip_address(value.text);
  return address && block.holds(*address);
}

bool Condition::holds(const LeafValue& value) const {
  const bool any =
      std::any_of(tests.begin(), tests.end(), [&](const Test& test) { return test.holds(value); });
  return any != anything_but;
}

}  // namespace gtsim::pattern
