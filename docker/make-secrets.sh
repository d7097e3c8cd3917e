#!/bin/sh
# Makes the secrets of docker-compose.yml that may be any random text, once: what is there stays.
# The folder is closed to other users; the files in it can be read, for each container has a user of its own.
set -eu
folder="${1:-$(dirname "$0")/../secrets}"
mkdir -p "$folder"
chmod 700 "$folder"
for name in influx_token influx_password grafana_password; do
  file="$folder/$name.txt"
  if [ -s "$file" ]; then continue; fi
  head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n' >"$file"
  chmod 444 "$file"
  echo "made $file"
done
# Compose wants every file to be there; make-tokens.sh fills these.
for name in kenh_operator_token kenh_engineer_token; do
  [ -e "$folder/$name.txt" ] || : >"$folder/$name.txt"
done
