// The kinds of expectations.
#pragma once

#include "coordinator/language/binding.h"
#include "coordinator/scenario/scenario.h"

namespace gtsim::language {

// expect_state.cc
[[nodiscard]] Type<ConvergedExpectation> converged_type();
// An empty `regions` stands for all replicas until the timeline knows them (step_timeline.h).
[[nodiscard]] Type<ItemExpectation> item_expectation_type();
[[nodiscard]] Type<ReplicaExpectation> replica_type();
[[nodiscard]] Type<TableExpectation> table_expectation_type();
[[nodiscard]] Type<DigestExpectation> digest_type();
// expect_counts.cc
[[nodiscard]] Type<LagExpectation> lag_type();
[[nodiscard]] Type<CounterExpectation> counter_type();
[[nodiscard]] Type<ConflictsExpectation> conflicts_type();
[[nodiscard]] Type<LostWritesExpectation> lost_writes_type();
[[nodiscard]] Type<WritesExpectation> writes_type();
// expect_streams.cc
[[nodiscard]] Type<RecordsExpectation> records_type();
[[nodiscard]] Type<StreamExpectation> stream_expectation_type();
[[nodiscard]] Type<StreamReadExpectation> stream_read_type();
[[nodiscard]] Type<StreamStatusExpectation> stream_status_type();
// expect_consumers.cc
[[nodiscard]] Type<FilterExpectation> filter_expectation_type();
[[nodiscard]] Type<DeliveriesExpectation> deliveries_type();
[[nodiscard]] Type<PerWriteExpectation> per_write_type();
[[nodiscard]] Type<IteratorAgeExpectation> iterator_age_type();
[[nodiscard]] Type<OutputExpectation> output_type();

}  // namespace gtsim::language
