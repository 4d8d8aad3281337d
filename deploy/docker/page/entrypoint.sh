#!/bin/sh
# Renders nginx.conf.template with what the environment says, then becomes nginx.
#
#   FACE_PRIVACY_UPSTREAM   where the service is, e.g. http://api.internal:3000 (needed)
#   FACE_PRIVACY_MAX_BODY   largest body, e.g. 64MiB (the default): the variable that the service reads
#                           as well, so that both agree
#   PAGE_PORT               8080
#   PAGE_ROOT               the built page (/usr/share/face-privacy/web)
#   PAGE_RUN_DIR            what may be written to (/tmp)
#   PAGE_RESOLVER           name servers, blank-separated (those of /etc/resolv.conf)
#   PAGE_RESOLVER_VALID     how long an address that was looked up holds (10s)
#   PAGE_UPSTREAM_TIMEOUT   longest wait for the service's answer (40s)
#   PAGE_TEMPLATE           nginx.conf.template beside this script
set -eu

fail() {
  echo "page: $*" >&2
  exit 2
}

PAGE_UPSTREAM=${FACE_PRIVACY_UPSTREAM:-}
PAGE_UPSTREAM=${PAGE_UPSTREAM%/}
PAGE_PORT=${PAGE_PORT:-8080}
PAGE_ROOT=${PAGE_ROOT:-/usr/share/face-privacy/web}
PAGE_RUN_DIR=${PAGE_RUN_DIR:-/tmp}
PAGE_RESOLVER_VALID=${PAGE_RESOLVER_VALID:-10s}
PAGE_UPSTREAM_TIMEOUT=${PAGE_UPSTREAM_TIMEOUT:-40s}
template=${PAGE_TEMPLATE:-$(dirname "$0")/nginx.conf.template}

# 64MiB, 64MB, 64m, 67108864: the units that the service knows, all of 1024.
bytes_of() {
  number=${1%%[!0-9]*}
  [ -n "$number" ] || fail 'FACE_PRIVACY_MAX_BODY is no size such as 64MiB'
  case ${1#"$number"} in
    '' | [bB]) echo "$number" ;;
    [kK] | [kK][bB] | [kK][iI][bB]) echo $((number << 10)) ;;
    [mM] | [mM][bB] | [mM][iI][bB]) echo $((number << 20)) ;;
    [gG] | [gG][bB] | [gG][iI][bB]) echo $((number << 30)) ;;
    *) fail 'FACE_PRIVACY_MAX_BODY is no size such as 64MiB' ;;
  esac
}

# An IPv6 address goes into brackets, without the name of a link.
resolvers() {
  while read -r keyword address _; do
    [ "$keyword" = nameserver ] || continue
    address=${address%%%*}
    case $address in
      *:*) printf '[%s] ' "$address" ;;
      ?*) printf '%s ' "$address" ;;
    esac
  done </etc/resolv.conf
}
PAGE_RESOLVER=${PAGE_RESOLVER:-$(resolvers 2>/dev/null || true)}
# Needed by nginx even where the upstream is an address and no name is ever looked up.
[ -n "$PAGE_RESOLVER" ] || PAGE_RESOLVER=127.0.0.1

# Each value becomes a piece of configuration: nothing but what belongs there may pass.
case $PAGE_UPSTREAM in
  '') fail 'FACE_PRIVACY_UPSTREAM is not set: where is the service? For example http://api.internal:3000' ;;
  *[!A-Za-z0-9.:/_\[\]-]*) fail 'FACE_PRIVACY_UPSTREAM is no address such as http://api.internal:3000' ;;
  http://*/* | https://*/*) fail 'FACE_PRIVACY_UPSTREAM must not have a path' ;;
  http://?* | https://?*) ;;
  *) fail 'FACE_PRIVACY_UPSTREAM must begin with http:// or https://' ;;
esac
case $PAGE_PORT in
  '' | *[!0-9]*) fail 'PAGE_PORT is no port' ;;
esac
case $PAGE_UPSTREAM_TIMEOUT$PAGE_RESOLVER_VALID in
  *[!0-9smh]*) fail 'PAGE_UPSTREAM_TIMEOUT and PAGE_RESOLVER_VALID are times such as 40s' ;;
esac
case $PAGE_RESOLVER in
  *[!A-Za-z0-9.:\ \[\]-]*) fail 'PAGE_RESOLVER is no list of addresses' ;;
esac
case $PAGE_ROOT$PAGE_RUN_DIR in
  *[!A-Za-z0-9./_-]*) fail 'PAGE_ROOT and PAGE_RUN_DIR may hold letters, digits and . / _ - only' ;;
esac
[ -f "$PAGE_ROOT/index.html" ] || fail "there is no page in $PAGE_ROOT"

PAGE_MAX_BODY_BYTES=$(bytes_of "${FACE_PRIVACY_MAX_BODY:-64MiB}")
PAGE_MAX_VIDEO_BODY_BYTES=$(bytes_of "${FACE_PRIVACY_MAX_VIDEO_BODY:-512MiB}")
export PAGE_UPSTREAM PAGE_MAX_BODY_BYTES PAGE_MAX_VIDEO_BODY_BYTES PAGE_PORT PAGE_ROOT PAGE_RUN_DIR
export PAGE_RESOLVER PAGE_RESOLVER_VALID PAGE_UPSTREAM_TIMEOUT

# Only these names are put in: nginx has variables of its own.
# shellcheck disable=SC2016
names='${PAGE_UPSTREAM} ${PAGE_MAX_BODY_BYTES} ${PAGE_MAX_VIDEO_BODY_BYTES} ${PAGE_PORT} ${PAGE_ROOT} ${PAGE_RUN_DIR}
  ${PAGE_RESOLVER} ${PAGE_RESOLVER_VALID} ${PAGE_UPSTREAM_TIMEOUT}'
envsubst "$names" <"$template" >"$PAGE_RUN_DIR/nginx.conf"

exec nginx -e stderr -c "$PAGE_RUN_DIR/nginx.conf" -g 'daemon off;'
