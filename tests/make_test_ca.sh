#!/usr/bin/env bash
# Makes a certificate authority for a cluster and a certificate for each of its regions, for tests
# and for trying out TLS between nodes on one machine:
#
#   tests/make_test_ca.sh DIRECTORY REGION...
#
# DIRECTORY gets ca.pem, ca.key, and for each region REGION.pem and REGION.key. A certificate is
# good for both ends of a connection and names the region, localhost and 127.0.0.1. What is there
# stays: a region added later gets a certificate of the same authority. The keys are readable by
# their owner only and have no password. For anything but tests, keep ca.key elsewhere.
set -euo pipefail

if (($# < 2)); then
  echo "usage: $0 DIRECTORY REGION..." >&2
  exit 2
fi
directory=$1
shift
umask 077
mkdir -p "$directory"
cd "$directory"

days=3650
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# OpenSSL talks a lot; it is heard only when it fails.
quietly() {
  if ! "$@" > "$log" 2>&1; then
    cat "$log" >&2
    exit 1
  fi
}

new_key() { quietly openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }

if [[ ! -e ca.pem ]]; then
  new_key ca.key
  quietly openssl req -x509 -new -key ca.key -sha256 -days $days -subj "/CN=gtsim test authority" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign \
    -out ca.pem
fi

for region in "$@"; do
  if [[ ! $region =~ ^[A-Za-z0-9][A-Za-z0-9.-]*$ || $region == ca ]]; then
    echo "$0: '$region' cannot be the name of a region in a certificate" >&2
    exit 2
  fi
  if [[ -e $region.pem ]]; then continue; fi
  new_key "$region.key"
  quietly openssl req -new -key "$region.key" -subj "/CN=$region" -out "$region.csr"
  quietly openssl x509 -req -in "$region.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -sha256 \
    -days $days -out "$region.pem" -extfile <(
      echo "basicConstraints=CA:FALSE"
      echo "keyUsage=digitalSignature"
      echo "extendedKeyUsage=serverAuth,clientAuth"
      echo "subjectAltName=DNS:$region,DNS:localhost,IP:127.0.0.1"
    )
  rm -f "$region.csr"
done
