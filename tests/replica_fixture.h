// A few replicas of one table, driven by hand: time stands still until advance(), and a message
// goes nowhere until it is delivered. Regions are 0, 1, 2, ... and print as a, b, c, ...; items
// have the key PK and, in most tests, one more attribute v.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "region-node/base/check.h"
#include "region-node/base/hash.h"
#include "region-node/item/canonical.h"
#include "region-node/replica.h"
#include "region-node/table/memory_store.h"

namespace gtsim::replica_fixture {

inline constexpr TableId kTable{0};
inline constexpr RegionId kA{0};
inline constexpr RegionId kB{1};
inline constexpr RegionId kC{2};
inline constexpr std::int64_t kSecond = 1'000'000;
inline constexpr std::int64_t kHour = 3600 * kSecond;
inline constexpr std::int64_t kDay = 24 * kHour;
// What clocks show at the start of a test: 2026-01-01.
inline constexpr WallTime kStart{1'767'225'600LL * kSecond};

inline std::string name_of(RegionId region) {
  return std::string(1, static_cast<char>('a' + region.value()));
}

inline Item item_of(std::string_view key, std::string_view v) {
  return Item{{"PK", AttributeValue::string(std::string(key))},
              {"v", AttributeValue::string(std::string(v))}};
}

// "-" for none, the value of v, or the names of the attributes when there is no v.
inline std::string text_of(const Image& image) {
  if (!image) return "-";
  const Item item = *decode_item(image.bytes());
  if (const auto v = item.find("v"); v != item.end()) {
    if (const auto* text = v->second.get_if<std::string>()) return *text;
    if (const auto* number = v->second.get_if<Number>()) return number->to_string();
  }
  std::string names;
  for (const auto& [name, value] : item) names += (names.empty() ? "" : "+") + name;
  return names;
}

// "+5us a": microseconds after the start of the test, and the origin.
inline std::string text_of(const Version& version) {
  if (!version.ever_written()) return "never";
  return "+" + std::to_string((version.timestamp - kStart).count()) + "us " +
         name_of(version.origin);
}

struct Options {
  int regions = 2;
  ReplicationOptions replication = {};
  std::optional<TtlOptions> ttl = {};
  bool records_for_backfill = false;
  bool origin_record_time = false;
  bool stream = true;
  StreamViewType view = StreamViewType::kNewAndOldImages;
  bool connected = true;  // every region is a member of every other's table from the start
};

class Regions {
 public:
  explicit Regions(Options options = {}) : options_(std::move(options)) {
    for (int i = 0; i < options_.regions; ++i) {
      auto& region = regions_.emplace_back(std::make_unique<Region>(id(i)));
      TableOptions table_options;
      table_options.region = id(i);
      table_options.ttl = options_.ttl;
      table_options.replication = options_.replication;
      table_options.records_for_backfill = options_.records_for_backfill;
      table_options.origin_record_time = options_.origin_record_time;
      region->replica.add_table(table_options, keys, region->store);
      if (options_.stream) start_stream(id(i), 1 + static_cast<std::uint64_t>(i));
    }
    if (!options_.connected) return;
    for (int i = 0; i < options_.regions; ++i) {
      for (int j = 0; j < options_.regions; ++j) {
        if (i != j) table(id(i)).add_member(id(j), 0, 0);
      }
    }
  }

  static RegionId id(int i) { return RegionId{static_cast<std::uint16_t>(i)}; }

  void start_stream(RegionId region, std::uint64_t salt) {
    StreamOptions options;
    options.view = options_.view;
    options.label = to_iso8601(kStart, 3, /*zone_letter=*/false);
    options.salt = salt;
    table(region).start_stream(options, moment(region));
  }

  // --- Time
  [[nodiscard]] Moment moment(RegionId region) const {
    return {now, kStart + (now - Instant{0}) + regions_[region.index()]->clock_offset};
  }
  void set_clock_offset(RegionId region, std::int64_t us) {
    regions_[region.index()]->clock_offset = Duration{us};
  }
  // Time passes at once; every region looks at its timers at the end.
  void advance(std::int64_t us) {
    now = now + Duration{us};
    for (const auto& region : regions_) tick(region->replica.region());
  }
  void tick(RegionId region) {
    Effects effects;
    replica(region).tick(moment(region), effects);
    take(region, effects);
  }

  // --- Writes. Each returns what the writer is told: "ok", "no change" or the error's name.
  [[nodiscard]] KeyId key(std::string_view text) {
    const AttributeValue value = AttributeValue::string(std::string(text));
    std::string encoded;
    append_value(encoded, value);
    return keys.intern(encode_item(Item{{"PK", value}}), hash_bytes(encoded));
  }
  static std::shared_ptr<const Condition> shared(const Condition& condition) {
    return std::make_shared<const Condition>(condition);
  }
  Operation put_operation(std::string_view key_text, const Item& item,
                          const Condition& condition = {}) {
    Operation operation;
    operation.key = key(key_text);
    operation.image = Image::make(encode_item(item));
    operation.condition = shared(condition);
    return operation;
  }
  std::string put(RegionId region, std::string_view key_text, std::string_view v,
                  const Condition& condition = {}) {
    return write(region, put_operation(key_text, item_of(key_text, v), condition));
  }
  std::string put_item(RegionId region, std::string_view key_text, const Item& item) {
    return write(region, put_operation(key_text, item));
  }
  std::string remove(RegionId region, std::string_view key_text, const Condition& condition = {}) {
    Operation operation;
    operation.kind = WriteKind::kDelete;
    operation.key = key(key_text);
    operation.condition = shared(condition);
    return write(region, operation);
  }
  std::string update(RegionId region, std::string_view key_text, const Update& update,
                     const Condition& condition = {}) {
    Operation operation;
    operation.kind = WriteKind::kUpdate;
    operation.key = key(key_text);
    operation.update = std::make_shared<const Update>(update);
    operation.condition = shared(condition);
    return write(region, operation);
  }
  std::string write(RegionId region, const Operation& operation, bool writer_waits = true) {
    WriteCall call;
    call.operations.push_back(operation);
    call.writer_waits = writer_waits;
    const WriteReply reply = ask(region, std::move(call));
    if (!reply.outcome) return error_name(reply.outcome.error().code);
    last_result = reply.outcome->front();
    return last_result.changed ? "ok" : "no change";
  }
  std::string transact(RegionId region, const std::vector<Operation>& operations) {
    WriteCall call;
    call.operations.assign(operations.begin(), operations.end());
    call.transaction = true;
    const WriteReply reply = ask(region, std::move(call));
    return reply.outcome ? "ok" : reply.outcome.error().detail;
  }
  // Every write is answered by the call that carries it out.
  WriteReply ask(RegionId region, WriteCall call) {
    Effects effects;
    replica(region).write(std::move(call), moment(region), effects);
    CHECK(effects.replies.size() == 1);
    WriteReply reply = std::move(effects.replies.front());
    take(region, effects);
    return reply;
  }

  // --- Messages, in the order of sending.
  void deliver(const Message& message) {
    Effects effects;
    replica(message.to).receive(message, moment(message.to), effects);
    take(message.to, effects);
  }
  // Takes the oldest message on its way between the two.
  Message take_message(RegionId from, RegionId to) {
    for (auto message = wire.begin(); message != wire.end(); ++message) {
      if (message->from != from || message->to != to) continue;
      Message taken = std::move(*message);
      wire.erase(message);
      return taken;
    }
    CHECK_DETAIL(false, "no message on its way");
    return {};
  }
  void deliver_one(RegionId from, RegionId to) { deliver(take_message(from, to)); }
  // Everything on its way between the two, and nothing that follows from it.
  void deliver_between(RegionId from, RegionId to) {
    std::deque<Message> left;
    std::deque<Message> due;
    for (Message& message : wire) {
      (message.from == from && message.to == to ? due : left).push_back(std::move(message));
    }
    wire = std::move(left);
    for (const Message& message : due) deliver(message);
  }
  // Until nothing is on its way.
  void deliver_all() {
    while (!wire.empty()) {
      const Message message = std::move(wire.front());
      wire.pop_front();
      deliver(message);
    }
  }
  void lose_all() { wire.clear(); }
  void lose_between(RegionId from, RegionId to) {
    std::erase_if(wire, [&](const Message& m) { return m.from == from && m.to == to; });
  }

  // --- Looking in
  [[nodiscard]] Replica& replica(RegionId region) { return regions_[region.index()]->replica; }
  [[nodiscard]] TableReplica& table(RegionId region) { return replica(region).table(kTable); }
  [[nodiscard]] Store& store_of(RegionId region) { return regions_[region.index()]->store; }
  [[nodiscard]] const StoredItem& stored(RegionId region, std::string_view key_text) {
    return table(region).store().get(key(key_text));
  }
  // "v (+5us a)", "- (+7us b)" for a tombstone, "- (never)".
  [[nodiscard]] std::string item(RegionId region, std::string_view key_text) {
    const StoredItem& held = stored(region, key_text);
    return text_of(held.image) + " (" + text_of(held.version) + ")";
  }
  // What the region has emitted since the last call, one line each.
  [[nodiscard]] std::vector<std::string> records(RegionId region) {
    return std::exchange(regions_[region.index()]->records, {});
  }
  [[nodiscard]] std::vector<std::string> quiet(RegionId region) {
    return std::exchange(regions_[region.index()]->quiet, {});
  }
  [[nodiscard]] std::vector<std::string> discards(RegionId region) {
    return std::exchange(regions_[region.index()]->discards, {});
  }

  // Everything that a region holds, tombstones included, in key order.
  [[nodiscard]] std::string contents(RegionId region) {
    std::string out;
    const Store& store = table(region).store();
    for (std::uint32_t i = 0; i < keys.size(); ++i) {
      const StoredItem& held = store.get(KeyId{i});
      if (!held.version.ever_written()) continue;
      out += std::to_string(i) + "=" + text_of(held.image) + " (" + text_of(held.version) + ") ";
    }
    return out;
  }

  Instant now{0};
  KeySpace keys;
  std::deque<Message> wire;
  OperationResult last_result;
  Effects last_effects;  // of the latest call, apart from its messages

 private:
  struct Region {
    explicit Region(RegionId region) : replica(region) {}
    MemoryStore store;
    Replica replica;
    Duration clock_offset{0};
    std::vector<std::string> records;
    std::vector<std::string> quiet;
    std::vector<std::string> discards;
  };

  [[nodiscard]] std::string key_text(KeyId key) const {
    const Item item = *decode_item(keys.bytes(key));
    return *item.at("PK").get_if<std::string>();
  }

  void take(RegionId region, Effects& effects) {
    Region& here = *regions_[region.index()];
    for (const EmittedRecord& emitted : effects.records) {
      const StreamRecord& record = emitted.record;
      here.records.push_back(std::string(to_text(record.event)) + " " + key_text(record.key) +
                             ": " + text_of(record.old_image) + " -> " + text_of(record.new_image) +
                             ", " + to_text(record.origin) + " " + name_of(record.version.origin) +
                             (record.ttl_identity ? " ttl" : ""));
    }
    for (const QuietApply& apply : effects.quiet_applies) {
      here.quiet.push_back(key_text(apply.key) + " " + text_of(apply.version) +
                           (apply.backfill ? " back-fill" : ""));
    }
    for (const Discard& discard : effects.discards) {
      here.discards.push_back(key_text(discard.key) + ": " + text_of(discard.discarded) + " for " +
                              text_of(discard.held));
    }
    for (Message& message : effects.messages) wire.push_back(std::move(message));
    effects.messages.clear();
    last_effects = std::move(effects);
  }

  Options options_;
  std::vector<std::unique_ptr<Region>> regions_;
};

inline ConditionTerm term(Comparison comparison, std::string attribute,
                          AttributeValue operand = {}) {
  return {comparison, std::move(attribute), std::move(operand)};
}
inline Condition not_exists() {
  return {term(Comparison::kNotExists, "PK")};
}
inline Condition exists() {
  return {term(Comparison::kExists, "PK")};
}
inline Condition v_is(std::string_view v) {
  return {term(Comparison::kEqual, "v", AttributeValue::string(std::string(v)))};
}
inline Update add_to_v(std::int64_t amount) {
  Update update;
  update.add.emplace("v", Number::from_integer(amount));
  return update;
}

using Lines = std::vector<std::string>;

}  // namespace gtsim::replica_fixture
