// All that is in a scenario, member by member, as text: two scenarios have the same one when they
// are the same but for where they stand in their files. What a struct has is taken from the
// compiler, so that no member can be forgotten, also none that comes later.
#pragma once

#include <fmt/format.h>

#include <boost/pfr.hpp>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "coordinator/scenario/scenario.h"

namespace gtsim {

class ContentWriter {
 public:
  template <class T>
  void operator()(const T& value) {
    if constexpr (std::is_same_v<T, SourcePosition>) {
      // Where it stands is no part of what it is.
    } else if constexpr (std::is_same_v<T, double>) {
      out_ += fmt::format("{:a}", value);  // to the last bit
    } else if constexpr (std::is_enum_v<T>) {
      out_ += fmt::format("{}", static_cast<int>(value));
    } else if constexpr (std::is_arithmetic_v<T>) {
      out_ += fmt::format("{}", value);
    } else {
      whole(value);
    }
  }

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void whole(const std::string& text) { out_ += fmt::format("{}\"{}\"", text.size(), text); }
  void whole(Duration duration) { out_ += fmt::format("{}us", duration.count()); }
  void whole(const Number& number) { out_ += number.to_string(); }
  void whole(const Null&) { out_ += "null"; }
  void whole(const AttributeValue& value) { whole(value.variant()); }
  template <class Tag, class Rep>
  void whole(const Tagged<Tag, Rep>& id) {
    out_ += fmt::format("#{}", id.value());
  }
  template <class T>
  void whole(const std::optional<T>& value) {
    out_ += value ? "some " : "none";
    if (value) (*this)(*value);
  }
  template <class... Ts>
  void whole(const std::variant<Ts...>& value) {
    out_ += fmt::format("{}: ", value.index());
    std::visit([this](const auto& held) { (*this)(held); }, value);
  }
  template <class A, class B>
  void whole(const std::pair<A, B>& pair) {
    (*this)(pair.first);
    out_ += " - ";
    (*this)(pair.second);
  }
  template <class T>
  void whole(const std::vector<T>& values) {
    each(values);
  }
  template <class T, class Less>
  void whole(const std::set<T, Less>& values) {
    each(values);
  }
  template <class K, class V, class Less>
  void whole(const std::map<K, V, Less>& values) {
    each(values);
  }
  template <class T>
  void whole(const T& aggregate) {
    static_assert(std::is_aggregate_v<T>);
    out_ += "{";
    boost::pfr::for_each_field(aggregate, [this](const auto& member) {
      (*this)(member);
      out_ += "; ";
    });
    out_ += "}\n";
  }
  template <class Range>
  void each(const Range& values) {
    out_ += '[';
    for (const auto& value : values) {
      (*this)(value);
      out_ += ", ";
    }
    out_ += ']';
  }

  std::string out_;
};

[[nodiscard]] inline std::string content_of(Scenario scenario) {
  scenario.text.clear();  // the file as it was read
  ContentWriter writer;
  writer(scenario);
  return writer.take();
}

}  // namespace gtsim
