#include "region-node/table/key_space.h"

#include "region-node/base/check.h"
#include "region-node/base/hash.h"

namespace gtsim {
namespace {

std::uint32_t tag_of(std::uint64_t hash) {
  return static_cast<std::uint32_t>(hash >> 32);
}

}  // namespace

KeySpace::KeySpace() : places_(64, 0) {}

std::size_t KeySpace::place_of(std::string_view key_bytes, std::uint64_t hash) const {
  const std::size_t mask = places_.size() - 1;
  for (std::size_t place = hash & mask;; place = (place + 1) & mask) {
    const std::uint32_t found = places_[place];
    if (found == 0) return place;
    const Entry& entry = entries_[found - 1];
    if (entry.tag == tag_of(hash) && bytes(KeyId{found - 1}) == key_bytes) return place;
  }
}

bool KeySpace::find(std::string_view key_bytes, KeyId& out) const {
  const std::uint32_t found = places_[place_of(key_bytes, hash_bytes(key_bytes))];
  if (found == 0) return false;
  out = KeyId{found - 1};
  return true;
}

KeyId KeySpace::intern(std::string_view key_bytes, std::uint64_t partition_hash) {
  const std::uint64_t hash = hash_bytes(key_bytes);
  std::size_t place = place_of(key_bytes, hash);
  if (places_[place] != 0) return KeyId{places_[place] - 1};
  CHECK(entries_.size() < UINT32_MAX - 1);
  if ((entries_.size() + 1) * 2 > places_.size()) {
    resize_places(places_.size() * 2);
    place = place_of(key_bytes, hash);
  }
  entries_.push_back(
      {partition_hash, text_.size(), static_cast<std::uint32_t>(key_bytes.size()), tag_of(hash)});
  text_.append(key_bytes);
  places_[place] = static_cast<std::uint32_t>(entries_.size());
  return KeyId{places_[place] - 1};
}

void KeySpace::reserve(std::size_t count) {
  entries_.reserve(count);
  std::size_t places = places_.size();
  while (places < count * 2) places *= 2;
  if (places > places_.size()) resize_places(places);
}

void KeySpace::resize_places(std::size_t count) {
  places_.assign(count, 0);
  const std::size_t mask = places_.size() - 1;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    std::size_t place = hash_bytes(bytes(KeyId{static_cast<std::uint32_t>(i)})) & mask;
    while (places_[place] != 0) place = (place + 1) & mask;
    places_[place] = static_cast<std::uint32_t>(i + 1);
  }
}

}  // namespace gtsim
