#!/usr/bin/env bash
# The one test command: sets up what the tests need, builds, runs every test project, and ends with the sum of their results.
#
#   ./test.sh                                       everything
#   ./test.sh --filter-class '*RedisServerTests'    only some; arguments go to the test runner
#   ./test.sh --setup                               set up only, leave the engine running, and write artifacts/test.env,
#                                                   which a shell sources to call `dotnet test` by itself
#
# Taken from the environment if set: PUSHGATEWAY_TEST_REDIS_IMAGE (the image to start Redis from), PUSHGATEWAY_TEST_CHROMIUM (the
# browser), PUSHGATEWAY_TEST_PROMTOOL, PUSHGATEWAY_TEST_REDIS (connection string of a Redis to use for all tests that do not stop theirs).
# Reports are in artifacts/tests/PROJECT/results.json; tests find artifacts/ in PUSHGATEWAY_TEST_ARTIFACTS.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1

WORK=$(mktemp -d)
export PUSHGATEWAY_TEST_ARTIFACTS=$PWD/artifacts
export PUSHGATEWAY_TEST_RUN=${WORK##*/}
PATH=$PATH:/usr/sbin:/sbin # where dockerd and iptables are
mkdir -p artifacts
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

for part in common docker redis clients prometheus chart balancers; do
    . "tests/setup/$part.sh"
done

clean_up() {
    stop_running
    remove_containers
    stop_dockerd
    rm -rf "$WORK"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

setup() {
    has dotnet || fail "missing: the .NET SDK that global.json names"
    setup_docker
    setup_redis
    setup_node
    setup_chart
    setup_curl
    setup_chromium
    setup_linker
    setup_promtool
    setup_balancers
}

build() {
    step "Build"
    # Build servers make the next build faster; in CI there is none, and nothing may outlive the run.
    local options=(-c Release --nologo -v quiet -clp:NoSummary)
    [[ -z ${CI:-} ]] || options+=(--disable-build-servers)
    within 1200 dotnet build PushGateway.sln "${options[@]}" || fail "the build failed"
}

# Builds nothing: every project runs what build() left. Reports are what counts; what the runner prints is for people.
run_tests() {
    # Five minutes without a result, and the runner names the tests that hang, and ends.
    local arguments=(--hangdump --hangdump-timeout 5m --hangdump-type None) reports=() status=0 result project name
    # A filter may leave a project without tests (exit code 8). Without one, a project that runs no test is broken.
    (($# > 0)) && arguments+=(--ignore-exit-code 8 "$@")

    for project in tests/*Tests/*.csproj; do
        name=$(basename "$project" .csproj)
        step "$name"
        rm -rf "artifacts/tests/$name"
        result=0
        within 1800 dotnet test --project "$project" -c Release --no-build --no-progress --no-ansi \
            --results-directory "artifacts/tests/$name" --report-xunit-ctrf --report-xunit-ctrf-filename results.json \
            "${arguments[@]}" || result=$?
        reports+=("artifacts/tests/$name/results.json")
        ((result == 0)) && continue
        status=1
        note "$name ended with exit code $result"
        sed 's/^/    hanging: /' "artifacts/tests/$name/"*_hang.log 2>/dev/null
    done

    if (($# == 0)); then
        check_monitoring
        check_chart
        check_container
        reports+=(artifacts/tests/{monitoring,chart,container}.txt)
    fi

    node tests/setup/sum.mjs "${reports[@]}" && return "$status"
}

# Alerts, dashboard and runbook. Its own sum is the last line of its output.
check_monitoring() {
    step "Monitoring"
    within 300 bash -c 'tests/monitoring/check.sh 2>&1 | tee artifacts/tests/monitoring.txt'
}

# Its own sum is the last line of its output.
check_chart() {
    step "Chart"
    within 600 bash -c 'node --test --test-reporter=./tests/chart/reporter.mjs tests/chart/*.test.mjs 2>&1 | tee artifacts/tests/chart.txt'
}

# Builds the image and runs it, alone and by compose. Its own sum is the last line of its output.
check_container() {
    step "Container"
    if docker_answers; then
        # The pipe inside, so that what is to be stopped is this shell's own.
        REDIS_IMAGE=$PUSHGATEWAY_TEST_REDIS_IMAGE within 1200 bash -c 'docker/check.sh 2>&1 | tee artifacts/tests/container.txt'
    else
        note "skipped: no Docker engine"
        echo "0 passed, 0 failed, 1 skipped" | tee artifacts/tests/container.txt
    fi
}

keep_setup() {
    DOCKERD_PID=
    for name in DOCKER_API_VERSION TESTCONTAINERS_RYUK_DISABLED PUSHGATEWAY_TEST_{REDIS_IMAGE,CHROMIUM,PROMTOOL,ARTIFACTS}; do
        [[ -z ${!name:-} ]] || printf 'export %s=%q\n' "$name" "${!name}"
    done >artifacts/test.env
    step "Set up. Now: source artifacts/test.env && dotnet test --project tests/..."
}

if [[ ${1:-} == --setup ]]; then
    setup
    keep_setup
    exit
fi

setup
build
run_tests "$@"
