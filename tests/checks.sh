# What the *_test.sh share; sourced from the root of the tree. $work is a folder of the test's own,
# which goes when it ends; a test with more to clear away sets its own trap.
# shellcheck shell=bash
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

fail() {
  echo "FAIL: $*"
  failures=$((failures + 1))
}
# expect NAME EXIT-CODE FRAGMENT COMMAND...: the code must be equal, the fragment in the output, which
# stays in $work/output. Standard input is empty unless the call redirects it.
expect() {
  local name=$1 code=$2 fragment=$3 found
  shift 3
  "$@" >"$work/output" 2>&1
  found=$?
  [ "$found" -eq "$code" ] || fail "$name: exit code $found, expected $code: $(head -c 600 "$work/output")"
  [ -z "$fragment" ] || grep -qF -- "$fragment" "$work/output" || fail "$name: no \`$fragment\` in: $(head -c 800 "$work/output")"
}
# until_true NAME COMMAND...: comes true within 20 s.
until_true() {
  local name=$1
  shift
  for _ in $(seq 200); do
    "$@" >"$work/output" 2>&1 && return
    sleep 0.1
  done
  fail "$name: not within 20s: $(head -c 600 "$work/output")"
}
# The last line of a test.
conclude() {
  if [ "$failures" -gt 0 ]; then
    echo "$failures failed"
    exit 1
  fi
  echo "all as expected"
  exit 0
}
exec </dev/null
