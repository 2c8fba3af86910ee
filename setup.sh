#!/bin/sh
# Prepares a machine for `cargo test`; run it as often as you like.
#
# AUTHSPEC_SKIP_SERVERS=1 leaves out the real servers of fixtures/.
set -eu
cd "$(dirname "$0")"

echo "Looks for cargo, a C compiler, a browser and its driver, xmllint, and the servers of fixtures/;"
echo "installs what is missing with apt-get (as root or by sudo without a password) and npm."

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
    echo "  Until then authspec logs in by plain HTTP, which pages made by JavaScript do not allow."
  fi
}

# Reports are held against the schema that CI systems use.
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
  if [ "${AUTHSPEC_SKIP_SERVERS:-}" = 1 ]; then
    echo "servers: left out"
    return
  fi
  for install in fixtures/*/install; do
    "$install" 2>&1 || true
  done
}

compiler
browser
linter
servers

if ! has cargo; then
  echo "cargo: cannot: type: curl --proto =https --tlsv1.2 -sSf https://sh.rustup.rs | sh" >&2
  exit 1
fi
echo "cargo: already there"
