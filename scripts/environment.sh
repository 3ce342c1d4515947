# Sourced by scripts/demo and scripts/test: the virtual environment .venv in the repository root, with photostyle in it.
# Afterwards $root is the repository and $python the environment's interpreter.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
python="$root/.venv/bin/python"
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

stop() {
    echo "photostyle: $*" >&2
    exit 1
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

# Prints the interpreter to build on: $PYTHON if it is set, else the first found that is new enough.
base_python() {
    local candidate
    if [ -n "${PYTHON:-}" ]; then
        is_new_enough "$PYTHON" || stop "PYTHON=$PYTHON must be Python 3.11 or newer; set PYTHON to one that is"
        echo "$PYTHON"
        return
    fi
    for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if is_new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    stop "needs Python 3.11 or newer, and none was found; install one, or set PYTHON to its path"
}

make_environment() {
    local base
    base="$(base_python)"
    echo "Making the virtual environment .venv with $("$base" -V)"
    "$base" -m venv "$root/.venv" || stop "could not make .venv; on Debian and Ubuntu install the package python3-venv"
}

# What an installation depends on: another place, another pyproject.toml or another Python asks for a new one.
fingerprint() {
    echo "$root $(cksum <"$root/pyproject.toml") $("$python" -V)"
}

# install_photostyle demo|dev: into .venv, unless that was done before. dev has all that demo has.
install_photostyle() {
    local what="$1" target="$root" stamp="$root/.venv/photostyle-installed"
    "$python" -m pip --version >/dev/null 2>&1 || make_environment
    is_new_enough "$python" || stop ".venv has $("$python" -V), but 3.11 or newer is needed; delete .venv and run again"
    [ "$(cat "$stamp-$what" 2>/dev/null)" != "$(fingerprint)" ] || return 0

    echo "Installing photostyle into .venv (some minutes the first time)"
    if [ "$(uname -s)" = Linux ] && ! "$python" -m pip show --quiet torch 2>/dev/null; then
        echo "The usual torch for Linux takes about 5.7 GB of disk; a CPU-only torch and torchvision put into .venv beforehand are kept."
    fi
    [ "$what" = demo ] || target="$root[$what]"
    "$python" -m pip install --quiet --quiet --editable "$target" || stop "the installation failed; what pip says stands above"
    fingerprint >"$stamp-demo"
    [ "$what" = demo ] || fingerprint >"$stamp-$what"
}
