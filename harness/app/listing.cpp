// The command `list`: every plugin, with what this host lacks for it.
#include "app/listing.hpp"

#include <fmt/format.h>

#include <functional>

#include "app/catalogue_page.hpp"
#include "app/commands.hpp"
#include "app/paths.hpp"
#include "app/terminal.hpp"
#include "catalogue/knob_spec.hpp"
#include "catalogue/tables.hpp"
#include "config/read.hpp"
#include "host/doctor.hpp"
#include "measure/metrics.hpp"
#include "os/file.hpp"
#include "run/run.hpp"

namespace faultlab::app {
namespace {

using nlohmann::ordered_json;

struct Item {
  std::string name;
  std::string summary;
  std::vector<std::string> options;
  std::vector<host::Lack> lacks;
};
using Items = std::vector<Item>;

Item item_of(const Row& row) {
  Item item{std::string(row.name), std::string(row.summary), {}, {}};
  for (const OptionSpec& option : row.options) {
    item.options.push_back(fmt::format(
        "{}{}: {}", option.name, option.fallback.empty() ? "" : fmt::format(" (default {})", option.fallback),
        option.meaning));
  }
  for (const Need need : row.needs) {
    if (auto lack = host::lacks(need)) item.lacks.push_back(*std::move(lack));
  }
  return item;
}

template <class Spec>
Items items_of(Table<Spec> table) {
  Items items;
  for (const Spec* spec : table) items.push_back(item_of(spec->row));
  return items;
}

Items probes() {
  Items items = items_of(probe_table());
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (probe_table()[i]->kind == ProbeKind::tracer) items[i].summary += " (tracer: only where it is named)";
  }
  return items;
}

Items experiments() {
  Items items;
  const Catalogue catalogue = full_catalogue();
  for (const std::string& name : experiment_names()) {
    const std::string path = project_root() + "/experiments/" + name + "/experiment.json";
    const auto text = os::read_text(path);
    if (!text) continue;
    const auto read = config::read_experiment(*text, path, catalogue);
    if (!read.problems.empty()) {
      items.push_back({name, "its config has problems: `faultlab validate " + name + "`", {}, {}});
      continue;
    }
    Item item{name, read.experiment.question, {}, {}};
    for (auto& unmet : run::unmet_requirements(read.experiment, catalogue, places("")))
      item.lacks.push_back(std::move(unmet.lack));
    items.push_back(std::move(item));
  }
  return items;
}

Items metric_items() {
  Items items;
  for (const Metric& metric : metrics()) {
    items.push_back({std::string(metric.name), fmt::format("[{}] {}", metric.unit, metric.meaning), {}, {}});
  }
  return items;
}

Items knob_items() {
  Items items;
  for (const KnobSpec& knob : knobs())
    items.push_back({std::string(knob.name), std::string(knob.meaning), {}, {}});
  return items;
}

struct Kind {
  std::string name;
  std::function<Items()> items;
};

std::vector<Kind> kinds() {
  return {{"experiments", experiments},
          {"engines", [] { return items_of(engine_table()); }},
          {"orders", [] { return items_of(order_table()); }},
          {"pressures", [] { return items_of(pressure_table()); }},
          {"probes", probes},
          {"media", [] { return items_of(medium_table()); }},
          {"sinks", [] { return items_of(sink_table()); }},
          {"swaps", [] { return items_of(swap_table()); }},
          {"scenarios", [] { return items_of(scenario_table()); }},
          {"knobs", knob_items},
          {"metrics", metric_items}};
}

void print_items(const Kind& kind) {
  fmt::print("{}\n", kind.name);
  for (const Item& item : kind.items()) {
    fmt::print("  {:<22} {}\n", item.name, item.summary);
    for (const std::string& option : item.options) fmt::print("  {:<22}   option {}\n", "", option);
    for (const host::Lack& lack : item.lacks) {
      fmt::print("  {:<22}   lacking here: {}\n  {:<22}   -> {}\n", "", lack.why, "", lack.remedy);
    }
  }
}

ordered_json listed_json(const Items& items) {
  ordered_json json = ordered_json::array();
  for (const Item& item : items) {
    ordered_json lacks = ordered_json::array();
    for (const host::Lack& lack : item.lacks) lacks.push_back({{"why", lack.why}, {"remedy", lack.remedy}});
    json.push_back(
        {{"name", item.name}, {"summary", item.summary}, {"options", item.options}, {"lacks", lacks}});
  }
  return json;
}

}  // namespace

std::vector<std::string> list_kinds() {
  std::vector<std::string> names;
  for (const Kind& kind : kinds()) names.push_back(kind.name);
  return names;
}

ExitCode list(const Common& common, const ListOptions& options) {
  const std::string& wanted = options.kind;
  if (options.markdown) return print_catalogue_page(wanted);
  ordered_json json = ordered_json::object();
  bool any = false;
  for (const Kind& kind : kinds()) {
    if (!wanted.empty() && kind.name != wanted) continue;
    any = true;
    if (common.json) {
      json[kind.name] = listed_json(kind.items());
    } else {
      print_items(kind);
    }
  }
  if (!any) {
    print_error("there is nothing called " + wanted + " to list",
                fmt::format("choose one of {}", fmt::join(list_kinds(), ", ")));
    return ExitCode::usage;
  }
  if (common.json) fmt::print("{}\n", json.dump(2));
  return ExitCode::ok;
}

}  // namespace faultlab::app
