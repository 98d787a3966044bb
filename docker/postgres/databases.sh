#!/bin/bash
# Runs once, when the data directory is made: a database and an ordinary role for the portal, and for Keycloak.
# The portal makes a role for each town, so it must be allowed to make roles; it is no superuser.
set -eu

psql --no-psqlrc --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname=postgres \
    --set=portal="$DATABASE_PASSWORD" --set=keycloak="$KEYCLOAK_DATABASE_PASSWORD" <<'SQL'
CREATE ROLE stadttor LOGIN CREATEROLE PASSWORD :'portal';
CREATE DATABASE stadttor OWNER stadttor;
CREATE ROLE keycloak LOGIN PASSWORD :'keycloak';
CREATE DATABASE keycloak OWNER keycloak;
REVOKE ALL ON DATABASE stadttor, keycloak FROM PUBLIC;
SQL
