#!/usr/bin/env bash
# The shipped scenarios on real region nodes: the same verdict as in virtual time, and the same tables where the outcome is
# determined. ctest plays the short ones; GTSIM_LIVE_ALL=1 plays all that can run live (a quarter of an hour; ./dev soak).
# The whole list is also the answer to which scenarios do not run live, and why.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/checks.sh
. tests/checks.sh
gtsim=${GTSIM:-build/release/sim/gtsim}
if [ -z "${GTSIM_REGION_NODE:-}" ] && [ ! -x "$(dirname "$gtsim")/../region-node/region-node" ]; then
  echo "skipped: region-node is not built"
  exit 77
fi
played=0

# Scenario, speed, whether the final tables are determined (writes at known times, not a race of a workload), and `short`
# for what ctest plays. Speeds leave room for this machine: what takes 10 ms here takes speed * 10 ms there.
list='
acts-in-every-region       1  same
add-replica               20  race
brown-out                  3  same
clock-ahead                4  race
coalescing                 4  same
consumer-starts-late       2  same short
counter                    7  race
delete-vs-put              5  same short
flapping-link              4  same
late-old-write            12  same short
legacy-deleted-comes-back  4  same
legacy-doubled-records     2  same short
legacy-filter              2  same
lossy-link                 7  race
one-way-partition          2  race
partial-batch-failures     2  same
region-filter-updates      2  same
remove-replica            20  same
replay-records            20  same
shard-split              600  same
shard-split-consumer       4  same
stream-reenabled          15  same
tumbling-window            5  same
split-brain                8  race
transaction-in-part        2  same
unique-twice             0.2  same short
'
# Not live:
#   capacity-by-numbers, clients-are-refused, clock-steps, conditions, deleted-for-good, faults-overlap, filter-operators,
#   link-by-numbers, long-backlog, region-freezes, replication-lag, retries-by-the-clock, stream-views, ttl-rules,
#   what-an-answer-means, what-the-control-plane-answers, who-lost-to-whom, workload-by-numbers, writers-fail-over
#                          look at a tenth of a second, or count to the unit what happens around one
#   equal-timestamps       two clocks must show the same microsecond when a write comes
#   crash-in-burst         a write must be in the middle of its 20 ms on the disk when the region crashes
#   consumer-fails-over    counts what two pollers read in the same second
#   seven-regions          bounds on the lag that leave no room for a machine with seven processes on two cores
#   consumer-falls-behind, poison-blocks-shard, quiet-day, replication-paused, stream-after-24h, throttled-replica, ttl*,
#   one-change-at-a-time, region-filter-deletes
#                          minutes to a day of the scenario's time; at the speed that makes them short the machine shows

digest_of() { grep -o '"tables_digest": *"[0-9a-f]*"' "$1" | grep -o '[0-9a-f]\{16\}'; }

while read -r name speed outcome short; do
  [ -n "$name" ] || continue
  [ "${short:-}" = short ] || [ -n "${GTSIM_LIVE_ALL:-}" ] || continue
  played=$((played + 1))
  begun=$SECONDS
  "$gtsim" run --out "$work/simulated" "scenarios/$name.yaml" >"$work/simulated.txt" 2>&1
  expected=$?
  timeout 280 "$gtsim" run --live --speed "$speed" --out "$work/live" "scenarios/$name.yaml" >"$work/live.txt" 2>&1
  found=$?
  if [ "$found" -ne "$expected" ]; then
    fail "$name: exit code $found live, $expected simulated"
    cat "$work/live.txt"
    continue
  fi
  one=$(digest_of "$work/simulated/$name/latest/verdict.json")
  other=$(digest_of "$work/live/$name/latest/verdict.json")
  if [ -z "$other" ] || { [ "$outcome" = same ] && [ "$one" != "$other" ]; }; then
    fail "$name: tables digest '$other' live, '$one' simulated"
    continue
  fi
  echo "$name: same verdict$([ "$outcome" = same ] && echo ", same tables"), $((SECONDS - begun)) s"
done <<<"$list"

# Nothing of a run outlives it.
left=$(find "$work/live" -name '*.data' | head -3)
[ -z "$left" ] || fail "data of nodes is left: $left"
[ "$played" -gt 0 ] || fail "nothing was played"
conclude
