#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What is installed beside the programs: each file is well-formed and goes to its place. Speaks TAP.
#
#     installed-files-test.sh SOURCE-DIRECTORY BUILD-DIRECTORY
set -uo pipefail

# The exposure that systemd-analyze may find in the unit's sandbox at most, in tenths.
readonly exposure_maximum=24

source_dir=$1
build_dir=$2
work_dir=$(mktemp -d)
trap 'rm -rf "$work_dir"' EXIT
number=0

# check DESCRIPTION COMMAND...
check() {
  local description=$1
  shift
  number=$((number + 1))
  if "$@" >"$work_dir/output" 2>&1; then
    echo "ok $number - $description"
  else
    echo "not ok $number - $description"
    sed 's/^/# /' "$work_dir/output"
  fi
}

# skip DESCRIPTION FEATURE REASON
skip() {
  number=$((number + 1))
  echo "ok $number - $1 # SKIP $2: $3"
}

# check_with PROGRAM DESCRIPTION COMMAND...: skipped without the program
check_with() {
  local program=$1 description=$2
  shift
  if command -v "$program" >/dev/null; then
    check "$@"
  else
    skip "$description" "$program" 'it is not installed'
  fi
}

# check_as_root PROGRAM DESCRIPTION COMMAND...: the same, and skipped for other users
check_as_root() {
  if [[ $EUID -eq 0 ]]; then
    check_with "$@"
  else
    skip "$2" root 'only root can give files to others'
  fi
}

unit_is_valid() {
  sed 's,^ExecStart=.*,ExecStart=/bin/true,; s,@statedir@,/var/lib/memsnoop,' \
    "$source_dir/data/memsnoopd.service.in" >"$work_dir/memsnoopd.service"
  SYSTEMD_LOG_LEVEL=warning systemd-analyze --man=no verify "$work_dir/memsnoopd.service" &&
    [[ ! -s $work_dir/output ]]
}

sandbox_is_tight() {
  systemd-analyze security --no-pager --offline=true --threshold="$exposure_maximum" \
    "$work_dir/memsnoopd.service"
}

system_user_is_valid() {
  mkdir -p "$work_dir/root/etc" &&
    systemd-sysusers --root="$work_dir/root" "$source_dir/data/memsnoop.sysusers" &&
    grep '^memsnoop:' "$work_dir/root/etc/passwd"
}

state_folder_can_be_made() {
  local folder=$work_dir/root/var/lib/memsnoop
  mkdir -p "$work_dir/root/var/lib" &&
    sed 's,@statedir@,/var/lib/memsnoop,' "$source_dir/data/memsnoop.tmpfiles.in" \
      >"$work_dir/tmpfiles.conf" &&
    systemd-tmpfiles --root="$work_dir/root" --create "$work_dir/tmpfiles.conf" &&
    [[ $(stat -c %a "$folder") == 700 ]] &&
    grep "^memsnoop:x:$(stat -c %u:%g "$folder"):" "$work_dir/root/etc/passwd"
}

xml_is_well_formed() {
  xmllint --nonet --noout "$source_dir/data/org.memsnoop1.conf" "$source_dir/dbus/org.memsnoop1.xml" \
    "$source_dir/polkit/org.memsnoop1.policy" "$source_dir"/data/icons/*.svg \
    "$source_dir"/viewer/*.ui "$source_dir"/viewer/gtk/*.ui "$source_dir"/viewer/*.gresource.xml
}

desktop_entries_are_valid() {
  desktop-file-validate "$build_dir"/data/*.desktop
}

# entry_value NAME KEY: what a desktop entry says first of it
entry_value() {
  sed -n "s/^$2=//p" "$build_dir/data/$1.desktop" | head -n 1
}

# The entry is a configuration file, which stays when the program is removed.
autostart_tries_its_program() {
  local program
  program=$(entry_value org.memsnoop1.Notifier TryExec)
  [[ $program == "$(entry_value org.memsnoop1.Notifier Exec)" ]] && is_installed "/bin/$program"
}

# Desktops look for it in the entry that the notifications name.
entry_of_notifications_says_so() {
  local name
  name=$(sed -n 's/^#define DESKTOP_ENTRY "\(.*\)"/\1/p' "$source_dir/notifier/notification-server.c")
  [[ $(entry_value "$name" X-GNOME-UsesNotifications) == true ]]
}

# Newer versions warn of what Memsnoop does not have: a page of its own on the web.
metainfo_is_valid() {
  local said
  said=$(appstreamcli validate --no-net "$build_dir/data/org.memsnoop1.Viewer.metainfo.xml") &&
    return
  printf '%s\n' "$said"
  ! grep '^[EW]:' <<<"$said" | grep -v url-homepage-missing
}

translations_are_valid() {
  local language
  while read -r language; do
    [[ $language == '#'* ]] ||
      msgfmt --check --output-file=/dev/null "$source_dir/po/$language.po" || return
  done <"$source_dir/po/LINGUAS"
}

# Text in a file that is not listed would never be translated.
translated_files_are_listed() {
  local file unlisted=0
  while read -r file; do
    if ! grep -qxF "$file" "$source_dir/po/POTFILES"; then
      echo "$file is missing in po/POTFILES"
      unlisted=1
    fi
  done < <(cd "$source_dir" && grep -rlE '\bN?_ \("|g_dngettext \(|translatable="yes"' desktop notifier viewer)
  return "$unlisted"
}

actions_are_valid() {
  xmllint --nonet --noout --dtdvalid /usr/share/polkit-1/policyconfig-1.dtd \
    "$source_dir/polkit/org.memsnoop1.policy"
}

man_pages_are_valid() {
  mandoc -T lint -W warning "$source_dir"/data/*.[1-8]
}

scripts_are_valid() {
  shellcheck "$source_dir/quickstart" "$source_dir/.ci/run" "$source_dir"/tests/*.sh
}

completions_are_valid() {
  local file
  for file in "$source_dir"/data/*.bash-completion; do
    bash -n "$file" || return
  done
}

# options_are_documented PROGRAM: what --help tells is what the man page tells, and nothing else
options_are_documented() {
  diff <("$build_dir/$1" --help | grep -o -- '--[a-z-]*' | grep -v '^--help-' | sort -u) \
    <(grep '^\.It Fl' "$source_dir/data/${1##*/}.1" | grep -o ' Fl -[a-z-]*' | sed 's/ Fl /-/' | sort -u)
}

# The keys that the window tells are those of its man page, by what they do.
keys_are_documented() {
  local title
  while read -r title; do
    if ! grep -qE "^(\\.Ss )?$title\$" "$source_dir/data/memsnoop-viewer.1"; then
      echo "'$title' is not in the man page"
      return 1
    fi
  done < <(sed -n 's|.*<property name="title" translatable="yes">\(.*\)</property>.*|\1|p' \
    "$source_dir/viewer/gtk/help-overlay.ui")
}

# An option that the completion does not know is found nowhere but in the man page.
options_of_the_window_are_completed() {
  local option
  for option in $("$build_dir/viewer/memsnoop-viewer" --help | grep -o -- '--[a-z-]*' | grep -v '^--help-'); do
    grep -q -- "$option" "$source_dir/data/memsnoop-viewer.bash-completion" || return
  done
}

install_tree() {
  meson install -C "$build_dir" --no-rebuild --quiet --destdir "$work_dir/tree"
}

is_installed() {
  find "$work_dir/tree" -path "*$1" | grep .
}

unit_starts_installed_program() {
  local program
  program=$(sed -n 's/^ExecStart=//p' "$(find "$work_dir/tree" -name memsnoopd.service)")
  [[ -x $work_dir/tree$program ]]
}

# Where the desktop starts it by the bus, the bus has to know it.
bus_starts_installed_window() {
  local name=org.memsnoop1.Viewer program
  program=$(sed -n 's/^Exec=\([^ ]*\).*/\1/p' "$(find "$work_dir/tree" -path "*/dbus-1/services/$name.service")")
  [[ -x $work_dir/tree$program && $(entry_value $name DBusActivatable) == true ]]
}

check_with systemd-analyze 'the unit is valid' unit_is_valid
check_with systemd-analyze 'the sandbox of the unit is as tight as it was' sandbox_is_tight
check_with systemd-sysusers 'the system user can be made' system_user_is_valid
check_as_root systemd-tmpfiles 'the state folder can be made' state_folder_can_be_made
check_with xmllint 'XML files are well-formed' xml_is_well_formed
check_with xmllint 'the polkit actions follow their DTD' actions_are_valid
check_with mandoc 'man pages have no warnings' man_pages_are_valid
check_with shellcheck 'shell scripts have no warnings' scripts_are_valid
check_with msgfmt 'translations are valid' translations_are_valid
check 'all files with text to translate are listed' translated_files_are_listed
check_with desktop-file-validate 'desktop entries are valid' desktop_entries_are_valid
if [[ -x $build_dir/viewer/memsnoop-viewer ]]; then
  check_with appstreamcli 'the metainfo of the window is valid' metainfo_is_valid
else
  skip 'the metainfo of the window is valid' gtk 'the window is not built'
fi
check 'the completions for bash can be read' completions_are_valid
check 'the keys of the window are documented' keys_are_documented
check 'the options of the notifier are documented' options_are_documented notifier/memsnoop-notifier
if [[ -x $build_dir/viewer/memsnoop-viewer ]]; then
  check 'the options of the window are documented' options_are_documented viewer/memsnoop-viewer
  check 'the options of the window are completed' options_of_the_window_are_completed
else
  skip 'the options of the window are documented' gtk 'the window is not built'
  skip 'the options of the window are completed' gtk 'the window is not built'
fi
check 'the tree can be installed' install_tree
check 'the unit starts the program that is installed' unit_starts_installed_program
check 'what starts with the session is started while it is installed' autostart_tries_its_program
if [[ -x $build_dir/viewer/memsnoop-viewer ]]; then
  check 'the entry that notifications name says that there are some' entry_of_notifications_says_so
  check 'the session bus starts the window that is installed' bus_starts_installed_window
else
  skip 'the session bus starts the window that is installed' gtk 'the window is not built'
  skip 'the entry that notifications name says that there are some' gtk 'the window is not built'
fi
for path in bin/memsnoopctl etc/memsnoop/memsnoopd.conf share/bash-completion/completions/memsnoopctl \
  share/dbus-1/interfaces/org.memsnoop1.xml share/dbus-1/system.d/org.memsnoop1.conf \
  share/dbus-1/system-services/org.memsnoop1.service share/man/man1/memsnoopctl.1 \
  share/man/man5/memsnoopd.conf.5 share/man/man8/memsnoopd.8 \
  share/polkit-1/actions/org.memsnoop1.policy lib/systemd/system/memsnoopd.service \
  lib/sysusers.d/memsnoop.conf lib/tmpfiles.d/memsnoop.conf; do
  check "$path is installed" is_installed "/$path"
done
for path in bin/memsnoop-notifier share/man/man1/memsnoop-notifier.1 etc/xdg/autostart/org.memsnoop1.Notifier.desktop \
  share/icons/hicolor/scalable/apps/org.memsnoop1.Viewer.svg \
  share/icons/hicolor/symbolic/apps/org.memsnoop1.Viewer-symbolic.svg; do
  check "$path is installed" is_installed "/$path"
done
for path in bin/memsnoop-viewer share/man/man1/memsnoop-viewer.1 share/bash-completion/completions/memsnoop-viewer \
  share/applications/org.memsnoop1.Viewer.desktop share/dbus-1/services/org.memsnoop1.Viewer.service \
  share/metainfo/org.memsnoop1.Viewer.metainfo.xml; do
  if [[ -x $build_dir/viewer/memsnoop-viewer ]]; then
    check "$path is installed" is_installed "/$path"
  else
    skip "$path is installed" gtk 'the window is not built'
  fi
done
echo "1..$number"
