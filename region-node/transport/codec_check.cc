// The border: what a frame must be before anything of it is believed.
#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <string>
#include <string_view>

#include "region-node/base/hash.h"
#include "region-node/item/canonical.h"
#include "region-node/item/canonical_check.h"
#include "region-node/item/item_size.h"
#include "region-node/transport/codec.h"
#include "region-node/transport/control_codec.h"
#include "region-node/transport/replication_transport.h"

namespace gtsim {
namespace {

namespace wire = replication::v1;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

constexpr std::uint64_t kMaxPositionsPerBatch = 60'000;  // an offset fits Change::offset
// A back-fill's mark is the sender's own number of a key, or all ones at the end.
constexpr std::uint64_t kBackfillComplete = UINT64_MAX;

char letter_of(AttributeType type) {
  return type == AttributeType::kS ? 'S' : type == AttributeType::kN ? 'N' : 'B';
}

class FrameChecker {
 public:
  FrameChecker(const FrameOrigin& origin, std::vector<ChangeFacts>& facts)
      : origin_(origin), facts_(facts) {}

  Result<void> check(const wire::Frame& frame) {
    facts_.clear();
    if (frame.batches_size() > static_cast<int>(kMaxBatchesPerFrame)) {
      return Error{Errc::kInput, fmt::format("frame.batches: {}, at most {} are allowed",
                                             frame.batches_size(), kMaxBatchesPerFrame)};
    }
    for (const wire::Batch& batch : frame.batches()) {
      change_index_ = -1;
      if (!check(batch)) return error();
      ++batch_index_;
    }
    return {};
  }

 private:
  bool fail(std::string_view field, std::string_view what) {
    told_ = fmt::format("{}: {}", field, what);
    return false;
  }
  [[nodiscard]] Error error() const {
    std::string place = fmt::format("batches[{}]", batch_index_);
    if (change_index_ >= 0) place += fmt::format(".changes[{}]", change_index_);
    return Error{Errc::kInput, fmt::format("{}.{}", place, told_)};
  }

  bool check(const wire::Batch& batch) {
    // What is there to be said of a table by its name needs no number.
    if (batch.control().table_name().empty()) {
      if (batch.table() >= origin_.tables.size()) {
        return fail("table",
                    fmt::format("{}, but there are {}", batch.table(), origin_.tables.size()));
      }
      schema_ = &origin_.tables[batch.table()]->key;
    } else if (batch.table() != 0) {
      return fail("table", "control.table_name says which");
    }
    if (batch.has_control() && batch.kind() != wire::CONTROL) {
      return fail("control", "only a batch of the kind CONTROL has it");
    }
    switch (batch.kind()) {
      case wire::CHANGES:
        return check_changes(batch);
      case wire::BACKFILL:
        return check_no_lane(batch) && check_no_answer(batch) && check_each(batch);
      case wire::ACKNOWLEDGEMENT:
        return check_acknowledgement(batch);
      case wire::BACKFILL_ACKNOWLEDGEMENT:
        if (batch.next_position() > UINT32_MAX && batch.next_position() != kBackfillComplete) {
          return fail("next_position", fmt::format("{} is no mark of ours", batch.next_position()));
        }
        return check_no_lane(batch) && check_no_answer(batch) && check_no_changes(batch);
      case wire::CONTROL:
        return check_control_batch(batch);
      default:
        return fail("kind", fmt::format("{} is unknown", static_cast<int>(batch.kind())));
    }
  }

  bool check_lane(const wire::Batch& batch) {
    if (batch.lanes() > kMostLanes) {
      return fail("lanes", fmt::format("{}, at most {} are allowed", batch.lanes(), kMostLanes));
    }
    if (batch.lane() >= std::max(batch.lanes(), 1U)) {
      return fail("lane",
                  fmt::format("{} is none of {}", batch.lane(), std::max(batch.lanes(), 1U)));
    }
    if (batch.lanes() < 2 && batch.floor() != 0)
      return fail("floor", "without lanes there is none");
    const bool is_answer = batch.kind() == wire::ACKNOWLEDGEMENT;
    const std::uint64_t most = is_answer ? batch.next_position() : batch.first_position();
    return batch.floor() <= most ||
           fail("floor", fmt::format("{} is beyond position {}", batch.floor(), most));
  }
  bool check_no_lane(const wire::Batch& batch) {
    if (batch.lane() != 0) return fail("lane", "only changes and their acknowledgements have it");
    if (batch.lanes() != 0) return fail("lanes", "only changes and their acknowledgements have it");
    return batch.floor() == 0 || fail("floor", "only changes and their acknowledgements have it");
  }

  bool check_changes(const wire::Batch& batch) {
    if (!check_lane(batch)) return false;
    if (batch.next_position() < batch.first_position()) {
      return fail("next_position", fmt::format("{} is before first_position {}",
                                               batch.next_position(), batch.first_position()));
    }
    span_ = batch.next_position() - batch.first_position();
    if (span_ > kMaxPositionsPerBatch) {
      return fail("next_position", fmt::format("{} positions in one batch, at most {} are allowed",
                                               span_, kMaxPositionsPerBatch));
    }
    next_offset_ = 0;
    return check_no_answer(batch) && check_each(batch);
  }

  bool check_acknowledgement(const wire::Batch& batch) {
    if (!check_lane(batch)) return false;
    if (batch.first_position() != 0) return fail("first_position", "an acknowledgement has none");
    if (batch.hold_off_us() < 0 || batch.hold_off_us() > kMaxHoldOffUs) {
      return fail("hold_off_us", fmt::format("{} is not between 0 and a day", batch.hold_off_us()));
    }
    return check_no_changes(batch);
  }
  bool check_no_changes(const wire::Batch& batch) {
    return batch.changes_size() == 0 || fail("changes", "an acknowledgement has none");
  }
  bool check_no_answer(const wire::Batch& batch) {
    if (batch.gap()) return fail("gap", "only an acknowledgement of changes has it");
    return batch.hold_off_us() == 0 ||
           fail("hold_off_us", "only an acknowledgement of changes has it");
  }

  bool check_control_batch(const wire::Batch& batch) {
    if (!batch.has_control()) return fail("control", "missing");
    if (batch.first_position() != 0) return fail("first_position", "a control message has none");
    if (batch.changes_size() != 0) return fail("changes", "a control message has none");
    if (!check_no_answer(batch) || !check_no_lane(batch)) return false;
    const Result<void> checked = check_control(batch.control(), origin_);
    if (!checked) told_ = checked.error().detail;
    return checked.has_value();
  }

  bool check_each(const wire::Batch& batch) {
    if (facts_.size() + static_cast<std::size_t>(batch.changes_size()) > kMaxChangesPerFrame) {
      return fail("changes", fmt::format("more than {} in one frame", kMaxChangesPerFrame));
    }
    const bool backfill = batch.kind() == wire::BACKFILL;
    change_index_ = 0;
    for (const wire::Change& change : batch.changes()) {
      if (!(backfill ? check_backfilled(change) : check_shipped(change))) return false;
      if (!check_version(change)) return false;
      ChangeFacts& facts = facts_.emplace_back();
      if (!check_key(change.key(), facts) || !check_image(change, facts)) return false;
      ++change_index_;
    }
    change_index_ = -1;
    return true;
  }

  bool check_shipped(const wire::Change& change) {
    if (change.offset() < next_offset_ || change.offset() >= span_) {
      return fail("offset", fmt::format("{} is not between {} and the batch's end {}",
                                        change.offset(), next_offset_, span_));
    }
    next_offset_ = change.offset() + 1;
    return (change.origin() < origin_.regions.size() &&
            origin_.regions[change.origin()] == origin_.from) ||
           fail("origin", fmt::format("{} is not the region that sends", change.origin()));
  }

  bool check_backfilled(const wire::Change& change) {
    if (change.offset() != 0) return fail("offset", "back-fill has no positions");
    return change.origin() < origin_.regions.size() ||
           fail("origin",
                fmt::format("{}, but Hello lists {}", change.origin(), origin_.regions.size()));
  }

  bool check_version(const wire::Change& change) {
    if (!is_wire_time(change.timestamp_us())) {
      return fail("timestamp_us", fmt::format("{} is no time", change.timestamp_us()));
    }
    return is_wire_time(change.committed_at_us()) ||
           fail("committed_at_us", fmt::format("{} is no time", change.committed_at_us()));
  }

  // Exactly the key attributes, each of its type, neither empty nor too long.
  bool check_key(const std::string& key, ChangeFacts& facts) {
    const CanonicalCheck checked = check_canonical_item(key);
    if (checked.fault != nullptr) return fail("key", checked.fault);
    RawAttributeReader reader(key);
    const std::size_t expected = schema_->range ? 2 : 1;
    if (reader.count() != expected) {
      return fail("key",
                  fmt::format("{} attributes, the table's key has {}", reader.count(), expected));
    }
    RawAttribute attribute;
    while (reader.next(attribute)) {
      const bool hash = attribute.name == schema_->hash.name;
      if (!hash && !(schema_->range && attribute.name == schema_->range->name)) {
        return fail("key", "an attribute that is not of the table's key");
      }
      if (!check_key_attribute(hash ? schema_->hash : *schema_->range, attribute.value,
                               hash ? kMaxHashKeyBytes : kMaxRangeKeyBytes)) {
        return false;
      }
      if (hash) facts.partition_hash = hash_bytes(attribute.value);
    }
    return true;
  }

  bool check_key_attribute(const KeyAttribute& attribute, std::string_view value,
                           std::size_t limit) {
    if (value.front() != letter_of(attribute.type)) {
      return fail("key",
                  fmt::format("{} is not of type {}", attribute.name, type_name(attribute.type)));
    }
    if (attribute.type == AttributeType::kN) return true;
    // The shortest length needs one byte, that of 128 and more two.
    const std::size_t encoded = value.size() - 1;
    const std::size_t length = encoded <= 128 ? encoded - 1 : encoded - 2;
    if (length == 0) return fail("key", fmt::format("{} is empty", attribute.name));
    return length <= limit || fail("key", fmt::format("{} has {} bytes, at most {} are allowed",
                                                      attribute.name, length, limit));
  }

  bool check_image(const wire::Change& change, ChangeFacts& facts) {
    const std::string& image = change.image();
    if (image.empty()) return true;  // deleted
    const CanonicalCheck checked = check_canonical_item(image);
    if (checked.fault != nullptr) return fail("image", checked.fault);
    if (checked.size_bytes > kMaxItemSizeBytes) {
      return fail("image", fmt::format("an item of {} bytes, at most {} are allowed",
                                       checked.size_bytes, kMaxItemSizeBytes));
    }
    facts.size_bytes = static_cast<std::uint32_t>(checked.size_bytes);
    RawAttributeReader key(change.key());
    RawAttribute attribute;
    while (key.next(attribute)) {
      const auto held = find_attribute(image, attribute.name);
      if (!held || *held != attribute.value) {
        return fail("image", "its key attributes are not those of the change's key");
      }
    }
    return true;
  }

  const FrameOrigin& origin_;
  std::vector<ChangeFacts>& facts_;
  const KeySchema* schema_ = nullptr;  // of the batch's table
  std::uint64_t span_ = 0;             // CHANGES: positions of the batch
  std::uint32_t next_offset_ = 0;      // CHANGES: the least that the next change may have
  int batch_index_ = 0;
  int change_index_ = -1;  // -1: the batch itself
  std::string told_;       // field and what is wrong with it
};

// Calls `each` for every length-delimited field, within its limit, until one returns false.
template <class Each>
bool walk_fields(CodedInputStream& in, Each&& each) {
  while (const std::uint32_t tag = in.ReadTag()) {
    if (WireFormatLite::GetTagWireType(tag) != WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      if (!WireFormatLite::SkipField(&in, tag)) return true;  // does not parse: told later
      continue;
    }
    int length = 0;
    if (!in.ReadVarintSizeAsInt(&length)) return true;
    const auto limit = in.PushLimit(length);
    if (!each(WireFormatLite::GetTagFieldNumber(tag))) return false;
    if (!in.Skip(in.BytesUntilLimit())) return true;
    in.PopLimit(limit);
  }
  return true;
}

}  // namespace

bool within_frame_limits(google::protobuf::io::ZeroCopyInputStream& serialized) {
  CodedInputStream in(&serialized);
  std::size_t batches = 0;
  std::size_t changes = 0;
  std::size_t tables = 0;
  const auto in_control = [&](int field) {
    const bool is_entry =
        field == wire::Control::kPlacesFieldNumber || field == wire::Control::kCopiesFieldNumber;
    return !is_entry || ++changes <= kMaxChangesPerFrame;
  };
  const auto in_batch = [&](int field) {
    if (field == wire::Batch::kControlFieldNumber) return walk_fields(in, in_control);
    return field != wire::Batch::kChangesFieldNumber || ++changes <= kMaxChangesPerFrame;
  };
  const auto in_frame = [&](int field) {
    if (field == wire::Frame::kTablesFieldNumber) return ++tables <= kMaxTablesPerFrame;
    return field != wire::Frame::kBatchesFieldNumber ||
           (++batches <= kMaxBatchesPerFrame && walk_fields(in, in_batch));
  };
  return walk_fields(in, [&](int field) {
    return field != wire::FromOrigin::kFrameFieldNumber || walk_fields(in, in_frame);
  });
}

Result<void> check_frame(const wire::Frame& frame, const FrameOrigin& origin,
                         std::vector<ChangeFacts>& facts) {
  return FrameChecker(origin, facts).check(frame);
}

}  // namespace gtsim
