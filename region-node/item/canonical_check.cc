#include "region-node/item/canonical_check.h"

#include "region-node/item/canonical_cursor.h"
#include "region-node/item/item_size.h"
#include "region-node/item/utf8.h"

namespace gtsim {
namespace {

// Walks one item; the first fault is kept and everything after it returns false.
class Checker {
 public:
  explicit Checker(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  [[nodiscard]] CanonicalCheck item() {
    std::uint64_t size = 0;
    std::uint64_t members_left = 0;
    if (count(members_left) && members(members_left, 0, size) && at_ != end_) {
      fault_ = "bytes after the end";
    }
    return {fault_, size};
  }

 private:
  bool fail(const char* fault) {
    fault_ = fault;
    return false;
  }
  [[nodiscard]] std::uint64_t left() const { return static_cast<std::uint64_t>(end_ - at_); }

  bool varint(std::uint64_t& out) {
    out = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at_ == end_) return fail("cut short");
      const auto byte = static_cast<std::uint8_t>(*at_++);
      if (shift == 63 && byte > 1) return fail("varint past 64 bits");
      out |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return shift == 0 || byte != 0 || fail("varint longer than needed");
    }
    return fail("varint past 64 bits");
  }

  // Every element takes at least one byte.
  bool count(std::uint64_t& out) {
    return varint(out) && (out <= left() || fail("count past the end"));
  }

  bool bytes(std::string_view& out) {
    std::uint64_t length = 0;
    if (!varint(length)) return false;
    if (length > left()) return fail("length past the end");
    out = {at_, static_cast<std::size_t>(length)};
    at_ += length;
    return true;
  }

  bool text(std::string_view& out) {
    return bytes(out) && (is_valid_utf8(out) || fail("text is not UTF-8"));
  }

  // `encoded`: the bytes of the number; their order is the order of numbers.
  bool number(std::string_view& encoded, std::uint64_t& size) {
    std::string_view rest{at_, static_cast<std::size_t>(left())};
    const Result<Number> decoded = Number::decode(rest);
    if (!decoded) return fail("a number that is not canonical");
    encoded = {at_, static_cast<std::size_t>(rest.data() - at_)};
    at_ = rest.data();
    size += decoded->size_bytes();
    return true;
  }

  template <class Member>
  bool set(Member&& member) {
    std::uint64_t members_left = 0;
    if (!count(members_left)) return false;
    if (members_left == 0) return fail("empty set");
    std::string_view previous;
    for (bool first = true; members_left != 0; --members_left, first = false) {
      std::string_view next;
      if (!member(next)) return false;
      if (!first && previous >= next) return fail("set members out of order");
      previous = next;
    }
    return true;
  }

  // `level` is that of the map itself; an item is level 0.
  bool members(std::uint64_t members_left, int level, std::uint64_t& size) {
    std::string_view previous;
    for (bool first = true; members_left != 0; --members_left, first = false) {
      std::string_view name;
      if (!text(name)) return false;
      if (!first && previous >= name) return fail("names out of order");
      previous = name;
      size += name.size();
      if (!value(level + 1, size)) return false;
    }
    return true;
  }

  // Adds the size of the value to `size`, by the arithmetic of item_size.h.
  bool value(int level, std::uint64_t& size) {
    if (level > kMaxNestingLevels) return fail("nested deeper than 32 levels");
    if (at_ == end_) return fail("cut short");
    std::string_view content;
    std::uint64_t elements = 0;
    switch (*at_++) {
      case tag::kS:
        if (!text(content)) return false;
        size += content.size();
        return true;
      case tag::kB:
        if (!bytes(content)) return false;
        size += content.size();
        return true;
      case tag::kN:
        return number(content, size);
      case tag::kTrue:
      case tag::kFalse:
      case tag::kNull:
        ++size;
        return true;
      case tag::kSS:
        return set([&](std::string_view& member) {
          if (!text(member)) return false;
          size += member.size();
          return true;
        });
      case tag::kBS:
        return set([&](std::string_view& member) {
          if (!bytes(member)) return false;
          size += member.size();
          return true;
        });
      case tag::kNS:
        return set([&](std::string_view& member) { return number(member, size); });
      case tag::kL:
        if (!count(elements)) return false;
        size += 3 + elements;
        for (; elements != 0; --elements) {
          if (!value(level + 1, size)) return false;
        }
        return true;
      case tag::kM:
        if (!count(elements)) return false;
        size += 3 + elements;
        return members(elements, level, size);
      default:
        return fail("unknown type letter");
    }
  }

  const char* at_;
  const char* end_;
  const char* fault_ = nullptr;
};

}  // namespace

CanonicalCheck check_canonical_item(std::string_view bytes) {
  return Checker(bytes).item();
}

}  // namespace gtsim
