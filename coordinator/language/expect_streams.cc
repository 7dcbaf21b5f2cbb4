// Expectations about streams.
#include "coordinator/language/expectations.h"
#include "coordinator/language/source_text.h"
#include "coordinator/language/values.h"

namespace gtsim::language {
namespace {

using CountBound = Bound<std::int64_t>;

// `table` and `region` of one stream. T has the members `table` (optional) and `expectation`.
template <class Draft>
void add_stream(Object<Draft>& object) {
  object.field("table", table(), &Draft::table,
               {.doc = "Which table.", .default_text = "the only one"});
  object.field(
      "region", region(),
      [](Draft& draft, RegionId&& region) { draft.expectation.region = region; },
      [](const Draft& draft) { return draft.expectation.region; },
      {.doc = "Whose stream.", .required = true, .example = "eu-west-1"});
  object.then([](ReadContext& context, const Node& node, Draft& draft) {
    if (draft.table) draft.expectation.table = *draft.table;
    return draft.table || context.only_table(node.position, draft.expectation.table);
  });
}

template <class Expectation>
struct StreamDraft {
  std::optional<TableId> table;
  Expectation expectation;
};

template <class Expectation>
Type<Expectation> unwrap(const Object<StreamDraft<Expectation>>& object) {
  using Draft = StreamDraft<Expectation>;
  return mapped<Expectation>(
      object.build(), [](Draft&& draft) { return std::move(draft.expectation); },
      [](const PrintContext& context, const Expectation& expectation) {
        return Draft{context.unless_only(expectation.table), expectation};
      });
}

// A count above zero of records that cannot be.
bool impossible(ReadContext& context, const Node& node, const CountBound& count,
                std::string_view why) {
  return count.holds(0) || context.error(node, fmt::format("there can be no such record: {}", why));
}

bool check_records(ReadContext& context, const Node& node, RecordsExpectation& e) {
  if (!context.tables_known()) return false;
  const bool by_ttl = e.ttl.value_or(false);
  bool good = true;
  if (e.ttl) {
    bool any = false;
    for (std::size_t i = 0; i < context.tables().size(); ++i) {
      const TableId id{static_cast<std::uint16_t>(i)};
      if (!e.table || *e.table == id) any |= context.table(id).ttl.has_value();
    }
    if (!any) good = context.error(node.find("ttl")->value, "no table that is meant has a `ttl`");
  }
  if (by_ttl && e.event && *e.event != "REMOVE") {
    good =
        impossible(context, node.find("event")->value, e.count, "TTL makes REMOVE records only") &&
        good;
  }
  if (by_ttl && e.origin && *e.origin == "REPLICATION") {
    good = impossible(context, node.find("origin")->value, e.count,
                      "a TTL delete that was replicated is an ordinary REMOVE") &&
           good;
  }
  if (e.origin && e.origin_region && e.region) {
    const bool local = *e.origin == "APPLICATION";
    if (local != (*e.origin_region == *e.region)) {
      good =
          impossible(context, node.find("origin_region")->value, e.count,
                     local ? "an APPLICATION record stands in the stream of its own region"
                           : "a REPLICATION record never stands in the stream of its own region") &&
          good;
    }
  }
  return good;
}

}  // namespace

Type<RecordsExpectation> records_type() {
  Object<RecordsExpectation> object("records expectation", "How many records streams got.");
  object.field("count", count_bound(), &RecordsExpectation::count,
               {.doc = "How many.", .required = true, .example = "10"});
  object.field("table", table(), &RecordsExpectation::table,
               {.doc = "Of which table.", .default_text = "all together"});
  object.field("region", region(), &RecordsExpectation::region,
               {.doc = "Whose stream.", .default_text = "all together"});
  object.field("event", one_of_words({"INSERT", "MODIFY", "REMOVE"}), &RecordsExpectation::event,
               {.doc = "Which eventName.", .default_text = "any", .example = "INSERT"});
  object.field("origin", one_of_words({"APPLICATION", "REPLICATION"}), &RecordsExpectation::origin,
               {.doc = "Whether the write was made here or replicated.", .default_text = "either"});
  object.field("origin_region", region(), &RecordsExpectation::origin_region,
               {.doc = "Where the write was made.", .default_text = "anywhere"});
  object.field("ttl", boolean(), &RecordsExpectation::ttl,
               {.doc = "`true`: only records that carry the TTL identity; `false`: only others.",
                .default_text = "either"});
  object.then(check_records);
  object.example(
      "expect:\n  - records: {region: eu-west-1, event: INSERT, origin: REPLICATION, count: 10}\n");
  return object.build();
}

Type<StreamExpectation> stream_expectation_type() {
  using Draft = StreamDraft<StreamExpectation>;
  Object<Draft> object("stream expectation", "A whole stream, compared with a file.");
  add_stream(object);
  object.field(
      "matches", text("file", "the name of a file"),
      [](ReadContext& context, const Node&, Draft& draft, std::string&& name) {
        draft.expectation.path = resolve(folder_of(context.file()), name);
        return true;
      },
      [](const PrintContext& context, const Draft& draft) {
        return context.relative(draft.expectation.path);
      },
      {.doc = "The golden file, relative to the scenario's folder.",
       .required = true,
       .example = "golden/orders.jsonl"});
  object.example("expect:\n  - stream: {region: eu-west-1, matches: golden/orders.jsonl}\n");
  return unwrap(object);
}

Type<StreamReadExpectation> stream_read_type() {
  using From = StreamReadExpectation::From;
  using Start = std::pair<From, std::int64_t>;
  using Draft = StreamDraft<StreamReadExpectation>;
  const auto record_of = [](From kind) {
    return [kind](const Start& from) {
      return from.first == kind ? std::optional{from.second} : std::nullopt;
    };
  };
  Object<Start> start("stream position", "A record, counted from 1 in the order of the stream.");
  start.choice("at", whole_number(1, 1'000'000'000),
               [](Start& from, std::int64_t&& record) {
                 from = {From::kAtRecord, record};
               },
               record_of(From::kAtRecord), {.doc = "From this record on.", .example = "1"});
  start.choice("after", whole_number(1, 1'000'000'000),
               [](Start& from, std::int64_t&& record) {
                 from = {From::kAfterRecord, record};
               },
               record_of(From::kAfterRecord), {.doc = "From the next record on.", .example = "1"});
  start.example(
      "expect:\n  - stream_read: {region: us-east-1, at: 1h, from: {after: 1}, records: 0}\n");
  const auto word = mapped<Start>(
      keyword<From>({{"trim-horizon", From::kTrimHorizon}, {"latest", From::kLatest}}),
      [](From&& from) {
        return Start{from, 0};
      },
      [](const Start& from) { return from.first; });

  Object<Draft> object("stream read expectation",
                       "What a reader of the stream gets who takes an iterator and uses it later.");
  add_stream(object);
  object.field("at", duration(), within(&Draft::expectation, &StreamReadExpectation::at),
               {.doc = "When the records are read.", .required = true, .example = "25h"});
  object.field("iterator_at", duration(),
               within(&Draft::expectation, &StreamReadExpectation::iterator_at),
               {.doc = "When the iterator is taken; it lives for 15 minutes.",
                .default_text = "when it is used",
                .example = "24h55m"});
  object.field(
      "from", by_shape<Start>({.scalar = word, .map = start.build()}),
      [](Draft& draft, Start&& from) {
        draft.expectation.from = from.first;
        draft.expectation.record = from.second;
      },
      [](const Draft& draft) -> std::optional<Start> {
        const StreamReadExpectation& e = draft.expectation;
        if (e.from == From::kTrimHorizon) return std::nullopt;
        return Start{e.from, e.record};
      },
      {.doc = "Where the iterator starts.",
       .default_text = "trim-horizon",
       .example = "{after: 1}"});
  object.field("records", count_bound(),
               within(&Draft::expectation, &StreamReadExpectation::records),
               {.doc = "How many records there are.",
                .default_text = "either this or `error`",
                .example = "0"});
  object.field("error",
               one_of_words({"TrimmedDataAccessException", "ExpiredIteratorException",
                             "ResourceNotFoundException"}),
               within(&Draft::expectation, &StreamReadExpectation::error),
               {.doc = "The error that the reader gets.",
                .default_text = "none",
                .example = "TrimmedDataAccessException"});
  object.then([](ReadContext& context, const Node& node, Draft& draft) {
    const StreamReadExpectation& e = draft.expectation;
    if (e.records.has_value() == e.error.has_value()) {
      return context.error(node, "expected either `records` or `error`");
    }
    if (e.iterator_at && *e.iterator_at > e.at) {
      return context.error(node.find("iterator_at")->value,
                           "the iterator would be taken after it is used");
    }
    return true;
  });
  object.example(
      "expect:\n  - stream_read: {region: us-east-1, at: 25h, iterator_at: 24h55m, from: "
      "trim-horizon, "
      "records: 0}\n");
  return unwrap(object);
}

Type<StreamStatusExpectation> stream_status_type() {
  using Draft = StreamDraft<StreamStatusExpectation>;
  Object<Draft> object("stream status expectation", "What DescribeStream says.");
  add_stream(object);
  object.field("at", duration(), within(&Draft::expectation, &StreamStatusExpectation::at),
               {.doc = "When.", .default_text = "at the end", .example = "30s"});
  object.field("status", one_of_words({"ENABLING", "ENABLED", "DISABLING", "DISABLED", "absent"}),
               within(&Draft::expectation, &StreamStatusExpectation::status),
               {.doc = "Its status.", .default_text = "any", .example = "ENABLED"});
  object.field("shards", count_bound(),
               within(&Draft::expectation, &StreamStatusExpectation::shards),
               {.doc = "Shards that are listed.", .default_text = "any number", .example = "3"});
  object.field(
      "open_shards", count_bound(),
      within(&Draft::expectation, &StreamStatusExpectation::open_shards),
      {.doc = "Those of them that are open.", .default_text = "any number", .example = "2"});
  object.then([](ReadContext& context, const Node& node, Draft& draft) {
    const StreamStatusExpectation& e = draft.expectation;
    if (!e.status && !e.shards && !e.open_shards) {
      return context.error(node, "expected at least one of `status`, `shards` and `open_shards`");
    }
    if (e.shards && e.open_shards && e.shards->maximum &&
        e.open_shards->minimum.value_or(0) > *e.shards->maximum) {
      return context.error(node.find("open_shards")->value, "more open shards than shards");
    }
    return true;
  });
  object.example(
      "expect:\n  - stream_status: {region: us-east-1, at: 30s, status: ENABLED, shards: 3, "
      "open_shards: 2}\n");
  return unwrap(object);
}

}  // namespace gtsim::language
