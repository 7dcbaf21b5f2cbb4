// Tells an EventScan what is in an item, straight from canonical bytes. Unlike ImageWalk it follows
// all paths of a pattern at once and minds the elements of lists.
#pragma once

#include <string>
#include <string_view>

#include "coordinator/pattern/event_scan.h"
#include "region-node/item/canonical_cursor.h"

namespace gtsim::pattern {

class ImageScan {
 public:
  // `scratch` holds the text of values that are not kept as text.
  ImageScan(EventScan& scan, std::string& scratch) : scan_(scan), scratch_(scratch) {}

  // `range`: the paths that lead into the item, up to "dynamodb.NewImage".
  void item(PathRange range, std::string_view canonical_bytes);

 private:
  void members(CanonicalCursor& cursor, PathRange range, std::uint32_t element);
  void value(CanonicalCursor& cursor, PathRange range, std::uint32_t element);
  void list(CanonicalCursor& cursor, PathRange range, std::uint32_t element);

  EventScan& scan_;
  std::string& scratch_;
};

}  // namespace gtsim::pattern
