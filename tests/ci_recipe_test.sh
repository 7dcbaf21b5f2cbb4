#!/usr/bin/env bash
# The recipe of docs/consumers-in-ci.md, played as it is written: the scenario, the annotations and
# the shell commands are taken from the page.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/checks.sh
. tests/checks.sh
root=$PWD
gtsim=${GTSIM:-build/release/sim/gtsim}
gtsim=$(realpath "$gtsim")
page=$root/docs/consumers-in-ci.md

# block LANGUAGE N: the nth block of that language on the page.
block() {
  awk -v begin="\`\`\`$1" -v wanted="$2" '
    /^```/ && inside { inside = 0; next }
    /^```/ { inside = 1; if ($0 == begin) ++seen; taken = $0 == begin && seen == wanted; next }
    inside && taken' "$page"
}
# commands N EXIT-CODE: runs the nth block of shell; the code is that of its last command.
commands() {
  local found
  (
    cd "$work" || exit 99
    export PATH="$work/bin:$PATH"
    block sh "$1" >"$work/commands"
    [ -s "$work/commands" ] || exit 98
    bash "$work/commands"
  ) >"$work/out" 2>"$work/err" </dev/null
  found=$?
  [ "$found" -eq "$2" ] || fail "commands $1: exit code $found, expected $2: $(head -c 400 "$work/err")"
}
out_has() { grep -qF -- "$2" "$work/out" || fail "$1: no \`$2\` in: $(head -c 400 "$work/out")"; }

mkdir -p "$work/bin" "$work/scenarios/handlers"
ln -s "$gtsim" "$work/bin/gtsim"
cp scenarios/handlers/charge_once.py "$work/scenarios/handlers/"
block yaml 1 >"$work/scenarios/charge-once.yaml"
block jq 1 >"$work/scenarios/annotate.jq"

commands 1 1
[ "$(wc -l <"$work/verdicts.jsonl")" -eq 3 ] || fail "verdicts: $(wc -l <"$work/verdicts.jsonl"), expected 3"
[ "$(grep -c '<testsuite name' "$work/junit.xml")" -eq 3 ] || fail "junit: $(head -c 400 "$work/junit.xml")"

if command -v jq >/dev/null; then
  commands 2 0
  [ "$(wc -l <"$work/out")" -eq 3 ] || fail "annotations: $(cat "$work/out")"
  shown=$(grep '^::error' "$page")
  out_has "annotations" "$shown"
else
  echo "jq is not installed: the annotations are not tested"
fi

commands 3 0
out_has "looking into a run" "replicated from us-east-1"
out_has "looking into a run" '{"charged": '
[ "$(wc -l <"$work/events.jsonl")" -gt 100 ] || fail "events: $(wc -l <"$work/events.jsonl"), expected over 100"
commands 4 0
[ ! -s "$work/out" ] || fail "the better filter lets through: $(head -c 400 "$work/out")"
commands 5 0
[ "$(wc -l <"$work/out")" -eq "$(wc -l <"$work/runs/charge-once/1/streams/eu-west-1.table.jsonl")" ] ||
  fail "following a run that is over: $(wc -l <"$work/out") records"

# With the filter as it should be, the build passes.
sed -i 's/filter: {eventName: \[INSERT\]}$/filter: {eventName: [INSERT], dynamodb: {NewImage: {home: {S: [eu-west-1]}}}}/' \
  "$work/scenarios/charge-once.yaml"
commands 1 0

conclude
