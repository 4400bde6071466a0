# Sourced by test.sh: the balancers that nodes are put behind in tests.

setup_balancers() {
    step "Balancers"
    local missing=()
    has haproxy || missing+=(haproxy)
    has nginx || missing+=(nginx)
    ((${#missing[@]} == 0)) || { note "installing ${missing[*]}"; apt_install "${missing[@]}"; }
    note "$(haproxy -v | head -n 1 | cut -d' ' -f1-3), $(nginx -v 2>&1)"
}
