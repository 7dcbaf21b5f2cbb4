#include "coordinator/check/ancestry.h"

#include <algorithm>

#include "region-node/base/check.h"

namespace gtsim {

namespace {

// What is forgotten is forgotten so many at a time: it costs a look at all that stays.
constexpr std::size_t kFewest = 16;

// Where a write of this version is, or belongs, in what is in the order of versions.
template <typename Writes>
auto place_of(Writes& writes, PackedVersion version) {
  return std::lower_bound(
      writes.begin(), writes.end(), version,
      [](const auto& each, PackedVersion sought) { return each.version < sought; });
}
// The end when there is none.
template <typename Writes>
auto find_version(Writes& writes, PackedVersion version) {
  const auto place = place_of(writes, version);
  return place != writes.end() && place->version == version ? place : writes.end();
}

}  // namespace

// Most losers are newer than all before them.
void Ancestry::lose(Fork& fork, const Loser& loser) {
  if (fork.losers.empty() || fork.losers.back().version < loser.version) {
    fork.losers.push_back(loser);
    return;
  }
  const auto place = place_of(fork.losers, loser.version);
  if (place->version != loser.version) fork.losers.insert(place, loser);
}

// Mostly one of the last, or older than all.
Ancestry::Loser* Ancestry::find_loser(Fork& fork, PackedVersion version) {
  constexpr std::size_t kLast = 8;
  std::vector<Loser>& losers = fork.losers;
  if (losers.empty() || version < losers.front().version) return nullptr;
  for (std::size_t i = 1; i <= std::min(kLast, losers.size()); ++i) {
    Loser& loser = losers[losers.size() - i];
    if (loser.version <= version) return loser.version == version ? &loser : nullptr;
  }
  const auto found = find_version(losers, version);
  return found != losers.end() ? &*found : nullptr;
}

// Back to the line, or to something older than all that is known of the key.
PackedVersion Ancestry::skip_losers(Fork& fork, PackedVersion ancestor) {
  while (const Loser* loser = find_loser(fork, ancestor)) ancestor = loser->ancestor;
  return ancestor;
}

void Ancestry::fork(KeyId key, std::span<const TracedWrite> line) {
  CHECK(!forked(key) && !line.empty());
  if (key.index() >= fork_of_.size()) fork_of_.resize(key.index() * 2 + 1, kNone);
  if (free_forks_.empty()) {
    free_forks_.push_back(static_cast<std::uint32_t>(forks_.size()));
    forks_.emplace_back();
  }
  fork_of_[key.index()] = free_forks_.back();
  free_forks_.pop_back();
  fork_of(key).line.assign(line.begin(), line.end());
}

// What lies between the write and its parent is something it met without having seen it, and
// nothing that it was built on had.
void Ancestry::meet(Fork& fork, const TracedWrite& write) {
  for (std::size_t i = fork.losers.size(); i > 0; --i) {
    Loser& loser = fork.losers[i - 1];
    if (loser.version <= write.parent) return;
    if (loser.version < write.version) loser.winner = std::max(loser.winner, write.version);
  }
}

// The same for a write that is told when what it met has been told already.
PackedVersion Ancestry::winner_over(const Fork& fork, PackedVersion version) {
  PackedVersion winner = kNothingPacked;
  const auto look_at = [&](const auto& writes) {
    for (std::size_t i = writes.size(); i > 0 && writes[i - 1].version > version; --i) {
      if (writes[i - 1].parent < version) winner = std::max(winner, writes[i - 1].version);
    }
  };
  look_at(fork.line);
  look_at(fork.losers);
  return winner;
}

void Ancestry::on_write(KeyId key, const TracedWrite& write) {
  Fork& fork = fork_of(key);
  meet(fork, write);
  if (write.parent == fork.line.back().version) {
    fork.line.push_back(write);
    return;
  }
  PackedVersion ancestor = write.parent;
  if (Loser* parent = find_loser(fork, write.parent)) {
    parent->built_on = true;
    ancestor = skip_losers(fork, parent->ancestor);
    for (Loser* loser = parent; loser != nullptr;) {
      Loser* const next = loser->ancestor == ancestor ? nullptr : find_loser(fork, loser->ancestor);
      loser->ancestor = ancestor;
      loser = next;
    }
  }
  // The newest of the line that this write was built on.
  const auto base = find_version(fork.line, ancestor);
  auto unseen = base == fork.line.end() ? fork.line.begin() : base + 1;

  // What it had not seen and is older loses to it; to what is newer it loses itself.
  const auto newer = std::upper_bound(
      unseen, fork.line.end(), write.version,
      [](PackedVersion version, const TracedWrite& each) { return version < each.version; });
  for (auto older = unseen; older != newer; ++older) {
    // Whoever comes next in the line was built on it. Its parent may be a loser that is forgotten.
    const PackedVersion before = older == fork.line.begin() ? older->parent : (older - 1)->version;
    lose(fork, {older->version, older->parent, write.version, before, older->acknowledged,
                /*built_on=*/older + 1 != fork.line.end()});
  }
  if (newer != fork.line.end()) {
    const PackedVersion winner = winner_over(fork, write.version);
    fork.line.erase(unseen, newer);
    lose(fork, {write.version, write.parent, winner, ancestor, write.acknowledged,
                /*built_on=*/false});
    return;
  }
  fork.line.erase(unseen, fork.line.end());
  fork.line.push_back(write);
}

// Nearly always of the write told last.
void Ancestry::on_acknowledged(KeyId key, PackedVersion version) {
  if (!forked(key)) return;
  Fork& fork = fork_of(key);
  if (fork.line.back().version == version) {
    fork.line.back().acknowledged = true;
  } else if (Loser* loser = find_loser(fork, version)) {
    loser->acknowledged = true;
  } else if (const auto held = find_version(fork.line, version); held != fork.line.end()) {
    held->acknowledged = true;
  }
}

void Ancestry::on_floor(KeyId key, PackedVersion floor) {
  if (!forked(key)) return;
  Fork& fork = fork_of(key);
  if (floor >= fork.line.back().version) return close(key);
  // A loser that nobody holds can be a parent no more.
  if (fork.losers.size() >= 2 * kFewest && fork.losers[fork.losers.size() / 2].version < floor) {
    const auto kept = place_of(fork.losers, floor);
    for (auto loser = kept; loser != fork.losers.end(); ++loser) {
      loser->ancestor = skip_losers(fork, loser->ancestor);
    }
    decide(key, fork, static_cast<std::size_t>(kept - fork.losers.begin()));
    fork.losers.erase(fork.losers.begin(), kept);
  }
  // Nor can what is older than the newest of the line that everybody has passed.
  if (fork.line.size() >= 2 * kFewest && fork.line[fork.line.size() / 2].version <= floor) {
    auto passed = place_of(fork.line, floor);
    if (passed->version != floor) --passed;
    fork.line.erase(fork.line.begin(), passed);
  }
}

void Ancestry::decide(KeyId key, const Fork& fork, std::size_t losers) {
  for (std::size_t i = 0; i < losers; ++i) {
    const Loser& loser = fork.losers[i];
    listener_.on_conflict(key, loser.winner, loser.version);
    if (!loser.built_on) listener_.on_lost(key, loser.winner, loser.version, loser.acknowledged);
  }
}

void Ancestry::close(KeyId key) {
  Fork& fork = fork_of(key);
  decide(key, fork, fork.losers.size());
  fork.losers.clear();
  fork.line.clear();
  free_forks_.push_back(fork_of_[key.index()]);
  fork_of_[key.index()] = kNone;
}

void Ancestry::finish() {
  for (std::size_t key = 0; key < fork_of_.size(); ++key) {
    if (fork_of_[key] != kNone) close(KeyId{static_cast<std::uint32_t>(key)});
  }
}

}  // namespace gtsim
