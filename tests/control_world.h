// A few regions with control planes and one table, in a small world of their own: messages take
// time, get lost, come twice or in another order; links are cut; regions go down and come back with
// what was durable. What a call did is durable when it returns: a crash before that is the same as
// a request that never came.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "region-node/base/random.h"
#include "region-node/control_plane/control_plane.h"
#include "tests/replica_fixture.h"

namespace gtsim::control_world {

using replica_fixture::kTable;

struct WorldOptions {
  int regions = 4;
  std::vector<int> members{0};  // that have the table from the beginning
  std::uint64_t seed = 1;
  double loss = 0;
  double duplicate = 0;
  double straggler = 0;  // arrives up to a minute late
  Duration latency_min{5'000};
  Duration latency_max{5'000};
  Duration source_lock = kSourceLock;
  ControlDurations durations = kPlainDurations;
};

// What whoever ordered was told: "ok", or outcome and text.
inline std::string text_of(const OrderReply& reply) {
  if (!reply.refusal) return "ok";
  return std::string{to_text(order_outcome_of(*reply.refusal))} + ": " + reply.refusal->detail;
}

class World {
 public:
  explicit World(WorldOptions options) : options_(std::move(options)), random_(options_.seed) {
    for (int i = 0; i < options_.regions; ++i) {
      names_.push_back(std::string(1, static_cast<char>('a' + i)));
    }
    std::vector<RegionId> members;
    for (const int member : options_.members) members.push_back(id(member));
    for (int i = 0; i < options_.regions; ++i) {
      auto& region = regions_.emplace_back(std::make_unique<Region>(id(i)));
      TableOptions table;
      table.region = id(i);
      TableReplica& replica = region->replica.add_table(table, keys_, region->store);
      const bool is_member = std::find(members.begin(), members.end(), id(i)) != members.end();
      replica.set_status(is_member ? ReplicaStatus::kActive : ReplicaStatus::kAbsent);
      make_control(*region);
      if (!is_member) continue;
      region->control->found(kTable, members);
      for (const RegionId other : members) {
        if (other != id(i)) replica.add_member(other, 0, 0);
      }
      if (members.size() > 1) replica.start_stream(stream_options({}), moment(id(i)));
    }
  }

  static RegionId id(int i) { return RegionId{static_cast<std::uint16_t>(i)}; }
  [[nodiscard]] std::size_t size() const { return regions_.size(); }

  // --- What applications do. A region that is down answers nothing.
  std::uint64_t order(RegionId region, const decltype(ControlOrder::action)& action) {
    const std::uint64_t tag = replies.size();
    replies.emplace_back();
    if (at(region).down) return tag;
    Effects out;
    at(region).control->order({kTable, action}, tag, moment(region), out);
    take(at(region), out);
    return tag;
  }
  // Whether it was accepted. Remembers what the surviving version of the item must be.
  bool put(RegionId region, int key, int value) {
    if (at(region).down) return false;
    const std::string text = "k" + std::to_string(key);
    std::string encoded;
    append_value(encoded, AttributeValue::string(text));
    Operation operation;
    operation.kind = value < 0 ? WriteKind::kDelete : WriteKind::kPut;
    operation.key =
        keys_.intern(encode_item(Item{{"PK", AttributeValue::string(text)}}), hash_bytes(encoded));
    if (value >= 0) {
      operation.image =
          Image::make(encode_item(replica_fixture::item_of(text, std::to_string(value))));
    }
    WriteCall call;
    call.operations.push_back(operation);
    Effects out;
    at(region).replica.write(std::move(call), moment(region), out);
    const bool accepted = static_cast<bool>(out.replies.front().outcome);
    if (accepted && out.replies.front().outcome->front().changed) {
      Version& newest = newest_[operation.key];
      newest = std::max(newest, out.replies.front().outcome->front().version);
    }
    take(at(region), out);
    return accepted;
  }

  // What regions say to `region` during `call` does not get there; deliver_late() takes it there.
  template <class Call>
  [[nodiscard]] std::vector<Message> keep_messages_to(RegionId region, Call call) {
    const std::multimap<Instant, Message> before = wire_;
    wire_.clear();
    call();
    std::vector<Message> kept;
    for (const auto& [instant, message] : wire_) {
      if (message.to == region) kept.push_back(message);
    }
    wire_ = before;
    return kept;
  }
  void deliver_late(const Message& message) { deliver(message); }

  // --- Faults
  void cut(RegionId from, RegionId to, bool cut) { cuts_[{from, to}] = cut; }
  void crash(RegionId region) { at(region).down = true; }
  void restart(RegionId id) {
    Region& region = at(id);
    if (!region.down) return;
    region.down = false;
    // Nothing but the state comes back.
    const TableControlState state = region.control->state(kTable);
    make_control(region);
    region.control->restore(kTable, state, now);
    region.wake_at = now;
  }
  void heal() {
    cuts_.clear();
    for (const auto& region : regions_) restart(region->replica.region());
  }

  void stop_losing() { options_.loss = 0; }

  // --- Time
  void run_until(Instant end) {
    while (true) {
      Instant next = end;
      Region* woken = nullptr;
      for (const auto& region : regions_) {
        if (region->down || region->wake_at >= next) continue;
        next = region->wake_at;
        woken = region.get();
      }
      if (!wire_.empty() && wire_.begin()->first < next) {
        next = wire_.begin()->first;
        woken = nullptr;
      }
      if (next >= end) break;
      now = std::max(now, next);
      if (woken != nullptr) {
        tick(*woken);
      } else {
        const Message message = std::move(wire_.begin()->second);
        wire_.erase(wire_.begin());
        deliver(message);
      }
    }
    now = std::max(now, end);
  }
  void run_for(Duration length) { run_until(now + length); }
  // Until nothing is under way and every log is drained; false: that does not come.
  [[nodiscard]] bool settle(Duration at_most = Duration{1'200'000'000}) {
    const Instant end = now + at_most;
    while (now < end) {
      run_for(Duration{1'000'000});
      if (quiet()) return true;
    }
    return false;
  }
  [[nodiscard]] bool quiet() const {
    return std::all_of(regions_.begin(), regions_.end(), [](const auto& region) {
      return region->control->idle(kTable) && region->replica.table(kTable).sender().drained();
    });
  }

  // --- Looking in
  [[nodiscard]] ReplicaStatus status(RegionId region) const {
    return regions_[region.index()]->replica.table(kTable).status();
  }
  [[nodiscard]] const ControlPlane& control(RegionId region) const {
    return *regions_[region.index()]->control;
  }
  [[nodiscard]] const TableReplica& table(RegionId region) const {
    return regions_[region.index()]->replica.table(kTable);
  }
  [[nodiscard]] Moment moment(RegionId /*region*/) const {
    return {now, replica_fixture::kStart + (now - Instant{0})};
  }
  // "a ACTIVE [b CREATING]", "a ACTIVE", "-": as DescribeTable would show it there.
  [[nodiscard]] std::string describe(RegionId region) const {
    const auto seen = control(region).describe(kTable, now);
    if (!seen) return "-";
    std::string text = names_[region.index()] + " " + to_text(seen->status);
    if (!seen->shows_replicas) return text;
    text += " [";
    for (const TableDescription::Replica& replica : seen->replicas) {
      if (text.back() != '[') text += ", ";
      text += names_[replica.region.index()] + " " + to_text(replica.status);
    }
    return text + "]";
  }
  // What is wrong after everything has settled; empty: nothing.
  [[nodiscard]] std::string faults() const {
    std::string text;
    std::vector<RegionId> active;
    for (const auto& region : regions_) {
      const RegionId self = region->replica.region();
      if (status(self) == ReplicaStatus::kActive) active.push_back(self);
      if (status(self) != ReplicaStatus::kActive && status(self) != ReplicaStatus::kAbsent) {
        text += describe(self) + ": still under way\n";
      }
    }
    if (active.empty()) text += "no replica is left\n";
    for (const RegionId self : active) {
      std::vector<RegionId> known;
      for (const auto& member : control(self).view(kTable, now).members) {
        known.push_back(member.region);
        if (member.status != ReplicaStatus::kActive) text += describe(self) + "\n";
      }
      if (known != active) text += describe(self) + ": another group than the regions that are\n";
      std::vector<RegionId> others = active;
      std::erase(others, self);
      if (table(self).sender().members() != others) {
        text += describe(self) + ": ships to others than the group\n";
      }
      const Stream* stream = table(self).stream();
      if (table(self).ttl().has_value() != table(active.front()).ttl().has_value()) {
        text += describe(self) + ": another time to live than the others\n";
      }
      if (active.size() > 1 && (stream == nullptr || !stream->accepts_records())) {
        text += describe(self) + ": a member without a stream\n";
      }
      for (const auto& [key, version] : newest_) {
        if (table(self).store().get(key).version != version) {
          text += describe(self) + ": item " + std::to_string(key.value()) +
                  " is not the newest that was accepted\n";
        }
      }
    }
    for (const auto& region : regions_) {
      const RegionId self = region->replica.region();
      if (status(self) == ReplicaStatus::kAbsent && !table(self).sender().members().empty()) {
        text += names_[self.index()] + ": ships without a table\n";
      }
    }
    return text;
  }

  Instant now{0};
  std::vector<std::optional<std::string>> replies;  // by tag
  std::vector<std::string> statuses;                // "1.005s b CREATING", in order
  int most_leading = 0;                             // operations past their reservation at once

 private:
  struct Region {
    explicit Region(RegionId region) : replica(region) {}
    MemoryStore store;
    Replica replica;
    std::unique_ptr<ControlPlane> control;
    Instant wake_at = kNever;
    bool down = false;
  };

  [[nodiscard]] Region& at(RegionId region) { return *regions_[region.index()]; }

  static StreamOptions stream_options(StreamViewType view) {
    StreamOptions options;
    options.view = view;
    options.label = "2026-01-01T00:00:00.000";
    return options;
  }
  void make_control(Region& region) {
    ControlPlane::Options options;
    options.region_names = names_;
    options.table_names = {"t"};
    options.source_lock = options_.source_lock;
    options.durations = options_.durations;
    options.stream_options = [](TableId, StreamViewType view, Moment) {
      return stream_options(view);
    };
    region.control = std::make_unique<ControlPlane>(std::move(options), region.replica);
  }

  void tick(Region& region) {
    region.wake_at = kNever;
    Effects out;
    region.replica.tick(moment(region.replica.region()), out);
    region.control->tick(moment(region.replica.region()), out);
    take(region, out);
  }
  void take(Region& region, Effects& out) {
    const std::string& name = names_[region.replica.region().index()];
    region.wake_at = std::min(region.wake_at, out.wake_at);
    for (const TableFact& fact : out.table_facts) {
      if (fact.kind != TableFact::Kind::kReplica) continue;
      statuses.push_back(to_text(now - Instant{0}) + " " + name + " " + to_text(fact.replica));
    }
    for (const OrderReply& reply : out.order_replies) {
      CHECK(!replies[reply.tag]);
      replies[reply.tag] = text_of(reply);
    }
    for (const Message& message : out.messages) {
      CHECK(message.from == region.replica.region() && message.to != message.from);
      send(message);
    }
    int leading = 0;
    for (const auto& each : regions_) {
      const auto& operation = each->control->state(kTable).operation;
      leading += operation && operation->accepted_at && operation->phase != OperationPhase::kFinish
                     ? 1
                     : 0;
    }
    most_leading = std::max(most_leading, leading);
  }
  void send(const Message& message) {
    if (cuts_[{message.from, message.to}] || random_.chance(options_.loss)) return;
    const int copies = random_.chance(options_.duplicate) ? 2 : 1;
    for (int copy = 0; copy < copies; ++copy) {
      const auto spread =
          static_cast<std::uint64_t>((options_.latency_max - options_.latency_min).count() + 1);
      Duration delay =
          options_.latency_min + Duration{static_cast<std::int64_t>(random_.below(spread))};
      if (random_.chance(options_.straggler)) {
        delay += Duration{static_cast<std::int64_t>(random_.below(60'000'000))};
      }
      wire_.emplace(now + delay, message);
    }
  }
  void deliver(const Message& message) {
    Region& region = at(message.to);
    if (region.down || cuts_[{message.from, message.to}]) return;
    Effects out;
    if (message.kind == MessageKind::kControl) {
      region.control->receive(message, moment(message.to), out);
    } else {
      region.replica.receive(message, moment(message.to), out);
    }
    take(region, out);
  }

  WorldOptions options_;
  Random random_;
  std::vector<std::string> names_;
  KeySpace keys_;
  std::vector<std::unique_ptr<Region>> regions_;
  std::multimap<Instant, Message> wire_;  // equal ones in the order of sending
  std::map<std::pair<RegionId, RegionId>, bool> cuts_;
  std::map<KeyId, Version> newest_;  // of the accepted writes
};

}  // namespace gtsim::control_world
