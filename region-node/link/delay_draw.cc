#include "region-node/link/delay_draw.h"

#include <algorithm>

#include "region-node/base/check.h"
#include "region-node/base/math.h"

namespace gtsim {
namespace {

constexpr Duration kLongestDelay{3600LL * 1'000'000};

Duration bounded(double us) {
  if (!(us > 0)) return Duration{0};
  const auto longest = static_cast<double>(kLongestDelay.count());
  return us >= longest ? kLongestDelay : Duration{static_cast<std::int64_t>(us + 0.5)};
}

Duration draw_empirical(const std::vector<Duration>& points, Random& random) {
  if (points.size() == 1) return points.front();
  const double place = random.unit() * static_cast<double>(points.size() - 1);
  const auto index = static_cast<std::size_t>(place);
  const double share = place - static_cast<double>(index);
  const auto low = static_cast<double>(points[index].count());
  const auto high = static_cast<double>(points[index + 1].count());
  return bounded(low + (high - low) * share);
}

}  // namespace

Duration draw_delay(const DelayModel& model, const Dice& dice) {
  if (model.kind == DelayModel::Kind::kConstant) return model.first;
  Random random = dice.sequence();
  const auto first = static_cast<double>(model.first.count());
  const auto second = static_cast<double>(model.second.count());
  switch (model.kind) {
    case DelayModel::Kind::kConstant:
      return model.first;
    case DelayModel::Kind::kUniform:
      return model.first +
             Duration{static_cast<std::int64_t>(random.below(
                 static_cast<std::uint64_t>((model.second - model.first).count()) + 1))};
    case DelayModel::Kind::kNormal:
      return bounded(first + second * random.normal());
    case DelayModel::Kind::kLogNormal:
      return bounded(first * exponential(model.shape * random.normal()));
    case DelayModel::Kind::kPareto:
      return bounded(first * exponential(-natural_log(1.0 - random.unit()) / model.shape));
    case DelayModel::Kind::kEmpirical:
      return draw_empirical(model.points, random);
    case DelayModel::Kind::kAws:
      break;
  }
  CHECK_DETAIL(false, "an aws delay was not resolved before drawing");
  return Duration{0};
}

}  // namespace gtsim
