#!/usr/bin/env bash
# A run that trips over a CHECK of gtsim's own: exit code 4, and a row that says which run it was and what was
# printed.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/checks.sh
. tests/checks.sh
mutants=${GTSIM_MUTANTS:-build/release/sim/gtsim-mutants}
[ -x "$mutants" ] || { echo "no gtsim-mutants in this build"; exit 77; }

# A replicated delete kills the broken program.
cat >"$work/dies here.yaml" <<'YAML'
name: Dies
regions: [a, b]
network: 10ms
steps: [{at: 1s, in: a, put: {PK: x}}, {at: 2s, in: a, delete: {PK: x}}]
expect: [{converged: {within: 5s}}]
YAML
cat >"$work/lives.yaml" <<'YAML'
regions: [a, b]
network: 10ms
steps: [{at: 1s, in: a, put: {PK: x}}]
YAML
cat >"$work/wrong.yaml" <<'YAML'
regions: [a, b]
network: 10ms
steps: [{at: 1s, in: a, put: {PK: x}}]
expect: [{writes: {count: 2}}]
YAML
runs="$work/runs"
dies=("$mutants" run "$work/dies here.yaml" --mutant dies-on-delete --out "$runs")
printed='check failed: change.image || !broken(Mutant::kDiesOnDelete)'

expect "not broken" 0 "verdict: holds" "$mutants" run "$work/dies here.yaml" --out ""
expect "alone" 4 "verdict: died" "${dies[@]}"
grep -q "table_replica_receive.cc:[0-9]*: $printed" "$work/output" || fail "alone: the report does not say what was printed"
grep -qF "dies here.yaml, seed 1" "$work/output" || fail "alone: the report does not say which run it was"
folder="$runs/dies here/1"
for file in verdict.json junit.xml scenario.yaml seed; do
  [ -s "$folder/$file" ] || fail "the folder of a run that died has no $file"
done
grep -qF '"verdict":"died","exit_code":4' "$folder/verdict.json" || fail "verdict.json: $(cat "$folder/verdict.json")"

expect "json" 4 "$printed" "${dies[@]}" --json --seed 7
python3 - "$work/output" <<'PY' || fail "json: $(cat "$work/output")"
import json
import sys

rows = [json.loads(line) for line in open(sys.argv[1]) if line.startswith("{")]
(row,) = rows
assert row["verdict"] == "died" and row["exit_code"] == 4, row
assert row["seed"] == 7 and row["path"].endswith("dies here.yaml") and row["scenario"] == "Dies", row
assert "check failed: change.image" in row["reason"], row
assert row["expectations"][0]["holds"] is None, row
assert "history_digest" not in row, row
PY

# Several seeds and files: every row is there, the worst code is that of all.
expect "several" 4 "2 of 6 runs hold" "$mutants" run "$work/dies here.yaml" "$work/lives.yaml" "$work/wrong.yaml" \
  --seeds 1..2 --mutant dies-on-delete --jobs 2 --out "" --junit "$work/all.xml"
grep -q "^died .*dies here.yaml seed 2 .*$printed" "$work/output" || fail "several: no row for seed 2: $(cat "$work/output")"
grep -q "^expectation failed .*wrong.yaml seed 2" "$work/output" || fail "several: the others are missing"
python3 - "$work/all.xml" <<'PY' || fail "junit: $(cat "$work/all.xml")"
import sys
import xml.etree.ElementTree as tree

suites = {s.get("name"): s for s in tree.parse(sys.argv[1]).getroot()}
assert len(suites) == 6, sorted(suites)
for seed in (1, 2):
    suite = suites[f"dies here seed {seed}"]
    assert suite.get("errors") == "1" and suite.get("skipped") == "1", tree.tostring(suite)
    error = suite.find("testcase/error")
    assert "check failed: change.image" in error.get("message"), tree.tostring(error)
    assert f"--seed {seed}" in error.text, tree.tostring(error)
PY
expect "several, json" 4 '"seed":2,"verdict":"died"' "$mutants" run "$work/dies here.yaml" "$work/lives.yaml" \
  --seeds 1..2 --mutant dies-on-delete --json --out ""
[ "$(grep -c '^{' "$work/output")" -eq 4 ] || fail "several, json: expected four rows: $(cat "$work/output")"

conclude
