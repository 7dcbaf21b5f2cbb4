#include "coordinator/language/actions.h"

namespace gtsim::language {
namespace {

const char* const kOnlyTable = "the only one";

// Fills in the table where none is named. T has the members `table` and `draft_table`.
template <class Draft, class Step>
bool choose_table(ReadContext& context, const Node& node, const Draft& draft, Step& step) {
  if (draft.table) {
    step.table = *draft.table;
    return true;
  }
  return context.only_table(node.position, step.table);
}

template <class Step>
struct WithTable {
  std::optional<TableId> table;
  Step step;
};

template <class Step>
void add_table_and_region(Object<WithTable<Step>>& object) {
  object.field("table", table(), &WithTable<Step>::table,
               {.doc = "Which table.", .default_text = kOnlyTable});
  object.field("region", region(), within(&WithTable<Step>::step, &Step::region),
               {.doc = "Which replica of it.", .required = true, .example = "eu-west-1"});
}

template <class Step>
Type<Step> finish(Object<WithTable<Step>>& object) {
  return mapped<Step>(
      object.build(),
      [](ReadContext& context, const Node& node, WithTable<Step>&& draft, Step& out) {
        if (!choose_table(context, node, draft, draft.step)) return false;
        out = std::move(draft.step);
        return true;
      },
      [](const PrintContext& context, const Step& step) {
        return WithTable<Step>{context.unless_only(step.table), step};
      });
}

// An order to the region whose replica it is about.
template <class Order>
struct OwnStep : Order {
  TableId table;
  RegionId region;
};

template <class Order>
ControlStep order_of(const OwnStep<Order>& step) {
  return {step.region, {step.table, static_cast<const Order&>(step)}, std::nullopt};
}

// The way back; nothing when it is another order.
template <class Order>
std::optional<OwnStep<Order>> own_step_of(const ControlStep& step) {
  const auto* order = std::get_if<Order>(&step.order.action);
  if (order == nullptr) return std::nullopt;
  return OwnStep<Order>{*order, step.order.table, step.asked};
}

template <class Step>
void add_takes(Object<WithTable<Step>>& object, const char* doc, const char* plain) {
  object.field(
      "takes", duration(), within(&WithTable<Step>::step, &Step::takes),
      {.doc = doc,
       .default_text = fmt::format("as `control_plane.durations` says; plain: {}", plain)});
}

}  // namespace

Type<ClockStep> clock_step_type() {
  Object<ClockStep> object("clock change", "Makes a region's clock go wrong.");
  object.field("region", region(), &ClockStep::region,
               {.doc = "Whose clock.", .required = true, .example = "eu-west-1"});
  object.field("step", signed_duration(), &ClockStep::step,
               {.doc = "The clock jumps by this much.", .default_text = "0s", .example = "1s"});
  object.field(
      "drift", drift(), &ClockStep::drift_ppm,
      {.doc = "How fast it runs from here on.", .default_text = "as before", .example = "100ppm"});
  object.then([](ReadContext& context, const Node& node, ClockStep& step) {
    if (step.step.count() != 0 || step.drift_ppm) return true;
    return context.error(node, "this step changes nothing; expected `step` or `drift`");
  });
  object.example("steps:\n  - {at: 6m, clock: {region: eu-west-1, step: 1s, drift: 100ppm}}\n");
  return object.build();
}

Type<CapacityStep> capacity_step_type() {
  Object<WithTable<CapacityStep>> object("capacity change",
                                         "Sets the write capacity of one replica.");
  add_table_and_region(object);
  object.field("write", rate_or_unlimited(),
               within(&WithTable<CapacityStep>::step, &CapacityStep::write_units_per_second),
               {.doc = "The new capacity.", .required = true, .example = "10/s"});
  object.example("steps:\n  - {at: 6m, capacity: {region: eu-west-1, write: 10/s}}\n");
  return finish(object);
}

Type<ControlStep> add_replica_type() {
  struct Step : AddReplicaOrder {
    TableId table;
    RegionId source = kFirstReplica;
  };
  using Draft = WithTable<Step>;
  Object<Draft> object("new replica",
                       "Adds a replica of the table in a region that has none, and fills it.");
  add_table_and_region(object);
  object.field(
      "source", region(), [](Draft& draft, RegionId&& source) { draft.step.source = source; },
      // One that is its own was chosen as the only one there is, and is refused as such.
      [](const Draft& draft) {
        const bool own = draft.step.source == draft.step.region;
        return own ? std::nullopt : std::optional{draft.step.source};
      },
      {.doc = "The region that is asked, whose items are copied.",
       .default_text = "the first replica at that time"});
  add_takes(object, "It is CREATING at least this long.", "20s");
  object.field("backfill", whole_rate(), within(&Draft::step, &Step::backfill_items_per_second),
               {.doc = "Items copied per second.", .default_text = "1000/s"});
  object.then([](ReadContext& context, const Node& node, Draft& draft) {
    if (node.find("source") == nullptr || draft.step.source != draft.step.region) return true;
    return context.error(node.find("source")->value, "a new replica cannot be its own source");
  });
  object.example(
      "regions: [us-east-1, eu-west-1]\ntables:\n  orders: {regions: [us-east-1]}\nsteps:\n"
      "  - {at: 6m, add_replica: {region: eu-west-1, takes: 30s, backfill: 1000/s}}\n");
  return mapped<ControlStep>(
      finish(object),
      [](Step&& step) {
        return ControlStep{step.source, {step.table, AddReplicaOrder{step}}, std::nullopt};
      },
      [](const ControlStep& step) -> std::optional<Step> {
        const auto* order = std::get_if<AddReplicaOrder>(&step.order.action);
        if (order == nullptr) return std::nullopt;
        return Step{*order, step.order.table, step.asked};
      });
}

Type<ControlStep> remove_replica_type() {
  struct Step : RemoveReplicaOrder {
    TableId table;
  };
  using Draft = WithTable<Step>;
  Object<Draft> object(
      "removal of a replica",
      "Removes a replica of the table, with its items. The replica's own region is "
      "asked (DeleteTable), or the one that `in` names (UpdateTable).");
  add_table_and_region(object);
  add_takes(object, "It is DELETING at least this long.", "2m");
  object.example(
      "regions: [us-east-1, eu-west-1]\nsteps:\n"
      "  - {at: 6m, remove_replica: {region: eu-west-1, takes: 2m}}\n"
      "  - {at: 7m, in: us-east-1, remove_replica: {region: eu-west-1}, outcome: in-use}\n");
  return mapped<ControlStep>(
      finish(object),
      [](Step&& step) {
        return ControlStep{step.region, {step.table, RemoveReplicaOrder{step}}, std::nullopt};
      },
      [](const ControlStep& step) -> std::optional<Step> {
        if (const auto* order = std::get_if<RemoveReplicaOrder>(&step.order.action)) {
          return Step{*order, step.order.table};
        }
        // Asked of its own region, where it became a DeleteTable (language_steps.cc).
        const auto* order = std::get_if<DeleteTableOrder>(&step.order.action);
        if (order == nullptr || step.may_take_last) return std::nullopt;
        return Step{{step.asked, order->takes}, step.order.table};
      });
}

Type<ControlStep> create_table_type() {
  using Step = OwnStep<CreateTableOrder>;
  using Draft = WithTable<Step>;
  Object<Draft> object("new table",
                       "Creates a table in one region (CreateTable), as `tables` describes it. Its "
                       "name must be there, with `regions: none` or after it was deleted.");
  add_table_and_region(object);
  object.field("stream", view_type_or_off(), within(&Draft::step, &Step::stream),
               {.doc = "What its stream carries.", .default_text = "off", .example = "NEW_IMAGE"});
  add_takes(object, "It is CREATING so long.", "2s");
  object.example(
      "regions: [us-east-1, eu-west-1]\ntables:\n  orders: {regions: none}\nsteps:\n"
      "  - {at: 1m, create_table: {region: us-east-1}}\n"
      "  - {at: 2m, add_replica: {region: eu-west-1, source: us-east-1}}\n");
  return mapped<ControlStep>(
      finish(object), [](Step&& step) { return order_of(step); }, own_step_of<CreateTableOrder>);
}

Type<ControlStep> delete_table_type() {
  using Step = OwnStep<DeleteTableOrder>;
  using Draft = WithTable<Step>;
  Object<Draft> object("deletion of a table",
                       "Deletes the table in one region (DeleteTable), with its items; also the "
                       "last replica there is.");
  add_table_and_region(object);
  add_takes(object, "It is DELETING at least this long.", "5s");
  object.example("regions: [us-east-1]\nsteps:\n  - {at: 6m, delete_table: {region: us-east-1}}\n");
  return mapped<ControlStep>(
      finish(object),
      [](Step&& step) {
        ControlStep out = order_of(step);
        out.may_take_last = true;
        return out;
      },
      [](const ControlStep& step) {
        return step.may_take_last ? own_step_of<DeleteTableOrder>(step) : std::nullopt;
      });
}

Type<ControlStep> protection_type() {
  using Step = OwnStep<ChangeProtectionOrder>;
  using Draft = WithTable<Step>;
  Object<Draft> object("deletion protection",
                       "Protects the table of one region from being deleted, or ends that. The "
                       "other members of its group are busy meanwhile, as with every UpdateTable.");
  add_table_and_region(object);
  object.field("on", boolean(), within(&Draft::step, &Step::on),
               {.doc = "Whether it is protected.", .required = true, .example = "true"});
  add_takes(object, "The group is UPDATING so long.", "1s");
  object.example("steps:\n  - {at: 1m, protection: {region: us-east-1, on: true}, outcome: ok}\n");
  return mapped<ControlStep>(
      finish(object), [](Step&& step) { return order_of(step); },
      own_step_of<ChangeProtectionOrder>);
}

Type<ControlStep> ttl_step_type() {
  using Step = OwnStep<ChangeTimeToLiveOrder>;
  using Draft = WithTable<Step>;
  Object<Draft> object("time to live change",
                       "Turns time to live on or off (UpdateTimeToLive): for the whole group, from "
                       "any member; the others hear of it when they can.");
  add_table_and_region(object);
  const auto attribute_if = [](bool enabled) {
    return [enabled](const Draft& draft) -> std::optional<std::string> {
      if (draft.step.enabled != enabled) return std::nullopt;
      return draft.step.attribute;
    };
  };
  object.choice(
      "enable", attribute_name(),
      [](Draft& draft, std::string&& attribute) { draft.step.attribute = std::move(attribute); },
      attribute_if(true), {.doc = "The attribute with the time of expiry.", .example = "expires"});
  object.choice("disable", attribute_name(),
                [](Draft& draft, std::string&& attribute) {
                  draft.step.attribute = std::move(attribute);
                  draft.step.enabled = false;
                },
                attribute_if(false),
                {.doc = "The attribute that is in use.", .example = "expires"});
  object.example(
      "steps:\n  - {at: 6m, ttl: {region: us-east-1, enable: expires}, outcome: ok}\n"
      "  - {at: 9m, ttl: {region: us-east-1, disable: expires}}\n");
  return mapped<ControlStep>(
      finish(object),
      [](ReadContext& context, const Node& node, Step&& step, ControlStep& out) {
        if (context.table(step.table).key.is_key_attribute(step.attribute)) {
          return context.error(node, fmt::format("`{}` is part of the key and cannot hold the time "
                                                 "of expiry",
                                                 step.attribute));
        }
        out = order_of(step);
        return true;
      },
      own_step_of<ChangeTimeToLiveOrder>);
}

Type<ControlStep> stream_step_type() {
  using Step = OwnStep<ChangeStreamOrder>;
  using Draft = WithTable<Step>;
  Object<Draft> object(
      "stream change",
      "Turns the stream of a table on or off. The service allows that only while the "
      "table is in a single region.");
  add_table_and_region(object);
  object.choice(
      "enable", view_type(), [](Draft& draft, StreamViewType&& view) { draft.step.enable = view; },
      [](const Draft& draft) { return draft.step.enable; },
      {.doc = "A new stream that carries this.", .example = "NEW_IMAGE"});
  object.choice(
      "disable", boolean(),
      [](ReadContext& context, const Node& node, Draft& draft, bool&& disable) {
        draft.step.enable = std::nullopt;
        return disable || context.error(node, "expected true; found `false`");
      },
      [](const Draft& draft) {
        return draft.step.enable ? std::nullopt : std::optional<bool>{true};
      },
      {.doc = "`true`: closes the stream; it stays readable.", .example = "true"});
  add_takes(object, "It is ENABLING or DISABLING this long.", "4s");
  object.example(
      "regions: [us-east-1]\nsteps:\n"
      "  - {at: 6m, stream: {region: us-east-1, enable: NEW_IMAGE, takes: 4s}}\n"
      "  - {at: 9m, stream: {region: us-east-1, disable: true}}\n");
  return mapped<ControlStep>(
      finish(object), [](Step&& step) { return order_of(step); }, own_step_of<ChangeStreamOrder>);
}

Type<SplitStep> split_type() {
  Object<WithTable<SplitStep>> object(
      "shard split",
      "Splits the open shard that owns most keys: it is closed and gets two children.");
  add_table_and_region(object);
  object.example("steps:\n  - {at: 6m, split: {region: us-east-1}}\n");
  return finish(object);
}

}  // namespace gtsim::language
