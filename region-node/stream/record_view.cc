#include "region-node/stream/record_view.h"

#include <fmt/format.h>

#include "region-node/base/check.h"
#include "region-node/item/canonical.h"

namespace gtsim {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;

// "1602518560.314001"
Number epoch_seconds(WallTime time) {
  const std::int64_t us = time.us < 0 ? 0 : time.us;
  return *Number::parse(fmt::format("{}.{:06}", us / kMicrosPerSecond, us % kMicrosPerSecond));
}

}  // namespace

const char* to_text(RecordProfile profile) {
  switch (profile) {
    case RecordProfile::k2019:
      return "2019";
    case RecordProfile::k2017:
      return "2017";
    case RecordProfile::kMarked:
      return "marked";
  }
  return "";
}

std::string_view principal_of(RecordIdentity identity) {
  switch (identity) {
    case RecordIdentity::kNone:
      return {};
    case RecordIdentity::kTimeToLive:
      return "dynamodb.amazonaws.com";
    case RecordIdentity::kReplication:
      return "replication.dynamodb.amazonaws.com";
  }
  return {};
}

std::uint64_t RecordView::size_bytes() const {
  return canonical_size_bytes(key_bytes) + image_size_bytes;
}

Image RecordPresenter::stamped(const Image& image, const Version& version, bool deleting) const {
  if (!image || !version.ever_written()) return image;
  auto decoded = decode_item(image.bytes());
  CHECK(decoded.has_value());
  Item& item = *decoded;
  item["aws:rep:deleting"] = AttributeValue::boolean(deleting);
  item["aws:rep:updateregion"] = AttributeValue::string(region_names_[version.origin.index()]);
  item["aws:rep:updatetime"] = AttributeValue::number(epoch_seconds(version.timestamp));
  return Image::make(encode_item(item));
}

std::span<const RecordView> RecordPresenter::present_2017(const StreamRecord& record) {
  RecordView& first = views_[0];
  RecordView& second = views_[1];
  first.identity = record.ttl_identity ? RecordIdentity::kTimeToLive : RecordIdentity::kNone;
  second = first;
  second.event = EventName::kModify;
  second.identity = RecordIdentity::kNone;
  second.part = 1;
  auto& [before, between, after] = stamped_;
  before = stamped(record.old_image, record.old_version, false);
  const bool at_home = record.origin == OriginKind::kApplication;
  if (record.event == EventName::kRemove) {
    if (at_home) {
      show(first, {}, before);
      return {views_.data(), 1};
    }
    // Elsewhere the delete comes in two steps, of which the first is a MODIFY.
    between = stamped(record.old_image, record.version, true);
    first.event = EventName::kModify;
    show(first, between, before);
    second.event = EventName::kRemove;
    show(second, {}, between);
    return {views_.data(), 2};
  }
  after = stamped(record.new_image, record.version, false);
  if (!at_home) {
    show(first, after, before);
    return {views_.data(), 1};
  }
  // A put replaces the whole item, with its stamp; an update leaves the old stamp standing.
  between =
      record.by_update ? stamped(record.new_image, record.old_version, false) : record.new_image;
  show(first, between, before);
  show(second, after, between);
  return {views_.data(), 2};
}

}  // namespace gtsim
