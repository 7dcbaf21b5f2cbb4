#include "region-node/commit/commit_pipeline.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "region-node/base/check.h"
#include "region-node/base/mutant.h"
#include "region-node/replication/lane.h"

namespace gtsim {
namespace {

constexpr Duration kLazyDelay{100'000};
constexpr std::size_t kLazyBytes = 1u << 20;
constexpr Duration kBatchSyncInterval{100'000};

template <class T>
void append(std::vector<T>& to, std::vector<T>& from) {
  if (to.empty()) {
    to.swap(from);
    return;
  }
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  from.clear();
}

bool only_tells_position(const Message& message) {
  return message.kind == MessageKind::kAcknowledgement && !message.gap &&
         message.hold_off.count() == 0;
}

std::vector<DurablePosition> positions_of(const Replica& replica) {
  std::vector<DurablePosition> positions;
  positions.reserve(replica.table_count());
  for (std::size_t i = 0; i < replica.table_count(); ++i) {
    positions.push_back(replica.table(TableId{static_cast<std::uint16_t>(i)}).position());
  }
  return positions;
}

}  // namespace

CommitPipeline::CommitPipeline(Options options, const Replica& replica)
    : options_(options), durable_(positions_of(replica)), given_(durable_) {}

void CommitPipeline::add(Effects& effects) {
  if (!effects.facts.empty()) filling_.changes_state = true;
  Effects& held = filling_.effects;
  append(held.facts, effects.facts);
  append(held.records, effects.records);
  append(held.quiet_applies, effects.quiet_applies);
  append(held.discards, effects.discards);
  append(held.table_facts, effects.table_facts);
  append(held.order_replies, effects.order_replies);
  if (broken(Mutant::kReplyForgotten) && !held.replies.empty()) effects.replies.clear();
  append(held.replies, effects.replies);
  for (Message& message : effects.messages) {
    if (!filling_.changes_state && must_be_durable_first(message)) filling_.changes_state = true;
    hold_back(std::move(message));
  }
  effects.clear();
}

// Changes are in facts of this group or in what the disk was given before. Answers speak of what
// was received, which no fact may have told: a change that was here already.
bool CommitPipeline::must_be_durable_first(const Message& message) const {
  if (message.kind == MessageKind::kChanges) return false;
  if (message.kind != MessageKind::kAcknowledgement) return true;
  if (message.table.index() >= given_.size()) return true;
  const std::vector<ReceivedLog>& logs = given_[message.table.index()].received;
  const std::size_t peer = message.to.index();
  if (peer >= logs.size()) return message.next_position > 0;
  return message.next_position > logs[peer].of_lane(message.lane, message.lanes) ||
         message.floor > logs[peer].floor();
}

// Of acknowledgements that say the same but for the position, the last one says it all.
void CommitPipeline::hold_back(Message message) {
  std::vector<Message>& messages = filling_.effects.messages;
  if (only_tells_position(message)) {
    if (message.table.index() >= acknowledged_at_.size()) {
      acknowledged_at_.resize(message.table.index() + 1);
    }
    std::vector<std::size_t>& places = acknowledged_at_[message.table.index()];
    if (message.to.index() >= places.size()) places.resize(message.to.index() + 1);
    std::size_t& place = places[message.to.index()];
    if (place < messages.size()) {
      Message& held = messages[place];
      if (only_tells_position(held) && held.table == message.table && held.to == message.to &&
          held.lane == message.lane && held.attempt == message.attempt) {
        message.floor = held.floor = std::max(held.floor, message.floor);
        if (message.next_position > held.next_position) held = std::move(message);
        return;
      }
    }
    place = messages.size();
  }
  messages.push_back(std::move(message));
}

void CommitPipeline::add_lazy(Instant now) {
  if (lazy_at_ == kNever) lazy_at_ = now + kLazyDelay;
}

CommitPipeline::Step CommitPipeline::next(const Replica& replica, const Pending& pending,
                                          Instant now) {
  CHECK(leaving_.empty());
  if (frozen_ || writing_) return Step::kWait;
  if (written_) {
    written_ = false;
    std::swap(leaving_, under_way_);
    return Step::kLeave;
  }
  if (pending.structure_changed) filling_.changes_state = true;
  const bool lazy = lazy_at_ <= now || pending.bytes >= kLazyBytes;
  if (filling_.empty() && !lazy) return Step::kWait;
  filling_.positions = positions_of(replica);
  if (filling_.positions != given_) filling_.changes_state = true;
  if (broken(Mutant::kLeavesUndurable) && filling_.says_something()) filling_.changes_state = false;
  if (options_.disk == Disk::kNone || (!filling_.changes_state && !lazy)) {
    if (options_.disk == Disk::kNone) {
      durable_ = filling_.positions;
      given_ = durable_;
      lazy_at_ = kNever;
      if (filling_.empty()) {
        filling_.clear();
        return Step::kWait;
      }
    }
    std::swap(leaving_, filling_);
    fill_next();
    return Step::kLeave;
  }
  begin_write(now);
  return Step::kWrite;
}

void CommitPipeline::begin_write(Instant now) {
  std::swap(under_way_, filling_);
  fill_next();
  given_ = under_way_.positions;
  lazy_at_ = kNever;
  writing_ = true;
  under_way_.sync = options_.sync == SyncMode::kAlways && under_way_.changes_state;
  if (options_.sync == SyncMode::kBatch && synced_at_ + kBatchSyncInterval <= now) {
    under_way_.sync = true;
  }
  if (under_way_.sync) synced_at_ = now;
}

void CommitPipeline::on_written() {
  CHECK(writing_);
  writing_ = false;
  written_ = true;
  durable_ = under_way_.positions;
}

CommitPipeline::Lost CommitPipeline::crash() {
  Lost lost;
  lost.was_writing = writing_;
  (written_ ? lost.written : lost.under_way) = std::exchange(under_way_, {});
  lost.filling = std::exchange(filling_, {});
  fill_next();
  writing_ = false;
  written_ = false;
  frozen_ = false;
  lazy_at_ = kNever;
  given_ = durable_;
  return lost;
}

void CommitPipeline::reset(const Replica& replica) {
  CHECK(idle());
  durable_ = positions_of(replica);
  given_ = durable_;
}

}  // namespace gtsim
