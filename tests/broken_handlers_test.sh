#!/usr/bin/env bash
# Runs with handlers that are broken in every way: the run comes to its end soon, with a verdict that
# says what was wrong, and leaves no process behind.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/checks.sh
. tests/checks.sh
gtsim=$(realpath "${GTSIM:-build/release/sim/gtsim}")

# ends HANDLER EXIT-CODE FRAGMENT: one record, one retry, a fifth of a second for an answer.
ends() {
  local handler=$1 code=$2 fragment=$3 found
  cat >"$work/broken.yaml" <<END
regions: [us-east-1]
drain: 5s
tables: {t: {stream: NEW_IMAGE}}
consumers:
  c: {time_limit: 200ms, maximum_retry_attempts: 1, handler: $handler}
steps: [{at: 1s, put: {PK: a}}]
expect: [{filter: {consumer: c, missed: 0}}]
END
  timeout 60 "$gtsim" run "$work/broken.yaml" --out "$work/runs" >"$work/output" 2>&1 </dev/null
  found=$?
  [ "$found" -eq "$code" ] || fail "$handler: exit code $found, expected $code: $(tail -n 12 "$work/output")"
  grep -qF -- "$fragment" "$work/output" || fail "$handler: no \`$fragment\` in: $(cat "$work/output")"
  [ "$code" -eq 0 ] || grep -qF 'broken.yaml --seed 1' "$work/output" ||
    fail "$handler: no command to play it again"
}

printf '#!/bin/sh\n' >"$work/not-executable"
ends '{exec: [./no-such-program]}' 3 'cannot be started: No such file or directory'
ends "{exec: [$work/not-executable]}" 3 'cannot be started: Permission denied'
ends '{exec: [sh, -c, "exit 3"]}' 1 'exited with status 3'
ends '{exec: [sh, -c, "echo oh dear >&2; exit 4"]}' 1 'oh dear'
ends '{exec: [sh, -c, "while read -r l; do echo garbage; done"]}' 1 'answer is not JSON'
# shellcheck disable=SC2016  # the handler's own shell expands it
ends '{exec: [sh, -c, "read -r l; kill -9 $$"]}' 1 'signal 9 (SIGKILL)'
# It may be seen to have closed its input, or only not to answer.
ends '{exec: [sh, -c, "exec 0<&-; exec sleep 30"]}' 1 'last failure: the handler'
ends '{exec: [sh, -c, "while read -r l; do sleep 30; done"]}' 1 'did not answer within 200ms'
ends '{exec: [sh, -c, "read -r l; head -c 100000000 /dev/zero"]}' 1 'wrote more than 6291456 bytes'
ends '{exec: [sh, -c, "while read -r l; do echo {}; echo {}; done"]}' 0 'more than one'
ends '{http: "http://127.0.0.1:1/hook"}' 1 '127.0.0.1:1'

# The function's own words are in the run folder.
ends '{exec: [sh, -c, "echo so sorry >&2; exit 1"]}' 1 'so sorry'
grep -q 'so sorry' "$work/runs/broken/1/consumers/c/stderr.txt" || fail "standard error is not kept"

if pgrep -f "$work/not-executable" >/dev/null 2>&1; then fail "a handler lives on"; fi

conclude
