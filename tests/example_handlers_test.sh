#!/usr/bin/env bash
# The handlers of scenarios/handlers/, each in Python and, where node is installed, in JavaScript:
# first with events by hand, then as the program of `gtsim consume`, then loaded as Lambda loads them.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/checks.sh
. tests/checks.sh
gtsim=${GTSIM:-build/release/sim/gtsim}
handlers=scenarios/handlers

# answers NAME EXPECTED PROGRAM...: the events of $work/events, one answer per line.
answers() {
  local name=$1 expected=$2 found
  shift 2
  found=$("$@" <"$work/events" 2>"$work/err" | tr -d ' ')
  [ "$found" = "$expected" ] || fail "$name: expected \`$expected\`, found \`$found\`: $(head -c 300 "$work/err")"
}
# said NAME EXPECTED: what the last program wrote to its standard error.
said() { [ "$(tr -d ' ' <"$work/err")" = "$2" ] || fail "$1: expected \`$2\` on standard error, found: $(cat "$work/err")"; }
# record EVENT KEY SEQUENCE [ATTRIBUTES]: attributes go to the old image of a REMOVE, else to the new one.
record() {
  local image=NewImage
  [ "$1" = REMOVE ] && image=OldImage
  printf '{"eventName":"%s","dynamodb":{"Keys":{"PK":{"S":"%s"}},"%s":{"PK":{"S":"%s"}%s},"SequenceNumber":"%s"}}' \
    "$1" "$2" "$image" "$2" "${4:-}" "$3"
}
# event RECORD...
event() {
  local IFS=,
  printf '{"Records":[%s]}\n' "$*"
}

languages=(python3:py)
if command -v node >/dev/null; then
  languages+=(node:js)
else
  echo "node is not installed: the handlers in JavaScript are not tested"
fi

for language in "${languages[@]}"; do
  run=${language%%:*}
  suffix=${language##*:}

  index="$handlers/search_index.$suffix"
  {
    event "$(record INSERT a 1)" "$(record INSERT b 2)"
    event "$(record MODIFY a 3 ',"v":{"N":"1"}')"
    event "$(record REMOVE a 4)" "$(record REMOVE never-seen 5)"
    # What follows arrives after the REMOVE of an earlier try: a deleting MODIFY brings a back.
    event "$(record MODIFY a 6 ',"aws:rep:deleting":{"BOOL":true}')"
    event '{"eventName":"MODIFY","dynamodb":{"Keys":{"PK":{"S":"a"}},"SequenceNumber":"7"}}'
    event
  } >"$work/events"
  no_images='{"errorMessage":"thestreamhasnonewimages;NEW_IMAGEorNEW_AND_OLD_IMAGEShas","errorType":"ValueError"}'
  [ "$suffix" = js ] && no_images=${no_images/ValueError/Error}
  answers "$index" '{"size":2}
{"size":2}
{"size":1}
{"size":2}
'"$no_images"'
{"size":2}' "$run" "$index"
  answers "$index --respect-deleting" '{"size":2}
{"size":2}
{"size":1}
{"size":1}
'"$no_images"'
{"size":1}' "$run" "$index" --respect-deleting

  dedupe="$handlers/dedupe.$suffix"
  {
    event "$(record INSERT a 1 ',"change_id":{"S":"c1"}')" "$(record INSERT a 2 ',"change_id":{"S":"c1"}')"
    event "$(record MODIFY a 3 ',"change_id":{"S":"c2"}')" "$(record INSERT b 4 ',"change_id":{"S":"c1"}')"
    event "$(record REMOVE a 5 ',"change_id":{"S":"c2"}')" "$(record REMOVE a 6 ',"change_id":{"S":"c2"}')"
    event "$(record INSERT unmarked 7)"
  } >"$work/events"
  changes='[{"PK":{"S":"a"}},{"S":"c1"}]
[{"PK":{"S":"a"}},{"S":"c2"}]
[{"PK":{"S":"b"}},{"S":"c1"}]
[{"PK":{"S":"a"}},{"S":"c2"},"removed"]'
  all='{"acted":1}
{"acted":2}
{"acted":1}
{"acted":0}'
  # shellcheck disable=SC2001  # a word before each line
  acted=$(sed 's/^/acted/' <<<"$changes")
  answers "$dedupe" "$all" "$run" "$dedupe"
  said "$dedupe" "$acted"
  rm -f "$work/memory"
  answers "$dedupe with a file" "$all" "$run" "$dedupe" change_id "$work/memory"
  [ "$(cat "$work/memory")" = "$changes" ] || fail "$dedupe: the memory is $(cat "$work/memory")"
done

# What one language has remembered, the other knows.
if [ "${#languages[@]}" -eq 2 ]; then
  none='{"acted":0}
{"acted":0}
{"acted":0}
{"acted":0}'
  answers "dedupe.py after dedupe.js" "$none" python3 "$handlers/dedupe.py" change_id "$work/memory"
  said "dedupe.py after dedupe.js" ""
fi

{
  event "$(record INSERT a 1 ',"home":{"S":"eu-west-1"}')" "$(record INSERT b 2 ',"home":{"S":"us-east-1"}')"
  event "$(record INSERT a 1 ',"home":{"S":"eu-west-1"}')" "$(record MODIFY c 3 ',"home":{"S":"eu-west-1"}')"
  event "$(record INSERT d 4)" "$(record REMOVE a 5 ',"home":{"S":"eu-west-1"}')"
} >"$work/events"
answers "charge_once.py" '{"charged":1}
{"charged":0}
{"charged":0}' env AWS_REGION=eu-west-1 python3 "$handlers/charge_once.py"
said "charge_once.py" 'charged{"PK":{"S":"a"}}'
answers "charge_once.py REGION" '{"charged":1}
{"charged":0}
{"charged":0}' env AWS_REGION=eu-west-1 python3 "$handlers/charge_once.py" us-east-1
said "charge_once.py REGION" 'charged{"PK":{"S":"b"}}'

{
  event "$(record INSERT fine 1)"
  event "$(record INSERT fine 2)" "$(record INSERT a-poison-pill 3)" "$(record INSERT poison 4)"
} >"$work/events"
answers "poison.py" 'null
{"errorMessage":"record3ispoison","errorType":"ValueError"}' python3 "$handlers/poison.py"
answers "poison.py --partial" '{"batchItemFailures":[]}
{"batchItemFailures":[{"itemIdentifier":"3"}]}' python3 "$handlers/poison.py" --partial

# ---- with the streams of a run: two regions, every change in both streams, one action each
cat >"$work/orders.yaml" <<'YAML'
regions: [us-east-1, eu-west-1]
network: 10ms
steps:
  - {at: 1s, in: us-east-1, put: {PK: a, home: us-east-1, change_id: c1}}
  - {at: 2s, in: eu-west-1, put: {PK: b, home: eu-west-1, change_id: c2}}
  - {at: 3s, in: eu-west-1, put: {PK: a, home: us-east-1, change_id: c3}}
  - {at: 4s, in: us-east-1, delete: {PK: b}}
YAML
"$gtsim" run "$work/orders.yaml" --out "$work/runs" --quiet || fail "the run does not hold"
# both PROGRAM...: the streams of both regions, one after the other; what is said goes to $work/err.
both() {
  local region
  for region in us-east-1 eu-west-1; do
    "$gtsim" consume "$work/runs/orders/latest" --region "$region" -- "$@"
  done 2>"$work/err" </dev/null | tr -d ' \n'
}
for language in "${languages[@]}"; do
  run=${language%%:*}
  suffix=${language##*:}
  found=$(both "$run" "$handlers/search_index.$suffix")
  [ "$found" = '{"size":1}{"size":1}' ] || fail "a run through search_index.$suffix: $found $(cat "$work/err")"
  rm -f "$work/memory"
  found=$(both "$run" "$handlers/dedupe.$suffix" change_id "$work/memory")
  [ "$found" = '{"acted":4}{"acted":0}' ] || fail "a run through dedupe.$suffix: $found $(cat "$work/err")"
done
found=$(both python3 "$handlers/charge_once.py")
[ "$found" = '{"charged":1}{"charged":1}' ] || fail "a run through charge_once.py: $found $(cat "$work/err")"

# ---- as Lambda does it: the file is loaded, `handler` is called, no arguments but the environment's
event "$(record INSERT a 1 ',"mark":{"S":"1"}')" "$(record INSERT poison 2)" >"$work/events"
found=$(PYTHONPATH=$handlers PYTHONDONTWRITEBYTECODE=1 CHANGE_ATTRIBUTE=mark PARTIAL=1 python3 -c '
import json, sys
import dedupe, poison, search_index
event = json.load(sys.stdin)
print(search_index.handler(event, None), dedupe.handler(event, None), poison.handler(event, None))
' <"$work/events" 2>"$work/err")
[ "$found" = "{'size': 2} {'acted': 1} {'batchItemFailures': [{'itemIdentifier': '2'}]}" ] ||
  fail "loaded from Python: $found $(cat "$work/err")"
if [ "${#languages[@]}" -eq 2 ]; then
  # shellcheck disable=SC2016  # for JavaScript
  found=$(CHANGE_ATTRIBUTE=mark node -e '
    const event = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
    const load = (name) => require(`./scenarios/handlers/${name}.js`).handler(event, undefined);
    Promise.all(["search_index", "dedupe"].map(load)).then((all) => console.log(JSON.stringify(all)));
  ' <"$work/events" 2>"$work/err")
  [ "$found" = '[{"size":2},{"acted":1}]' ] || fail "loaded from node: $found $(cat "$work/err")"
fi

conclude
