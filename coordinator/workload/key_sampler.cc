#include "coordinator/workload/key_sampler.h"

#include "region-node/base/math.h"

namespace gtsim {
namespace {

// i^exponent for i in [1, count], beginning with 1. Only primes are raised; what they divide is a
// product.
std::vector<double> powers(std::uint32_t count, double exponent) {
  std::vector<double> raised(count, 1);
  std::vector<std::uint32_t> least_factor(std::size_t{count} + 1);
  for (std::uint64_t i = 2; i <= count; ++i) {
    if (const std::uint32_t factor = least_factor[i]; factor != 0) {
      raised[i - 1] = raised[factor - 1] * raised[i / factor - 1];
      continue;
    }
    raised[i - 1] = power(static_cast<double>(i), exponent);
    for (std::uint64_t multiple = i * i; multiple <= count; multiple += i) {
      if (least_factor[multiple] == 0) least_factor[multiple] = static_cast<std::uint32_t>(i);
    }
  }
  return raised;
}

}  // namespace

KeySampler::KeySampler(const KeyDistribution& distribution)
    : keys_(static_cast<std::uint32_t>(distribution.keys)) {
  if (distribution.kind == KeyDistribution::Kind::kHot) {
    hot_keys_ = static_cast<std::uint32_t>(distribution.hot_keys);
    hot_share_ = distribution.hot_share;
  }
  if (distribution.kind != KeyDistribution::Kind::kZipf) return;
  std::vector<double> weight = powers(keys_, distribution.exponent);
  double sum = 0;
  for (double& w : weight) {
    w = 1.0 / w;
    sum += w;
  }
  for (double& w : weight) w = w / sum * keys_;  // mean 1
  slots_.resize(keys_);
  std::vector<std::uint32_t> small;
  std::vector<std::uint32_t> large;
  for (std::uint32_t i = 0; i < keys_; ++i) (weight[i] < 1 ? small : large).push_back(i);
  const auto fill = [this](std::uint32_t slot, double share, std::uint32_t alias) {
    const double scaled = share * 4294967296.0;
    slots_[slot] = {scaled >= 4294967295.0 ? UINT32_MAX : static_cast<std::uint32_t>(scaled),
                    alias};
  };
  while (!small.empty() && !large.empty()) {
    const std::uint32_t poor = small.back();
    const std::uint32_t rich = large.back();
    small.pop_back();
    fill(poor, weight[poor], rich);
    weight[rich] -= 1 - weight[poor];
    if (weight[rich] < 1) {
      large.pop_back();
      small.push_back(rich);
    }
  }
  for (const std::uint32_t rest : small) fill(rest, 1, rest);
  for (const std::uint32_t rest : large) fill(rest, 1, rest);
}

std::uint32_t KeySampler::draw(Random& random) const {
  if (!slots_.empty()) {
    const std::uint64_t bits = random.next();
    const auto slot = static_cast<std::uint32_t>(((bits >> 32) * keys_) >> 32);
    return static_cast<std::uint32_t>(bits) < slots_[slot].threshold ? slot : slots_[slot].alias;
  }
  if (hot_keys_ == 0) return static_cast<std::uint32_t>(random.below(keys_));
  if (hot_keys_ == keys_ || random.chance(hot_share_)) {
    return static_cast<std::uint32_t>(random.below(hot_keys_));
  }
  return hot_keys_ + static_cast<std::uint32_t>(random.below(keys_ - hot_keys_));
}

}  // namespace gtsim
