// The command `doctor`: what this host supports; and its remedies as a script that somebody may run.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "app/commands.hpp"
#include "catalogue/tables.hpp"
#include "host/doctor.hpp"

namespace faultlab::app {
namespace {

using nlohmann::ordered_json;

std::string_view word(host::Verdict verdict) {
  return verdict == host::Verdict::ok ? "ok" : verdict == host::Verdict::limited ? "limited" : "missing";
}

// Something that is not as it should be.
struct Complaint {
  std::string what;
  std::string remedy;
  std::vector<host::Fix> fixes;
};

// What the plugins of a table lack, each lack once, by the first plugin that has it.
template <class Spec>
void add_lacks(Table<Spec> table, std::set<std::string>& seen, std::vector<Complaint>& complaints) {
  for (const Spec* spec : table) {
    for (const Need need : spec->row.needs) {
      const auto lack = host::lacks(need);
      if (lack && seen.insert(lack->why).second)
        complaints.push_back({fmt::format("{}: {}", spec->row.name, lack->why), lack->remedy, lack->fixes});
    }
  }
}

// The doctor's own, then those of plugins that no check speaks of.
std::vector<Complaint> complaints_of(const std::vector<host::Check>& checks) {
  std::vector<Complaint> complaints;
  std::set<std::string> seen;
  for (const host::Check& check : checks) {
    if (check.verdict == host::Verdict::ok) continue;
    seen.insert(check.finding);
    complaints.push_back({fmt::format("{}: {}", check.name, check.finding), check.remedy, check.fixes});
  }
  const Catalogue all = full_catalogue();
  add_lacks(all.engines, seen, complaints);
  add_lacks(all.pressures, seen, complaints);
  add_lacks(all.probes, seen, complaints);
  add_lacks(all.media, seen, complaints);
  add_lacks(all.swaps, seen, complaints);
  add_lacks(all.sinks, seen, complaints);
  add_lacks(all.scenarios, seen, complaints);
  return complaints;
}

// What the host says may have several lines; none of them may become a command.
std::string as_comment(const std::string& text) {
  std::string lines = "# ";
  for (const char letter : text) lines += letter == '\n' ? "\n# " : std::string(1, letter);
  return lines + "\n";
}

// Those of the complaints that the caller picks, below a heading; nothing where there are none.
template <class Pick>
void print_part(const std::string& heading, const std::vector<Complaint>& complaints, Pick pick) {
  bool any = false;
  for (const Complaint& each : complaints) {
    const std::string lines = pick(each);
    if (lines.empty()) continue;
    if (!any) fmt::print("\n# ---- {} ----\n", heading);
    any = true;
    fmt::print("\n{}{}", as_comment(each.what), lines);
  }
}

// A command that asks for a thought is a comment.
std::string typed(const Complaint& complaint, bool by_root) {
  std::string lines;
  for (const host::Fix& fix : complaint.fixes) {
    if (fix.by_root != by_root) continue;
    lines += fix.beware.empty()
                 ? fix.command + "\n"
                 : as_comment("Only if you mean it: " + fix.beware + ".") + as_comment(fix.command);
  }
  return lines;
}

void print_hints(const std::vector<Complaint>& complaints) {
  fmt::print(
      "#!/bin/sh\n"
      "# What would help faultlab on this host, by `faultlab doctor --fix-hints`. Nothing of it has been "
      "done.\n"
      "# Read it, then type what you want. What is set in /proc and /sys lasts until the next boot.\n");
  if (complaints.empty()) fmt::print("\n# Nothing is lacking.\n");
  print_part("as root", complaints, [](const Complaint& each) { return typed(each, true); });
  print_part("without root", complaints, [](const Complaint& each) { return typed(each, false); });
  print_part("by no command", complaints, [](const Complaint& each) {
    return each.fixes.empty() ? as_comment("  " + each.remedy) : std::string();
  });
}

ordered_json fixes_json(const std::vector<host::Fix>& fixes) {
  ordered_json json = ordered_json::array();
  for (const host::Fix& fix : fixes)
    json.push_back({{"command", fix.command}, {"by_root", fix.by_root}, {"beware", fix.beware}});
  return json;
}

void print_json(const std::vector<host::Check>& checks) {
  ordered_json json = ordered_json::array();
  for (const host::Check& check : checks) {
    json.push_back({{"name", check.name},
                    {"verdict", word(check.verdict)},
                    {"finding", check.finding},
                    {"remedy", check.remedy},
                    {"fixes", fixes_json(check.fixes)}});
  }
  fmt::print("{}\n", json.dump(2));
}

}  // namespace

ExitCode doctor(const Common& common, bool fix_hints) {
  const auto checks = host::examine(common.data);
  if (common.json) {
    print_json(checks);
  } else if (fix_hints) {
    print_hints(complaints_of(checks));
  } else {
    for (const auto& check : checks) {
      fmt::print("{:<8} {:<26} {}\n", word(check.verdict), check.name, check.finding);
      if (!check.remedy.empty()) fmt::print("{:36}-> {}\n", "", check.remedy);
    }
  }
  return ExitCode::ok;
}

}  // namespace faultlab::app
