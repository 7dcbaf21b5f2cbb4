#include "coordinator/pattern/image_scan.h"

#include "coordinator/pattern/image_walk.h"

namespace gtsim::pattern {

void ImageScan::item(PathRange range, std::string_view canonical_bytes) {
  CanonicalCursor cursor(canonical_bytes);
  members(cursor, range, kWholeEvent);
}

void ImageScan::members(CanonicalCursor& cursor, PathRange range, std::uint32_t element) {
  for (std::uint64_t left = cursor.varint(); left != 0; --left) {
    const PathRange inner = scan_.enter(range, cursor.text(), /*at_root=*/false);
    if (inner.empty()) {
      cursor.skip_value();
    } else {
      value(cursor, inner, element);
    }
  }
}

void ImageScan::value(CanonicalCursor& cursor, PathRange range, std::uint32_t element) {
  const char type = *cursor.position();
  const PathRange inner = scan_.enter(range, type_name(type), /*at_root=*/false);
  if (inner.empty()) return cursor.skip_value();
  (void)cursor.byte();
  if (type == tag::kL) return list(cursor, inner, element);
  if (type == tag::kM) return members(cursor, inner, element);
  visit_scalar(cursor, type, scratch_, [&](const LeafValue& found) {
    scan_.value(inner, element, found);
    return false;
  });
}

// Each element is an object of its own, {"S": ...}.
void ImageScan::list(CanonicalCursor& cursor, PathRange range, std::uint32_t element) {
  const std::uint32_t array = scan_.open_array(range, element);
  for (std::uint64_t left = cursor.varint(); left != 0; --left) {
    value(cursor, range, scan_.open_element(array));
  }
}

}  // namespace gtsim::pattern
