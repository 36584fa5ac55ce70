# Runs CTest in a build folder, with reasons in its summary. Sourced; wants `root`.

# run_ctest FOLDER NAME ARGS...: reports to NAME.xml and NAME.log in FOLDER. `prefix` is a command to run it under.
run_ctest() {
  local folder=$1 name=$2
  shift 2
  "${prefix[@]}" ctest --test-dir "$folder" --output-on-failure --no-tests=error -j2 \
    --test-output-size-passed 65536 --output-junit "$folder/$name.xml" "$@" 2>&1 |
    /usr/bin/python3 "$root/tools/reasons.py" "$folder/$name.xml" | tee "$folder/$name.log"
}

last_failures() { echo "$1/Testing/Temporary/LastTestsFailed.log"; }

# forget_results FOLDER NAMES...: an earlier run's results must not pass for those of one that did not come so far.
forget_results() {
  local folder=$1 name
  shift
  rm -f "$(last_failures "$folder")"
  for name in "$@"; do rm -f "$folder/$name".{xml,log}; done
}

# deserve_another_try FOLDER: true if few failed, all of them tests whose counts others on this machine can disturb.
deserve_another_try() {
  local failures most=3
  failures=$(last_failures "$1")
  [[ -s $failures ]] && (($(wc -l <"$failures") <= most)) &&
    ! grep -qvE '^[0-9]+:((calibration|kernel|vm)\.|cli\.readme$)' "$failures"
}
