#!/usr/bin/env bash
# Tests the alerts, the dashboard and the runbook with Prometheus' own tool. The last line is their sum.
#
#   tests/monitoring/check.sh
#
# Needs Node.js 18 and promtool: what PUSHGATEWAY_TEST_PROMTOOL names, artifacts/prometheus/promtool, which `./test.sh --setup` makes,
# or one on the PATH.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1

tap=$(mktemp)
trap 'rm -f "$tap"' EXIT
node --test *.test.mjs >"$tap" 2>&1
# Of what passed the names, of what failed all.
grep -vE '^ *(TAP version|# Subtest|---|\.\.\.|duration_ms|type:|1\.\.)' "$tap" | grep -vE '^# (tests|suites|pass|cancelled|skipped|todo|duration)'
count() { sed -n "s/^# $1 //p" "$tap" | tail -n 1; }
passed=$(count pass) failed=$(count fail) cancelled=$(count cancelled)
# A file that broke before it had tests is a failure, too.
printf '%d passed, %d failed\n' "${passed:-0}" "$((${failed:-1} + ${cancelled:-0}))"
((${passed:-0} > 0 && ${failed:-1} + ${cancelled:-0} == 0))
