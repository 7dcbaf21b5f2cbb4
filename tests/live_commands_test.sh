#!/usr/bin/env bash
# A cluster to play with, from up to down, with every fault in between, as a person at a terminal uses it; and what is
# refused with which words. Everything lives in a folder of this test; no process outlives it.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/checks.sh
. tests/checks.sh
gtsim=$(realpath "${GTSIM:-build/release/sim/gtsim}")
if [ -z "${GTSIM_REGION_NODE:-}" ] && [ ! -x "$(dirname "$gtsim")/../region-node/region-node" ]; then
  echo "skipped: region-node is not built"
  exit 77
fi
cd "$work" || exit 1
trap '"$gtsim" down >/dev/null 2>&1; "$gtsim" down --dir other >/dev/null 2>&1; rm -rf "$work"' EXIT

# shellcheck disable=SC2317  # until_true calls it
shows() { "$gtsim" get "$1" "{\"PK\": \"$2\"}" 2>/dev/null | grep -qF -- "$3"; }

expect "status without a cluster" 2 "\`gtsim up\` starts one" "$gtsim" status
expect "up" 0 "2 regions are up" "$gtsim" up --regions us-east-1,eu-west-1
expect "up twice" 2 "is up in .gtsim already" "$gtsim" up
expect "put" 0 "of us-east-1" "$gtsim" put us-east-1 '{"PK": "a", "n": 1}'
until_true "it comes to the other side" shows eu-west-1 a '{"PK": "a", "n": 1}'
expect "put in DynamoDB's JSON" 0 "of us-east-1" "$gtsim" put us-east-1 '{"PK": {"S": "typed"}, "n": {"N": "7"}}'
expect "the same again changes nothing" 0 "nothing changed" "$gtsim" put us-east-1 '{"PK": "typed", "n": 7}'

expect "partition" 0 "2 links are cut" "$gtsim" fault partition us-east-1 eu-west-1
expect "put on this side" 0 "version" "$gtsim" put us-east-1 '{"PK": "cart", "book": 1}'
expect "put on that side" 0 "version" "$gtsim" put eu-west-1 '{"PK": "cart", "lamp": 1}'
expect "the cut is shown" 0 "cut" "$gtsim" status
expect "the sides differ" 1 "2 different contents" "$gtsim" status --digests

# A region that is started again keeps to the cut, though it has forgotten it.
expect "crash" 0 "SIGKILL" "$gtsim" fault crash eu-west-1
expect "a dead region is down" 0 "down" "$gtsim" status
expect "a dead region cannot be crashed" 2 "is down already" "$gtsim" fault crash eu-west-1
expect "put into a dead region" 2 "cannot be reached" "$gtsim" put eu-west-1 '{"PK": "lost"}'
expect "restart" 0 "is up again" "$gtsim" fault restart eu-west-1
expect "it has what it acknowledged" 0 '"lamp": 1' "$gtsim" get eu-west-1 '{"PK": "cart"}'
expect "a living region cannot be restarted" 2 "is up (process" "$gtsim" fault restart eu-west-1
expect "the cut still holds" 1 "2 different contents" "$gtsim" status --digests
expect "heal" 0 "2 links are whole" "$gtsim" fault heal
until_true "equal digests" "$gtsim" status --digests
expect "the later write has won" 0 '"lamp": 1' "$gtsim" get us-east-1 '{"PK": "cart"}'

expect "freeze" 0 "SIGSTOP" "$gtsim" fault freeze eu-west-1
expect "a frozen region is shown" 0 "frozen" "$gtsim" status
expect "a frozen region crashes" 0 "SIGKILL" "$gtsim" fault crash eu-west-1
expect "and comes back frozen" 0 "stands still as before" "$gtsim" fault restart eu-west-1
expect "as is shown" 0 "frozen" "$gtsim" status
expect "thaw" 0 "SIGCONT" "$gtsim" fault thaw eu-west-1
expect "latency" 0 "latency 80ms" "$gtsim" fault latency us-east-1 eu-west-1 80ms
expect "loss" 0 "loss 5%" "$gtsim" fault loss us-east-1 eu-west-1 5%
expect "clock" 0 "stepped by +1h" "$gtsim" fault clock us-east-1 +1h
expect "pause" 0 "stands still" "$gtsim" fault pause us-east-1
expect "put while paused" 0 "version" "$gtsim" put us-east-1 '{"PK": "held"}'
expect "resume" 0 "goes on" "$gtsim" fault resume us-east-1
until_true "what was held back comes" shows eu-west-1 held held
expect "delete" 0 "version" "$gtsim" delete us-east-1 '{"PK": "a"}'
until_true "the delete comes" shows eu-west-1 a "deleted by version"

# Replicas come and go; the regions see to it.
# shellcheck disable=SC2317  # until_true calls them
settled() { ! "$gtsim" replica status | grep -qE "under way|UPDATING|CREATING|DELETING"; }
# shellcheck disable=SC2317
knows() { "$gtsim" replica status | tr '\n' ' ' | grep -qF -- "$1"; }
expect "replica status" 0 "us-east-1 ACTIVE" "$gtsim" replica status
expect "a replica that is there" 2 "already existed as tables" "$gtsim" replica add eu-west-1
expect "its stream stays" 2 "Disabling Stream is not allowed" "$gtsim" table update eu-west-1 --stream off
expect "replica remove" 0 "goes, asked for in us-east-1" "$gtsim" replica remove eu-west-1
until_true "the replica is gone" knows "eu-west-1: no replica of items us-east-1: ACTIVE"
expect "describe where there is none" 2 "eu-west-1 has no table items" "$gtsim" table describe eu-west-1
expect "put where there is none" 1 "Requested resource not found" "$gtsim" put eu-west-1 '{"PK": "nowhere"}'
expect "replica add" 0 "comes to eu-west-1, copied from us-east-1" "$gtsim" replica add eu-west-1
until_true "it is a member again" knows "eu-west-1: ACTIVE"
until_true "with all items" shows eu-west-1 typed typed
until_true "nothing is under way" settled
expect "protection" 0 "items in eu-west-1 is protected" "$gtsim" table update eu-west-1 --protection on
until_true "the group is busy for a moment" settled
expect "it is shown" 0 ", protected" "$gtsim" table describe eu-west-1
expect "who protects it says no" 2 "has deletion protection enabled" "$gtsim" replica remove eu-west-1
expect "no protection" 0 "is not protected" "$gtsim" table update eu-west-1 --protection off
expect "time to live" 0 "items of items expire by until" "$gtsim" table update eu-west-1 --ttl until
until_true "in every region" knows "us-east-1: ACTIVE"
until_true "by the same attribute" knows "expires by until   eu-west-1 ACTIVE"
expect "tags" 0 "are changed" "$gtsim" table update us-east-1 --tag team=blue --tag x=y
expect "are shown" 0 "tag team=blue" "$gtsim" table describe us-east-1
expect "one thing at a time" 2 "changes one thing" "$gtsim" table update us-east-1 --ttl a --protection on
expect "a tag without a value" 2 "expected key=value" "$gtsim" table update us-east-1 --tag team
until_true "nothing is under way" settled
expect "the source stays for a day" 2 "acted as a source region" "$gtsim" table delete us-east-1
expect "a region that is down" 0 "SIGKILL" "$gtsim" fault crash eu-west-1
expect "who does not answer keeps the group busy" 2 "region eu-west-1 of the group does not answer" \
  "$gtsim" replica remove eu-west-1 --in us-east-1
refusal=$("$gtsim" replica remove eu-west-1 --in us-east-1 2>&1)
[[ $refusal != *"cannot be reached"* ]] || fail "a refusal is told as a node that cannot be reached: $refusal"
expect "it is started again" 0 "is up again" "$gtsim" fault restart eu-west-1
until_true "nothing is under way" settled
expect "table delete" 0 "is being deleted in eu-west-1" "$gtsim" table delete eu-west-1
until_true "the table is gone there" knows "eu-west-1: no replica of items"
expect "a new table needs its key" 2 "needs its key, as in --table carts:PK=S" \
  "$gtsim" table create eu-west-1 --table carts
expect "table create" 0 "is being created in eu-west-1" "$gtsim" table create eu-west-1 --stream NEW_IMAGE
until_true "a table of its own" knows "eu-west-1: ACTIVE, stream ENABLED"
expect "nothing of the other one" 0 "" "$gtsim" table describe eu-west-1
expect "and it goes" 0 "is being deleted" "$gtsim" table delete eu-west-1
until_true "gone" knows "eu-west-1: no replica of items"
expect "the replica comes back" 0 "comes to eu-west-1" "$gtsim" replica add eu-west-1 --source us-east-1
until_true "as a member" knows "eu-west-1: ACTIVE"

expect "an unknown region" 2 "there are eu-west-1, us-east-1" "$gtsim" put mars '{"PK": "a"}'
expect "an unknown table" 2 "no table \`orders\`; there are items" "$gtsim" get us-east-1 '{"PK": "a"}' --table orders
expect "no JSON" 2 "is no JSON" "$gtsim" put us-east-1 '{PK: a}'
expect "no key" 2 "the key of items is PK (S)" "$gtsim" put us-east-1 '{"id": "a"}'
expect "a link to itself" 2 "from us-east-1 to itself" "$gtsim" fault latency us-east-1 us-east-1 1s
expect "a latency that is none" 2 "expected for example 80ms" "$gtsim" fault latency us-east-1 eu-west-1 soon
expect "one side only" 2 "named twice" "$gtsim" fault partition us-east-1 us-east-1

# The same nodes by a cluster file, as from another machine.
control_of() { "$gtsim" status | awk -v region="$1" '$1 == region && $2 == "serving" {print $4; exit}'; }
{
  echo "cluster: gtsim"
  echo "regions:"
  for region in us-east-1 eu-west-1; do echo "  $region: {control: \"$(control_of $region)\"}"; done
  echo "tables: {items: {PK: S}}"
} >nodes.yaml
expect "status by file" 0 "serving" "$gtsim" status --nodes nodes.yaml
expect "put by file" 0 "version" "$gtsim" put us-east-1 '{"PK": "by-file"}' --nodes nodes.yaml
expect "crash by file" 2 "started by somebody else" "$gtsim" fault crash us-east-1 --nodes nodes.yaml
sed 's/control/contrl/' nodes.yaml >broken.yaml
expect "a broken file" 2 "broken.yaml:3:15: unknown field \`contrl\`" "$gtsim" status --nodes broken.yaml

expect "a second cluster" 0 "1 region is up" "$gtsim" up --dir other --regions us-west-2 --table orders:PK=S,SK=N
expect "a key of two" 0 "version" "$gtsim" put us-west-2 '{"PK": "a", "SK": 1, "total": 9.5}' --dir other
expect "read by both" 0 '"total": 9.5' "$gtsim" get us-west-2 '{"PK": "a", "SK": 1}' --dir other
expect "down, kept" 0 "their data is in other" "$gtsim" down --dir other --keep
expect "up with the data of before" 0 "1 region is up" "$gtsim" up --dir other --regions us-west-2 --table orders:PK=S,SK=N
expect "it is still there" 0 '"total": 9.5' "$gtsim" get us-west-2 '{"PK": "a", "SK": 1}' --dir other
expect "down of the second" 0 "1 region is down" "$gtsim" down --dir other
[ -e other ] && fail "down leaves the folder"

pids=$("$gtsim" status | awk '$2 == "serving" {print $3}')
[ "$(wc -w <<<"$pids")" -eq 2 ] || fail "status does not show two processes: $pids"
expect "down" 0 "2 regions are down" "$gtsim" down
for pid in $pids; do
  [ -e "/proc/$pid" ] && [ "$(awk '{print $3}' "/proc/$pid/stat")" != Z ] && fail "process $pid outlives down"
done
[ -e .gtsim ] && fail "down leaves .gtsim"

conclude
