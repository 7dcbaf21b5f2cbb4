// Rule 6: once every link works and every log is drained, all regions hold the same. Random
// writes meet messages that are lost, doubled and overtaken; a slow reading of the rules is the
// second opinion.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/replica_fixture.h"

namespace gtsim::replica_fixture {
namespace {

// One drawn word decides each step, so that a failing run shrinks to few and simple ones.
struct Choice {
  std::uint32_t word;
  std::uint32_t below(std::uint32_t bound) {
    const std::uint32_t taken = word % bound;
    word /= bound;
    return taken;
  }
};

class Islands {
 public:
  explicit Islands(const Options& options) : regions_(options), count_(options.regions) {
    for (int i = 0; i < count_; ++i) regions_.set_clock_offset(Regions::id(i), (i - 1) * 150);
  }

  void step(std::uint32_t word) {
    Choice choice{word};
    switch (choice.below(8)) {
      case 0:
      case 1:
      case 2:
        write(choice);
        break;
      case 3:
        regions_.advance(1 + choice.below(400));
        collect();
        break;
      case 4:
        regions_.advance(2 * kSecond);
        collect();
        break;
      default:
        move_message(choice);
    }
  }

  // Every link works from here on.
  void drain() {
    for (int round = 0; round < 1000; ++round) {
      regions_.deliver_all();
      collect();
      bool drained = true;
      for (int i = 0; i < count_; ++i) {
        drained &= regions_.table(Regions::id(i)).sender().drained();
      }
      if (drained && regions_.wire.empty()) return;
      regions_.advance(kSecond);
    }
    RC_FAIL("the logs do not drain");
  }

  void check() {
    for (int i = 1; i < count_; ++i) {
      RC_ASSERT(regions_.contents(Regions::id(i)) == regions_.contents(kA));
    }
    for (const auto& [key, winner] : newest_) {
      const StoredItem& held = regions_.stored(kA, key);
      RC_ASSERT(held.version == winner.version);
      RC_ASSERT(text_of(held.image) == winner.v);
    }
    for (int i = 0; i < count_; ++i) check_stream(Regions::id(i));
  }

 private:
  struct Written {
    Version version;
    std::string v;
  };

  void write(Choice choice) {
    const RegionId region = Regions::id(static_cast<int>(choice.below(count())));
    const std::string key(1, static_cast<char>('k' + choice.below(3)));
    const std::uint32_t what = choice.below(5);
    const std::string v = std::to_string(choice.below(3));
    const std::string told =
        what == 0 ? regions_.remove(region, key) : regions_.put(region, key, v);
    collect();
    if (told != "ok") return;
    Written& newest = newest_[key];
    if (regions_.last_result.version > newest.version) {
      newest = {regions_.last_result.version, what == 0 ? "-" : v};
    }
  }

  void move_message(Choice choice) {
    if (regions_.wire.empty()) return;
    const std::uint32_t fate = choice.below(6);
    const std::size_t index = choice.below(static_cast<std::uint32_t>(regions_.wire.size()));
    const auto place = regions_.wire.begin() + static_cast<long>(index);
    const Message message = *place;
    if (fate != 0) regions_.wire.erase(place);  // 0: it will arrive a second time
    if (fate == 1) return;                      // 1: lost
    regions_.deliver(message);
    collect();
  }

  void collect() {
    for (int i = 0; i < count_; ++i) {
      for (std::string& line : regions_.records(Regions::id(i))) {
        streams_[Regions::id(i)].push_back(std::move(line));
      }
    }
  }

  // Each record starts where the one before it of that key ended, and the last one is what is held.
  void check_stream(RegionId region) {
    std::map<std::string, std::string> rebuilt;
    for (const std::string& line : streams_[region]) {
      const std::size_t colon = line.find(": ");
      const std::size_t arrow = line.find(" -> ");
      const std::string key = line.substr(colon - 1, 1);
      const std::string old_v = line.substr(colon + 2, arrow - colon - 2);
      const std::string new_v = line.substr(arrow + 4, line.find(',') - arrow - 4);
      RC_ASSERT(rebuilt.try_emplace(key, "-").first->second == old_v);
      RC_ASSERT(old_v != new_v);
      const std::string event = old_v == "-" ? "INSERT" : new_v == "-" ? "REMOVE" : "MODIFY";
      RC_ASSERT(line.starts_with(event));
      const bool own = line.ends_with(" " + name_of(region));
      RC_ASSERT((line.find("APPLICATION") != line.npos) == own);
      rebuilt[key] = new_v;
    }
    for (const auto& [key, v] : rebuilt) {
      RC_ASSERT(text_of(regions_.stored(region, key).image) == v);
    }
  }

  [[nodiscard]] std::uint32_t count() const { return static_cast<std::uint32_t>(count_); }

  Regions regions_;
  int count_;
  std::map<std::string, Written> newest_;
  std::map<RegionId, Lines> streams_;
};

void converge(const Options& options) {
  const auto word = rc::gen::inRange<std::uint32_t>(0, UINT32_MAX);
  const auto words = *rc::gen::scale(3.0, rc::gen::container<std::vector<std::uint32_t>>(word));
  Islands islands(options);
  for (const std::uint32_t drawn : words) islands.step(drawn);
  islands.drain();
  islands.check();
}

RC_GTEST_PROP(ReplicaRule6, TwoRegionsConverge, ()) {
  converge({.regions = 2});
}

RC_GTEST_PROP(ReplicaRule6, ThreeRegionsConvergeWithTheLargestVersion, ()) {
  converge({.regions = 3});
}

RC_GTEST_PROP(ReplicaRule6, FiveRegionsConvergeWithSmallBatchesAndWindows, ()) {
  Options options;
  options.regions = 5;
  options.replication.batch = 2;
  options.replication.in_flight = 2;
  converge(options);
}

RC_GTEST_PROP(ReplicaRule6, CoalescingConverges, ()) {
  Options options;
  options.regions = 3;
  options.replication.coalesce = Duration{300};
  converge(options);
}

}  // namespace
}  // namespace gtsim::replica_fixture
