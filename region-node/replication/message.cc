#include "region-node/replication/message.h"

#include <algorithm>

#include "region-node/base/hash.h"

namespace gtsim {
namespace {

constexpr std::int64_t kMessageOverheadBytes = 64;
constexpr std::int64_t kChangeOverheadBytes = 40;  // key, version, position

std::uint64_t identity_of(KeyId key, const Version& version, const KeySpace& keys) {
  const std::uint64_t written =
      mix(static_cast<std::uint64_t>(version.timestamp.us) * 64 + version.origin.value());
  return hash_bytes(keys.bytes(key), written);
}

}  // namespace

std::uint64_t identity_of(const Message& message, const KeySpace& keys) {
  std::uint64_t subject = UINT64_MAX;
  for (const Change& change : message.changes) {
    subject = std::min(subject, identity_of(change.key, change.version, keys));
  }
  if (message.changes.empty()) {
    const Version answered{message.subject_timestamp, message.subject_origin};
    subject = answered.ever_written() ? identity_of(message.subject_key, answered, keys)
                                      : message.next_position;
  }
  const std::uint64_t kind = (static_cast<std::uint64_t>(message.kind) << 48) |
                             (std::uint64_t{message.table.value()} << 32) | message.tries;
  return mix(subject ^ mix(kind));
}

std::uint32_t line_of(const Message& message) {
  constexpr std::uint32_t kKinds = 8;       // or fewer
  constexpr std::uint32_t kLaneShift = 20;  // above 2,500 tables
  return (std::uint32_t{message.lane} << kLaneShift) + message.table.value() * kKinds +
         static_cast<std::uint32_t>(message.kind);
}

std::int64_t wire_size_bytes(const Message& message) {
  std::int64_t size = kMessageOverheadBytes;
  for (const Change& change : message.changes) {
    size += kChangeOverheadBytes + change.image.size_bytes();
  }
  return size;
}

}  // namespace gtsim
