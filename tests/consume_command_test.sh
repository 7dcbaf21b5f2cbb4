#!/usr/bin/env bash
# `gtsim consume` as a person or CI uses it: choosing a stream, the forms of output, selection,
# checkpoints, following a run, programs, and every way to hold it wrong.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/checks.sh
. tests/checks.sh
gtsim=${GTSIM:-build/release/sim/gtsim}
follower=
trap '[ -z "$follower" ] || kill "$follower" 2>/dev/null; rm -rf "$work"' EXIT

# consume NAME EXIT-CODE ARGUMENT...: leaves standard output in $work/out, standard error in $work/err.
consume() {
  local name=$1 code=$2 found
  shift 2
  "$gtsim" consume "$@" >"$work/out" 2>"$work/err" </dev/null
  found=$?
  [ "$found" -eq "$code" ] || fail "$name: exit code $found, expected $code: $(head -c 400 "$work/err")"
}
# out_is NAME TEXT, err_has NAME FRAGMENT
out_is() { [ "$(cat "$work/out")" = "$2" ] || fail "$1: expected \`$2\`, found: $(head -c 400 "$work/out")"; }
out_has() { grep -qF -- "$2" "$work/out" || fail "$1: no \`$2\` in: $(head -c 400 "$work/out")"; }
err_has() { grep -qF -- "$2" "$work/err" || fail "$1: no \`$2\` in: $(head -c 400 "$work/err")"; }
lines() { wc -l <"$work/out" | tr -d ' '; }
# Sequence numbers of printed records, one per line, of JSON Lines and Lambda events alike.
numbers() { grep -o '"SequenceNumber":"[0-9]*"' "$1" | grep -o '[0-9]*'; }

cat >"$work/one.yaml" <<'YAML'
regions: [us-east-1, eu-west-1]
network: 10ms
tables:
  orders: {key: {PK: S, SK: N}}
steps:
  - {at: 1s, in: us-east-1, put: {PK: a, SK: 1, home: us-east-1}}
  - {at: 2s, in: eu-west-1, put: {PK: b, SK: 2, home: eu-west-1}}
  - {at: 3s, in: us-east-1, put: {PK: a, SK: 1, home: us-east-1, v: 2}}
  - {at: 4s, in: us-east-1, delete: {PK: b, SK: 2}}
YAML
cat >"$work/two.yaml" <<'YAML'
regions: [us-east-1, eu-west-1]
network: 10ms
tables:
  orders: {key: {PK: S}}
  orders.archive: {key: {PK: S}, ttl: {attribute: expires, delay: 5s}}
steps:
  - {at: 1s, in: us-east-1, table: orders, put: {PK: a}}
  - {at: 1s, in: us-east-1, table: orders.archive, put: {PK: b}}
YAML
"$gtsim" run "$work/one.yaml" "$work/two.yaml" --out "$work/runs" --quiet || fail "the runs do not hold"
one="$work/runs/one/1"
two="$work/runs/two/latest"
us="$one/streams/us-east-1.orders.jsonl"

# ---- choosing a stream
consume "region is needed" 2 "$one"
err_has "region is needed" "choose one stream with --region and --table: eu-west-1.orders, us-east-1.orders"
consume "one table" 0 "$one" --region us-east-1
cmp -s "$work/out" "$us" || fail "JSON Lines are not the stream as it is"
consume "table is needed" 2 "$two" --region us-east-1
err_has "table is needed" "us-east-1.orders, us-east-1.orders.archive"
consume "table with a dot" 0 "$two" --region us-east-1 --table orders.archive
out_has "table with a dot" '"PK":{"S":"b"}'
consume "unknown region" 2 "$one" --region us-east-7
err_has "unknown region" "no stream of region \`us-east-7\`; there are eu-west-1.orders, us-east-1.orders"
consume "no folder" 2 "$work/nowhere"
err_has "no folder" "no run folder; expected one such as"
mkdir "$work/empty" && touch "$work/empty/scenario.yaml"
consume "no stream" 2 "$work/empty"
err_has "no stream" "holds no stream"

# ---- forms
consume "table" 0 "$one" --region us-east-1 --format table
[ "$(lines)" -eq 5 ] || fail "table: $(lines) lines, expected a head and 4 records"
grep -qE '^2026-01-01T00:00:01Z +INSERT +here +PK=a SK=1 +[0-9]{21}$' "$work/out" || fail "table, first: $(cat "$work/out")"
grep -qE '^2026-01-01T00:00:02Z +INSERT +replicated from eu-west-1 +PK=b SK=2 ' "$work/out" || fail "table, second: $(cat "$work/out")"

consume "lambda" 0 "$one" --region eu-west-1 --format lambda
[ "$(lines)" -eq 1 ] || fail "lambda: $(lines) events, expected 1"
python3 - "$work/out" <<'PYTHON' || fail "lambda: the event is not as Lambda's"
import json, sys
event = json.load(open(sys.argv[1]))
assert list(event) == ["Records"], event
arn = "arn:aws:dynamodb:eu-west-1:000000000000:table/orders/stream/2026-01-01T00:00:00.000"
for record in event["Records"]:
    assert record["eventSourceARN"] == arn, record
    assert record["eventSource"] == "aws:dynamodb", record
assert [record["eventName"] for record in event["Records"]] == ["INSERT", "INSERT", "MODIFY", "REMOVE"], event
PYTHON
consume "batches" 0 "$one" --region eu-west-1 --format lambda --batch-size 3
[ "$(lines)" -eq 2 ] || fail "batches: $(lines) events, expected 2"
consume "batch size" 2 "$one" --region eu-west-1 --batch-size 10001
cat >"$work/ttl.yaml" <<'YAML'
regions: [us-east-1]
network: 10ms
tables: {sessions: {key: {PK: S}, stream: NEW_AND_OLD_IMAGES, ttl: {attribute: expires, delay: 5m}}}
steps:
  - {at: 1s, in: us-east-1, put: {PK: a, expires: 1767225660}}
expect: [{item: {key: {PK: a}, in: all, at: 1h, absent: true}}]
YAML
"$gtsim" run "$work/ttl.yaml" --out "$work/runs" --quiet >/dev/null
consume "time to live" 0 "$work/runs/ttl/latest" --event REMOVE --format lambda
out_has "time to live" '"userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"}'
consume "time to live, table" 0 "$work/runs/ttl/latest" --event REMOVE --format table
out_has "time to live, table" "time to live"

# ---- selection
consume "application" 0 "$one" --region us-east-1 --origin application
[ "$(lines)" -eq 3 ] || fail "application: $(lines) records, expected 3"
consume "replication" 0 "$one" --region us-east-1 --origin replication
[ "$(lines)" -eq 1 ] || fail "replication: $(lines) records, expected 1"
consume "events" 0 "$one" --region us-east-1 --event MODIFY,REMOVE
[ "$(lines)" -eq 2 ] || fail "events: $(lines) records, expected 2"
consume "unknown event" 2 "$one" --region us-east-1 --event UPSERT
consume "filter" 0 "$one" --region us-east-1 --filter '{"dynamodb":{"NewImage":{"home":{"S":["eu-west-1"]}}}}'
[ "$(lines)" -eq 1 ] || fail "filter: $(lines) records, expected 1"
consume "two filters" 0 "$one" --region us-east-1 --filter '{"eventName":["REMOVE"]}' \
  --filter '{"eventSourceARN":[{"suffix":"00.000"}],"eventName":["MODIFY"]}'
[ "$(lines)" -eq 2 ] || fail "two filters: $(lines) records, expected 2"
consume "bad filter" 2 "$one" --region us-east-1 --filter '{"eventName":"REMOVE"}'
err_has "bad filter" "--filter: 1:14: eventName: expected an array"
consume "limit" 0 "$one" --region us-east-1 --event INSERT,REMOVE --limit 2
[ "$(lines)" -eq 2 ] || fail "limit: $(lines) records, expected 2"

# ---- where to start
third=$(numbers "$us" | sed -n 3p)
consume "from" 0 "$one" --region us-east-1 --from "$third"
cmp -s <(tail -n 2 "$us") "$work/out" || fail "from: $(cat "$work/out")"
consume "from nowhere" 2 "$one" --region us-east-1 --from 100000000000000000000
err_has "from nowhere" "no record has the sequence number 100000000000000000000"
consume "from time" 0 "$one" --region us-east-1 --from-time 2026-01-01T00:00:03.5Z
cmp -s <(tail -n 2 "$us") "$work/out" || fail "from time: $(cat "$work/out")"
consume "from a bad time" 2 "$one" --region us-east-1 --from-time yesterday
err_has "from a bad time" "expected a time such as"
consume "two starts" 2 "$one" --region us-east-1 --from "$third" --from-time 2026-01-01T00:00:03Z

# ---- checkpoints: one record at a time gives the stream, each record once
for _ in 1 2 3 4 5; do
  consume "checkpoint" 0 "$one" --region us-east-1 --limit 1 --checkpoint "$work/checkpoint"
  cat "$work/out" >>"$work/pieces"
done
cmp -s "$work/pieces" "$us" || fail "checkpoint: the pieces are not the stream"
consume "other stream" 2 "$one" --region eu-west-1 --checkpoint "$work/checkpoint"
err_has "other stream" "is a checkpoint of us-east-1.orders, not of eu-west-1.orders"
"$gtsim" run "$work/one.yaml" --seed 2 --out "$work/runs" --quiet
consume "other run" 2 "$work/runs/one/2" --region us-east-1 --checkpoint "$work/checkpoint"
err_has "other run" "is it of another run?"
[ ! -s "$work/out" ] || fail "other run: something was printed"
echo '{}' >"$work/no-checkpoint"
consume "no checkpoint" 2 "$one" --region us-east-1 --checkpoint "$work/no-checkpoint"
err_has "no checkpoint" "expected the members region, table and sequence_number"
consume "unwritable checkpoint" 2 "$one" --region us-east-1 --checkpoint "$work/nowhere/checkpoint"
err_has "unwritable checkpoint" "No such file or directory"
"$gtsim" consume "$one" --region us-east-1 --checkpoint "$work/unprinted" >/dev/full 2>"$work/err"
[ $? -eq 2 ] || fail "full disk: not exit code 2"
err_has "full disk" "standard output: No space left on device"
[ ! -e "$work/unprinted" ] || fail "full disk: the checkpoint names records that nobody has seen"

# ---- programs
# shellcheck disable=SC2016  # for the program's shell
consume "program" 0 "$one" --region us-east-1 --batch-size 3 -- sh -c \
  'while read -r event; do echo "{\"name\":\"$AWS_LAMBDA_FUNCTION_NAME $AWS_REGION\"}"; done'
out_is "program" '{"name":"us-east-1.orders us-east-1"}
{"name":"us-east-1.orders us-east-1"}'
consume "program sees events" 0 "$one" --region us-east-1 -- cat
[ "$(numbers "$work/out")" = "$(numbers "$us")" ] || fail "program sees events: $(cat "$work/out")"
consume "program fails" 1 "$one" --region us-east-1 --checkpoint "$work/failed" -- sh -c 'read -r event; echo lost >&2; exit 3'
err_has "program fails" "failed: the handler exited with status 3 before it answered; its last line on standard error: \`lost\`"
[ ! -e "$work/failed" ] || fail "program fails: the checkpoint has moved"
consume "program names a failure" 1 "$one" --region us-east-1 -- sh -c \
  "read -r event; echo '{\"batchItemFailures\":[{\"itemIdentifier\":\"$third\"}]}'"
err_has "program names a failure" "the handler names $third as its first failure"
consume "no program" 1 "$one" --region us-east-1 -- ./no-such-program
err_has "no program" "cannot be started: No such file or directory"
consume "program and format" 2 "$one" --region us-east-1 --format jsonl -- cat

# ---- what a run leaves out, and broken files
cp -r "$work/runs/one/1" "$work/cut"
head -n 2 "$us" >"$work/cut/streams/us-east-1.orders.jsonl"
echo '{"event":"truncated","after_lines":2,"hint":"history: full keeps everything"}' >>"$work/cut/streams/us-east-1.orders.jsonl"
consume "truncated" 0 "$work/cut" --region us-east-1
[ "$(lines)" -eq 2 ] || fail "truncated: $(lines) records, expected 2"
err_has "truncated" "kept no more than 2 records"
head -n 1 "$us" >"$work/cut/streams/us-east-1.orders.jsonl"
sed -n 2p "$us" | head -c 50 >>"$work/cut/streams/us-east-1.orders.jsonl"
consume "cut short" 0 "$work/cut" --region us-east-1
err_has "cut short" "the last line is cut short"
echo 'nonsense' >>"$work/cut/streams/us-east-1.orders.jsonl"
consume "broken" 2 "$work/cut" --region us-east-1
err_has "broken" "us-east-1.orders.jsonl:2: not JSON"

python3 - "$us" >"$work/cut/streams/us-east-1.orders.jsonl" <<'PYTHON'
import json, sys
record = json.loads(open(sys.argv[1]).readline())
value = {"S": "bottom"}
for _ in range(32):
    value = {"L": [{"M": {"below": value}}]}
record["dynamodb"]["NewImage"]["deep"] = value
print(json.dumps(record, separators=(",", ":")))
PYTHON
consume "deep item" 0 "$work/cut" --region us-east-1 --format lambda
out_has "deep item" '"S":"bottom"'

# ---- following: a folder is filled by hand, so that nothing depends on speed
live="$work/live"
mkdir -p "$live/streams"
cp "$one/scenario.yaml" "$live/"
# wait_for LINES: of the follower's output.
wait_for() {
  for _ in $(seq 400); do
    [ "$(wc -l <"$work/followed")" -ge "$1" ] && return
    read -rt 0.05 <> <(:) || true
  done
  fail "follow: $(wc -l <"$work/followed") lines after 20 s, expected $1"
}
: >"$work/followed"
"$gtsim" consume "$live" --region us-east-1 --table orders --follow --checkpoint "$work/follow-checkpoint" \
  >"$work/followed" 2>"$work/err" &
follower=$!
stream="$live/streams/us-east-1.orders.jsonl"
head -n 1 "$us" >"$stream"
wait_for 1
sed -n 2p "$us" | head -c 100 >>"$stream"
sed -n 2p "$us" | tail -c +101 >>"$stream"
wait_for 2
tail -n 2 "$us" >>"$stream"
echo '{}' >"$live/verdict.json"
wait "$follower"
code=$?
follower=
[ "$code" -eq 0 ] || fail "follow: exit code $code: $(cat "$work/err")"
cmp -s "$work/followed" "$us" || fail "follow: what was printed is not the stream"
grep -q "$(numbers "$us" | tail -n 1)" "$work/follow-checkpoint" || fail "follow: the checkpoint is not at the end"

rm "$live/verdict.json"
: >"$work/followed"
"$gtsim" consume "$live" --region us-east-1 --follow >"$work/followed" 2>"$work/err" &
follower=$!
wait_for 4
cp "$us" "$live/new"
mv "$live/new" "$stream"
wait "$follower"
code=$?
follower=
[ "$code" -eq 2 ] || fail "new run: exit code $code, expected 2"
err_has "new run" "another run has taken the folder"

conclude
