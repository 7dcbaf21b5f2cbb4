// workload: random writes at a rate.
#include <algorithm>
#include <array>

#include "coordinator/language/language.h"
#include "coordinator/language/values.h"
#include "region-node/item/item_size.h"

namespace gtsim::language {
namespace {

struct Draft {
  WorkloadSpec spec;
  std::optional<TableId> table;
};

Type<OperationMix> mix_type() {
  struct Weight {
    const char* name;
    std::int64_t OperationMix::*member;
    const char* doc;
  };
  constexpr std::array<Weight, 6> kWeights{
      {{"put", &OperationMix::put, "A PutItem with a new payload."},
       {"update", &OperationMix::update, "An UpdateItem that sets the payload."},
       {"delete", &OperationMix::remove, "A DeleteItem."},
       {"put_if_absent", &OperationMix::put_if_absent,
        "A PutItem on the condition that there is no such item."},
       {"increment", &OperationMix::increment,
        "An UpdateItem that adds 1 to the attribute `counter`."},
       {"transact", &OperationMix::transact,
        "A TransactWriteItems that puts two to four keys at once."}}};
  Object<OperationMix> object("mix", "Which operations, by relative weight.");
  object.starts_as(OperationMix{.put = 0});  // what is not named does not happen
  for (const Weight& weight : kWeights) {
    object.field(weight.name, whole_number(0, 1'000'000), weight.member,
                 {.doc = weight.doc, .default_text = "0"});
  }
  object.then([](ReadContext& context, const Node& node, OperationMix& mix) {
    const std::int64_t sum =
        mix.put + mix.update + mix.remove + mix.put_if_absent + mix.increment + mix.transact;
    return sum > 0 || context.error(node, "all weights are zero; expected at least one above it");
  });
  object.example("workload:\n  - {rate: 50/s, mix: {put: 60, update: 30, delete: 10}, for: 10m}\n");
  return object.build();
}

Type<FailOverSpec> fail_over_type() {
  const auto region_alone = mapped<FailOverSpec>(
      region(), [](RegionId&& to) { return FailOverSpec{.to = to}; },
      [](const FailOverSpec& spec) -> std::optional<RegionId> {
        const FailOverSpec usual;
        if (spec.after != usual.after || spec.back_after != usual.back_after) return std::nullopt;
        return spec.to;
      });
  Object<FailOverSpec> object(
      "fail-over",
      "Writers that go to another region when their own one fails them. In short form the name of "
      "that region. What failed is not tried again.");
  object.field("to", region(), &FailOverSpec::to,
               {.doc = "Where they go.", .required = true, .example = "eu-west-1"});
  object.field("after", whole_number(1, 1'000'000), &FailOverSpec::after,
               {.doc = "When so many writes in a row have ended as unavailable, server-error or "
                       "timed-out (a writer waits 10 s for an answer).",
                .default_text = "3"});
  object.field(
      "back", positive_duration(), &FailOverSpec::back_after,
      {.doc = "So long after that, and again and again, one write is sent home; when it is "
              "answered they are back.",
       .default_text = "1m",
       .example = "5m"});
  object.field(
      "stay", boolean(),
      [](FailOverSpec& spec, bool&& stay) {
        if (stay) spec.back_after.reset();
      },
      [](const FailOverSpec& spec) {
        return spec.back_after ? std::nullopt : std::optional<bool>{true};
      },
      {.doc = "They never come back.", .default_text = "false"});
  object.then([](ReadContext& context, const Node& node, FailOverSpec& spec) {
    const auto* back = node.find("back");
    return spec.back_after || back == nullptr ||
           context.error(back->value, "`back` and `stay` contradict one another");
  });
  object.example(
      "workload:\n  - {regions: [us-east-1], rate: 50/s, for: 4h, fail_over: {to: eu-west-1, back: "
      "5m}}\n");
  return by_shape<FailOverSpec>({.scalar = region_alone, .map = object.build()});
}

bool check_fail_over(ReadContext& context, const Node& node, const WorkloadSpec& spec) {
  if (!spec.fail_over) return true;
  const Node& place = node.find("fail_over")->value;
  const RegionId to = spec.fail_over->to;
  if (std::find(spec.regions.begin(), spec.regions.end(), to) != spec.regions.end()) {
    return context.error(place, fmt::format("region `{}` is where these writers are; name another "
                                            "one, or give the others in `regions`",
                                            context.name(to)));
  }
  return true;
}

bool check_regions(ReadContext& context, const Node& node, Draft& draft) {
  if (draft.spec.regions.empty()) draft.spec.regions = context.table(draft.spec.table).regions;
  return !draft.spec.regions.empty() ||
         context.error(node, fmt::format("table `{}` has no replica at the start; `regions` must "
                                         "say where the writers are",
                                         context.name(draft.spec.table)));
}

bool finish(ReadContext& context, const Node& node, Draft& draft) {
  draft.spec.position = node.position;
  if (draft.table) {
    draft.spec.table = *draft.table;
  } else if (!context.only_table(node.position, draft.spec.table)) {
    return false;
  }
  if (!context.tables_known()) return false;
  bool good = check_regions(context, node, draft) && check_fail_over(context, node, draft.spec);
  if (!draft.spec.for_duration && !draft.spec.count) {
    good = context.error(node, "a workload needs an end; expected `for` or `count`");
  }
  if (draft.spec.for_duration && draft.spec.start + *draft.spec.for_duration > kLongestDuration) {
    good = context.error(node.find("for")->value,
                         fmt::format("the workload ends later than {}", to_text(kLongestDuration)));
  }
  // Without `for` the writes themselves say how long it takes.
  if (!draft.spec.for_duration && draft.spec.count) {
    const double seconds = static_cast<double>(*draft.spec.count) / draft.spec.rate_per_second;
    const Duration left = kLongestDuration - draft.spec.start;
    if (seconds > static_cast<double>(left.count()) / 1e6) {
      good = context.error(node.find("count")->value,
                           fmt::format("{} writes at this rate end later than {}",
                                       *draft.spec.count, to_text(kLongestDuration)));
    }
  }
  const TableSpec& table = context.table(draft.spec.table);
  if (draft.spec.expires_after && !table.ttl) {
    good = context.error(
        node.find("expires_after")->value,
        fmt::format("table `{}` has no `ttl`, so its items cannot expire", table.name));
  }
  const std::string& home = draft.spec.region_attribute;
  const bool taken = table.key.is_key_attribute(home) || home == "payload" || home == "counter" ||
                     (table.ttl && table.ttl->attribute == home);
  if (!home.empty() && taken) {
    good = context.error(node.find("region_attribute")->value,
                         fmt::format("`{}` is taken: the key, the TTL attribute, `payload` and "
                                     "`counter` have their own values",
                                     home));
  }
  if (draft.spec.item_size_bytes_max > kMaxItemSizeBytes) {
    good = context.error(node.find("size")->value,
                         fmt::format("an item has at most {} bytes", kMaxItemSizeBytes));
  }
  return good;
}

}  // namespace

Type<WorkloadSpec> workload_type() {
  Object<Draft> object("workload", "Random writes. The seed decides what they are.");
  object.field(
      "regions", regions_or_all(),
      [](Draft& draft, std::vector<RegionId>&& regions) {
        draft.spec.regions = std::move(regions);
      },
      [](const PrintContext& context, const Draft& draft) {
        const std::vector<RegionId>& regions = draft.spec.regions;
        const bool usual = regions == context.table(draft.spec.table).regions;
        return usual ? std::nullopt : std::optional{regions};
      },
      {.doc = "Where they are sent. `all` means every region that has the table at the start.",
       .default_text = "all"});
  object.field("table", table(), &Draft::table,
               {.doc = "Which table.", .default_text = "the only one"});
  object.field("rate", rate(), within(&Draft::spec, &WorkloadSpec::rate_per_second),
               {.doc = "How many, in each region.", .default_text = "1/s", .example = "50/s"});
  object.field("arrival", keyword<bool>({{"poisson", true}, {"constant", false}}),
               within(&Draft::spec, &WorkloadSpec::poisson),
               {.doc = "Whether they come at random or evenly spaced.", .default_text = "poisson"});
  object.field("keys", key_distribution(), within(&Draft::spec, &WorkloadSpec::keys),
               {.doc = "Which keys. Regions draw from the same ones, so they conflict.",
                .default_text = "`uniform(1000)`",
                .example = "zipf(10000)"});
  object.field("mix", mix_type(), within(&Draft::spec, &WorkloadSpec::mix),
               {.doc = "Which operations.",
                .default_text = "only puts",
                .example = "{put: 60, update: 30, delete: 10}"});
  object.field(
      "size", size_range(),
      [](Draft& draft, std::pair<std::int64_t, std::int64_t>&& size) {
        draft.spec.item_size_bytes_min = size.first;
        draft.spec.item_size_bytes_max = size.second;
      },
      [](const Draft& draft) {
        const std::pair size{draft.spec.item_size_bytes_min, draft.spec.item_size_bytes_max};
        const WorkloadSpec usual;
        const bool is_usual =
            size.first == usual.item_size_bytes_min && size.second == usual.item_size_bytes_max;
        return is_usual ? std::nullopt : std::optional{size};
      },
      {.doc = "How large the items are, by the service's arithmetic.",
       .default_text = "200",
       .example = "\"uniform(100, 400)\""});
  object.field("start", duration(), within(&Draft::spec, &WorkloadSpec::start),
               {.doc = "When the first may come.", .default_text = "0s"});
  object.field("for", positive_duration(), within(&Draft::spec, &WorkloadSpec::for_duration),
               {.doc = "For how long they come.",
                .default_text = "until `count`; one of the two is needed",
                .example = "10m"});
  object.field("count", whole_number(1, 1'000'000'000), within(&Draft::spec, &WorkloadSpec::count),
               {.doc = "How many at most, in each region.",
                .default_text = "until the end of `for`",
                .example = "1000"});
  object.field("expires_after", positive_duration(),
               within(&Draft::spec, &WorkloadSpec::expires_after),
               {.doc = "Sets the table's TTL attribute to the time of the write and this.",
                .default_text = "items do not expire",
                .example = "1h"});
  object.field("fail_over", fail_over_type(), within(&Draft::spec, &WorkloadSpec::fail_over),
               {.doc = "Another region, for when their own one fails them.",
                .default_text = "they stay where they are",
                .example = "eu-west-1"});
  object.field("region_attribute", attribute_name(),
               within(&Draft::spec, &WorkloadSpec::region_attribute),
               {.doc = "Puts and updates set this attribute to the name of the region they are "
                       "sent to, so that consumers can filter on it.",
                .default_text = "none",
                .example = "home"});
  object.then(finish);
  object.example(
      "workload:\n  - {regions: all, rate: 50/s, keys: zipf(10000), mix: {put: 60, update: 30, "
      "delete: "
      "10}, for: 10m}\n");
  return mapped<WorkloadSpec>(
      object.build(), [](Draft&& draft) { return std::move(draft.spec); },
      [](const PrintContext& context, const WorkloadSpec& spec) {
        return Draft{spec, context.unless_only(spec.table)};
      });
}

}  // namespace gtsim::language
