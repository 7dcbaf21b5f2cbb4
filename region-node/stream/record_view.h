// What a reader of a stream sees of its records. A table's record profile decides what the reader
// is told about replication; the view type decides which images it gets.
//
// - 2019: one record for each change of the local table, without any mark of replication, as the
//   service sends today (global tables version 2019.11.21).
// - 2017: the legacy version 2017.11.29. Items carry aws:rep:deleting, aws:rep:updateregion and
//   aws:rep:updatetime. At home a put or update makes two records (the change, then the stamp) and
//   a delete one; elsewhere a put or update makes one and a delete two (aws:rep:deleting, then the
//   REMOVE). Source: "Determining the version of a global table", stream records.
// - marked: as 2019, and records of replicated writes carry a userIdentity with the principal
//   replication.dynamodb.amazonaws.com. No service does this; it lets a typed SDK see the tag.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "region-node/stream/record.h"
#include "region-node/stream/view_type.h"

namespace gtsim {

enum class RecordProfile : std::uint8_t { k2019, k2017, kMarked };
[[nodiscard]] const char* to_text(RecordProfile profile);  // "2019", "2017", "marked"

// userIdentity of a record.
enum class RecordIdentity : std::uint8_t { kNone, kTimeToLive, kReplication };
// "dynamodb.amazonaws.com", "replication.dynamodb.amazonaws.com"; empty for none.
[[nodiscard]] std::string_view principal_of(RecordIdentity identity);

// One record as one reader sees it. Borrows everything.
struct RecordView {
  const StreamRecord* record = nullptr;  // the change it tells of
  EventName event = EventName::kInsert;
  RecordIdentity identity = RecordIdentity::kNone;
  std::uint8_t part = 0;               // 1: the second record that one change makes under 2017
  std::string_view key_bytes;          // canonical bytes of the key as an item
  std::string_view new_image;          // canonical bytes; empty: absent
  std::string_view old_image;          // canonical bytes; empty: absent
  std::uint32_t image_size_bytes = 0;  // of both images, by the service's arithmetic

  // SizeBytes: the key and the images shown, so that keys count in each of them.
  [[nodiscard]] std::uint64_t size_bytes() const;
};

// Makes views. Holds what 2017 adds to images, so that views can borrow it.
class RecordPresenter {
 public:
  // `region_names` by RegionId index; must outlive the presenter.
  RecordPresenter(RecordProfile profile, StreamViewType view,
                  std::span<const std::string> region_names)
      : profile_(profile), view_(view), region_names_(region_names) {}

  // One view, or two under 2017; valid until the next call, and no longer than the record.
  [[nodiscard]] std::span<const RecordView> present(const StreamRecord& record,
                                                    std::string_view key_bytes) {
    RecordView& first = views_[0];
    first.record = &record;
    first.event = record.event;
    first.key_bytes = key_bytes;
    if (profile_ == RecordProfile::k2017) [[unlikely]]
      return present_2017(record);
    first.identity =
        record.ttl_identity ? RecordIdentity::kTimeToLive
        : profile_ == RecordProfile::kMarked && record.origin == OriginKind::kReplication
            ? RecordIdentity::kReplication
            : RecordIdentity::kNone;
    show(first, record.new_image, record.old_image);
    return {views_.data(), 1};
  }

  [[nodiscard]] RecordProfile profile() const { return profile_; }
  [[nodiscard]] StreamViewType view() const { return view_; }
  // How many records of the stream one change can make.
  [[nodiscard]] int most_parts() const { return profile_ == RecordProfile::k2017 ? 2 : 1; }

 private:
  [[nodiscard]] std::span<const RecordView> present_2017(const StreamRecord& record);
  void show(RecordView& view, const Image& new_image, const Image& old_image) const {
    view.new_image = carries_new_image(view_) ? new_image.bytes() : std::string_view{};
    view.old_image = carries_old_image(view_) ? old_image.bytes() : std::string_view{};
    view.image_size_bytes = (view.new_image.empty() ? 0 : new_image.size_bytes()) +
                            (view.old_image.empty() ? 0 : old_image.size_bytes());
  }
  // The image with the attributes of the legacy version; a null image stays null.
  [[nodiscard]] Image stamped(const Image& image, const Version& version, bool deleting) const;

  RecordProfile profile_;
  StreamViewType view_;
  std::span<const std::string> region_names_;
  std::array<RecordView, 2> views_;
  std::array<Image, 3> stamped_;  // what the views of 2017 borrow
};

}  // namespace gtsim
