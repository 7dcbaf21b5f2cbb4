#!/usr/bin/env bash
# Whole-process figures of gtsim: time and peak memory as the operating system accounts for them.
# Usage: tests/bench/whole_process.sh [PATH-TO-GTSIM]
set -euo pipefail
gtsim=${1:-build/release/sim/gtsim}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# $1 name, $2 writes per region, $3 regions, $4 rate
scenario() {
  {
    echo "name: $1"
    echo "network: 80ms"
    echo "history: off"
    printf 'regions: ['
    for ((i = 0; i < $3; i++)); do printf '%sr%02d' "$([ "$i" -gt 0 ] && echo ', ')" "$i"; done
    echo ']'
    echo 'workload:'
    echo "  - {rate: $4/s, keys: zipf(100000), size: 200, count: $2}"
  } >"$work/$1.yaml"
}

# Prints writes, processor seconds, microseconds per write, peak MiB.
measure() {
  local user system peak_kb
  read -r user system peak_kb < <(/usr/bin/time -f '%U %S %M' "$gtsim" run "$work/$1.yaml" --out "" --quiet \
    2>&1 >/dev/null | tail -n 1)
  awk -v name="$1" -v writes="$2" -v user="$user" -v system_time="$system" -v peak="$peak_kb" 'BEGIN {
    seconds = user + system_time
    printf "%-14s %9d writes %8.2f s %7.3f us/write %7.0f MiB\n", name, writes, seconds, seconds / writes * 1e6, peak / 1024
  }'
}

scenario writes-100k 33334 3 5000
measure writes-100k 100002
scenario writes-1m 333334 3 5000
measure writes-1m 1000002
scenario writes-10m 3333334 3 5000
measure writes-10m 10000002
for regions in 2 4 8 16; do
  scenario "regions-$regions" $((960000 / regions)) "$regions" 5000
  measure "regions-$regions" 960000
done
scenario one-day 864000 3 10
measure one-day 2592000
