# Sourced by test.sh: what the client tests run: Node.js with its packages, curl, and a browser.

setup_node() {
    step "Node.js packages"
    has node && has npm || { note "installing nodejs and npm"; apt_install nodejs npm; }
    # npm ci always starts over; the copy of the lock file it leaves says whether it has to.
    local clients=tests/clients
    if ! cmp -s "$clients/package-lock.json" "$clients/node_modules/.installed-lock.json"; then
        quietly within 300 npm ci --prefix "$clients" --ignore-scripts --loglevel=error || fail "npm ci failed in $clients"
        cp "$clients/package-lock.json" "$clients/node_modules/.installed-lock.json"
    fi
    note "Node.js $(node --version)"
}

# What the documentation's commands, the page's and the container's check call.
setup_curl() {
    has curl || { step "curl"; note "installing curl"; apt_install curl; }
}

setup_chromium() {
    step "Chromium"
    if [[ -z ${PUSHGATEWAY_TEST_CHROMIUM:-} ]]; then
        has chromium || { note "installing chromium"; apt_install chromium; }
        PUSHGATEWAY_TEST_CHROMIUM=$(command -v chromium)
    fi
    export PUSHGATEWAY_TEST_CHROMIUM
    note "$PUSHGATEWAY_TEST_CHROMIUM"
}
