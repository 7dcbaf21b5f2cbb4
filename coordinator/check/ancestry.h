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
// caller knows. From its first fork on a key has an account of the writes that some region may
// still build on, and of some more, until no region can write on anything but the newest version
// any more.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "coordinator/check/packed_version.h"
#include "region-node/base/ids.h"

namespace gtsim {

// A write that takes part in a conflict.
struct TracedWrite {
  PackedVersion version = kNothingPacked;
  PackedVersion parent = kNothingPacked;
  bool acknowledged = false;  // its writer was told "ok"
};

class AncestryListener {
 public:
  virtual ~AncestryListener() = default;
  // Both once no region can build on the loser any more, some together, in the order of the losers'
  // versions. `winner`: of the writes that met the loser, which is to say are newer and were built
  // on something older, the newest that was told by then. What survives may be another one, made
  // by whoever had seen the winner.
  virtual void on_conflict(KeyId key, PackedVersion winner, PackedVersion loser) = 0;
  // Of a conflict that nobody built on, after its on_conflict. `acknowledged`: its writer was told
  // "ok".
  virtual void on_lost(KeyId key, PackedVersion winner, PackedVersion loser, bool acknowledged) = 0;
};

class Ancestry {
 public:
  explicit Ancestry(AncestryListener& listener) : listener_(listener) {}

  [[nodiscard]] bool forked(KeyId key) const {
    return key.index() < fork_of_.size() && fork_of_[key.index()] != kNone;
  }
  // A write comes whose parent is not the newest version. `line`: the key's writes so far that some
  // region has not passed, and the newest one in any case, oldest first, each built on the one
  // before. REQUIRES: !forked(key).
  void fork(KeyId key, std::span<const TracedWrite> line);
  // Any write of a forked key, also the one that forks it.
  void on_write(KeyId key, const TracedWrite& write);
  // The writer of a write of a forked key was told "ok".
  void on_acknowledged(KeyId key, PackedVersion version);
  // No region holds anything older than `floor` of the forked key any more, and of what is older
  // every writer has had his answer.
  void on_floor(KeyId key, PackedVersion floor);
  // Nothing will be written any more.
  void finish();

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  // A write that is a conflict, and what it was built on as far as that was told.
  struct Loser {
    PackedVersion version;
    PackedVersion parent;
    PackedVersion winner;
    // What it was built on, directly or not: of the line or a loser, never anything that is
    // forgotten while this is not. Further back than need be when all between lost too: long chains
    // are walked once.
    PackedVersion ancestor;
    bool acknowledged;
    bool built_on;
  };
  struct Fork {
    // Writes that are no conflicts so far. Each was built on the one before, directly or not, so
    // that they are in the order of their versions and the last one is the newest of all.
    std::vector<TracedWrite> line;
    std::vector<Loser> losers;  // by version
  };
  [[nodiscard]] Fork& fork_of(KeyId key) { return forks_[fork_of_[key.index()]]; }
  static void meet(Fork& fork, const TracedWrite& write);
  [[nodiscard]] static PackedVersion winner_over(const Fork& fork, PackedVersion version);
  static void lose(Fork& fork, const Loser& loser);
  [[nodiscard]] static Loser* find_loser(Fork& fork, PackedVersion version);
  [[nodiscard]] static PackedVersion skip_losers(Fork& fork, PackedVersion ancestor);
  void decide(KeyId key, const Fork& fork, std::size_t losers);  // of the oldest so many
  void close(KeyId key);

  AncestryListener& listener_;
  std::vector<std::uint32_t> fork_of_;  // by KeyId: the place in forks_, or kNone
  std::vector<Fork> forks_;
  std::vector<std::uint32_t> free_forks_;  // places in forks_
};

}  // namespace gtsim
