// Lost writes are judged by what each write had seen. Real regions write here, and deliver in every
// order; the ledger hears of each write where it is made, and of nothing else.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "coordinator/check/ancestry.h"
#include "tests/replica_fixture.h"

namespace gtsim::replica_fixture {
namespace {

constexpr RegionId kD{3};

class LostWrites : public testing::Test, private AncestryListener {
 protected:
  void put(RegionId region, std::string_view v, bool writer_waits = true) {
    write(region, regions.put_operation("k", item_of("k", v)), writer_waits);
  }
  void write(RegionId region, const Operation& operation, bool writer_waits = true) {
    ASSERT_EQ(regions.write(region, operation, writer_waits), "ok");
    const OperationResult& result = regions.last_result;
    const TracedWrite traced{pack(result.version), pack(result.replaced), writer_waits};
    const KeyId key = operation.key;
    std::vector<TracedWrite>& line = lines_[key];
    const PackedVersion newest = line.empty() ? kNothingPacked : line.back().version;
    if (traced.parent == newest && !ancestry_.forked(key)) {
      line.push_back(traced);
      return;
    }
    if (!ancestry_.forked(key)) ancestry_.fork(key, line);
    ancestry_.on_write(key, traced);
  }
  void advance(std::int64_t us) { regions.advance(us); }
  void deliver(RegionId from, RegionId to) { regions.deliver_between(from, to); }

  // Both are said when nothing will be written any more.
  Lines lost() {
    ancestry_.finish();
    return lost_;
  }
  Lines conflicts() {
    ancestry_.finish();
    return conflicts_;
  }

  Regions regions{Options{.regions = 4}};

 private:
  void on_conflict(KeyId, PackedVersion winner, PackedVersion loser) override {
    conflicts_.push_back(text_of(unpack(loser)) + " by " + text_of(unpack(winner)));
  }
  void on_lost(KeyId, PackedVersion winner, PackedVersion loser, bool acknowledged) override {
    lost_.push_back(text_of(unpack(loser)) + " by " + text_of(unpack(winner)) +
                    (acknowledged ? "" : ", not acknowledged"));
  }

  Ancestry ancestry_{*this};
  std::map<KeyId, std::vector<TracedWrite>> lines_;
  Lines conflicts_;
  Lines lost_;
};

TEST_F(LostWrites, OfTwoThatHadNotSeenEachOtherTheOlderIsLost) {
  put(kA, "a");
  advance(3);
  put(kB, "b");
  EXPECT_EQ(conflicts(), (Lines{"+0us a by +3us b"}));
  EXPECT_EQ(lost(), (Lines{"+0us a by +3us b"}));
}

// A region with a slow clock, or a slow disk, may be heard of last.
TEST_F(LostWrites, TheOlderIsLostAlsoWhenItIsToldLast) {
  regions.set_clock_offset(kB, -7);
  put(kA, "a");
  put(kB, "b");
  EXPECT_EQ(lost(), (Lines{"+-7us b by +0us a"}));
}

TEST_F(LostWrites, WhatHadSeenTheOtherIsNoConflict) {
  put(kA, "a");
  regions.deliver_all();
  advance(1);
  put(kB, "b");
  regions.deliver_all();
  advance(1);
  Operation remove;
  remove.kind = WriteKind::kDelete;
  remove.key = regions.key("k");
  write(kA, remove);
  EXPECT_EQ(conflicts(), Lines{});
  EXPECT_EQ(lost(), Lines{});
}

TEST_F(LostWrites, WhatSomebodyBuiltOnIsAConflictButNotLost) {
  put(kA, "1");
  regions.deliver_all();
  advance(1);
  put(kA, "2");
  advance(1);
  put(kA, "3");
  advance(1);
  put(kB, "b");
  EXPECT_EQ(conflicts(), (Lines{"+1us a by +3us b", "+2us a by +3us b"}));
  EXPECT_EQ(lost(), (Lines{"+2us a by +3us b"}));
}

TEST_F(LostWrites, AWriterWhoHadGivenUpIsMarked) {
  put(kA, "a", /*writer_waits=*/false);
  advance(1);
  put(kB, "b");
  EXPECT_EQ(lost(), (Lines{"+0us a by +1us b, not acknowledged"}));
}

TEST_F(LostWrites, OfTwoIslandsOneLosesItsLastWriteAndConflictsEverywhereElse) {
  for (int i = 0; i < 5; ++i) {
    advance(10);
    put(kA, "a" + std::to_string(i));
    advance(10);
    put(kB, "b" + std::to_string(i));
  }
  // All but the survivor, each by the first that had not seen it but the last, by the survivor.
  EXPECT_EQ(conflicts().size(), 9u);
  EXPECT_EQ(lost(), (Lines{"+90us a by +100us b"}));
}

// a writes; b, not having seen it; c, which has heard of b. In whichever order a hears of them.
TEST_F(LostWrites, WhoMetItHasWonAndNotWhoHeardOfThat) {
  put(kA, "a");
  advance(10);
  put(kB, "b");
  deliver(kB, kC);
  advance(10);
  put(kC, "c");
  deliver(kC, kA);
  deliver(kB, kA);
  EXPECT_EQ(lost(), (Lines{"+0us a by +10us b"}));
}

TEST_F(LostWrites, WhatWasSeenThroughOthersIsNotLost) {
  put(kA, "a");
  deliver(kA, kB);
  advance(10);
  put(kB, "b");
  deliver(kB, kC);
  advance(10);
  put(kC, "c");
  deliver(kC, kA);
  EXPECT_EQ(lost(), Lines{});
}

// A change that b makes before a hears of the one that was built on a's: by arrival a's write would
// be lost twice over, or not at all.
TEST_F(LostWrites, WhoBuiltOnALosingWriteLosesAloneWhateverArrivesFirst) {
  put(kA, "a");
  deliver(kA, kC);
  advance(10);
  put(kC, "c");
  advance(10);
  put(kB, "b");
  deliver(kB, kA);
  deliver(kC, kA);
  EXPECT_EQ(lost(), (Lines{"+10us c by +20us b"}));
}

TEST_F(LostWrites, AChainOverSeveralRegionsIsFollowedBack) {
  put(kA, "a");
  advance(10);
  put(kB, "b");
  deliver(kB, kC);
  advance(10);
  put(kC, "c");
  deliver(kC, kD);
  advance(10);
  put(kD, "d");
  EXPECT_EQ(lost(), (Lines{"+0us a by +10us b"}));
}

TEST_F(LostWrites, EachWriteIsJudgedForItself) {
  put(kA, "a1");
  advance(10);
  put(kB, "b1");
  deliver(kB, kC);
  advance(10);
  put(kC, "c");
  deliver(kC, kA);
  advance(10);
  put(kA, "a2");  // built on c
  advance(10);
  put(kB, "b2");
  deliver(kB, kD);
  advance(10);
  put(kD, "d");
  EXPECT_EQ(lost(), (Lines{"+0us a by +10us b", "+30us a by +40us b"}));
}

// Of several that met it the newest, in whichever order they are told.
TEST_F(LostWrites, OfAllThatMetItTheNewestHasWon) {
  regions.set_clock_offset(kA, -10);
  put(kC, "c");
  put(kD, "d");
  put(kA, "a");
  put(kB, "b");
  EXPECT_EQ(lost(), (Lines{"+-10us a by +0us d", "+0us b by +0us d", "+0us c by +0us d"}));
}

// ---------------------------------------------------------------- the heart tells what came too
// late

TEST(Discards, AreToldByTheReceiverOnce) {
  Regions regions;
  regions.put(kA, "k", "a");
  regions.advance(3);
  regions.put(kB, "k", "b");
  regions.deliver_all();
  EXPECT_EQ(regions.discards(kA), Lines{});
  EXPECT_EQ(regions.discards(kB), (Lines{"k: +0us a for +3us b"}));
}

TEST(Discards, ADuplicateOfAnAppliedChangeIsNone) {
  Regions regions;
  regions.put(kA, "k", "a");
  const Message message = regions.take_message(kA, kB);
  regions.deliver(message);
  regions.advance(1);
  regions.put(kB, "k", "b");
  regions.deliver(message);
  EXPECT_EQ(regions.discards(kB), Lines{});
}

}  // namespace
}  // namespace gtsim::replica_fixture
