// The whole scenario file. What later sections refer to is read first, whatever the order in the
// file.
#include "coordinator/language/language.h"

#include <algorithm>
#include <map>

#include "coordinator/language/step_timeline.h"
#include "coordinator/language/values.h"
#include "coordinator/scenario/clock_bounds.h"

namespace gtsim::language {
namespace {

constexpr Duration kRetryWithLag{10'000'000};

struct Draft {
  Scenario scenario;
  std::optional<std::vector<RegionSpec>> regions;
  std::optional<std::vector<TableSpec>> tables;
};

Duration usual_retry(const NetworkSpec& network) {
  return has_lag(network) ? kRetryWithLag : ReplicationSpec{}.retry;
}

bool settle_regions(ReadContext& context, const Node&, Draft& draft) {
  if (!draft.regions) return true;  // the field was wrong or missing, and that was said
  draft.scenario.regions = *draft.regions;
  draft.scenario.network.defaults = default_link_settings(draft.scenario.regions);
  context.set_regions(draft.scenario.regions);
  return true;
}

bool settle_tables(ReadContext& context, const Node& node, Draft& draft) {
  if (!context.regions_known()) return true;
  if (node.find("tables") == nullptr) draft.tables = default_tables(draft.scenario.regions);
  if (!draft.tables) return true;
  draft.scenario.tables = *draft.tables;
  context.set_tables(draft.scenario.tables);
  return true;
}

// Names that could be taken for something else would make `after` ambiguous.
bool check_step_names(ReadContext& context, const std::vector<Step>& steps) {
  constexpr std::size_t kLongest = 100;
  std::map<std::string, int> lines;
  bool good = true;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Step& step = steps[i];
    if (step.name.empty()) continue;
    const ReadContext::Scope section(context, "steps");
    const ReadContext::Scope scope(context, i);
    if (step.name == "last-fault" || step.name == "last-write" || parse_duration(step.name)) {
      good = context.error(step.position,
                           fmt::format("{} is no name for a step: `after` would take it "
                                       "for a moment",
                                       quote_for_message(step.name)));
    } else if (!check_given_name(context, step.position, "step", step.name, kLongest)) {
      good = false;
    }
    const auto [first, added] = lines.emplace(step.name, step.position.line);
    if (!added) {
      good = context.error(step.position, fmt::format("step {} appears twice; first on line {}",
                                                      quote_for_message(step.name), first->second));
    }
  }
  return good;
}

void add_settings(Object<Draft>& object) {
  object.field(
      "name", text("text", "a text"),
      [](Draft& draft, std::string&& name) { draft.scenario.name = std::move(name); },
      [](const Draft& draft) -> std::optional<std::string> {
        if (draft.scenario.name == draft.scenario.slug) return std::nullopt;
        return draft.scenario.name;
      },
      {.doc = "A title for reports.",
       .default_text = "the file's name",
       .example = "Checkout keeps both orders"});
  object.field(
      "seed", whole_number(0, INT64_MAX / 4),
      [](Draft& draft, std::int64_t&& seed) {
        draft.scenario.seed = static_cast<std::uint64_t>(seed);
      },
      [](const Draft& draft) -> std::optional<std::int64_t> {
        if (!draft.scenario.seed) return std::nullopt;
        return static_cast<std::int64_t>(*draft.scenario.seed);
      },
      {.doc = "What all randomness comes from. `--seed` on the command line wins.",
       .default_text = "1"});
  object.field("start", wall_time(), within(&Draft::scenario, &Scenario::start),
               {.doc = "What right clocks show when the run starts.",
                .default_text = "2026-01-01T00:00:00Z"});
  object.field("duration", positive_duration(), within(&Draft::scenario, &Scenario::duration),
               {.doc = "The run lasts at least this long.",
                .default_text = "as long as steps, workload, replay and expectations need",
                .example = "10m"});
  object.field(
      "history",
      keyword<HistoryMode>(
          {{"auto", HistoryMode::kAuto}, {"full", HistoryMode::kFull}, {"off", HistoryMode::kOff}}),
      within(&Draft::scenario, &Scenario::history),
      {.doc = "How much of what happened is written down; `auto` is the first 200,000 events.",
       .default_text = "auto"});
  object.field("settle", positive_duration(),
               within(&Draft::scenario, &Scenario::limits, &Limits::settle),
               {.doc = "After the last write and fault the regions must converge this soon.",
                .default_text = "1h"});
  object.field("drain", duration(), within(&Draft::scenario, &Scenario::limits, &Limits::drain),
               {.doc = "After that consumers may go on this long; what they have not processed by "
                       "then counts as missed.",
                .default_text = "15m"});
  object.field(
      "limits", limits_type(),
      [](Draft& draft, Limits&& limits) {
        draft.scenario.limits.backlog = limits.backlog;
        draft.scenario.limits.events = limits.events;
      },
      [](const Draft& draft) -> std::optional<Limits> {
        const Limits& limits = draft.scenario.limits;
        const Limits usual;
        if (limits.backlog == usual.backlog && limits.events == usual.events) {
          return std::nullopt;
        }
        return limits;
      },
      {.doc = "Where a run that goes wrong is stopped.",
       .default_text = "see there",
       .example = "{backlog: 1000000, events: 100000000}"});
}

void add_world(Object<Draft>& object) {
  object.field(
      "regions", regions_type(), &Draft::regions,
      {.doc = "The regions, up to 64. Any names will do; those of AWS bring their round trips "
              "with them.",
       .required = true,
       .example = "[us-east-1, eu-west-1]"});
  object.always(settle_regions);
  object.field(
      "network", network_type(),
      [](Draft& draft, NetworkSpec&& network) {
        // Or else nothing would be acknowledged in time.
        draft.scenario.replication.retry = usual_retry(network);
        draft.scenario.network = std::move(network);
      },
      [type = network_type()](const PrintContext& context,
                              const Draft& draft) -> std::optional<NetworkSpec> {
        const NetworkSpec& network = draft.scenario.network;
        const NetworkSpec usual{default_link_settings(context.regions()), {}};
        if (same_content(*type.print(context, network), *type.print(context, usual))) {
          return std::nullopt;
        }
        return network;
      },
      {.doc = "The links between regions; in short form the latency of all of them, or the preset "
              "`aws-lag`.",
       .default_text = "`aws` when every region is a region of AWS, else 50ms",
       .example = "aws"});
  object.field(
      "tables", tables_type(),
      [](Draft& draft, std::vector<TableSpec>&& tables) { draft.tables = std::move(tables); },
      [type = tables_type()](const PrintContext& context,
                             const Draft& draft) -> std::optional<std::vector<TableSpec>> {
        const std::vector<TableSpec>& tables = draft.scenario.tables;
        const auto usual = default_tables(context.regions());
        if (same_content(*type.print(context, tables), *type.print(context, usual))) {
          return std::nullopt;
        }
        return tables;
      },
      {.doc = "The tables, by name.",
       .default_text = "one called `table`, with the key `{PK: S}`, in all regions",
       .example = "{orders: {key: {PK: S, SK: S}}}"});
  object.always(settle_tables);
  object.field(
      "replication", replication_type(),
      [](Draft& draft, ReplicationDraft&& given) {
        const Duration usual = draft.scenario.replication.retry;
        draft.scenario.replication = given.spec;
        draft.scenario.replication.retry = given.retry.value_or(usual);
      },
      [type = replication_type()](const PrintContext& context,
                                  const Draft& draft) -> std::optional<ReplicationDraft> {
        const ReplicationSpec& spec = draft.scenario.replication;
        ReplicationDraft given{spec, std::nullopt};
        if (spec.retry != usual_retry(draft.scenario.network)) given.retry = spec.retry;
        if (type.print(context, given)->members.empty()) return std::nullopt;
        return given;
      },
      {.doc = "How changes are shipped.",
       .default_text = "see there",
       .example = "{batch: 25, coalesce: 100ms}"});
  object.field("control_plane", control_plane_type(),
               within(&Draft::scenario, &Scenario::control_plane),
               {.doc = "Rules and times of tables, replicas and streams.",
                .default_text = "those of the service",
                .example = "{source_lock: 0s}"});
}

void add_events(Object<Draft>& object) {
  object.field("workload", list_of(workload_type(), "a list of workloads"),
               within(&Draft::scenario, &Scenario::workload),
               {.doc = "Random writes.", .default_text = "none"});
  object.field("replay", list_of(replay_type(), "a list of replays"),
               within(&Draft::scenario, &Scenario::replay),
               {.doc = "Writes from files.", .default_text = "none"});
  object.field("consumers", consumers_type(), within(&Draft::scenario, &Scenario::consumers),
               {.doc = "Who reads the streams, by name.",
                .default_text = "none",
                .example = "{indexer: {region: eu-west-1, filter: {eventName: [INSERT]}}}"});
  object.always([](ReadContext& context, const Node& node, Draft& draft) {
    // As with steps below: names of consumers that could not be read pass unquestioned.
    if (node.find("consumers") == nullptr || !draft.scenario.consumers.empty()) {
      context.set_consumers(draft.scenario.consumers);
    }
    return true;
  });
  object.field(
      "steps", list_of(step_type(), "a list of steps"), within(&Draft::scenario, &Scenario::steps),
      {.doc = "What happens when: single writes, faults, operations.", .default_text = "none"});
  object.always([](ReadContext& context, const Node& node, Draft& draft) {
    // Steps that could not be read leave this empty, and names of steps then pass unquestioned.
    if (node.find("steps") == nullptr || !draft.scenario.steps.empty()) {
      context.set_steps(draft.scenario.steps);
    }
    return check_step_names(context, draft.scenario.steps);
  });
  object.field(
      "expect", list_of(expectation_type(), "a list of expectations"),
      within(&Draft::scenario, &Scenario::expect),
      {.doc = "What must hold. Convergence and the rules of replication are checked in any "
              "case.",
       .default_text = "nothing more"});
}

// Runs only when everything could be read, so that one mistake does not make others.
bool check_whole(ReadContext& context, const Node&, Draft& draft) {
  Scenario& scenario = draft.scenario;
  ReplicaHistory history(scenario.tables);
  if (!check_timeline(context, scenario, history)) return false;
  bool good = check_sources(context, history, scenario);
  good = finish_expectations(context, history, scenario.expect) && good;
  if (const auto fault = clock_out_of_bounds(scenario)) {
    good = context.error(fault->position, fault->message);
  }
  std::stable_sort(scenario.steps.begin(), scenario.steps.end(),
                   [](const Step& a, const Step& b) { return a.at < b.at; });
  return good;
}

}  // namespace

Type<Scenario> scenario_type() {
  Object<Draft> object(
      "scenario",
      "One file, one scenario. A comment at its top says what to watch; it is shown "
      "with the results.");
  add_settings(object);
  add_world(object);
  add_events(object);
  object.then(check_whole);
  object.example(
      "# Two regions write the same item while they are cut off from each other.\n"
      "regions: [us-east-1, eu-west-1]\nsteps:\n  - {at: 1s, isolate: us-east-1, for: 1m}\n"
      "  - {at: 2s, in: us-east-1, put: {PK: a, from: us}}\n"
      "  - {at: 3s, in: eu-west-1, put: {PK: a, from: eu}}\nexpect:\n  - conflicts: 1\n");
  return mapped<Scenario>(
      object.build(), [](Draft&& draft) { return std::move(draft.scenario); },
      [](const Scenario& scenario) {
        return Draft{scenario, scenario.regions, scenario.tables};
      });
}

}  // namespace gtsim::language
