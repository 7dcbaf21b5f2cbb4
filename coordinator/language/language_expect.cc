// expect: what must hold, each entry one kind.
#include "coordinator/language/expectations.h"
#include "coordinator/language/language.h"

namespace gtsim::language {
namespace {

template <class Kind>
auto into_kind() {
  return [](Expectation& expectation, Kind&& kind) { expectation.kind = std::move(kind); };
}

template <class Kind>
std::optional<Kind> kind_of(const Expectation& expectation) {
  const auto* kind = std::get_if<Kind>(&expectation.kind);
  if (kind == nullptr) return std::nullopt;
  return *kind;
}

}  // namespace

Type<Expectation> expectation_type() {
  Object<Expectation> object("expectation", "Something that must hold, or the verdict is false.");
  object.choice("converged", converged_type(), into_kind<ConvergedExpectation>(),
                kind_of<ConvergedExpectation>,
                {.doc = "All regions hold the same items soon enough.", .example = "{within: 5s}"});
  object.choice("lag", lag_type(), into_kind<LagExpectation>(), kind_of<LagExpectation>,
                {.doc = "Replication lag, from the write at its origin to its arrival.",
                 .example = "{p99: < 2s}"});
  object.choice("item", item_expectation_type(), into_kind<ItemExpectation>(),
                kind_of<ItemExpectation>, {.doc = "What an item is, or that there is none."});
  object.choice("counter", counter_type(), into_kind<CounterExpectation>(),
                kind_of<CounterExpectation>,
                {.doc = "Increments that were acknowledged and do not show in the end."});
  object.choice(
      "conflicts", conflicts_type(), into_kind<ConflictsExpectation>(),
      kind_of<ConflictsExpectation>,
      {.doc = "Writes that met, in another region, a newer version that was not built on them.",
       .example = "3"});
  object.choice("lost_writes", lost_writes_type(), into_kind<LostWritesExpectation>(),
                kind_of<LostWritesExpectation>,
                {.doc = "Acknowledged writes that are nowhere in the end, though nobody who saw "
                        "them replaced them.",
                 .example = "0"});
  object.choice("records", records_type(), into_kind<RecordsExpectation>(),
                kind_of<RecordsExpectation>,
                {.doc = "Records in streams.", .example = "{event: INSERT, count: 10}"});
  object.choice("writes", writes_type(), into_kind<WritesExpectation>(), kind_of<WritesExpectation>,
                {.doc = "What writers were told.", .example = "{outcome: throttled, count: 0}"});
  object.choice("stream", stream_expectation_type(), into_kind<StreamExpectation>(),
                kind_of<StreamExpectation>, {.doc = "A whole stream, record by record."});
  object.choice("stream_read", stream_read_type(), into_kind<StreamReadExpectation>(),
                kind_of<StreamReadExpectation>, {.doc = "What a reader of a stream gets."});
  object.choice("replica", replica_type(), into_kind<ReplicaExpectation>(),
                kind_of<ReplicaExpectation>, {.doc = "The status of a replica."});
  object.choice("table", table_expectation_type(), into_kind<TableExpectation>(),
                kind_of<TableExpectation>, {.doc = "What DescribeTable shows in a region."});
  object.choice("stream_status", stream_status_type(), into_kind<StreamStatusExpectation>(),
                kind_of<StreamStatusExpectation>,
                {.doc = "The status and the shards of a stream."});
  object.choice("digest", digest_type(), into_kind<DigestExpectation>(), kind_of<DigestExpectation>,
                {.doc = "The digest of the tables at the end.", .example = "equal"});
  object.choice("filter", filter_expectation_type(), into_kind<FilterExpectation>(),
                kind_of<FilterExpectation>,
                {.doc = "A consumer is given what it wants and nothing else."});
  object.choice("deliveries", deliveries_type(), into_kind<DeliveriesExpectation>(),
                kind_of<DeliveriesExpectation>, {.doc = "What a consumer was given."});
  object.choice("per_write", per_write_type(), into_kind<PerWriteExpectation>(),
                kind_of<PerWriteExpectation>,
                {.doc = "How often consumers together were told of one write."});
  object.choice("iterator_age", iterator_age_type(), into_kind<IteratorAgeExpectation>(),
                kind_of<IteratorAgeExpectation>, {.doc = "How far a consumer is behind."});
  object.choice("output", output_type(), into_kind<OutputExpectation>(), kind_of<OutputExpectation>,
                {.doc = "What a consumer's function answered or logged."});
  object.then([](ReadContext&, const Node& node, Expectation& expectation) {
    expectation.position = node.position;
    return true;
  });
  object.example("expect:\n  - converged: {within: 5s}\n  - lost_writes: 0\n");
  return object.build();
}

}  // namespace gtsim::language
