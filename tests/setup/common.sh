# Sourced by test.sh: progress lines, time limits and the package manager.

step() { printf '==> %s\n' "$*"; }
note() { printf '    %s\n' "$*"; }

fail() {
    printf 'test.sh: %s\n' "$*" >&2
    exit 1
}

# Whatever hangs, the whole run ends before a CI job of 90 minutes would be cut off without a word.
TOTAL_SECONDS=$((75 * 60))

RUNNING=

# within SECONDS COMMAND...: gives the command that long, or what is left of the whole run if that is less.
within() {
    local limit=$1 left=$((TOTAL_SECONDS - SECONDS)) status=0
    shift
    ((left > 0)) || fail "out of time after $SECONDS s; not started: $*"
    # In the background, because bash puts off a trap until a command in the foreground has ended.
    timeout --kill-after=20 $((limit < left ? limit : left)) "$@" </dev/null &
    RUNNING=$!
    wait "$RUNNING" || status=$?
    RUNNING=
    return "$status"
}

stop_running() {
    [[ -n $RUNNING ]] || return 0
    kill "$RUNNING" 2>/dev/null
    wait "$RUNNING" 2>/dev/null
}

# quietly COMMAND...: shows the output only when the command fails.
quietly() {
    local log status=0
    log=$(mktemp -p "$WORK")
    "$@" >"$log" 2>&1 || status=$?
    ((status == 0)) || tail -n 40 "$log" >&2
    return "$status"
}

has() { command -v "$1" >/dev/null 2>&1; }
can_install() { ((EUID == 0)) && has apt-get; }

apt_get() {
    DEBIAN_FRONTEND=noninteractive within 900 apt-get -q -y --no-install-recommends \
        -o DPkg::Lock::Timeout=300 -o Acquire::Retries=2 -o Acquire::http::Timeout=60 "$@"
}

# The package lists are fetched only if what is there does not do: none yet, or too old to find the files.
apt_install() {
    can_install || fail "missing: $*. Install with: sudo apt-get install --no-install-recommends $*"
    # Services are not to start by being installed; run level 1 tells invoke-rc.d so, and leaves nothing behind on the machine.
    RUNLEVEL=1 apt_get install "$@" >"$WORK/apt.log" 2>&1 && return
    quietly apt_get update || fail "apt-get update failed"
    RUNLEVEL=1 quietly apt_get install "$@" || fail "cannot install: $*"
}
