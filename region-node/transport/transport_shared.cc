#include "region-node/transport/transport_shared.h"

#include <fmt/format.h>

#include <algorithm>

#include "region-node/base/check.h"

namespace gtsim {

RegionId TransportShared::number_of(const NodeConfig& config) {
  const auto found = std::find(config.regions.begin(), config.regions.end(), config.region);
  CHECK(found != config.regions.end());
  return RegionId{static_cast<std::uint16_t>(found - config.regions.begin())};
}

void Notices::tell(RegionId peer, std::string text) {
  {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (now - window_start_ >= kWindow) {
      window_start_ = now;
      told_ = 0;
    }
    if (told_ == kAtOnce) {
      ++left_out_;
      return;
    }
    ++told_;
    if (left_out_ != 0) text += fmt::format(" ({} notices before it were left out)", left_out_);
    left_out_ = 0;
  }
  gate_.pass([&](TransportListener& listener) { listener.on_notice(peer, std::move(text)); });
}

}  // namespace gtsim
