# Sourced by test.sh: a Docker engine for Testcontainers. A docker client on the PATH says nothing about an engine.

DOCKERD_PID=

docker_answers() { has docker && timeout 20 docker info --format '{{.ServerVersion}}' >/dev/null 2>&1; }

setup_docker() {
    step "Docker engine"
    if ! docker_answers; then
        if ! can_install; then
            has redis-server && note "none; the redis-server on the PATH will do" && return
            fail "no Docker engine answers. Install one: sudo apt-get install --no-install-recommends docker.io iptables" \
                "&& sudo service docker start; and be allowed to use it: sudo usermod -aG docker \$USER, then log in again"
        fi
        has dockerd && has iptables || { note "installing docker.io"; apt_install docker.io iptables; }
        has docker || apt_install docker-cli # a package of its own from Debian 13 on
        start_dockerd || { no_engine; return; }
    fi

    # Testcontainers speaks a newer API than Debian's engine; the engine's own version is always understood.
    DOCKER_API_VERSION=$(docker version --format '{{.Server.APIVersion}}')
    export DOCKER_API_VERSION
    note "Docker $(docker version --format '{{.Server.Version}}'), API $DOCKER_API_VERSION"
}

# An engine that was killed leaves files that name its processes. Where nobody reaps those, as in containers without an init, the next
# engine takes them for alive and does not start.
forget_dead_engine() {
    local file pid
    for file in /var/run/docker.pid /var/run/docker/containerd/containerd.pid; do
        [[ -f $file ]] || continue
        pid=$(<"$file")
        # Another process may have the number by now.
        [[ $(cat "/proc/$pid/comm" 2>/dev/null) == "$(basename "${file/docker.pid/dockerd}" .pid)" ]] &&
            ! grep -q '^State:[[:space:]]*Z' "/proc/$pid/status" && continue
        rm -f "$file"
    done
}

start_dockerd() {
    local log=artifacts/dockerd.log
    note "starting dockerd"
    forget_dead_engine
    # A session of its own, so that Ctrl-C ends the tests first and the engine after them.
    setsid dockerd >"$log" 2>&1 </dev/null &
    DOCKERD_PID=$!
    for ((i = 0; i < 120; i++)); do
        docker_answers && return
        kill -0 "$DOCKERD_PID" 2>/dev/null || break
        sleep 0.5
    done
    tail -n 5 "$log" >&2
    return 1
}

# Some sandboxes forbid containers. The tests can still have a real Redis, as a plain process.
no_engine() {
    stop_dockerd
    unset DOCKER_API_VERSION
    note "no containers here: taking redis-server as a plain process"
    has redis-server || apt_install redis-server
}

stop_dockerd() {
    [[ -n $DOCKERD_PID ]] || return 0
    kill "$DOCKERD_PID" 2>/dev/null
    for ((i = 0; i < 40; i++)); do
        kill -0 "$DOCKERD_PID" 2>/dev/null || break
        sleep 0.5
    done
    kill -KILL "$DOCKERD_PID" 2>/dev/null
    DOCKERD_PID=
}

# Also when the engine is not ours: containers of a test process that died would stay for ever.
remove_containers() {
    [[ -n ${DOCKER_API_VERSION:-} ]] || return 0
    local left
    left=$(docker ps -aq --filter "label=pushgateway.test.run=$PUSHGATEWAY_TEST_RUN" 2>/dev/null)
    [[ -z $left ]] || docker rm -f -v $left >/dev/null 2>&1
}

# Stand-ins for the images that the container is built from link its native program with what is installed here.
setup_linker() {
    has gcc && has ld.bfd && has objcopy && return
    step "Linker"
    if can_install; then
        apt_install gcc libc6-dev binutils
    else
        note "none; the container's check needs gcc and binutils where the base images cannot be pulled"
    fi
}
