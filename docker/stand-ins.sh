#!/usr/bin/env bash
# Stand-ins for the base images, for machines that cannot pull the true ones: made of the .NET SDK, the redis-server and the
# libraries that are installed here. They show that the Dockerfile and compose.yaml work; they are not for use elsewhere.
#
#   docker/stand-ins.sh     makes them, and prints a line NAME=IMAGE for each build argument
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

NAME=push-gateway-stand-in
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

fail() {
    printf 'stand-ins.sh: %s\n' "$*" >&2
    exit 1
}

have_image() { docker image inspect "$1" >/dev/null 2>&1; }

# new_root NAME: an empty root file system laid out as Debian and Ubuntu do, with the users of the official images.
new_root() {
    local root=$WORK/$1 directory
    mkdir -p "$root"/{etc,home/app,root,tmp,usr/bin,usr/lib,usr/lib64}
    for directory in bin lib lib64; do
        ln -s "usr/$directory" "$root/$directory"
    done
    chmod 1777 "$root/tmp"
    printf '%s\n' 'root:x:0:0::/root:/bin/sh' 'app:x:1654:1654::/home/app:/bin/false' >"$root/etc/passwd"
    printf '%s\n' 'root:x:0:' 'app:x:1654:' >"$root/etc/group"
    echo "$root"
}

# add ROOT FILE...: copies programs or libraries to where they are here, links followed, with all they are linked to.
add() {
    local root=$1 file
    shift
    for file in "$@" $(libraries "$@"); do
        [[ -e $root$file ]] || install -D "$(realpath "$file")" "$root$file"
    done
}

# ldd names a library as "name => path (address)" or, the loader, as "path (address)".
libraries() { { ldd "$@" 2>/dev/null || true; } | grep -o '/[^ :]* (0x' | cut -d' ' -f1 | sort -u; }

import() { docker import "${@:2}" - "$1" >/dev/null || fail "docker import failed for $1"; }

# What the runtime is linked to, and what it loads when it needs it: OpenSSL and the trusted authorities.
add_dotnet_needs() {
    local root=$1 native
    mapfile -t native < <(find "$DOTNET/shared/Microsoft.NETCore.App" -name '*.so')
    # They are in the image already, with the rest of the runtime; only their libraries are wanted.
    # shellcheck disable=SC2046
    add "$root" $(libraries "$DOTNET/dotnet" "${native[@]}" | grep -v "^$DOTNET/")
    # shellcheck disable=SC2046
    add "$root" $(ldconfig_path libssl.so.3) $(ldconfig_path libcrypto.so.3)
    install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
    ln -s /usr/share/dotnet/dotnet "$root/usr/bin/dotnet"
}

# What links native programs, as `gcc` and `ld` find it here.
add_linker() {
    local root=$1 part
    local parts=(collect2 liblto_plugin.so Scrt1.o crti.o crtn.o crtbeginS.o crtendS.o libgcc.a libgcc_eh.a libgcc_s.so libgcc_s.so.1
        libc.so libc.so.6 libc_nonshared.a libm.so libm.so.6 libmvec.so.1 libdl.a libpthread.a librt.a ld-linux-x86-64.so.2)
    add "$root" /usr/bin/gcc /usr/bin/ld.bfd /usr/bin/objcopy
    for part in "${parts[@]}"; do
        part=$(gcc -print-file-name="$part")
        [[ $part != /* ]] || add "$root" "$(realpath -s "$part")"
    done
}

ldconfig_path() { PATH=$PATH:/usr/sbin:/sbin ldconfig -p | awk -v name="$1" '$1 == name { print $NF; exit }'; }

# with_dotnet ROOT PART...: a root and parts of the SDK's folder, as one archive.
with_dotnet() {
    local root=$1
    shift
    tar -c --owner=0 --group=0 --transform "s,^${DOTNET#/},usr/share/dotnet," --exclude='*/templates' --exclude='*/FSharp' \
        -C "$root" . -C / "${@/#/${DOTNET#/}/}"
}

ENVIRONMENT=(--change 'ENV PATH=/usr/bin APP_UID=1654 ASPNETCORE_HTTP_PORTS=8080 DOTNET_RUNNING_IN_CONTAINER=true DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=true')

# As the chiseled image is: no shell, no package manager, no runtime, and the user set.
make_runtime() {
    local root
    root=$(new_root runtime)
    add_dotnet_needs "$root"
    rm "$root/usr/bin/dotnet"
    chown 1654:1654 "$root/home/app"
    tar -c --owner=0 --group=0 -C "$root" . | import "$1" "${ENVIRONMENT[@]}" --change 'USER 1654'
}

make_sdk() {
    local root
    root=$(new_root sdk)
    add_dotnet_needs "$root"
    add "$root" /bin/sh
    add_linker "$root"
    with_dotnet "$root" dotnet host shared packs sdk sdk-manifests | import "$1" "${ENVIRONMENT[@]}"
}

# The SDK image with the packages of the server as its only package source: the build needs no network, and this machine
# has them from its own restore. The restore is done in a copy, since it would change what obj/ says.
add_packages() {
    local copy=$WORK/packages file
    mkdir -p "$copy/tree"
    for file in global.json Directory.*.props BannedSymbols.txt src/*/*.csproj; do
        install -D -m 644 "$file" "$copy/tree/$file"
    done
    local cache=${NUGET_PACKAGES:-$HOME/.nuget/packages}
    {
        dotnet restore --disable-build-servers --use-current-runtime -p:PublishAot=true "$copy/tree/src/PushGateway.Server" &&
            dotnet restore --disable-build-servers --use-current-runtime -p:PublishAot=true "$copy/tree/src/PushGateway.Server" --force --source "$cache" --packages "$copy/packages"
    } >"$copy/log" 2>&1 || fail "the restore failed: $(tail -n 20 "$copy/log")"
    rm -rf "$copy/tree"
    cat >"$copy/NuGet.Config" <<'XML'
<configuration><packageSources><clear /><add key="stand-in" value="/packages" /></packageSources></configuration>
XML
    printf '%s\n' "FROM $1" 'COPY packages /packages' 'COPY NuGet.Config /root/.nuget/NuGet/' >"$copy/Dockerfile"
    local previous
    previous=$(docker image inspect -f '{{.Id}}' "$2" 2>/dev/null) || true
    docker build -q -t "$2" "$copy" >/dev/null 2>"$copy/log" || fail "$(tail -n 20 "$copy/log")"
    [[ -z $previous || $previous == "$(docker image inspect -f '{{.Id}}' "$2")" ]] || docker rmi "$previous" >/dev/null 2>&1 || true
}

# Listens to all, as the official image does; `docker run IMAGE --option value` passes options to the server.
make_redis() {
    local root
    [[ $(command -v redis-server redis-cli | wc -l) == 2 ]] || fail "missing: redis-server"
    root=$(new_root redis)
    add "$root" "$(command -v redis-server)" "$(command -v redis-cli)" /bin/sh
    mkdir -m 777 "$root/data"
    tar -c --owner=0 --group=0 -C "$root" . | import "$1" --change 'ENV PATH=/usr/bin' --change 'WORKDIR /data' \
        --change 'EXPOSE 6379' --change 'ENTRYPOINT ["redis-server", "--protected-mode", "no"]'
}

command -v dotnet >/dev/null || fail "missing: the .NET SDK"
[[ $(command -v gcc ld.bfd objcopy | wc -l) == 3 ]] || fail "missing: gcc and binutils, which link native programs"
DOTNET=$(dirname "$(realpath "$(command -v dotnet)")")
VERSION=$(dotnet --version)

have_image "$NAME/runtime-deps:$VERSION" || make_runtime "$NAME/runtime-deps:$VERSION"
have_image "$NAME/sdk-aot-only:$VERSION" || make_sdk "$NAME/sdk-aot-only:$VERSION"
add_packages "$NAME/sdk-aot-only:$VERSION" "$NAME/sdk-aot:$VERSION"
echo "SDK_IMAGE=$NAME/sdk-aot:$VERSION"
echo "RUNTIME_IMAGE=$NAME/runtime-deps:$VERSION"

if [[ -z ${REDIS_IMAGE:-} ]]; then
    have_image "$NAME/redis" || make_redis "$NAME/redis"
    echo "REDIS_IMAGE=$NAME/redis"
fi
