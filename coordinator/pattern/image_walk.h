// Visits the values that a path names in an item, straight in canonical bytes. The path is that of
// DynamoDB JSON: "home.S", "address.M.city.S", "tags.SS", "lines.L.M.sku.S". A name may hold dots,
// so one path can lead to several places.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "coordinator/pattern/condition.h"
#include "region-node/item/canonical_cursor.h"

namespace gtsim::pattern {

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
    switch (*cursor.position()) {
      case tag::kL:
        if (!path.starts_with("L.")) break;
        (void)cursor.byte();
        for (std::uint64_t left = cursor.varint(); left != 0; --left) {
          if (visit_value(cursor, path.substr(2))) return true;
        }
        return false;
      case tag::kM:
        if (!path.starts_with("M.")) break;
        (void)cursor.byte();
        return visit_members(cursor, path.substr(2));
      default:
        return visit_scalar(cursor, path);
    }
    cursor.skip_value();
    return false;
  }

  bool visit_scalar(CanonicalCursor& cursor, std::string_view path) {
    const char type = *cursor.position();
    if (path != type_name(type)) {
      cursor.skip_value();
      return false;
    }
    (void)cursor.byte();
    switch (type) {
      case tag::kS:
        return visitor_(LeafValue{LeafKind::kString, cursor.text()});
      case tag::kN:
        return visitor_(number_text(cursor.number()));
      case tag::kB:
        return visitor_(base64_text(cursor.text()));
      case tag::kFalse:
        return visitor_(LeafValue{LeafKind::kFalse, {}});
      case tag::kSS:
        return visit_set(cursor, [](CanonicalCursor& at) {
          return LeafValue{LeafKind::kString, at.text()};
        });
      case tag::kNS:
        return visit_set(cursor, [this](CanonicalCursor& at) { return number_text(at.number()); });
      case tag::kBS:
        return visit_set(cursor, [this](CanonicalCursor& at) { return base64_text(at.text()); });
      default:  // true, and {"NULL": true}
        return visitor_(LeafValue{LeafKind::kTrue, {}});
    }
  }

  template <class Read>
  bool visit_set(CanonicalCursor& cursor, Read read) {
    for (std::uint64_t left = cursor.varint(); left != 0; --left) {
      if (visitor_(read(cursor))) return true;
    }
    return false;
  }

  static std::string_view type_name(char type) {
    switch (type) {
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
      default:
        return "BOOL";
    }
  }

  LeafValue number_text(std::string_view encoded);
  LeafValue base64_text(std::string_view bytes);

  Visitor visitor_;
  std::string& scratch_;
};

// The text that DynamoDB JSON has for an encoded number or for bytes, in `scratch`.
[[nodiscard]] std::string_view number_as_text(std::string_view encoded, std::string& scratch);
[[nodiscard]] std::string_view base64_as_text(std::string_view bytes, std::string& scratch);

template <class Visitor>
LeafValue ImageWalk<Visitor>::number_text(std::string_view encoded) {
  return {LeafKind::kString, number_as_text(encoded, scratch_)};
}

template <class Visitor>
LeafValue ImageWalk<Visitor>::base64_text(std::string_view bytes) {
  return {LeafKind::kString, base64_as_text(bytes, scratch_)};
}

}  // namespace gtsim::pattern
