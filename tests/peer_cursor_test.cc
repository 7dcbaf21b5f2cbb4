// The sender's view of one member: a window, going back to what was acknowledged, and patience.
#include "region-node/replication/peer_cursor.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace gtsim {
namespace {

constexpr Duration kNoHoldOff{0};
constexpr std::int64_t kSecond = 1'000'000;

ReplicationOptions window_of(std::int64_t messages) {
  ReplicationOptions options;
  options.in_flight = messages;
  return options;
}

class PeerCursorTest : public testing::Test {
 protected:
  void send(std::uint64_t next_position) { cursor.on_sent(next_position, now); }
  bool acknowledge(std::uint64_t next_position, bool gap = false, Duration hold_off = kNoHoldOff) {
    return cursor.on_acknowledgement(next_position, cursor.attempt(), gap, hold_off, now);
  }
  [[nodiscard]] bool may_send() const { return cursor.may_send(options, now); }

  Instant now{0};
  ReplicationOptions options = window_of(3);
  PeerCursor cursor{10};
};

TEST_F(PeerCursorTest, StartsWhereItIsTold) {
  EXPECT_EQ(cursor.acknowledged(), 10u);
  EXPECT_EQ(cursor.sent(), 10u);
  EXPECT_TRUE(cursor.idle());
  EXPECT_TRUE(may_send());
  EXPECT_EQ(cursor.retry_at(options), kNever);
}

TEST_F(PeerCursorTest, WindowBoundsTheUnacknowledgedMessages) {
  send(11);
  send(12);
  EXPECT_TRUE(may_send());
  send(13);
  EXPECT_FALSE(may_send());
  EXPECT_TRUE(acknowledge(11));
  EXPECT_TRUE(may_send());
  EXPECT_EQ(cursor.acknowledged(), 11u);
  EXPECT_EQ(cursor.sent(), 13u);
}

TEST_F(PeerCursorTest, AcknowledgementCoversEverythingBelowIt) {
  send(11);
  send(12);
  send(13);
  EXPECT_TRUE(acknowledge(13));
  EXPECT_TRUE(cursor.idle());
  EXPECT_EQ(cursor.retry_at(options), kNever);
}

TEST_F(PeerCursorTest, OldAcknowledgementChangesNothing) {
  send(11);
  send(12);
  acknowledge(12);
  EXPECT_FALSE(acknowledge(11));
  EXPECT_EQ(cursor.acknowledged(), 12u);
  EXPECT_EQ(cursor.sent(), 12u);
}

// A batch that the receiver took in part.
TEST_F(PeerCursorTest, AcknowledgementInsideAMessageLeavesItUnderWay) {
  send(20);
  EXPECT_TRUE(acknowledge(15));
  EXPECT_EQ(cursor.acknowledged(), 15u);
  EXPECT_EQ(cursor.sent(), 20u);
  EXPECT_FALSE(cursor.idle());
}

TEST_F(PeerCursorTest, SilenceIsMeasuredFromTheOldestMessage) {
  send(11);
  now = Instant{kSecond / 2};
  send(12);
  EXPECT_EQ(cursor.retry_at(options), Instant{kSecond});
  acknowledge(11);
  // The round trip of half a second makes it more patient: three of them.
  EXPECT_EQ(cursor.retry_at(options), Instant{kSecond / 2 + 3 * kSecond / 2});
}

TEST_F(PeerCursorTest, StartingOverGoesBackToWhatWasAcknowledgedOneMessageAtATime) {
  send(11);
  send(12);
  acknowledge(11);
  const std::uint32_t attempt = cursor.attempt();
  cursor.start_over();
  EXPECT_EQ(cursor.sent(), 11u);
  EXPECT_EQ(cursor.attempt(), attempt + 1);
  EXPECT_TRUE(cursor.idle());
  EXPECT_TRUE(may_send());
  send(12);
  EXPECT_FALSE(may_send()) << "probing: is anybody there?";
  EXPECT_TRUE(acknowledge(12));
  send(13);
  EXPECT_TRUE(may_send()) << "the window is open again";
}

// It may be late, but it is true: those changes are durable over there.
TEST_F(PeerCursorTest, LateAcknowledgementOfAnEarlierAttemptCounts) {
  send(12);
  const std::uint32_t old_attempt = cursor.attempt();
  cursor.start_over();
  send(11);
  EXPECT_TRUE(cursor.on_acknowledgement(12, old_attempt, false, kNoHoldOff, now));
  EXPECT_EQ(cursor.acknowledged(), 12u);
  EXPECT_EQ(cursor.sent(), 12u);
  EXPECT_TRUE(cursor.idle());
}

// Every message behind a lost one reports the gap; only the first report may start over.
TEST_F(PeerCursorTest, OnlyTheFirstReportOfAGapCounts) {
  send(11);
  send(12);
  send(13);
  const std::uint32_t attempt = cursor.attempt();
  EXPECT_TRUE(cursor.on_acknowledgement(10, attempt, /*gap=*/true, kNoHoldOff, now));
  EXPECT_EQ(cursor.sent(), 10u);
  EXPECT_TRUE(may_send());
  send(11);
  send(12);
  EXPECT_FALSE(cursor.on_acknowledgement(10, attempt, /*gap=*/true, kNoHoldOff, now));
  EXPECT_EQ(cursor.sent(), 12u);
}

TEST_F(PeerCursorTest, HoldOffStopsSendingUntilItHasPassed) {
  send(14);
  EXPECT_TRUE(acknowledge(12, /*gap=*/false, Duration{kSecond}));
  EXPECT_EQ(cursor.acknowledged(), 12u);
  EXPECT_EQ(cursor.sent(), 12u) << "the rest was not taken";
  EXPECT_FALSE(may_send());
  EXPECT_TRUE(cursor.held_off(now));
  EXPECT_EQ(cursor.retry_at(options), Instant{kSecond});
  now = Instant{kSecond};
  EXPECT_FALSE(cursor.held_off(now));
  EXPECT_TRUE(may_send());
  cursor.resume();
  EXPECT_EQ(cursor.retry_at(options), kNever);
}

// Karn's rule: an answer to something that was sent twice says nothing about the way there.
TEST_F(PeerCursorTest, AnswerToAnEarlierAttemptDoesNotTeachTheRoundTrip) {
  send(11);
  const std::uint32_t old_attempt = cursor.attempt();
  now = Instant{10 * kSecond};
  cursor.start_over();
  send(11);
  cursor.on_acknowledgement(11, old_attempt, false, kNoHoldOff, now);
  send(12);
  EXPECT_EQ(cursor.retry_at(options), Instant{11 * kSecond});
}

TEST_F(PeerCursorTest, PatienceFollowsASlowLink) {
  for (std::uint64_t i = 11; i < 60; ++i) {
    send(i);
    now = now + Duration{2 * kSecond};
    acknowledge(i);
  }
  send(60);
  EXPECT_EQ(cursor.retry_at(options), now + Duration{6 * kSecond});
}

// Twelve days of an outage, a try each second.
TEST_F(PeerCursorTest, NoNumberOfTriesChangesTheMembership) {
  PeerCursor of_seven(10, 7);
  for (int i = 0; i < 1'100'000; ++i) of_seven.start_over();
  EXPECT_EQ(PeerCursor::membership_of(of_seven.attempt()), 7u);
}

TEST_F(PeerCursorTest, CrashOfTheOriginForgetsWhatWasUnderWay) {
  send(14);
  acknowledge(12, /*gap=*/false, Duration{kSecond});
  cursor.recover();
  EXPECT_EQ(cursor.acknowledged(), 12u);
  EXPECT_EQ(cursor.sent(), 12u);
  EXPECT_TRUE(cursor.idle());
  EXPECT_TRUE(may_send());
}

// A link that takes `one_way` each way, and a sender that always has something to say: how often it
// sends until `messages` have been acknowledged.
std::int64_t sent_over_slow_link(ReplicationOptions options, Duration one_way, int messages) {
  struct Answer {
    Instant at;
    std::uint64_t next_position;
    std::uint32_t attempt;
  };
  PeerCursor cursor{0};
  std::vector<Answer> answers;  // in the order of their arrival
  std::size_t heard = 0;
  Instant now{0};
  while (cursor.acknowledged() < static_cast<std::uint64_t>(messages)) {
    if (cursor.may_send(options, now) && cursor.sent() < static_cast<std::uint64_t>(messages)) {
      cursor.on_sent(cursor.sent() + 1, now);
      answers.push_back({now + one_way * 2, cursor.sent(), cursor.attempt()});
      continue;
    }
    const Instant retry = cursor.retry_at(options);
    if (heard < answers.size() && answers[heard].at <= retry) {
      const Answer& answer = answers[heard++];
      now = answer.at;
      cursor.on_acknowledgement(answer.next_position, answer.attempt, false, kNoHoldOff, now);
    } else {
      now = retry;
      cursor.start_over();
    }
  }
  return static_cast<std::int64_t>(answers.size());
}

TEST(PeerCursorPatience, ASlowLinkIsNotFlooded) {
  ReplicationOptions options = window_of(1);
  for (const Duration retry : {Duration{1}, Duration{1'000}, Duration{400'000}}) {
    options.retry = retry;
    // Ten seconds there and ten back: a copy a second for the first message, then hardly any.
    const std::int64_t sent = sent_over_slow_link(options, Duration{10 * kSecond}, 50);
    EXPECT_LE(sent, 50 + 45) << retry.count() << " us";
    EXPECT_GE(sent, 50);
  }
}

TEST(PeerCursorPatience, TheFirstTriesAreAsFarApartAsAsked) {
  ReplicationOptions options = window_of(1);
  options.retry = Duration{100'000};
  PeerCursor cursor{0};
  Instant now{0};
  for (const std::int64_t expected_ms : {100, 100, 100, 100, 100, 200, 400, 800, 1000, 1000}) {
    cursor.on_sent(1, now);
    EXPECT_EQ((cursor.retry_at(options) - now).count(), expected_ms * 1'000);
    now = cursor.retry_at(options);
    cursor.start_over();
  }
}

TEST(PeerCursorPatience, WhatWasLongOnItsWayOnceIsForgottenWhenAnAnswerComesInTime) {
  ReplicationOptions options = window_of(1);
  PeerCursor cursor{0};
  cursor.start_over();
  const std::uint32_t held_up = cursor.attempt();
  cursor.on_sent(1, Instant{0});
  cursor.start_over();
  cursor.on_sent(1, Instant{10 * kSecond});
  EXPECT_TRUE(cursor.on_acknowledgement(1, held_up, false, kNoHoldOff, Instant{12 * kSecond}));
  cursor.on_sent(2, Instant{12 * kSecond});
  EXPECT_EQ(cursor.retry_at(options), Instant{30 * kSecond});
  EXPECT_TRUE(
      cursor.on_acknowledgement(2, cursor.attempt(), false, kNoHoldOff, Instant{13 * kSecond}));
  cursor.on_sent(3, Instant{13 * kSecond});
  EXPECT_EQ(cursor.retry_at(options), Instant{16 * kSecond});
}

}  // namespace
}  // namespace gtsim
