// One of the lanes in which a mapping processes a shard: a queue of records, of which the first
// ones form the batch that is being processed. With a parallelization factor of n a shard has n
// lanes, and each key has its lane.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coordinator/consumer/mapping_io.h"
#include "coordinator/scenario/consumer_spec.h"

namespace gtsim {

// What a lane is told whenever it works.
struct LaneContext {
  Instant now;
  WallTime region_clock;
  std::size_t shard = 0;
  std::string_view shard_id;
  std::size_t lane = 0;
  bool shard_ended = false;     // no more records will come
  bool read_up_to_now = false;  // the last poll found nothing more
  std::uint64_t* next_invocation = nullptr;
};

class ShardLane {
 public:
  ShardLane(const ConsumerSpec& spec, MappingIo& io) : spec_(&spec), io_(&io) {}

  void push(BufferedRecord record) { pending_.push_back(std::move(record)); }

  // Settles what is to be invoked next, if anything is due, and returns the invocation's number;
  // invoke() must follow.
  [[nodiscard]] std::optional<std::uint64_t> work(const LaneContext& context);
  void invoke(const LaneContext& context);
  void on_end(const LaneContext& context, const InvocationEnd& end);

  [[nodiscard]] std::size_t pending() const { return pending_.size(); }
  [[nodiscard]] bool invoking() const { return invoking_; }
  // Nothing waits, no window is open.
  [[nodiscard]] bool idle() const {
    return pending_.empty() && parts_.empty() && !invoking_ && !window_;
  }
  // Of the first record that is not done.
  [[nodiscard]] std::optional<StreamPlace> first_place() const {
    if (pending_.empty()) return std::nullopt;
    return pending_.front().place();
  }

 private:
  // A piece of work: the first records of the queue. A batch is one; bisecting makes two of it.
  struct Part {
    std::size_t size = 0;
    int failures = 0;  // that count as retries
    int invocations = 0;
    bool ends_window = false;  // the final invocation of a window, without records
  };
  struct Window {
    std::int64_t start_seconds = 0;
    std::string state = "{}";
    bool too_large = false;
  };

  [[nodiscard]] bool form_batch(const LaneContext& context);
  [[nodiscard]] bool window_is_over(const LaneContext& context) const;
  [[nodiscard]] std::size_t same_window(std::size_t most) const;
  [[nodiscard]] std::int64_t window_of(const BufferedRecord& record) const;
  void drop_aged(const LaneContext& context);
  [[nodiscard]] MappingInvocation invocation_of(const LaneContext& context, const Part& part) const;
  void fail(const LaneContext& context, const InvocationEnd& end);
  void pop(std::size_t count);
  void finish_part();

  const ConsumerSpec* spec_;
  MappingIo* io_;
  RingQueue<BufferedRecord> pending_;
  std::vector<Part> parts_;  // the last one is next; together they are a prefix of the queue
  std::optional<Window> window_;
  std::uint64_t last_invocation_ = 0;
  Instant retry_at_{0};
  bool invoking_ = false;
};

}  // namespace gtsim
