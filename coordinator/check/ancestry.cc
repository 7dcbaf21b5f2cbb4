#include "coordinator/check/ancestry.h"

#include <algorithm>
#include <optional>

#include "region-node/base/check.h"

namespace gtsim {

void Ancestry::lose(Fork& fork, const TracedWrite& loser, const Version& winner, bool built_on) {
  fork.losers.emplace(loser.version, Loser{loser, winner, built_on});
}

void Ancestry::on_write(KeyId key, const TracedWrite& write,
                        const std::function<std::vector<TracedWrite>()>& chain) {
  if (!forked(key)) {
    if (key.index() >= forked_.size()) forked_.resize(key.index() * 2 + 1);
    forked_[key.index()] = true;
    forks_[key].line = chain();
  }
  Fork& fork = forks_[key];
  if (const auto parent = fork.losers.find(write.parent); parent != fork.losers.end()) {
    parent->second.built_on = true;
  }

  // The newest of the line that this write was built on. Losers lead back to the line, or to
  // something older than all that is known of the key.
  const auto place_of = [&](const Version& version) {
    return std::find_if(fork.line.begin(), fork.line.end(),
                        [&](const TracedWrite& each) { return each.version == version; });
  };
  Version ancestor = write.parent;
  auto base = place_of(ancestor);
  while (base == fork.line.end()) {
    const auto loser = fork.losers.find(ancestor);
    if (loser == fork.losers.end()) break;
    ancestor = loser->second.write.parent;
    base = place_of(ancestor);
  }
  auto unseen = base == fork.line.end() ? fork.line.begin() : base + 1;

  // What it had not seen and is older loses to it; to the oldest of what is newer it loses itself.
  const auto newer = std::find_if(unseen, fork.line.end(), [&](const TracedWrite& each) {
    return each.version > write.version;
  });
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
  if (const auto loser = fork.losers.find(version); loser != fork.losers.end()) {
    loser->second.write.acknowledged = true;
  }
  for (TracedWrite& write : fork.line) {
    if (write.version == version) write.acknowledged = true;
  }
}

void Ancestry::on_floor(KeyId key, const Version& floor) {
  if (!forked(key)) return;
  const auto found = forks_.find(key);
  CHECK(found != forks_.end());
  Fork& fork = found->second;
  if (floor < fork.line.back().version) {
    // Older ones than the newest that everybody has passed can be a parent no more.
    while (fork.line.size() > 1 && fork.line[1].version <= floor)
      fork.line.erase(fork.line.begin());
    return;
  }
  decide(key, fork);
  forks_.erase(found);
  forked_[key.index()] = false;
}

void Ancestry::decide(KeyId key, const Fork& fork) {
  for (const auto& [version, loser] : fork.losers) {
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
