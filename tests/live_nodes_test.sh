#!/usr/bin/env bash
# A run on nodes that somebody else has started: a cluster file names them, the verdict is as always, the nodes live on,
# and a second run is refused because their tables are not empty any more.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/checks.sh
. tests/checks.sh
gtsim=$(realpath "${GTSIM:-build/release/sim/gtsim}")
node=$(realpath "${REGION_NODE:-build/release/region-node/region-node}")
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; wait; rm -rf "$work"' EXIT
cd "$work" || exit 1

cat >node.yaml <<'YAML'
cluster: shop
regions: [us-east-1, eu-west-1]
journal: true
tables:
  items: {key: {PK: S}}
YAML
listens() { grep -o "\"$2\":\"[^\"]*\"" "$1.ready" | cut -d'"' -f4; }

# Where the peers listen, the run tells them.
for region in us-east-1 eu-west-1; do
  "$node" --config node.yaml --region "$region" --data "$work/$region" >"$region.ready" 2>"$region.err" &
  pids+=($!)
done
{
  echo "cluster: shop"
  echo "regions:"
} >cluster.yaml
for region in us-east-1 eu-west-1; do
  until_true "$region is ready" test -s "$region.ready"
  echo "  $region: {control: \"$(listens "$region" control)\", replication: \"$(listens "$region" replication)\"}" >>cluster.yaml
done
echo "tables: {items: {PK: S}}" >>cluster.yaml
cat >run.yaml <<'YAML'
regions: [us-east-1, eu-west-1]
network: 20ms
tables: {items: {key: {PK: S}}}
workload: [{regions: all, rate: 50/s, keys: uniform(20), for: 4s}]
steps:
  - {at: 1s, partition: [[us-east-1], [eu-west-1]], for: 1s}
  - {at: 1500ms, in: us-east-1, put: {PK: cart, book: 1}}
  - {at: 1700ms, in: eu-west-1, put: {PK: cart, lamp: 1}}
expect:
  - {item: {key: {PK: cart}, in: us-east-1, at: 1900ms, has: {book: 1}}}
  - {item: {key: {PK: cart}, in: all, equals: {lamp: 1}}}
  - digest: equal
YAML

expect "time cannot be scaled" 2 "--speed" "$gtsim" run --live --nodes cluster.yaml --speed 2 run.yaml
expect "the run holds" 0 "verdict: holds" "$gtsim" run --live --nodes cluster.yaml run.yaml --out runs
grep -q "live on 2 nodes of a cluster file" output || fail "the report does not say where it ran: $(head -n 3 output)"
grep -q '"text":"partition' runs/run/latest/history.jsonl || fail "the history tells of no partition"
expect "tables that are not empty" 2 "a run begins with empty tables" "$gtsim" run --live --nodes cluster.yaml run.yaml --out runs
for pid in "${pids[@]}"; do
  kill -0 "$pid" 2>/dev/null || fail "a node has ended with the run"
done
for region in us-east-1 eu-west-1; do
  expect "$region has what was written" 0 '"lamp": 1' "$gtsim" get "$region" '{"PK": "cart"}' --nodes cluster.yaml
done
conclude
