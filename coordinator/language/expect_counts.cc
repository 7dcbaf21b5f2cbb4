// Expectations about how much and how many.
#include "coordinator/language/expectations.h"
#include "coordinator/language/item_reader.h"
#include "coordinator/language/percentile_fields.h"
#include "coordinator/language/values.h"

namespace gtsim::language {
namespace {

using CountBound = Bound<std::int64_t>;
const char* const kAllTables = "all together";
const char* const kAllRegions = "all together";

}  // namespace

Type<LagExpectation> lag_type() {
  Object<LagExpectation> object("lag expectation",
                                "Replication lag: from the write at its origin to its arrival.");
  object.field("from", region(), &LagExpectation::from,
               {.doc = "Origin of the writes.", .default_text = kAllRegions});
  object.field("to", region(), &LagExpectation::to,
               {.doc = "Where they arrive.", .default_text = kAllRegions});
  add_percentiles(object, "write", "writes");
  object.then([](ReadContext& context, const Node& node, LagExpectation& lag) {
    if (!require_percentile(context, node, lag)) return false;
    if (lag.from && lag.to && *lag.from == *lag.to) {
      return context.error(
          node.find("to")->value,
          fmt::format("there is no replication from region `{}` to itself", context.name(*lag.to)));
    }
    return true;
  });
  object.example(
      "expect:\n  - lag: {from: us-east-1, to: eu-west-1, p50: < 2s, p99: < 5s, max: < 10s}\n");
  return object.build();
}

Type<CounterExpectation> counter_type() {
  struct Draft {
    std::optional<TableId> table;
    ItemNode key;
    CounterExpectation expectation;
  };
  Object<Draft> object("counter expectation",
                       "How many acknowledged increments of an attribute do not show in the end.");
  object.field("table", table(), &Draft::table,
               {.doc = "Which table.", .default_text = "the only one"});
  object.field("key", key_node(), &Draft::key,
               {.doc = "Which item.", .required = true, .example = "{PK: a}"});
  object.field("attribute", attribute_name(),
               within(&Draft::expectation, &CounterExpectation::attribute),
               {.doc = "Which attribute.", .required = true, .example = "n"});
  object.field("lost", count_bound(), within(&Draft::expectation, &CounterExpectation::lost),
               {.doc = "How many.", .required = true, .example = "37"});
  object.then([](ReadContext& context, const Node& node, Draft& draft) {
    CounterExpectation& out = draft.expectation;
    if (draft.table) {
      out.table = *draft.table;
    } else if (!context.only_table(node.position, out.table)) {
      return false;
    }
    const KeySchema& schema = context.table(out.table).key;
    if (schema.is_key_attribute(out.attribute)) {
      return context.error(node.find("attribute")->value,
                           fmt::format("`{}` is part of the key and never changes", out.attribute));
    }
    const ReadContext::Scope scope(context, "key");
    return read_key(context, *draft.key.node, schema, out.key);
  });
  object.example("expect:\n  - counter: {key: {PK: a}, attribute: n, lost: 37}\n");
  return mapped<CounterExpectation>(
      object.build(), [](Draft&& draft) { return std::move(draft.expectation); },
      [](const PrintContext& context, const CounterExpectation& e) {
        return Draft{context.unless_only(e.table), ItemNode{nullptr, e.key}, e};
      });
}

Type<ConflictsExpectation> conflicts_type() {
  Object<ConflictsExpectation> object(
      "conflicts expectation",
      "How many writes met, in another region, a newer version that was not built on them. Judged "
      "by what each write had seen, whether or not it arrived there.");
  object.field("count", count_bound(), &ConflictsExpectation::count,
               {.doc = "How many.", .required = true, .example = "3"});
  object.field("table", table(), &ConflictsExpectation::table,
               {.doc = "In which table.", .default_text = kAllTables});
  object.field("winner", region(), &ConflictsExpectation::winner,
               {.doc = "Origin of the newer write.", .default_text = kAllRegions});
  object.field("loser", region(), &ConflictsExpectation::loser,
               {.doc = "Origin of the older write.", .default_text = kAllRegions});
  object.then([](ReadContext& context, const Node& node, ConflictsExpectation& e) {
    if (!e.winner || !e.loser || *e.winner != *e.loser) return true;
    return context.error(
        node.find("loser")->value,
        fmt::format("region `{}` has no conflict with itself", context.name(*e.loser)));
  });
  object.example(
      "expect:\n  - conflicts: {count: 3, winner: us-east-1, loser: eu-west-1}\n"
      "  - conflicts: 3\n");
  const auto short_form = mapped<ConflictsExpectation>(
      count_bound(),
      [](CountBound&& count) {
        ConflictsExpectation e;
        e.count = std::move(count);
        return e;
      },
      [](const ConflictsExpectation& e) -> std::optional<CountBound> {
        if (e.table || e.winner || e.loser) return std::nullopt;
        return e.count;
      });
  return by_shape<ConflictsExpectation>({.scalar = short_form, .map = object.build()});
}

Type<LostWritesExpectation> lost_writes_type() {
  Object<LostWritesExpectation> object("lost writes expectation",
                                       "How many acknowledged writes are nowhere in the end: a "
                                       "concurrent write that had not seen them won, and nobody "
                                       "built on them.");
  object.field("acknowledged", count_bound(), &LostWritesExpectation::acknowledged,
               {.doc = "How many.", .required = true, .example = "0"});
  object.field("table", table(), &LostWritesExpectation::table,
               {.doc = "In which table.", .default_text = kAllTables});
  object.field("region", region(), &LostWritesExpectation::region,
               {.doc = "Where they were acknowledged.", .default_text = kAllRegions});
  object.example(
      "expect:\n  - lost_writes: {acknowledged: 0, region: us-east-1}\n"
      "  - lost_writes: 0\n");
  const auto short_form = mapped<LostWritesExpectation>(
      count_bound(),
      [](CountBound&& count) {
        LostWritesExpectation e;
        e.acknowledged = std::move(count);
        return e;
      },
      [](const LostWritesExpectation& e) -> std::optional<CountBound> {
        if (e.table || e.region) return std::nullopt;
        return e.acknowledged;
      });
  return by_shape<LostWritesExpectation>({.scalar = short_form, .map = object.build()});
}

Type<WritesExpectation> writes_type() {
  Object<WritesExpectation> object("writes expectation", "How many writers were told what.");
  object.field("count", count_bound(), &WritesExpectation::count,
               {.doc = "How many.", .required = true, .example = "2"});
  object.field("table", table(), &WritesExpectation::table,
               {.doc = "In which table.", .default_text = kAllTables});
  object.field("region", region(), &WritesExpectation::region,
               {.doc = "In which region.", .default_text = kAllRegions});
  object.field("outcome", outcome(), &WritesExpectation::outcome,
               {.doc = "What they were told.", .default_text = "anything", .example = "ok"});
  object.example("expect:\n  - writes: {region: us-east-1, outcome: ok, count: 2}\n");
  return object.build();
}

}  // namespace gtsim::language
