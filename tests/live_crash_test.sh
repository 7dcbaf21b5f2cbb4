#!/usr/bin/env bash
# Crash test: rounds of random kill -9, SIGSTOP, cut links, bad links and restarts over three live regions
# under load. The always-on checks hold throughout: no acknowledged write is lost, every stream rebuilds
# its table, all regions are equal in the end. GTSIM_CRASH_ROUNDS and GTSIM_CRASH_SEED make it another one
# (./dev soak).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
: "${GTSIM:?the gtsim program}"
rounds=${GTSIM_CRASH_ROUNDS:-20}
seed=${GTSIM_CRASH_SEED:-$rounds}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

scenario=$folder/crash-$rounds-$seed.yaml
python3 tests/live/crash_scenario.py "$rounds" "$seed" > "$scenario"
status=0
"$GTSIM" run --live "$scenario" --out "$folder/runs" > "$folder/out" 2>&1 || status=$?
cat "$folder/out"
if ((status != 0)); then
  printf 'failed with exit code %d; the scenario was:\n' "$status" >&2
  cat "$scenario" >&2
  tail -n 20 "$folder"/runs/*/latest/nodes/*.log >&2 || true
  exit 1
fi

# The verdict holds because it was looked at, not because nothing ran.
crashes=$(grep -c 'crash:' "$scenario")
told=$(grep -c '"text":"crash ' "$folder"/runs/*/latest/history.jsonl || true)
if ((told < crashes)); then
  printf 'the history tells of %d crashes, the scenario has %d\n' "$told" "$crashes" >&2
  exit 1
fi
if grep -q 'region-node' <(ps -eo ppid=,comm= | awk -v me=$$ '$1 == me {print $2}'); then
  printf 'a node outlived its run\n' >&2
  exit 1
fi
