#include "coordinator/check/ancestry.h"

#include <algorithm>

#include "region-node/base/check.h"

namespace gtsim {

namespace {

// Where a write of this version is, or belongs, in what is in the order of versions.
const Version& version_of(const TracedWrite& write) {
  return write.version;
}
template <typename Loser>
const Version& version_of(const Loser& loser) {
  return loser.write.version;
}
template <typename Writes>
auto place_of(Writes& writes, const Version& version) {
  return std::lower_bound(
      writes.begin(), writes.end(), version,
      [](const auto& each, const Version& sought) { return version_of(each) < sought; });
}
// The end when there is none.
template <typename Writes>
auto find_version(Writes& writes, const Version& version) {
  const auto place = place_of(writes, version);
  return place != writes.end() && version_of(*place) == version ? place : writes.end();
}

}  // namespace

// Most losers are newer than all before them.
void Ancestry::lose(Fork& fork, const TracedWrite& loser, const Version& winner, bool built_on) {
  const auto place = place_of(fork.losers, loser.version);
  if (place != fork.losers.end() && place->write.version == loser.version) return;
  fork.losers.insert(place, Loser{loser, winner, built_on, loser.parent});
}

Ancestry::Loser* Ancestry::find_loser(Fork& fork, const Version& version) {
  const auto found = find_version(fork.losers, version);
  return found != fork.losers.end() ? &*found : nullptr;
}

void Ancestry::on_write(KeyId key, const TracedWrite& write,
                        const std::function<std::vector<TracedWrite>()>& chain) {
  if (!forked(key)) {
    if (key.index() >= forked_.size()) forked_.resize(key.index() * 2 + 1);
    forked_[key.index()] = true;
    forks_[key].line = chain();
  }
  Fork& fork = forks_[key];
  if (Loser* parent = find_loser(fork, write.parent)) parent->built_on = true;

  // The newest of the line that this write was built on. Losers lead back to the line, or to
  // something older than all that is known of the key.
  Version ancestor = write.parent;
  while (const Loser* loser = find_loser(fork, ancestor)) ancestor = loser->ancestor;
  for (Loser* loser = find_loser(fork, write.parent); loser != nullptr;) {
    Loser* const next = find_loser(fork, loser->ancestor);
    loser->ancestor = ancestor;
    loser = next;
  }
  const auto base = find_version(fork.line, ancestor);
  auto unseen = base == fork.line.end() ? fork.line.begin() : base + 1;

  // What it had not seen and is older loses to it; to the oldest of what is newer it loses itself.
  const auto newer = std::upper_bound(
      unseen, fork.line.end(), write.version,
      [](const Version& version, const TracedWrite& each) { return version < each.version; });
  for (auto older = unseen; older != newer; ++older) {
    // Whoever comes next in the line was built on it.
    lose(fork, *older, write.version, /*built_on=*/older + 1 != fork.line.end());
  }
  if (newer != fork.line.end()) {
    const Version winner = newer->version;
    fork.line.erase(unseen, newer);
    lose(fork, write, winner, /*built_on=*/false);
    return;
  }
  fork.line.erase(unseen, fork.line.end());
  fork.line.push_back(write);
}

void Ancestry::on_acknowledged(KeyId key, const Version& version) {
  if (!forked(key)) return;
  Fork& fork = forks_[key];
  if (Loser* loser = find_loser(fork, version)) loser->write.acknowledged = true;
  const auto held = find_version(fork.line, version);
  if (held != fork.line.end()) held->acknowledged = true;
}

void Ancestry::on_floor(KeyId key, const Version& floor) {
  if (!forked(key)) return;
  const auto found = forks_.find(key);
  CHECK(found != forks_.end());
  Fork& fork = found->second;
  if (floor < fork.line.back().version) {
    // Older ones than the newest that everybody has passed can be a parent no more.
    std::size_t passed = 0;
    while (passed + 1 < fork.line.size() && fork.line[passed + 1].version <= floor) ++passed;
    fork.line.erase(fork.line.begin(), fork.line.begin() + static_cast<std::ptrdiff_t>(passed));
    return;
  }
  decide(key, fork);
  forks_.erase(found);
  forked_[key.index()] = false;
}

void Ancestry::decide(KeyId key, const Fork& fork) {
  for (const Loser& loser : fork.losers) {
    const Version& version = loser.write.version;
    const Version& winner = loser.built_on ? loser.winner : fork.line.back().version;
    listener_.on_conflict(key, winner, version);
    if (!loser.built_on) listener_.on_lost(key, winner, loser.write);
  }
}

void Ancestry::finish() {
  for (const auto& [key, fork] : forks_) {
    decide(key, fork);
    forked_[key.index()] = false;
  }
  forks_.clear();
}

}  // namespace gtsim
