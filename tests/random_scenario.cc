#include "tests/random_scenario.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "coordinator/language/reader.h"
#include "region-node/base/random.h"

namespace gtsim {
namespace {

using Texts = std::vector<std::string>;

class Author {
 public:
  explicit Author(std::uint64_t seed) : random_(Random{seed}.fork("random scenario")) {
    for (std::uint64_t count = 1 + below(4), i = 0; i < count; ++i) {
      regions_.push_back(std::string(1, static_cast<char>('a' + i)));
    }
    length_s_ = 20 + static_cast<std::int64_t>(below(100));
    write_head();
    write_tables();
    write_workload();
    write_consumers();
    for (std::uint64_t count = below(14), i = 0; i < count; ++i) steps_.push_back(step());
  }

  [[nodiscard]] std::string text(const std::set<std::size_t>& without) const {
    std::string steps;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (!without.contains(i)) steps += "  - " + steps_[i] + "\n";
    }
    return head_ + (steps.empty() ? "" : "steps:\n" + steps);
  }
  // The places in steps_ of those that are left.
  [[nodiscard]] std::vector<std::size_t> left(const std::set<std::size_t>& without) const {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (!without.contains(i)) places.push_back(i);
    }
    return places;
  }

 private:
  // --- Dice
  std::uint64_t below(std::uint64_t limit) { return random_.below(limit); }
  bool maybe(double chance) { return random_.chance(chance); }
  const std::string& one_of(const Texts& texts) { return texts[below(texts.size())]; }
  std::string region() { return one_of(regions_); }
  std::string duration(std::int64_t least_ms, std::int64_t most_ms) {
    const auto span = static_cast<std::uint64_t>(most_ms - least_ms + 1);
    return fmt::format("{}ms", least_ms + static_cast<std::int64_t>(below(span)));
  }
  std::string share(std::uint64_t most_per_cent) {
    return fmt::format("{}%", below(most_per_cent + 1));
  }
  Texts some_regions() {
    Texts some;
    for (const std::string& each : regions_) {
      if (maybe(0.6)) some.push_back(each);
    }
    if (some.empty()) some.push_back(region());
    return some;
  }
  std::string table() { return one_of(tables_); }
  std::string delay() {
    return one_of({"5ms", "80ms", "700ms", "\"uniform(10ms, 300ms)\"", "\"normal(90ms, 20ms)\"",
                   "\"lognormal(60ms, 0.5)\"", "\"pareto(20ms, 2)\""});
  }

  // --- The head
  std::string region_settings() {
    Texts fields;
    if (maybe(0.4)) fields.push_back("fsync: " + duration(1, 400));
    if (maybe(0.3)) {
      fields.push_back(fmt::format("clock: {{offset: {}ms, drift: {}ppm}}",
                                   static_cast<std::int64_t>(below(20'000)) - 10'000,
                                   static_cast<std::int64_t>(below(2'000)) - 1'000));
    }
    return fields.empty() ? "" : fmt::format("{{{}}}", fmt::join(fields, ", "));
  }
  Texts link_settings(double chance) {
    Texts fields;
    if (maybe(chance)) fields.push_back("latency: " + delay());
    if (maybe(chance)) fields.push_back("jitter: " + delay());
    if (maybe(chance / 2)) fields.push_back("lag: " + delay());
    if (maybe(chance)) fields.push_back("loss: " + share(30));
    if (maybe(chance)) fields.push_back("duplicate: " + share(20));
    if (maybe(chance)) fields.push_back("reorder: " + share(30));
    if (maybe(chance / 2)) fields.push_back(fmt::format("bandwidth: {}KB/s", 5 + below(200)));
    return fields;
  }
  // Both directions or one.
  std::string link_ends() {
    const std::string from = region();
    std::string to = region();
    while (to == from) to = region();
    if (maybe(0.5)) return fmt::format("between: [{}, {}]", from, to);
    return fmt::format("from: {}, to: {}", from, to);
  }
  void line(const std::string& text) { head_ += text + "\n"; }

  void write_head() {
    line("regions:");
    for (const std::string& each : regions_) line(fmt::format("  {}: {}", each, region_settings()));
    line(fmt::format("duration: {}s", length_s_));
    line(fmt::format("network: {{default: {{{}}}}}", fmt::join(with_latency(), ", ")));
    Texts replication;
    if (maybe(0.4)) replication.push_back(fmt::format("batch: {}", 1 + below(40)));
    if (maybe(0.4)) replication.push_back(fmt::format("in_flight: {}", 1 + below(8)));
    if (maybe(0.4)) replication.push_back("retry: " + duration(100, 3'000));
    if (maybe(0.3)) replication.push_back("coalesce: " + duration(1, 3'000));
    if (maybe(0.4)) replication.push_back(fmt::format("lanes: {}", 1 + below(12)));
    if (!replication.empty()) {
      line(fmt::format("replication: {{{}}}", fmt::join(replication, ", ")));
    }
    Texts control;
    if (maybe(0.6)) control.emplace_back("source_lock: 0s");
    if (maybe(0.5)) control.push_back("durations: " + one_of({"plain", "short"}));
    if (!control.empty()) line(fmt::format("control_plane: {{{}}}", fmt::join(control, ", ")));
  }
  Texts with_latency() {
    Texts fields = link_settings(0.3);
    const bool has_one = !fields.empty() && fields.front().starts_with("latency");
    if (!has_one) fields.insert(fields.begin(), "latency: " + delay());
    return fields;
  }

  void write_tables() {
    line("tables:");
    for (std::uint64_t count = 1 + below(2), i = 0; i < count; ++i) {
      tables_.push_back(fmt::format("t{}", i));
      expires_.push_back(maybe(0.4));
      Texts fields;
      fields.push_back(maybe(0.3) ? "key: {PK: S, SK: N}" : "key: {PK: S}");
      replicas_.push_back(maybe(0.5) ? some_regions() : regions_);
      fields.push_back(fmt::format("regions: [{}]", fmt::join(replicas_.back(), ", ")));
      if (maybe(0.7)) {
        fields.push_back("stream: " +
                         one_of({"NEW_IMAGE", "OLD_IMAGE", "KEYS_ONLY", "NEW_AND_OLD_IMAGES"}));
      }
      if (expires_.back()) {
        fields.push_back(fmt::format("ttl: {{attribute: expires, delay: {}, by: {}}}",
                                     duration(0, 20'000), one_of({"one", "all"})));
      }
      if (maybe(0.3)) fields.push_back(fmt::format("capacity: {}/s", 1 + below(40)));
      if (maybe(0.3)) fields.push_back(fmt::format("shards: {}", 1 + below(4)));
      if (maybe(0.3)) fields.push_back("rollover: " + duration(5'000, 60'000));
      if (maybe(0.3)) fields.emplace_back("backfill_records: true");
      if (maybe(0.3)) fields.emplace_back("record_time: origin");
      if (maybe(0.4)) fields.push_back("record_profile: " + one_of({"2017", "marked"}));
      line(fmt::format("  {}: {{{}}}", tables_.back(), fmt::join(fields, ", ")));
    }
  }

  void write_workload() {
    line("workload:");
    for (std::uint64_t count = 1 + below(2), i = 0; i < count; ++i) {
      const std::size_t table = below(tables_.size());
      Texts fields{"table: " + tables_[table]};
      fields.push_back(fmt::format("rate: {}/s", 1 + below(20)));
      fields.push_back(maybe(0.7) ? fmt::format("keys: uniform({})", 1 + below(60))
                                  : fmt::format("keys: zipf({})", 2 + below(200)));
      if (maybe(0.3)) add_writers(table, fields);
      fields.push_back("mix: " + mix());
      if (maybe(0.3)) fields.emplace_back("size: \"uniform(100, 3000)\"");
      fields.push_back("start: " + duration(0, length_s_ * 300));
      fields.push_back("for: " + duration(1'000, length_s_ * 600));
      if (expires_[table] && maybe(0.7)) {
        fields.push_back("expires_after: " + duration(1'000, 60'000));
      }
      line(fmt::format("  - {{{}}}", fmt::join(fields, ", ")));
    }
  }
  // Of some regions, and perhaps they go to another one.
  void add_writers(std::size_t table, Texts& fields) {
    const std::string& home = one_of(replicas_[table]);
    fields.push_back(fmt::format("regions: [{}]", home));
    const std::string to = region();
    if (to == home) return;
    Texts how{"to: " + to};
    if (maybe(0.6)) how.push_back(fmt::format("after: {}", 1 + below(5)));
    if (maybe(0.6)) how.push_back("back: " + duration(1'000, 30'000));
    fields.push_back(fmt::format("fail_over: {{{}}}", fmt::join(how, ", ")));
  }
  std::string mix() {
    Texts parts{fmt::format("put: {}", 1 + below(10))};
    for (const char* kind : {"update", "delete", "put_if_absent", "increment", "transact"}) {
      if (maybe(0.4)) parts.push_back(fmt::format("{}: {}", kind, below(10)));
    }
    return fmt::format("{{{}}}", fmt::join(parts, ", "));
  }

  void write_consumers() {
    const std::uint64_t count = maybe(0.5) ? 0 : 1 + below(2);
    if (count == 0) return;
    line("consumers:");
    for (std::uint64_t i = 0; i < count; ++i) {
      consumers_.push_back(fmt::format("c{}", i));
      const std::size_t read = below(tables_.size());
      Texts fields{"table: " + tables_[read], "region: " + one_of(replicas_[read]), "wants: all"};
      if (maybe(0.3)) fields.emplace_back("filter: {eventName: [INSERT, REMOVE]}");
      if (maybe(0.5)) fields.push_back(fmt::format("batch_size: {}", 1 + below(30)));
      if (maybe(0.3)) fields.push_back("batching_window: " + duration(1'000, 5'000));
      if (maybe(0.4)) fields.push_back(fmt::format("parallelization_factor: {}", 1 + below(5)));
      if (maybe(0.3)) fields.emplace_back("bisect_on_error: true");
      if (maybe(0.6)) fields.push_back(fmt::format("maximum_retry_attempts: {}", below(5)));
      if (maybe(0.3)) fields.emplace_back("report_batch_item_failures: true");
      if (maybe(0.2)) fields.emplace_back("starting_position: LATEST");
      if (maybe(0.3)) fields.push_back("shard_discovery: " + duration(1, 30'000));
      if (maybe(0.2)) fields.push_back("maximum_record_age: " + duration(60'000, 90'000));
      if (maybe(0.3)) fields.push_back("start: " + duration(0, length_s_ * 500));
      fields.push_back("takes: " + duration(1, 900));
      if (maybe(0.5)) fields.push_back(fmt::format("faults: {{fail: {}}}", share(40)));
      line(fmt::format("  {}: {{{}}}", consumers_.back(), fmt::join(fields, ", ")));
    }
  }

  // --- Steps
  std::string step() {
    const std::string at = "at: " + duration(0, length_s_ * 800);
    std::string what = action();
    return fmt::format("{{{}, {}}}", at, what);
  }
  std::string lasting(const std::string& fault, double chance) {
    return maybe(chance) ? fault + ", for: " + duration(10, length_s_ * 500) : fault;
  }
  std::string of_replica(const char* what, const std::string& more) {
    return fmt::format("{}: {{table: {}, region: {}{}}}", what, table(), region(), more);
  }
  std::string takes() { return maybe(0.5) ? ", takes: " + duration(0, 20'000) : ""; }

  std::string action() {
    if (regions_.size() > 1 && maybe(0.4)) return network_action();
    switch (below(consumers_.empty() ? 16 : 17)) {
      case 0:
      case 1:
        return fmt::format("crash: {}, restart_after: {}", region(), duration(10, 30'000));
      case 2:
        return "restart: " + region();
      case 3:
      case 4:
        return lasting("freeze: " + region(), 1);
      case 5:
        return lasting(fmt::format("clock: {{region: {}, step: {}ms, drift: {}ppm}}", region(),
                                   static_cast<std::int64_t>(below(20'000)) - 10'000, below(500)),
                       0.5);
      case 6:
        return lasting(of_replica("capacity", fmt::format(", write: {}/s", 1 + below(30))), 0.6);
      case 7:
      case 8:
        return of_replica("add_replica", takes());
      case 9:
        return of_replica("remove_replica", takes());
      case 10:
        return of_replica(maybe(0.5) ? "create_table" : "delete_table", takes());
      case 11:
        return of_replica("protection", maybe(0.5) ? ", on: true" : ", on: false");
      case 12:
        return maybe(0.5)
                   ? of_replica("ttl", maybe(0.5) ? ", enable: expires" : ", disable: expires")
                   : of_replica("stream", maybe(0.5) ? ", enable: NEW_IMAGE" : ", disable: true");
      case 13:
        return of_replica("split", "");
      case 14:
      case 15:
        return lasting(unavailable(), 0.8);
      default:
        return lasting("crash_consumer: " + one_of(consumers_), 1);
    }
  }

  std::string unavailable() {
    if (maybe(0.3)) return "unavailable: " + region();
    Texts fields{"region: " + region()};
    if (maybe(0.4)) {
      fields.push_back(fmt::format("operations: [{}]", one_of({"put", "update, delete", "transact",
                                                               "control", "put, control"})));
    }
    if (maybe(0.6)) fields.push_back(fmt::format("rate: {}%", 1 + below(100)));
    const bool is_lost = maybe(0.3);
    if (is_lost) fields.emplace_back("answer: lost");
    if (!is_lost && maybe(0.5)) {
      fields.push_back("error: " + one_of({"ServiceUnavailable", "InternalServerError",
                                           "ThrottlingException", "RequestLimitExceeded"}));
    }
    if (maybe(0.4)) fields.push_back("delay: " + duration(1, 14'000));
    return fmt::format("unavailable: {{{}}}", fmt::join(fields, ", "));
  }

  std::string network_action() {
    switch (below(9)) {
      case 0: {
        const std::string one = region();
        Texts others;
        for (const std::string& each : regions_) {
          if (each != one) others.push_back(each);
        }
        return lasting(fmt::format("partition: [[{}], [{}]]", one, fmt::join(others, ", ")), 0.8);
      }
      case 1:
        return lasting(fmt::format("cut: {{{}}}", link_ends()), 0.7);
      case 2:
        return maybe(0.5) ? "heal: all" : fmt::format("heal: {{{}}}", link_ends());
      case 3:
        return lasting("isolate: " + region(), 0.8);
      case 4:
        return fmt::format("flap: {{{}, down: {}, up: {}, times: {}}}", link_ends(),
                           duration(10, 4'000), duration(10, 4'000), 1 + below(6));
      case 5:
      case 6:
        return lasting(
            fmt::format("link: {{{}, {}}}", link_ends(), fmt::join(with_latency(), ", ")), 0.7);
      case 7:
        return lasting(fmt::format("pause_replication: {{region: {}, onset: {}}}", region(),
                                   duration(0, 10'000)),
                       0.7);
      default:
        return "resume_replication: " + region();
    }
  }

  Random random_;
  Texts regions_;
  Texts tables_;
  std::vector<Texts> replicas_;  // by table: at the start
  std::vector<bool> expires_;    // by table: it has time to live
  Texts consumers_;
  Texts steps_;
  std::int64_t length_s_ = 0;
  std::string head_;
};

// N of "…: steps[N]…".
std::optional<std::size_t> step_named(const std::string& message) {
  constexpr std::string_view kBefore = "steps[";
  const std::size_t found = message.find(kBefore);
  if (found == std::string::npos) return std::nullopt;
  return std::strtoull(message.c_str() + found + kBefore.size(), nullptr, 10);
}

}  // namespace

RandomScenario random_scenario(std::uint64_t seed) {
  const Author author(seed);
  std::set<std::size_t> without;
  while (true) {
    std::string text = author.text(without);
    auto read = read_scenario_text(text, fmt::format("seed-{}.yaml", seed));
    if (auto* scenario = std::get_if<Scenario>(&read)) {
      return {std::move(text), std::move(*scenario)};
    }
    const std::vector<std::size_t> left = author.left(without);
    const std::size_t before = without.size();
    std::string told;
    for (const Diagnostic& error : std::get<std::vector<Diagnostic>>(read)) {
      told += error.to_string() + "\n";
      const auto step = step_named(error.to_string());
      if (step && *step < left.size()) without.insert(left[*step]);
    }
    if (without.size() == before) {
      ADD_FAILURE() << told << text;
      return {std::move(text), {}};
    }
  }
}

}  // namespace gtsim
