#include "region-node/write/condition.h"

#include <algorithm>
#include <optional>

#include "region-node/item/canonical.h"

namespace gtsim {
namespace {

// Order of two values of one ordered type (S, N, B); nothing for any other pair.
std::optional<std::strong_ordering> order(const AttributeValue& a, const AttributeValue& b) {
  if (a.type() != b.type()) return std::nullopt;
  if (const auto* text = a.get_if<std::string>()) return *text <=> *b.get_if<std::string>();
  if (const auto* number = a.get_if<Number>()) return *number <=> *b.get_if<Number>();
  if (const auto* binary = a.get_if<Binary>()) return *binary <=> *b.get_if<Binary>();
  return std::nullopt;
}

bool holds(const ConditionTerm& term, std::string_view item_bytes) {
  const auto raw = item_bytes.empty() ? std::nullopt : find_attribute(item_bytes, term.attribute);
  if (term.comparison == Comparison::kExists) return raw.has_value();
  if (term.comparison == Comparison::kNotExists) return !raw.has_value();
  // A missing attribute equals nothing; "<>" is true of it, as in the service.
  if (!raw) return term.comparison == Comparison::kNotEqual;
  const auto value = decode_value(*raw);
  if (!value) return false;
  if (term.comparison == Comparison::kEqual) return *value == term.operand;
  if (term.comparison == Comparison::kNotEqual) return !(*value == term.operand);
  const auto ordering = order(*value, term.operand);
  if (!ordering) return false;
  switch (term.comparison) {
    case Comparison::kLess:
      return *ordering < 0;
    case Comparison::kLessOrEqual:
      return *ordering <= 0;
    case Comparison::kGreater:
      return *ordering > 0;
    case Comparison::kGreaterOrEqual:
      return *ordering >= 0;
    default:
      return false;
  }
}

}  // namespace

bool holds(const Condition& condition, std::string_view item_bytes) {
  return std::all_of(condition.begin(), condition.end(),
                     [&](const ConditionTerm& term) { return holds(term, item_bytes); });
}

}  // namespace gtsim
