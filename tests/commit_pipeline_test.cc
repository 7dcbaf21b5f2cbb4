// What waits for the disk, what leaves without it, what a crash keeps: the rules that the simulator
// and the daemon share.
#include "region-node/commit/commit_pipeline.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "region-node/item/canonical.h"
#include "region-node/table/key_space.h"
#include "region-node/table/memory_store.h"

namespace gtsim {
namespace {

using Step = CommitPipeline::Step;

constexpr TableId kTable{0};
constexpr RegionId kSelf{0};
constexpr RegionId kPeer{1};

class CommitPipelines : public testing::Test {
 protected:
  CommitPipelines() {
    TableOptions options;
    options.table = kTable;
    options.region = kSelf;
    TableReplica& table = replica_.add_table(std::move(options), keys_, store_);
    table.set_status(ReplicaStatus::kActive);
    table.add_member(kPeer, 0, 0);
    use({});
  }
  void use(CommitPipeline::Options options) {
    pipeline_ = std::make_unique<CommitPipeline>(options, replica_);
  }

  void put(const std::string& name, const std::string& value) {
    WriteCall call;
    Operation& operation = call.operations.emplace_back();
    const Item key{{"PK", AttributeValue::string(name)}};
    operation.key = keys_.intern(encode_item(key), 0);
    Item item = key;
    item.emplace("v", AttributeValue::string(value));
    operation.image = Image::make(encode_item(item));
    call.tag = ++tag_;
    Effects effects;
    replica_.write(std::move(call), {now_, WallTime{now_.us}}, effects);
    pipeline_->add(effects);
  }
  void receive_nothing_new(std::uint64_t position) {
    Effects effects;
    Message& answer = effects.messages.emplace_back();
    answer.kind = MessageKind::kAcknowledgement;
    answer.from = kSelf;
    answer.to = kPeer;
    answer.next_position = position;
    pipeline_->add(effects);
  }
  void try_again() {
    Effects effects;
    Message& message = effects.messages.emplace_back();
    message.kind = MessageKind::kChanges;
    message.from = kSelf;
    message.to = kPeer;
    pipeline_->add(effects);
  }
  Step next() { return pipeline_->next(replica_, pending_, now_); }
  // The tags of the replies that leave, then how many messages.
  std::string leave() {
    EXPECT_EQ(next(), Step::kLeave);
    const std::string text = text_of(pipeline_->leaving());
    pipeline_->left();
    return text;
  }
  static std::string text_of(const CommitGroup& group) {
    std::string text;
    for (const WriteReply& reply : group.effects.replies) {
      text += std::to_string(reply.call.tag) + " ";
    }
    return text + "+" + std::to_string(group.effects.messages.size());
  }

  KeySpace keys_;
  MemoryStore store_;
  Replica replica_{kSelf};
  std::unique_ptr<CommitPipeline> pipeline_;
  CommitPipeline::Pending pending_;
  Instant now_{1000};
  std::uint64_t tag_ = 0;
};

TEST_F(CommitPipelines, WritesThatComeWhileTheDiskWorksShareTheNextGroup) {
  put("a", "1");
  EXPECT_EQ(next(), Step::kWrite);
  EXPECT_TRUE(pipeline_->under_way().sync);
  put("b", "1");
  put("c", "1");
  EXPECT_EQ(next(), Step::kWait);
  EXPECT_EQ(pipeline_->durable(kTable).log_end, 0u);
  pipeline_->on_written();
  EXPECT_EQ(pipeline_->durable(kTable).log_end, 1u);
  EXPECT_EQ(leave(), "1 +1");
  EXPECT_EQ(next(), Step::kWrite);
  pipeline_->on_written();
  EXPECT_EQ(leave(), "2 3 +2");
  EXPECT_EQ(next(), Step::kWait);
  EXPECT_TRUE(pipeline_->idle());
}

TEST_F(CommitPipelines, WhatCannotBeTakenBackLeavesWithoutTheDisk) {
  put("a", "1");
  EXPECT_EQ(next(), Step::kWrite);
  pipeline_->on_written();
  EXPECT_EQ(leave(), "1 +1");
  put("a", "1");  // changes nothing
  EXPECT_EQ(leave(), "2 +0");
  try_again();
  EXPECT_EQ(leave(), "+1");
}

TEST_F(CommitPipelines, NothingOvertakesAGroupThatIsOnItsWay) {
  put("a", "1");
  EXPECT_EQ(next(), Step::kWrite);
  put("a", "1");  // its answer speaks of what is not durable yet
  EXPECT_EQ(next(), Step::kWait);
  pipeline_->on_written();
  EXPECT_EQ(leave(), "1 +1");
  EXPECT_EQ(leave(), "2 +0");
}

TEST_F(CommitPipelines, AnAcknowledgementWaitsForWhatItSpeaksOf) {
  receive_nothing_new(0);
  EXPECT_EQ(leave(), "+1");
  receive_nothing_new(7);
  EXPECT_EQ(next(), Step::kWrite);
}

TEST_F(CommitPipelines, AcknowledgementsOfOneGroupAreToldOnce) {
  put("a", "1");
  receive_nothing_new(1);
  receive_nothing_new(3);
  receive_nothing_new(2);
  EXPECT_EQ(next(), Step::kWrite);
  const std::vector<Message>& messages = pipeline_->under_way().effects.messages;
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages.back().next_position, 3u);
}

TEST_F(CommitPipelines, AFrozenRegionNeitherWritesNorSpeaks) {
  put("a", "1");
  EXPECT_EQ(next(), Step::kWrite);
  put("b", "1");
  pipeline_->set_frozen(true);
  pipeline_->on_written();  // the disk goes on
  EXPECT_EQ(next(), Step::kWait);
  EXPECT_EQ(pipeline_->durable(kTable).log_end, 1u);
  pipeline_->set_frozen(false);
  EXPECT_EQ(leave(), "1 +1");
  EXPECT_EQ(next(), Step::kWrite);
}

TEST_F(CommitPipelines, ACrashOfAFrozenRegionKeepsWhatTheDiskHad) {
  put("a", "1");
  EXPECT_EQ(next(), Step::kWrite);
  put("b", "1");
  pipeline_->set_frozen(true);
  pipeline_->on_written();
  const CommitPipeline::Lost lost = pipeline_->crash();
  EXPECT_FALSE(lost.was_writing);
  EXPECT_EQ(text_of(lost.written), "1 +1");
  EXPECT_TRUE(lost.under_way.empty());
  EXPECT_EQ(text_of(lost.filling), "2 +1");
  EXPECT_TRUE(pipeline_->idle());
}

TEST_F(CommitPipelines, ACrashWhileTheDiskWritesLeavesWhatWasDurable) {
  put("a", "1");
  EXPECT_EQ(next(), Step::kWrite);
  const CommitPipeline::Lost lost = pipeline_->crash();
  EXPECT_TRUE(lost.was_writing);
  EXPECT_EQ(text_of(lost.under_way), "1 +1");
  EXPECT_TRUE(lost.written.empty());
  EXPECT_EQ(pipeline_->durable(kTable).log_end, 0u);
}

TEST_F(CommitPipelines, LazyWorkWaitsForCompanyButNotForEver) {
  pipeline_->add_lazy(now_);
  EXPECT_EQ(next(), Step::kWait);
  EXPECT_EQ(pipeline_->lazy_at(), now_ + Duration{100'000});
  now_ = pipeline_->lazy_at();
  EXPECT_EQ(next(), Step::kWrite);
  EXPECT_FALSE(pipeline_->under_way().sync);
}

TEST_F(CommitPipelines, MuchLazyWorkWaitsForNothing) {
  pipeline_->add_lazy(now_);
  pending_.bytes = 2u << 20;
  EXPECT_EQ(next(), Step::kWrite);
}

TEST_F(CommitPipelines, AWaiterHearsOfWhatWasDoneBefore) {
  put("a", "1");
  EXPECT_EQ(next(), Step::kWrite);
  pipeline_->add_waiter();
  EXPECT_FALSE(pipeline_->idle());
  const std::uint64_t waits_for = pipeline_->filling_number();
  pipeline_->on_written();
  EXPECT_EQ(leave(), "1 +1");
  EXPECT_EQ(next(), Step::kLeave);
  EXPECT_EQ(pipeline_->leaving().number, waits_for);
}

TEST_F(CommitPipelines, InBatchModeEveryTenthOfASecondIsSynced) {
  use({CommitPipeline::Disk::kSlow, SyncMode::kBatch});
  std::string synced;
  for (int i = 0; i < 6; ++i) {
    now_ = now_ + Duration{60'000};
    put("a", std::to_string(i));
    EXPECT_EQ(next(), Step::kWrite);
    synced += pipeline_->under_way().sync ? 's' : '-';
    pipeline_->on_written();
    leave();
  }
  EXPECT_EQ(synced, "-s-s-s");
}

TEST_F(CommitPipelines, WithoutADiskAllThatWasDoneIsAsGoodAsItGets) {
  use({CommitPipeline::Disk::kNone, SyncMode::kAlways});
  put("a", "1");
  put("b", "1");
  EXPECT_EQ(leave(), "1 2 +2");
  EXPECT_EQ(pipeline_->durable(kTable).log_end, 2u);
}

}  // namespace
}  // namespace gtsim
