// tables: a map from name to key, stream, TTL, capacity and shards.
#include <algorithm>

#include "coordinator/language/item_reader.h"
#include "coordinator/language/language.h"
#include "coordinator/language/text_type.h"
#include "coordinator/language/values.h"
#include "region-node/table/table_definition.h"

namespace gtsim::language {
namespace {

using Capacity = std::optional<std::int64_t>;
using View = std::optional<StreamViewType>;

const KeySchema kUsualKey{{"PK", AttributeType::kS}, std::nullopt};
constexpr Duration kTtlDelay{600LL * 1'000'000};

struct CapacityDraft {
  Capacity write;
  std::vector<Named<Capacity>> regions;
};

struct Draft {
  TableSpec spec;
  bool stream_given = false;
  bool regions_given = false;
  CapacityDraft capacity;
};

Type<KeySchema> key_schema_type() {
  auto definition = std::make_shared<Definition>();
  definition->name = "key schema";
  definition->doc =
      "The attributes of the primary key with their types, `S`, `N` or `B`: the partition key "
      "first, then "
      "the sort key if there is one.";
  definition->forms = {"{PK: S}", "{PK: S, SK: N}"};
  definition->schema = boost::json::object{
      {"type", "object"},
      {"additionalProperties", boost::json::object{{"enum", boost::json::array{"S", "N", "B"}}}},
      {"minProperties", 1},
      {"maxProperties", 2}};
  const TypeText text = refer_to(definition, "a key schema such as {PK: S, SK: S}");
  const Type<AttributeType> type_word = keyword<AttributeType>(
      {{"S", AttributeType::kS}, {"N", AttributeType::kN}, {"B", AttributeType::kB}});
  return {text,
          [text, type_word](ReadContext& context, const Node& node, KeySchema& out) {
            constexpr std::size_t kLongest = 255;
            if (node.kind != NodeKind::kMap || node.members.empty() || node.members.size() > 2) {
              return mismatch(context, node, text);
            }
            bool good = true;
            std::vector<KeyAttribute> attributes;
            for (const Member& member : node.members) {
              const ReadContext::Scope scope(context, member.key);
              if (member.key.empty() || member.key.size() > kLongest) {
                good =
                    context.error(member.key_position, "a key attribute's name has 1 to 255 bytes");
              }
              KeyAttribute attribute{member.key, AttributeType::kS};
              good = type_word.read(context, member.value, attribute.type) && good;
              attributes.push_back(attribute);
            }
            out.hash = attributes[0];
            if (attributes.size() > 1) out.range = attributes[1];
            return good;
          },
          [type_word](const PrintContext& context, const KeySchema& key) -> std::optional<Node> {
            Node map;
            add_member(map, key.hash.name, *type_word.print(context, key.hash.type));
            if (key.range) {
              add_member(map, key.range->name, *type_word.print(context, key.range->type));
            }
            return map;
          }};
}

Type<TtlSpec> ttl_type() {
  Object<TtlSpec> object("ttl", "Items that expire, in the long form of `ttl`.");
  const TtlSpec usual{.attribute = {}, .delay = kTtlDelay};
  object.starts_as(usual);
  object.field("attribute", attribute_name(), &TtlSpec::attribute,
               {.doc = "The attribute that holds the time of expiry, in seconds since 1970 (N).",
                .required = true,
                .example = "expires"});
  object.field("delay", duration(), &TtlSpec::delay,
               {.doc = "From expiry to the delete; the service takes minutes to days.",
                .default_text = "10m"});
  object.field(
      "by", keyword<bool>({{"one", false}, {"all", true}}), &TtlSpec::every_region,
      {.doc = "Whether `one` region, chosen by the seed, deletes an expired item and replicates "
              "the delete, or `all` regions do so by themselves.",
       .default_text = "one"});
  object.example("tables:\n  sessions: {ttl: {attribute: expires, delay: 30m, by: one}}\n");
  const auto short_form = mapped<TtlSpec>(
      attribute_name(),
      [usual](std::string&& attribute) {
        TtlSpec ttl = usual;
        ttl.attribute = std::move(attribute);
        return ttl;
      },
      [usual](const TtlSpec& ttl) -> std::optional<std::string> {
        if (ttl.delay != usual.delay || ttl.every_region != usual.every_region) return std::nullopt;
        return ttl.attribute;
      });
  return by_shape<TtlSpec>({.scalar = short_form, .map = object.build()});
}

Type<CapacityDraft> capacity_type() {
  Object<CapacityDraft> object("capacity",
                               "Write capacity, in the long form. Application writes beyond it are "
                               "throttled; replicated writes draw on it too, and wait.");
  object.field("write", rate_or_unlimited(), &CapacityDraft::write,
               {.doc = "In every region.", .default_text = "unlimited", .example = "100/s"});
  object.field("regions",
               map_of(rate_or_unlimited(), "map from region to [write capacity](#write-capacity)",
                      "a map from region to capacity"),
               &CapacityDraft::regions,
               {.doc = "In single regions instead.",
                .default_text = "none",
                .example = "{eu-west-1: 20/s}"});
  object.example("tables:\n  orders: {capacity: {write: 100/s, regions: {eu-west-1: 20/s}}}\n");
  const auto short_form = mapped<CapacityDraft>(
      rate_or_unlimited(),
      [](Capacity&& write) {
        return CapacityDraft{write, {}};
      },
      [](const CapacityDraft& draft) -> std::optional<Capacity> {
        if (!draft.regions.empty()) return std::nullopt;
        return draft.write;
      });
  return by_shape<CapacityDraft>({.scalar = short_form, .map = object.build()});
}

// "Disabling Stream is not allowed for a Global Table replica": service-enforced, so a table in
// several regions always has a stream.
bool settle_stream(ReadContext& context, const Node& node, Draft& draft) {
  const bool several = draft.spec.regions.size() > 1;
  if (several && draft.stream_given && !draft.spec.stream) {
    return context.error(
        node.find("stream")->value,
        "One or more parameter values were invalid: Disabling Stream is not allowed "
        "for a Global Table replica. `off` needs a table in a single region");
  }
  if (several && !draft.stream_given) draft.spec.stream = StreamViewType::kNewAndOldImages;
  return true;
}

bool settle_capacity(ReadContext& context, const Node& node, Draft& draft) {
  draft.spec.write_capacity.assign(context.regions().size(), draft.capacity.write);
  bool good = true;
  for (const Named<Capacity>& one : draft.capacity.regions) {
    const ReadContext::Scope scope(context, "capacity.regions");
    Node name;
    name.position = one.position;
    RegionId region;
    if (!context.find_region(name, one.name, region)) {
      good = false;
      continue;
    }
    draft.spec.write_capacity[region.index()] = one.value;
  }
  (void)node;
  return good;
}

// The way back: what most regions have, and the others.
CapacityDraft capacity_of(const PrintContext& context, const std::vector<Capacity>& capacities) {
  CapacityDraft draft;
  std::ptrdiff_t most = 0;
  for (const Capacity& capacity : capacities) {
    const auto count = std::count(capacities.begin(), capacities.end(), capacity);
    if (count <= most) continue;
    most = count;
    draft.write = capacity;
  }
  for (const RegionId region : context.all_regions()) {
    const Capacity& own = capacities[region.index()];
    if (own != draft.write) draft.regions.push_back({context.name(region), {}, own});
  }
  return draft;
}

Draft draft_of(const PrintContext& context, const TableSpec& table) {
  return {.spec = table,
          .stream_given = true,
          .regions_given = true,
          .capacity = capacity_of(context, table.write_capacity)};
}

bool finish(ReadContext& context, const Node& node, Draft& draft) {
  if (!context.regions_known()) return false;
  if (!draft.regions_given) draft.spec.regions = context.all_regions();
  if (draft.spec.key.hash.name.empty()) draft.spec.key = kUsualKey;
  bool good = settle_stream(context, node, draft);
  good = settle_capacity(context, node, draft) && good;
  if (draft.spec.ttl && draft.spec.key.is_key_attribute(draft.spec.ttl->attribute)) {
    good = context.error(node.find("ttl")->value,
                         fmt::format("`{}` is part of the key and cannot hold the time of expiry",
                                     draft.spec.ttl->attribute));
  }
  return good;
}

Type<Draft> table_type() {
  Object<Draft> object("table settings", "One table.");
  object.field(
      "key", key_schema_type(),
      [](Draft& draft, KeySchema&& key) { draft.spec.key = std::move(key); },
      [](const Draft& draft) -> std::optional<KeySchema> {
        if (draft.spec.key == kUsualKey) return std::nullopt;
        return draft.spec.key;
      },
      {.doc = "The primary key.", .default_text = "{PK: S}", .example = "{PK: S, SK: S}"});
  object.field(
      "regions", regions_all_or_none(),
      [](Draft& draft, std::optional<std::vector<RegionId>>&& regions) {
        draft.regions_given = !regions || !regions->empty();
        draft.spec.regions = std::move(regions).value_or(std::vector<RegionId>{});
      },
      [](const PrintContext& context, const Draft& draft) {
        using Regions = std::optional<std::vector<RegionId>>;
        const std::vector<RegionId>& regions = draft.spec.regions;
        if (regions == context.all_regions()) return std::optional<Regions>{};
        return std::optional<Regions>{regions.empty() ? Regions{} : Regions{regions}};
      },
      {.doc = "Where its replicas are at the start. With `none` a step creates it "
              "(`create_table`).",
       .default_text = "all"});
  object.field(
      "stream", view_type_or_off(),
      [](Draft& draft, View&& stream) {
        draft.stream_given = true;
        draft.spec.stream = stream;
      },
      [](const Draft& draft) {
        const bool several = draft.spec.regions.size() > 1;
        const View usual = several ? View{StreamViewType::kNewAndOldImages} : View{};
        std::optional<View> given;
        if (draft.spec.stream != usual) given.emplace(draft.spec.stream);
        return given;
      },
      {.doc = "What its streams carry. A table in several regions always has streams.",
       .default_text = "`NEW_AND_OLD_IMAGES`, or `off` for a table in a single region"});
  object.field("ttl", ttl_type(), within(&Draft::spec, &TableSpec::ttl),
               {.doc = "Time to live: the attribute with the time of expiry.",
                .default_text = "off",
                .example = "expires"});
  object.field(
      "capacity", capacity_type(), &Draft::capacity,
      {.doc = "Write capacity of each replica.", .default_text = "unlimited", .example = "100/s"});
  object.field("shards", whole_number(1, 1000), within(&Draft::spec, &TableSpec::shards),
               {.doc = "Open shards of each stream at the start.", .default_text = "1"});
  object.field("rollover", duration_of_at_least(kShortestShardRollover),
               within(&Draft::spec, &TableSpec::shard_rollover),
               {.doc = "A shard is closed and succeeded by a child after this long, `1s` or more.",
                .default_text = "4h"});
  object.field("backfill_records", boolean(),
               within(&Draft::spec, &TableSpec::records_for_backfill),
               {.doc = "Whether items copied into a new replica make INSERT records in its stream. "
                       "The service does not document it.",
                .default_text = "false"});
  object.field(
      "record_time", keyword<bool>({{"apply", false}, {"origin", true}}),
      within(&Draft::spec, &TableSpec::origin_record_time),
      {.doc = "ApproximateCreationDateTime of the records of replicated writes: when they were "
              "applied here, or when they were written at their origin. The service does "
              "not document it.",
       .default_text = "apply"});
  object.field("record_profile",
               keyword<RecordProfile>({{"2019", RecordProfile::k2019},
                                       {"2017", RecordProfile::k2017},
                                       {"marked", RecordProfile::kMarked}}),
               within(&Draft::spec, &TableSpec::record_profile),
               {.doc = "What readers of its streams see of replication. `2019`: nothing, as the "
                       "service sends today. `2017`: the attributes and the doubled records of the "
                       "legacy version. `marked`: replicated writes carry a userIdentity. "
                       "`--profile` on the command line wins.",
                .default_text = "2019"});
  object.then(finish);
  object.example(
      "tables:\n  orders:\n    key: {PK: S, SK: S}\n    stream: NEW_AND_OLD_IMAGES\n    ttl: "
      "expires\n");
  return object.may_be_empty().build();
}

}  // namespace

std::vector<TableSpec> default_tables(const std::vector<RegionSpec>& regions) {
  TableSpec table;
  table.name = "table";
  table.key = kUsualKey;
  for (std::size_t i = 0; i < regions.size(); ++i) {
    table.regions.emplace_back(static_cast<std::uint16_t>(i));
  }
  if (regions.size() > 1) table.stream = StreamViewType::kNewAndOldImages;
  table.write_capacity.assign(regions.size(), std::nullopt);
  return {std::move(table)};
}

Type<std::vector<TableSpec>> tables_type() {
  return mapped<std::vector<TableSpec>>(
      map_of(table_type(), "map from name to [table settings](#table-settings)",
             "a map from table to its settings"),
      [](ReadContext& context, const Node&, std::vector<Named<Draft>>&& drafts,
         std::vector<TableSpec>& out) {
        constexpr std::size_t kMostTables = 256;
        constexpr std::size_t kLongestName = 255;
        bool good = true;
        if (drafts.size() > kMostTables) {
          good = context.error(
              drafts[kMostTables].position,
              fmt::format("expected at most {} tables; found {}", kMostTables, drafts.size()));
        }
        for (Named<Draft>& draft : drafts) {
          good =
              check_given_name(context, draft.position, "table", draft.name, kLongestName) && good;
          draft.value.spec.name = draft.name;
          draft.value.spec.position = draft.position;
          out.push_back(std::move(draft.value.spec));
        }
        return good;
      },
      [](const PrintContext& context, const std::vector<TableSpec>& tables) {
        std::vector<Named<Draft>> named;
        for (const TableSpec& table : tables) {
          named.push_back({table.name, {}, draft_of(context, table)});
        }
        return named;
      });
}

}  // namespace gtsim::language
