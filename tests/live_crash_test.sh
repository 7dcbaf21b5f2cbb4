#!/usr/bin/env bash
# Crash tests of live regions: rounds of random kill -9, SIGSTOP, cut links, bad links and restarts over three
# regions under load, and over four while replicas come and go. The always-on checks hold throughout: no
# acknowledged write is lost, every stream rebuilds its table, all regions are equal in the end, no operation
# stays under way. GTSIM_CRASH_ROUNDS, GTSIM_CONTROL_CRASH_ROUNDS and GTSIM_CRASH_SEED make it another one
# (./dev soak).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
: "${GTSIM:?the gtsim program}"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

play() { # GENERATOR ROUNDS SPEED
  local name=$1 rounds=$2 speed=$3
  local seed=${GTSIM_CRASH_SEED:-$rounds}
  local scenario=$folder/$name-$rounds-$seed.yaml
  local out=$folder/$name
  python3 "tests/live/${name}_scenario.py" "$rounds" "$seed" > "$scenario"
  local status=0
  "$GTSIM" run --live --speed "$speed" "$scenario" --out "$out" > "$out.txt" 2>&1 || status=$?
  cat "$out.txt"
  if ((status != 0)); then
    printf 'failed with exit code %d; the scenario was:\n' "$status" >&2
    cat "$scenario" >&2
    tail -n 20 "$out"/*/latest/nodes/*.log >&2 || true
    exit 1
  fi

  # The verdict holds because it was looked at, not because nothing ran.
  local crashes told
  crashes=$(grep -c 'crash:' "$scenario")
  told=$(grep -c '"text":"crash ' "$out"/*/latest/history.jsonl || true)
  if ((told < crashes)); then
    printf 'the history tells of %d crashes, the scenario has %d\n' "$told" "$crashes" >&2
    exit 1
  fi
}

play crash "${GTSIM_CRASH_ROUNDS:-20}" 1
play control_crash "${GTSIM_CONTROL_CRASH_ROUNDS:-10}" 2
if grep -q 'region-node' <(ps -eo ppid=,comm= | awk -v me=$$ '$1 == me {print $2}'); then
  printf 'a node outlived its run\n' >&2
  exit 1
fi
