#!/bin/sh
# Installs what `authspec run` needs: a C compiler to build it, Chromium, and Chromium's driver. Takes seconds where they
# are there, and can be run as often as you like.
#
#   ./setup.sh             what a run needs
#   ./setup.sh --servers   the servers of fixtures/ and xmllint too, which `cargo test` needs
set -eu
cd "$(dirname "$0")"

servers=no
for argument in "$@"; do
  case $argument in
    --servers) servers=yes ;;
    -h | --help)
      sed -n '2,/^set /s/^# \{0,1\}//p' "$0"
      exit 0
      ;;
    *)
      echo "setup.sh: unknown argument '$argument'; the only one is --servers" >&2
      exit 2
      ;;
  esac
done

echo "Checks for cargo, a C compiler, Chromium and its driver; installs what is missing with apt-get (as root, or with sudo"
echo "where that asks for no password)."
if [ "$servers" = yes ]; then
  echo "Then the same for xmllint and the servers of fixtures/, which download up to 500 MB with npm, pip, Maven and curl."
fi

has() {
  command -v "$1" >/dev/null
}

# Installs packages, or says why not in $reason.
apt_install() {
  packages=$*
  by_hand="type: sudo apt-get install --no-install-recommends $packages"
  if [ "$(id -u)" = 0 ]; then
    root="env"
  elif sudo -n true 2>/dev/null; then
    root="sudo -n env"
  else
    reason=$by_hand
    return 1
  fi
  # These are lists of words.
  # shellcheck disable=SC2086
  {
    $root apt-get update && $root DEBIAN_FRONTEND=noninteractive \
      apt-get install --yes --no-remove --no-install-recommends $packages
  } >/dev/null 2>&1 && return
  reason="apt-get failed, $by_hand"
  return 1
}

compiler() {
  if has cc; then
    echo "C compiler: already there"
  elif has apt-get && apt_install gcc libc6-dev; then
    echo "C compiler: installed"
  elif [ "$(uname)" = Darwin ]; then
    echo "C compiler: cannot: type: xcode-select --install"
  else
    echo "C compiler: cannot: ${reason:-install gcc or clang}"
  fi
}

has_browser() {
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if has "$name"; then return; fi
  done
  [ -x /usr/lib/chromium/chromium-headless-shell ] ||
    [ -d "/Applications/Google Chrome.app" ] || [ -d /Applications/Chromium.app ]
}

# Debian packages a smaller and faster Chromium beside the full one.
lacks_headless_shell() {
  [ ! -x /usr/lib/chromium/chromium-headless-shell ] &&
    has apt-cache && apt-cache show chromium-headless-shell >/dev/null 2>&1
}

browser() {
  if has chromedriver && has_browser && ! lacks_headless_shell; then
    echo "browser: already there"
    return
  fi
  if [ "$(uname)" = Darwin ]; then
    reason="type: brew install --cask chromium chromedriver"
  elif ! has apt-get; then
    reason="install Chromium and chromedriver with the system's package manager"
  elif grep -qs '^ID=ubuntu' /etc/os-release; then
    reason="type: sudo snap install chromium &&
    sudo ln -s /snap/bin/chromium.chromedriver /usr/local/bin/chromedriver"
  elif apt_install chromium chromium-driver chromium-headless-shell; then
    echo "browser: installed"
    return
  fi
  echo "browser: cannot: $reason"
  if ! has chromedriver || ! has_browser; then
    echo "  Until then authspec signs in over plain HTTP, which does not work on pages that need JavaScript."
  fi
}

# Tests check reports against the schemas that CI systems use.
linter() {
  if has xmllint; then
    echo "xmllint: already there"
  elif has apt-get && apt_install libxml2-utils; then
    echo "xmllint: installed"
  else
    echo "xmllint: cannot: ${reason:-install libxml2}; a test of reports needs it"
  fi
}

servers() {
  for install in fixtures/*/install; do
    "$install" 2>&1 || true
  done
}

compiler
browser
if [ "$servers" = yes ]; then
  linter
  servers
fi

if ! has cargo; then
  echo "cargo: cannot: type: curl --proto =https --tlsv1.2 -sSf https://sh.rustup.rs | sh" >&2
  exit 1
fi
echo "cargo: already there"
if [ "$servers" = no ]; then
  echo "ready: cargo run --release    (for cargo test: ./setup.sh --servers)"
else
  echo "ready: cargo test"
fi
