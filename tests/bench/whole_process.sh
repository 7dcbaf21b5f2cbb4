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
  python3 - "$gtsim" "$work/$1.yaml" "$2" "$1" <<'PY'
import os, resource, subprocess, sys
program, path, writes, name = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
child = subprocess.run([program, "run", path, "--out", "", "--quiet"], check=True)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
seconds = usage.ru_utime + usage.ru_stime
print(f"{name:<24} {writes:>10} writes {seconds:8.2f} s {seconds / writes * 1e6:7.3f} us/write "
      f"{usage.ru_maxrss / 1024:7.0f} MiB")
PY
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
