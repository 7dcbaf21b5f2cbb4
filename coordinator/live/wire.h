// Between proto/coordinator/v1 and our own types. What a node says is checked here, before anything
// else sees it. Only the .cc files of this folder include this header: generated code is heavy.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "coordinator/scenario/scenario.h"
#include "proto/coordinator/v1/coordinator.pb.h"
#include "region-node/base/result.h"
#include "region-node/control_plane/control_order.h"
#include "region-node/control_plane/description.h"
#include "region-node/effects.h"
#include "region-node/stream/stream.h"
#include "region-node/table/key_space.h"
#include "region-node/table/store.h"
#include "region-node/table_replica.h"
#include "region-node/write/write.h"

namespace gtsim {

namespace wire = coordinator::v1;

// The table's stream changed otherwise than by a record.
struct StreamFact {
  enum class Kind : std::uint8_t { kStarted, kSplit, kRolledOver, kStopping, kStopped, kEnabled };
  TableId table;
  Kind kind = Kind::kStarted;
  Moment moment;
  std::uint64_t partition_hash = 0;  // kSplit
  StreamOptions options;             // kStarted
};

// One journal entry.
struct Fact {
  std::uint64_t number = 0;
  Instant at;
  std::uint64_t log_end = 0;  // of an APPLICATION record: of its table's log, after the commit
  std::variant<EmittedRecord, QuietApply, Discard, StreamFact, TableFact> what;
};

// What the two sides agree on by name.
struct WireNames {
  const Scenario& scenario;
  std::vector<std::unique_ptr<KeySpace>>& keys;  // by TableId index

  [[nodiscard]] Result<RegionId> region(std::string_view name) const;
};

// Reads what one node says. Errors (kInput) say what was wrong with it.
class WireReader {
 public:
  WireReader(WireNames names, RegionId region) : names_(names), region_(region) {}

  // The node's tables in its own order; every table of the scenario must be among them.
  [[nodiscard]] Result<void> learn_tables(const wire::RegionStatus& status);
  // Added to every instant of the node to make it one of the run.
  void set_shift(Duration shift) { shift_ = shift; }

  [[nodiscard]] Result<Fact> fact(const wire::JournalEntry& entry);
  // Without the images, which are not told.
  [[nodiscard]] Result<OperationResult> result(const wire::WriteReply& told) const;
  [[nodiscard]] Instant instant(std::int64_t us) const { return Instant{us} + shift_; }
  [[nodiscard]] Result<Version> version(const wire::Version& version) const;
  [[nodiscard]] Result<KeyId> key(TableId table, const std::string& bytes);
  // Empty bytes are no image.
  [[nodiscard]] static Result<Image> image(const std::string& bytes);
  [[nodiscard]] Result<StreamRecord> record(TableId table, const wire::Record& told);

 private:
  [[nodiscard]] Result<TableId> table(std::uint32_t index) const;
  [[nodiscard]] Result<StreamFact> stream_fact(const wire::StreamEvent& event) const;
  [[nodiscard]] Result<TableFact> table_fact(const wire::TableFact& told) const;

  WireNames names_;
  RegionId region_;
  std::vector<std::optional<TableId>> tables_;  // by the node's index
  Duration shift_{0};
};

[[nodiscard]] wire::WriteCall to_wire(const WireNames& names, const WriteCall& call);
[[nodiscard]] WriteOutcome from_wire(wire::WriteOutcome outcome);
[[nodiscard]] wire::Order to_wire(const WireNames& names, const ControlOrder& order);
// Nothing: it is none that this coordinator knows.
[[nodiscard]] std::optional<OrderOutcome> from_wire(wire::OrderOutcome outcome);
[[nodiscard]] Result<TableDescription> from_wire(const WireNames& names,
                                                 const wire::TableDescription& told);
// Unset members stay unset. REQUIRES: no delay is kAws.
[[nodiscard]] wire::SetLink to_wire(const LinkSettings& settings);
[[nodiscard]] std::optional<StreamViewType> view_named(std::string_view name);

}  // namespace gtsim
