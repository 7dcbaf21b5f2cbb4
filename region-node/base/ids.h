// Small ids for the things that are named once and referred to millions of times. Names live with
// whoever interned them (the scenario, the daemon's configuration).
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

namespace gtsim {

template <class Tag, class Rep>
class Tagged {
 public:
  constexpr Tagged() = default;
  constexpr explicit Tagged(Rep value) : value_(value) {}
  [[nodiscard]] constexpr Rep value() const { return value_; }
  // For indexing dense vectors.
  [[nodiscard]] constexpr std::size_t index() const { return static_cast<std::size_t>(value_); }
  friend constexpr auto operator<=>(const Tagged&, const Tagged&) = default;

 private:
  Rep value_{};
};

// Regions are numbered in the byte order of their names, so comparing ids is comparing names: the
// tie-break of versions (version.h) relies on it.
using RegionId = Tagged<struct RegionTag, std::uint16_t>;
using TableId = Tagged<struct TableTag, std::uint16_t>;
// A primary key, interned per table where a write enters (table/key_space.h).
using KeyId = Tagged<struct KeyTag, std::uint32_t>;

inline constexpr std::uint16_t kMaxRegions = 64;

}  // namespace gtsim
