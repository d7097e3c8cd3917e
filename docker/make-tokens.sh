#!/bin/sh
# Asks the station for the tokens with which Grafana's app acts: operator's calls and maintenance.
# They are shown once, so they go straight into ./secrets; what is there stays. Bound to this Grafana:
# what changes something must carry its signature of who is signed in.
set -eu
cd "$(dirname "$0")/.."
for role in operator engineer; do
  file="secrets/kenh_${role}_token.txt"
  if [ -s "$file" ]; then continue; fi
  token=$(docker compose run --rm --no-deps -T station token create --role "$role" --scope '*' \
    --grafana http://grafana:3000 --data /data)
  rm -f "$file"
  printf '%s' "$token" >"$file"
  chmod 444 "$file"
  echo "made $file"
done
