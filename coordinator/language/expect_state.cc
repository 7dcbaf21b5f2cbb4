// Expectations about what the tables hold.
#include <map>
#include <utility>

#include "coordinator/language/expectations.h"
#include "coordinator/language/item_reader.h"
#include "coordinator/language/text_scanner.h"
#include "coordinator/language/text_type.h"
#include "coordinator/language/values.h"

namespace gtsim::language {
namespace {

const char* const kOnlyTable = "the only one";

Type<AfterSpec> after_type() {
  auto definition = std::make_shared<Definition>();
  definition->name = "moment";
  definition->doc =
      "From when on: `last-fault` (the begin or end of the last fault), `last-write`, a time from "
      "the "
      "start of the run, or the name of a step.";
  definition->forms = {"last-fault", "last-write", "5m", "cutover"};
  definition->schema = boost::json::object{{"type", "string"}};
  const TypeText text = refer_to(definition,
                                 "last-fault, last-write, a time such as 5m or the name of "
                                 "a step");
  return {text,
          [text](ReadContext& context, const Node& node, AfterSpec& out) {
            if (!node.is_scalar()) return mismatch(context, node, text);
            if (node.text == "last-write") {
              out.kind = AfterSpec::Kind::kLastWrite;
              return true;
            }
            if (node.text == "last-fault") {
              out.kind = AfterSpec::Kind::kLastFault;
              if (!context.steps_known() || context.has_faults()) return true;
              return context.error(node,
                                   "no step of this scenario is a fault; expected last-write, a "
                                   "time such as 5m or the name of a step");
            }
            if (auto time = parse_duration(node.text)) {
              out.kind = AfterSpec::Kind::kTime;
              out.time = *time;
              return true;
            }
            out.kind = AfterSpec::Kind::kStep;
            out.step = node.text;
            return context.find_step(node, node.text);
          },
          [](const PrintContext&, const AfterSpec& after) -> std::optional<Node> {
            switch (after.kind) {
              case AfterSpec::Kind::kLastFault:
                return plain_node("last-fault");
              case AfterSpec::Kind::kLastWrite:
                return plain_node("last-write");
              case AfterSpec::Kind::kTime:
                return plain_node(to_text(after.time));
              case AfterSpec::Kind::kStep:
                return text_node(after.step);
            }
            return std::nullopt;
          }};
}

AfterSpec default_after(const ScenarioNames& context) {
  AfterSpec after;
  after.kind = context.has_faults() ? AfterSpec::Kind::kLastFault : AfterSpec::Kind::kLastWrite;
  return after;
}

// Key attributes among the expected ones must be those of the key.
bool check_against_key(ReadContext& context, const Node& node, const Item& key,
                       const Item& expected) {
  for (const auto& [name, value] : key) {
    const auto found = expected.find(name);
    if (found == expected.end() || found->second == value) continue;
    return context.error(node.find(name)->value,
                         fmt::format("`{}` is part of the key and differs from `key`", name));
  }
  return true;
}

struct ItemDraft {
  std::optional<TableId> table;
  ItemNode key;
  ItemNode equals;
  ItemNode has;
  ItemExpectation expectation;
};

bool finish_item(ReadContext& context, const Node& node, ItemDraft& draft) {
  ItemExpectation& out = draft.expectation;
  if (draft.table) {
    out.table = *draft.table;
  } else if (!context.only_table(node.position, out.table)) {
    return false;
  }
  const KeySchema& schema = context.table(out.table).key;
  {
    const ReadContext::Scope scope(context, "key");
    if (!read_key(context, *draft.key.node, schema, out.key)) return false;
  }
  const auto read_expected = [&](const char* field, const Node& expected,
                                 std::optional<Item>& into) {
    const ReadContext::Scope scope(context, field);
    Item item;
    if (!read_attributes(context, expected, schema, item)) return false;
    if (!check_key_types(context, expected, schema, item)) return false;
    if (!check_against_key(context, expected, out.key, item)) return false;
    into = std::move(item);
    return true;
  };
  if (draft.equals.node != nullptr) return read_expected("equals", *draft.equals.node, out.equals);
  if (draft.has.node != nullptr) return read_expected("has", *draft.has.node, out.has);
  return true;
}

}  // namespace

Type<ConvergedExpectation> converged_type() {
  struct Draft {
    Duration within{0};
    std::optional<AfterSpec> after;
  };
  Object<Draft> object("converged expectation", "All replicas of every table hold the same items.");
  object.field("within", positive_duration(), &Draft::within,
               {.doc = "How soon.", .required = true, .example = "5s"});
  object.field("after", after_type(), &Draft::after,
               {.doc = "From when on.",
                .default_text = "`last-fault`, or `last-write` when no step is a fault"});
  object.example(
      "steps:\n  - {at: 1m, isolate: eu-west-1, for: 1m, name: outage}\nexpect:\n"
      "  - converged: {within: 5s, after: outage}\n  - converged: 1m\n");
  const auto short_form = mapped<Draft>(
      positive_duration(),
      [](Duration&& length) {
        return Draft{length, std::nullopt};
      },
      [](const Draft& draft) -> std::optional<Duration> {
        if (draft.after) return std::nullopt;
        return draft.within;
      });
  return mapped<ConvergedExpectation>(
      by_shape<Draft>({.scalar = short_form, .map = object.build()}),
      [](ReadContext& context, const Node&, Draft&& draft, ConvergedExpectation& out) {
        out.within = draft.within;
        out.after = draft.after ? *draft.after : default_after(context);
        return true;
      },
      [](const PrintContext& context, const ConvergedExpectation& e) {
        Draft draft{e.within, std::nullopt};
        const AfterSpec::Kind usual = default_after(context).kind;
        if (e.after.kind != usual) draft.after = e.after;
        return draft;
      });
}

Type<ItemExpectation> item_expectation_type() {
  Object<ItemDraft> object("item expectation", "What an item is at some time.");
  object.field("table", table(), &ItemDraft::table,
               {.doc = "Which table.", .default_text = kOnlyTable});
  object.field("key", key_node(), &ItemDraft::key,
               {.doc = "Which item.", .required = true, .example = "{PK: a}"});
  object.field(
      "in", regions_or_all(),
      [](ItemDraft& draft, std::vector<RegionId>&& regions) {
        draft.expectation.regions = std::move(regions);
      },
      // Not more than all of them can have a replica then.
      [](const PrintContext& context, const ItemDraft& draft) {
        const std::vector<RegionId>& regions = draft.expectation.regions;
        const bool all = regions.size() == context.regions().size();
        return all ? std::nullopt : std::optional{regions};
      },
      {.doc = "In which regions. `all` means every region that has a replica then.",
       .default_text = "all"});
  object.field("at", duration(), within(&ItemDraft::expectation, &ItemExpectation::at),
               {.doc = "When.",
                .default_text = "at the end, once the regions have converged",
                .example = "90s"});
  object.choice(
      "equals", item_node(), [](ItemDraft& draft, ItemNode&& node) { draft.equals = node; },
      [](const ItemDraft& draft) { return item_to_print(draft.equals.item); },
      {.doc = "The whole item; key attributes may be left out.", .example = "{n: 1}"});
  object.choice(
      "has", item_node(), [](ItemDraft& draft, ItemNode&& node) { draft.has = node; },
      [](const ItemDraft& draft) { return item_to_print(draft.has.item); },
      {.doc = "Some of its attributes.", .example = "{n: 1}"});
  object.choice(
      "absent", boolean(),
      [](ReadContext& context, const Node& node, ItemDraft& draft, bool&& absent) {
        draft.expectation.absent = true;
        return absent || context.error(node, "expected true; found `false`");
      },
      [](const ItemDraft& draft) {
        return draft.expectation.absent ? std::optional<bool>{true} : std::nullopt;
      },
      {.doc = "`true`: there is no such item.", .example = "true"});
  object.then(finish_item);
  object.example(
      "expect:\n  - item: {key: {PK: a}, in: all, has: {state: paid}}\n"
      "  - item: {key: {PK: b}, in: [us-east-1], at: 90s, absent: true}\n");
  return mapped<ItemExpectation>(
      object.build(), [](ItemDraft&& draft) { return std::move(draft.expectation); },
      [](const PrintContext& context, const ItemExpectation& e) {
        ItemDraft draft;
        draft.table = context.unless_only(e.table);
        draft.key.item = e.key;
        draft.equals.item = e.equals.value_or(Item{});
        draft.has.item = e.has.value_or(Item{});
        draft.expectation = e;
        return draft;
      });
}

Type<ReplicaExpectation> replica_type() {
  struct Draft {
    std::optional<TableId> table;
    ReplicaExpectation expectation;
  };
  Object<Draft> object("replica expectation",
                       "The status of a replica, as DescribeTable shows it.");
  object.field("table", table(), &Draft::table,
               {.doc = "Which table.", .default_text = kOnlyTable});
  object.field("region", region(), within(&Draft::expectation, &ReplicaExpectation::region),
               {.doc = "Which replica.", .required = true, .example = "eu-west-1"});
  object.field("at", duration(), within(&Draft::expectation, &ReplicaExpectation::at),
               {.doc = "When.", .default_text = "at the end", .example = "30s"});
  object.field("status", one_of_words({"CREATING", "ACTIVE", "DELETING", "absent"}),
               within(&Draft::expectation, &ReplicaExpectation::status),
               {.doc = "Its status.", .required = true, .example = "ACTIVE"});
  object.then([](ReadContext& context, const Node& node, Draft& draft) {
    if (draft.table) draft.expectation.table = *draft.table;
    return draft.table || context.only_table(node.position, draft.expectation.table);
  });
  object.example("expect:\n  - replica: {region: eu-west-1, at: 30s, status: ACTIVE}\n");
  return mapped<ReplicaExpectation>(
      object.build(), [](Draft&& draft) { return std::move(draft.expectation); },
      [](const PrintContext& context, const ReplicaExpectation& e) {
        return Draft{context.unless_only(e.table), e};
      });
}

Type<TableExpectation> table_expectation_type() {
  using Replicas = std::vector<Named<std::string>>;
  struct Draft {
    std::optional<TableId> table;
    std::optional<Replicas> replicas;
    TableExpectation expectation;
  };
  Object<Draft> object("table expectation",
                       "What DescribeTable shows in one region: the status of the table there, and "
                       "of the replicas elsewhere as that region knows them.");
  object.field("table", table(), &Draft::table,
               {.doc = "Which table.", .default_text = kOnlyTable});
  object.field("region", region(), within(&Draft::expectation, &TableExpectation::region),
               {.doc = "Which region is asked.", .required = true, .example = "us-east-1"});
  object.field("at", duration(), within(&Draft::expectation, &TableExpectation::at),
               {.doc = "When.", .default_text = "at the end", .example = "30s"});
  object.field("status", one_of_words({"CREATING", "UPDATING", "ACTIVE", "DELETING", "absent"}),
               within(&Draft::expectation, &TableExpectation::status),
               {.doc = "TableStatus.", .default_text = "any", .example = "UPDATING"});
  const auto replica_status = one_of_words({"CREATING", "ACTIVE", "DELETING"});
  const auto none = mapped<Replicas>(
      one_of_words({"none"}), [](std::string&&) { return Replicas{}; },
      [](const Replicas& replicas) {
        return replicas.empty() ? std::optional<std::string>{"none"} : std::nullopt;
      });
  object.field("replicas",
               by_shape<Replicas>({.scalar = none,
                                   .map = map_of(replica_status, "map from region to status",
                                                 "a map from region to status")}),
               &Draft::replicas,
               {.doc = "All entries of Replicas, without the region that is asked.",
                .default_text = "any",
                .example = "{eu-west-1: CREATING}"});
  object.then([](ReadContext& context, const Node& node, Draft& draft) {
    TableExpectation& expected = draft.expectation;
    bool good = draft.table || context.only_table(node.position, expected.table);
    if (draft.table) expected.table = *draft.table;
    if (!expected.status && !draft.replicas) {
      return context.error(node, "expected at least one of `status` and `replicas`");
    }
    if (!draft.replicas) return good;
    std::map<RegionId, std::string> replicas;
    for (Named<std::string>& one : *draft.replicas) {
      Node name;
      name.position = one.position;
      RegionId region;
      if (!context.find_region(name, one.name, region)) {
        good = false;
      } else if (region == expected.region) {
        good = context.error(one.position, "a region does not list its own replica");
      } else {
        replicas[region] = std::move(one.value);
      }
    }
    expected.replicas.emplace(replicas.begin(), replicas.end());
    return good;
  });
  object.example(
      "control_plane: {durations: service}\nregions: [us-east-1, eu-west-1]\n"
      "tables:\n  orders: {regions: [us-east-1]}\nsteps:\n"
      "  - {at: 1m, add_replica: {region: eu-west-1}}\nexpect:\n"
      "  - table: {region: us-east-1, at: 62s, status: UPDATING, replicas: none}\n"
      "  - table: {region: us-east-1, at: 68s, replicas: {eu-west-1: CREATING}}\n");
  return mapped<TableExpectation>(
      object.build(), [](Draft&& draft) { return std::move(draft.expectation); },
      [](const PrintContext& context, const TableExpectation& e) {
        Draft draft{context.unless_only(e.table), std::nullopt, e};
        if (!e.replicas) return draft;
        draft.replicas.emplace();
        for (const auto& [region, status] : *e.replicas) {
          draft.replicas->push_back({context.name(region), {}, status});
        }
        return draft;
      });
}

Type<DigestExpectation> digest_type() {
  const auto parse = [](std::string_view text) -> Result<std::string> {
    constexpr std::size_t kDigits = 16;
    if (text.size() != kDigits) return wrong(fmt::format("it has {} characters", text.size()));
    if (text.find_first_not_of("0123456789abcdef") != std::string_view::npos) {
      return wrong("it is not hexadecimal in lower case");
    }
    return std::string(text);
  };
  Object<DigestExpectation> object("digest expectation", "What the tables' digest is at the end.");
  object.field(
      "is",
      text_type<std::string>({.name = "digest",
                              .doc = "Sixteen hexadecimal digits, as a run prints them. YAML "
                                     "wants quotes around one without letters.",
                              .forms = {"0123456789abcdef"},
                              .expected = "sixteen hexadecimal digits",
                              .pattern = "^[0-9a-f]{16}$",
                              .number = true},
                             parse, [](const std::string& digits) { return digits; }),
      &DigestExpectation::is,
      {.doc = "This very digest.", .default_text = "equal in all regions, whatever it is"});
  object.field("table", table(), &DigestExpectation::table,
               {.doc = "Of one table.", .default_text = "of all tables"});
  object.then([](ReadContext& context, const Node& node, DigestExpectation&) {
    return !node.members.empty() || context.error(node, "expected `is` or `table`");
  });
  object.example("expect:\n  - digest: equal\n");
  const auto equal = mapped<DigestExpectation>(
      one_of_words({"equal"}), [](std::string&&) { return DigestExpectation{}; },
      [](const DigestExpectation& e) -> std::optional<std::string> {
        if (e.is || e.table) return std::nullopt;
        return "equal";
      });
  return by_shape<DigestExpectation>({.scalar = equal, .map = object.build()});
}

}  // namespace gtsim::language
