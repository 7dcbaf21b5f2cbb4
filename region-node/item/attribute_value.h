// The ten attribute types and the item. These are the editable form; what the hot path stores and
// ships is the canonical encoding (canonical.h).
#pragma once

#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "region-node/item/number.h"

namespace gtsim {

class AttributeValue;

struct Null {
  friend bool operator==(Null, Null) { return true; }
};
struct Binary {
  std::string bytes;
  friend auto operator<=>(const Binary&, const Binary&) = default;
};
using StringSet = std::set<std::string>;
using NumberSet = std::set<Number>;
using BinarySet = std::set<Binary>;
using List = std::vector<AttributeValue>;
// Byte order of names: the canonical encoding and every printed form follow it.
using Map = std::map<std::string, AttributeValue, std::less<>>;
using Item = Map;

// The type descriptor of the wire form: S N B BOOL NULL SS NS BS L M.
enum class AttributeType : std::uint8_t { kS, kN, kB, kBool, kNull, kSS, kNS, kBS, kL, kM };
[[nodiscard]] const char* type_name(AttributeType type);

class AttributeValue {
 public:
  using Variant = std::variant<std::string, Number, Binary, bool, Null, StringSet, NumberSet,
                               BinarySet, List, Map>;  // in the order of AttributeType

  AttributeValue() : value_(Null{}) {}
  AttributeValue(Variant value) : value_(std::move(value)) {}  // NOLINT: a value is its variant
  static AttributeValue string(std::string text) { return of(std::move(text)); }
  static AttributeValue number(Number number) { return of(number); }
  static AttributeValue boolean(bool flag) { return of(flag); }
  // Any of the ten by its C++ type: of(List{...}). Made in place, because g++ 12 warns of
  // uninitialised members when it inlines the end of a temporary Variant.
  template <class T>
  static AttributeValue of(T content) {
    return AttributeValue(std::in_place_type<T>, std::move(content));
  }

  [[nodiscard]] AttributeType type() const { return static_cast<AttributeType>(value_.index()); }
  [[nodiscard]] const Variant& variant() const { return value_; }
  [[nodiscard]] Variant& variant() { return value_; }
  template <class T>
  [[nodiscard]] const T* get_if() const {
    return std::get_if<T>(&value_);
  }

  friend bool operator==(const AttributeValue& a, const AttributeValue& b) {
    return a.value_ == b.value_;
  }

 private:
  template <class T>
  AttributeValue(std::in_place_type_t<T> type, T&& content) : value_(type, std::move(content)) {}

  Variant value_;
};

}  // namespace gtsim
