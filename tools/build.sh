# Configures and builds a preset: quiet, fast when there is nothing to do, one build at a time. Sourced.

# build_preset ROOT PRESET [TARGET]: says on stderr what it does, shows the log only when it fails.
build_preset() {
  local root=$1 preset=$2 target=${3:-all}
  local folder=$root/build/$preset
  local log=$folder/build.log
  mkdir -p "$folder"
  export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1  # a second clone finds the first one's objects
  (
    flock 9
    if needs_configure "$root" "$preset"; then
      echo "faultlab: configuring $preset" >&2
      # --fresh: a cache from a moved folder or a failed attempt must not decide.
      run_logged "$log" cmake -S "$root" --preset "$preset" --fresh
    fi
    # Ninja decides what to build; a stamp only decides whether that is worth a line. (A dry run cannot
    # tell: it always wants to look at the globbed folders again.)
    local stamp=$folder/built.$target
    if changed_since "$root" "$stamp"; then
      echo "faultlab: building $preset (log: $log)" >&2
    fi
    run_logged "$log" cmake --build "$folder" --target "$target" --parallel "$(nproc)"
    touch "$stamp"
  ) 9>"$root/build/$preset.lock"
}

# Ninja reconfigures by itself for changes in CMake lists; not for these.
needs_configure() {
  local root=$1 preset=$2
  local folder=$root/build/$preset
  [[ ! -f $folder/build.ninja || ! -f $folder/CMakeCache.txt ]] && return 0
  [[ $root/CMakePresets.json -nt $folder/CMakeCache.txt ]] && return 0
  ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$folder/CMakeCache.txt"
}

# True when a source is newer than the stamp, or there is none.
changed_since() {
  local root=$1 stamp=$2
  [[ ! -f $stamp ]] && return 0
  [[ $(find "$root"/{CMakeLists.txt,harness,experiments,tests} -newer "$stamp" -print -quit) ]]
}

run_logged() {
  local log=$1 status=0
  shift
  (cd "$root" && "$@") >"$log" 2>&1 || status=$?
  if ((status)); then
    cat "$log" >&2
    echo "faultlab: this failed: $*" >&2
    exit "$status"
  fi
}
