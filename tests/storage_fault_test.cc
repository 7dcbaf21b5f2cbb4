// What a region owes when its disk fails it: after every fault either all that was acknowledged is
// there, and nothing else, or the directory is refused in clear words. LevelDB itself runs, on a
// machine in memory that can lose un-synced bytes, tear the last write, fail an fsync, fill up,
// read short and flip bits.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "tests/storage_driver.h"

namespace gtsim {
namespace {

struct Totals {
  int rounds = 0;
  int failed_opens = 0;
  int failed_services = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t recovered_more = 0;
  StorageCounts counts;
  std::map<std::string, int> refusals;

  [[nodiscard]] std::string text() const {
    std::string text = std::to_string(rounds) + " rounds, " + std::to_string(acknowledged) +
                       " acknowledged commits, " + std::to_string(recovered_more) +
                       " others recovered, " + std::to_string(failed_services) +
                       " times stopped, " + std::to_string(failed_opens) + " openings refused\n";
    for (const auto& [kind, count] : refusals) {
      text += "  " + std::to_string(count) + " times: " + kind + "\n";
    }
    return text;
  }
};

// Words that a person can act on stand in every refusal. The kind is printed.
std::string kind_of(const std::string& refusal) {
  constexpr std::array<const char*, 6> kKinds = {"is damaged and is not served",
                                                 "cannot be opened",
                                                 "is not served",
                                                 "is damaged",
                                                 "cannot be read",
                                                 "the disk refused a write"};
  for (const char* kind : kKinds) {
    if (refusal.find(kind) != std::string::npos) return kind;
  }
  return {};
}

struct Plan {
  const char* name;
  // Drawn anew each round.
  StorageFaults (*faults)(Random& random);
  PowerCut::Unsynced unsynced = PowerCut::Unsynced::kPrefix;
  PowerCut::Tail tail = PowerCut::Tail::kClean;
  // Whether a directory may be refused for good, because its bytes were changed.
  bool may_stay_refused = false;
  const char* flip = nullptr;  // in a file whose name contains this
};

StorageFaults none(Random&) {
  return {};
}
StorageFaults power_cut_anywhere(Random& random) {
  StorageFaults faults;
  faults.power_cut_after_changes = 1 + random.below(random.chance(0.5) ? 15 : 150);
  return faults;
}
StorageFaults fsync_fails_sometimes(Random& random) {
  StorageFaults faults;
  faults.fsync_fails = 0.1;
  faults.failed_fsync_forgets = random.chance(0.5);
  return faults;
}
StorageFaults fsync_always_fails(Random& random) {
  StorageFaults faults = fsync_fails_sometimes(random);
  faults.fsync_fails = 1;
  return faults;
}
StorageFaults fsync_is_slow(Random&) {
  StorageFaults faults;
  faults.fsync_is_slow = 0.3;
  return faults;
}
StorageFaults appends_fail(Random&) {
  StorageFaults faults;
  faults.append_fails = 0.03;
  return faults;
}
StorageFaults reads_fail(Random&) {
  StorageFaults faults;
  faults.read_fails = 0.02;
  return faults;
}
StorageFaults reads_are_short(Random&) {
  StorageFaults faults;
  faults.read_is_short = 0.2;
  return faults;
}

constexpr Plan kPlans[] = {
    {"ProgramKilled", none, PowerCut::Unsynced::kKept},
    {"PowerCutLosesAll", none, PowerCut::Unsynced::kLost},
    {"PowerCutKeepsAPrefix", none},
    {"PowerCutAnywhere", power_cut_anywhere},
    {"PowerCutAnywhereLosesAll", power_cut_anywhere, PowerCut::Unsynced::kLost},
    {"TailOfZeros", power_cut_anywhere, PowerCut::Unsynced::kPrefix, PowerCut::Tail::kZeros, true},
    {"TailOfGarbage", power_cut_anywhere, PowerCut::Unsynced::kPrefix, PowerCut::Tail::kGarbage,
     true},
    {"FsyncFailsSometimes", fsync_fails_sometimes},
    {"FsyncAlwaysFails", fsync_always_fails},
    {"FsyncIsSlow", fsync_is_slow},
    {"AppendsFail", appends_fail},
    {"ReadsFail", reads_fail},
    {"ReadsAreShort", reads_are_short},
    {"BitFlipInATable", none, PowerCut::Unsynced::kKept, PowerCut::Tail::kClean, true, ".ldb"},
    {"BitFlipInTheLog", none, PowerCut::Unsynced::kKept, PowerCut::Tail::kClean, true, ".log"},
    {"BitFlipInTheManifest", none, PowerCut::Unsynced::kKept, PowerCut::Tail::kClean, true,
     "MANIFEST-"},
    {"BitFlipInCurrent", none, PowerCut::Unsynced::kKept, PowerCut::Tail::kClean, true, "/CURRENT"},
};

class StorageFault : public testing::TestWithParam<Plan> {};

// Rounds of one seed on one machine, until the directory stays refused.
void run_machine(const Plan& plan, std::uint64_t seed, int rounds, Totals& totals,
                 std::uint64_t* digest = nullptr) {
  StorageDriver driver{seed};
  Random random = Random{seed}.fork(plan.name);
  PowerCut cut{plan.unsynced, plan.tail};
  const auto note = [&](const std::string& refusal) {
    const std::string kind = kind_of(refusal);
    EXPECT_NE(kind, "") << "not clear: " << refusal;
    ++totals.refusals[kind];
  };
  bool served = true;
  for (int round = 0; round < rounds && served && !testing::Test::HasFailure(); ++round) {
    SCOPED_TRACE(testing::Message() << plan.name << ", seed " << seed << ", round " << round);
    ++totals.rounds;
    StorageFaults faults = plan.faults(random);
    faults.power_cut = cut;
    const bool while_opening = random.chance(0.5);
    if (while_opening) driver.environment().set_faults(faults);
    std::string flipped;
    if (plan.flip != nullptr && round > 0) flipped = driver.environment().flip_bit(plan.flip);
    SCOPED_TRACE(flipped);
    std::string refusal = driver.open();
    if (!refusal.empty()) {
      note(refusal);
      ++totals.failed_opens;
      // Without the fault it is served again, unless bytes were changed.
      driver.end(cut);
      driver.environment().set_faults({});
      refusal = driver.open();
      served = refusal.empty();
      if (!served) {
        EXPECT_TRUE(plan.may_stay_refused) << refusal;
        note(refusal);
        break;
      }
    }
    driver.environment().set_faults(faults);
    const std::uint64_t groups = random.below(12);
    bool works = true;
    for (std::uint64_t group = 0; group < groups && works; ++group) {
      works = driver.serve_group(/*sync=*/random.chance(0.8));
    }
    if (!works) {
      ++totals.failed_services;
      EXPECT_NE(driver.failure(), "");
    } else if (random.chance(0.3)) {
      const std::string damage = driver.read_all();
      if (!damage.empty()) {
        ++totals.failed_services;
        EXPECT_NE(damage.find("damaged"), std::string::npos) << damage;
      }
    }
    driver.environment().set_faults({});
    if (random.chance(0.1)) {
      driver.close();
      driver.end({PowerCut::Unsynced::kKept, PowerCut::Tail::kClean});
    } else {
      driver.end(cut);
    }
  }
  totals.acknowledged += driver.acknowledged_commits();
  totals.recovered_more += driver.recovered_unacknowledged();
  const StorageCounts& counts = driver.environment().counts();
  totals.counts.failed_fsyncs += counts.failed_fsyncs;
  totals.counts.slow_fsyncs += counts.slow_fsyncs;
  totals.counts.failed_appends += counts.failed_appends;
  totals.counts.failed_reads += counts.failed_reads;
  totals.counts.short_reads += counts.short_reads;
  totals.counts.background_runs += counts.background_runs;
  if (digest != nullptr) *digest = driver.digest();
}

TEST_P(StorageFault, LosesNothingAcknowledgedOrIsRefusedInClearWords) {
  const Plan& plan = GetParam();
  Totals totals;
  // More in a soak.
  const char* times = std::getenv("GTSIM_STORAGE_SOAK");
  const int machines =
      (plan.may_stay_refused ? 60 : 20) * (times == nullptr ? 1 : std::atoi(times));
  for (int seed = 1; seed <= machines && !HasFailure(); ++seed) {
    run_machine(plan, static_cast<std::uint64_t>(seed), /*rounds=*/20, totals);
  }
  std::printf("%s: %s", plan.name, totals.text().c_str());
  if (plan.faults != fsync_always_fails) {
    EXPECT_GT(totals.acknowledged, 100u);
  }
  EXPECT_GT(totals.counts.background_runs, 0u) << "nothing was compacted";
  EXPECT_EQ(plan.faults == fsync_always_fails || plan.faults == fsync_fails_sometimes,
            totals.counts.failed_fsyncs > 0);
  EXPECT_EQ(plan.faults == fsync_is_slow, totals.counts.slow_fsyncs > 0);
  EXPECT_EQ(plan.faults == appends_fail, totals.counts.failed_appends > 0);
  EXPECT_EQ(plan.faults == reads_fail, totals.counts.failed_reads > 0);
  EXPECT_EQ(plan.faults == reads_are_short, totals.counts.short_reads > 0);
}

INSTANTIATE_TEST_SUITE_P(All, StorageFault, testing::ValuesIn(kPlans),
                         [](const auto& tested) { return std::string{tested.param.name}; });

TEST(StorageFaults, AFullDiskIsServedAgainOnceItHasRoom) {
  Totals totals;
  for (std::uint64_t seed = 1; seed <= 20 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    StorageDriver driver{seed};
    FaultEnvironment& environment = driver.environment();
    ASSERT_EQ(driver.open(), "");
    for (int group = 0; group < 10; ++group) ASSERT_TRUE(driver.serve_group(true));
    StorageFaults full;
    full.capacity_bytes = environment.disk().used_bytes() + driver.random().below(100'000);
    environment.set_faults(full);
    int groups = 0;
    while (driver.serve_group(true)) ASSERT_LT(++groups, 2'000) << "the disk never fills up";
    EXPECT_NE(driver.failure().find("no space left"), std::string::npos) << driver.failure();
    // While it is full, it may be served or not; nothing is lost by trying.
    for (int attempt = 0; attempt < 3; ++attempt) {
      driver.end(
          {driver.random().chance(0.5) ? PowerCut::Unsynced::kKept : PowerCut::Unsynced::kPrefix,
           PowerCut::Tail::kClean});
      const std::string refusal = driver.open();
      if (!refusal.empty()) {
        EXPECT_NE(refusal.find("no space left"), std::string::npos) << refusal;
        ++totals.refusals["no space left"];
      }
    }
    driver.end({PowerCut::Unsynced::kPrefix, PowerCut::Tail::kClean});
    environment.set_faults({});
    ASSERT_EQ(driver.open(), "");
    for (int group = 0; group < 10; ++group) ASSERT_TRUE(driver.serve_group(true));
    EXPECT_EQ(driver.read_all(), "");
  }
  EXPECT_GT(totals.refusals["no space left"], 10);
}

// Offsets of the headers of a log's records: their bits decide what is read at all.
std::vector<std::size_t> header_bytes(const std::string& log) {
  std::vector<std::size_t> offsets;
  for (std::size_t at = 0; at + 7 <= log.size();) {
    for (std::size_t i = 0; i < 7; ++i) offsets.push_back(at + i);
    at += 7 + static_cast<unsigned char>(log[at + 4]) +
          256u * static_cast<unsigned char>(log[at + 5]);
  }
  return offsets;
}

// A flipped bit in the length of the last record looks like a torn write, and in the length of an
// earlier one in the same block too: LevelDB alone would drop what follows without a word.
TEST(StorageFaults, NoFlippedBitChangesWhatIsServed) {
  StorageDriver driver{3};
  ASSERT_EQ(driver.open(), "");
  for (int group = 0; group < 40; ++group) ASSERT_TRUE(driver.serve_group(true));
  for (int group = 0; group < 3; ++group) ASSERT_TRUE(driver.serve_group(true, 1));
  driver.close();
  const std::map<std::string, std::string> contents = driver.environment().disk().contents();
  int harmless = 0;
  int refused = 0;
  const auto flip = [&](const std::string& path, std::size_t offset, unsigned bit) {
    auto flipped = contents;
    char& byte = flipped[path][offset];
    byte = static_cast<char>(static_cast<unsigned char>(byte) ^ 1u << bit);
    driver.environment().disk().restore(flipped);
    std::string refusal = driver.open();
    if (refusal.empty()) refusal = driver.read_all();
    ++(refusal.empty() ? harmless : refused);
    EXPECT_TRUE(refusal.empty() || !kind_of(refusal).empty()) << refusal;
    EXPECT_FALSE(HasFailure()) << path << ": bit " << bit << " of byte " << offset;
    driver.end({PowerCut::Unsynced::kKept, PowerCut::Tail::kClean});
  };
  for (const auto& [path, bytes] : contents) {
    std::vector<std::size_t> offsets;
    const bool is_log = path.ends_with(".log") || path.find("MANIFEST") != std::string::npos;
    if (is_log) offsets = header_bytes(bytes);
    if (path.ends_with("CURRENT") || path.ends_with(".ldb")) {
      for (std::size_t i = bytes.size() - std::min<std::size_t>(bytes.size(), 60); i < bytes.size();
           ++i) {
        offsets.push_back(i);
      }
    }
    for (int i = 0; i < 15 && !bytes.empty(); ++i) {
      offsets.push_back(driver.random().below(bytes.size()));
    }
    for (const std::size_t offset : offsets) {
      for (unsigned bit = 0; bit < 8 && !HasFailure(); ++bit) flip(path, offset, bit);
    }
  }
  std::printf("%d flipped bits refused, %d without effect\n", refused, harmless);
  EXPECT_GT(refused, 1000);
}

TEST(StorageFaults, ARunRepeatsByteForByte) {
  for (const Plan& plan : kPlans) {
    Totals totals;
    std::uint64_t first = 0;
    std::uint64_t second = 0;
    run_machine(plan, 5, 8, totals, &first);
    run_machine(plan, 5, 8, totals, &second);
    EXPECT_EQ(first, second) << plan.name;
  }
}

}  // namespace
}  // namespace gtsim
