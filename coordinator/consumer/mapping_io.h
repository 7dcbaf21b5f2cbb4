// What an event source mapping needs of the world, and what it tells of itself. The simulator
// answers within the call; whoever reads over a network answers a read when it can and calls
// poll() again.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "region-node/base/ring_queue.h"
#include "region-node/base/time.h"
#include "region-node/stream/record_view.h"
#include "region-node/stream/stream.h"

namespace gtsim {

// A place in a stream: two for each record number, because one change makes up to two records
// under the record profile 2017.
using StreamPlace = std::uint64_t;
[[nodiscard]] constexpr StreamPlace place_of(std::uint64_t number, int part = 0) {
  return number * 2 + static_cast<StreamPlace>(part);
}

// A record that passed the filter and waits for its invocation, or is in it.
struct BufferedRecord {
  StreamRecord record;
  std::uint8_t part = 0;
  std::uint32_t size_bytes = 0;  // SizeBytes
  Instant read_at;

  [[nodiscard]] StreamPlace place() const { return place_of(record.number, part); }
};

// A part of a record that passes the filter.
struct PassedPart {
  std::uint8_t part = 0;
  std::uint32_t size_bytes = 0;
};

// The first `size` records of a queue.
struct BatchView {
  const RingQueue<BufferedRecord>* queue = nullptr;
  std::size_t size = 0;
  [[nodiscard]] const BufferedRecord& operator[](std::size_t index) const {
    return (*queue)[index];
  }
};

// Members that a Lambda event has in a tumbling window.
struct WindowPart {
  std::int64_t start_seconds = 0;  // since the epoch
  std::int64_t end_seconds = 0;
  std::string_view state;  // JSON text, "{}" at the beginning
  bool final = false;
  bool terminated_early = false;
};

struct MappingInvocation {
  std::uint64_t id = 0;   // rises by one
  std::size_t shard = 0;  // index among the shards that the mapping has met
  std::string_view shard_id;
  std::size_t lane = 0;
  BatchView batch;
  int attempt = 1;
  std::optional<WindowPart> window;
};

// How an invocation ended.
struct InvocationEnd {
  enum class Kind : std::uint8_t { kSuccess, kFailFrom, kFailAll };
  Kind kind = Kind::kSuccess;
  std::size_t index = 0;        // kFailFrom: the first record that failed
  bool function_error = false;  // it threw, crashed or timed out; false: it told what failed
  std::string window_state = "{}";
  bool window_state_too_large = false;
};

enum class GiveUpReason : std::uint8_t { kRetryAttemptsExhausted, kRecordAgeExceeded };
[[nodiscard]] const char* to_text(GiveUpReason reason);

struct ShardPage {
  enum class Status : std::uint8_t { kOk, kUnavailable, kThrottled, kTrimmed };
  Status status = Status::kOk;
  std::vector<StreamRecord> records;
  std::uint64_t next_number = 0;
  bool more = false;          // there are further ones
  bool end_of_shard = false;  // it is closed and there is nothing after these
};

struct ShardEntry {
  std::string id;
  std::optional<std::string> parent_id;
  bool open = true;
};

class MappingIo {
 public:
  virtual ~MappingIo() = default;

  // --- The stream. Nothing: it cannot be asked now.
  [[nodiscard]] virtual std::optional<std::vector<ShardEntry>> shards() = 0;
  [[nodiscard]] virtual std::optional<std::uint64_t> first_number(const std::string& shard_id,
                                                                  IteratorType from) = 0;
  // Every record below this has left the stream.
  [[nodiscard]] virtual std::uint64_t oldest_number() = 0;
  [[nodiscard]] virtual ShardPage read(const std::string& shard_id, std::uint64_t from_number,
                                       std::size_t limit) = 0;

  [[nodiscard]] virtual WallTime region_clock() = 0;

  // --- Records
  // The parts of the record (one, or up to two under the profile 2017) that pass the filter, in
  // order, into `passed`, which is empty.
  virtual void filter(const StreamRecord& record, std::vector<PassedPart>& passed) = 0;
  [[nodiscard]] virtual std::uint64_t partition_hash(const StreamRecord& record) = 0;
  // How many of the first records make an event of at most 6 MB; at least one.
  [[nodiscard]] virtual std::size_t fitting(const BatchView& batch) = 0;

  // --- Orders
  // The end comes through EventSourceMapping::on_end().
  virtual void invoke(const MappingInvocation& invocation) = 0;
  virtual void give_up(const MappingInvocation& last, GiveUpReason reason, bool function_error) = 0;
  // tick() is to be called then. Often asked several times for one moment; one call is enough.
  virtual void wake_at(Instant at) = 0;

  // --- Told
  virtual void on_shard(std::size_t /*shard*/, const std::string& /*id*/,
                        StreamPlace /*starts_at*/) {}
  // Everything before is done: processed, filtered out or given up.
  virtual void on_checkpoint(std::size_t /*shard*/, StreamPlace /*place*/) {}
  // Records of the shard from `from` up to `to` left the stream before they were read.
  virtual void on_expired(std::size_t /*shard*/, StreamPlace /*from*/, StreamPlace /*to*/) {}
  // The batch had been read, but left the stream before it was processed; nobody tries on.
  virtual void on_held_expired(const MappingInvocation& /*last*/) {}
};

}  // namespace gtsim
