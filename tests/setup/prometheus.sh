# Sourced by test.sh: promtool, which tests the alerts. Of Debian's package prometheus it is unpacked and not installed: the package
# would bring a service and 300 MB of what its web pages need.

setup_promtool() {
    step "promtool"
    local unpacked=artifacts/prometheus/promtool
    if [[ -z ${PUSHGATEWAY_TEST_PROMTOOL:-} ]]; then
        [[ -x $unpacked ]] || has promtool || unpack_promtool "$unpacked"
        PUSHGATEWAY_TEST_PROMTOOL=$([[ -x $unpacked ]] && echo "$PWD/$unpacked" || command -v promtool)
    fi
    export PUSHGATEWAY_TEST_PROMTOOL
    note "$("$PUSHGATEWAY_TEST_PROMTOOL" --version 2>&1 | head -n 1)"
}

# unpack_promtool WHERE: needs no rights but for package lists that are missing or too old.
unpack_promtool() {
    has apt-get && has dpkg-deb || fail "missing: promtool. It is in Debian's package prometheus, and in the releases of Prometheus"
    note "fetching promtool"
    mkdir -p "$WORK/prometheus" "${1%/*}"
    download_prometheus || { can_install && quietly apt_get update && download_prometheus; } ||
        fail "cannot fetch the package prometheus: $(tail -n 1 "$WORK/apt.log")"
    dpkg-deb --fsys-tarfile "$WORK/prometheus/"*.deb | tar -x -O ./usr/bin/promtool >"$WORK/prometheus/promtool" ||
        fail "the package prometheus has no promtool"
    chmod +x "$WORK/prometheus/promtool"
    mv "$WORK/prometheus/promtool" "$1"
}

download_prometheus() { (cd "$WORK/prometheus" && apt_get -o APT::Sandbox::User=root download prometheus >"$WORK/apt.log" 2>&1); }
