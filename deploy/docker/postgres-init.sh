#!/bin/sh
# Runs once, in a new PostgreSQL: a database whose owner is no superuser and may create the role its sessions run as.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$(cat /run/secrets/allmende_password)" --username postgres <<'SQL'
CREATE ROLE allmende LOGIN CREATEROLE PASSWORD :'password';
CREATE DATABASE allmende OWNER allmende;
SQL
