#include "region-node/link/link_model.h"

#include <algorithm>
#include <optional>

#include "region-node/link/delay_draw.h"
#include "region-node/link/link_setting_members.h"

namespace gtsim {
namespace {

// Each question about a message has dice of its own.
enum Question : std::uint64_t { kLost, kDuplicated, kDelay, kJitter, kReordered, kOvertaken };

bool is_random(const std::optional<DelayModel>& delay) {
  return delay && delay->kind != DelayModel::Kind::kConstant;
}

}  // namespace

void LinkModel::look_at_settings() {
  constant_delay_.reset();
  if (is_random(settings_.latency) || is_random(settings_.jitter) || settings_.loss ||
      settings_.duplicate || settings_.reorder) {
    return;
  }
  constant_delay_ = settings_.latency->first;
  if (settings_.jitter) *constant_delay_ += settings_.jitter->first;
}

void LinkModel::change(const LinkSettings& settings) {
  set_members(settings_, settings);
  if (settings.bandwidth_bytes_per_second.value_or(1) <= 0) {
    settings_.bandwidth_bytes_per_second.reset();
  }
  look_at_settings();
}

Instant LinkModel::arrival(Instant departs, const Dice& dice) const {
  Instant at = departs + draw_delay(*settings_.latency, dice.of(kDelay));
  if (settings_.jitter) at = at + draw_delay(*settings_.jitter, dice.of(kJitter));
  return at;
}

Instant LinkModel::departure(Instant now, std::int64_t size_bytes) {
  if (!settings_.bandwidth_bytes_per_second) return now;
  const std::int64_t per_second = std::max<std::int64_t>(1, *settings_.bandwidth_bytes_per_second);
  busy_until_ = std::max(now, busy_until_) + Duration{size_bytes * 1'000'000 / per_second};
  return busy_until_;
}

LinkModel::Plan LinkModel::plan(Instant now, std::int64_t size_bytes, std::uint64_t identity) {
  Plan plan;
  if (cut_) {
    plan.copies = 0;
    return plan;
  }
  if (constant_delay_) {
    latest_in_order_ = std::max(departure(now, size_bytes) + *constant_delay_, latest_in_order_);
    plan.at[0] = latest_in_order_;
    return plan;
  }
  const Dice dice = dice_.of(identity);
  if (settings_.loss && dice.of(kLost).chance(*settings_.loss)) {
    plan.copies = 0;
    return plan;
  }
  const Instant departs = departure(now, size_bytes);
  if (settings_.duplicate && dice.of(kDuplicated).chance(*settings_.duplicate)) plan.copies = 2;
  for (int copy = 0; copy < plan.copies; ++copy) {
    const Dice each = copy == 0 ? dice : dice.of("copy");
    plan.at[copy] = arrival(departs, each);
    plan.out_of_order[copy] = settings_.reorder && each.of(kReordered).chance(*settings_.reorder);
    if (plan.out_of_order[copy]) {
      // Late by up to another latency: what was sent meanwhile overtakes it.
      plan.at[copy] = plan.at[copy] + draw_delay(*settings_.latency, each.of(kOvertaken));
    } else {
      plan.at[copy] = std::max(plan.at[copy], latest_in_order_);
      latest_in_order_ = plan.at[copy];
    }
  }
  return plan;
}

}  // namespace gtsim
