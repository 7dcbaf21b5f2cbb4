#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "coordinator/check/stream_page.h"
#include "coordinator/run/expectation_state.h"
#include "region-node/base/check.h"

namespace gtsim {
namespace {

// The sequence number of the Nth record of the stream, from 1.
std::string sequence_number_of(const StreamReadExpectation& expected, const StreamView& view) {
  return view.stream->sequence_number(static_cast<std::uint64_t>(expected.record - 1));
}

bool by_record(const StreamReadExpectation& expected) {
  return expected.from == StreamReadExpectation::From::kAtRecord ||
         expected.from == StreamReadExpectation::From::kAfterRecord;
}

IteratorType iterator_type(StreamReadExpectation::From from) {
  switch (from) {
    case StreamReadExpectation::From::kTrimHorizon:
      return IteratorType::kTrimHorizon;
    case StreamReadExpectation::From::kLatest:
      return IteratorType::kLatest;
    case StreamReadExpectation::From::kAtRecord:
      return IteratorType::kAtSequenceNumber;
    case StreamReadExpectation::From::kAfterRecord:
      return IteratorType::kAfterSequenceNumber;
  }
  return IteratorType::kTrimHorizon;
}

Error no_stream() {
  return {Errc::kResourceNotFound, "Requested resource not found: the table has no stream here"};
}

// Reads from the iterators to the ends of their shards or to what is there now.
Result<std::int64_t> count_records(const Stream& stream, std::vector<ShardIterator> iterators,
                                   Instant now, StreamPosition durable) {
  std::int64_t count = 0;
  for (ShardIterator& iterator : iterators) {
    for (;;) {
      auto page = stream.read(iterator, kMaxRecordsPerRead, now, durable);
      if (!page) return page.error();
      CHECK_DETAIL(is_page(page->records, iterator.next_number, kMaxRecordsPerRead),
                   "a page is larger than a page, or torn");
      count += static_cast<std::int64_t>(page->records.size());
      if (page->records.empty() || !page->next) break;
      iterator = *page->next;
    }
  }
  return count;
}

}  // namespace

Result<std::vector<ShardIterator>> take_iterators(const StreamReadExpectation& expected,
                                                  const EvaluationContext& context) {
  const StreamView view = context.cluster.stream(expected.region, expected.table);
  if (view.stream == nullptr) return no_stream();
  const Instant now = context.cluster.now();
  const std::string sequence =
      by_record(expected) ? sequence_number_of(expected, view) : std::string{};
  std::vector<ShardIterator> iterators;
  bool covered = !by_record(expected);
  for (const ShardInfo& shard : view.stream->shards(now, view.durable)) {
    IteratorType type = iterator_type(expected.from);
    if (by_record(expected)) {
      const auto number = static_cast<std::uint64_t>(expected.record - 1);
      if (number >= shard.end_number.value_or(UINT64_MAX)) continue;
      if (shard.first_number <= number) {
        covered = true;
      } else {
        type = IteratorType::kTrimHorizon;  // a later shard, which the reader comes to in the end
      }
    }
    auto iterator = view.stream->get_iterator(
        shard.id, type, type == IteratorType::kTrimHorizon ? std::string{} : sequence, now,
        view.durable);
    if (!iterator) return iterator.error();
    iterators.push_back(std::move(*iterator));
  }
  if (!covered) {
    // Every shard that held it is gone with its 24 hours.
    return Error{Errc::kTrimmedData, "The data you are trying to access has been trimmed"};
  }
  return iterators;
}

std::vector<StreamRecord> read_whole_stream(const StreamView& view, Instant now) {
  std::vector<StreamRecord> records;
  for (const ShardInfo& shard : view.stream->shards(now, view.durable)) {
    auto iterator =
        view.stream->get_iterator(shard.id, IteratorType::kTrimHorizon, {}, now, view.durable);
    while (iterator) {
      auto page = view.stream->read(*iterator, kMaxRecordsPerRead, now, view.durable);
      if (!page || page->records.empty()) break;
      for (StreamRecord& record : page->records) records.push_back(std::move(record));
      if (!page->next) break;
      *iterator = *page->next;
    }
  }
  return records;
}

Judgement judge(const StreamReadExpectation& expected, const ExpectationState& state,
                const EvaluationContext& context) {
  const StreamView view = context.cluster.stream(expected.region, expected.table);
  const auto iterators = state.iterators ? *state.iterators : take_iterators(expected, context);
  // An iterator belongs to its stream, even when the table has got another one meanwhile.
  const Stream* stream = state.iterators ? state.iterators_of : view.stream;
  Result<std::int64_t> count = 0;
  if (!iterators) {
    count = iterators.error();
  } else if (stream == nullptr) {
    count = no_stream();
  } else {
    const StreamPosition end = stream == view.stream ? view.durable : stream->position();
    count = count_records(*stream, *iterators, context.cluster.now(), end);
  }
  if (!count) {
    const std::string name = error_name(count.error().code);
    return {expected.error && *expected.error == name,
            fmt::format("found {}: {}", name, count.error().detail)};
  }
  return {!expected.error && (!expected.records || expected.records->holds(*count)),
          fmt::format("found {} records", *count)};
}

Judgement judge(const StreamExpectation&, const ExpectationState& state,
                const EvaluationContext& context) {
  const std::string difference = state.golden_file->finish();
  if (difference.empty()) {
    return {true, fmt::format("{} records are equal", state.golden_file->lines())};
  }
  if (context.update_golden) return {true, "rewritten: " + difference};
  return {false, difference + "\n  (--update-golden rewrites it)"};
}

Judgement judge(const ConvergedExpectation& expected, const ExpectationState& state,
                const EvaluationContext&) {
  if (!state.marked_at) return {false, "the moment it counts from never came"};
  if (!state.reached_at) {
    return {false, fmt::format("not within the run; counted from {}",
                               to_text(*state.marked_at - Instant{}))};
  }
  const Duration took = std::max(Duration{0}, *state.reached_at - *state.marked_at);
  return {took <= expected.within,
          fmt::format("took {} from {}", to_text(took), to_text(*state.marked_at - Instant{}))};
}

Judgement judge(const ReplicaExpectation& expected, const ExpectationState&,
                const EvaluationContext& context) {
  const char* status = to_text(context.cluster.replica_status(expected.region, expected.table));
  return {expected.status == status, fmt::format("found {}", status)};
}

Judgement judge(const TableExpectation& expected, const ExpectationState&,
                const EvaluationContext& context) {
  const auto seen = context.cluster.describe(expected.region, expected.table);
  if (!seen) return {false, seen.error().detail};
  const std::string status = *seen ? to_text((*seen)->status) : "absent";
  std::map<RegionId, std::string> replicas;
  if (*seen) {
    for (const TableDescription::Replica& one : (*seen)->replicas) {
      replicas[one.region] = to_text(one.status);
    }
  }
  Judgement judgement{!expected.status || *expected.status == status, "found " + status};
  if (!expected.replicas) return judgement;
  const std::map<RegionId, std::string> wanted(expected.replicas->begin(),
                                               expected.replicas->end());
  judgement.holds = judgement.holds && replicas == wanted;
  judgement.found += replicas.empty() ? ", no replicas" : ", replicas";
  for (const auto& [region, of] : replicas) {
    judgement.found += fmt::format(" {} {}", context.scenario.regions[region.index()].name, of);
  }
  return judgement;
}

Judgement judge(const StreamStatusExpectation& expected, const ExpectationState&,
                const EvaluationContext& context) {
  const StreamView view = context.cluster.stream(expected.region, expected.table);
  const std::string status = view.stream == nullptr ? "absent" : to_text(view.stream->status());
  Judgement judgement{!expected.status || *expected.status == status, "found " + status};
  if (view.stream == nullptr) {
    judgement.holds = judgement.holds && !expected.shards && !expected.open_shards;
    return judgement;
  }
  const auto shards = view.stream->shards(context.cluster.now(), view.durable);
  const auto all = static_cast<std::int64_t>(shards.size());
  const auto open = static_cast<std::int64_t>(std::count_if(
      shards.begin(), shards.end(), [](const ShardInfo& shard) { return shard.open(); }));
  judgement.found += fmt::format(", {} shards, {} open", all, open);
  judgement.holds = judgement.holds && (!expected.shards || expected.shards->holds(all)) &&
                    (!expected.open_shards || expected.open_shards->holds(open));
  return judgement;
}

}  // namespace gtsim
