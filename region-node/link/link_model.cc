#include "region-node/link/link_model.h"

#include <algorithm>
#include <optional>
#include <tuple>

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
  // What is on its way in the order of the link holds back whatever would overtake its line.
  if (latest_in_line_.empty()) latest_of_others_ = latest_in_order_;
  if (is_random(settings_.latency) || is_random(settings_.jitter) || settings_.loss ||
      settings_.duplicate || breaks_order()) {
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

// One draw for a second, not for each message: the slowest of many would hold up its line, and the
// lag of a busy one would be that of the slowest always.
Duration LinkModel::lag_of(Instant now, std::uint32_t line) const {
  constexpr std::int64_t kSecond = 1'000'000;
  const auto second = static_cast<std::uint64_t>((now - Instant{}).count() / kSecond);
  return draw_delay(*settings_.lag, dice_.of("lag").of(line).of(second));
}

std::pair<Instant, bool> LinkModel::in_line(std::uint32_t line, Instant at, bool strays) {
  if (!breaks_order() && latest_in_line_.empty()) {
    latest_in_order_ = std::max(at, latest_in_order_);
    return {latest_in_order_, false};
  }
  const auto [last, is_new] = latest_in_line_.try_emplace(line, latest_of_others_);
  strays = strays || std::max(at, latest_in_order_) < last->second;
  if (strays) {
    last->second = std::max(at, last->second);
  } else {
    last->second = latest_in_order_ = std::max(at, latest_in_order_);
  }
  return {last->second, strays};
}

LinkModel::Plan LinkModel::plan(Instant now, const Parcel& parcel) {
  Plan plan;
  if (cut_) {
    plan.copies = 0;
    return plan;
  }
  if (!breaks_order() && !latest_in_line_.empty()) {
    std::erase_if(latest_in_line_, [&](const auto& line) { return line.second <= now; });
  }
  if (constant_delay_) {
    const Instant at = departure(now, parcel.size_bytes) + *constant_delay_;
    std::tie(plan.at[0], plan.out_of_order[0]) = in_line(parcel.line, at, false);
    return plan;
  }
  const Dice dice = dice_.of(parcel.identity);
  if (settings_.loss && dice.of(kLost).chance(*settings_.loss)) {
    plan.copies = 0;
    return plan;
  }
  const Instant departs = departure(now, parcel.size_bytes);
  if (settings_.duplicate && dice.of(kDuplicated).chance(*settings_.duplicate)) plan.copies = 2;
  for (int copy = 0; copy < plan.copies; ++copy) {
    const Dice each = copy == 0 ? dice : dice.of("copy");
    Instant at = arrival(departs, each);
    bool strays = false;
    if (settings_.lag && parcel.lags) {
      at = at + lag_of(now, parcel.line);
      strays = true;
    }
    if (settings_.reorder && each.of(kReordered).chance(*settings_.reorder)) {
      // Late by up to another latency: what other lines send meanwhile overtakes it.
      at = at + draw_delay(*settings_.latency, each.of(kOvertaken));
      strays = true;
    }
    std::tie(plan.at[copy], plan.out_of_order[copy]) = in_line(parcel.line, at, strays);
  }
  return plan;
}

}  // namespace gtsim
