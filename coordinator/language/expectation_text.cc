#include "coordinator/language/expectation_text.h"

#include <fmt/format.h>

#include "coordinator/language/item_text.h"

namespace gtsim::language {
namespace {

// " of orders" when the scenario has several tables and it has to be said.
std::string table_word(const ReadContext& context, const std::optional<TableId>& table) {
  if (!table || context.tables().size() == 1) return "";
  return fmt::format(" of {}", context.name(*table));
}

std::string region_word(const ReadContext& context, const char* word,
                        const std::optional<RegionId>& region) {
  return region ? fmt::format(" {} {}", word, context.name(*region)) : "";
}

// "= 3", "< 3"
std::string relation(const std::string& bound) {
  const bool has_sign = bound.find_first_of("<>=") == 0;
  if (has_sign) return bound;
  return bound.find("..") == std::string::npos ? "= " + bound : "in " + bound;
}

std::string moment(const std::optional<Duration>& at) {
  return at ? fmt::format(" at {}", to_text(*at)) : " at the end";
}

// " p50 < 1s, p99 < 2s"
std::string percentile_bounds(const std::vector<std::pair<double, Bound<Duration>>>& bounds) {
  std::string out;
  for (const auto& [value, bound] : bounds) {
    out += fmt::format("{} {} {}", out.empty() ? "" : ",", percentile_name(value),
                       relation(bound.text));
  }
  return out;
}

struct Wording {
  const ReadContext& context;

  std::string operator()(const ConvergedExpectation& e) const {
    std::string after;
    switch (e.after.kind) {
      case AfterSpec::Kind::kLastFault:
        after = "the last fault";
        break;
      case AfterSpec::Kind::kLastWrite:
        after = "the last write";
        break;
      case AfterSpec::Kind::kTime:
        after = to_text(e.after.time);
        break;
      case AfterSpec::Kind::kStep:
        after = fmt::format("step {}", e.after.step);
        break;
    }
    return fmt::format("converged within {} after {}", to_text(e.within), after);
  }

  std::string operator()(const LagExpectation& e) const {
    std::string out = fmt::format("lag {} -> {}", e.from ? context.name(*e.from) : "any region",
                                  e.to ? context.name(*e.to) : "any region");
    return out + percentile_bounds(e.percentiles);
  }

  std::string operator()(const ItemExpectation& e) const {
    std::string what = " is absent";
    if (e.equals) what = " equals " + item_text(*e.equals);
    if (e.has) what = " has " + item_text(*e.has);
    return fmt::format("item {}{} in {}{}{}", item_text(e.key), table_word(context, e.table),
                       context.names(e.regions), moment(e.at), what);
  }

  std::string operator()(const CounterExpectation& e) const {
    return fmt::format("counter {} of {}{}: lost increments {}", e.attribute, item_text(e.key),
                       table_word(context, e.table), relation(e.lost.text));
  }

  std::string operator()(const ConflictsExpectation& e) const {
    return fmt::format("conflicts{}{}{} {}", table_word(context, e.table),
                       region_word(context, "won by", e.winner),
                       region_word(context, "lost by", e.loser), relation(e.count.text));
  }

  std::string operator()(const LostWritesExpectation& e) const {
    return fmt::format("acknowledged writes{}{} lost unseen {}", table_word(context, e.table),
                       region_word(context, "in", e.region), relation(e.acknowledged.text));
  }

  std::string operator()(const RecordsExpectation& e) const {
    std::string out = "records";
    if (e.event) out += ' ' + *e.event;
    if (e.origin) out += fmt::format(" with origin {}", *e.origin);
    out += region_word(context, "written in", e.origin_region);
    if (e.ttl) out += *e.ttl ? " by TTL" : " not by TTL";
    return fmt::format("{}{}{} {}", out, table_word(context, e.table),
                       region_word(context, "in", e.region), relation(e.count.text));
  }

  std::string operator()(const WritesExpectation& e) const {
    std::string out = "writes";
    if (e.outcome) out += fmt::format(" that end {}", to_text(*e.outcome));
    return fmt::format("{}{}{} {}", out, table_word(context, e.table),
                       region_word(context, "in", e.region), relation(e.count.text));
  }

  std::string operator()(const StreamExpectation& e) const {
    return fmt::format("stream{} in {} matches {}", table_word(context, e.table),
                       context.name(e.region), e.path);
  }

  std::string operator()(const StreamReadExpectation& e) const {
    std::string from = "the trim horizon";
    if (e.from == StreamReadExpectation::From::kLatest) from = "the latest record";
    if (e.from == StreamReadExpectation::From::kAtRecord) from = fmt::format("record {}", e.record);
    if (e.from == StreamReadExpectation::From::kAfterRecord) {
      from = fmt::format("after record {}", e.record);
    }
    std::string iterator;
    if (e.iterator_at) iterator = fmt::format(" with an iterator of {}", to_text(*e.iterator_at));
    const std::string result =
        e.error ? "fails with " + *e.error : "records " + relation(e.records->text);
    return fmt::format("reading the stream{} in {} from {} at {}{}: {}",
                       table_word(context, e.table), context.name(e.region), from, to_text(e.at),
                       iterator, result);
  }

  std::string operator()(const ReplicaExpectation& e) const {
    return fmt::format("replica{} in {}{} is {}", table_word(context, e.table),
                       context.name(e.region), moment(e.at), e.status);
  }

  std::string operator()(const TableExpectation& e) const {
    std::string out = fmt::format("DescribeTable{} in {}{} shows", table_word(context, e.table),
                                  context.name(e.region), moment(e.at));
    if (e.status) out += " " + *e.status;
    if (!e.replicas) return out;
    out += e.replicas->empty() ? " no replicas" : "";
    for (const auto& [region, status] : *e.replicas) {
      out += fmt::format(" {} {}", context.name(region), status);
    }
    return out;
  }

  std::string operator()(const StreamStatusExpectation& e) const {
    std::string out = fmt::format("stream{} in {}{}", table_word(context, e.table),
                                  context.name(e.region), moment(e.at));
    if (e.status) out += " is " + *e.status;
    if (e.shards) out += ", shards " + relation(e.shards->text);
    if (e.open_shards) out += ", open shards " + relation(e.open_shards->text);
    return out;
  }

  static void bound(std::string& out, const char* name,
                    const std::optional<Bound<std::int64_t>>& bound) {
    if (!bound) return;
    out += fmt::format("{} {} {}", out.ends_with(':') ? "" : ",", name, relation(bound->text));
  }

  template <class E>
  std::string selection(const char* what, const E& e) const {
    std::string out = fmt::format("{} {}", what, e.consumer);
    if (e.event) out += ", " + *e.event;
    if (e.origin_region) out += fmt::format(" written in {}", context.name(*e.origin_region));
    return out + ':';
  }

  std::string operator()(const FilterExpectation& e) const {
    std::string out = selection("filter of", e);
    bound(out, "missed", e.missed);
    bound(out, "let through", e.let_through);
    bound(out, "duplicates", e.duplicates);
    return out;
  }

  std::string operator()(const DeliveriesExpectation& e) const {
    std::string out = selection("deliveries to", e);
    if (e.origin) out.insert(out.size() - 1, " of " + *e.origin);
    bound(out, "records", e.records);
    bound(out, "duplicates", e.duplicates);
    bound(out, "out of order", e.out_of_order);
    bound(out, "given up", e.given_up);
    bound(out, "expired", e.expired);
    bound(out, "behind", e.behind);
    bound(out, "invocations", e.invocations);
    bound(out, "failed invocations", e.failed_invocations);
    if (e.matches) out += fmt::format("{} matches {}", out.ends_with(':') ? "" : ",", *e.matches);
    return out;
  }

  std::string operator()(const PerWriteExpectation& e) const {
    std::string out = fmt::format("writes told to {}:", fmt::join(e.consumers, ", "));
    bound(out, "missed", e.missed);
    bound(out, "once", e.once);
    bound(out, "more than once", e.more_than_once);
    return out;
  }

  std::string operator()(const IteratorAgeExpectation& e) const {
    std::string out = fmt::format("iterator age of {}", e.consumer);
    return out + percentile_bounds(e.percentiles);
  }

  std::string operator()(const OutputExpectation& e) const {
    std::string out = fmt::format("output of {}", e.consumer);
    if (e.matches) out += fmt::format(" matches {}", *e.matches);
    if (e.contains) {
      out += fmt::format("{} lines with \"{}\" {}", e.matches ? "," : "", *e.contains,
                         relation(e.lines->text));
    }
    return out;
  }

  std::string operator()(const DigestExpectation& e) const {
    return fmt::format("digest{} {}", table_word(context, e.table),
                       e.is ? "is " + *e.is : "is equal in all regions");
  }
};

}  // namespace

const char* percentile_name(double value) {
  const char* name = "";
  for (const Percentile& percentile : kPercentiles) {
    if (percentile.value <= value) name = percentile.name;
  }
  return name;
}

std::string expectation_text(const ReadContext& context, const ExpectationKind& expectation) {
  return std::visit(Wording{context}, expectation);
}

}  // namespace gtsim::language
