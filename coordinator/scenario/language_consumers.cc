// consumers: Lambda event source mappings, the functions behind them, and what these are for.
#include <algorithm>

#include "coordinator/handler/http_url.h"
#include "coordinator/scenario/item_reader.h"
#include "coordinator/scenario/language.h"
#include "coordinator/scenario/pattern_type.h"
#include "coordinator/scenario/source_text.h"
#include "coordinator/scenario/values.h"

namespace gtsim::language {
namespace {

constexpr std::size_t kMostConsumers = 1000;

struct Draft {
  ConsumerSpec spec;
  std::optional<TableId> table;
  std::vector<RegionId> regions;
  bool regions_given = false;
  std::optional<ItemNode> poison;
};

// The word `forever` stands for no limit.
template <class T>
Type<std::optional<T>> or_forever(const Type<T>& limit) {
  Type<std::optional<T>> type;
  type.text = limit.text;
  type.text.label += " or `forever`";
  type.text.expected += " or `forever`";
  type.text.schema = boost::json::object{
      {"anyOf", boost::json::array{limit.text.schema, boost::json::object{{"const", "forever"}}}}};
  type.read = [read = limit.read](ReadContext& context, const Node& node, std::optional<T>& out) {
    out.reset();
    if (node.is_scalar() && node.text == "forever") return true;
    return read(context, node, out.emplace());
  };
  return type;
}

Type<std::vector<EventName>> events_type() {
  const auto event = keyword<EventName>({{"INSERT", EventName::kInsert},
                                         {"MODIFY", EventName::kModify},
                                         {"REMOVE", EventName::kRemove}});
  return list_of(event, "a list of INSERT, MODIFY and REMOVE", {.fewest = 1, .most = 3});
}

Type<WantedRecords> wanted_type() {
  using Origin = std::optional<OriginKind>;
  const auto origin = keyword<Origin>({{"application", OriginKind::kApplication},
                                       {"replication", OriginKind::kReplication},
                                       {"all", std::nullopt}});
  Object<WantedRecords> object("wanted records",
                               "For which records the function is meant. The verdict on its filter "
                               "compares what is delivered with this.");
  object.field("origin", origin, &WantedRecords::origin,
               {.doc = "Records of the application's writes in the consumer's region, of "
                       "replicated writes, or all.",
                .default_text = "`application`, or `all` with `ttl: true` or `region`"});
  object.field("region", region(), &WantedRecords::origin_region,
               {.doc = "Only of writes made in this region.", .default_text = "any"});
  object.field("events", events_type(), &WantedRecords::events,
               {.doc = "Only these events.", .default_text = "all", .example = "[INSERT]"});
  object.field("ttl", boolean(), &WantedRecords::ttl,
               {.doc = "`true`: only deletes made by TTL, in whichever region; `false`: no such.",
                .default_text = "either"});
  object.always([](ReadContext&, const Node& node, WantedRecords& wants) {
    const bool given = node.find("origin") != nullptr;
    if (!given && (wants.ttl == true || wants.origin_region)) wants.origin.reset();
    return true;
  });
  object.example("consumers:\n  audit: {region: eu-west-1, wants: {events: [INSERT]}}\n");
  const auto word = mapped<WantedRecords>(origin, [](Origin&& kind) {
    WantedRecords wants;
    wants.origin = kind;
    return wants;
  });
  return by_shape<WantedRecords>({.scalar = word, .map = object.build()});
}

// The one word a handler can be, said together with what else it can be.
Type<std::string> record_word() {
  Type<std::string> type = one_of_words({"record"});
  type.text.expected = "`record`";
  type.read = [](ReadContext& context, const Node& node, std::string& out) {
    out = node.text;
    if (node.is_scalar() && node.text == "record") return true;
    return context.error(node, fmt::format("expected `record`, {{exec: [program, ...]}} or "
                                           "{{http: URL}}; found {}",
                                           describe(node)));
  };
  return type;
}

Type<HandlerSpec> handler_type() {
  using Kind = HandlerSpec::Kind;
  Object<HandlerSpec> object("handler", "The function behind a consumer.");
  object.choice(
      "exec",
      list_of(text("argument", "a program or an argument", 4000),
              "a list of a program and its arguments", {.fewest = 1, .most = 100}),
      [](ReadContext& context, const Node&, HandlerSpec& spec, std::vector<std::string>&& command) {
        spec.kind = Kind::kExec;
        spec.command = std::move(command);
        spec.folder = folder_of(context.file());
        return true;
      },
      {.doc = "A program that runs in the scenario's folder, reads one Lambda event per "
              "line and answers each with one line of JSON.",
       .example = "[python3, handlers/search_index.py]"});
  object.choice(
      "http", text("URL", "a URL such as http://127.0.0.1:9000/hook"),
      [](ReadContext& context, const Node& node, HandlerSpec& spec, std::string&& url) {
        if (auto parsed = parse_http_url(url); !parsed) {
          return context.error(node, parsed.error().detail);
        }
        spec.kind = Kind::kHttp;
        spec.url = std::move(url);
        return true;
      },
      {.doc = "A Lambda Runtime Interface Emulator or any web hook; each event is POSTed.",
       .example = "http://127.0.0.1:9000/2015-03-31/functions/function/invocations"});
  object.example(
      "consumers:\n  index: {region: eu-west-1, handler: {exec: [python3, index.py]}}\n");
  const auto word = mapped<HandlerSpec>(record_word(), [](std::string&&) { return HandlerSpec{}; });
  return by_shape<HandlerSpec>({.scalar = word, .map = object.build()});
}

Type<std::pair<HandlerFaults, std::optional<ItemNode>>> faults_type() {
  using Faults = std::pair<HandlerFaults, std::optional<ItemNode>>;
  Object<Faults> object("handler faults",
                        "What goes wrong in the function, besides its own doing.");
  object.field("fail_every", whole_number(1, 1'000'000'000),
               [](Faults& faults, std::int64_t&& every) { faults.first.fail_every = every; },
               {.doc = "Every nth invocation fails.", .default_text = "none", .example = "3"});
  object.field("fail", share(),
               [](Faults& faults, double&& chance) { faults.first.fail_share = chance; },
               {.doc = "How likely an invocation fails.", .default_text = "0%", .example = "5%"});
  object.field("poison", key_node(), [](Faults& faults, ItemNode&& key) { faults.second = key; },
               {.doc = "An invocation that is given a record of this key fails. With "
                       "`report_batch_item_failures` it names the record.",
                .default_text = "none",
                .example = "{PK: a}"});
  object.field("slow_every", whole_number(1, 1'000'000'000),
               [](Faults& faults, std::int64_t&& every) { faults.first.slow_every = every; },
               {.doc = "Every nth invocation takes longer by `slow`.", .default_text = "none"});
  object.field("slow", positive_duration(),
               [](Faults& faults, Duration&& slow) { faults.first.slow = slow; },
               {.doc = "How much longer.", .default_text = "0s", .example = "10s"});
  object.field("timeout", positive_duration(),
               [](Faults& faults, Duration&& timeout) { faults.first.timeout = timeout; },
               {.doc = "An invocation that takes longer in virtual time fails then.",
                .default_text = "none",
                .example = "3s"});
  object.then([](ReadContext& context, const Node& node, Faults& faults) {
    if ((faults.first.slow_every > 0) == (faults.first.slow.count() > 0)) return true;
    return context.error(node, "`slow_every` and `slow` go together");
  });
  object.example("consumers:\n  index: {region: eu-west-1, faults: {fail: 5%}}\n");
  return object.build();
}

// What the service would refuse, and what has no meaning.
bool check_mapping(ReadContext& context, const Node& node, const ConsumerSpec& spec) {
  const auto refuse = [&](const char* field, std::string_view why) {
    const Member* member = node.find(field);
    return context.error(member != nullptr ? member->value.position : node.position, why);
  };
  bool good = true;
  if (spec.tumbling_window.count() > 0 && spec.parallelization_factor > 1) {
    good = refuse("tumbling_window",
                  "a tumbling window keeps one state for each shard; expected no "
                  "`parallelization_factor` beside it");
  }
  if (spec.tumbling_window.count() % 1'000'000 != 0) {
    good = refuse("tumbling_window", "expected whole seconds");
  }
  if (spec.stop && *spec.stop <= spec.start) {
    good = refuse("stop", "the consumer would stop before it starts");
  }
  if (spec.start_gap.count() > 0 && spec.position != StartingPosition::kLatest) {
    good = refuse("start_gap",
                  "expected `starting_position: LATEST` with it; from TRIM_HORIZON nothing is "
                  "lost in the gap");
  }
  if (spec.retry_delay > spec.retry_delay_longest) {
    good = refuse("retry_delay",
                  fmt::format("expected at most {}", to_text(spec.retry_delay_longest)));
  }
  return good;
}

void add_mapping(Object<Draft>& object) {
  object.field("filter", patterns_type(),
               [](Draft& draft, std::vector<std::string>&& patterns) {
                 draft.spec.patterns = std::move(patterns);
               },
               {.doc = "Which records reach the function; of several patterns any.",
                .default_text = "all",
                .example = "{eventName: [INSERT]}"});
  object.field("starting_position",
               keyword<StartingPosition>({{"TRIM_HORIZON", StartingPosition::kTrimHorizon},
                                          {"LATEST", StartingPosition::kLatest}}),
               [](Draft& draft, StartingPosition&& from) { draft.spec.position = from; },
               {.doc = "Where it begins to read.", .default_text = "TRIM_HORIZON"});
  object.field("start", duration(), [](Draft& draft, Duration&& at) { draft.spec.start = at; },
               {.doc = "When the mapping is created.", .default_text = "0s"});
  object.field("start_gap", duration(),
               [](Draft& draft, Duration&& gap) { draft.spec.start_gap = gap; },
               {.doc = "How long after that it begins to poll. With LATEST it misses what is "
                       "written in between; the service speaks of minutes.",
                .default_text = "0s"});
  object.field("shard_discovery", duration(),
               [](Draft& draft, Duration&& delay) { draft.spec.shard_discovery = delay; },
               {.doc = "How long after a shard has been read to its end its children are found. "
                       "Records wait there meanwhile. The service does not say how long it takes.",
                .default_text = "0s"});
  object.field("stop", duration(), [](Draft& draft, Duration&& at) { draft.spec.stop = at; },
               {.doc = "When the mapping is disabled.", .default_text = "never"});
  object.field(
      "batch_size", whole_number(1, 10'000),
      [](Draft& draft, std::int64_t&& size) { draft.spec.batch_size = size; },
      {.doc = "Records in one invocation, at most; and at most 6 MB.", .default_text = "100"});
  object.field("batching_window", duration(),
               [](ReadContext& context, const Node& node, Draft& draft, Duration&& window) {
                 draft.spec.batching_window = window;
                 if (window.count() <= 300'000'000) return true;
                 return context.error(
                     node, fmt::format("expected at most 300s; found {}", describe(node)));
               },
               {.doc = "How long records are gathered for a full batch.", .default_text = "0s"});
  object.field(
      "parallelization_factor", whole_number(1, 10),
      [](Draft& draft, std::int64_t&& lanes) { draft.spec.parallelization_factor = lanes; },
      {.doc = "Batches of one shard that are processed at once; order is kept per key.",
       .default_text = "1"});
  object.field(
      "bisect_on_error", boolean(),
      [](Draft& draft, bool&& on) { draft.spec.bisect_on_error = on; },
      {.doc = "A batch that fails is halved; no retry is used up.", .default_text = "false"});
  object.field("maximum_retry_attempts", or_forever(whole_number(0, 10'000)),
               [](Draft& draft, std::optional<std::int64_t>&& most) {
                 draft.spec.maximum_retry_attempts = most;
               },
               {.doc = "Then the batch is given up.", .default_text = "forever", .example = "3"});
  object.field(
      "maximum_record_age", or_forever(positive_duration()),
      [](ReadContext& context, const Node& node, Draft& draft, std::optional<Duration>&& age) {
        draft.spec.maximum_record_age = age;
        if (!age || (age->count() >= 60'000'000 && age->count() <= 604'800'000'000)) {
          return true;
        }
        return context.error(node, fmt::format("expected `forever` or from 60s to 7 days; found {}",
                                               describe(node)));
      },
      {.doc = "Older records are given up.", .default_text = "forever", .example = "1h"});
  object.field("report_batch_item_failures", boolean(),
               [](Draft& draft, bool&& on) { draft.spec.report_batch_item_failures = on; },
               {.doc = "Whether the function's answer may name the records that failed.",
                .default_text = "false"});
  object.field("tumbling_window", duration(),
               [](ReadContext& context, const Node& node, Draft& draft, Duration&& window) {
                 draft.spec.tumbling_window = window;
                 if (window.count() <= 900'000'000) return true;
                 return context.error(
                     node, fmt::format("expected at most 900s; found {}", describe(node)));
               },
               {.doc = "Invocations within such a window hand a state on.", .default_text = "0s"});
  object.field("on_failure",
               keyword<FailureDestination>({{"none", FailureDestination::kNone},
                                            {"queue", FailureDestination::kQueue},
                                            {"bucket", FailureDestination::kBucket}}),
               [](Draft& draft, FailureDestination&& to) { draft.spec.on_failure = to; },
               {.doc = "Where a batch that was given up is told: `queue` gets the pointer to its "
                       "records, `bucket` also the invocation record.",
                .default_text = "none"});
  object.field("retry_delay", positive_duration(),
               [](Draft& draft, Duration&& delay) { draft.spec.retry_delay = delay; },
               {.doc = "Before the first retry; doubles each time, up to 1m. The service does not "
                       "document it.",
                .default_text = "1s"});
}

bool finish(ReadContext& context, const Node& node, Draft& draft) {
  if (!context.regions_known() || !context.tables_known()) return false;
  ConsumerSpec& spec = draft.spec;
  if (draft.table) {
    spec.table = *draft.table;
  } else if (!context.only_table(node.position, spec.table)) {
    return false;
  }
  const TableSpec& table = context.table(spec.table);
  if (draft.regions.empty()) {
    if (!draft.regions_given && table.regions.size() > 1) {
      return context.error(node, "field `region` is missing; expected a region, a list, or `all`");
    }
    draft.regions = table.regions;
  }
  bool good = check_mapping(context, node, spec);
  if (draft.poison) {
    const ReadContext::Scope scope(context, "faults.poison");
    Item key;
    good = read_key(context, *draft.poison->node, table.key, key) && good;
    spec.faults.poison = std::move(key);
  }
  return good;
}

Type<Draft> consumer_type() {
  Object<Draft> object("consumer",
                       "A Lambda event source mapping on one region's stream and the function "
                       "behind it. Several regions make several consumers.");
  object.field("table", table(), &Draft::table,
               {.doc = "Whose stream.", .default_text = "the only one"});
  object.field("region", regions_or_all(),
               [](Draft& draft, std::vector<RegionId>&& regions) {
                 draft.regions_given = true;
                 draft.regions = std::move(regions);
               },
               {.doc = "In which region, in several, or in `all` that have the table at the "
                       "start. Each is called `name@region` then.",
                .default_text = "the only one",
                .example = "eu-west-1"});
  object.field("wants", wanted_type(),
               [](Draft& draft, WantedRecords&& wants) { draft.spec.wants = std::move(wants); },
               {.doc = "For which records the function is meant.",
                .default_text = "application",
                .example = "all"});
  add_mapping(object);
  object.field("handler", handler_type(),
               [](Draft& draft, HandlerSpec&& handler) {
                 handler.takes = draft.spec.handler.takes;
                 draft.spec.handler = std::move(handler);
               },
               {.doc = "The function. `record` only keeps what it is given.",
                .default_text = "record",
                .example = "{exec: [python3, index.py]}"});
  object.field(
      "takes", delay(),
      [](Draft& draft, DelayModel&& takes) { draft.spec.handler.takes = std::move(takes); },
      {.doc = "How long an invocation takes, in virtual time.", .default_text = "10ms"});
  object.field("real_time", boolean(),
               [](Draft& draft, bool&& on) { draft.spec.handler.takes_real_time = on; },
               {.doc = "Adds what the handler really took. The run is then not repeatable.",
                .default_text = "false"});
  object.field(
      "time_limit", positive_duration(),
      [](Draft& draft, Duration&& limit) { draft.spec.handler.time_limit = limit; },
      {.doc = "How long `exec` and `http` may really take. A run that comes to it depends on the "
              "machine.",
       .default_text = "1m"});
  object.field("faults", faults_type(),
               [](Draft& draft, std::pair<HandlerFaults, std::optional<ItemNode>>&& faults) {
                 draft.spec.faults = std::move(faults.first);
                 draft.poison = faults.second;
               },
               {.doc = "What goes wrong in the function.", .default_text = "nothing"});
  object.then(finish);
  object.example(
      "consumers:\n  indexer:\n    region: eu-west-1\n    filter: {eventName: [INSERT, MODIFY]}\n"
      "    batch_size: 10\n    maximum_retry_attempts: 3\n");
  return object.build();
}

}  // namespace

Type<std::vector<ConsumerSpec>> consumers_type() {
  return mapped<std::vector<ConsumerSpec>>(
      map_of(consumer_type(), "map from name to [consumer](#consumer)",
             "a map from consumer to its settings"),
      [](ReadContext& context, const Node& node, std::vector<Named<Draft>>&& drafts,
         std::vector<ConsumerSpec>& out) {
        constexpr std::size_t kLongestName = 100;
        bool good = true;
        for (Named<Draft>& draft : drafts) {
          good = check_given_name(context, draft.position, "consumer", draft.name, kLongestName) &&
                 good;
          for (const RegionId region : draft.value.regions) {
            ConsumerSpec spec = draft.value.spec;
            spec.group = draft.name;
            spec.name = draft.value.regions.size() == 1
                            ? draft.name
                            : fmt::format("{}@{}", draft.name, context.name(region));
            spec.region = region;
            spec.position_in_file = draft.position;
            out.push_back(std::move(spec));
          }
        }
        if (out.size() > kMostConsumers) {
          good = context.error(node, fmt::format("expected at most {} consumers; found {}",
                                                 kMostConsumers, out.size()));
        }
        return good;
      });
}

}  // namespace gtsim::language
