// Lanes: the changes of one table go to a peer in several that do not wait for one another. Order
// is kept within a lane, and all changes of one item go by the same one, so that it is kept for
// each item and for no more, as the service promises ("each source partition ships its writes in
// parallel").
#pragma once

#include <cstdint>
#include <map>
#include <string_view>

#include "region-node/base/hash.h"

namespace gtsim {

inline constexpr std::uint16_t kMostLanes = 256;

// The lane of an item, by its key as canonical bytes.
[[nodiscard]] inline std::uint16_t lane_of(std::string_view key, std::uint16_t lanes) {
  return lanes <= 1 ? std::uint16_t{0} : static_cast<std::uint16_t>(hash_bytes(key, 0) % lanes);
}

// What has come of another region's log. Without lanes a floor is all there is.
class ReceivedLog {
 public:
  // Everything below is here.
  [[nodiscard]] std::uint64_t floor() const { return floor_; }
  // Everything of the lane below is here. `lanes`: how many the origin has; when it had another
  // number before, nothing is known of this one but the floor.
  [[nodiscard]] std::uint64_t of_lane(std::uint16_t lane, std::uint16_t lanes) const {
    if (lanes != lanes_) return floor_;
    const auto above = above_.find(lane);
    return above == above_.end() ? floor_ : above->second;
  }
  // Beyond this position nothing has come.
  [[nodiscard]] std::uint64_t furthest() const {
    std::uint64_t furthest = floor_;
    for (const auto& [lane, position] : above_)
      furthest = position > furthest ? position : furthest;
    return furthest;
  }

  void raise_floor(std::uint64_t position) {
    if (position <= floor_) return;
    floor_ = position;
    std::erase_if(above_, [position](const auto& lane) { return lane.second <= position; });
    if (above_.empty()) lanes_ = 1;
  }
  void raise_lane(std::uint16_t lane, std::uint16_t lanes, std::uint64_t position) {
    if (lanes <= 1) return raise_floor(position);
    if (position <= floor_) return;
    if (lanes != lanes_) above_.clear();
    lanes_ = lanes;
    above_[lane] = position;
  }
  // From here on, whatever was before.
  void start_at(std::uint64_t position) {
    *this = {};
    floor_ = position;
  }

  [[nodiscard]] std::uint16_t lanes() const { return lanes_; }
  // By lane, those that are beyond the floor.
  [[nodiscard]] const std::map<std::uint16_t, std::uint64_t>& above() const { return above_; }

  friend bool operator==(const ReceivedLog&, const ReceivedLog&) = default;

 private:
  std::uint64_t floor_ = 0;
  std::uint16_t lanes_ = 1;  // of which above_ speaks; 1: it is empty
  std::map<std::uint16_t, std::uint64_t> above_;
};

}  // namespace gtsim
