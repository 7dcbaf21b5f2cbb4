// Which writes of a table's keys were conflicts, and which of them are lost, by ancestry alone:
// each write has one parent, the version that its region held when it was made. Pure; told every
// write once, in an order in which parents come before children.
//
// - A write is a CONFLICT when some newer write of its key was not built on it, directly or through
//   others: the two met somewhere, and last-writer-wins let go of the older one.
// - A conflict is a LOST write when nobody built on it, ever: what it did is nowhere, and its
// writer
//   was not told.
//
// Neither depends on which changes arrived where, in which order, or were coalesced on the way.
//
// Nothing is kept for a key whose writes follow one another, but its newest version, which the
// caller knows. From its first fork on a key has a small account, until no region can write on
// anything but the newest version any more.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "region-node/base/ids.h"
#include "region-node/base/version.h"

namespace gtsim {

// A write that takes part in a conflict.
struct TracedWrite {
  Version version;
  Version parent;
  bool acknowledged = false;  // its writer was told "ok"
};

class AncestryListener {
 public:
  virtual ~AncestryListener() = default;
  // Both once no region can write on anything but the newest version any more, in the order of the
  // losers' versions. `winner`: that newest version; for a loser that somebody built on, which may
  // be the winner itself, the first write told that is newer and was not built on it.
  virtual void on_conflict(KeyId key, const Version& winner, const Version& loser) = 0;
  // Of a conflict that nobody built on, after its on_conflict.
  virtual void on_lost(KeyId key, const Version& winner, const TracedWrite& loser) = 0;
};

class Ancestry {
 public:
  explicit Ancestry(AncestryListener& listener) : listener_(listener) {}

  [[nodiscard]] bool forked(KeyId key) const {
    return key.index() < forked_.size() && forked_[key.index()];
  }
  // A write whose parent is not the newest version of its key, or any write of a key that is
  // forked. `chain`: asked once when the key forks, for all its writes so far that some region has
  // not passed, and the newest one in any case, oldest first.
  void on_write(KeyId key, const TracedWrite& write,
                const std::function<std::vector<TracedWrite>()>& chain);
  // The writer of a write of a forked key was told "ok".
  void on_acknowledged(KeyId key, const Version& version);
  // No region holds anything older than `floor` of the forked key any more.
  void on_floor(KeyId key, const Version& floor);
  // Nothing will be written any more.
  void finish();

 private:
  // A write that is a conflict, and what it was built on as far as that was told.
  struct Loser {
    TracedWrite write;
    Version winner;
    bool built_on = false;
    // The parent, or further back when all between lost too: long chains are walked once.
    Version ancestor;
  };
  struct Fork {
    // Writes that are no conflicts so far. Each was built on the one before, directly or not, so
    // that they are in the order of their versions and the last one is the newest of all.
    std::vector<TracedWrite> line;
    std::vector<Loser> losers;  // by version
  };
  static void lose(Fork& fork, const TracedWrite& loser, const Version& winner, bool built_on);
  [[nodiscard]] static Loser* find_loser(Fork& fork, const Version& version);
  void decide(KeyId key, const Fork& fork);

  AncestryListener& listener_;
  std::vector<bool> forked_;  // by KeyId
  std::map<KeyId, Fork> forks_;
};

}  // namespace gtsim
