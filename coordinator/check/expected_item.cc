#include "coordinator/check/expected_item.h"

#include <algorithm>
#include <compare>
#include <string>

#include "region-node/base/clock_range.h"
#include "region-node/item/canonical.h"

namespace gtsim {
namespace {

// Empty when there is no item.
Item item_of(std::string_view bytes) {
  if (bytes.empty()) return {};
  auto item = decode_item(bytes);
  return item ? std::move(*item) : Item{};
}

const AttributeValue* find(const Item& item, const std::string& name) {
  const auto found = item.find(name);
  return found == item.end() ? nullptr : &found->second;
}

// Nothing: the two cannot be compared.
std::optional<int> compare(const AttributeValue& a, const AttributeValue& b) {
  const auto sign = [](std::strong_ordering order) { return order < 0 ? -1 : order > 0 ? 1 : 0; };
  if (a.type() != b.type()) return std::nullopt;
  switch (a.type()) {
    case AttributeType::kS:
      return sign(*a.get_if<std::string>() <=> *b.get_if<std::string>());
    case AttributeType::kN:
      return sign(*a.get_if<Number>() <=> *b.get_if<Number>());
    case AttributeType::kB:
      return sign(a.get_if<Binary>()->bytes <=> b.get_if<Binary>()->bytes);
    default:
      return std::nullopt;
  }
}

bool held(const ConditionTerm& term, const Item& item) {
  const AttributeValue* value = find(item, term.attribute);
  switch (term.comparison) {
    case Comparison::kExists:
      return value != nullptr;
    case Comparison::kNotExists:
      return value == nullptr;
    case Comparison::kEqual:
      return value != nullptr && *value == term.operand;
    case Comparison::kNotEqual:
      return value == nullptr || !(*value == term.operand);
    default:
      break;
  }
  const auto order = value == nullptr ? std::nullopt : compare(*value, term.operand);
  if (!order) return false;
  switch (term.comparison) {
    case Comparison::kLess:
      return *order < 0;
    case Comparison::kLessOrEqual:
      return *order <= 0;
    case Comparison::kGreater:
      return *order > 0;
    default:
      return *order >= 0;
  }
}

// Attribute by attribute: what the update names is as it says, all else is as it was.
bool updated(const Update& update, const Image& before, std::string_view key_bytes,
             const Image& after) {
  const bool creates = !before;
  if (creates && update.set.empty() && update.add.empty()) return !after;
  if (!after) return false;
  Item wanted = item_of(creates ? key_bytes : before.bytes());
  for (const auto& [name, value] : update.set) wanted[name] = value;
  for (const auto& [name, amount] : update.add) {
    const AttributeValue* old = find(wanted, name);
    const Number* number = old == nullptr ? nullptr : old->get_if<Number>();
    if (old != nullptr && number == nullptr) return false;
    const auto sum = number == nullptr ? Result<Number>{amount} : number->plus(amount);
    if (!sum) return false;
    wanted[name] = AttributeValue::number(*sum);
  }
  for (const std::string& name : update.remove) {
    if (const auto found = wanted.find(name); found != wanted.end()) wanted.erase(found);
  }
  return wanted == item_of(after.bytes());
}

}  // namespace

bool condition_held(const Operation& operation, const Image& before) {
  if (operation.condition == nullptr || operation.condition->empty()) return true;
  const Item item = item_of(before.bytes());
  for (const ConditionTerm& term : *operation.condition) {
    if (!held(term, item)) return false;
  }
  return true;
}

bool makes(const Operation& operation, const Image& before, std::string_view key_bytes,
           const Image& after) {
  switch (operation.kind) {
    case WriteKind::kPut:
      return after == operation.image;
    case WriteKind::kDelete:
      return !after;
    case WriteKind::kCheck:
      return after == before;
    case WriteKind::kUpdate:
      return updated(*operation.update, before, key_bytes, after);
  }
  return false;
}

std::optional<WallTime> due_at(const Image& image, std::string_view attribute, Duration delay) {
  if (!image) return std::nullopt;
  const Item item = item_of(image.bytes());
  const AttributeValue* value = find(item, std::string{attribute});
  const Number* number = value == nullptr ? nullptr : value->get_if<Number>();
  if (number == nullptr) return std::nullopt;
  const Number latest = Number::from_integer(kLatestClock.us / 1'000'000);
  if (*number > latest || *number < Number{}) return std::nullopt;
  std::string text = number->to_string();
  text.resize(std::min(text.find('.'), text.size()));
  return WallTime{std::stoll(text) * 1'000'000} + delay;
}

}  // namespace gtsim
