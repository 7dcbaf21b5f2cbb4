#include "coordinator/workload/generator.h"

#include <algorithm>

#include "region-node/base/hash.h"
#include "region-node/base/math.h"
#include "region-node/base/quantity_text.h"

namespace gtsim {

Generator::Generator(const WorkloadSpec& spec, const TableSpec& table, RegionId region,
                     std::string region_name, Dice dice, std::shared_ptr<const KeySampler> sampler,
                     std::shared_ptr<ItemFactory> factory)
    : spec_(spec),
      region_(region),
      home_name_(std::move(region_name)),
      updates_name_(home_name_),
      arrivals_(dice.of("arrivals")),
      contents_(dice.of("contents")),
      fates_(dice.of("fates")),
      sampler_(std::move(sampler)),
      factory_(std::move(factory)) {
  const OperationMix& mix = spec.mix;
  total_weight_ =
      mix.put + mix.update + mix.remove + mix.put_if_absent + mix.increment + mix.transact;
  mean_gap_us_ = 1e6 / spec.rate_per_second;
  if (spec.for_duration) end_ = Instant{0} + spec.start + *spec.for_duration;
  absent_ = std::make_shared<const Condition>(
      Condition{{Comparison::kNotExists, table.key.hash.name, {}}});
  update_ = std::make_shared<Update>();
  update_->set[ItemFactory::kPayloadName] = AttributeValue::string({});
  if (!spec.region_attribute.empty()) {
    update_->set[spec.region_attribute] = AttributeValue::string(home_name_);
  }
  Update increment;
  increment.add[ItemFactory::kCounterName] = Number::from_integer(1);
  increment_ = std::make_shared<const Update>(std::move(increment));
  exact_next_us_ = static_cast<double>(spec.start.count());
  if (!spec.poisson) {
    // Regions of one workload do not write in step.
    exact_next_us_ += arrivals_.of("phase").unit() * mean_gap_us_;
    exact_next_us_ -= mean_gap_us_;
  }
  schedule_next();
}

void Generator::schedule_next() {
  // Mean 1, by the logarithm of a number in (0, 1].
  const double gaps = spec_.poisson ? -natural_log(1.0 - arrivals_.of(made_).unit()) : 1.0;
  exact_next_us_ += gaps * mean_gap_us_;
  // Random gaps may add up to more than the scenario's language lets a workload last; the writes
  // that are left then come at once, so that `count` holds and no time overflows.
  constexpr auto kLatestUs = 2 * static_cast<double>(kLongestDuration.count());
  exact_next_us_ = std::min(exact_next_us_, kLatestUs);
  const Instant at{static_cast<std::int64_t>(exact_next_us_)};
  const bool over =
      at >= end_ || (spec_.count && made_ >= static_cast<std::uint64_t>(*spec_.count));
  next_ = over ? std::nullopt : std::optional<Instant>{at};
}

Generator::Kind Generator::draw_kind(Random& contents) const {
  const OperationMix& mix = spec_.mix;
  if (mix.put == total_weight_) return Kind::kPut;
  auto ticket =
      static_cast<std::int64_t>(contents.below(static_cast<std::uint64_t>(total_weight_)));
  const auto taken = [&ticket](std::int64_t weight) {
    ticket -= weight;
    return ticket < 0;
  };
  if (taken(mix.put)) return Kind::kPut;
  if (taken(mix.update)) return Kind::kUpdate;
  if (taken(mix.remove)) return Kind::kDelete;
  if (taken(mix.put_if_absent)) return Kind::kPutIfAbsent;
  if (taken(mix.increment)) return Kind::kIncrement;
  return Kind::kTransact;
}

std::int64_t Generator::draw_size(Random& contents) const {
  const auto width =
      static_cast<std::uint64_t>(spec_.item_size_bytes_max - spec_.item_size_bytes_min);
  return spec_.item_size_bytes_min +
         (width == 0 ? 0 : static_cast<std::int64_t>(contents.below(width + 1)));
}

Image Generator::draw_item(KeyId key, std::size_t part, WallTime clock,
                           const std::string& region_name, Random& contents) {
  std::optional<std::int64_t> expiry;
  if (spec_.expires_after) expiry = (clock + *spec_.expires_after).us / 1'000'000;
  // Region and count make the stamp unique in the workload; mixing keeps payloads from looking
  // alike.
  const std::uint64_t stamp = mix((std::uint64_t{region_.value()} << 48) + made_ * 8 + part);
  return factory_->item(key, draw_size(contents), stamp, expiry, region_name);
}

// Each with a payload of its own. One that nobody holds any more is used again.
std::shared_ptr<const Update> Generator::draw_update(const std::string& region_name,
                                                     Random& contents) {
  if (update_.use_count() > 1) update_ = std::make_shared<Update>(*update_);
  if (!spec_.region_attribute.empty() && region_name != updates_name_) {
    updates_name_ = region_name;
    update_->set[spec_.region_attribute] = AttributeValue::string(region_name);
  }
  const std::uint64_t stamp = mix((std::uint64_t{region_.value()} << 48) + made_ * 8);
  update_->set.find(ItemFactory::kPayloadName)->second =
      AttributeValue::string(ItemFactory::payload(
          stamp, static_cast<std::size_t>(std::max<std::int64_t>(draw_size(contents), 16))));
  return update_;
}

WriteCall Generator::take(WallTime clock, const std::string& region_name) {
  Random contents = contents_.of(made_).sequence();
  const Kind kind = draw_kind(contents);
  WriteCall call;
  const auto operation = [&](WriteKind what, KeyId key) -> Operation& {
    Operation& made = call.operations.emplace_back();
    made.kind = what;
    made.table = spec_.table;
    made.key = key;
    return made;
  };
  const auto draw_key = [&] { return factory_->key(sampler_->draw(contents)); };
  switch (kind) {
    case Kind::kPut:
    case Kind::kPutIfAbsent: {
      const KeyId key = draw_key();
      Image image = draw_item(key, 0, clock, region_name, contents);
      Operation& made = operation(WriteKind::kPut, key);
      made.image = std::move(image);
      if (kind == Kind::kPutIfAbsent) made.condition = absent_;
      break;
    }
    case Kind::kUpdate: {
      Operation& made = operation(WriteKind::kUpdate, draw_key());
      made.update = draw_update(region_name, contents);
      break;
    }
    case Kind::kDelete:
      operation(WriteKind::kDelete, draw_key());
      break;
    case Kind::kIncrement:
      operation(WriteKind::kUpdate, draw_key()).update = increment_;
      break;
    case Kind::kTransact: {
      call.transaction = true;
      const std::size_t wanted = 2 + contents.below(3);
      // A transaction may not name an item twice; with few keys it is simply smaller.
      for (std::size_t attempt = 0; attempt < wanted * 4 && call.operations.size() < wanted;
           ++attempt) {
        const KeyId key = draw_key();
        const bool twice = std::any_of(call.operations.begin(), call.operations.end(),
                                       [key](const Operation& o) { return o.key == key; });
        if (twice) continue;
        Image image = draw_item(key, call.operations.size(), clock, region_name, contents);
        operation(WriteKind::kPut, key).image = std::move(image);
      }
      break;
    }
  }
  ++made_;
  schedule_next();
  return call;
}

}  // namespace gtsim
