#!/usr/bin/env bash
# The line `again:` plays exactly the run that it stands under, also that of a program that is broken on purpose; and
# a run folder remembers as much.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/checks.sh
. tests/checks.sh
mutants=${GTSIM_MUTANTS:-build/release/sim/gtsim-mutants}
[ -x "$mutants" ] || { echo "no gtsim-mutants in this build"; exit 77; }
gtsim=${GTSIM:-build/release/sim/gtsim}
runs="$work/runs"

cat >"$work/it's wrong.yaml" <<'YAML'
regions: [a, b]
network: 10ms
steps: [{at: 1s, in: a, put: {PK: x}}]
expect: [{writes: {count: 2}}]
YAML
cat >"$work/dies.yaml" <<'YAML'
regions: [a, b]
network: 10ms
steps: [{at: 1s, in: a, put: {PK: x}}, {at: 2s, in: a, delete: {PK: x}}]
YAML

# The line `again:` of each of these is run as it stands, in a shell that finds the two programs by their names.
mkdir "$work/bin"
ln -s "$(realpath "$mutants")" "$work/bin/gtsim-mutants"
ln -s "$(realpath "$gtsim")" "$work/bin/gtsim"
again() {
  local name=$1 code=$2 line
  shift 2
  expect "$name" "$code" "again: " "$@" --out "$work/first"
  line=$(sed -n 's/^ *again: //p' "$work/output")
  [ -n "$line" ] || return
  # What is left out says how long the run took and where its folder is.
  grep -v -e "again: " -e "run folder: " -e "virtual time" "$work/output" >"$work/was"
  (PATH="$work/bin:$PATH" && eval "$line --out \"$work/second\"") >"$work/output" 2>&1
  [ $? -eq "$code" ] || fail "$name: \`$line\` ends with another exit code: $(head -c 600 "$work/output")"
  grep -v -e "again: " -e "run folder: " -e "virtual time" "$work/output" >"$work/is"
  diff "$work/was" "$work/is" >"$work/difference" || fail "$name: \`$line\` is another run: $(cat "$work/difference")"
}
again "again: died" 4 "$mutants" run "$work/dies.yaml" --mutant dies-on-delete --seed 5
again "again: a check" 4 "$mutants" run scenarios/split-brain.yaml --mutant replicated-shipped-on --seed 3
again "again: an expectation" 1 "$mutants" run scenarios/throttled-replica.yaml --mutant capacity-ignored
again "again: storage" 4 "$mutants" run scenarios/delete-vs-put.yaml --mutant tombstone-dropped --storage leveldb
again "again: profile" 1 "$gtsim" run "$work/it's wrong.yaml" --profile 2017 --storage leveldb --seed 9
again "again: profile of the broken one" 4 "$mutants" run scenarios/delete-vs-put.yaml --mutant older-write-wins --profile marked

# A run folder remembers what was broken; the program that cannot break it says so.
expect "for replay" 4 "" "$mutants" run scenarios/split-brain.yaml --mutant replicated-shipped-on --out "$runs"
expect "replay of a broken run" 4 "the same run" "$mutants" replay "$runs/split-brain/latest"
expect "replay by the whole program" 2 "mutant \`replicated-shipped-on\`" "$gtsim" replay "$runs/split-brain/latest"
expect "unknown mutant" 2 "gtsim-mutants: no mutant \`nonsense\`" "$mutants" run "$work/dies.yaml" --mutant nonsense

conclude
