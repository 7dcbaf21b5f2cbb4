// replication: how changes are shipped; control_plane: what its rules are; limits: when a run gives
// up.
#include "coordinator/language/language.h"
#include "coordinator/language/values.h"
#include "region-node/replication/lane.h"

namespace gtsim::language {

Type<ReplicationDraft> replication_type() {
  constexpr std::int64_t kMost = 1'000'000;
  Object<ReplicationDraft> object("replication", "How a region ships its changes to the others.");
  object.field("batch", whole_number(1, kMost),
               within(&ReplicationDraft::spec, &ReplicationSpec::batch),
               {.doc = "Changes in one message, at most.", .default_text = "100"});
  object.field(
      "in_flight", whole_number(1, kMost),
      within(&ReplicationDraft::spec, &ReplicationSpec::in_flight),
      {.doc = "Unacknowledged messages on one link for one table, at most.", .default_text = "64"});
  object.field(
      "lanes", whole_number(1, kMostLanes),
      within(&ReplicationDraft::spec, &ReplicationSpec::lanes),
      {.doc =
           "In how many lanes the changes of a table go that do not wait for one another. Order is "
           "kept within a lane, and each item has its lane, so that with more than one it is kept "
           "for each item alone, which is what the service promises. Each lane has its own "
           "`in_flight`; that everything has come is known a round trip later.",
       .default_text = "1: the changes of a table arrive in the order in which they were made"});
  object.field(
      "retry", positive_duration(), &ReplicationDraft::retry,
      {.doc = "After this long without an acknowledgement a message is sent again, or after three "
              "round trips if that is longer. Below a second it doubles after the first "
              "tries, until there is an answer.",
       .default_text = "1s; where the network has a `lag`, 10s"});
  object.field(
      "coalesce", duration(), within(&ReplicationDraft::spec, &ReplicationSpec::coalesce),
      {.doc = "Changes of one item within this time become one. The service does so with a "
              "window it does not document; `0s` turns it off.",
       .default_text = "0s"});
  object.example(
      "replication: {batch: 25, in_flight: 4, lanes: 16, retry: 500ms, coalesce: 100ms}\n");
  return object.build();
}

Type<ControlPlaneSpec> control_plane_type() {
  Object<ControlPlaneSpec> object("control plane",
                                  "Rules and times of tables, replicas and streams.");
  object.field("source_lock", duration(), &ControlPlaneSpec::source_lock,
               {.doc = "A region that a new replica was copied from cannot be removed for this "
                       "long, unless the replica is gone before. `0s`: it can.",
                .default_text = "24h"});
  object.field("durations",
               keyword<DurationSet>({{"plain", DurationSet::kPlain},
                                     {"short", DurationSet::kShort},
                                     {"service", DurationSet::kService}}),
               &ControlPlaneSpec::durations,
               {.doc = "How long steps without `takes` take. `service`: as long as was seen of the "
                       "service, with every status in between; `short`: the same statuses, each "
                       "for a moment; `plain`: one status after the other, nothing hidden.",
                .default_text = "plain"});
  object.example("control_plane: {source_lock: 0s, durations: service}\n");
  return object.build();
}

Type<Limits> limits_type() {
  Object<Limits> object("limits",
                        "Where a run that goes wrong is stopped, with the verdict unknown.");
  object.field("backlog", whole_number(1, 1'000'000'000), &Limits::backlog,
               {.doc = "Changes waiting to be replicated, in all regions together.",
                .default_text = "20000000"});
  object.field("events", whole_number(1, 1'000'000'000'000), &Limits::events,
               {.doc = "Events of the simulator; the run stops at the last one.",
                .default_text = "4000000000"});
  object.example("limits: {backlog: 1000000, events: 100000000}\n");
  return object.build();
}

}  // namespace gtsim::language
