// Where a reader stands in a JSON document. The parts are links on the stack of the caller: the
// text is put together only when an error needs it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gtsim {

class JsonPath {
 public:
  explicit JsonPath(std::string_view root) : name_(root) {}

  // The result refers to this path and to `name`.
  [[nodiscard]] JsonPath member(std::string_view name) const { return {this, name, 0}; }
  [[nodiscard]] JsonPath element(std::size_t index) const { return {this, {}, index}; }

  // "Item.tags.SS[1]"
  [[nodiscard]] std::string to_string() const;

 private:
  JsonPath(const JsonPath* parent, std::string_view name, std::size_t index)
      : parent_(parent), name_(name), index_(index) {}

  const JsonPath* parent_ = nullptr;
  std::string_view name_;  // without data: an element
  std::size_t index_ = 0;
};

}  // namespace gtsim
