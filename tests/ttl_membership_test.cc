// Which region deletes what has expired depends on the members: it is somebody also when they
// change, and nothing else wakes a region then.
#include <fmt/format.h>

#include <string>

#include "tests/scenario_run.h"

namespace gtsim {
namespace {

class TtlMembership : public OnBothStorages {
 protected:
  // Forty items that expire a minute after the start; a run in which one is left fails.
  static void holds_with(const std::string& steps) {
    std::string text = R"(
regions: [a, b, c]
network: 20ms
tables: {t: {ttl: {attribute: expires, delay: 1s}}}
control_plane: {source_lock: 0s}
duration: 3m
steps:
)";
    for (int i = 0; i < 40; ++i) {
      text += fmt::format("  - {{at: 1s, in: a, put: {{PK: \"{}\", expires: 1767225660}}}}\n", i);
    }
    holds(text + steps + R"(
expect:
  - records: {event: REMOVE, ttl: true, region: a, origin: APPLICATION, count: < 41}
)");
  }
};
GTSIM_ON_BOTH_STORAGES(TtlMembership);

TEST_P(TtlMembership, OneThatLeavesIsStoodInFor) {
  holds_with("  - {at: 10s, remove_replica: {region: b, takes: 100s}}\n");
}

TEST_P(TtlMembership, TheLastOneDeletesAll) {
  holds_with(
      "  - {at: 10s, remove_replica: {region: b, takes: 40s}}\n"
      "  - {at: 55s, remove_replica: {region: c, takes: 40s}}\n");
}

TEST_P(TtlMembership, OneThatComesTakesItsShare) {
  holds_with(
      "  - {at: 5s, remove_replica: {region: c, takes: 5s}}\n"
      "  - {at: 20s, add_replica: {region: c, takes: 5s}}\n"
      "  - {at: 58s, cut: {between: [a, c]}, for: 5s}\n");
}

}  // namespace
}  // namespace gtsim
