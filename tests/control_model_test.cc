// Orders of all kinds, from any region, at any moment, against a slow model of the service
// (control_model.h) that says which are accepted and with which text the others are refused.
//
// CreateTable beside a group makes a table that shares only the name, and no replica comes where
// such a table is. One order after the other that is included; at once only where the table is
// created while the replica is asked for.
#include "tests/control_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/control_model_answers.h"
#include "tests/control_world.h"

namespace gtsim::control_model {
namespace {

using control_world::World;
using control_world::WorldOptions;
using replica_fixture::kTable;

constexpr Duration kMillisecond{1'000};
constexpr Duration kSecond{1'000'000};
constexpr std::size_t kKinds = 8;
constexpr std::array<const char*, kKinds> kKindNames{
    "AddReplica",   "RemoveReplica",    "CreateTable", "DeleteTable",
    "ChangeStream", "ChangeProtection", "ChangeTtl",   "ChangeTags"};

// Every part of every operation, long enough to be met, and each of another length.
constexpr ControlDurations kLongDurations{
    .create = {2 * kSecond, 3 * kSecond, Duration{0}, 4 * kSecond},
    .create_filled = {3 * kSecond, 2 * kSecond, 5 * kSecond, 4 * kSecond},
    .remove = {3 * kSecond, 5 * kSecond, 2 * kSecond, 4 * kSecond},
    .update = 3 * kSecond,
    .table_create = 2 * kSecond,
    .table_delete = 3 * kSecond,
    .stream_toggle = 2 * kSecond,
};
constexpr std::array<Part, 11> kParts{
    Part::kHidden,        Part::kInvisible,     Part::kCreating,     Part::kLateUpdating,
    Part::kEarlyUpdating, Part::kDeleting,      Part::kLateDeleting, Part::kSetting,
    Part::kTableCreating, Part::kTableDeleting, Part::kStreamSwitch};

struct Count {
  std::array<int, kKinds> accepted{};
  std::array<int, kKinds> refused{};
  std::set<std::string> texts;
  std::map<Part, int> met;  // orders while the group of the region was in that part
  int open = 0;             // with more than one right answer

  void add(const Action& action, const std::string& reply, const Answers& right) {
    ++(reply == kOk ? accepted : refused)[action.index()];
    texts.insert(reply);
    open += right.size() > 1 ? 1 : 0;
  }
  [[nodiscard]] int orders() const {
    return std::accumulate(accepted.begin(), accepted.end(), 0) +
           std::accumulate(refused.begin(), refused.end(), 0);
  }
};

bool contains(const Answers& right, const std::string& reply) {
  return std::find(right.begin(), right.end(), reply) != right.end();
}

std::string to_text(int region, const Action& action) {
  std::string text = Model::name(region) + " " + kKindNames[action.index()];
  if (const auto* add = std::get_if<AddReplicaOrder>(&action)) {
    text += " " + Model::name(Model::number(add->region));
  }
  if (const auto* remove = std::get_if<RemoveReplicaOrder>(&action)) {
    text += " " + Model::name(Model::number(remove->region));
  }
  if (const auto* stream = std::get_if<ChangeStreamOrder>(&action)) {
    text += stream->enable ? " on" : " off";
  }
  if (const auto* protection = std::get_if<ChangeProtectionOrder>(&action)) {
    text += protection->on ? " on" : " off";
  }
  if (const auto* ttl = std::get_if<ChangeTimeToLiveOrder>(&action)) {
    text += (ttl->enabled ? " on " : " off ") + ttl->attribute;
  }
  return text;
}

// The world and what the model thinks of it.
class Pair {
 public:
  explicit Pair(std::uint64_t seed) : random(seed), seed_(seed) {
    WorldOptions options;
    const std::vector<std::vector<int>> founders{{0}, {0}, {0, 1}, {0, 1, 2}, {1, 3}};
    options.members = founders[random.below(founders.size())];
    options.seed = seed;
    const std::vector<ControlDurations> durations{kPlainDurations, kShortDurations, kLongDurations,
                                                  kLongDurations};
    options.durations = durations[random.below(durations.size())];
    const std::vector<Duration> locks{Duration{0}, 4 * kSecond, 60 * kSecond, kSourceLock};
    options.source_lock = locks[random.below(locks.size())];
    world.emplace(options);
    model.emplace(options.members, options.durations, options.source_lock);
  }

  [[nodiscard]] int any_region() { return static_cast<int>(random.below(Model::kRegions)); }
  [[nodiscard]] Action any_action() {
    const RegionId subject = World::id(any_region());
    const auto takes = [&]() -> std::optional<Duration> {
      if (!random.chance(0.1)) return {};
      return Duration{static_cast<std::int64_t>(1 + random.below(5)) * 1'000'000};
    };
    const bool nothing_there = model->groups().empty() && random.chance(0.5);
    const auto dice = nothing_there ? 54 : random.below(100);
    if (dice < 32) return AddReplicaOrder{subject, takes()};
    if (dice < 54) return RemoveReplicaOrder{subject, takes()};
    if (dice < 57) {
      CreateTableOrder create{{}, takes()};
      if (random.chance(0.5)) create.stream = StreamViewType::kNewImage;
      return create;
    }
    if (dice < 67) return DeleteTableOrder{takes()};
    if (dice < 77) {
      ChangeStreamOrder change{{}, takes()};
      if (random.chance(0.5)) change.enable = StreamViewType::kKeysOnly;
      return change;
    }
    if (dice < 84) return ChangeProtectionOrder{random.chance(0.3), takes()};
    if (dice < 94) return ChangeTimeToLiveOrder{random.chance(0.5), random.chance(0.7) ? "p" : "q"};
    ChangeTagsOrder tags;
    const std::string key = "k" + std::to_string(random.below(3));
    if (random.chance(0.6)) {
      tags.set.emplace_back(key, std::to_string(random.below(5)));
    } else {
      tags.remove.push_back(key);
    }
    return tags;
  }
  // Of `sample` orders one that is accepted, when there is one.
  [[nodiscard]] std::pair<int, Action> any_order(int sample) {
    std::pair<int, Action> order{any_region(), any_action()};
    for (int i = 1; i < sample; ++i) {
      if (judge(order.first, order.second) == Answers{kOk}) break;
      order = {any_region(), any_action()};
    }
    return order;
  }

  // --- Time
  void run_until(Instant end) {
    world->run_until(end);
    model->advance(end);
  }
  void run_to_certain(Instant end) { run_until(model->certain(end)); }
  // Until nothing is under way.
  void settle() {
    run_to_certain(model->quiet_at() + 2 * kSecond);
    compare();
    compare_settings();
    ASSERT_TRUE(world->quiet()) << trace();
    // A table that is created anew has none of the items, and the world keeps account of one.
    if (created_anew_ || model->groups().size() != 1) return;
    ASSERT_EQ(world->faults(), "") << trace();
    ASSERT_LE(world->most_leading, 1) << trace();
  }

  // --- What applications do
  std::uint64_t order(int region, const Action& action) {
    log += gtsim::to_text(world->now - Instant{0}) + " " + to_text(region, action) + '\n';
    return world->order(World::id(region), action);
  }
  [[nodiscard]] Answers judge(int region, const Action& action) const {
    return Judge(*model).judge(region, action);
  }
  [[nodiscard]] std::string reply(std::uint64_t tag) const {
    return world->replies[tag].value_or("none yet");
  }
  void apply(int region, const Action& action) {
    created_anew_ |= std::holds_alternative<CreateTableOrder>(action);
    model->apply(region, action);
  }
  // At a quiet moment.
  void put_some() {
    const int region = any_region();
    if (!random.chance(0.3) || model->group_of(region) == nullptr) return;
    const auto count = 1 + static_cast<int>(random.below(8));
    for (int key = 0; key < count; ++key) {
      ASSERT_TRUE(world->put(World::id(region), key, region)) << trace();
    }
    model->put(region);
    run_to_certain(world->now + kSecond);
  }

  // --- What every region shows
  void compare() {
    for (int region = 0; region < Model::kRegions; ++region) {
      const auto seen = describe(region);
      std::string text = "-";
      if (seen) {
        text = Model::name(region) + " " + gtsim::to_text(seen->status);
        std::set<std::string> others;
        for (const auto& replica : seen->replicas) {
          others.insert(Model::name(Model::number(replica.region)) + " " +
                        gtsim::to_text(replica.status));
        }
        std::string list;
        for (const std::string& other : others) list += (list.empty() ? "" : ", ") + other;
        if (seen->shows_replicas) text += " [" + list + "]";
      }
      ASSERT_EQ(text, model->describe(region)) << trace();
    }
  }
  [[nodiscard]] std::string trace() const {
    return "seed " + std::to_string(seed_) + ", " + gtsim::to_text(world->now - Instant{0}) + "\n" +
           log;
  }

  Random random;
  std::optional<World> world;
  std::optional<Model> model;
  std::string log;

 private:
  [[nodiscard]] std::optional<TableDescription> describe(int region) const {
    return world->control(World::id(region)).describe(kTable, world->now);
  }
  void compare_settings() {
    for (int region = 0; region < Model::kRegions; ++region) {
      const auto seen = describe(region);
      if (!seen || model->group_of(region) == nullptr) continue;
      ASSERT_EQ(seen->deletion_protection, model->settings(region).protection) << trace() << region;
      ASSERT_EQ(seen->tags, model->settings(region).tags) << trace() << region;
      ASSERT_EQ(seen->ttl_attribute, model->group_of(region)->ttl_attribute) << trace() << region;
    }
  }

  std::uint64_t seed_;
  bool created_anew_ = false;
};

// --- One order after the other

void order_one(Pair& pair, Count& count) {
  const auto [region, action] = pair.any_order(static_cast<int>(1 + pair.random.below(4)));
  const Answers right = pair.judge(region, action);
  if (right.empty()) return;
  const Group* const group = pair.model->group_of(region);
  if (group != nullptr && group->operation) ++count.met[group->operation->part()];
  const auto tag = pair.order(region, action);
  pair.world->run_for(12 * kMillisecond);
  const std::string reply = pair.reply(tag);
  pair.log += "  " + reply + '\n';
  ASSERT_TRUE(contains(right, reply)) << pair.trace() << "right: " << right.front();
  count.add(action, reply, right);
  if (reply == kOk) pair.apply(region, action);
}

TEST(ControlModel, OrdersAtAnyMomentAreAnsweredAsTheModelSays) {
  Count count;
  for (std::uint64_t seed = 1; seed <= 600; ++seed) {
    Pair pair(seed);
    pair.put_some();
    for (int i = 0; i < 40; ++i) {
      if (pair.random.chance(0.25)) {
        pair.settle();
        pair.put_some();
      } else {
        // Mostly soon, so that what is under way is met in all its parts.
        const Duration left = pair.model->quiet_at() - pair.world->now + kSecond / 2;
        const double share = pair.random.unit() * pair.random.unit();
        pair.run_to_certain(
            pair.world->now + 60 * kMillisecond +
            Duration{static_cast<std::int64_t>(share * static_cast<double>(left.count()))});
      }
      pair.compare();
      order_one(pair, count);
      if (HasFatalFailure()) return;
    }
  }
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    EXPECT_GT(count.accepted[kind], 100) << kKindNames[kind];
    EXPECT_GT(count.refused[kind], 10) << kKindNames[kind];
  }
  for (const Part part : kParts) EXPECT_GT(count.met[part], 30) << static_cast<int>(part);
  EXPECT_GT(count.texts.size(), 40U);
  EXPECT_LT(count.open, count.orders() / 50) << "orders with more than one right answer";
}

// --- At once
//
// Nobody has heard of an order before its message is there, so each is judged by what its own
// region knows: what was when all was quiet, and what the same region was asked since. Of those
// that are right by that and want the same group the oldest goes ahead, by time and then by
// region; the others are told that the group is busy. An order that another region refuses has
// kept the group until then: who met it is told that the group is busy, and who did not is judged
// as if it had never been, so either is right then.
//
// With 6 ms and more between them the region that is asked second has heard of the first.
//
// Left out: two groups that share only the name where one asks for a region of the other, or both
// for the same.

struct Asked {
  int region;
  Action action;
  Duration after;
  Answers right{};
  bool contends = false;
  bool refused_elsewhere = false;
  std::uint64_t tag = 0;
};

// Whether another group has asked for the same region.
bool wants_the_same(const Model& model, const std::vector<Asked>& asked, int region,
                    const Action& action) {
  const auto* const add = std::get_if<AddReplicaOrder>(&action);
  return add != nullptr && std::any_of(asked.begin(), asked.end(), [&](const Asked& other) {
           const auto* const rival = std::get_if<AddReplicaOrder>(&other.action);
           return rival != nullptr && rival->region == add->region &&
                  model.group_of(other.region) != model.group_of(region);
         });
}

// Of `pair` at a quiet moment: orders, and what is right, the rivals not yet looked at.
std::vector<Asked> draw(Pair& pair) {
  const bool heard = pair.random.chance(0.25);
  const std::size_t count = heard || pair.random.chance(0.6) ? 2 : 3;
  std::vector<Duration> times{Duration{0}};
  while (times.size() < count) {
    const Duration tick = pair.random.chance(0.2) ? Duration{0} : kMillisecond;
    const auto ticks = heard ? 6 + pair.random.below(3) : pair.random.below(5);
    times.push_back((heard ? kMillisecond : tick) * static_cast<std::int64_t>(ticks));
  }
  std::sort(times.begin(), times.end());
  // Two regions that both take one: the later counts.
  const bool of_ttl = pair.random.chance(0.1);
  std::vector<Model> known(Model::kRegions, *pair.model);
  std::vector<Asked> asked;
  for (int tries = 0; asked.size() < count && tries < 100; ++tries) {
    const Duration after = times[asked.size()];
    auto [region, action] = pair.any_order(6);
    if (of_ttl) action = ChangeTimeToLiveOrder{true, pair.random.chance(0.5) ? "p" : "q"};
    Model& own = known[static_cast<std::size_t>(region)];
    own.advance(pair.world->now + after);
    const bool wants = own.wants_group(region, action);
    const Answers right = Judge(own).judge(region, action);
    if (right.empty() || own.meets_stranger(region, action)) continue;
    // Before the others have answered it is neither a global table nor sure to stay none.
    const Group* const group = own.group_of(region);
    const bool switches = std::holds_alternative<ChangeStreamOrder>(action);
    if (group != nullptr && group->operation && switches) continue;
    if (wants_the_same(*pair.model, asked, region, action)) continue;
    Asked order{region, action, after, right};
    order.refused_elsewhere = Judge(own).is_refused_elsewhere(region, action);
    order.contends = wants && (right == Answers{kOk} || order.refused_elsewhere);
    if (heard && order.refused_elsewhere) continue;
    for (int other = 0; other < Model::kRegions; ++other) {
      if (other != region && !heard) continue;
      Model& knowing = known[static_cast<std::size_t>(other)];
      knowing.advance(pair.world->now + after);
      if (order.contends) {
        knowing.reserve(region, action);
      } else if (right == Answers{kOk}) {
        knowing.apply(region, action);
      }
    }
    asked.push_back(std::move(order));
  }
  return asked;
}

// What is right with the rivals looked at.
void resolve(const Pair& pair, std::vector<Asked>& asked) {
  for (Asked& order : asked) {
    const auto* const add = std::get_if<AddReplicaOrder>(&order.action);
    if (!order.contends || add == nullptr) continue;
    // A table was created there before the region heard of the replica.
    const bool taken = std::any_of(asked.begin(), asked.end(), [&](const Asked& other) {
      return std::holds_alternative<CreateTableOrder>(other.action) &&
             World::id(other.region) == add->region && other.right == Answers{kOk};
    });
    if (!taken) continue;
    order.right = {kExistedAsTables};
    order.refused_elsewhere = true;
  }
  // They are in the order in which they were given.
  for (std::size_t i = 0; i < asked.size(); ++i) {
    Asked& order = asked[i];
    if (!order.contends) continue;
    bool older = false;
    bool refused = order.refused_elsewhere;
    for (std::size_t j = 0; j < asked.size(); ++j) {
      const Asked& rival = asked[j];
      if (j == i || !rival.contends) continue;
      if (pair.model->group_of(rival.region) != pair.model->group_of(order.region)) continue;
      const bool before =
          std::pair{rival.after, rival.region} < std::pair{order.after, order.region};
      older |= before;
      refused |= before && rival.refused_elsewhere;
    }
    if (!older) continue;
    if (refused) {
      order.right.push_back(kBusy);
    } else {
      order.right = {kBusy};
    }
  }
}

TEST(ControlModel, OfOrdersAtOnceTheOlderHasTheRightOfWay) {
  Count count;
  int rivals = 0;
  for (std::uint64_t seed = 1; seed <= 600; ++seed) {
    Pair pair(seed * 1000);
    for (int round = 0; round < 12; ++round) {
      pair.settle();
      pair.put_some();
      if (HasFatalFailure()) return;
      pair.log += "at once\n";
      std::vector<Asked> asked = draw(pair);
      resolve(pair, asked);
      const Instant begin = pair.world->now;
      for (Asked& order : asked) {
        pair.world->run_until(begin + order.after);
        order.tag = pair.order(order.region, order.action);
      }
      pair.world->run_for(kSecond);
      std::stable_sort(asked.begin(), asked.end(), [](const Asked& a, const Asked& b) {
        return std::pair{a.after, a.region} < std::pair{b.after, b.region};
      });
      for (const Asked& order : asked) pair.log += "  " + pair.reply(order.tag) + '\n';
      int contending = 0;
      for (const Asked& order : asked) {
        const std::string reply = pair.reply(order.tag);
        ASSERT_TRUE(contains(order.right, reply))
            << pair.trace() << to_text(order.region, order.action)
            << ", right: " << order.right.front();
        count.add(order.action, reply, order.right);
        contending += order.contends ? 1 : 0;
        pair.model->advance(begin + order.after);
        if (reply == kOk) pair.apply(order.region, order.action);
      }
      pair.model->advance(pair.world->now);
      rivals += contending > 1 ? 1 : 0;
    }
  }
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    EXPECT_GT(count.accepted[kind], 300) << kKindNames[kind];
    EXPECT_GT(count.refused[kind], 20) << kKindNames[kind];
  }
  EXPECT_GT(rivals, 500);
  EXPECT_GT(count.texts.size(), 20U);
  EXPECT_LT(count.open, count.orders() / 50) << "orders with more than one right answer";
}

}  // namespace
}  // namespace gtsim::control_model
