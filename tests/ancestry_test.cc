// The ledger against a slow one that knows every write of a key and asks every pair: random trees
// of writes, told in random orders, with floors that rise as far as they may.
#include "coordinator/check/ancestry.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "region-node/base/random.h"

namespace gtsim {
namespace {

constexpr KeyId kKey{0};

struct Made {
  TracedWrite write;
  std::size_t parent = SIZE_MAX;  // index
};

class Heard final : public AncestryListener {
 public:
  void on_conflict(KeyId, PackedVersion winner, PackedVersion loser) override {
    EXPECT_TRUE(conflicts.insert(loser).second);
    EXPECT_GT(winner, loser);
    winners[loser] = winner;
  }
  void on_lost(KeyId, PackedVersion winner, PackedVersion loser, bool was_acknowledged) override {
    EXPECT_TRUE(lost.insert(loser).second);
    EXPECT_EQ(winners.at(loser), winner);
    acknowledged[loser] = was_acknowledged;
  }
  std::set<PackedVersion> conflicts;
  std::set<PackedVersion> lost;
  std::map<PackedVersion, PackedVersion> winners;
  std::map<PackedVersion, bool> acknowledged;
};

// Regions that hold some version each, write on what they hold, and hear of what others wrote: by
// last-writer-wins, in any order, or never.
class World {
 public:
  World(std::uint64_t seed, std::size_t regions) : random_(seed), held_(regions, SIZE_MAX) {}

  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      const std::size_t region = random_.below(held_.size());
      if (writes_.empty() || random_.chance(0.5)) {
        write(region);
      } else {
        const std::size_t heard = random_.below(writes_.size());
        if (held_[region] == SIZE_MAX || version(heard) > version(held_[region])) {
          held_[region] = heard;
          raise_floor();
        }
      }
    }
  }
  void finish() { ancestry_.finish(); }

  [[nodiscard]] bool built_on(std::size_t write, std::size_t ancestor) const {
    for (std::size_t at = write; at != SIZE_MAX; at = writes_[at].parent) {
      if (at == ancestor) return true;
    }
    return false;
  }
  void check() const {
    std::set<PackedVersion> conflicts;
    std::set<PackedVersion> lost;
    for (std::size_t w = 0; w < writes_.size(); ++w) {
      bool conflict = false;
      bool leaf = true;
      for (std::size_t v = 0; v < writes_.size(); ++v) {
        if (version(v) > version(w) && !built_on(v, w)) conflict = true;
        if (writes_[v].parent == w) leaf = false;
      }
      if (conflict) conflicts.insert(version(w));
      if (conflict && leaf) lost.insert(version(w));
      if (conflict && leaf) {
        EXPECT_EQ(heard_.acknowledged.at(version(w)), writes_[w].write.acknowledged);
      }
    }
    EXPECT_EQ(heard_.conflicts, conflicts);
    EXPECT_EQ(heard_.lost, lost);
    for (const auto& [loser, winner] : heard_.winners) {
      PackedVersion newest_met = kNothingPacked;
      for (const Made& made : writes_) {
        const bool met = made.write.version > loser && made.write.parent < loser;
        if (met) newest_met = std::max(newest_met, made.write.version);
      }
      EXPECT_EQ(winner, newest_met);
      EXPECT_FALSE(built_on(index_of(winner), index_of(loser)));
    }
  }

 private:
  [[nodiscard]] PackedVersion version(std::size_t index) const {
    return writes_[index].write.version;
  }
  [[nodiscard]] std::size_t index_of(PackedVersion version) const {
    for (std::size_t i = 0; i < writes_.size(); ++i) {
      if (writes_[i].write.version == version) return i;
    }
    return SIZE_MAX;
  }

  void write(std::size_t region) {
    const std::size_t parent = held_[region];
    Made made;
    made.parent = parent;
    if (parent != SIZE_MAX) made.write.parent = version(parent);
    // Clocks disagree by a few microseconds, so that what is told later may be older.
    clock_ += 2;
    const std::int64_t shown = clock_ - static_cast<std::int64_t>(random_.below(9));
    const std::int64_t least = parent == SIZE_MAX ? 0 : unpack(version(parent)).timestamp.us + 1;
    Version chosen{WallTime{std::max(shown, least)}, RegionId{static_cast<std::uint16_t>(region)}};
    while (index_of(pack(chosen)) != SIZE_MAX) ++chosen.timestamp.us;
    made.write.version = pack(chosen);
    made.write.acknowledged = random_.chance(0.5);
    const PackedVersion newest = newest_ == SIZE_MAX ? kNothingPacked : version(newest_);
    const bool follows = made.write.parent == newest && !ancestry_.forked(kKey);
    TracedWrite told = made.write;
    told.acknowledged = false;
    if (!follows) {
      if (!ancestry_.forked(kKey)) ancestry_.fork(kKey, line());
      ancestry_.on_write(kKey, told);
    }
    writes_.push_back(made);
    if (made.write.acknowledged) ancestry_.on_acknowledged(kKey, made.write.version);
    if (newest_ == SIZE_MAX || made.write.version > newest) newest_ = writes_.size() - 1;
    held_[region] = writes_.size() - 1;
    raise_floor();
  }
  // From the newest back to what every region has passed.
  std::vector<TracedWrite> line() {
    std::vector<TracedWrite> line;
    for (std::size_t at = newest_; at != SIZE_MAX; at = writes_[at].parent) {
      line.push_back(writes_[at].write);
      if (version(at) <= floor()) break;
    }
    std::reverse(line.begin(), line.end());
    return line;
  }
  [[nodiscard]] PackedVersion floor() const {
    PackedVersion lowest = version(newest_);
    for (const std::size_t held : held_) {
      lowest = std::min(lowest, held == SIZE_MAX ? kNothingPacked : version(held));
    }
    return lowest;
  }
  void raise_floor() {
    if (ancestry_.forked(kKey)) ancestry_.on_floor(kKey, floor());
  }

  Random random_;
  std::vector<Made> writes_;
  std::vector<std::size_t> held_;  // by region: index of the write it holds
  std::size_t newest_ = SIZE_MAX;
  std::int64_t clock_ = 100;
  Heard heard_;
  Ancestry ancestry_{heard_};
};

TEST(AncestryProperty, AgreesWithAskingEveryPair) {
  for (std::uint64_t seed = 0; seed < 3'000; ++seed) {
    World world{seed, 2 + seed % 4};
    world.run(seed % 30 == 0 ? 400 : 5 + static_cast<int>(seed % 60));
    world.finish();
    world.check();
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
  }
}

// Two regions that write one item at the same time, again and again, each a step behind the other.
TEST(Ancestry, OfAKeyThatNeverRestsOnlyWhatMayBeBuiltOnIsKept) {
  Heard heard;
  Ancestry ancestry{heard};
  const auto at = [](std::int64_t us, std::uint16_t region) {
    return pack({WallTime{us}, RegionId{region}});
  };
  ancestry.fork(kKey, std::vector<TracedWrite>{{at(1, 0), kNothingPacked, true}});
  for (std::int64_t us = 10; us <= 10'000; us += 10) {
    const PackedVersion seen = us == 10 ? at(1, 0) : at(us - 10, 1);
    ancestry.on_write(kKey, {at(us, 0), seen, true});
    ancestry.on_write(kKey, {at(us, 1), seen, true});
    ancestry.on_floor(kKey, seen);
    EXPECT_LE(heard.lost.size(), static_cast<std::size_t>(us / 10));
    EXPECT_GE(heard.lost.size() + 40, static_cast<std::size_t>(us / 10));
  }
  ancestry.finish();
  EXPECT_EQ(heard.lost.size(), 1'000u);
}

}  // namespace
}  // namespace gtsim
