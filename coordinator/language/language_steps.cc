// steps: at a time, exactly one action.
#include <array>

#include "coordinator/language/actions.h"
#include "coordinator/language/language.h"
#include "coordinator/language/writes.h"

namespace gtsim::language {
namespace {

constexpr std::size_t kMostTransactionEntries = 100;

struct Draft {
  Step step = {};
  std::optional<RegionId> in = {};
  WriteDraft write = {};
  std::vector<WriteDraft> entries = {};
  bool transact = false;
  std::string outcome = {};
  std::optional<Duration> restart_after = {};
  bool acted = false;  // an action other than a write was read
};

template <class Action>
auto into_action() {
  return [](Draft& draft, Action&& action) {
    draft.step.action = std::move(action);
    draft.acted = true;
  };
}

// The way back.
template <class Action>
std::optional<Action> action_of(const Draft& draft) {
  const auto* action = std::get_if<Action>(&draft.step.action);
  if (action == nullptr) return std::nullopt;
  return *action;
}

// The region of an action that says no more than that.
template <class Action>
std::optional<RegionId> region_of(const Draft& draft) {
  const auto* action = std::get_if<Action>(&draft.step.action);
  if (action == nullptr) return std::nullopt;
  return action->region;
}

void add_writes(Object<Draft>& object) {
  object.field("in", region(), &Draft::in,
               {.doc = "The region where a write is sent, or that is asked to remove a replica.",
                .default_text = "the only region; needed by writes when there are several",
                .example = "us-east-1"});
  object.field("table", table(), within(&Draft::write, &WriteDraft::table),
               {.doc = "The table of a write.", .default_text = "the only one"});
  object.choice(
      "put", item_node(), [](Draft& draft, ItemNode&& item) { draft.write.put = item; },
      [](const Draft& draft) { return draft.write.put; },
      {.doc = "A PutItem: this is the whole new item.", .example = "{PK: a, SK: \"1\", n: 5}"});
  object.choice(
      "update", update_type(),
      [](Draft& draft, UpdateDraft&& update) { draft.write.update = std::move(update); },
      [](const Draft& draft) { return draft.write.update; },
      {.doc = "An UpdateItem.", .example = "{key: {PK: a}, add: {n: 1}}"});
  object.choice(
      "delete", key_node(), [](Draft& draft, ItemNode&& key) { draft.write.remove = key; },
      [](const Draft& draft) { return draft.write.remove; },
      {.doc = "A DeleteItem.", .example = "{PK: a}"});
  object.choice(
      "transact",
      list_of(transaction_entry_type(), "a list of puts, updates, deletes and checks",
              {.fewest = 1, .most = kMostTransactionEntries}),
      [](Draft& draft, std::vector<WriteDraft>&& entries) {
        draft.entries = std::move(entries);
        draft.transact = true;
      },
      [](const Draft& draft) -> std::optional<std::vector<WriteDraft>> {
        if (!draft.transact) return std::nullopt;
        return draft.entries;
      },
      {.doc = "A TransactWriteItems: all or nothing in its own region; other regions get the "
              "items one by one.",
       .example = "[{put: {PK: a}}, {delete: {PK: b}}]"});
  object.field("if", condition_type(), within(&Draft::write, &WriteDraft::condition),
               {.doc = "The condition of a put, update or delete.",
                .default_text = "none",
                .example = "{not_exists: PK}"});
  object.field(
      "outcome", step_outcome(), &Draft::outcome,
      {.doc = "What the writer, or whoever gave an order to the control plane, must be "
              "told; anything else fails the run. A write: ok, condition-failed, "
              "transaction-cancelled, throttled, invalid, not-found, unavailable, "
              "timed-out or server-error. `add_replica`, `remove_replica`, `create_table`, "
              "`delete_table`, `protection`, `ttl` and `stream`: ok, invalid, in-use, "
              "not-found or unavailable.",
       .default_text = "anything",
       .example = "condition-failed",
       .printed_last = true});
}

void add_faults(Object<Draft>& object) {
  object.choice(
      "partition", partition_type(), into_action<PartitionStep>(), action_of<PartitionStep>,
      {.doc = "Cuts every link between regions of different sides, both ways. Regions that are "
              "not named keep their links.",
       .example = "[[us-east-1], [eu-west-1, ap-northeast-1]]"});
  object.choice("cut", cut_type(), into_action<CutStep>(), action_of<CutStep>,
                {.doc = "Cuts links; what is on its way on them is lost.",
                 .example = "{between: [us-east-1, eu-west-1]}"});
  object.choice(
      "heal", heal_type(), into_action<HealStep>(), action_of<HealStep>,
      {.doc = "Ends cuts: of all links, of a region's links, or of some links.", .example = "all"});
  object.choice("isolate", region(),
                [](Draft& draft, RegionId&& isolated) {
                  draft.step.action = IsolateStep{isolated};
                  draft.acted = true;
                },
                region_of<IsolateStep>,
                {.doc = "Cuts all links of a region.", .example = "eu-west-1"});
  object.choice("flap", flap_type(), into_action<FlapStep>(), action_of<FlapStep>,
                {.doc = "Cuts a link again and again."});
  object.choice("link", link_step_type(), into_action<LinkStep>(), action_of<LinkStep>,
                {.doc = "Changes what a link does."});
  object.choice("pause_replication", pause_type(), into_action<PauseReplicationStep>(),
                action_of<PauseReplicationStep>,
                {.doc = "Stops replication into and out of a region.", .example = "eu-west-1"});
  object.choice("resume_replication", resume_type(), into_action<ResumeReplicationStep>(),
                action_of<ResumeReplicationStep>,
                {.doc = "Lets it go on.", .example = "eu-west-1"});
  object.choice("crash", region(),
                [](Draft& draft, RegionId&& crashed) {
                  draft.step.action = CrashStep{crashed, std::nullopt};
                  draft.acted = true;
                },
                region_of<CrashStep>,
                {.doc = "The region stops at once and loses what is not durable (see `fsync`).",
                 .example = "eu-west-1"});
  object.field("restart_after", positive_duration(), &Draft::restart_after,
               {.doc = "A crashed region comes back after this long.",
                .default_text = "it stays down until a `restart`",
                .example = "30s"});
  object.choice("restart", region(),
                [](Draft& draft, RegionId&& restarted) {
                  draft.step.action = RestartStep{restarted};
                  draft.acted = true;
                },
                region_of<RestartStep>,
                {.doc = "A crashed region comes back.", .example = "eu-west-1"});
  object.choice(
      "freeze", region(),
      [](Draft& draft, RegionId&& frozen) {
        draft.step.action = FreezeStep{frozen};
        draft.acted = true;
      },
      region_of<FreezeStep>,
      {.doc = "The region does nothing for a while (`for` is needed) and then goes on as if no "
              "time had passed.",
       .example = "eu-west-1"});
  object.choice("clock", clock_step_type(), into_action<ClockStep>(), action_of<ClockStep>,
                {.doc = "Makes a region's clock go wrong."});
  object.choice("unavailable", unavailable_type(), into_action<UnavailableStep>(),
                action_of<UnavailableStep>,
                {.doc = "A region refuses its clients, or answers late or not at all, while it "
                        "replicates on.",
                 .example = "us-east-1"});
}

void add_operations(Object<Draft>& object) {
  object.choice("capacity", capacity_step_type(), into_action<CapacityStep>(),
                action_of<CapacityStep>, {.doc = "Sets the write capacity of one replica."});
  object.choice("add_replica", add_replica_type(), into_action<ControlStep>(),
                action_of<ControlStep>, {.doc = "Adds a replica of a table."});
  object.choice("remove_replica", remove_replica_type(), into_action<ControlStep>(),
                action_of<ControlStep>, {.doc = "Removes a replica of a table."});
  object.choice("create_table", create_table_type(), into_action<ControlStep>(),
                action_of<ControlStep>, {.doc = "Creates a table in one region."});
  object.choice("delete_table", delete_table_type(), into_action<ControlStep>(),
                action_of<ControlStep>, {.doc = "Deletes a table in one region."});
  object.choice("protection", protection_type(), into_action<ControlStep>(), action_of<ControlStep>,
                {.doc = "Protects a table from being deleted, or ends that."});
  object.choice("ttl", ttl_step_type(), into_action<ControlStep>(), action_of<ControlStep>,
                {.doc = "Turns time to live on or off."});
  object.choice("stream", stream_step_type(), into_action<ControlStep>(), action_of<ControlStep>,
                {.doc = "Turns a stream on or off."});
  object.choice(
      "crash_consumer", text("consumer", "the name of a consumer"),
      [](ReadContext& context, const Node& node, Draft& draft, std::string&& name) {
        if (!context.find_consumer(node, name)) return false;
        draft.step.action = CrashConsumerStep{std::move(name)};
        draft.acted = true;
        return true;
      },
      [](const Draft& draft) -> std::optional<std::string> {
        const auto* crash = std::get_if<CrashConsumerStep>(&draft.step.action);
        if (crash == nullptr) return std::nullopt;
        return crash->consumer;
      },
      {.doc = "The poller of a consumer stops, forgets what it had read and comes back "
              "after `for` (needed), from its checkpoints.",
       .example = "indexer"});
  object.choice("split", split_type(), into_action<SplitStep>(), action_of<SplitStep>,
                {.doc = "Splits a shard."});
}

// An outcome that a step of this kind can have. Outcome: WriteOutcome or OrderOutcome.
template <class Outcome>
bool take_outcome(ReadContext& context, const Node& node, std::string_view kind,
                  const std::string& given, int count, std::optional<Outcome>& out) {
  if (given.empty()) return true;
  std::vector<std::string_view> names;
  for (int i = 0; i < count; ++i) {
    names.emplace_back(to_text(static_cast<Outcome>(i)));
    if (names.back() == given) out = static_cast<Outcome>(i);
  }
  if (out) return true;
  const Member* member = node.find("outcome");
  const ReadContext::Scope scope(context, "outcome");
  return context.error(member->value, fmt::format("{} does not end so; expected {}; found `{}`",
                                                  kind, fmt::join(names, ", "), given));
}

// Fields that belong to some actions only.
struct Belongs {
  const char* field;
  const char* to;
};

bool refuse_fields(ReadContext& context, const Node& node, const std::string& action,
                   std::initializer_list<Belongs> fields) {
  bool good = true;
  for (const Belongs& field : fields) {
    const Member* member = node.find(field.field);
    if (member == nullptr) continue;
    good = context.error(member->key_position, fmt::format("`{}` belongs to {}, not to `{}`",
                                                           field.field, field.to, action));
  }
  return good;
}

bool finish_transaction(ReadContext& context, const Node& node, Draft& draft, WriteStep& out) {
  if (const Member* condition = node.find("if")) {
    return context.error(condition->key_position,
                         "a transaction has no `if` of its own; its parts have");
  }
  const Node& list = node.find("transact")->value;
  const ReadContext::Scope outer(context, "transact");
  bool good = true;
  for (std::size_t i = 0; i < draft.entries.size(); ++i) {
    const ReadContext::Scope scope(context, i);
    const WriteDraft& entry = draft.entries[i];
    std::optional<TableId> chosen = entry.table ? entry.table : draft.write.table;
    if (!chosen) {
      TableId only;
      if (!context.only_table(list.items[i].position, only)) {
        good = false;
        continue;
      }
      chosen = only;
    }
    SingleWrite write;
    good = finish_write(context, list.items[i], entry, *chosen, write) && good;
    out.writes.push_back(std::move(write));
  }
  out.transaction = true;
  return good;
}

const Item& item_of(const SingleWrite& write) {
  struct Visitor {
    const Item& operator()(const PutWrite& put) const { return put.item; }
    const Item& operator()(const UpdateWrite& update) const { return update.key; }
    const Item& operator()(const DeleteWrite& remove) const { return remove.key; }
    const Item& operator()(const CheckWrite& check) const { return check.key; }
  };
  return std::visit(Visitor{}, write.action);
}

// The service refuses two operations on one item.
bool check_distinct(ReadContext& context, const Node& list,
                    const std::vector<SingleWrite>& writes) {
  std::vector<std::pair<TableId, Item>> keys;
  for (std::size_t i = 0; i < writes.size(); ++i) {
    auto key = extract_key(context.table(writes[i].table).key, item_of(writes[i]));
    if (!key) return false;
    for (const auto& [other_table, other] : keys) {
      if (other_table == writes[i].table && other == *key) {
        return context.error(list.items[i],
                             "Transaction request cannot include multiple operations on one item");
      }
    }
    keys.emplace_back(writes[i].table, *std::move(key));
  }
  return true;
}

bool finish_writes(ReadContext& context, const Node& node, const std::string& action,
                   Draft& draft) {
  bool good = refuse_fields(context, node, action,
                            {{"for", "actions that can be undone"}, {"restart_after", "`crash`"}});
  if (!context.regions_known() || !context.tables_known()) return false;
  WriteStep step;
  good = take_outcome(context, node, "a write", draft.outcome, kWriteOutcomeCount, step.outcome) &&
         good;
  if (draft.in) {
    step.region = *draft.in;
  } else if (context.regions().size() > 1) {
    good =
        context.error(node, "field `in` is missing; expected the region where the write is sent");
  }
  if (draft.transact) {
    if (!finish_transaction(context, node, draft, step)) return false;
    const ReadContext::Scope scope(context, "transact");
    good = check_distinct(context, node.find("transact")->value, step.writes) && good;
  } else {
    TableId chosen;
    if (draft.write.table) {
      chosen = *draft.write.table;
    } else if (!context.only_table(node.position, chosen)) {
      return false;
    }
    SingleWrite write;
    good = finish_write(context, node, draft.write, chosen, write) && good;
    step.writes.push_back(std::move(write));
  }
  draft.step.action = std::move(step);
  return good;
}

constexpr const char* kCanBeUndone =
    "`partition`, `cut`, `isolate`, `link`, `pause_replication`, `freeze`, `clock`, `capacity`, "
    "`unavailable` and `crash_consumer`";

bool can_be_undone(const StepAction& action) {
  return std::holds_alternative<PartitionStep>(action) || std::holds_alternative<CutStep>(action) ||
         std::holds_alternative<IsolateStep>(action) || std::holds_alternative<LinkStep>(action) ||
         std::holds_alternative<PauseReplicationStep>(action) ||
         std::holds_alternative<FreezeStep>(action) || std::holds_alternative<ClockStep>(action) ||
         std::holds_alternative<CapacityStep>(action) ||
         std::holds_alternative<UnavailableStep>(action) ||
         std::holds_alternative<CrashConsumerStep>(action);
}

bool finish_order(ReadContext& context, const Node& node, const std::string& action, Draft& draft,
                  ControlStep& step) {
  bool good = take_outcome(context, node, fmt::format("`{}`", action), draft.outcome,
                           kOrderOutcomeCount, step.outcome);
  auto* remove = std::get_if<RemoveReplicaOrder>(&step.order.action);
  if (remove == nullptr) {
    return refuse_fields(context, node, action, {{"in", "writes and `remove_replica`"}}) && good;
  }
  if (draft.in) {
    step.asked = *draft.in;
  } else {
    step.order.action = DeleteTableOrder{remove->takes};
  }
  return good;
}

bool finish_action(ReadContext& context, const Node& node, const std::string& action,
                   Draft& draft) {
  const char* const writes = "writes";
  bool good =
      refuse_fields(context, node, action,
                    {{"table", "writes (other actions name their table inside)"}, {"if", writes}});
  if (auto* order = std::get_if<ControlStep>(&draft.step.action)) {
    good = finish_order(context, node, action, draft, *order) && good;
  } else {
    const char* const orders =
        "writes, `add_replica`, `remove_replica`, `create_table`, `delete_table`, `protection`, "
        "`ttl` and `stream`";
    good = refuse_fields(context, node, action,
                         {{"in", "writes and `remove_replica`"}, {"outcome", orders}}) &&
           good;
  }
  if (auto* crash = std::get_if<CrashStep>(&draft.step.action)) {
    crash->restart_after = draft.restart_after;
    if (const Member* member = node.find("for")) {
      good = context.error(member->key_position,
                           "a crash has no `for`; `restart_after` says when the region comes back");
    }
    return good;
  }
  good = refuse_fields(context, node, action, {{"restart_after", "`crash`"}}) && good;
  if (!can_be_undone(draft.step.action)) {
    good = refuse_fields(context, node, action, {{"for", kCanBeUndone}}) && good;
  }
  const bool must_end = std::holds_alternative<FreezeStep>(draft.step.action) ||
                        std::holds_alternative<CrashConsumerStep>(draft.step.action);
  if (must_end && !draft.step.for_duration) {
    good = context.error(node, fmt::format("field `for` is missing; a `{}` needs it", action));
  }
  return good;
}

bool finish(ReadContext& context, const Node& node, const Definition& definition, Draft& draft) {
  std::string action;
  for (const FieldDefinition& field : definition.fields) {
    if (field.choice && node.find(field.name) != nullptr) action = field.name;
  }
  draft.step.position = node.position;
  if (draft.acted) return finish_action(context, node, action, draft);
  return finish_writes(context, node, action, draft);
}

// ---- the way back

Draft draft_of_writes(const PrintContext& context, const Step& step, const WriteStep& writes) {
  Draft draft{.step = step};
  if (context.regions().size() > 1) draft.in = writes.region;
  if (writes.outcome) draft.outcome = to_text(*writes.outcome);
  draft.transact = writes.transaction;
  if (!draft.transact) {
    draft.write = draft_of(context, writes.writes.front());
    return draft;
  }
  for (const SingleWrite& write : writes.writes) {
    draft.entries.push_back(draft_of(context, write));
  }
  return draft;
}

Draft draft_of_step(const PrintContext& context, const Step& step) {
  if (const auto* writes = std::get_if<WriteStep>(&step.action)) {
    return draft_of_writes(context, step, *writes);
  }
  Draft draft{.step = step};
  if (const auto* crash = std::get_if<CrashStep>(&step.action)) {
    draft.restart_after = crash->restart_after;
  }
  if (const auto* control = std::get_if<ControlStep>(&step.action)) {
    if (control->outcome) draft.outcome = to_text(*control->outcome);
    const bool asks_another = std::holds_alternative<RemoveReplicaOrder>(control->order.action);
    if (asks_another) draft.in = control->asked;
  }
  return draft;
}

}  // namespace

Type<Step> step_type() {
  Object<Draft> object("step",
                       "One thing that happens at a time: a write, a fault or an operation.");
  object.field(
      "at", duration(), within(&Draft::step, &Step::at),
      {.doc = "When, from the start of the run. The order of steps in the file matters only "
              "among those at the same time.",
       .required = true,
       .example = "2m"});
  object.field(
      "name", text("name", "a name"), within(&Draft::step, &Step::name),
      {.doc = "For `after` of an expectation.", .default_text = "none", .example = "cutover"});
  object.field("for", positive_duration(), within(&Draft::step, &Step::for_duration),
               {.doc = std::string{kCanBeUndone} +
                       " end by themselves after this long. Of several that overlap each lasts "
                       "until its own end: a link is cut as long as one of them cuts it, and of "
                       "two settings the newer counts while it is in force.",
                .default_text = "they last",
                .example = "3m",
                .printed_last = true});
  add_writes(object);
  add_faults(object);
  add_operations(object);
  object.then(
      [definition = object.definition()](ReadContext& context, const Node& node, Draft& draft) {
        return finish(context, node, *definition, draft);
      });
  object.example(
      "regions: [us-east-1, eu-west-1, ap-northeast-1]\nsteps:\n"
      "  - {at: 1s, in: us-east-1, put: {PK: a, n: 5}, outcome: ok}\n"
      "  - {at: 2m, partition: [[us-east-1], [eu-west-1, ap-northeast-1]], for: 3m, name: split}\n"
      "  - {at: 6m, crash: eu-west-1, restart_after: 30s}\n"
      "  - {at: 8m, freeze: eu-west-1, for: 10s}\n");
  return mapped<Step>(
      object.build(), [](Draft&& draft) { return std::move(draft.step); }, draft_of_step);
}

}  // namespace gtsim::language
