#!/usr/bin/env bash
# Every shipped scenario holds, whatever the seed and the storage: what it promises is derived in its
# prose, not tuned to one run. GTSIM_SCENARIO_SEEDS says how many seeds (20).
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/checks.sh
. tests/checks.sh
gtsim=$(realpath "${GTSIM:-build/release/sim/gtsim}")
seeds=${GTSIM_SCENARIO_SEEDS:-20}

for storage in memory leveldb; do
  if ! "$gtsim" run scenarios --seeds "1..$seeds" --storage "$storage" --history off --quiet \
    --out "$work/runs-$storage" >"$work/output" 2>&1 </dev/null; then
    fail "--storage $storage, seeds 1..$seeds: $(head -c 6000 "$work/output")"
  fi
  rm -rf "$work/runs-$storage"
done
conclude
