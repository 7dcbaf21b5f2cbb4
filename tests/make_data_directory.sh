#!/usr/bin/env bash
# Makes the data directory that data_directory_test opens, with the node that is built now:
#
#   bash tests/make_data_directory.sh tests/data/data-directory/format-N
#
# Two regions; what eu-west-1 holds is kept. It has items of both, a tombstone of each kind, records
# of both origins, changes that its peer has not acknowledged, because the peer was gone by then, and a
# table that the configuration does not name.
# When the format's number goes up, the directories of the older numbers stay as they are. The texts beside
# them are written by the test, and read by whoever runs it so: GTSIM_WRITE_DOCS=1 gtsim_tests
# --gtest_filter='*DataDirectory*'.
set -euo pipefail
target=$(realpath -m "$1")
cd "$(dirname "$0")/.."
node=$(realpath "${REGION_NODE:-build/release/region-node/region-node}")
tool=$(realpath "${NODE_TOOL:-build/release/tests/node_tool}")
[ ! -e "$target" ] || { echo "$target is there already" >&2 && exit 1; }

work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; wait; rm -rf "$work"' EXIT
cat >"$work/node.yaml" <<'YAML'
cluster: kept
regions: [eu-west-1, us-east-1]
tables:
  orders: {key: {PK: S}, shards: 2}
  empty: {key: {PK: S, SK: N}}
YAML

listens() { grep -o "\"$2\":\"[^\"]*\"" "$work/$1.ready" | cut -d'"' -f4; }
start() { # REGION FLAG...
  local region=$1
  shift
  "$node" --config "$work/node.yaml" --region "$region" --data "$work/$region" "$@" \
    >"$work/$region.ready" 2>"$work/$region.err" &
  pids+=($!)
  until [ -s "$work/$region.ready" ]; do
    kill -0 "${pids[-1]}" || { cat "$work/$region.err" >&2 && exit 1; }
    read -rt 0.05 <> <(:) || true
  done
}
ask() { "$tool" "$(listens "$1" control)" "${@:2}"; }
wait_for() { # REGION KEY VALUE: until that is what the region holds
  until [ "$(ask "$1" get orders "$2")" = "$3" ]; do read -rt 0.05 <> <(:) || true; done
}

# The two name one another, so each has to know where the other will listen.
ports=$(python3 -c 'import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*[each.getsockname()[1] for each in held])')
eu="127.0.0.1:${ports% *}"
us="127.0.0.1:${ports#* }"
start eu-west-1 --replication-listen "$eu" --peer "us-east-1=$us"
start us-east-1 --replication-listen "$us" --peer "eu-west-1=$eu"

ask eu-west-1 create carts
ask us-east-1 put orders from-us first
ask us-east-1 put orders deleted-by-us soon
wait_for eu-west-1 deleted-by-us soon
ask us-east-1 delete orders deleted-by-us
ask eu-west-1 put orders overwritten by-eu
wait_for us-east-1 overwritten by-eu
ask us-east-1 put orders overwritten by-us
wait_for eu-west-1 overwritten by-us
wait_for eu-west-1 deleted-by-us ""
# From here on nobody acknowledges.
kill -9 "${pids[1]}"
wait "${pids[1]}" || true
ask eu-west-1 put orders from-eu first
ask eu-west-1 put orders from-eu second
ask eu-west-1 put orders deleted-by-eu soon
ask eu-west-1 delete orders deleted-by-eu
ask eu-west-1 put carts kept here
ask eu-west-1 put orders long "$(printf 'x%.0s' $(seq 300))"
# Not asked to stop, but ended: what it held is on the disk all the same.
kill -9 "${pids[0]}"
wait "${pids[0]}" || true

mkdir -p "$(dirname "$target")"
cp -r "$work/eu-west-1" "$target"
# What LevelDB says to people, and its lock.
rm -f "$target"/LOG "$target"/LOG.old "$target"/LOCK
ls -l "$target"
