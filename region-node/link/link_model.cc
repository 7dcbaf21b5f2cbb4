#include "region-node/link/link_model.h"

#include <algorithm>

#include "region-node/link/delay_draw.h"

namespace gtsim {

void LinkModel::change(const LinkSettings& settings) {
  if (settings.latency) settings_.latency = settings.latency;
  if (settings.jitter) settings_.jitter = settings.jitter;
  if (settings.loss) settings_.loss = settings.loss;
  if (settings.duplicate) settings_.duplicate = settings.duplicate;
  if (settings.reorder) settings_.reorder = settings.reorder;
  if (settings.bandwidth_bytes_per_second) {
    settings_.bandwidth_bytes_per_second = settings.bandwidth_bytes_per_second;
    if (*settings_.bandwidth_bytes_per_second <= 0) settings_.bandwidth_bytes_per_second.reset();
  }
}

Instant LinkModel::arrival(Instant departure) {
  Instant at = departure + draw_delay(*settings_.latency, random_);
  if (settings_.jitter) at = at + draw_delay(*settings_.jitter, random_);
  return at;
}

LinkModel::Plan LinkModel::plan(Instant now, std::int64_t size_bytes) {
  Plan plan;
  if (cut_ || (settings_.loss && random_.chance(*settings_.loss))) {
    plan.copies = 0;
    return plan;
  }
  Instant departure = now;
  if (settings_.bandwidth_bytes_per_second) {
    const std::int64_t per_second =
        std::max<std::int64_t>(1, *settings_.bandwidth_bytes_per_second);
    departure = std::max(now, busy_until_) + Duration{size_bytes * 1'000'000 / per_second};
    busy_until_ = departure;
  }
  if (settings_.duplicate && random_.chance(*settings_.duplicate)) plan.copies = 2;
  for (int copy = 0; copy < plan.copies; ++copy) {
    plan.at[copy] = arrival(departure);
    plan.out_of_order[copy] = settings_.reorder && random_.chance(*settings_.reorder);
    if (plan.out_of_order[copy]) {
      // Late by up to another latency: what was sent meanwhile overtakes it.
      plan.at[copy] = plan.at[copy] + draw_delay(*settings_.latency, random_);
    } else {
      plan.at[copy] = std::max(plan.at[copy], latest_in_order_);
      latest_in_order_ = plan.at[copy];
    }
  }
  return plan;
}

}  // namespace gtsim
