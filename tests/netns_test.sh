#!/usr/bin/env bash
# Three hosts: network namespaces joined by a bridge, with real delay, loss and a link that goes down.
# Writes on both sides of the cut must all be everywhere, and nothing else, once it has healed.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
node=${REGION_NODE:-build/release/region-node/region-node}
tool=${NODE_TOOL:-build/release/tests/node_tool}
prefix="gtsim$$"
hub="$prefix-hub"
regions=(a b c)
pids=()
plain=""
work=$(mktemp -d)

finish() {
  local code=$?
  for pid in "${pids[@]}"; do kill -KILL "$pid" 2>/dev/null; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null; done
  for region in "${regions[@]}"; do ip netns del "$prefix-$region" 2>/dev/null; done
  ip netns del "$hub" 2>/dev/null
  rm -rf "$work"
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT TERM

skip() {
  echo "SKIP: $*"
  exit 77
}
fail() {
  echo "FAIL: $*"
  for region in "${regions[@]}"; do
    echo "--- $region"
    tail -n 5 "$work/$region.err" 2>/dev/null
  done
  exit 1
}
# until_true SECONDS COMMAND...: polls; a real network has no other way to say that it has arrived.
until_true() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    read -r -t 0.1 <> <(:)
  done
  return 0
}
in_region() { ip netns exec "$prefix-$1" "${@:2}"; }
ask() { in_region "$1" "$tool" 127.0.0.1:4003 "${@:2}" 2>>"$work/tool.err"; }

if ! command -v ip >/dev/null || ! command -v tc >/dev/null; then skip "ip and tc are not installed"; fi
[ -x "$node" ] || fail "no region-node at $node"
[ -x "$tool" ] || fail "no node_tool at $tool"
ip netns add "$hub" 2>"$work/why" || skip "network namespaces are not allowed here: $(cat "$work/why")"
ip -n "$hub" link add bridge type bridge 2>"$work/why" ||
  skip "no bridge can be made here: $(cat "$work/why")"
ip -n "$hub" link set bridge up

number=0
for region in "${regions[@]}"; do
  number=$((number + 1))
  space="$prefix-$region"
  if ! {
    ip netns add "$space" &&
      ip -n "$space" link set lo up &&
      ip -n "$space" link add eth0 type veth peer name "to-$region" netns "$hub" &&
      ip -n "$space" addr add "10.77.0.$number/24" dev eth0 &&
      ip -n "$space" link set eth0 up &&
      ip -n "$hub" link set "to-$region" master bridge up
  }; then
    skip "veth pairs are not allowed here"
  fi
  # Some kernels have no netem; the cut is real without it.
  tc -n "$space" qdisc add dev eth0 root netem delay 20ms 5ms loss 1% 2>"$work/why" ||
    plain="without delay and loss: tc netem is not to be had here: $(cat "$work/why")"
done

cat >"$work/node.yaml" <<'YAML'
regions: [a, b, c]
peers: {a: "10.77.0.1:4001", b: "10.77.0.2:4001", c: "10.77.0.3:4001"}
replication_listen: 0.0.0.0:4001
http_listen: 127.0.0.1:4002
control_listen: 127.0.0.1:4003
tables: {t: {key: {PK: S}}}
YAML
for region in "${regions[@]}"; do
  # Not in_region: the process must be the node itself, not a shell around it.
  ip netns exec "$prefix-$region" "$node" --config "$work/node.yaml" --region "$region" \
    --data "$work/$region" >"$work/$region.out" 2>"$work/$region.err" &
  pids+=($!)
done
is_connected() { [ "$(ask "$1" connected | wc -l)" -eq 2 ]; }
for region in "${regions[@]}"; do
  until_true 30 is_connected "$region" || fail "$region does not reach both others"
done

has() { [ "$(ask "$1" get t "$2")" = "$3" ]; }
[ "$(ask a put t before 1)" = OK ] || fail "a refused a write"
for region in b c; do until_true 30 has "$region" before 1 || fail "the write did not reach $region"; done

# c is cut off. Both sides write, the same key too; nothing crosses.
ip -n "$hub" link set to-c down
for i in $(seq 1 20); do
  [ "$(ask a put t "a$i" "$i")" = OK ] || fail "a refused a write during the cut"
  [ "$(ask c put t "c$i" "$i")" = OK ] || fail "c refused a write during the cut"
done
[ "$(ask a put t same from-a)" = OK ] || fail "a refused a write during the cut"
[ "$(ask c put t same from-c)" = OK ] || fail "c refused a write during the cut"
until_true 30 has b a20 20 || fail "a and b no longer reach one another"
[ -z "$(ask a get t c1)" ] || fail "a write of c crossed the cut"
[ -z "$(ask c get t a1)" ] || fail "a write of a crossed the cut"

ip -n "$hub" link set to-c up
same_digests() {
  local first
  first=$(ask a digest t)
  [ -n "$first" ] && [ "$(ask b digest t)" = "$first" ] && [ "$(ask c digest t)" = "$first" ]
}
until_true 120 same_digests || fail "the regions do not agree after the cut"
for region in "${regions[@]}"; do
  for i in 1 20; do
    has "$region" "a$i" "$i" || fail "$region lost a write of a"
    has "$region" "c$i" "$i" || fail "$region lost a write of c"
  done
  has "$region" same from-c || fail "$region does not hold the newer of two writes"
done

for pid in "${pids[@]}"; do kill -TERM "$pid"; done
for pid in "${pids[@]}"; do wait "$pid" || fail "a node ended with $?"; done
pids=()
[ -z "$plain" ] || echo "PARTLY SKIPPED: $plain"
echo "three hosts agree after a cut"
