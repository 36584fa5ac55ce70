# The Debian packages that faultlab needs, each with its purpose, and how a script gets them. Sourced.

run_packages=(
  g++ cmake ninja-build pkg-config  # build
  git ca-certificates               # commit and dirtiness in every record; cloning over https
  libcli11-dev                      # command line
  libfmt-dev                        # text (g++ 12 has no <format>)
  libexpected-dev                   # Result (g++ 12 has no std::expected)
  nlohmann-json3-dev                # experiments, records
  libhwloc-dev                      # topology, binding
  liburing-dev                      # io_uring, beside read calls
  libaio-dev                        # the asynchronous reads before it
  clang libbpf-dev                  # the BPF program of the probe time_bpf
  libbenchmark-dev                  # micro benchmarks; export in Google Benchmark's format
  python3 python3-pandas            # loading the records
  python3-scipy                     # intervals, tests, verdicts
  python3-jsonschema                # records are checked before they are studied
  python3-fastjsonschema            # the same, compiled: most of the time of reading a run was this
  python3-matplotlib                # figures
  fonts-dejavu-core                 # the figures' font
  python3-jinja2 libjs-dygraphs     # the report: its templates, its curves that zoom
  e2fsprogs xfsprogs                # file systems on media of a run's own
  iproute2 ethtool                  # the network of a run's own that the sink tcp_veth makes
)

# For experiments/applications, when one of them is run, and for the tests, which build its drivers.
application_packages=(
  libsqlite3-dev  # sqlite
  liblmdb-dev     # lmdb: a B+ tree in a mapped file
  libdb5.3-dev    # lmdb: the one that it is compared with, read by pread
  librocksdb-dev  # rocksdb
  ripgrep         # ripgrep
)

test_packages=(
  libgtest-dev libgmock-dev  # C++ tests
  libbenchmark-tools         # compare.py reads our export
  fio                        # an independent program to compare counts with
  poppler-utils              # fonts and pages of the PDF figures
  chromium chromium-driver   # the report, as a browser shows it
  python3-selenium           # drives them
  qemu-system-x86            # the other kernel: cgroup v2
  busybox-static cpio        # the virtual machine's user space
  util-linux                 # setarch: the sanitizers want a predictable address space
)

all_compilers_packages=(
  clang-16             # the second compiler
  libclang-rt-16-dev   # its fuzzer and sanitizers
)

# ensure_packages NAME...: installs those that are missing. Not root: says what to type, exits 3.
# Elsewhere than on Debian the configure step will name what is missing.
ensure_packages() {
  if ! command -v dpkg-query apt-get >/dev/null; then
    echo "faultlab: no apt-get here; going on with the libraries that are there" >&2
    return 0
  fi
  local present missing=() name
  present=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
  for name in "$@"; do
    grep -qxF "$name installed" <<<"$present" || missing+=("$name")
  done
  ((${#missing[@]})) || return 0

  local install="apt-get install -y --no-install-recommends ${missing[*]}"
  if ((EUID != 0)); then
    {
      echo "faultlab needs these packages, which are not installed:"
      printf '  %s\n' "${missing[@]}"
      echo "To install them, type:"
      echo "  sudo apt-get update && sudo $install"
    } >&2
    exit 3
  fi
  echo "faultlab: installing ${missing[*]}" >&2
  export DEBIAN_FRONTEND=noninteractive
  # A failing update is no reason to stop: the lists that are there may do.
  apt-get -qq update >&2 || echo "faultlab: apt-get update failed; trying with the lists at hand" >&2
  local log
  log=$(mktemp)
  if ! $install -o DPkg::Lock::Timeout=300 >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    echo "faultlab: could not install ${missing[*]}; see above, then try: $install" >&2
    exit 3
  fi
  rm -f "$log"
}
