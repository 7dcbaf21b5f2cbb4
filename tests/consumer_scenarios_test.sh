#!/usr/bin/env bash
# The scenarios about consumers can fail, and say why: in a copy of each, what the wrong consumer does is
# declared right, or the right one is made wrong, and gtsim must object with the reason.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/checks.sh
. tests/checks.sh
gtsim=$(realpath "${GTSIM:-build/release/sim/gtsim}")

# objects SCENARIO SED-SCRIPT FRAGMENT...: with that change the run fails and says each of the fragments.
objects() {
  local name=$1 script=$2 changed="$work/scenarios/$1.yaml" found fragment
  shift 2
  sed "$script" "scenarios/$name.yaml" >"$changed"
  if cmp -s "scenarios/$name.yaml" "$changed"; then
    fail "$name: nothing matches \`$script\`"
    return
  fi
  rm -rf "$work/runs"
  "$gtsim" run "$changed" --out "$work/runs" >"$work/output" 2>&1 </dev/null
  found=$?
  [ "$found" -eq 1 ] || fail "$name, $script: exit code $found, expected 1: $(head -c 400 "$work/output")"
  for fragment in "$@"; do
    grep -qF -- "$fragment" "$work/output" || fail "$name, $script: no \`$fragment\` in: $(tail -n 25 "$work/output")"
  done
}

# The names of handlers and golden files are relative to the scenario's folder.
mkdir "$work/scenarios"
ln -s "$PWD/scenarios/handlers" "$PWD/scenarios/golden" "$work/scenarios/"

# ---- filters
objects region-filter-deletes 's/missed: 3/missed: 0/' \
  'FAIL filter of new-image, REMOVE: missed = 0: missed 3' \
  '{"PK":{"S":"eu-1"}}: dynamodb.NewImage.home.S is absent (a REMOVE has no NewImage), expected "eu-west-1"'
objects region-filter-deletes 's/missed: 2, let_through: 2/missed: 0, let_through: 0/' \
  'FAIL filter of old-image, REMOVE: missed = 0, let through = 0: missed 2, let through 2' \
  'let through: {"PK":{"S":"eu-3"}}: dynamodb.OldImage.home.S is "eu-west-1", as expected'
# The announced deletes, without the announcement of one.
objects region-filter-deletes '/table: announced, in: us-east-1, update:/d; s/{equals: {home: us-east-1}}, outcome: ok/{exists: home}/' \
  'FAIL filter of announced: missed = 0, let through = 0: missed 0, let through 1' \
  'let through: {"PK":{"S":"eu-2"}}: dynamodb.OldImage.home.S is "eu-west-1", as expected'
# A soft delete that does not say who.
objects region-filter-deletes 's/set: {home: eu-west-1, deleted: true/set: {deleted: true/' \
  'FAIL filter of soft: missed = 0, let through = 0: missed 1, let through 0' \
  'missed by the filter: {"PK":{"S":"us-1"}}: dynamodb.NewImage.home.S is "us-east-1", expected "eu-west-1"'

objects region-filter-updates 's/event: MODIFY, missed: 2, let_through: 1/event: MODIFY, missed: 0, let_through: 0/' \
  'FAIL filter of forgetful-eu, MODIFY: missed = 0, let through = 0: missed 2, let through 1' \
  'missed by the filter: {"PK":{"S":"order-2"}}: dynamodb.NewImage.home.S is "us-east-1", expected "eu-west-1"' \
  'let through: {"PK":{"S":"order-3"}}: dynamodb.NewImage.home.S is "eu-west-1", as expected'
objects region-filter-updates 's/set: {home: us-east-1, state: paid}/set: {state: paid}/' \
  'FAIL filter of careful-us: missed = 0, let through = 0: missed 1, let through 0' \
  'FAIL filter of careful-eu: missed = 0, let through = 0: missed 0, let through 1'

objects legacy-filter 's/let_through: 60/let_through: 0/' \
  'FAIL filter of legacy: missed = 0, let through = 0: missed 0, let through 60' \
  'dynamodb.NewImage.aws:rep:updateregion.S is absent, as expected'
objects legacy-doubled-records 's/puts-naive, missed: 0, let_through: 6/puts-naive, missed: 0, let_through: 0/' \
  'FAIL filter of puts-naive: missed = 0, let through = 0: missed 0, let through 6' \
  'MODIFY that stamps a write made here'
objects legacy-doubled-records 's/updates-filtered, missed: 4/updates-filtered, missed: 0/' \
  'FAIL filter of updates-filtered: missed = 0, let through = 0: missed 4, let through 0' \
  'dynamodb.NewImage.aws:rep:updateregion.S is "eu-west-1", expected no value or any value but "eu-west-1"'
# Two writes with one change_id are one change to the function.
objects legacy-doubled-records 's/change_id: e6/change_id: e4/' 'FAIL output of updates-deduped' '{"acted": 0}'

objects legacy-deleted-comes-back 's/consumer: upserts, missed: 0, let_through: 3/consumer: upserts, missed: 0, let_through: 0/' \
  'FAIL filter of upserts: missed = 0, let through = 0: missed 0, let through 3' \
  'let through: {"PK":{"S":"book"}}: eventName is "MODIFY", as expected'
objects legacy-deleted-comes-back 's/, --respect-deleting//' 'FAIL output of respectful matches' 'respectful has' '{"size": 1}'
objects legacy-deleted-comes-back 's/BOOL: \[false, /BOOL: [true, /' \
  'FAIL filter of filtered: missed = 0, let through = 0: missed 0, let through 3' \
  'dynamodb.NewImage.aws:rep:deleting.BOOL is true, as expected'

objects ttl-filters 's/missed: 18/missed: 0/' \
  'FAIL filter of purge: missed = 0, let through = 0: missed 18, let through 0' \
  'userIdentity.type is absent (the record has no userIdentity), expected "Service"'
objects ttl-filters 's/let_through: 18/let_through: 0/' \
  'FAIL filter of audit: missed = 0, let through = 0: missed 0, let through 18' \
  'userIdentity.principalId is absent (the record has no userIdentity), as expected'
objects ttl-filters '/set: {deleted_by: Ben}/d' \
  'FAIL filter of audit-marked: missed = 0, let through = 0: missed 3, let through 0' \
  'FAIL filter of purge-marked: missed = 0, let through = 0: missed 0, let through 3' \
  '{"PK":{"S":"session-8"}}: dynamodb.OldImage.deleted_by.S is absent'

# ---- deployment
objects acts-in-every-region 's/once: 0, more_than_once: 60/once: 60, more_than_once: 0/' \
  'FAIL writes told to everywhere: missed = 0, once = 60, more than once = 0: missed 0, once 0, more than once 60'
objects acts-in-every-region 's/{home: {S: \[ap-northeast-1\]}}/{home: {S: [eu-west-1]}}/' \
  'FAIL writes told to own-us, own-eu, own-ap: missed = 0, once = 60, more than once = 0: missed 20' \
  'dynamodb.NewImage.home.S is "ap-northeast-1", expected "eu-west-1"'

objects consumer-fails-over 's/missed: 50/missed: 0/' \
  'FAIL writes told to virginia, with-latest: missed = 0, more than once = 3: missed 50, more than once 3'
# An overlap that begins after the failure.
objects consumer-fails-over 's/numeric: \[">=", 1767225645\]/numeric: [">=", 1767225670]/' \
  'FAIL writes told to virginia, with-overlap: missed = 0' 'expected a number >= 1767225670'

# ---- failures
objects poison-blocks-shard 's/given_up: 0, behind: 20/given_up: 0, behind: 0/' \
  'FAIL deliveries to stubborn: given up = 0, behind = 0: given up 0, behind 20' \
  'last failure: a fault of the scenario: a poison record'
objects poison-blocks-shard 's/consumer: gives-up, missed: 10/consumer: gives-up, missed: 1/' \
  'FAIL filter of gives-up: missed = 1: missed 10' '10 given up after failures'
objects poison-blocks-shard 's/bisect_on_error: true/bisect_on_error: false/' \
  'FAIL filter of bisects: missed = 1: missed 10'
objects poison-blocks-shard 's/report_batch_item_failures: true/report_batch_item_failures: false/' \
  'FAIL filter of reports: missed = 6: missed 10'

objects partial-batch-failures 's/missed: 1, duplicates: 10/missed: 1, duplicates: 3/' \
  'FAIL filter of throws: missed = 1, duplicates = 3: missed 1, duplicates 10' 'is poison`'
objects partial-batch-failures 's/report_batch_item_failures: true/report_batch_item_failures: false/' \
  'FAIL filter of reports: missed = 1, duplicates = 3: missed 0, duplicates 0' \
  'FAIL deliveries to reports: given up = 1: given up 0'

# ---- time and shards
objects consumer-falls-behind 's/expired: "> 300"/expired: 0/; s/expired: 895..905/expired: 0/' \
  'FAIL deliveries to one-by-one: ' 'FAIL deliveries to switched-off: ' 'left the stream unread'
objects shard-split-consumer 's/duplicates: "> 0"/duplicates: 0/; s/out_of_order: "> 0"/out_of_order: 0/' \
  'FAIL filter of crashing: missed = 0, let through = 0, duplicates = 0: missed 0, let through 0, duplicates ' \
  'FAIL deliveries to crashing: out of order = 0, behind = 0: out of order '
objects consumer-starts-late 's/missed: 5/missed: 0/' 'FAIL filter of latest: missed = 0, let through = 0: missed 5, let through 0'
objects consumer-starts-late 's/starting_position: TRIM_HORIZON/starting_position: LATEST/' \
  'FAIL deliveries to horizon: records = 15: records 5'
objects tumbling-window '/tumbling_window/d' 'FAIL output of windowed matches' 'windowed has' '{"total": "10"}'
objects tumbling-window '/split:/d' 'FAIL output of windowed matches' '{"state": {"sum": "30"}}'

# ---- what the prose of the legacy scenarios says of the other profile
# with_profile SCENARIO PROFILE FRAGMENT...
with_profile() {
  local name=$1 profile=$2 fragment
  shift 2
  rm -rf "$work/runs"
  "$gtsim" run "scenarios/$name.yaml" --profile "$profile" --out "$work/runs" >"$work/output" 2>&1 </dev/null
  [ $? -eq 1 ] || fail "$name --profile $profile holds"
  for fragment in "$@"; do
    grep -qF -- "$fragment" "$work/output" || fail "$name --profile $profile: no \`$fragment\`"
  done
}
with_profile legacy-filter 2017 'FAIL filter of legacy: missed = 0, let through = 60: missed 0, let through 0' \
  'FAIL filter of home: missed = 0, let through = 0: missed 0, let through 60'
with_profile legacy-doubled-records 2019 'FAIL filter of puts-naive: missed = 0, let through = 6: missed 0, let through 0' \
  'FAIL filter of updates-filtered: missed = 4, let through = 0: missed 0, let through 0' \
  'ok  output of updates-deduped'
with_profile legacy-deleted-comes-back 2019 'FAIL filter of upserts: missed = 0, let through = 3: missed 0, let through 0'

# ---- window_sum, in both languages
cat >"$work/events" <<'JSON'
{"Records":[{"eventName":"INSERT","dynamodb":{"NewImage":{"cents":{"N":"5"}}}},{"eventName":"MODIFY","dynamodb":{"NewImage":{"cents":{"N":"7"}}}}]}
{"Records":[{"eventName":"INSERT","dynamodb":{"NewImage":{"cents":{"N":"9007199254740993"}}}}],"window":{"start":"t"},"state":{},"isFinalInvokeForWindow":false}
{"Records":[{"eventName":"INSERT","dynamodb":{"NewImage":{}}}],"window":{"start":"t"},"state":{"sum":"12"},"isFinalInvokeForWindow":false}
{"Records":[],"window":{"start":"t"},"state":{"sum":"12"},"isFinalInvokeForWindow":true}
{}
{"Records":[]}
JSON
sums='{"total":"5"}
{"state":{"sum":"9007199254740993"}}
{"state":{"sum":"12"}}
{"total":"12"}'
programs=(python3:window_sum.py)
if command -v node >/dev/null; then programs+=(node:window_sum.js); else echo "node is not installed: window_sum.js is not tested"; fi
for program in "${programs[@]}"; do
  handler=scenarios/handlers/${program#*:}
  found=$("${program%%:*}" "$handler" cents <"$work/events" 2>"$work/err" | tr -d ' ')
  [ "$(head -n 4 <<<"$found")" = "$sums" ] || fail "$handler: $found"
  [[ "$(sed -n 5p <<<"$found")" == *errorType* ]] || fail "$handler takes an event without records: $found"
  [ "$(sed -n 6p <<<"$found")" = '{"total":"0"}' ] || fail "$handler: $found"
  [ "$(cat "$work/err")" = 'batch: 5
window t: 12
batch: 0' ] || fail "$handler said: $(cat "$work/err")"
done

# ---- docs/consumers.md: its scenario holds, the report it shows is a real one, its links lead somewhere
page=docs/consumers.md
block() { awk -v begin="\`\`\`$1" '/^```/ && inside { exit } inside; $0 == begin { inside = 1 }' "$page"; }
block yaml >"$work/scenarios/first.yaml"
"$gtsim" run "$work/scenarios/first.yaml" --out "$work/runs" >"$work/output" 2>&1 </dev/null || fail "$page: $(head -c 400 "$work/output")"
"$gtsim" run scenarios/region-filter-deletes.yaml --out "$work/runs" >"$work/output" 2>&1 </dev/null
shown=$(awk '/^```/ { inside = !inside; next } inside && /^  consumer old-image/ { table = 1 } !inside { table = 0 } table' "$page")
[ -n "$shown" ] || fail "$page shows no report"
[[ "$(cat "$work/output")" == *"$shown"* ]] || fail "$page shows another report than there is: $(cat "$work/output")"
while read -r linked; do
  [ -e "docs/$linked" ] || fail "$page: $linked does not exist"
done < <(grep -o '](\.\./scenarios/[^)]*' "$page" | cut -c3-)

conclude
