#!/usr/bin/env bash
# Makes what docker-compose.yml mounts: passwords, settings, the folder of the key file, and a certificate for trying it
# out. What is there already stays as it is.  usage: deploy/docker/make-secrets.sh
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022
mkdir -p secrets/keys secrets/tls
chmod 711 secrets
random() { head -c 32 /dev/urandom | base64 | tr -d '+/=\n' | cut -c1-40; }
make() { [ -e "secrets/$1" ] || cat >"secrets/$1"; }  # make FILE <content

random | make postgres_password
random | make allmende_password
random | make redis_password
make redis.conf <<CONF
requirepass $(cat secrets/redis_password)
save ""
appendonly no
maxmemory 256mb
maxmemory-policy allkeys-lru
CONF
make allmende.toml <<TOML
database = "postgresql://allmende:$(cat secrets/allmende_password)@postgres/allmende"
redis = "redis://:$(cat secrets/redis_password)@redis:6379/0"
TOML
make keys/keys.json <<<'{"keys": []}'
if [ ! -e secrets/tls/fullchain.pem ]; then
  openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
    -keyout secrets/tls/privkey.pem -out secrets/tls/fullchain.pem 2>/dev/null
fi
# The containers run as users of their own: 10001 (Allmende), 999 (PostgreSQL, Redis), 101 (nginx).
if [ "$(id -u)" = 0 ]; then
  chmod 600 secrets/*_password secrets/redis.conf secrets/allmende.toml secrets/tls/privkey.pem secrets/keys/keys.json
  chown 10001:10001 secrets/allmende.toml secrets/keys secrets/keys/keys.json
  chown 999:999 secrets/postgres_password secrets/allmende_password secrets/redis.conf
  chown 101:101 secrets/tls/privkey.pem
else
  echo "Not root: the files of deploy/secrets are readable for everybody on this machine who can get into it." >&2
  chmod 644 secrets/tls/privkey.pem
fi
