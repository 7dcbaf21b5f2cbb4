// Visits the values that a path names in an item, straight in canonical bytes. The path is that of
// DynamoDB JSON: "home.S", "address.M.city.S", "tags.SS", "lines.L.M.sku.S". A name may hold dots,
// so one path can lead to several places.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "coordinator/pattern/leaf_condition.h"
#include "region-node/item/canonical_cursor.h"

namespace gtsim::pattern {

// The type of DynamoDB JSON for a type letter of canonical bytes.
[[nodiscard]] constexpr std::string_view type_name(char letter) {
  switch (letter) {
    case tag::kS:
      return "S";
    case tag::kN:
      return "N";
    case tag::kB:
      return "B";
    case tag::kNull:
      return "NULL";
    case tag::kSS:
      return "SS";
    case tag::kNS:
      return "NS";
    case tag::kBS:
      return "BS";
    case tag::kL:
      return "L";
    case tag::kM:
      return "M";
    default:
      return "BOOL";
  }
}

// The text that DynamoDB JSON has for an encoded number or for bytes, in `scratch`.
[[nodiscard]] LeafValue number_value(std::string_view encoded, std::string& scratch);
[[nodiscard]] LeafValue base64_value(std::string_view bytes, std::string& scratch);

// Calls `visit(LeafValue)` for each value of anything but a list or a map, until it returns true,
// which is then the result. REQUIRES: the cursor stands behind the type letter `type`.
template <class Visit>
bool visit_scalar(CanonicalCursor& cursor, char type, std::string& scratch, Visit visit) {
  const auto each = [&](auto read) {
    for (std::uint64_t left = cursor.varint(); left != 0; --left) {
      if (visit(read())) return true;
    }
    return false;
  };
  const auto text = [&] { return LeafValue{LeafKind::kString, cursor.text()}; };
  const auto number = [&] { return number_value(cursor.number(), scratch); };
  const auto base64 = [&] { return base64_value(cursor.text(), scratch); };
  switch (type) {
    case tag::kS:
      return visit(text());
    case tag::kN:
      return visit(number());
    case tag::kB:
      return visit(base64());
    case tag::kSS:
      return each(text);
    case tag::kNS:
      return each(number);
    case tag::kBS:
      return each(base64);
    case tag::kFalse:
      return visit(LeafValue{LeafKind::kFalse, {}});
    default:  // true, and {"NULL": true}
      return visit(LeafValue{LeafKind::kTrue, {}});
  }
}

// `Visitor` is called with each LeafValue and returns true when it has seen enough.
template <class Visitor>
class ImageWalk {
 public:
  // `scratch` holds the text of values that are not kept as text.
  ImageWalk(Visitor visitor, std::string& scratch) : visitor_(visitor), scratch_(scratch) {}

  // True when the visitor has seen enough.
  bool visit_item(std::string_view canonical_bytes, std::string_view path) {
    CanonicalCursor cursor(canonical_bytes);
    for (std::uint64_t left = cursor.varint(); left != 0; --left) {
      const std::string_view name = cursor.text();
      if (leads_to(name, path)) {
        if (visit_value(cursor, path.substr(name.size() + 1))) return true;
        continue;
      }
      // Names are in order, and a name that leads to the path is not behind it.
      if (name > path) return false;
      cursor.skip_value();
    }
    return false;
  }

 private:
  static bool leads_to(std::string_view name, std::string_view path) {
    return name.size() < path.size() && path[name.size()] == '.' && path.starts_with(name);
  }

  bool visit_members(CanonicalCursor& cursor, std::string_view path) {
    for (std::uint64_t left = cursor.varint(); left != 0; --left) {
      const std::string_view name = cursor.text();
      if (!leads_to(name, path)) {
        cursor.skip_value();
      } else if (visit_value(cursor, path.substr(name.size() + 1))) {
        return true;
      }
    }
    return false;
  }

  // `path` begins with the type. Leaves the cursor behind the value unless it returns true.
  bool visit_value(CanonicalCursor& cursor, std::string_view path) {
    const char type = *cursor.position();
    const bool is_container = type == tag::kL || type == tag::kM;
    const std::string_view name = type_name(type);
    if (is_container ? !leads_to(name, path) : path != name) {
      cursor.skip_value();
      return false;
    }
    (void)cursor.byte();
    if (!is_container) return visit_scalar(cursor, type, scratch_, visitor_);
    if (type == tag::kM) return visit_members(cursor, path.substr(2));
    for (std::uint64_t left = cursor.varint(); left != 0; --left) {
      if (visit_value(cursor, path.substr(2))) return true;
    }
    return false;
  }

  Visitor visitor_;
  std::string& scratch_;
};

}  // namespace gtsim::pattern
