#!/usr/bin/env bash
# Builds the image and runs it as operators would: one node hardened as far as Docker can, then compose.yaml's two nodes and Redis,
# with real clients. Leaves nothing behind but stand-ins for base images, where the true ones cannot be pulled.
#
#   docker/check.sh
#
# SDK_IMAGE, RUNTIME_IMAGE and REDIS_IMAGE name other base images. Needs a Docker engine, compose, curl and Node.js.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

KEY=check-$RANDOM$RANDOM$RANDOM$RANDOM$RANDOM$RANDOM
PULL_SECONDS=${PULL_SECONDS:-300}
BUILD_SECONDS=${BUILD_SECONDS:-900}
WORK=$(mktemp -d)
NAME=push-gateway-check-${WORK##*.}
NAME=${NAME,,}
HARDENED=(--read-only --cap-drop ALL --security-opt no-new-privileges --pids-limit 200)
COMPOSE=()
PASSED=0 FAILED=0

step() { printf '==> %s\n' "$*"; }
note() { printf '    %s\n' "$*"; }

fail() {
    printf 'check.sh: %s\n' "$*" >&2
    exit 1
}

# check WHAT COMMAND...: one line, and the count at the end.
check() {
    local what=$1
    shift
    if "$@" 2>"$WORK/complaint"; then
        PASSED=$((PASSED + 1))
        note "ok      $what"
    else
        FAILED=$((FAILED + 1))
        note "FAILED  $what"
        note "        $* $(<"$WORK/complaint")"
        [[ -z ${SUBSCRIBER:-} ]] || tail -n 5 "$SUBSCRIBER" | sed 's/^/            subscriber: /'
    fi
}

# within SECONDS COMMAND...: tries until the command succeeds.
within() {
    local deadline=$((${EPOCHREALTIME/./} + $1 * 1000000))
    shift
    until "$@"; do
        ((${EPOCHREALTIME/./} < deadline)) || return 1
        sleep 0.02
    done
}

# Its milliseconds since MARK.
mark() { MARK=${EPOCHREALTIME/./}; }
elapsed() { echo $(((${EPOCHREALTIME/./} - MARK) / 1000)); }

has() { command -v "$1" >/dev/null 2>&1; }
at_most() { (($1 <= $2)); }
same() { [[ $1 == "$2" ]]; }
quietly() { "$@" >/dev/null; }
fails() { ! "$@" >/dev/null 2>&1; }

# In one place, because it also has to end what was interrupted. The images go with their build cache.
clean_up() {
    local containers
    end_subscriber
    ((${#COMPOSE[@]} == 0)) || compose down --volumes --rmi local --timeout 5 >/dev/null 2>&1
    mapfile -t containers < <(docker ps -aq --filter "name=^/$NAME" 2>/dev/null)
    ((${#containers[@]} == 0)) || docker rm -f -v "${containers[@]}" >/dev/null 2>&1
    docker rmi "$NAME" "$NAME:build" >/dev/null 2>&1
    rm -rf "$WORK"
}

# ---- what is needed

find_engine() {
    local program
    for program in docker curl node; do
        has "$program" || fail "missing: $program"
    done
    timeout 20 docker info >/dev/null 2>&1 || fail "no Docker engine answers"
    # A newer client has to speak the engine's version of the API.
    DOCKER_API_VERSION=$(docker version --format '{{.Server.APIVersion}}')
    export DOCKER_API_VERSION COMPOSE_API_VERSION=$DOCKER_API_VERSION
    note "Docker $(docker version --format '{{.Server.Version}}'), API $DOCKER_API_VERSION"
}

find_compose() {
    if docker compose version >/dev/null 2>&1; then
        COMPOSE=(docker compose)
    else
        has docker-compose || { ((EUID == 0)) && has apt-get && install_compose; } || fail "missing: docker compose"
        COMPOSE=(docker-compose)
    fi
    note "$("${COMPOSE[@]}" version 2>/dev/null | head -n 1)"
    COMPOSE+=(-p "$NAME" -f docker/compose.yaml)
}

install_compose() {
    note "installing docker-compose"
    local get=(timeout 300 apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=120)
    DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 "${get[@]}" install docker-compose >"$WORK/apt.log" 2>&1 && return
    { "${get[@]}" update && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 "${get[@]}" install docker-compose; } >"$WORK/apt.log" 2>&1
}

find_client() {
    [[ -d tests/clients/node_modules/centrifuge ]] && return
    timeout 300 npm ci --prefix tests/clients --ignore-scripts --loglevel=error >"$WORK/npm.log" 2>&1 || fail "npm ci failed: $(tail -n 5 "$WORK/npm.log")"
}

# default_of NAME: the image that compose.yaml names for it.
default_of() { sed -n "s/.*\${$1:-\([^}]*\)}.*/\1/p" docker/compose.yaml; }

find_base_images() {
    local name image left
    SECONDS=0
    for name in SDK_IMAGE RUNTIME_IMAGE REDIS_IMAGE; do
        [[ -z ${!name:-} ]] || continue
        image=$(default_of "$name")
        docker image inspect "$image" >/dev/null 2>&1 && continue
        ((left = PULL_SECONDS - SECONDS, left > 0)) && timeout "$left" docker pull -q "$image" >/dev/null 2>"$WORK/pull.log" && continue
        note "cannot pull $image: $(tail -n 1 "$WORK/pull.log")"
        note "making stand-ins of what is installed here"
        mark
        docker/stand-ins.sh >"$WORK/stand-ins" || fail "no stand-ins"
        while IFS='=' read -r name image; do
            [[ -n ${!name:-} ]] || export "$name=$image"
        done <"$WORK/stand-ins"
        note "made in $(elapsed) ms"
        break
    done
    export SDK_IMAGE=${SDK_IMAGE:-$(default_of SDK_IMAGE)} RUNTIME_IMAGE=${RUNTIME_IMAGE:-$(default_of RUNTIME_IMAGE)} REDIS_IMAGE=${REDIS_IMAGE:-$(default_of REDIS_IMAGE)}
    note "SDK      $SDK_IMAGE"
    note "runtime  $RUNTIME_IMAGE"
    note "Redis    $REDIS_IMAGE"
}

# ---- what is asked of the nodes

compose() { timeout "$BUILD_SECONDS" "${COMPOSE[@]}" "$@"; }
address_of() { docker port "$1" "${2:-8080}/tcp" | head -n 1; }
answers() { curl -s -o /dev/null --max-time 2 "http://$1/v1/nodes"; }
status_of() { curl -s -o /dev/null -w '%{http_code}' --max-time 5 "$@"; }
nodes_at() { curl -s --max-time 5 -H "X-API-Key: $KEY" "http://$1/v1/nodes"; }
sees_nodes() { same "$(nodes_at "$1" | grep -o '"id"' | wc -l)" "$2"; }

# post NODE JSON: a notification to channel news.
post() {
    same "$(status_of -H "X-API-Key: $KEY" -H 'Content-Type: application/json' -d "{\"channel\":\"news\",\"data\":$2}" "http://$1/v1/notifications")" 200
}

# subscribe NODE...: the official client on channel news, at the first node and, each time it has to reconnect, at the next.
# It runs until its input is closed; what it says is in $SUBSCRIBER.
subscribe() {
    local urls
    urls=$(printf ',"ws://%s/connection/websocket"' "$@")
    end_subscriber
    SUBSCRIBER=$(mktemp -p "$WORK")
    exec {SUBSCRIBER_INPUT}> >(exec node tests/clients/subscriber.mjs "{\"urls\":[${urls:1}],\"channels\":[\"news\"]}" >"$SUBSCRIBER" 2>&1)
}

end_subscriber() {
    [[ -n $SUBSCRIBER_INPUT ]] || return 0
    exec {SUBSCRIBER_INPUT}>&-
    SUBSCRIBER_INPUT=
}

# Whether the subscriber said this, at least COUNT times if given.
saw() { at_most "${2:-1}" "$(grep -cF -- "$1" "$SUBSCRIBER")"; }

label_of() { docker image inspect -f "{{index .Config.Labels \"org.opencontainers.image.$1\"}}" "$NAME"; }
health_is() { same "$(docker inspect -f '{{.State.Health.Status}}' "$1")" "$2"; }

# The packages in a container's bill of materials.
components() {
    docker cp "$1:/app/push-gateway.cdx.json" - | tar -xO | node -e '
        const { bomFormat, components } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
        if (bomFormat === "CycloneDX") for (const { name } of components) console.log(name);'
}

# What the nodes logged, as lines "LEVEL CATEGORY EVENT"; fails if a line is not JSON.
logged() {
    local node
    for node in "$@"; do
        docker logs "$node" 2>&1 | node -e '
            for (const line of require("node:fs").readFileSync(0, "utf8").trim().split("\n")) {
                const { Timestamp, LogLevel, Category, EventId } = JSON.parse(line);
                if (!/^\d{4}-.*Z$/.test(Timestamp)) throw line;
                console.log(LogLevel, Category, EventId);
            }' || return
    done
}

received_in_order() {
    same "$(grep -o '"n":[0-9]*' "$SUBSCRIBER" | cut -d: -f2 | paste -sd' ')" "$(seq -s' ' 1 "$1")"
}

# stop CONTAINER: as an operator would, and what came of it.
stop() {
    mark
    docker stop -t 30 "$1" >/dev/null
    STOPPED_IN=$(elapsed)
    check "docker stop took $STOPPED_IN ms (10 s would be the kill)" at_most "$STOPPED_IN" 5000
    check "exit code 0" same "$(docker inspect -f '{{.State.ExitCode}}' "$1")" 0
}

# ---- the checks

build() {
    step "Build"
    local context=(--build-arg "SDK_IMAGE=$SDK_IMAGE" --build-arg "RUNTIME_IMAGE=$RUNTIME_IMAGE" -f docker/Dockerfile .)
    mark
    # The first stage gets a name of its own, so that it can be removed in the end.
    { timeout "$BUILD_SECONDS" docker build -t "$NAME:build" --target build "${context[@]}" &&
        timeout "$BUILD_SECONDS" docker build -t "$NAME" "${context[@]}"; } >"$WORK/build.log" 2>&1 || fail "the build failed: $(tail -n 30 "$WORK/build.log")"
    note "built in $(elapsed) ms"
    local size base
    size=$(docker image inspect -f '{{.Size}}' "$NAME")
    base=$(docker image inspect -f '{{.Size}}' "$RUNTIME_IMAGE")
    note "image: $((size / 1000)) kB, of which the gateway: $(((size - base) / 1000)) kB"
    check "labels: title, license, version, base" same "$(label_of title) $(label_of licenses) $(label_of version) $(label_of base.name)" \
        "PushGateway MIT $(sed -n 's:.*<VersionPrefix>\(.*\)</VersionPrefix>.*:\1:p' Directory.Build.props) $RUNTIME_IMAGE"
    check "the image's user is a number and not root" grep -Eqx '[1-9][0-9]*(:[0-9]+)?' <(docker image inspect -f '{{.Config.User}}' "$NAME")
}

check_one_node() {
    step "One node: read-only, no capabilities, no new privileges"
    local node=$NAME-node at management pid output path
    output=$(timeout 30 docker run --rm --name "$NAME-keyless" "${HARDENED[@]}" "$NAME" 2>&1)
    check "without a key it does not start, exit code 1" same $? 1
    check "and says what to set" grep -q 'PushGateway__Security__ApiKeys__0' <<<"$output"

    # Only its hash gets to the node.
    local KEY settings token secret=tokens-$(head -c 32 /dev/urandom | base64 -w 0)
    output=$(timeout 30 docker run --rm "${HARDENED[@]}" "$NAME" keys new --id check --scope publish --scope read --scope admin)
    KEY=$(grep '^pgk_check_' <<<"$output")
    mapfile -t settings < <(sed -n 's/^PushGateway__/--env=PushGateway__/p' <<<"$output")
    check "keys new makes a key" same "${#settings[@]}" 4
    settings+=("--env=PushGateway__Security__Tokens__HmacSecret=$secret")
    token=$(timeout 30 docker run --rm "${HARDENED[@]}" "${settings[@]}" "$NAME" tokens new --user 7 --expires-in 1h)
    check "tokens new signs a token that tokens check takes" timeout 30 docker run --rm -i "${HARDENED[@]}" "${settings[@]}" "$NAME" tokens check - <<<"$token"

    mark
    docker run -d --name "$node" "${HARDENED[@]}" --health-interval 1s --ulimit nofile=1024:20000 -p 127.0.0.1:0:8080 -p 127.0.0.1:0:9090 "${settings[@]}" \
        -e PushGateway__Security__AllowAnonymous=true -e PushGateway__Channels__Subscribe=Anonymous -e PushGateway__Channels__HistorySize=10 \
        -e PushGateway__Management__Port=9090 -e PushGateway__Shutdown__PauseSeconds=1 -e PushGateway__Shutdown__DrainSeconds=2 \
        "$NAME" >/dev/null || fail "docker run failed"
    at=$(address_of "$node") management=$(address_of "$node" 9090)
    check "it answers" within 20 answers "$at"
    note "        $(elapsed) ms from docker run to the first answer"
    pid=$(docker inspect -f '{{.State.Pid}}' "$node")
    check "it may open as many files as the hard limit allows" grep -Eq '^Max open files\s+20000\s+20000\s' "/proc/$pid/limits"
    check "not root" fails grep -Eq '^Uid:\s+0\s' "/proc/$pid/status"
    check "no capabilities" grep -Eq '^CapEff:\s+0+$' "/proc/$pid/status"
    check "no shell" fails docker exec "$node" sh -c true
    check "no key: 401" same "$(status_of "http://$at/v1/nodes")" 401
    check "key: 200" same "$(status_of -H "X-API-Key: $KEY" "http://$at/v1/nodes")" 200
    note "        $(nodes_at "$at")"

    subscribe "$at"
    check "the official client subscribes over WebSocket" within 20 saw '"subscribed"'
    check "POST: 200" post "$at" '{"n":1}'
    check "the client has it" within 5 saw '"data":{"n":1}'
    check "the program's own check publishes and receives" quietly timeout 60 docker run --rm --network "container:$node" "${HARDENED[@]}" "${settings[@]}" \
        -e PUSHGATEWAY_KEY="$KEY" "$NAME" check --url http://localhost:8080
    # What a trimmed program would lose is found by asking for it: each of these is serialized or described in its own way.
    for path in openapi/v1.json v1/channels v1/channels/news/history v1/users/7/presence; do
        check "GET /$path: 200" same "$(status_of -H "X-API-Key: $KEY" "http://$at/$path")" 200
    done
    for path in health/live health/ready health/startup metrics; do
        check "GET /$path: 200 on the management port, 404 on the clients'" same "$(status_of "http://$management/$path") $(status_of "http://$at/$path")" '200 404'
    done
    check "nothing else on the management port: 404" same "$(status_of -H "X-API-Key: $KEY" "http://$management/v1/nodes")" 404
    check "the program finds its node ready" quietly docker exec "$node" /app/PushGateway.Server health --ready
    check "and so does the engine" within 10 health_is "$node" healthy
    check "the bill of materials names what is linked in" same 5 "$(components "$node" |
        grep -cxE 'Microsoft\.(NETCore|AspNetCore)\.App\.Runtime\..*|Microsoft\.IdentityModel\.JsonWebTokens|Polly\.Core|StackExchange\.Redis')"
    check "a wrong request: a problem, 400" same "$(status_of -H "X-API-Key: $KEY" -H 'Content-Type: application/json' -d '{"channel":7}' "http://$at/v1/notifications")" 400
    note "        $(docker stats --no-stream --format 'memory {{.MemUsage}}' "$node")"
    stop "$node"
    check "the client saw close code 3001" within 5 saw '"code":3001'
    note "        $(grep 3001 "$SUBSCRIBER" | head -n 1)"
    check "nothing was written" same "$(docker diff "$node")" ""
    logged "$node" >"$WORK/logged" 2>&1
    check "what it logged is JSON" same $? 0
    check "the request without a key is in the audit log" grep -qx 'Warning PushGateway.Audit 2' "$WORK/logged"
    check "and nothing else was logged as an error" fails grep -Eq '^(Warning|Error|Critical)' <(grep -v ' PushGateway.Audit 2$' "$WORK/logged")
}

check_two_nodes() {
    step "Two nodes and Redis: compose.yaml"
    local one two here there
    mark
    PUSHGATEWAY_API_KEY=$KEY GATEWAY_1_PORT=0 GATEWAY_2_PORT=0 compose up -d --build >"$WORK/compose.log" 2>&1 || fail "compose failed: $(tail -n 30 "$WORK/compose.log")"
    one=$(compose ps -q gateway-1) two=$(compose ps -q gateway-2)
    here=$(address_of "$one") there=$(address_of "$two")
    check "node 1 answers" within 20 answers "$here"
    check "node 2 answers" within 20 answers "$there"
    note "        $(elapsed) ms from compose up to both answers"
    check "node 2 lists both" within 10 sees_nodes "$there" 2
    note "        $(nodes_at "$there")"

    subscribe "$there" "$here"
    check "the official client subscribes at node 2" within 20 saw '"subscribed"'
    local i accepted=0
    for ((i = 1; i <= 50; i++)); do
        post "$here" "{\"n\":$i}" && accepted=$((accepted + 1))
    done
    check "50 notifications posted to node 1" same "$accepted" 50
    check "all received from node 2, once and in order" within 5 received_in_order 50

    stop "$two"
    check "the client saw close code 3001" within 5 saw '"code":3001'
    check "and subscribed again at node 1" within 10 saw '"subscribed"' 2
    check "where it has the next notification" post "$here" '{"n":51}'
    check "all received, once and in order" within 5 received_in_order 51
    check "node 1 lists itself alone" within 10 sees_nodes "$here" 1
    stop "$one"
    logged "$one" "$two" >"$WORK/logged" 2>&1
    check "what they logged is JSON" same $? 0
    check "and none of it an error" fails grep -Eq '^(Error|Critical)' "$WORK/logged"
}

trap clean_up EXIT
trap 'exit 130' INT TERM HUP
SUBSCRIBER_INPUT=

step "What is needed"
find_engine
find_compose
find_client
find_base_images
build
check_one_node
check_two_nodes
((FAILED == 0)) || docker ps -a --filter "name=$NAME" --format '{{.Names}}: {{.Status}}'
step "Done"
printf '%d passed, %d failed\n' "$PASSED" "$FAILED"
((FAILED == 0))
