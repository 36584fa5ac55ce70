// Moments of a schedule: read, checked against the rest of the trial, and shown.
#include "config/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/nearest.hpp"
#include "config/settings.hpp"

namespace faultlab::config {
namespace {

constexpr std::string_view kAtForms = "write exactly one of {\"seconds\": 0.5}, {\"accesses\": 100000}";
constexpr std::string_view kMomentForm =
    "write {\"at\": {\"seconds\": 0.5}, \"pressure\": \"memcg_limit\", \"to\": \"50% of dataset\"}";

std::vector<std::string_view> dialled(const Catalogue& catalogue) {
  std::vector<std::string_view> names;
  for (const PressureSpec* spec : catalogue.pressures) {
    if (!spec->dial.empty()) names.push_back(spec->row.name);
  }
  return names;
}

const OptionSpec& dial_of(const PressureSpec& spec) {
  return *std::find_if(spec.row.options.begin(), spec.row.options.end(),
                       [&](const OptionSpec& option) { return option.name == spec.dial; });
}

std::optional<std::variant<Seconds, Accesses>> read_at(const Node& node, const Context& context) {
  ObjectReader reader(node, "at", context.problems);
  const Node* seconds = reader.optional("seconds");
  const Node* accesses = reader.optional("accesses");
  reader.finish();
  if (!reader.usable()) return std::nullopt;
  if ((seconds != nullptr) == (accesses != nullptr)) {
    context.problems.add(*node.place, "a moment has exactly one measure", std::string(kAtForms));
    return std::nullopt;
  }
  if (accesses != nullptr) {
    const auto count = read_integer(*accesses, {1, kLargestInteger}, context.problems);
    return count ? std::optional(std::variant<Seconds, Accesses>(Accesses{*count})) : std::nullopt;
  }
  const auto count = read_number(*seconds, 0, kMostSeconds, context.problems);
  return count ? std::optional(std::variant<Seconds, Accesses>(Seconds{*count})) : std::nullopt;
}

std::optional<Moment> read_moment(const Node& node, const Context& context) {
  ObjectReader reader(node, "moment", context.problems);
  const Node* at = reader.required("at", kAtForms);
  const Node* pressure = reader.required("pressure", one_of(dialled(context.catalogue)));
  const Node* to = reader.required("to", kMomentForm);
  const Node* over = reader.optional("over_seconds");
  reader.finish();
  const auto when = at == nullptr ? std::nullopt : read_at(*at, context);
  const auto name = pressure == nullptr
                        ? std::nullopt
                        : read_name(*pressure, "pressure", dialled(context.catalogue), context.problems);
  const auto seconds = over == nullptr ? 0 : read_number(*over, 0, kMostSeconds, context.problems);
  if (!name || to == nullptr) return std::nullopt;
  const PressureSpec& spec = *find(context.catalogue.pressures, *name);
  const auto value = read_option(dial_of(spec), *to, context);
  if (!when || !value || !seconds) return std::nullopt;
  return Moment{std::string(*name), *when, Bytes(std::get<std::uint64_t>(*value)), *seconds};
}

// The moments in `seconds`, or in `accesses`, come one after the other.
template <class Measure>
bool in_order(const std::vector<Moment>& schedule) {
  double before = -1;
  for (const Moment& moment : schedule) {
    const auto* at = std::get_if<Measure>(&moment.at);
    if (at == nullptr) continue;
    if (static_cast<double>(at->count) < before) return false;
    before = static_cast<double>(at->count);
  }
  return true;
}

// When the last change is through, as far as seconds tell.
double end_of(const std::vector<Moment>& schedule) {
  double end = 0;
  for (const Moment& moment : schedule) {
    if (const auto* at = std::get_if<Seconds>(&moment.at))
      end = std::max(end, at->count + moment.over_seconds);
  }
  return end;
}

// Where a ramp ends or begins at "none" there is nothing to divide into steps.
bool ramps_between_sizes(const std::vector<Moment>& schedule, std::size_t index, Bytes before) {
  for (std::size_t i = 0; i < index; ++i) {
    if (schedule[i].pressure == schedule[index].pressure) before = schedule[i].to;
  }
  return schedule[index].over_seconds == 0 || (before != kNoLimit && schedule[index].to != kNoLimit);
}

void check_moved_pressures(const Node& root, const Draft& draft, const Context& context) {
  const auto& trial = draft.trial;
  for (std::size_t i = 0; i < trial.schedule.size(); ++i) {
    const Moment& moment = trial.schedule[i];
    const auto chosen = std::find_if(trial.pressures.begin(), trial.pressures.end(),
                                     [&](const Choice& each) { return each.kind == moment.pressure; });
    if (chosen == trial.pressures.end()) {
      context.problems.add(
          Rule::schedule_fits, locate(root, "schedule"),
          fmt::format("the schedule turns {}, which the trial does not have", moment.pressure),
          fmt::format("add \"{}\" to pressure, with what it begins with", moment.pressure));
      continue;
    }
    const PressureSpec& spec = *find(context.catalogue.pressures, moment.pressure);
    if (ramps_between_sizes(trial.schedule, i, chosen->options.bytes(std::string(spec.dial)))) continue;
    context.problems.add(Rule::schedule_fits, locate(root, "schedule"),
                         fmt::format("a ramp of {} begins or ends at \"none\"", moment.pressure),
                         "ramp between two sizes, or leave over_seconds out");
  }
}

}  // namespace

std::optional<std::vector<Moment>> read_schedule(const Node& node, const Context& context) {
  if (node.kind != Kind::array || node.items.size() > kMostMoments) {
    context.problems.add(*node.place, fmt::format("expected a list of up to {} moments", kMostMoments),
                         std::string(kMomentForm));
    return std::nullopt;
  }
  std::vector<Moment> schedule;
  for (const NodePtr& item : node.items) {
    if (auto moment = read_moment(*item, context)) schedule.push_back(std::move(*moment));
  }
  return schedule.size() == node.items.size() ? std::optional(std::move(schedule)) : std::nullopt;
}

void check_schedule(const Node& root, const Draft& draft, const Context& context) {
  const auto& schedule = draft.trial.schedule;
  if (schedule.empty()) return;
  check_moved_pressures(root, draft, context);
  const auto problem = [&](std::string what, std::string remedy) {
    context.problems.add(Rule::schedule_fits, locate(root, "schedule"), std::move(what), std::move(remedy));
  };
  if (!in_order<Seconds>(schedule) || !in_order<Accesses>(schedule)) {
    problem("the moments of the schedule are not in order", "write them in the order in which they come");
  }
  if (!draft.work) return;
  const auto* seconds = std::get_if<Seconds>(&*draft.work);
  if (seconds != nullptr && end_of(schedule) >= seconds->count) {
    problem(fmt::format("the schedule takes {} s, but the work ends after {} s", end_of(schedule),
                        seconds->count),
            "work for longer, or change the pressure earlier");
  }
  const auto* accesses = std::get_if<Accesses>(&*draft.work);
  for (const Moment& moment : schedule) {
    const auto* at = std::get_if<Accesses>(&moment.at);
    if (accesses == nullptr || at == nullptr || at->count < accesses->count) continue;
    problem(
        fmt::format("a moment comes at access {}, but the work ends after {}", at->count, accesses->count),
        "work for longer, or change the pressure earlier");
  }
}

Json schedule_schema(const Catalogue& catalogue) {
  const auto only = [](std::string_view key, const Json& value) {
    return Json{{"type", "object"},
                {"properties", {{std::string(key), value}}},
                {"required", Json::array({key})},
                {"additionalProperties", false}};
  };
  const Json at = {
      {"description", "When, counted from the opening of the window."},
      {"oneOf", Json::array({only("seconds", {{"type", "number"}, {"minimum", 0}, {"maximum", kMostSeconds}}),
                             only("accesses", {{"description", "Blocks reached, by all threads together."},
                                               {"type", "integer"},
                                               {"minimum", 1},
                                               {"maximum", kLargestInteger}})})}};
  const Json over = {{"description", "A ramp of that length, from the value before; 0: a step."},
                     {"type", "number"},
                     {"minimum", 0},
                     {"maximum", kMostSeconds},
                     {"default", 0}};
  Json forms = Json::array();
  for (const std::string_view name : dialled(catalogue)) {
    const PressureSpec& spec = *find(catalogue.pressures, name);
    forms.push_back({{"type", "object"},
                     {"properties",
                      {{"at", at},
                       {"pressure", {{"const", name}}},
                       {"to", option_schema(dial_of(spec))},
                       {"over_seconds", over}}},
                     {"required", {"at", "pressure", "to"}},
                     {"additionalProperties", false}});
  }
  return {{"description",
           "Changes of pressure while the window is open, in the order in which they come; each pressure is "
           "named in pressure too, with the value that it begins with."},
          {"type", "array"},
          {"maxItems", kMostMoments},
          {"items", {{"oneOf", forms}}}};
}

Json schedule_json(const Node* written, const Catalogue& catalogue) {
  Json json = Json::array();
  if (written == nullptr || written->kind != Kind::array) return json;
  for (const NodePtr& item : written->items) {
    const Node* name = item->find("pressure");
    const PressureSpec& spec = *find(catalogue.pressures, name->scalar.get_ref<const std::string&>());
    const Node* over = item->find("over_seconds");
    json.push_back({{"at", plain(*item->find("at"))},
                    {"pressure", spec.row.name},
                    {"to", canonical_option(dial_of(spec), item->find("to"))},
                    {"over_seconds", over == nullptr ? Json(0.0) : Json(over->scalar.get<double>())}});
  }
  return json;
}

}  // namespace faultlab::config
