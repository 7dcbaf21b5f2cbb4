// Random numbers, values and items of all ten types for property tests, and how they print when a
// property fails.
#pragma once

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <ostream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "region-node/item/attribute_value.h"
#include "region-node/item/dynamodb_json.h"

namespace gtsim {

inline std::ostream& operator<<(std::ostream& out, const Number& number) {
  return out << number.to_string();
}

inline std::ostream& operator<<(std::ostream& out, const Binary& binary) {
  return out << base64_encode(binary.bytes);
}

inline std::ostream& operator<<(std::ostream& out, const AttributeValue& value) {
  return out << item_to_json(Item{{"value", value}});
}

namespace generators {

// Digits without a zero at either end, as a text.
inline rc::Gen<std::string> digit_run() {
  const auto digit = rc::gen::inRange('0', static_cast<char>('9' + 1));
  return rc::gen::map(
      rc::gen::mapcat(
          rc::gen::weightedOneOf<int>(
              {{3, rc::gen::inRange(1, 5)}, {2, rc::gen::inRange(5, 38)}, {1, rc::gen::just(38)}}),
          [digit](int count) {
            return rc::gen::container<std::string>(static_cast<std::size_t>(count), digit);
          }),
      [](std::string digits) {
        if (digits.front() == '0') digits.front() = '1';
        if (digits.back() == '0') digits.back() = '9';
        return digits;
      });
}

// The exponent of 0.d1d2..., with its ends and the surroundings of the decimal point drawn often.
inline rc::Gen<int> exponent() {
  return rc::gen::weightedOneOf<int>(
      {{4, rc::gen::inRange(-3, 8)},
       {2, rc::gen::inRange(Number::kMinExponent, Number::kMaxExponent + 1)},
       {1, rc::gen::element(int{Number::kMinExponent}, int{Number::kMaxExponent}, 38, 0)}});
}

inline rc::Gen<Number> number() {
  const auto parts = rc::gen::tuple(rc::gen::arbitrary<bool>(), digit_run(), exponent());
  const auto nonzero = rc::gen::map(parts, [](const std::tuple<bool, std::string, int>& drawn) {
    const auto& [negative, digits, power] = drawn;
    return *Number::parse((negative ? "-0." : "0.") + digits + "e" + std::to_string(power));
  });
  const auto integer = rc::gen::map(rc::gen::arbitrary<std::int64_t>(), Number::from_integer);
  return rc::gen::weightedOneOf<Number>({{1, rc::gen::just(Number{})}, {3, integer}, {5, nonzero}});
}

inline void append_utf8(std::string& out, std::uint32_t point) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (point >> shift & 0x3F)); };
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | point >> 6);
    tail(0);
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0 | point >> 12);
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0 | point >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

inline rc::Gen<std::uint32_t> code_point() {
  using Point = std::uint32_t;
  return rc::gen::weightedOneOf<Point>({{8, rc::gen::inRange<Point>('a', 'e')},
                                        {2, rc::gen::inRange<Point>(0, 0x80)},
                                        {1, rc::gen::element<Point>(0, '"', '\\', '/', 0x1F, 0x7F)},
                                        {1, rc::gen::inRange<Point>(0x80, 0x800)},
                                        {1, rc::gen::inRange<Point>(0x800, 0xD800)},
                                        {1, rc::gen::inRange<Point>(0xE000, 0x10000)},
                                        {1, rc::gen::inRange<Point>(0x10000, 0x110000)}});
}

inline rc::Gen<std::string> text() {
  return rc::gen::map(rc::gen::container<std::vector<std::uint32_t>>(code_point()),
                      [](const std::vector<std::uint32_t>& points) {
                        std::string out;
                        for (const std::uint32_t point : points) append_utf8(out, point);
                        return out;
                      });
}

inline rc::Gen<Binary> binary() {
  return rc::gen::map(rc::gen::container<std::string>(rc::gen::arbitrary<char>()),
                      [](std::string bytes) { return Binary{std::move(bytes)}; });
}

// A set is never empty: one member is drawn apart from the rest.
template <class Set, class Member>
rc::Gen<AttributeValue> set_of(rc::Gen<Member> member) {
  return rc::gen::map(rc::gen::pair(member, rc::gen::container<std::vector<Member>>(member)),
                      [](const std::pair<Member, std::vector<Member>>& members) {
                        Set set(members.second.begin(), members.second.end());
                        set.insert(members.first);
                        return AttributeValue::of(std::move(set));
                      });
}

template <class T>
rc::Gen<AttributeValue> as_value(rc::Gen<T> generator) {
  return rc::gen::map(std::move(generator),
                      [](T content) { return AttributeValue::of(std::move(content)); });
}

inline rc::Gen<AttributeValue> value(int containers_left);

inline rc::Gen<Map> members(int containers_left) {
  const auto member = rc::gen::pair(text(), value(containers_left));
  return rc::gen::map(
      rc::gen::scale(
          0.3, rc::gen::container<std::vector<std::pair<std::string, AttributeValue>>>(member)),
      [](const std::vector<std::pair<std::string, AttributeValue>>& drawn) {
        return Map(drawn.begin(), drawn.end());
      });
}

inline rc::Gen<AttributeValue> value(int containers_left) {
  const auto scalar =
      rc::gen::oneOf(as_value(text()), as_value(number()), as_value(binary()),
                     as_value(rc::gen::arbitrary<bool>()), rc::gen::just(AttributeValue{}));
  const auto set = rc::gen::oneOf(set_of<StringSet>(text()), set_of<NumberSet>(number()),
                                  set_of<BinarySet>(binary()));
  if (containers_left == 0) return rc::gen::oneOf(scalar, set);
  const auto list = rc::gen::map(
      rc::gen::scale(0.3,
                     rc::gen::container<std::vector<AttributeValue>>(value(containers_left - 1))),
      [](List elements) { return AttributeValue::of(std::move(elements)); });
  const auto map = as_value(members(containers_left - 1));
  return rc::gen::weightedOneOf<AttributeValue>({{3, scalar}, {2, set}, {1, list}, {1, map}});
}

inline rc::Gen<Item> item() {
  return members(/*containers_left=*/3);
}

}  // namespace generators
}  // namespace gtsim

namespace rc {

template <>
struct Arbitrary<gtsim::Number> {
  static Gen<gtsim::Number> arbitrary() { return gtsim::generators::number(); }
};

template <>
struct Arbitrary<gtsim::AttributeValue> {
  static Gen<gtsim::AttributeValue> arbitrary() { return gtsim::generators::value(2); }
};

template <>
struct Arbitrary<gtsim::Item> {
  static Gen<gtsim::Item> arbitrary() { return gtsim::generators::item(); }
};

}  // namespace rc
