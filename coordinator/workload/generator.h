// One generated workload in one region: when the next write comes and what it is.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "coordinator/cluster/cluster.h"
#include "coordinator/scenario/scenario.h"
#include "coordinator/workload/item_factory.h"
#include "coordinator/workload/key_sampler.h"
#include "region-node/base/dice.h"

namespace gtsim {

class Generator {
 public:
  // `sampler` and `factory` are shared by the workload's regions.
  Generator(const WorkloadSpec& spec, const TableSpec& table, RegionId region,
            std::string region_name, Dice dice, std::shared_ptr<const KeySampler> sampler,
            std::shared_ptr<ItemFactory> factory);

  // When the next write is due; nothing once the workload has ended.
  [[nodiscard]] std::optional<Instant> next() const { return next_; }

  // Makes the write that is due and moves on to the next. `clock`, `region_name`: of where it is
  // sent. No operations: a transaction that found no two keys.
  [[nodiscard]] WriteCall take(WallTime clock, const std::string& region_name);
  [[nodiscard]] WriteCall take(WallTime clock) { return take(clock, home_name_); }

  [[nodiscard]] RegionId region() const { return region_; }
  [[nodiscard]] std::uint64_t made() const { return made_; }
  // Dice of the write with this number, for what becomes of it.
  [[nodiscard]] Dice dice_of(std::uint64_t write) const { return fates_.of(write); }

 private:
  enum class Kind { kPut, kUpdate, kDelete, kPutIfAbsent, kIncrement, kTransact };
  [[nodiscard]] Kind draw_kind(Random& contents) const;
  // The `part`th item of the write that is being made.
  [[nodiscard]] Image draw_item(KeyId key, std::size_t part, WallTime clock,
                                const std::string& region_name, Random& contents);
  [[nodiscard]] std::shared_ptr<const Update> draw_update(const std::string& region_name,
                                                          Random& contents);
  [[nodiscard]] std::int64_t draw_size(Random& contents) const;
  void schedule_next();

  const WorkloadSpec& spec_;
  RegionId region_;
  std::string home_name_;
  std::string updates_name_;  // the region that updates name
  // Each write has dice of its own, by its number: for the time to it, and for what it is.
  Dice arrivals_;
  Dice contents_;
  Dice fates_;
  std::shared_ptr<const KeySampler> sampler_;
  std::shared_ptr<ItemFactory> factory_;
  std::int64_t total_weight_ = 0;
  double mean_gap_us_ = 0;
  double exact_next_us_ = 0;  // constant arrivals keep their fraction of a microsecond
  std::optional<Instant> next_;
  Instant end_ = kNever;
  std::uint64_t made_ = 0;

  std::shared_ptr<const Condition> absent_;  // of the hash attribute
  std::shared_ptr<Update> update_;           // of the payload
  std::shared_ptr<const Update> increment_;
};

}  // namespace gtsim
