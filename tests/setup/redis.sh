# Sourced by test.sh: the image that the tests start Redis from.

OFFICIAL_REDIS=redis:7.4-alpine
OWN_REDIS=pushgateway/redis-test:7
RYUK=testcontainers/ryuk:0.14.0 # the one Testcontainers 4.16 asks for

setup_redis() {
    [[ -n ${DOCKER_API_VERSION:-} ]] || return 0
    step "Redis image"
    local named=${PUSHGATEWAY_TEST_REDIS_IMAGE:-}
    if [[ -z ${PUSHGATEWAY_TEST_REDIS_IMAGE:-} ]]; then
        if have_image "$OFFICIAL_REDIS"; then
            PUSHGATEWAY_TEST_REDIS_IMAGE=$OFFICIAL_REDIS
        elif have_image "$OWN_REDIS"; then
            PUSHGATEWAY_TEST_REDIS_IMAGE=$OWN_REDIS
        elif pull "$OFFICIAL_REDIS"; then
            PUSHGATEWAY_TEST_REDIS_IMAGE=$OFFICIAL_REDIS
        else
            note "$OFFICIAL_REDIS cannot be pulled; making $OWN_REDIS from Debian's packages"
            make_redis_image
            PUSHGATEWAY_TEST_REDIS_IMAGE=$OWN_REDIS
        fi
    fi
    # An engine that answers may still be forbidden to run containers.
    if ! quietly within 60 docker run --rm "$PUSHGATEWAY_TEST_REDIS_IMAGE" redis-server --version; then
        [[ -z $named ]] || fail "the image that PUSHGATEWAY_TEST_REDIS_IMAGE names does not run: $named"
        unset PUSHGATEWAY_TEST_REDIS_IMAGE
        no_engine
        return
    fi
    export PUSHGATEWAY_TEST_REDIS_IMAGE
    note "$PUSHGATEWAY_TEST_REDIS_IMAGE"

    # Ryuk removes containers whose test process died. Where it cannot be had, remove_containers does the same.
    have_image "$RYUK" || pull "$RYUK" || export TESTCONTAINERS_RYUK_DISABLED=true
}

have_image() { docker image inspect "$1" >/dev/null 2>&1; }
pull() { within 120 docker pull -q "$1" >/dev/null 2>&1; }

# An image of the server, its client (the wait strategy of Testcontainers runs `redis-cli ping`), a shell, and the libraries they
# load; nothing else. It is started as the official one is: `docker run IMAGE [redis-server] [--option value...]`.
make_redis_image() {
    local packages=$WORK/redis-packages root=$WORK/redis-image libraries path
    mkdir -p "$packages/partial" "$root"
    if ! has redis-server || ! has redis-cli; then
        fetch_redis "$packages"
        libraries=$(find "$packages/root" -name '*.so.*' -printf '%h:' | tr ':' '\n' | sort -u | paste -sd:)
    fi

    for program in redis-server redis-cli sh; do
        path=$packages/root/usr/bin/$program
        [[ -e $path ]] || path=$(command -v "$program")
        install -D "$(realpath "$path")" "$root/usr/bin/$program"
        # ldd names libraries by path, as "name => path (address)" or, for the loader, "path (address)".
        LD_LIBRARY_PATH=${libraries:-} ldd "$path" | grep -o '/[^ ]*' | while read -r library; do
            install -D "$(realpath "$library")" "$root/${library#"$packages/root"}"
        done
    done
    mkdir -p "$root/data" "$root/tmp"
    ln -s usr/bin "$root/bin"
    cat >"$root/entrypoint.sh" <<'SH'
#!/bin/sh
case "${1:--}" in -*) set -- redis-server --protected-mode no "$@" ;; esac
exec "$@"
SH
    chmod 755 "$root/entrypoint.sh"

    tar -C "$root" -c . | docker import \
        --change 'ENTRYPOINT ["/entrypoint.sh"]' --change 'WORKDIR /data' --change 'EXPOSE 6379' \
        --change 'ENV PATH=/usr/bin' - "$OWN_REDIS" >/dev/null || fail "docker import failed"
}

# Downloads redis-server with those of its dependencies that this machine lacks, and unpacks them where nobody else looks.
fetch_redis() {
    has apt-get || fail "no redis image: load one into Docker and name it in PUSHGATEWAY_TEST_REDIS_IMAGE"
    local download=(apt_get install --download-only -o Debug::NoLocking=true -o "Dir::Cache::archives=$1" redis-server)
    quietly "${download[@]}" || { quietly apt_get update && quietly "${download[@]}"; } || fail "cannot download redis-server"
    for package in "$1"/*.deb; do
        dpkg -x "$package" "$1/root"
    done
}
