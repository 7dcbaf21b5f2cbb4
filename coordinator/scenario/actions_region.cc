#include "coordinator/scenario/actions.h"

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
  object.field("region", region(),
               [](WithTable<Step>& draft, RegionId&& given) { draft.step.region = given; },
               {.doc = "Which replica of it.", .required = true, .example = "eu-west-1"});
}

template <class Step>
Type<Step> finish(Object<WithTable<Step>>& object) {
  return mapped<Step>(object.build(), [](ReadContext& context, const Node& node,
                                         WithTable<Step>&& draft, Step& out) {
    if (!choose_table(context, node, draft, draft.step)) return false;
    out = std::move(draft.step);
    return true;
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

template <class Draft>
void add_takes(Object<Draft>& object, const char* doc, const char* plain) {
  object.field(
      "takes", duration(), [](Draft& draft, Duration&& takes) { draft.step.takes = takes; },
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
               [](WithTable<CapacityStep>& draft, std::optional<std::int64_t>&& write) {
                 draft.step.write_units_per_second = write;
               },
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
  object.field("source", region(),
               [](Draft& draft, RegionId&& source) { draft.step.source = source; },
               {.doc = "The region that is asked, whose items are copied.",
                .default_text = "the first replica at that time"});
  add_takes(object, "It is CREATING at least this long.", "20s");
  object.field(
      "backfill", whole_rate(),
      [](Draft& draft, std::int64_t&& rate) { draft.step.backfill_items_per_second = rate; },
      {.doc = "Items copied per second.", .default_text = "1000/s"});
  object.then([](ReadContext& context, const Node& node, Draft& draft) {
    if (node.find("source") == nullptr || draft.step.source != draft.step.region) return true;
    return context.error(node.find("source")->value, "a new replica cannot be its own source");
  });
  object.example(
      "regions: [us-east-1, eu-west-1]\ntables:\n  orders: {regions: [us-east-1]}\nsteps:\n"
      "  - {at: 6m, add_replica: {region: eu-west-1, takes: 30s, backfill: 1000/s}}\n");
  return mapped<ControlStep>(finish(object), [](Step&& step) {
    return ControlStep{step.source, {step.table, AddReplicaOrder{step}}, std::nullopt};
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
  return mapped<ControlStep>(finish(object), [](Step&& step) {
    return ControlStep{step.region, {step.table, RemoveReplicaOrder{step}}, std::nullopt};
  });
}

Type<ControlStep> create_table_type() {
  using Step = OwnStep<CreateTableOrder>;
  using Draft = WithTable<Step>;
  Object<Draft> object("new table",
                       "Creates a table in one region (CreateTable), as `tables` describes it. Its "
                       "name must be there, with `regions: none` or after it was deleted.");
  add_table_and_region(object);
  object.field(
      "stream", view_type_or_off(),
      [](Draft& draft, std::optional<StreamViewType>&& stream) { draft.step.stream = stream; },
      {.doc = "What its stream carries.", .default_text = "off", .example = "NEW_IMAGE"});
  add_takes(object, "It is CREATING so long.", "2s");
  object.example(
      "regions: [us-east-1, eu-west-1]\ntables:\n  orders: {regions: none}\nsteps:\n"
      "  - {at: 1m, create_table: {region: us-east-1}}\n"
      "  - {at: 2m, add_replica: {region: eu-west-1, source: us-east-1}}\n");
  return mapped<ControlStep>(finish(object), [](Step&& step) { return order_of(step); });
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
  return mapped<ControlStep>(finish(object), [](Step&& step) {
    ControlStep out = order_of(step);
    out.may_take_last = true;
    return out;
  });
}

Type<ControlStep> protection_type() {
  using Step = OwnStep<ChangeProtectionOrder>;
  using Draft = WithTable<Step>;
  Object<Draft> object("deletion protection",
                       "Protects the table of one region from being deleted, or ends that. The "
                       "other members of its group are busy meanwhile, as with every UpdateTable.");
  add_table_and_region(object);
  object.field("on", boolean(), [](Draft& draft, bool&& on) { draft.step.on = on; },
               {.doc = "Whether it is protected.", .required = true, .example = "true"});
  add_takes(object, "The group is UPDATING so long.", "1s");
  object.example("steps:\n  - {at: 1m, protection: {region: us-east-1, on: true}, outcome: ok}\n");
  return mapped<ControlStep>(finish(object), [](Step&& step) { return order_of(step); });
}

Type<ControlStep> ttl_step_type() {
  using Step = OwnStep<ChangeTimeToLiveOrder>;
  using Draft = WithTable<Step>;
  Object<Draft> object("time to live change",
                       "Turns time to live on or off (UpdateTimeToLive): for the whole group, from "
                       "any member; the others hear of it when they can.");
  add_table_and_region(object);
  object.choice(
      "enable", attribute_name(),
      [](Draft& draft, std::string&& attribute) { draft.step.attribute = std::move(attribute); },
      {.doc = "The attribute with the time of expiry.", .example = "expires"});
  object.choice("disable", attribute_name(),
                [](Draft& draft, std::string&& attribute) {
                  draft.step.attribute = std::move(attribute);
                  draft.step.enabled = false;
                },
                {.doc = "The attribute that is in use.", .example = "expires"});
  object.example(
      "steps:\n  - {at: 6m, ttl: {region: us-east-1, enable: expires}, outcome: ok}\n"
      "  - {at: 9m, ttl: {region: us-east-1, disable: expires}}\n");
  return mapped<ControlStep>(
      finish(object), [](ReadContext& context, const Node& node, Step&& step, ControlStep& out) {
        if (context.table(step.table).key.is_key_attribute(step.attribute)) {
          return context.error(node, fmt::format("`{}` is part of the key and cannot hold the time "
                                                 "of expiry",
                                                 step.attribute));
        }
        out = order_of(step);
        return true;
      });
}

Type<ControlStep> stream_step_type() {
  using Step = OwnStep<ChangeStreamOrder>;
  using Draft = WithTable<Step>;
  Object<Draft> object(
      "stream change",
      "Turns the stream of a table on or off. The service allows that only while the "
      "table is in a single region.");
  add_table_and_region(object);
  object.choice("enable", view_type(),
                [](Draft& draft, StreamViewType&& view) { draft.step.enable = view; },
                {.doc = "A new stream that carries this.", .example = "NEW_IMAGE"});
  object.choice("disable", boolean(),
                [](ReadContext& context, const Node& node, Draft& draft, bool&& disable) {
                  draft.step.enable = std::nullopt;
                  return disable || context.error(node, "expected true; found `false`");
                },
                {.doc = "`true`: closes the stream; it stays readable.", .example = "true"});
  add_takes(object, "It is ENABLING or DISABLING this long.", "4s");
  object.example(
      "regions: [us-east-1]\nsteps:\n"
      "  - {at: 6m, stream: {region: us-east-1, enable: NEW_IMAGE, takes: 4s}}\n"
      "  - {at: 9m, stream: {region: us-east-1, disable: true}}\n");
  return mapped<ControlStep>(finish(object), [](Step&& step) { return order_of(step); });
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
