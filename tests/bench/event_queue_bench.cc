// The bare event loop: pop the earliest event, push a successor, with a fixed number pending. Half
// of the delays are 1 to 1000 us, half 50 to 180 ms, as in a run. The plain priority queue of the
// same events is measured beside it: the simulator's own queue must not be worse.
#include <benchmark/benchmark.h>

#include <queue>
#include <vector>

#include "region-node/base/random.h"
#include "sim/world/event_queue.h"

namespace gtsim {
namespace {

Duration next_delay(Random& random) {
  const std::uint64_t bits = random.next();
  const bool quick = (bits & 1) != 0;
  return quick ? Duration{1 + static_cast<std::int64_t>((bits >> 8) % 1000)}
               : Duration{50'000 + static_cast<std::int64_t>((bits >> 8) % 130'000)};
}

void BM_EventQueue(benchmark::State& state) {
  Random random{1};
  EventQueue queue;
  for (int i = 0; i < state.range(0); ++i) queue.push(Instant{} + next_delay(random), 0, 0, 0);
  std::uint64_t checksum = 0;
  for (auto _ : state) {
    const Event event = queue.take();
    checksum += event.order;
    queue.push(event.at + next_delay(random), 0, 0, 0);
  }
  benchmark::DoNotOptimize(checksum);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_EventQueue)->Arg(100)->Arg(1000)->Arg(10'000)->Arg(1'000'000);

struct Later {
  bool operator()(const Event& a, const Event& b) const {
    return a.at != b.at ? a.at > b.at : a.order > b.order;
  }
};

void BM_StandardPriorityQueue(benchmark::State& state) {
  Random random{1};
  std::priority_queue<Event, std::vector<Event>, Later> queue;
  std::uint64_t order = 0;
  for (int i = 0; i < state.range(0); ++i) {
    queue.push(Event{Instant{} + next_delay(random), order++, 0, 0, 0});
  }
  std::uint64_t checksum = 0;
  for (auto _ : state) {
    const Event event = queue.top();
    queue.pop();
    checksum += event.order;
    queue.push(Event{event.at + next_delay(random), order++, 0, 0, 0});
  }
  benchmark::DoNotOptimize(checksum);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_StandardPriorityQueue)->Arg(100)->Arg(1000)->Arg(10'000)->Arg(1'000'000);

}  // namespace
}  // namespace gtsim
