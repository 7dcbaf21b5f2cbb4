#!/usr/bin/env bash
# Compares the digests that GTSIM gives with those in digests.txt.
# Usage: compare.sh PATH-TO-GTSIM [--update]
set -euo pipefail
cd "$(dirname "$0")/../.."
gtsim=$1
expected=tests/determinism/digests.txt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# "scenario seed digest" of each verdict line.
digests() {
  sed -E 's/.*"path":"([^"]*)".*"seed":([0-9]+).*"history_digest":"([0-9a-f]+)","tables_digest":"([0-9a-f]+)".*/\1 \2 \3 \4/'
}
run() { "$gtsim" run scenarios tests/determinism/scenarios --out "$work/runs" --history off --json "$@" | digests; }

# A sanitized build is another level of optimisation, and slow: one seed, once.
if [ -n "${GTSIM_DIGESTS_ONCE:-}" ]; then
  run --seeds 1..1 >"$work/first"
  if ! diff <(awk '$2 == 1' "$expected") "$work/first"; then
    echo "digests of seed 1 differ from $expected"
    exit 1
  fi
  echo "$(wc -l <"$work/first") digests of seed 1 are equal"
  exit 0
fi
run --seeds 1..2 --jobs 1 >"$work/first"
run --seeds 1..2 --jobs 3 >"$work/again"
if ! cmp -s "$work/first" "$work/again"; then
  echo "two runs of one build differ:"
  diff "$work/first" "$work/again"
  exit 1
fi
if [ "${2:-}" = --update ]; then
  cp "$work/first" "$expected"
  echo "wrote $expected"
  exit 0
fi
if ! diff "$expected" "$work/first"; then
  echo "digests differ from $expected. If the model changed on purpose: $0 $gtsim --update"
  exit 1
fi
# Another seed gives another history wherever the scenario draws anything.
if [ "$(awk '/mixed.yaml/ {print $3}' "$work/first" | sort -u | wc -l)" -lt 2 ]; then
  echo "seeds 1 and 2 of tests/determinism/scenarios/mixed.yaml have the same digest"
  exit 1
fi
echo "$(wc -l <"$expected") digests are equal"
