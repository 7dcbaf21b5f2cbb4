// A mapping over a stream made by hand, with a function whose answers the test decides.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "coordinator/consumer/mapping.h"

namespace gtsim {

inline constexpr Duration kSecond{1'000'000};

class MappingFixture : public testing::Test, public MappingIo {
 protected:
  struct FakeShard {
    std::string id;
    std::optional<std::string> parent_id;
    bool open = true;
    std::vector<std::uint64_t> numbers;
  };
  // What the function was given.
  struct Call {
    std::uint64_t id = 0;
    Instant at;
    std::string shard;
    std::size_t lane = 0;
    int attempt = 1;
    std::vector<std::uint64_t> numbers;
    std::optional<WindowPart> window;
    std::string state;
  };
  struct GivenUp {
    std::vector<std::uint64_t> numbers;
    GiveUpReason reason;
    int attempts;
    bool function_error;
  };

  MappingFixture() { add_shard("a"); }

  void add_shard(const std::string& id, std::optional<std::string> parent = std::nullopt) {
    fake_shards.push_back({id, std::move(parent), true, {}});
  }
  FakeShard& shard(const std::string& id) {
    for (FakeShard& one : fake_shards) {
      if (one.id == id) return one;
    }
    ADD_FAILURE() << "no shard " << id;
    return fake_shards.front();
  }
  // A record of a key; what is odd is filtered out when `filter_odd`.
  void write(std::uint32_t key, const std::string& to = "a") {
    StreamRecord& record = records[next_number];
    record.number = next_number;
    record.key = KeyId{key};
    record.appended_at = now;
    record.created_at = WallTime{now.us};
    shard(to).numbers.push_back(next_number);
    ++next_number;
  }
  void write_many(int count) {
    for (int i = 0; i < count; ++i) write(static_cast<std::uint32_t>(i));
  }

  EventSourceMapping& mapping() {
    if (!made) made = std::make_unique<EventSourceMapping>(spec, *this);
    return *made;
  }
  void start() { mapping().start(now); }
  // Lets time pass; the mapping is woken when it asked to be, and functions end when they are to.
  void pass(Duration time) {
    const Instant until = now + time;
    for (;;) {
      Instant next = kNever;
      if (!wakes.empty()) next = *wakes.begin();
      if (!ends.empty()) next = std::min(next, ends.begin()->first);
      if (next > until) break;
      now = std::max(now, next);
      if (!ends.empty() && ends.begin()->first <= now) {
        const auto [id, end] = ends.begin()->second;
        ends.erase(ends.begin());
        mapping().on_end(now, id, end);
      } else {
        wakes.erase(wakes.begin());
        mapping().tick(now);
      }
    }
    now = until;
  }
  [[nodiscard]] std::vector<std::vector<std::uint64_t>> batches() const {
    std::vector<std::vector<std::uint64_t>> all;
    for (const Call& call : calls) all.push_back(call.numbers);
    return all;
  }
  using Batches = std::vector<std::vector<std::uint64_t>>;

  // --- MappingIo
  std::optional<std::vector<ShardEntry>> shards() override {
    if (unreachable) return std::nullopt;
    std::vector<ShardEntry> entries;
    for (const FakeShard& one : fake_shards) entries.push_back({one.id, one.parent_id, one.open});
    return entries;
  }
  std::optional<std::uint64_t> first_number(const std::string& id, IteratorType from) override {
    if (id == gone) return std::nullopt;
    if (from == IteratorType::kLatest) return next_number;
    for (const std::uint64_t number : shard(id).numbers) {
      if (number >= trimmed_below) return number;
    }
    return std::max(next_number, trimmed_below);
  }
  std::uint64_t oldest_number() override { return trimmed_below; }
  void on_held_expired(const MappingInvocation& last) override {
    for (std::size_t i = 0; i < last.batch.size; ++i) {
      held_expired.push_back(last.batch[i].record.number);
    }
  }
  ShardPage read(const std::string& id, std::uint64_t from, std::size_t limit) override {
    ++reads;
    ShardPage page;
    page.next_number = from;
    if (unreachable) {
      page.status = ShardPage::Status::kUnavailable;
      return page;
    }
    if (from < trimmed_below) {
      page.status = ShardPage::Status::kTrimmed;
      return page;
    }
    const FakeShard& one = shard(id);
    for (const std::uint64_t number : one.numbers) {
      if (number < from) continue;
      if (page.records.size() == limit) {
        page.more = true;
        return page;
      }
      page.records.push_back(records.at(number));
      page.next_number = number + 1;
    }
    page.end_of_shard = !one.open;
    return page;
  }
  WallTime region_clock() override { return WallTime{now.us}; }
  void filter(const StreamRecord& record, std::vector<PassedPart>& passed) override {
    if (!filter_odd || record.number % 2 == 0) passed.push_back({0, 100});
  }
  std::uint64_t partition_hash(const StreamRecord& record) override { return record.key.value(); }
  std::size_t fitting(const BatchView& batch) override { return std::min(batch.size, fits); }
  void invoke(const MappingInvocation& invocation) override {
    Call& call = calls.emplace_back();
    call.id = invocation.id;
    call.at = now;
    call.shard = std::string{invocation.shard_id};
    call.lane = invocation.lane;
    call.attempt = invocation.attempt;
    call.window = invocation.window;
    if (invocation.window) call.state = std::string{invocation.window->state};
    for (std::size_t i = 0; i < invocation.batch.size; ++i) {
      call.numbers.push_back(invocation.batch[i].record.number);
    }
    ends.emplace(now + takes, std::pair{invocation.id, function(call)});
  }
  void give_up(const MappingInvocation& last, GiveUpReason reason, bool function_error) override {
    GivenUp& one = given_up.emplace_back();
    for (std::size_t i = 0; i < last.batch.size; ++i) {
      one.numbers.push_back(last.batch[i].record.number);
    }
    one.reason = reason;
    one.attempts = last.attempt;
    one.function_error = function_error;
  }
  void wake_at(Instant at) override { wakes.insert(at); }
  void on_checkpoint(std::size_t index, StreamPlace place) override {
    checkpoints[index] = place / 2;
  }
  void on_expired(std::size_t, StreamPlace from, StreamPlace to) override {
    expired.emplace_back(from / 2, to / 2);
  }

  static InvocationEnd success() { return {}; }
  static InvocationEnd failure() {
    return {.kind = InvocationEnd::Kind::kFailAll, .function_error = true};
  }
  static InvocationEnd fail_from(std::size_t index) {
    return {.kind = InvocationEnd::Kind::kFailFrom, .index = index};
  }

  ConsumerSpec spec;
  Instant now{0};
  std::vector<FakeShard> fake_shards;
  std::map<std::uint64_t, StreamRecord> records;
  std::uint64_t next_number = 0;
  std::uint64_t trimmed_below = 0;
  std::string gone;  // a shard that cannot be read any more
  bool filter_odd = false;
  bool unreachable = false;
  std::size_t fits = SIZE_MAX;
  Duration takes{1000};
  std::function<InvocationEnd(const Call&)> function = [](const Call&) { return success(); };

  std::vector<Call> calls;
  std::vector<GivenUp> given_up;
  std::map<std::size_t, std::uint64_t> checkpoints;  // record numbers
  std::vector<std::pair<std::uint64_t, std::uint64_t>> expired;
  std::vector<std::uint64_t> held_expired;
  int reads = 0;

 private:
  std::set<Instant> wakes;
  std::multimap<Instant, std::pair<std::uint64_t, InvocationEnd>> ends;
  std::unique_ptr<EventSourceMapping> made;
};

}  // namespace gtsim
