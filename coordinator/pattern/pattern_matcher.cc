#include "coordinator/pattern/pattern_matcher.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "coordinator/pattern/event_values.h"
#include "coordinator/pattern/image_scan.h"
#include "coordinator/pattern/image_walk.h"
#include "region-node/base/check.h"
#include "region-node/item/base64.h"

namespace gtsim {

using pattern::FormulaNode;
using pattern::LeafKind;
using pattern::LeafValue;
using pattern::NodeKind;
using pattern::PatternLeaf;
using pattern::RecordField;
using pattern::RecordPlace;

namespace pattern {

LeafValue number_value(std::string_view encoded, std::string& scratch) {
  const auto number = Number::decode(encoded);
  CHECK(number.has_value());
  scratch.clear();
  number->append_to(scratch);
  return {LeafKind::kString, scratch};
}

LeafValue base64_value(std::string_view bytes, std::string& scratch) {
  scratch.resize(base64_size(bytes.size()));
  write_base64(scratch.data(), bytes);
  return {LeafKind::kString, scratch};
}

}  // namespace pattern

namespace {

bool has(const RecordField& field, std::size_t value) {
  return (field.truth_mask >> value & 1) != 0;
}

bool text_holds(const PatternLeaf& leaf, std::string_view text) {
  return leaf.holds({LeafKind::kString, text});
}

// ApproximateCreationDateTime: rounded down, also before 1970.
std::int64_t epoch_seconds(WallTime time) {
  constexpr std::int64_t kMicrosPerSecond = 1'000'000;
  const std::int64_t seconds = time.us / kMicrosPerSecond;
  return time.us % kMicrosPerSecond < 0 ? seconds - 1 : seconds;
}

Error not_json(std::string_view event, const pattern::JsonFault& fault) {
  return {Errc::kInput, pattern::place_in(event, fault.offset) + ": " + fault.message};
}

}  // namespace

bool PatternMatcher::matches(const EventPattern& pattern, const RecordView& view,
                             const RecordContext& context) {
  if (!node_holds(pattern, pattern.root(), view, context)) return false;
  return !pattern.joins_list_elements() || holds_for_elements(pattern, view, context);
}

bool PatternMatcher::matches(const PatternSet& patterns, const RecordView& view,
                             const RecordContext& context) {
  if (patterns.empty()) return true;
  return std::any_of(patterns.patterns().begin(), patterns.patterns().end(),
                     [&](const EventPattern& pattern) { return matches(pattern, view, context); });
}

Result<bool> PatternMatcher::matches(const EventPattern& pattern, std::string_view event) {
  if (!scan_.read(pattern, event)) return not_json(event, scan_.fault());
  return scan_.matches();
}

Result<bool> PatternMatcher::matches(const PatternSet& patterns, std::string_view event) {
  bool any = patterns.empty();
  for (const EventPattern& pattern : patterns.patterns()) {
    Result<bool> one = matches(pattern, event);
    if (!one) return one;
    any = any || *one;
  }
  return any;
}

bool PatternMatcher::node_holds(const EventPattern& pattern, std::uint32_t index,
                                const RecordView& view, const RecordContext& context) {
  const FormulaNode& node = pattern.nodes()[index];
  if (node.kind == NodeKind::kLeaf) return leaf_holds(pattern.leaves()[node.leaf], view, context);
  const bool stops_at = node.kind == NodeKind::kAny;
  for (const std::uint32_t child : node.by_cost) {
    if (node_holds(pattern, child, view, context) == stops_at) return stops_at;
  }
  return !stops_at;
}

bool PatternMatcher::leaf_holds(const PatternLeaf& leaf, const RecordView& view,
                                const RecordContext& context) {
  const RecordField& field = leaf.field;
  const StreamRecord& record = *view.record;
  switch (field.place) {
    case RecordPlace::kConstant:
      return has(field, 0);
    case RecordPlace::kEvent:
      return has(field, static_cast<std::size_t>(view.event));
    case RecordPlace::kOrigin:
      return has(field, context.with_origin ? static_cast<std::size_t>(record.origin) : 2);
    case RecordPlace::kIdentity:
      return has(field, static_cast<std::size_t>(view.identity));
    case RecordPlace::kViewType:
      return has(field, static_cast<std::size_t>(context.stream.view()));
    case RecordPlace::kRegion:
      return text_holds(leaf, context.region);
    case RecordPlace::kStreamArn:
      return text_holds(leaf, context.stream_arn);
    case RecordPlace::kOriginRegion:
      if (!context.with_origin) return leaf.accepts_absent;
      return text_holds(leaf, context.region_names[record.version.origin.index()]);
    case RecordPlace::kOriginTime:
      if (!context.with_origin) return leaf.accepts_absent;
      return text_holds(leaf, to_iso8601(record.version.timestamp, /*digits=*/6));
    case RecordPlace::kCreationTime:
      return number_holds(leaf, epoch_seconds(record.created_at));
    case RecordPlace::kSizeBytes:
      return number_holds(leaf, static_cast<std::int64_t>(view.size_bytes()));
    case RecordPlace::kEventId:
      return text_holds(leaf, context.stream.event_id(record.number, view.part));
    case RecordPlace::kSequenceNumber:
      return text_holds(leaf, context.stream.sequence_number(record.number, view.part));
    case RecordPlace::kKeys:
    case RecordPlace::kNewImage:
    case RecordPlace::kOldImage:
      break;
  }
  const std::string_view image = field.place == RecordPlace::kKeys       ? view.key_bytes
                                 : field.place == RecordPlace::kNewImage ? view.new_image
                                                                         : view.old_image;
  if (image.empty()) return leaf.accepts_absent;
  bool present = false;
  const auto visitor = [&](const LeafValue& value) {
    present = true;
    return leaf.holds(value);
  };
  pattern::ImageWalk walk(visitor, text_);
  const std::string_view path = std::string_view{leaf.path}.substr(field.rest_offset);
  return walk.visit_item(image, path) || (leaf.accepts_absent && !present);
}

bool PatternMatcher::number_holds(const PatternLeaf& leaf, std::int64_t value) const {
  std::array<char, 20> text;  // "-9223372036854775808"
  const char* const end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return leaf.holds(
      {LeafKind::kNumber, {text.data(), static_cast<std::size_t>(end - text.data())}});
}

// Few patterns get here, and only with records whose formula holds when each leaf is taken by
// itself. Members of the record outside of the images are in no list, so they are as they were.
bool PatternMatcher::holds_for_elements(const EventPattern& pattern, const RecordView& view,
                                        const RecordContext& context) {
  scan_.start(pattern);
  const pattern::PathRange change = scan_.enter(scan_.root(), "dynamodb", /*at_root=*/true);
  pattern::ImageScan images(scan_, text_);
  const auto look_into = [&](std::string_view name, std::string_view image) {
    const pattern::PathRange range = scan_.enter(change, name, /*at_root=*/false);
    if (!image.empty() && !range.empty()) images.item(range, image);
  };
  look_into("Keys", view.key_bytes);
  look_into("NewImage", view.new_image);
  look_into("OldImage", view.old_image);
  scan_.finish_record(
      [&](std::uint32_t leaf) { return leaf_holds(pattern.leaves()[leaf], view, context); });
  return scan_.matches();
}

}  // namespace gtsim
