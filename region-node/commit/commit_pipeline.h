// What of a region's doings becomes durable together, what the disk must have before it leaves, and
// what a crash keeps. Pure: it is told what a call did and when the disk has something; it says
// what to do next. The simulator and the daemon drive the very same object, so that every simulated
// crash is a test of the daemon's rules.
//
// One group fills while at most one is being written. A group leaves (its facts are told, its
// replies and messages go out) when the disk has it, and never before the group ahead of it. A
// group that holds nothing which a crash could take back leaves without the disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "region-node/commit/sync_mode.h"
#include "region-node/effects.h"
#include "region-node/replica.h"

namespace gtsim {

struct CommitGroup {
  Effects effects;
  std::vector<DurablePosition> positions;  // by TableId index: after this group
  bool changes_state = false;              // a crash could take something of it back
  bool awaited = false;                    // somebody wants to hear that it has left
  bool sync = false;                       // the disk is to sync it
  std::uint64_t number = 0;                // rises by one

  // Something is to be told, answered or sent.
  [[nodiscard]] bool says_something() const {
    return !effects.facts.empty() || !effects.replies.empty() || !effects.messages.empty() ||
           !effects.order_replies.empty();
  }
  [[nodiscard]] bool empty() const { return !changes_state && !awaited && !says_something(); }
  void clear() {
    effects.clear();
    positions.clear();
    changes_state = false;
    awaited = false;
    sync = false;
  }
};

class CommitPipeline {
 public:
  enum class Disk : std::uint8_t {
    kNone,  // memory only: nothing waits longer than its group takes to fill
    kSlow,  // writing takes time, or may fail
  };
  struct Options {
    Disk disk = Disk::kSlow;
    SyncMode sync = SyncMode::kAlways;
  };
  CommitPipeline(Options options, const Replica& replica);

  // --- What has been done
  // What one call did; `effects` is empty afterwards.
  void add(Effects& effects);
  // Something that no effect tells and that must be durable before what comes after it leaves:
  // the control plane has changed a table.
  void add_change() { filling_.changes_state = true; }
  // Somebody is to be told when everything so far is durable: the group that fills will leave,
  // whatever else it holds.
  void add_waiter() { filling_.awaited = true; }
  // The disk has collected something that loses nothing when a crash comes first (trims, cursors of
  // members): it waits a tenth of a second for company.
  void add_lazy(Instant now);

  // --- What is to be done
  enum class Step : std::uint8_t {
    kWait,   // nothing now: the disk reports, something is added, or lazy_at() comes
    kLeave,  // carry out leaving(), then call left()
    kWrite,  // give the disk under_way(), then call on_written()
  };
  // What the disk has collected for the next batch.
  struct Pending {
    bool structure_changed = false;  // some table is more than cursors and log tell
    std::size_t bytes = 0;
  };
  [[nodiscard]] Step next(const Replica& replica, const Pending& pending, Instant now);
  [[nodiscard]] Instant lazy_at() const { return writing_ || frozen_ ? kNever : lazy_at_; }
  [[nodiscard]] CommitGroup& leaving() { return leaving_; }
  void left() { leaving_.clear(); }
  [[nodiscard]] CommitGroup& under_way() { return under_way_; }
  // The disk has the group under way, and what it read back for it may be trusted.
  void on_written();

  // --- Faults
  // A frozen region does nothing: what the disk has written meanwhile leaves when it goes on.
  void set_frozen(bool frozen) { frozen_ = frozen; }
  // What a crash, or a disk that refused, takes from those who wait. What is durable is restored by
  // its owner afterwards; see reset().
  struct Lost {
    CommitGroup written;    // the disk has it, nobody was told
    CommitGroup under_way;  // the disk may have all of it, a part, or nothing
    CommitGroup filling;    // the disk has nothing of it
    bool was_writing = false;
  };
  [[nodiscard]] Lost crash();
  // The replica is what the disk has, all of it durable.
  void reset(const Replica& replica);

  // --- Looking in
  // By TableId index: what a crash leaves.
  [[nodiscard]] const DurablePosition& durable(TableId table) const {
    static const DurablePosition kNone;  // of a table that came a moment ago
    return table.index() < durable_.size() ? durable_[table.index()] : kNone;
  }
  [[nodiscard]] bool writing() const { return writing_; }
  // Nothing waits: all that was done is durable and has left.
  [[nodiscard]] bool idle() const { return !writing_ && !written_ && filling_.empty(); }
  // Nothing waits that will be told: what is on its way to the disk, if anything, is where tables
  // and streams are.
  [[nodiscard]] bool has_nothing_to_say() const {
    return !filling_.says_something() && !under_way_.says_something();
  }
  // The group that fills has this number; the one under way the number before.
  [[nodiscard]] std::uint64_t filling_number() const { return filling_.number; }

 private:
  void hold_back(Message message);
  [[nodiscard]] bool must_be_durable_first(const Message& message) const;
  void begin_write(Instant now);
  void fill_next() { filling_.number = ++groups_; }

  // Constant after construction.
  Options options_;

  CommitGroup filling_;
  CommitGroup under_way_;
  CommitGroup leaving_;
  bool writing_ = false;  // under_way_ is with the disk
  bool written_ = false;  // under_way_ is on the disk and has not left
  bool frozen_ = false;
  std::vector<DurablePosition> durable_;  // by TableId index
  std::vector<DurablePosition> given_;    // the same: what the disk has been given
  // By TableId and receiver: where in filling_'s messages an acknowledgement may be.
  std::vector<std::vector<std::size_t>> acknowledged_at_;
  std::uint64_t groups_ = 0;
  Instant lazy_at_ = kNever;
  Instant synced_at_{0};
};

}  // namespace gtsim
