// The checked way in: bytes to items, refusing whatever encode_item would not have written.
#include <fmt/format.h>

#include "region-node/item/canonical.h"
#include "region-node/item/canonical_cursor.h"
#include "region-node/item/item_size.h"
#include "region-node/item/utf8.h"

namespace gtsim {
namespace {

// Reads one item or value; the first fault is kept and everything after it returns false.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : rest_(bytes), size_(bytes.size()) {}

  [[nodiscard]] bool item(Item& out) { return members(out, 0) && at_end(); }
  [[nodiscard]] bool single_value(AttributeValue& out) { return value(out, 1) && at_end(); }

  [[nodiscard]] Error error() const {
    return Error{Errc::kInput,
                 fmt::format("canonical bytes: {} at offset {}", fault_, size_ - rest_.size())};
  }

 private:
  bool fail(std::string_view fault) {
    fault_ = fault;
    return false;
  }

  bool at_end() { return rest_.empty() || fail("bytes after the end"); }

  bool varint(std::uint64_t& out) {
    out = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) return fail("cut short");
      const auto byte = static_cast<std::uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      if (shift == 63 && byte > 1) return fail("varint past 64 bits");
      out |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return shift == 0 || byte != 0 || fail("varint longer than needed");
    }
    return fail("varint past 64 bits");
  }

  // Every element takes at least one byte, so a larger count is false before anything is built.
  bool count(std::uint64_t& out) {
    return varint(out) && (out <= rest_.size() || fail("count past the end"));
  }

  bool bytes(std::string& out) {
    std::uint64_t length = 0;
    if (!varint(length)) return false;
    if (length > rest_.size()) return fail("length past the end");
    out.assign(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return true;
  }

  bool text(std::string& out) {
    return bytes(out) && (is_valid_utf8(out) || fail("text is not UTF-8"));
  }

  bool number(Number& out) {
    const Result<Number> decoded = Number::decode(rest_);
    if (!decoded) return fail(decoded.error().detail);
    out = *decoded;
    return true;
  }

  bool member(std::string& out) { return text(out); }
  bool member(Number& out) { return number(out); }
  bool member(Binary& out) { return bytes(out.bytes); }

  template <class Set>
  bool set(AttributeValue& out) {
    std::uint64_t left = 0;
    if (!count(left)) return false;
    if (left == 0) return fail("empty set");
    Set set;
    for (; left != 0; --left) {
      typename Set::value_type next;
      if (!member(next)) return false;
      if (!set.empty() && !(*set.rbegin() < next)) return fail("set members out of order");
      set.insert(set.end(), std::move(next));
    }
    out = AttributeValue::of(std::move(set));
    return true;
  }

  bool list(AttributeValue& out, int level) {
    std::uint64_t left = 0;
    if (!count(left)) return false;
    List list;
    for (; left != 0; --left) {
      if (!value(list.emplace_back(), level + 1)) return false;
    }
    out = AttributeValue::of(std::move(list));
    return true;
  }

  bool map(AttributeValue& out, int level) {
    Map map;
    if (!members(map, level)) return false;
    out = AttributeValue::of(std::move(map));
    return true;
  }

  // `level` is that of the map itself; an item is level 0.
  bool members(Map& out, int level) {
    std::uint64_t left = 0;
    if (!count(left)) return false;
    for (; left != 0; --left) {
      std::string name;
      if (!text(name)) return false;
      if (!out.empty() && !(out.rbegin()->first < name)) return fail("names out of order");
      const auto member = out.emplace_hint(out.end(), std::move(name), AttributeValue{});
      if (!value(member->second, level + 1)) return false;
    }
    return true;
  }

  bool value(AttributeValue& out, int level) {
    if (level > kMaxNestingLevels) return fail("nested deeper than 32 levels");
    if (rest_.empty()) return fail("cut short");
    const char type = rest_.front();
    rest_.remove_prefix(1);
    switch (type) {
      case tag::kS:
        return text(out.variant().emplace<std::string>());
      case tag::kN:
        return number(out.variant().emplace<Number>());
      case tag::kB:
        return bytes(out.variant().emplace<Binary>().bytes);
      case tag::kTrue:
        out = AttributeValue::boolean(true);
        return true;
      case tag::kFalse:
        out = AttributeValue::boolean(false);
        return true;
      case tag::kNull:
        out = AttributeValue{};
        return true;
      case tag::kSS:
        return set<StringSet>(out);
      case tag::kNS:
        return set<NumberSet>(out);
      case tag::kBS:
        return set<BinarySet>(out);
      case tag::kL:
        return list(out, level);
      case tag::kM:
        return map(out, level);
      default:
        return fail("unknown type letter");
    }
  }

  std::string_view rest_;
  std::size_t size_;
  std::string fault_;
};

}  // namespace

Result<Item> decode_item(std::string_view bytes) {
  Decoder decoder(bytes);
  Item item;
  if (!decoder.item(item)) return decoder.error();
  return item;
}

Result<AttributeValue> decode_value(std::string_view bytes) {
  Decoder decoder(bytes);
  AttributeValue value;
  if (!decoder.single_value(value)) return decoder.error();
  return value;
}

}  // namespace gtsim
