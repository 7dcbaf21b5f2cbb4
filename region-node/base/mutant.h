// Deliberate faults in the replica, its commits, its store and in the event source mapping, one at
// a time, to prove that the checks and the scenarios can fail. Only the build with
// GTSIM_MUTANTS_BUILD contains them; elsewhere broken() is a constant false and the compiler
// removes every trace.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace gtsim {

enum class Mutant : std::uint8_t {
  kNone,
  kOlderWriteWins,             // the receiver applies the smaller version
  kTiesUnordered,              // equal timestamps: whoever comes last wins
  kTombstoneDropped,           // a delete forgets the item's version
  kReplicatedShippedOn,        // a replicated change enters the receiver's own log
  kTagLost,                    // replicated records are tagged as application writes
  kRecordForNoOp,              // a put that changes nothing emits MODIFY
  kOldImageFromSender,         // a replicated record's old image is not the local one
  kBatchAppliedTwice,          // a batch is applied again, versions ignored
  kBacklogDroppedAtCut,        // a retry gives up on what was not acknowledged
  kOrderWithinKeySwapped,      // a batch is applied back to front, versions ignored
  kCrashLosesAcknowledged,     // recovery forgets the newest entry of the log
  kAcknowledgedTooEarly,       // the sender takes sending for acknowledgement
  kVersionNotMonotonic,        // a local write takes the clock even when the item is newer
  kRecordForLoser,             // a discarded change emits a record
  kEventFromChange,            // INSERT by the change alone, whatever the region held
  kTtlIdentityEverywhere,      // replicated TTL deletes carry the service identity too
  kTransactionTorn,            // a transaction applies its parts before checking the rest
  kConditionIgnored,           // conditions always hold
  kRetentionIgnored,           // records stay readable after 24 h
  kPageTooLong,                // a read gives one record more than was asked for
  kCapacityIgnored,            // replicated writes cost no capacity
  kBackfillWithoutTombstones,  // a new replica does not learn of deletes
  kResumeSkipsBacklog,         // after a pause the cursor starts at the log's end
  kLaneByPosition,             // changes of one item go by several lanes
  kDiesOnDelete,               // a replicated delete trips a CHECK: gtsim itself dies
  kDiscardUntold,              // a change that comes too late leaves no word
  kDiscardToldTwice,           // and here it leaves two
  kQuietApplyUntold,           // a change that alters nothing but the version leaves no word
  // --- TTL
  kTtlIgnoresRescue,        // an item whose expiry was moved is deleted all the same
  kTtlTooEarly,             // items go two seconds before they are due
  kTtlForgottenAfterCrash,  // what was waiting to expire is forgotten in a crash
  // --- the commit pipeline
  kLeavesUndurable,  // a group leaves without the disk
  kReplyForgotten,   // of several replies in a group only the first is given
  kReadsUndurable,   // readers of a stream see what a crash can still take back
  // --- the store on LevelDB
  kTombstoneNotStored,     // a delete does not reach the disk
  kCursorsNotStored,       // where replication stands does not reach the disk
  kAcknowledgedNotStored,  // whether a writer was told does not reach the disk
  kKindOfWriteNotStored,   // a record's kind of write does not reach the disk
  // --- the control plane
  kSourceLockIgnored,    // the source of a new replica may go at once
  kTwoAtOnce,            // a member keeps still for several operations
  kThirdCursorSkipped,   // a member ships to a new replica from the end of its log
  kBackfillResumesLate,  // a back-fill goes on one item after the place it had come to
  kFillNotAwaited,       // the copy counts as complete when it begins
  kActiveTooEarly,       // a new replica is ACTIVE without what the others wrote meanwhile
  kLeavesUndrained,      // a replica goes before the others have all it accepted
  kControlNotStored,     // what a region agreed to does not reach the disk
  kMemberNotForgotten,   // the others go on shipping to a replica that is gone
  // --- the mapping
  kCheckpointBeforeSuccess,  // a batch counts as done when it is handed to the function
  kLaneByNumber,             // parallel lanes take records in turn, whatever their keys
  kFilteredBlocks,           // the poller does not get past a record that is filtered out
  kBisectLosesMiddle,        // the first record of the second half is lost
  kPartialIgnoresLower,      // of several failed records only the last one named counts
  kLatestIgnored,            // LATEST reads what was there before, too
};

struct MutantName {
  Mutant mutant;
  std::string_view name;
};

inline constexpr std::array<MutantName, 53> kMutantNames{{
    {Mutant::kOlderWriteWins, "older-write-wins"},
    {Mutant::kTiesUnordered, "ties-unordered"},
    {Mutant::kTombstoneDropped, "tombstone-dropped"},
    {Mutant::kReplicatedShippedOn, "replicated-shipped-on"},
    {Mutant::kTagLost, "tag-lost"},
    {Mutant::kRecordForNoOp, "record-for-no-op"},
    {Mutant::kOldImageFromSender, "old-image-from-sender"},
    {Mutant::kBatchAppliedTwice, "batch-applied-twice"},
    {Mutant::kBacklogDroppedAtCut, "backlog-dropped-at-cut"},
    {Mutant::kOrderWithinKeySwapped, "order-within-key-swapped"},
    {Mutant::kCrashLosesAcknowledged, "crash-loses-acknowledged"},
    {Mutant::kAcknowledgedTooEarly, "acknowledged-too-early"},
    {Mutant::kVersionNotMonotonic, "version-not-monotonic"},
    {Mutant::kRecordForLoser, "record-for-loser"},
    {Mutant::kEventFromChange, "event-from-change"},
    {Mutant::kTtlIdentityEverywhere, "ttl-identity-everywhere"},
    {Mutant::kTransactionTorn, "transaction-torn"},
    {Mutant::kConditionIgnored, "condition-ignored"},
    {Mutant::kRetentionIgnored, "retention-ignored"},
    {Mutant::kPageTooLong, "page-too-long"},
    {Mutant::kCapacityIgnored, "capacity-ignored"},
    {Mutant::kBackfillWithoutTombstones, "backfill-without-tombstones"},
    {Mutant::kResumeSkipsBacklog, "resume-skips-backlog"},
    {Mutant::kLaneByPosition, "lane-by-position"},
    {Mutant::kDiesOnDelete, "dies-on-delete"},
    {Mutant::kDiscardUntold, "discard-untold"},
    {Mutant::kDiscardToldTwice, "discard-told-twice"},
    {Mutant::kQuietApplyUntold, "quiet-apply-untold"},
    {Mutant::kTtlIgnoresRescue, "ttl-ignores-rescue"},
    {Mutant::kTtlTooEarly, "ttl-too-early"},
    {Mutant::kTtlForgottenAfterCrash, "ttl-forgotten-after-crash"},
    {Mutant::kLeavesUndurable, "leaves-undurable"},
    {Mutant::kReplyForgotten, "reply-forgotten"},
    {Mutant::kReadsUndurable, "reads-undurable"},
    {Mutant::kTombstoneNotStored, "tombstone-not-stored"},
    {Mutant::kCursorsNotStored, "cursors-not-stored"},
    {Mutant::kAcknowledgedNotStored, "acknowledged-not-stored"},
    {Mutant::kKindOfWriteNotStored, "kind-of-write-not-stored"},
    {Mutant::kSourceLockIgnored, "source-lock-ignored"},
    {Mutant::kTwoAtOnce, "two-at-once"},
    {Mutant::kThirdCursorSkipped, "third-cursor-skipped"},
    {Mutant::kBackfillResumesLate, "backfill-resumes-late"},
    {Mutant::kFillNotAwaited, "fill-not-awaited"},
    {Mutant::kActiveTooEarly, "active-too-early"},
    {Mutant::kLeavesUndrained, "leaves-undrained"},
    {Mutant::kControlNotStored, "control-not-stored"},
    {Mutant::kMemberNotForgotten, "member-not-forgotten"},
    {Mutant::kCheckpointBeforeSuccess, "checkpoint-before-success"},
    {Mutant::kLaneByNumber, "lane-by-number"},
    {Mutant::kFilteredBlocks, "filtered-blocks"},
    {Mutant::kBisectLosesMiddle, "bisect-loses-middle"},
    {Mutant::kPartialIgnoresLower, "partial-ignores-lower"},
    {Mutant::kLatestIgnored, "latest-ignored"},
}};

#ifdef GTSIM_MUTANTS_BUILD
inline Mutant active_mutant = Mutant::kNone;
[[nodiscard]] inline bool broken(Mutant mutant) {
  return active_mutant == mutant;
}
#else
[[nodiscard]] constexpr bool broken(Mutant) {
  return false;
}
#endif

}  // namespace gtsim
