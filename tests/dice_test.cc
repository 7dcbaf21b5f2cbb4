// Chance by identity: what becomes of a message does not depend on what else was sent.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "region-node/item/canonical.h"
#include "region-node/link/link_model.h"
#include "region-node/replication/message.h"

namespace gtsim {
namespace {

LinkSettings everything_by_chance() {
  LinkSettings settings;
  settings.latency = DelayModel{DelayModel::Kind::kUniform, Duration{10'000}, Duration{90'000}};
  settings.loss = 0.3;
  settings.duplicate = 0.3;
  settings.reorder = 1;  // all of them: the order of sending binds none to another
  return settings;
}

class Messages : public testing::Test {
 protected:
  Change change(int number) {
    const Item key{{"PK", AttributeValue::string("k" + std::to_string(number % 7))}};
    Change change;
    change.key = keys_.intern(encode_item(key), 0);
    change.version = {WallTime{1'000 + number}, RegionId{0}};
    return change;
  }
  Message message(const std::vector<int>& writes, std::uint32_t tries = 0) {
    Message message;
    message.tries = tries;
    for (const int number : writes) message.changes.push_back(change(number));
    return message;
  }
  static std::string fate(LinkModel& link, std::uint64_t identity) {
    const LinkModel::Plan plan = link.plan(
        Instant{0},
        {.size_bytes = 100, .identity = identity, .line = static_cast<std::uint32_t>(identity)});
    std::string text;
    for (int copy = 0; copy < plan.copies; ++copy)
      text += to_text(plan.at[copy] - Instant{0}) + " ";
    return text.empty() ? "lost" : text;
  }
  // The fate of each of `writes`, sent one by one.
  std::map<int, std::string> fates(const std::vector<int>& writes) {
    LinkModel link{everything_by_chance(), Dice{7}.of("network")};
    std::map<int, std::string> fates;
    for (const int number : writes) {
      fates[number] = fate(link, identity_of(message({number}), keys_));
    }
    return fates;
  }

  KeySpace keys_;
};

TEST_F(Messages, TakingOneAwayLeavesTheFateOfAllOthersAlone) {
  std::vector<int> all;
  for (int i = 0; i < 200; ++i) all.push_back(i);
  const auto whole = fates(all);
  int lost = 0;
  for (const auto& [number, fate] : whole) lost += fate == "lost" ? 1 : 0;
  EXPECT_GT(lost, 30);
  EXPECT_LT(lost, 90);
  for (int gone = 0; gone < 200; gone += 13) {
    std::vector<int> rest = all;
    std::erase(rest, gone);
    for (const auto& [number, fate] : fates(rest)) EXPECT_EQ(fate, whole.at(number));
  }
}

TEST_F(Messages, AnotherTryIsAnotherThrow) {
  LinkModel link{everything_by_chance(), Dice{7}.of("network")};
  int lost = 0;
  for (std::uint32_t tries = 0; tries < 100; ++tries) {
    lost += fate(link, identity_of(message({5}, tries), keys_)) == "lost" ? 1 : 0;
  }
  EXPECT_GT(lost, 10);
  EXPECT_LT(lost, 60);
}

TEST_F(Messages, OneChangeSpeaksForItsBatchWhereverItStands) {
  const std::uint64_t whole = identity_of(message({1, 2, 3, 4, 5, 6, 7, 8}), keys_);
  EXPECT_EQ(identity_of(message({8, 7, 6, 5, 4, 3, 2, 1}), keys_), whole);
  int same = 0;
  for (int gone = 1; gone <= 8; ++gone) {
    std::vector<int> rest;
    for (int i = 1; i <= 8; ++i) {
      if (i != gone) rest.push_back(i);
    }
    same += identity_of(message(rest), keys_) == whole ? 1 : 0;
  }
  EXPECT_EQ(same, 7);
}

TEST_F(Messages, AnAnswerIsKnownByWhatItAnswersAndNotByItsPosition) {
  Message answer;
  answer.kind = MessageKind::kAcknowledgement;
  answer.next_position = 10;
  answer.subject_key = change(3).key;
  answer.subject_timestamp = change(3).version.timestamp;
  answer.subject_origin = change(3).version.origin;
  const std::uint64_t before = identity_of(answer, keys_);
  answer.next_position = 9;  // one write less
  EXPECT_EQ(identity_of(answer, keys_), before);
}

// A fault more does not change the delays that were there without it.
TEST_F(Messages, QuestionsAboutAMessageHaveDiceOfTheirOwn) {
  LinkSettings calm = everything_by_chance();
  calm.loss.reset();
  calm.duplicate.reset();
  LinkModel without{calm, Dice{7}.of("network")};
  LinkModel with{everything_by_chance(), Dice{7}.of("network")};
  for (int i = 0; i < 100; ++i) {
    const LinkModel::Parcel parcel{.identity = identity_of(message({i}), keys_),
                                   .line = static_cast<std::uint32_t>(i)};
    const LinkModel::Plan plain = without.plan(Instant{0}, parcel);
    const LinkModel::Plan faulty = with.plan(Instant{0}, parcel);
    if (faulty.copies > 0) {
      EXPECT_EQ(faulty.at[0], plain.at[0]);
    }
  }
}

TEST(Dice, ThrowsAreEvenAndUnrelated) {
  int low = 0;
  int both = 0;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    const Dice dice = Dice{1}.of(i);
    const bool first = dice.of(std::uint64_t{0}).chance(0.25);
    const bool second = dice.of(std::uint64_t{1}).chance(0.25);
    low += first ? 1 : 0;
    both += first && second ? 1 : 0;
  }
  EXPECT_NEAR(low, 2500, 150);
  EXPECT_NEAR(both, 625, 90);
}

// Every model knows its latency from the beginning; what changes settings may leave it out.
TEST(LinkModelDeathTest, ALinkWithoutALatencyIsNoLink) {
  EXPECT_DEATH((LinkModel{LinkSettings{}, Dice{7}}), "latency");
}

}  // namespace
}  // namespace gtsim
