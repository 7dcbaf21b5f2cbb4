#!/usr/bin/env bash
# `gtsim up` that is killed at any moment of its start leaves no process that no file tells of: either its nodes end by
# themselves, or `gtsim down` ends them. GTSIM_UP_ROUNDS says how often (25); each round waits a little longer.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/checks.sh
. tests/checks.sh
gtsim=$(realpath "${GTSIM:-build/release/sim/gtsim}")
rounds=${GTSIM_UP_ROUNDS:-25}
cd "$work" || exit 1

# The nodes of this test: their command line names its folder.
nodes() {
  local file line
  for file in /proc/[0-9]*/cmdline; do
    { line=$(tr '\0' ' ' <"$file"); } 2>/dev/null || continue
    [[ $line == *"--config $work/"* ]] && echo "$file"
  done
}
# shellcheck disable=SC2317  # called by name
none_left() { [ -z "$(nodes)" ]; }
# shellcheck disable=SC2317  # the trap calls it
end_all() {
  local file
  for file in $(nodes); do kill -KILL "$(basename "$(dirname "$file")")" 2>/dev/null; done
}
trap 'end_all; rm -rf "$work"' EXIT

left_alone=0
managed=0
for ((round = 0; round < rounds; ++round)); do
  "$gtsim" up --dir "$work/cluster" >up.out 2>&1 &
  up=$!
  # How long a start takes is the machine's matter: the moments are spread over twice the last whole one.
  read -r -t "$(printf '0.%03d' $((round * 10)))" <> <(:) || true
  kill -KILL "$up" 2>/dev/null
  wait "$up" 2>/dev/null
  if [ -e cluster/cluster.json ]; then
    managed=$((managed + 1))
    "$gtsim" down --dir "$work/cluster" >down.out 2>&1 || fail "round $round: down: $(cat down.out)"
  else
    left_alone=$((left_alone + 1))
  fi
  until_true "round $round: the nodes have ended: $(nodes | tr '\n' ' ')" none_left
  rm -rf cluster
done
echo "$left_alone killed before the cluster file was there, $managed after"
conclude
