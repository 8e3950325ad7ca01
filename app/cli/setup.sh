#!/usr/bin/env bash
# Sets up everything Harbor needs on Debian or Ubuntu; quick when nothing is missing.
#
#   bash app/cli/setup.sh run     what `make run` needs
#   bash app/cli/setup.sh test    and what `make test` needs besides
#   bash app/cli/setup.sh bench   and whom `make bench` compares with
#
# Each step leaves a stamp with a hash of what it was made from, so it runs again
# only when that has changed.
set -euo pipefail

purpose=${1:-run}
peers=no
if [ "$purpose" = bench ]; then purpose=test peers=yes; fi
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$PWD
var=${HARBOR_VAR:-$root/var}
venv=$root/.venv
oldest_postgres=15

export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore
export NUMBA_CACHE_DIR=${NUMBA_CACHE_DIR:-$var/numba}
# an office's own certificate authority counts for npm as it does for everything else here
if [ -f /etc/ssl/certs/ca-certificates.crt ]; then
    export NODE_EXTRA_CA_CERTS=${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt}
fi

# ---- talking

fail() {
    printf '\nset-up stopped: %s\n' "$1" >&2
    shift
    [ $# -eq 0 ] || printf '%s\n' "$@" >&2
    exit 1
}

now_ms() { local now=${EPOCHREALTIME/[.,]/}; echo $((now / 1000)); }

# step TEXT COMMAND…: says what is done and how long it took; shows the output if it fails
step() {
    local text=$1 begun took log
    shift
    log=$(mktemp)
    printf 'set-up: %s … ' "$text"
    begun=$(now_ms)
    # what a step starts must not keep the lock of descriptor 9
    if ! "$@" >"$log" 2>&1 9>&-; then
        printf 'failed\n'
        tail -n 25 "$log" >&2
        rm -f "$log"
        fail "$text" "Correct what is named above, then run the same command again."
    fi
    rm -f "$log"
    took=$(($(now_ms) - begun))
    printf '%d.%d s\n' $((took / 1000)) $((took % 1000 / 100))
}

hash_of() { cat -- "$@" | sha256sum | cut -c1-40; }
stamped() { [ -f "$1" ] && [ "$(<"$1")" = "$2" ]; }

# ---- the operating system

by_hand() {
    cat <<TEXT
Harbor sets itself up on Debian 12 or newer and Ubuntu 24.04 or newer. Elsewhere it needs
  - Python 3.11 to 3.14 with venv
  - PostgreSQL $oldest_postgres or newer with PostGIS 3 on this machine, or HARBOR_DATABASE_URL naming one elsewhere
  - npm, for the browser libraries
  - a font with Chinese characters, for plaques and dossiers
  - for the tests: Chromium
TEXT
}

check_system() {
    [ "$(uname -s)" = Linux ] || fail "this is $(uname -s), not Linux" "$(by_hand)"
    ((BASH_VERSINFO[0] >= 5)) || fail "bash ${BASH_VERSION} is too old; version 5 is needed"
}

# ---- system packages

python_fits() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' \
        >/dev/null 2>&1
}

find_python() {
    local name
    for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14 /usr/bin/python3; do
        if command -v "$name" >/dev/null && python_fits "$name"; then
            command -v "$name"
            return
        fi
    done
    return 1
}

# the newest installed server of a fitting version, with or without PostGIS
installed_postgres() {
    local folder number newest=0
    for folder in /usr/lib/postgresql/*/bin; do
        [ -x "$folder/initdb" ] || continue
        number=$(basename "$(dirname "$folder")")
        if ((number >= oldest_postgres && number > newest)); then newest=$number; fi
    done
    echo "$newest"
}

has_postgis() {
    local control
    for control in /usr/share/postgresql/*/extension/postgis.control; do
        [ -f "$control" ] || continue
        control=${control#/usr/share/postgresql/}
        if ((${control%%/*} >= oldest_postgres)) && [ -x "/usr/lib/postgresql/${control%%/*}/bin/initdb" ]; then
            return 0
        fi
    done
    # not packaged by Debian: what PATH has
    command -v pg_config >/dev/null && [ -f "$(pg_config --sharedir)/extension/postgis.control" ] \
        && [ -x "$(pg_config --bindir)/initdb" ]
}

find_browser() { command -v chromium || command -v google-chrome; }

has_cjk_font() { compgen -G '/usr/share/fonts/*/noto/NotoSansCJK*' >/dev/null \
    || { command -v fc-list >/dev/null && [ -n "$(fc-list :lang=zh-cn family 2>/dev/null)" ]; }; }

is_ubuntu() { grep -qs '^ID=ubuntu' /etc/os-release; }

# names of the packages to install; POSTGIS stands for one whose version is not known yet
missing_packages() {
    local server
    "$venv/bin/python" -c '' 2>/dev/null || find_python >/dev/null || echo python3 python3-venv
    # tests use clusters of their own, whatever serves the register
    if { [ -z "${HARBOR_DATABASE_URL:-}" ] || [ "$purpose" = test ]; } && ! has_postgis; then
        server=$(installed_postgres)
        if ((server)); then echo "postgresql-$server-postgis-3"; else echo POSTGIS; fi
    fi
    # plaques and dossiers are typeset with it
    has_cjk_font || echo fonts-noto-cjk
    if [ "$purpose" = test ]; then
        # Ubuntu's chromium package is a snap: there the browser comes with playwright
        find_browser >/dev/null || is_ubuntu || echo chromium
        # what drives the browser in the tests is linked to it
        compgen -G '/usr/lib*/*/libatomic.so.1' >/dev/null \
            || compgen -G '/usr/lib*/libatomic.so.1' >/dev/null || echo libatomic1
    fi
}

newest_postgis() {
    apt-cache search --names-only '^postgresql-[0-9]+-postgis-3$' | cut -d' ' -f1 \
        | sort -t- -k2,2n | tail -n 1
}

# keeps a newly installed server from starting a cluster of its own, which Harbor does not use
install_packages() {
    local dropin=/etc/postgresql-common/createcluster.d/harbor.conf status=0
    "${as_root[@]}" mkdir -p "${dropin%/*}" || return 1
    echo 'create_main_cluster = false' | "${as_root[@]}" tee "$dropin" || return 1
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -o DPkg::Lock::Timeout=300 --no-install-recommends "$@" || status=$?
    "${as_root[@]}" rm -f "$dropin"
    "${as_root[@]}" rmdir --ignore-fail-on-non-empty "${dropin%/*}"
    return "$status"
}

become_root() {
    as_root=()
    [ "$EUID" -ne 0 ] || return 0
    as_root=(sudo)
    command -v sudo >/dev/null || return 1
    sudo -n true 2>/dev/null || { [ -t 0 ] && sudo -v; }
}

system_packages() {
    local wanted postgis number
    mapfile -t wanted < <(missing_packages | tr ' ' '\n')
    [ ${#wanted[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null \
        || fail "missing here: ${wanted[*]/POSTGIS/PostgreSQL with PostGIS}" "$(by_hand)"
    if ! become_root; then
        postgis=$(newest_postgis)
        fail "system packages are missing and this account may not install them" \
            "Run this again as root, or let an administrator run" \
            "    apt-get update && apt-get install -y --no-install-recommends ${wanted[*]/POSTGIS/${postgis:-postgresql-15-postgis-3}}" \
            "With HARBOR_DATABASE_URL set to a PostGIS elsewhere, make run needs no PostgreSQL here."
    fi
    step "refreshing the list of packages" "${as_root[@]}" apt-get update -q
    if [[ " ${wanted[*]} " == *" POSTGIS "* ]]; then
        postgis=$(newest_postgis)
        number=$(cut -d- -f2 <<<"${postgis:-postgresql-0}")
        ((number >= oldest_postgres)) \
            || fail "this system has no package of PostgreSQL $oldest_postgres or newer with PostGIS" "$(by_hand)"
        wanted=("${wanted[@]/POSTGIS/$postgis}" "postgresql-$number")
    fi
    step "installing ${wanted[*]}" install_packages "${wanted[@]}"
}

# ---- Python

make_venv() {
    rm -rf "$venv"
    "$1" -m venv "$venv"
}

install_project() {
    "$venv/bin/python" -m pip install --quiet --no-index --no-deps --no-build-isolation --editable .
}

# The lock names everything. Were it resolved once more, an extra that some package asks for
# (pydantic[email]) would be refused as not pinned on the day a newer release comes out.
install_locked() {
    "$venv/bin/python" -m pip install --quiet --require-hashes --no-deps -r "$1"
    "$venv/bin/python" -m pip check
}

python_packages() {
    local python lock=requirements.lock runtime tests project
    runtime="$(hash_of requirements.lock) $root"
    tests="$(hash_of requirements-test.lock) $root"
    project="$(hash_of pyproject.toml) $root"
    # a checkout that was moved, or a Python that was removed, needs a new environment
    if ! stamped "$venv/.place" "$root" || ! "$venv/bin/python" -c '' 2>/dev/null; then
        python=$(find_python) || fail "no Python 3.11 to 3.14 with venv was found" "$(by_hand)"
        step "making a virtual environment with $python" make_venv "$python"
        printf '%s' "$root" >"$venv/.place"
    fi
    if [ "$purpose" = test ]; then lock=requirements-test.lock; fi
    if { [ "$purpose" = test ] && ! stamped "$venv/.tests" "$tests"; } \
        || { [ "$purpose" = run ] && ! stamped "$venv/.runtime" "$runtime"; }; then
        rm -f "$venv/.tests" "$venv/.runtime"
        step "installing the Python packages of $lock" install_locked "$lock"
        printf '%s' "$runtime" >"$venv/.runtime"
        # the tests' lock holds everything of the other, in the same versions
        if [ "$purpose" = test ]; then printf '%s' "$tests" >"$venv/.tests"; fi
    fi
    if ! stamped "$venv/.project" "$project" || [ ! -x "$venv/bin/harbor" ]; then
        step "installing Harbor itself" install_project
        printf '%s' "$project" >"$venv/.project"
    fi
}

# ---- whom the benchmark compares with: what does not install is left out of its tables

# lock_part NAME…: the lines of the benchmark's lock that pin these packages
lock_part() {
    awk -v names="$*" '
        BEGIN { count = split(names, list, " "); for (i = 1; i <= count; i++) wanted[list[i]] = 1 }
        /^[^ ]/ { split($0, part, "=="); keep = part[1] in wanted }
        keep' requirements-bench.lock
}

# what the benchmark's lock has and the tests' lock has not, but for what has an environment of its own
peer_packages() {
    comm -13 <(grep -o '^[a-z0-9][^ =]*' requirements-test.lock | sort -u) \
        <(grep -o '^[a-z0-9][^ =]*' requirements-bench.lock | sort -u) | grep -vx pyvalhalla
}

wheels() {
    local python=$1
    shift
    "$python" -m pip install --quiet --no-deps --only-binary :all: --require-hashes \
        -r <(lock_part "$@")
}

install_peers() {
    local name packages
    mapfile -t packages < <(peer_packages)
    wheels "$venv/bin/python" "${packages[@]}" && return 0
    for name in "${packages[@]}"; do wheels "$venv/bin/python" "$name" || true; done
}

# its wheels are for newer versions of Python than Harbor asks for
find_newer_python() {
    local name
    # pyenv answers under these names only for the version it is told to use
    for name in python3.12 python3.13 python3.14 python3 \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[2-4].*/bin/python3; do
        if command -v "$name" >/dev/null && python_fits "$name" \
            && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 12))'; then
            command -v "$name"
            return
        fi
    done
    return 1
}

install_valhalla() {
    local python
    rm -rf "$venv/valhalla"
    python=$(find_newer_python) || return 0
    "$python" -m venv "$venv/valhalla"
    wheels "$venv/valhalla/bin/python" pyvalhalla || rm -rf "$venv/valhalla"
}

# asks a running server for the load table
install_wrk() { install_packages wrk || true; }

benchmark_peers() {
    local wanted
    [ "$peers" = yes ] || return 0
    if ! command -v wrk >/dev/null && command -v apt-get >/dev/null && become_root; then
        step "installing wrk for the benchmark" install_wrk
    fi
    wanted="$(hash_of requirements-bench.lock) $root"
    if stamped "$venv/.peers" "$wanted"; then return 0; fi
    step "installing whom the benchmark compares with" install_peers
    step "installing Valhalla for the benchmark" install_valhalla
    # whoever is missing is tried again the next time
    if "$venv/bin/python" -c 'import networkit, pandana' 2>/dev/null \
        && [ -x "$venv/valhalla/bin/python" ]; then
        printf '%s' "$wanted" >"$venv/.peers"
    fi
}

# ---- browser libraries

find_npm() {
    if command -v npm >/dev/null && npm --version >/dev/null 2>&1; then
        npm_path=$(dirname "$(command -v npm)")
        return
    fi
    if [ ! -x "$venv/bin/npm" ]; then
        step "installing Node.js into the virtual environment" \
            "$venv/bin/python" -m pip install --quiet --require-hashes -r requirements-node.lock
    fi
    npm_path=$venv/bin
}

# vendor NAME FILE…: copies files of a package, and its licence, into static/vendor/NAME
vendor() {
    local name=$1 origin=node_modules/$1 target=$fresh/$1 file
    shift
    mkdir -p "$target"
    for file in "$@"; do
        cp -R "$origin/$file" "$target/" || return 1
    done
    find "$origin" -maxdepth 1 -iname '*licen[cs]e*' -exec cp {} "$target/LICENSE" \;
    # a package without a licence file names its licence in its description and its files
    [ -f "$target/LICENSE" ] || cp "$origin/package.json" "$target/LICENSE.json" || return 1
    # a map of the sources is not served, so nobody should ask for it
    find "$target" -name '*.js' -exec sed -i '/^\/\/# sourceMappingURL=/d' {} +
}

copy_libraries() {
    local fresh=static/vendor.new
    rm -rf "$fresh"
    PATH=$npm_path:$PATH npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error \
        || return 1
    vendor leaflet dist/leaflet.js dist/leaflet.css dist/images || return 1
    vendor leaflet.markercluster dist/leaflet.markercluster.js dist/MarkerCluster.css \
        dist/MarkerCluster.Default.css || return 1
    vendor leaflet.heat dist/leaflet-heat.js || return 1
    vendor protomaps-leaflet dist/protomaps-leaflet.js || return 1
    vendor @tabler/core dist/css/tabler.min.css dist/js/tabler.min.js || return 1
    vendor htmx.org dist/htmx.min.js || return 1
    rm -rf static/vendor node_modules
    mv "$fresh" static/vendor
}

browser_libraries() {
    local wanted npm_path
    wanted=$(hash_of package-lock.json app/cli/setup.sh)
    if stamped static/vendor/.stamp "$wanted"; then return 0; fi
    find_npm
    step "copying the browser libraries into static/vendor" copy_libraries
    printf '%s' "$wanted" >static/vendor/.stamp
}

# Brotli saves a phone a tenth of what gzip leaves, and takes seconds: so it is done here, each
# packed file named after what it holds. A file that was edited since has none, and gzip serves it.
pack_static() {
    rm -rf static/vendor/.packed
    PATH=$npm_path:$PATH node --input-type=module --eval '
        import { createHash } from "node:crypto";
        import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
        import { brotliCompressSync } from "node:zlib";
        const packed = "static/vendor/.packed";
        mkdirSync(packed, { recursive: true });
        for (const name of readdirSync("static", { recursive: true })) {
            if (!/\.(js|css|svg)$/.test(name)) continue;
            const plain = readFileSync(`static/${name}`);
            const tag = createHash("sha256").update(plain).digest("hex").slice(0, 20);
            writeFileSync(`${packed}/${tag}.br`, brotliCompressSync(plain));
        }
    '
}

packed_files() {
    local wanted npm_path
    wanted=$(hash_of package-lock.json app/cli/setup.sh static/*.js static/*.css)
    if stamped static/vendor/.packed/.stamp "$wanted"; then return 0; fi
    find_npm
    step "packing what browsers load" pack_static
    printf '%s' "$wanted" >static/vendor/.packed/.stamp
}

# what only the tests load stays out of the folder that is served
copy_test_libraries() {
    local fresh=tests/vendor.new
    rm -rf "$fresh"
    PATH=$npm_path:$PATH npm ci --ignore-scripts --no-audit --no-fund --loglevel=error || return 1
    vendor axe-core axe.min.js || return 1
    rm -rf tests/vendor node_modules
    mv "$fresh" tests/vendor
}

test_libraries() {
    local wanted npm_path
    [ "$purpose" = test ] || return 0
    wanted=$(hash_of package-lock.json app/cli/setup.sh)
    if stamped tests/vendor/.stamp "$wanted"; then return 0; fi
    find_npm
    step "copying the browser libraries of the tests into tests/vendor" copy_test_libraries
    printf '%s' "$wanted" >tests/vendor/.stamp
}

# ---- compiled kernels, and a browser for the tests

kernels() {
    local wanted stamp=$NUMBA_CACHE_DIR/.stamp
    [ -f geo/warm.py ] || return 0
    wanted="$(hash_of geo/*.py requirements.lock) $root $("$venv/bin/python" -V)"
    if stamped "$stamp" "$wanted"; then return 0; fi
    mkdir -p "$NUMBA_CACHE_DIR"
    step "compiling the kernels" "$venv/bin/python" -m geo.warm
    printf '%s' "$wanted" >"$stamp"
}

test_browser() {
    [ "$purpose" = test ] || return 0
    ! find_browser >/dev/null || return 0
    stamped "$venv/.browser" "$(hash_of requirements-test.lock)" && return 0
    become_root || fail "a browser for the tests is missing and this account may not install one" \
        "Install Chromium, or let an administrator run" \
        "    $venv/bin/python -m playwright install-deps chromium"
    step "installing Chromium for the tests" \
        "$venv/bin/python" -m playwright install --with-deps chromium
    hash_of requirements-test.lock >"$venv/.browser"
}

# ---- all of it, one process at a time

case $purpose in
    run | test) ;;
    *) fail "unknown purpose '$purpose'" "usage: bash app/cli/setup.sh run|test|bench" ;;
esac
check_system
mkdir -p "$var" || fail "cannot write into $var" "Set HARBOR_VAR to a folder of your own."
exec 9>"$var/setup.lock"
flock --nonblock 9 || { echo "set-up: waiting for another set-up of this checkout"; flock 9; }
system_packages
python_packages
benchmark_peers
browser_libraries
packed_files
test_libraries
kernels
test_browser
