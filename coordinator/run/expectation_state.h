// What an expectation has seen so far, and the functions that judge one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coordinator/cluster/cluster.h"
#include "coordinator/run/golden_stream.h"
#include "coordinator/run/run_files.h"
#include "coordinator/run/statistics.h"
#include "coordinator/scenario/scenario.h"

namespace gtsim {

class ConsumerHost;
class PerWriteTally;

struct Judgement {
  bool holds = false;
  std::string found;
};

struct ExpectationState {
  std::optional<Judgement> judgement;

  // converged: how far each log had come when the watch began, and when everybody had followed.
  std::optional<Instant> marked_at;
  std::vector<std::uint64_t> marks;  // [table * regions + origin]
  std::optional<Instant> reached_at;
  // stream_read: taken earlier, on the stream that was the table's then.
  std::optional<Result<std::vector<ShardIterator>>> iterators;
  const Stream* iterators_of = nullptr;
  // counter: sum of the acknowledged increments.
  Number acknowledged;
  KeyId key;  // item, counter: interned
  // stream, deliveries, output: compared as they come.
  std::unique_ptr<GoldenFile> golden_file;
  std::unique_ptr<GoldenStream> golden_stream;
  PerWriteTally* tally = nullptr;  // per_write
};

struct EvaluationContext {
  const Scenario& scenario;
  Cluster& cluster;
  const Statistics& statistics;
  const ConsumerHost& consumers;
  RunFiles& files;
  bool update_golden = false;
};

// --- judge_tables.cc
[[nodiscard]] Judgement judge(const ItemExpectation& expected, const ExpectationState& state,
                              const EvaluationContext& context);
[[nodiscard]] Judgement judge(const CounterExpectation& expected, const ExpectationState& state,
                              const EvaluationContext& context);
[[nodiscard]] Judgement judge(const DigestExpectation& expected, const ExpectationState& state,
                              const EvaluationContext& context);
// Items of a table in one region, in the order of their key bytes; versions left out.
[[nodiscard]] std::uint64_t table_digest(const Cluster& cluster, KeySpace& keys, RegionId region,
                                         TableId table);

// --- judge_counts.cc
[[nodiscard]] Judgement judge(const LagExpectation& expected, const ExpectationState& state,
                              const EvaluationContext& context);
[[nodiscard]] Judgement judge(const ConflictsExpectation& expected, const ExpectationState& state,
                              const EvaluationContext& context);
[[nodiscard]] Judgement judge(const LostWritesExpectation& expected, const ExpectationState& state,
                              const EvaluationContext& context);
[[nodiscard]] Judgement judge(const RecordsExpectation& expected, const ExpectationState& state,
                              const EvaluationContext& context);
[[nodiscard]] Judgement judge(const WritesExpectation& expected, const ExpectationState& state,
                              const EvaluationContext& context);

// --- judge_streams.cc
[[nodiscard]] Judgement judge(const ConvergedExpectation& expected, const ExpectationState& state,
                              const EvaluationContext& context);
[[nodiscard]] Judgement judge(const StreamExpectation& expected, const ExpectationState& state,
                              const EvaluationContext& context);
[[nodiscard]] Judgement judge(const StreamReadExpectation& expected, const ExpectationState& state,
                              const EvaluationContext& context);
[[nodiscard]] Judgement judge(const TableExpectation& expected, const ExpectationState& state,
                              const EvaluationContext& context);
[[nodiscard]] Judgement judge(const ReplicaExpectation& expected, const ExpectationState& state,
                              const EvaluationContext& context);
[[nodiscard]] Judgement judge(const StreamStatusExpectation& expected,
                              const ExpectationState& state, const EvaluationContext& context);
// --- judge_consumers.cc
[[nodiscard]] Judgement judge(const FilterExpectation& expected, const ExpectationState& state,
                              const EvaluationContext& context);
[[nodiscard]] Judgement judge(const DeliveriesExpectation& expected, const ExpectationState& state,
                              const EvaluationContext& context);
[[nodiscard]] Judgement judge(const PerWriteExpectation& expected, const ExpectationState& state,
                              const EvaluationContext& context);
[[nodiscard]] Judgement judge(const IteratorAgeExpectation& expected, const ExpectationState& state,
                              const EvaluationContext& context);
[[nodiscard]] Judgement judge(const OutputExpectation& expected, const ExpectationState& state,
                              const EvaluationContext& context);

// --- judge_streams.cc
// One iterator for each shard that is listed now, of the type the expectation asks for.
[[nodiscard]] Result<std::vector<ShardIterator>> take_iterators(
    const StreamReadExpectation& expected, const EvaluationContext& context);

// Every record that can be read now, shard by shard from the trim horizon.
[[nodiscard]] std::vector<StreamRecord> read_whole_stream(const StreamView& view, Instant now);

}  // namespace gtsim
