#include "coordinator/check/expected_item.h"

#include <algorithm>
#include <compare>
#include <string>

#include "region-node/base/clock_range.h"
#include "region-node/item/canonical.h"

namespace gtsim {
namespace {

// Nothing: the item has no such attribute. Not find_attribute(), which regions ask.
std::optional<AttributeValue> find(std::string_view item_bytes, std::string_view name) {
  if (item_bytes.empty()) return std::nullopt;
  RawAttributeReader reader{item_bytes};
  RawAttribute each;
  while (reader.next(each)) {
    if (each.name != name) continue;
    auto value = decode_value(each.value);
    return value ? std::optional{std::move(*value)} : std::nullopt;
  }
  return std::nullopt;
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

bool held(const ConditionTerm& term, std::string_view item_bytes) {
  const auto value = find(item_bytes, term.attribute);
  switch (term.comparison) {
    case Comparison::kExists:
      return value.has_value();
    case Comparison::kNotExists:
      return !value;
    case Comparison::kEqual:
      return value && *value == term.operand;
    case Comparison::kNotEqual:
      return !value || !(*value == term.operand);
    default:
      break;
  }
  const auto order = value ? compare(*value, term.operand) : std::nullopt;
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

// Walks the attributes of an item, which may not be there, in the order of their names.
class Walk {
 public:
  explicit Walk(std::string_view item_bytes) {
    if (!item_bytes.empty()) reader_.emplace(item_bytes);
    advance();
  }
  [[nodiscard]] bool over() const { return !here_; }
  [[nodiscard]] const RawAttribute& here() const { return at_; }
  void advance() { here_ = reader_ && reader_->next(at_); }

 private:
  std::optional<RawAttributeReader> reader_;
  RawAttribute at_;
  bool here_ = false;
};

// Whether an update that names the attribute in SET or ADD makes `after` of `before`, which may be
// nothing.
bool assigned(const Update& update, std::string_view name, std::optional<std::string_view> before,
              std::string_view after) {
  std::string wanted;
  const auto set = update.set.find(name);
  if (set != update.set.end()) {
    append_value(wanted, set->second);
    before = wanted;
  }
  const auto add = update.add.find(name);
  if (add == update.add.end()) return wanted == after;
  Number sum = add->second;
  if (before) {
    const auto old = decode_value(*before);
    const Number* number = old ? old->get_if<Number>() : nullptr;
    if (number == nullptr) return false;
    const auto both = number->plus(add->second);
    if (!both) return false;
    sum = *both;
  }
  wanted.clear();
  append_value(wanted, AttributeValue::number(sum));
  return wanted == after;
}

// Attribute by attribute: what the update names is as it says, all else is as it was, to the byte.
bool updated(const Update& update, const Image& before, std::string_view key_bytes,
             const Image& after) {
  const bool creates = !before;
  if (creates && update.set.empty() && update.add.empty()) return !after;
  if (!after) return false;
  std::size_t to_come = 0;  // attributes that must be there
  for (const auto& [name, value] : update.set) to_come += update.remove.contains(name) ? 0 : 1;
  for (const auto& [name, amount] : update.add) {
    to_come += update.remove.contains(name) || update.set.contains(name) ? 0 : 1;
  }
  Walk old{creates ? key_bytes : before.bytes()};
  for (Walk made{after.bytes()}; !made.over(); made.advance()) {
    const auto& [name, value] = made.here();
    for (; !old.over() && old.here().name < name; old.advance()) {
      if (!update.remove.contains(old.here().name)) return false;
    }
    std::optional<std::string_view> was;
    if (!old.over() && old.here().name == name) {
      was = old.here().value;
      old.advance();
    }
    if (update.remove.contains(name)) return false;
    if (update.set.contains(name) || update.add.contains(name)) {
      if (!assigned(update, name, was, value)) return false;
      --to_come;
    } else if (was != value) {
      return false;
    }
  }
  for (; !old.over(); old.advance()) {
    if (!update.remove.contains(old.here().name)) return false;
  }
  return to_come == 0;
}

}  // namespace

bool condition_held(const Operation& operation, const Image& before) {
  if (operation.condition == nullptr || operation.condition->empty()) return true;
  for (const ConditionTerm& term : *operation.condition) {
    if (!held(term, before.bytes())) return false;
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
  const auto value = find(image.bytes(), attribute);
  const Number* number = value ? value->get_if<Number>() : nullptr;
  if (number == nullptr) return std::nullopt;
  const Number latest = Number::from_integer(kLatestClock.us / 1'000'000);
  if (*number > latest || *number < Number{}) return std::nullopt;
  std::string text = number->to_string();
  text.resize(std::min(text.find('.'), text.size()));
  return WallTime{std::stoll(text) * 1'000'000} + delay;
}

}  // namespace gtsim
