#!/usr/bin/env bash
# The command as a person or CI uses it: exit codes, run folders, interruption, full and unwritable disks.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/checks.sh
. tests/checks.sh
gtsim=${GTSIM:-build/release/sim/gtsim}

# shellcheck disable=SC2317  # expect calls it
with_small_files() { (ulimit -f 8 && exec "$@"); }

cat >"$work/good.yaml" <<'YAML'
regions: [a, b]
network: 10ms
workload: [{rate: 10/s, count: 20}]
expect: [{writes: {count: 40}}]
YAML
sed 's/count: 40/count: 41/' "$work/good.yaml" >"$work/wrong.yaml"
sed 's/regions/regoins/' "$work/good.yaml" >"$work/unusable.yaml"
cat >"$work/undecided.yaml" <<'YAML'
regions: [a, b]
network: 10ms
limits: {events: 70000}
workload: [{rate: 1000/s, count: 100000}]
YAML
cat >"$work/endless.yaml" <<'YAML'
regions: [a, b, c]
network: 10ms
workload: [{rate: 100/s, for: 3000d}]
YAML
runs="$work/runs"

expect "holds" 0 "verdict: holds" "$gtsim" run "$work/good.yaml" --out "$runs"
for file in format verdict.json history.jsonl conflicts.jsonl junit.xml scenario.yaml seed streams/a.table.jsonl; do
  [ -s "$runs/good/latest/$file" ] || [ "$file" = conflicts.jsonl ] || fail "run folder: $file is missing"
done
expect "replays" 0 "the same run" "$gtsim" replay "$runs/good/latest"
sed -i 's/"history_digest":"./"history_digest":"x/' "$runs/good/latest/verdict.json"
expect "replay notices" 3 "NOT the run" "$gtsim" replay "$runs/good/latest"
expect "replay of nothing" 2 "cannot be read" "$gtsim" replay "$work/nowhere"
# A folder's format: refused when it is newer or nonsense, read when it is from before there were numbers.
expect "runs again" 0 "verdict: holds" "$gtsim" run "$work/good.yaml" --out "$runs"
[ "$(cat "$runs/good/latest/format")" = 1 ] || fail "run folder: format is $(cat "$runs/good/latest/format")"
echo 2 >"$runs/good/latest/format"
newer="has format 2, written by a newer gtsim; this one knows format 1"
expect "replay of a newer format" 2 "$newer" "$gtsim" replay "$runs/good/latest"
expect "consume of a newer format" 2 "$newer" "$gtsim" consume "$runs/good/latest" --region a
for nonsense in "" one 1x -1 0 99999999999999999999; do
  echo "$nonsense" >"$runs/good/latest/format"
  expect "format \`$nonsense\`" 2 "latest/format: found" "$gtsim" replay "$runs/good/latest"
done
rm "$runs/good/latest/format"
expect "replay of an older folder" 0 "the same run" "$gtsim" replay "$runs/good/latest"
expect "consume of an older folder" 0 "" "$gtsim" consume "$runs/good/latest" --region a
expect "expectation fails" 1 "expected at $work/wrong.yaml:4:10" "$gtsim" run "$work/wrong.yaml" --out "$runs"
expect "unusable" 2 "$work/unusable.yaml:1:1" "$gtsim" run "$work/unusable.yaml" --out "$runs"
[ ! -e "$runs/unusable" ] || fail "an unusable scenario has left a run folder"
expect "one bad file stops all" 2 "did you mean" "$gtsim" run "$work/good.yaml" "$work/unusable.yaml" --out "$work/none"
[ ! -e "$work/none" ] || fail "something ran although one file was unusable"
expect "undecided" 3 "limits.events" "$gtsim" run "$work/undecided.yaml" --out "$runs"
expect "check" 0 "good" "$gtsim" check "$work/good.yaml"
expect "check finds" 2 "regoins" "$gtsim" check "$work/unusable.yaml"
expect "print" 0 "  - {rate: 10/s, count: 20}" "$gtsim" print "$work/good.yaml"
cp "$work/output" "$work/printed.yaml"
expect "what is printed is good" 0 "good" "$gtsim" check "$work/printed.yaml"
expect "print, again" 0 "" "$gtsim" print "$work/printed.yaml"
cmp -s "$work/output" "$work/printed.yaml" || fail "print: a printed scenario is printed differently"
"$gtsim" check "$work/unusable.yaml" >"$work/checked" 2>&1
expect "print finds what check finds" 2 "$(cat "$work/checked")" "$gtsim" print "$work/unusable.yaml"
expect "print of a missing file" 2 "$work/missing.yaml" "$gtsim" print "$work/missing.yaml"
expect "print of a folder" 2 "expected one scenario file" "$gtsim" print "$work"
expect "print to a full disk" 2 "No space left" eval "\"$gtsim\" print \"$work/good.yaml\" >/dev/full"
expect "schema" 0 '"additionalProperties"' "$gtsim" schema
expect "unknown option" 2 "--nonsense" "$gtsim" run "$work/good.yaml" --nonsense
expect "missing file" 2 "$work/missing.yaml" "$gtsim" run "$work/missing.yaml"
expect "bad seeds" 2 "expected a whole number" "$gtsim" run "$work/good.yaml" --seeds 5..1
expect "json" 0 '"verdict":"holds"' "$gtsim" run "$work/good.yaml" --out "" --json
expect "quiet says nothing" 0 "" "$gtsim" run "$work/good.yaml" --out "" --quiet
[ ! -s "$work/output" ] || fail "--quiet printed: $(head -c 200 "$work/output")"
# The versions are those of the build, and the formats those that are written.
version=$(sed -n 's/^project(gtsim VERSION \([0-9.]*\) .*/\1/p' CMakeLists.txt)
[ -n "$version" ] || fail "CMakeLists.txt names no version"
expect "version" 0 "gtsim $version" "$gtsim" --version
expect "version, format" 0 "writes run folders of format $(cat "$runs/wrong/latest/format")" "$gtsim" --version
if [ -n "${REGION_NODE:-}" ]; then
  expect "version of the node" 0 "region-node $version" "$REGION_NODE" --version
  data_format=$(sed -n 's/.* kNumber = \([0-9]*\);/\1/p' region-node/storage/database_format.h)
  expect "version of the node, format" 0 "writes data directories of format $data_format" "$REGION_NODE" --version
fi
expect "many seeds" 0 "5 of 5 runs hold" "$gtsim" run "$work/good.yaml" --seeds 1..5 --out "" --jobs 2
expect "failing seeds are listed" 1 "gtsim run $work/wrong.yaml --seed 2" \
  "$gtsim" run "$work/wrong.yaml" --seeds 1..2 --out "" --jobs 2
expect "junit" 0 "" "$gtsim" run "$work/good.yaml" --out "" --quiet --junit "$work/all.xml"
grep -q '<testsuite name="good seed 1" tests="2" failures="0"' "$work/all.xml" || fail "junit: $(head -c 300 "$work/all.xml")"

# A disk that is full: /dev/full refuses every byte, a size limit refuses what is beyond it.
expect "full disk, junit" 2 "No space left on device" "$gtsim" run "$work/good.yaml" --out "" --junit /dev/full
expect "full disk, run folder" 2 "not written in full" \
  with_small_files "$gtsim" run "$work/good.yaml" --out "$work/small" --history full
touch "$work/file"
expect "run folder is a file" 2 "cannot write the run folder" "$gtsim" run "$work/good.yaml" --out "$work/file"

# Ctrl-C: the run ends by itself, says so, and leaves a readable folder.
"$gtsim" run "$work/endless.yaml" --out "$runs" --history off >"$work/output" 2>&1 </dev/null &
process=$!
for _ in $(seq 200); do
  [ -e "$runs/endless/1/scenario.yaml" ] && break
  read -rt 0.05 <> <(:) || true
done
kill -INT "$process"
wait "$process"
code=$?
[ "$code" -eq 130 ] || fail "interrupt: exit code $code, expected 130"
grep -q '"verdict":"interrupted"' "$runs/endless/latest/verdict.json" || fail "interrupt: verdict.json does not say so"
grep -q 'verdict: interrupted' "$work/output" || fail "interrupt: the report does not say so"

# While a function is silent that may take its time.
cat >"$work/silent.yaml" <<'YAML'
regions: [a, b]
consumers: {silent: {region: a, time_limit: 10m, handler: {exec: [sh, -c, "read -r event; echo heard >heard; exec sleep 600"]}}}
steps: [{at: 1s, in: a, put: {PK: x}}]
YAML
"$gtsim" run "$work/silent.yaml" --out "$runs" >"$work/output" 2>&1 </dev/null &
process=$!
until_true "the function was called" test -e "$work/heard"
kill -INT "$process"
started=$SECONDS
wait "$process"
code=$?
[ "$code" -eq 130 ] || fail "interrupt of a silent function: exit code $code, expected 130"
[ $((SECONDS - started)) -le 3 ] || fail "interrupt of a silent function: took $((SECONDS - started)) s"
grep -q '"verdict":"interrupted"' "$runs/silent/latest/verdict.json" || fail "interrupt of a silent function: no verdict"

# The same with several runs side by side, told to the parent alone.
"$gtsim" run "$work/endless.yaml" --seeds 2..4 --jobs 2 --out "$runs" --history off >"$work/output" 2>&1 </dev/null &
process=$!
for _ in $(seq 200); do
  [ -e "$runs/endless/2/scenario.yaml" ] && [ -e "$runs/endless/3/scenario.yaml" ] && break
  read -rt 0.05 <> <(:) || true
done
kill -INT "$process"
wait "$process"
code=$?
[ "$code" -eq 130 ] || fail "interrupt of many: exit code $code, expected 130"
for seed in 2 3; do
  grep -q '"verdict":"interrupted"' "$runs/endless/$seed/verdict.json" || fail "interrupt of many: seed $seed has no verdict"
done
grep -q 'not started' "$work/output" || fail "interrupt of many: the report does not say what did not start"

conclude
