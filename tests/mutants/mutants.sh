#!/usr/bin/env bash
# Plays what the tables of docs/mutants.md claim: each row's mutant must be caught under the row's
# scenario with seed 1, by the check that is named or by an expectation of the scenario. The same
# scenarios must hold when nothing is broken, or being caught would mean nothing. And the tables must be
# complete: every mutant is in them, and every shipped scenario.
set -euo pipefail

program=${GTSIM_MUTANTS:?set it to the gtsim-mutants program}
seeds=${GTSIM_MUTANT_SEEDS:-20}
tables=docs/mutants.md
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
faults=0

fault() {
  printf 'FAILED: %s\n' "$*"
  faults=$((faults + 1))
}

# Prints what the program says and leaves its exit code in $code.
play() {
  code=0
  "$program" run "$@" --history off --jobs 1 --out "$folder" > "$folder/output" 2>&1 || code=$?
}

# What caught the mutant: the name of a check, `expectation`, or a word for neither.
catcher() {
  case $code in
    0) echo nobody ;;
    1) echo expectation ;;
    4) sed -n -e 's/^ *CHECK FAILED \([a-z-]*\).*/\1/p' -e 's/^ *verdict: \(died\) .*/\1/p' "$folder/output" ;;
    *) echo "exit code $code" ;;
  esac
}

# One row in each line: mutant, scenario, who catches it. \x60 is the quote that Markdown puts around code.
rows=$(sed -n 's/^| \x60\([a-z-]*\)\x60 |.*| \x60\([a-z0-9/-]*\.yaml\)\x60 | \x60\([a-z-]*\)\x60 |$/\1 \2 \3/p' "$tables")
scenario_rows=$(sed -n 's/^| \x60\([a-z0-9-]*\.yaml\)\x60 | \x60\([a-z-]*\)\x60 | \x60\([a-z-]*\)\x60 |$/\2 scenarios\/\1 \3/p' "$tables")

while read -r mutant scenario by; do
  # A fault in the store shows only where there is one.
  storage=memory
  if grep -q "^| .$mutant. |.*--storage leveldb" "$tables"; then storage=leveldb; fi
  play "$scenario" --mutant "$mutant" --seed 1 --storage "$storage"
  found=$(catcher)
  if [[ $found != "$by" ]]; then
    fault "$mutant under $scenario: expected to be caught by $by, found $found"
  fi
done < <(printf '%s\n' "$rows" "$scenario_rows" | sort -u)

# The canary: the same program and scenarios with nothing broken.
while read -r scenario; do
  play "$scenario" --seed 1
  ((code == 0)) || fault "$scenario does not hold although nothing is broken: $(catcher)"
done < <(printf '%s\n' "$rows" "$scenario_rows" | cut -d' ' -f2 | sort -u)
for scenario in tests/mutants/*.yaml; do
  play "$scenario" --seeds "1..$seeds"
  ((code == 0)) || fault "$scenario with seeds 1..$seeds does not hold: $(catcher)"
done

# Nothing may be missing.
while read -r mutant; do
  grep -q "^$mutant " <<< "$rows" || fault "the mutant $mutant is not in the first table of $tables"
done < <(sed -n 's/.*{Mutant::k[A-Za-z0-9]*, "\([a-z-]*\)"}.*/\1/p' region-node/base/mutant.h)
for scenario in scenarios/*.yaml; do
  grep -q " $scenario " <<< "$scenario_rows" ||
    fault "$scenario is not in the second table of $tables"
done

printf '%d mutants, %d scenarios, %d faults\n' "$(wc -l <<< "$rows")" \
  "$(wc -l <<< "$scenario_rows")" "$faults"
((faults == 0))
