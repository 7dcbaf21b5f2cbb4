#!/usr/bin/env bash
# `gtsim filter` as a person or CI uses it: what it prints, and exit codes 0, 1 and 2.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/checks.sh
. tests/checks.sh
gtsim=${GTSIM:-build/release/sim/gtsim}

cat >"$work/home.json" <<'JSON'
{"eventName": ["INSERT", "MODIFY"],
 "dynamodb": {"NewImage": {"home": {"S": ["eu-west-1"]}}}}
JSON
here='{"eventName":"INSERT","dynamodb":{"Keys":{"PK":{"S":"a"}},"NewImage":{"PK":{"S":"a"},"home":{"S":"eu-west-1"}}}}'
there=${here/eu-west-1/us-east-1}
removed='{"eventName":"REMOVE","dynamodb":{"Keys":{"PK":{"S":"b"}}}}'
printf '%s\n%s\n\n%s\n' "$here" "$there" "$removed" >"$work/events.jsonl"
printf '{"Records":[%s,%s]}' "$here" "$here" >"$work/lambda.json"
printf '{"Records": [\n%s,\n%s\n], "NextShardIterator": "x"}' "$here" "$removed" >"$work/get_records.json"

# --- test
expect "text matches" 0 "1 of 1 events match" "$gtsim" filter test '{"eventName":["INSERT"]}' "$here"
expect "a file does not" 1 "1 of 3 events match" "$gtsim" filter test "$work/home.json" "$work/events.jsonl"
expect "places are lines" 1 "no match  $work/events.jsonl:4 REMOVE {\"PK\":{\"S\":\"b\"}}" \
  "$gtsim" filter test "$work/home.json" "$work/events.jsonl"
expect "reasons" 1 'dynamodb.NewImage.home.S is "us-east-1", expected "eu-west-1"' \
  "$gtsim" filter test "$work/home.json" "$work/events.jsonl"
expect "lambda event" 0 "2 of 2 events match" "$gtsim" filter test "$work/home.json" "$work/lambda.json"
expect "answer of GetRecords" 1 "1 of 2 events match" "$gtsim" filter test "$work/home.json" "$work/get_records.json"
expect "several files" 1 "3 of 4 events match" "$gtsim" filter test "$work/home.json" "$work/lambda.json" "$work/get_records.json"
expect "json" 1 "{\"event\":\"$work/events.jsonl:2\",\"match\":false,\"why\":" \
  "$gtsim" filter test --json "$work/home.json" "$work/events.jsonl"
expect "standard input" 0 "standard input:1" "$gtsim" filter test "$work/home.json" - <<<"$here"
expect "pattern from standard input" 0 "1 of 1" "$gtsim" filter test - "$here" <"$work/home.json"
expect "userIdentity of GetRecords" 0 "1 of 1" "$gtsim" filter test \
  '{"userIdentity":{"type":["Service"],"principalId":["dynamodb.amazonaws.com"]}}' \
  '{"eventName":"REMOVE","dynamodb":{},"userIdentity":{"PrincipalId":"dynamodb.amazonaws.com","Type":"Service"}}'
expect "userIdentity of Lambda stays" 1 "0 of 1" "$gtsim" filter test '{"userIdentity":{"type":["Service"]}}' \
  '{"eventName":"REMOVE","dynamodb":{},"userIdentity":{"Type":"Service"},"eventSourceARN":"arn"}'
expect "the mark of a cut stream is no event" 0 "1 of 1" "$gtsim" filter test '{"eventName":["INSERT"]}' \
  "$(printf '%s\n{"event":"truncated","after_lines":1}' "$here")"
expect "bad pattern" 2 'pattern:1:6: a: expected an array of alternatives, such as ["x"], or an object of fields, found "x"' \
  "$gtsim" filter test '{"a":"x"}' "$here"
grep -qF 'Lambda says: Invalid filter pattern definition.' "$work/output" || fail "the service's words are missing"
grep -qF 'the reference engine says: "a" must be an object or an array' "$work/output" || fail "the engine's words are missing"
grep -qxF '         ^' "$work/output" || fail "the mark is missing: $(cat "$work/output")"
expect "bad event" 2 "event:1:6: expected a JSON value" "$gtsim" filter test '{"a":[1]}' '{"a":'
printf '%s\n{"a":x}' "$here" >"$work/bad.jsonl"
expect "bad line" 2 "$work/bad.jsonl:2:6: expected a JSON value, found \`x\`" \
  "$gtsim" filter test '{"a":[1]}' "$work/bad.jsonl"
expect "event is a list of numbers" 2 "expected an event, which is an object, found 5" "$gtsim" filter test '{"a":[1]}' '[5]'
expect "empty file" 2 "expected an event, found nothing" "$gtsim" filter test '{"a":[1]}' /dev/null
expect "missing file" 2 "$work/nowhere: No such file" "$gtsim" filter test '{"a":[1]}' "$work/nowhere"
expect "missing event" 2 "expected a pattern and events" "$gtsim" filter test '{"a":[1]}'
expect "folder" 2 "this is a folder" "$gtsim" filter test '{"a":[1]}' "$work"
expect "warnings" 0 "is given twice" "$gtsim" filter test '{"eventName":["x"],"eventName":["INSERT"]}' "$here"

# --- cases
cat >"$work/cases.jsonl" <<JSON
{"name": "own write", "pattern": {"dynamodb": {"NewImage": {"home": {"S": ["eu-west-1"]}}}}, "event": $here, "match": true}
{"name": "write of <others>", "pattern": {"dynamodb": {"NewImage": {"home": {"S": ["eu-west-1"]}}}}, "event": $there, "match": false}
{"name": "no array", "pattern": {"eventName": "INSERT"}, "match": "invalid"}
{"name": "not even JSON", "pattern": "{", "match": "invalid"}
JSON
expect "cases" 0 "4 of 4 cases as expected" "$gtsim" filter test --cases "$work/cases.jsonl" --junit "$work/junit.xml"
grep -q '<testsuite name="filters" tests="4" failures="0">' "$work/junit.xml" || fail "junit: $(cat "$work/junit.xml")"
sed 's/"match": false/"match": true/; s/"match": "invalid"/"match": false, "event": {}/' "$work/cases.jsonl" >"$work/wrong.jsonl"
expect "cases that differ" 1 "wrong.jsonl:2:1: write of <others>: expected match, found no match: dynamodb.NewImage.home.S" \
  "$gtsim" filter test --cases "$work/wrong.jsonl" --junit "$work/junit.xml"
grep -qF "1 of 4 cases as expected" "$work/output" || fail "cases are miscounted"
grep -q 'name="write of &lt;others>" file=' "$work/junit.xml" || fail "junit is not escaped"
grep -c '<failure' "$work/junit.xml" | grep -qx 3 || fail "junit has not three failures"
expect "cases as JSON" 1 '"as_expected":false,"expected":"match","found":"no match"' \
  "$gtsim" filter test --cases "$work/wrong.jsonl" --json
expect "a case without pattern" 2 "cases:1:1: expected a pattern and a match" "$gtsim" filter test --cases '{"name":"x"}'
expect "a case with a wrong word" 2 "found \`matches\`" "$gtsim" filter test --cases '{"matches":true}'
expect "a case with a wrong outcome" 2 "expected true, false" "$gtsim" filter test --cases '{"pattern":{},"match":"yes"}'
expect "a full disk" 2 "No space left on device" "$gtsim" filter test --cases "$work/cases.jsonl" --junit /dev/full
expect "cases and a pattern" 2 "expected a pattern and events, or --cases" "$gtsim" filter test --cases "$work/cases.jsonl" '{"a":[1]}' "$here"

# --- explain
expect "explain" 1 '  fails  dynamodb.NewImage.home.S is "us-east-1", expected "eu-west-1"   <- decides' \
  "$gtsim" filter explain "$work/home.json" "$there"
expect "explain a match" 0 '  holds  eventName is "INSERT", as expected' "$gtsim" filter explain "$work/home.json" "$here"
expect "explain a removal" 1 'dynamodb.NewImage.home.S is absent (a REMOVE has no NewImage)' \
  "$gtsim" filter explain "$work/home.json" "$removed"
expect "explain as JSON" 1 '"path":"dynamodb.NewImage.home.S","test":["eu-west-1"],"holds":false' \
  "$gtsim" filter explain --json "$work/home.json" "$there"

# --- lint
expect "lint is clean" 0 "0 errors, 0 warnings, 0 infos" "$gtsim" filter lint "$work/home.json"
expect "lint informs" 0 "0 errors, 0 warnings, 1 info" "$gtsim" filter lint '{"userIdentity":{"type":["Service"]}}'
expect "lint finds" 1 'mend: name the type: {"status": {"S": ["open"]}}' \
  "$gtsim" filter lint '{"dynamodb":{"NewImage":{"status":["open"]}}}'
stamp='{"dynamodb":{"NewImage":{"aws:rep:updateregion":{"S":["eu-west-1"]}}}}'
expect "lint of a legacy stamp" 1 "[legacy-stamp]" "$gtsim" filter lint "$stamp"
expect "lint of a legacy table" 0 "0 errors" "$gtsim" filter lint "$stamp" --table-profile 2017
expect "lint of no such profile" 2 "--table-profile" "$gtsim" filter lint "$stamp" --table-profile 2018
expect "lint as JSON" 1 '"severity":"error","rule":"legacy-stamp"' "$gtsim" filter lint --json "$stamp"
expect "lint of a bad pattern" 2 "expected an array" "$gtsim" filter lint '{"a":"x"}'

# --- coverage
expect "coverage is complete" 0 "every test and every alternative decided at least once" \
  "$gtsim" filter coverage '{"eventName":["INSERT"]}' "$here" "$removed"
expect "coverage finds what never held" 1 '"MODIFY": held for 0, needed for 0   <- never held' \
  "$gtsim" filter coverage "$work/home.json" "$work/events.jsonl"
expect "coverage as JSON" 1 '{"events":3,"matched":1,"complete":false,"leaves":[{"path":"eventName"' \
  "$gtsim" filter coverage --json "$work/home.json" "$work/events.jsonl"
cat >"$work/run.yaml" <<'YAML'
regions: [a, b]
network: 10ms
workload: [{rate: 10/s, count: 20}]
YAML
"$gtsim" run "$work/run.yaml" --out "$work/runs" >/dev/null 2>&1 || fail "the run failed"
expect "coverage of a run folder" 1 "20 of 40 events match" \
  "$gtsim" filter coverage '{"eventName":["INSERT","MODIFY","REMOVE"],"origin":{"kind":["APPLICATION"]}}' \
  "$work/runs/run/latest/streams/a.table.jsonl"

expect "an array in an argument" 1 "1 of 2 events match" "$gtsim" filter test '{"a":[1]}' '[{"a":1},{"a":2}]'
expect "unknown option" 2 "no option \`--nonsense\`" "$gtsim" filter test '{"a":[1]}' "$here" --nonsense
expect "explain nothing" 2 "expected events after the pattern" "$gtsim" filter explain '{"a":[1]}'
expect "no part" 2 "" "$gtsim" filter
expect "help" 0 "docs/filters.md" "$gtsim" filter --help

conclude
