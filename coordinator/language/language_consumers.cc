// consumers: Lambda event source mappings, the functions behind them, and what these are for.
#include <algorithm>

#include "coordinator/handler/http_url.h"
#include "coordinator/language/item_reader.h"
#include "coordinator/language/language.h"
#include "coordinator/language/pattern_type.h"
#include "coordinator/language/source_text.h"
#include "coordinator/language/values.h"

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
  TypeText text = limit.text;
  text.label += " or `forever`";
  text.expected += " or `forever`";
  text.schema = boost::json::object{
      {"anyOf", boost::json::array{limit.text.schema, boost::json::object{{"const", "forever"}}}}};
  auto reader = [read = limit.read](ReadContext& context, const Node& node, std::optional<T>& out) {
    out.reset();
    if (node.is_scalar() && node.text == "forever") return true;
    return read(context, node, out.emplace());
  };
  auto printer = [print = limit.print](const PrintContext& context, const std::optional<T>& value) {
    return value ? print(context, *value) : plain_node("forever");
  };
  return {std::move(text), std::move(reader), std::move(printer)};
}

Type<std::vector<EventName>> events_type() {
  const auto event = keyword<EventName>({{"INSERT", EventName::kInsert},
                                         {"MODIFY", EventName::kModify},
                                         {"REMOVE", EventName::kRemove}});
  return list_of(event, "a list of INSERT, MODIFY and REMOVE", {.fewest = 1, .most = 3});
}

// Of wanted records that do not say it.
std::optional<OriginKind> usual_origin(const WantedRecords& wants) {
  if (wants.ttl == true || wants.origin_region) return std::nullopt;
  return OriginKind::kApplication;
}

Type<WantedRecords> wanted_type() {
  using Origin = std::optional<OriginKind>;
  const auto origin = keyword<Origin>({{"application", OriginKind::kApplication},
                                       {"replication", OriginKind::kReplication},
                                       {"all", std::nullopt}});
  Object<WantedRecords> object("wanted records",
                               "For which records the function is meant. The verdict on its filter "
                               "compares what is delivered with this.");
  object.field(
      "origin", origin, [](WantedRecords& wants, Origin&& kind) { wants.origin = kind; },
      [](const WantedRecords& wants) {
        const Origin usual = usual_origin(wants);
        return wants.origin == usual ? std::nullopt : std::optional<Origin>{wants.origin};
      },
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
    if (node.find("origin") == nullptr) wants.origin = usual_origin(wants);
    return true;
  });
  object.example("consumers:\n  audit: {region: eu-west-1, wants: {events: [INSERT]}}\n");
  const auto word = mapped<WantedRecords>(
      origin,
      [](Origin&& kind) {
        WantedRecords wants;
        wants.origin = kind;
        return wants;
      },
      [](const WantedRecords& wants) -> std::optional<Origin> {
        if (wants.origin_region || !wants.events.empty() || wants.ttl) return std::nullopt;
        return wants.origin;
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
      [](const HandlerSpec& spec) -> std::optional<std::vector<std::string>> {
        if (spec.kind != Kind::kExec) return std::nullopt;
        return spec.command;
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
      [](const HandlerSpec& spec) -> std::optional<std::string> {
        if (spec.kind != Kind::kHttp) return std::nullopt;
        return spec.url;
      },
      {.doc = "A Lambda Runtime Interface Emulator or any web hook; each event is POSTed.",
       .example = "http://127.0.0.1:9000/2015-03-31/functions/function/invocations"});
  object.example(
      "consumers:\n  index: {region: eu-west-1, handler: {exec: [python3, index.py]}}\n");
  const auto word = mapped<HandlerSpec>(
      record_word(), [](std::string&&) { return HandlerSpec{}; },
      [](const HandlerSpec& spec) -> std::optional<std::string> {
        if (spec.kind != Kind::kRecord) return std::nullopt;
        return "record";
      });
  return by_shape<HandlerSpec>({.scalar = word, .map = object.build()});
}

Type<std::pair<HandlerFaults, std::optional<ItemNode>>> faults_type() {
  using Faults = std::pair<HandlerFaults, std::optional<ItemNode>>;
  Object<Faults> object("handler faults",
                        "What goes wrong in the function, besides its own doing.");
  object.field("fail_every", whole_number(1, 1'000'000'000),
               within(&Faults::first, &HandlerFaults::fail_every),
               {.doc = "Every nth invocation fails.", .default_text = "none", .example = "3"});
  object.field("fail", share(), within(&Faults::first, &HandlerFaults::fail_share),
               {.doc = "How likely an invocation fails.", .default_text = "0%", .example = "5%"});
  object.field("poison", key_node(), &Faults::second,
               {.doc = "An invocation that is given a record of this key fails. With "
                       "`report_batch_item_failures` it names the record.",
                .default_text = "none",
                .example = "{PK: a}"});
  object.field("slow_every", whole_number(1, 1'000'000'000),
               within(&Faults::first, &HandlerFaults::slow_every),
               {.doc = "Every nth invocation takes longer by `slow`.", .default_text = "none"});
  object.field("slow", positive_duration(), within(&Faults::first, &HandlerFaults::slow),
               {.doc = "How much longer.", .default_text = "0s", .example = "10s"});
  object.field("timeout", positive_duration(), within(&Faults::first, &HandlerFaults::timeout),
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

bool has_any(const HandlerFaults& faults) {
  return faults.fail_every > 0 || faults.fail_share > 0 || faults.poison || faults.slow_every > 0 ||
         faults.timeout.count() > 0;
}

std::optional<Duration> unless_zero(Duration duration) {
  if (duration.count() == 0) return std::nullopt;
  return duration;
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
  object.field("filter", patterns_type(), within(&Draft::spec, &ConsumerSpec::patterns),
               {.doc = "Which records reach the function; of several patterns any.",
                .default_text = "all",
                .example = "{eventName: [INSERT]}"});
  object.field("starting_position",
               keyword<StartingPosition>({{"TRIM_HORIZON", StartingPosition::kTrimHorizon},
                                          {"LATEST", StartingPosition::kLatest}}),
               within(&Draft::spec, &ConsumerSpec::position),
               {.doc = "Where it begins to read.", .default_text = "TRIM_HORIZON"});
  object.field("start", duration(), within(&Draft::spec, &ConsumerSpec::start),
               {.doc = "When the mapping is created.", .default_text = "0s"});
  object.field("start_gap", duration(), within(&Draft::spec, &ConsumerSpec::start_gap),
               {.doc = "How long after that it begins to poll. With LATEST it misses what is "
                       "written in between; the service speaks of minutes.",
                .default_text = "0s"});
  object.field("shard_discovery", duration(), within(&Draft::spec, &ConsumerSpec::shard_discovery),
               {.doc = "How long after a shard has been read to its end its children are found. "
                       "Records wait there meanwhile. The service does not say how long it takes.",
                .default_text = "0s"});
  object.field("stop", duration(), within(&Draft::spec, &ConsumerSpec::stop),
               {.doc = "When the mapping is disabled.", .default_text = "never"});
  object.field(
      "batch_size", whole_number(1, 10'000), within(&Draft::spec, &ConsumerSpec::batch_size),
      {.doc = "Records in one invocation, at most; and at most 6 MB.", .default_text = "100"});
  object.field(
      "batching_window", duration(),
      [](ReadContext& context, const Node& node, Draft& draft, Duration&& window) {
        draft.spec.batching_window = window;
        if (window.count() <= 300'000'000) return true;
        return context.error(node, fmt::format("expected at most 300s; found {}", describe(node)));
      },
      [](const Draft& draft) { return unless_zero(draft.spec.batching_window); },
      {.doc = "How long records are gathered for a full batch.", .default_text = "0s"});
  object.field("parallelization_factor", whole_number(1, 10),
               within(&Draft::spec, &ConsumerSpec::parallelization_factor),
               {.doc = "Batches of one shard that are processed at once; order is kept per key.",
                .default_text = "1"});
  object.field(
      "bisect_on_error", boolean(), within(&Draft::spec, &ConsumerSpec::bisect_on_error),
      {.doc = "A batch that fails is halved; no retry is used up.", .default_text = "false"});
  object.field("maximum_retry_attempts", or_forever(whole_number(0, 10'000)),
               within(&Draft::spec, &ConsumerSpec::maximum_retry_attempts),
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
      [](const Draft& draft) {
        std::optional<std::optional<Duration>> given;
        if (draft.spec.maximum_record_age) given.emplace(draft.spec.maximum_record_age);
        return given;
      },
      {.doc = "Older records are given up.", .default_text = "forever", .example = "1h"});
  object.field("report_batch_item_failures", boolean(),
               within(&Draft::spec, &ConsumerSpec::report_batch_item_failures),
               {.doc = "Whether the function's answer may name the records that failed.",
                .default_text = "false"});
  object.field(
      "tumbling_window", duration(),
      [](ReadContext& context, const Node& node, Draft& draft, Duration&& window) {
        draft.spec.tumbling_window = window;
        if (window.count() <= 900'000'000) return true;
        return context.error(node, fmt::format("expected at most 900s; found {}", describe(node)));
      },
      [](const Draft& draft) { return unless_zero(draft.spec.tumbling_window); },
      {.doc = "Invocations within such a window hand a state on.", .default_text = "0s"});
  object.field("on_failure",
               keyword<FailureDestination>({{"none", FailureDestination::kNone},
                                            {"queue", FailureDestination::kQueue},
                                            {"bucket", FailureDestination::kBucket}}),
               within(&Draft::spec, &ConsumerSpec::on_failure),
               {.doc = "Where a batch that was given up is told: `queue` gets the pointer to its "
                       "records, `bucket` also the invocation record.",
                .default_text = "none"});
  object.field("retry_delay", positive_duration(), within(&Draft::spec, &ConsumerSpec::retry_delay),
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
  object.field(
      "region", regions_or_all(),
      [](Draft& draft, std::vector<RegionId>&& regions) {
        draft.regions_given = true;
        draft.regions = std::move(regions);
      },
      [](const PrintContext& context, const Draft& draft) {
        // `all` of one is that one, and then nobody has to name it.
        const bool all = draft.regions == context.table(draft.spec.table).regions;
        using Regions = std::vector<RegionId>;
        if (all && draft.regions.size() == 1) return std::optional<Regions>{};
        return std::optional<Regions>{all ? Regions{} : draft.regions};
      },
      {.doc = "In which region, in several, or in `all` that have the table at the "
              "start. Each is called `name@region` then.",
       .default_text = "the only one",
       .example = "eu-west-1"});
  object.field("wants", wanted_type(), within(&Draft::spec, &ConsumerSpec::wants),
               {.doc = "For which records the function is meant.",
                .default_text = "application",
                .example = "all"});
  add_mapping(object);
  object.field(
      "handler", handler_type(),
      [](Draft& draft, HandlerSpec&& handler) {
        handler.takes = draft.spec.handler.takes;
        draft.spec.handler = std::move(handler);
      },
      [](const Draft& draft) -> std::optional<HandlerSpec> {
        if (draft.spec.handler.kind == HandlerSpec::Kind::kRecord) return std::nullopt;
        return draft.spec.handler;
      },
      {.doc = "The function. `record` only keeps what it is given.",
       .default_text = "record",
       .example = "{exec: [python3, index.py]}"});
  object.field("takes", delay(), within(&Draft::spec, &ConsumerSpec::handler, &HandlerSpec::takes),
               {.doc = "How long an invocation takes, in virtual time.", .default_text = "10ms"});
  object.field("real_time", boolean(),
               within(&Draft::spec, &ConsumerSpec::handler, &HandlerSpec::takes_real_time),
               {.doc = "Adds what the handler really took. The run is then not repeatable.",
                .default_text = "false"});
  object.field(
      "time_limit", positive_duration(),
      within(&Draft::spec, &ConsumerSpec::handler, &HandlerSpec::time_limit),
      {.doc = "How long `exec` and `http` may really take. A run that comes to it depends on the "
              "machine.",
       .default_text = "1m"});
  object.field(
      "faults", faults_type(),
      [](Draft& draft, std::pair<HandlerFaults, std::optional<ItemNode>>&& faults) {
        draft.spec.faults = std::move(faults.first);
        draft.poison = faults.second;
      },
      [](const Draft& draft) -> std::optional<std::pair<HandlerFaults, std::optional<ItemNode>>> {
        if (!has_any(draft.spec.faults)) return std::nullopt;
        return std::pair{draft.spec.faults, draft.poison};
      },
      {.doc = "What goes wrong in the function.", .default_text = "nothing"});
  object.then(finish);
  object.example(
      "consumers:\n  indexer:\n    region: eu-west-1\n    filter: {eventName: [INSERT, MODIFY]}\n"
      "    batch_size: 10\n    maximum_retry_attempts: 3\n");
  return object.build();
}

// The way back: those of a group, which follow one another, are one entry.
std::vector<Named<Draft>> drafts_of(const PrintContext& context,
                                    const std::vector<ConsumerSpec>& consumers) {
  std::vector<Named<Draft>> drafts;
  for (const ConsumerSpec& spec : consumers) {
    if (drafts.empty() || drafts.back().name != spec.group) {
      Draft draft{
          .spec = spec, .table = context.unless_only(spec.table), .regions = {}, .poison = {}};
      if (spec.faults.poison) draft.poison = item_to_print(*spec.faults.poison);
      drafts.push_back({spec.group, {}, std::move(draft)});
    }
    drafts.back().value.regions.push_back(spec.region);
  }
  return drafts;
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
      },
      drafts_of);
}

}  // namespace gtsim::language
