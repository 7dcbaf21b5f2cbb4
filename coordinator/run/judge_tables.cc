#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>

#include "coordinator/language/item_text.h"
#include "coordinator/run/expectation_state.h"
#include "region-node/base/hash.h"
#include "region-node/item/canonical.h"

namespace gtsim {
namespace {

std::string shown(const Item& item) {
  constexpr std::size_t kLongest = 300;
  std::string text = item_text(item);
  if (text.size() <= kLongest) return text;
  std::size_t end = kLongest;
  while ((static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // between characters
  return text.substr(0, end) + "...";
}

bool contains(const Item& item, const Item& part) {
  return std::all_of(part.begin(), part.end(), [&](const auto& wanted) {
    const auto found = item.find(wanted.first);
    return found != item.end() && found->second == wanted.second;
  });
}

// The region whose copy stands for the table: the first one that is ACTIVE.
std::optional<RegionId> any_active(const EvaluationContext& context, TableId table) {
  for (std::size_t i = 0; i < context.scenario.regions.size(); ++i) {
    const RegionId region{static_cast<std::uint16_t>(i)};
    if (context.cluster.replica_status(region, table) == ReplicaStatus::kActive) return region;
  }
  return std::nullopt;
}

}  // namespace

Judgement judge(const ItemExpectation& expected, const ExpectationState& state,
                const EvaluationContext& context) {
  std::vector<std::string> holding;  // "region: item"
  std::vector<std::string> failing;
  std::vector<std::string> items;
  for (const RegionId region : expected.regions) {
    const StoredItem& stored = context.cluster.item(region, expected.table, state.key);
    std::string found;
    bool holds = false;
    if (!stored.image) {
      holds = expected.absent;
      found = "no such item";
    } else {
      const auto item = decode_item(stored.image.bytes());
      found = shown(*item);
      if (expected.equals) {
        Item whole = *expected.equals;
        const auto key = decode_item(context.cluster.keys(expected.table).bytes(state.key));
        whole.insert(key->begin(), key->end());
        holds = *item == whole;
      } else if (expected.has) {
        holds = contains(*item, *expected.has);
      } else {
        holds = !expected.absent;
      }
    }
    (holds ? holding : failing)
        .push_back(fmt::format("{}: {}", context.scenario.regions[region.index()].name, found));
    items.push_back(std::move(found));
  }
  // Regions that hold are not listed beside one that does not, nor one by one when they are alike.
  const bool alike =
      std::adjacent_find(items.begin(), items.end(), std::not_equal_to<>{}) == items.end();
  if (failing.empty() && alike && !items.empty()) return {true, "found " + items.front()};
  return {failing.empty(),
          fmt::format("found {}", fmt::join(failing.empty() ? holding : failing, "; "))};
}

Judgement judge(const CounterExpectation& expected, const ExpectationState& state,
                const EvaluationContext& context) {
  const auto region = any_active(context, expected.table);
  if (!region) return {false, "no region holds the table"};
  Number final_value;
  const StoredItem& stored = context.cluster.item(*region, expected.table, state.key);
  if (stored.image) {
    const auto item = decode_item(stored.image.bytes());
    const auto found = item->find(expected.attribute);
    if (found != item->end()) {
      const Number* number = found->second.get_if<Number>();
      if (number == nullptr) return {false, fmt::format("{} is not a number", expected.attribute)};
      final_value = *number;
    }
  }
  const auto lost = state.acknowledged.plus(final_value.negated());
  if (!lost) return {false, lost.error().detail};
  const std::string text = lost->to_string();
  std::int64_t whole = 0;
  const bool integral = std::from_chars(text.data(), text.data() + text.size(), whole).ptr ==
                        text.data() + text.size();
  return {integral && expected.lost.holds(whole),
          fmt::format("{} of {} acknowledged are lost, the counter shows {}", text,
                      state.acknowledged.to_string(), final_value.to_string())};
}

std::uint64_t table_digest(const Cluster& cluster, KeySpace& keys, RegionId region, TableId table) {
  std::vector<KeyId> present;
  for (std::uint32_t key = 0; key < keys.size(); ++key) {
    if (cluster.item(region, table, KeyId{key}).image) present.push_back(KeyId{key});
  }
  std::sort(present.begin(), present.end(),
            [&](KeyId a, KeyId b) { return keys.bytes(a) < keys.bytes(b); });
  Digest digest;
  for (const KeyId key : present) {
    digest.add(hash_bytes(keys.bytes(key)));
    digest.add(hash_bytes(cluster.item(region, table, key).image.bytes()));
  }
  return digest.value();
}

Judgement judge(const DigestExpectation& expected, const ExpectationState&,
                const EvaluationContext& context) {
  Judgement judgement{true, {}};
  for (std::size_t i = 0; i < context.scenario.tables.size(); ++i) {
    const TableId table{static_cast<std::uint16_t>(i)};
    if (expected.table && *expected.table != table) continue;
    std::optional<std::uint64_t> first;
    for (std::size_t r = 0; r < context.scenario.regions.size(); ++r) {
      const RegionId region{static_cast<std::uint16_t>(r)};
      if (context.cluster.replica_status(region, table) != ReplicaStatus::kActive) continue;
      const std::uint64_t digest =
          table_digest(context.cluster, context.cluster.keys(table), region, table);
      const bool holds = expected.is ? to_hex(digest) == *expected.is : !first || digest == *first;
      if (!first || !holds) {
        if (!judgement.found.empty()) judgement.found += ", ";
        judgement.found += fmt::format("{} in {}: {}", context.scenario.tables[i].name,
                                       context.scenario.regions[r].name, to_hex(digest));
      }
      judgement.holds = judgement.holds && holds;
      if (!first) first = digest;
    }
  }
  return judgement;
}

}  // namespace gtsim
