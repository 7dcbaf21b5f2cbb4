#include "region-node/item/canonical.h"

#include "region-node/base/check.h"
#include "region-node/item/canonical_cursor.h"

namespace gtsim {
namespace {

void append_text(std::string& out, std::string_view text) {
  append_varint(out, text.size());
  out += text;
}

void append_members(std::string& out, const Map& members) {
  append_varint(out, members.size());
  for (const auto& [name, value] : members) {
    append_text(out, name);
    append_value(out, value);
  }
}

struct ValueAppender {
  std::string& out;

  void operator()(const std::string& text) const {
    out += tag::kS;
    append_text(out, text);
  }
  void operator()(const Number& number) const {
    out += tag::kN;
    number.encode(out);
  }
  void operator()(const Binary& binary) const {
    out += tag::kB;
    append_text(out, binary.bytes);
  }
  void operator()(bool flag) const { out += flag ? tag::kTrue : tag::kFalse; }
  void operator()(Null) const { out += tag::kNull; }
  void operator()(const StringSet& set) const {
    begin_set(tag::kSS, set.size());
    for (const std::string& member : set) append_text(out, member);
  }
  void operator()(const NumberSet& set) const {
    begin_set(tag::kNS, set.size());
    for (const Number& member : set) member.encode(out);
  }
  void operator()(const BinarySet& set) const {
    begin_set(tag::kBS, set.size());
    for (const Binary& member : set) append_text(out, member.bytes);
  }
  void operator()(const List& list) const {
    out += tag::kL;
    append_varint(out, list.size());
    for (const AttributeValue& element : list) append_value(out, element);
  }
  void operator()(const Map& map) const {
    out += tag::kM;
    append_members(out, map);
  }

  // The service has no empty sets: a set that loses its last member takes its attribute with it.
  void begin_set(char type, std::size_t count) const {
    CHECK(count != 0);
    out += type;
    append_varint(out, count);
  }
};

}  // namespace

void append_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

void append_value(std::string& out, const AttributeValue& value) {
  std::visit(ValueAppender{out}, value.variant());
}

std::string encode_item(const Item& item) {
  std::string out;
  append_members(out, item);
  return out;
}

}  // namespace gtsim
