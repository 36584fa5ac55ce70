// The table of settable paths, section by section.
#include "config/settings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/command.hpp"
#include "config/schedule.hpp"

namespace faultlab::config {
namespace {

using Check = std::function<void(const Node&, const Context&)>;

Json text_setting_schema(std::string_view description, std::string_view pattern) {
  return {{"description", description}, {"type", "string"}, {"pattern", pattern}};
}

Json integer_schema(std::string_view description, IntegerRange range) {
  return {
      {"description", description}, {"type", "integer"}, {"minimum", range.least}, {"maximum", range.most}};
}

Json list_of(std::span<const std::string_view> words) {
  return std::vector<std::string>(words.begin(), words.end());
}

Json names_schema(std::string_view description, std::span<const std::string_view> words) {
  return {{"description", description}, {"type", "string"}, {"enum", list_of(words)}};
}

Json with_default(Json schema, Json value) {
  schema["default"] = std::move(value);
  return schema;
}

Setting size_setting(std::string path, std::string_view description, SizeRange range) {
  return {std::move(path), text_setting_schema(description, kSizePattern),
          [range](const Node& node, const Context& context) { read_size(node, range, context.problems); }};
}

Setting integer_setting(std::string path, std::string_view description, IntegerRange range) {
  return {std::move(path), integer_schema(description, range),
          [range](const Node& node, const Context& context) { read_integer(node, range, context.problems); }};
}

// `words` are copied; the words themselves live in constant rows.
Setting name_setting(std::string path, std::string_view description,
                     std::span<const std::string_view> words) {
  const std::string noun = path.substr(path.rfind('.') + 1);
  return {std::move(path), names_schema(description, words),
          [noun, names = std::vector(words.begin(), words.end())](const Node& node, const Context& context) {
            read_name(node, noun, names, context.problems);
          }};
}

void add_dataset(std::vector<Setting>& all) {
  all.push_back(
      size_setting("dataset.size",
                   "Size of the dataset, with its unit: IEC (KiB = 1024) or SI (kB = 1000). At least "
                   "16 KiB, in whole pages of 4 KiB.",
                   kDatasetSize));
  all.push_back(name_setting(
      "dataset.content",
      "What the dataset is filled with: what no compressor can use, half of that, zeros, or nothing: a "
      "sparse file reads as zeros and takes no space.",
      words_of<Content>(names_of(Content{}))));
  all.back().schema["default"] = to_string(Content::random);
  all.push_back(size_setting("dataset.write_chunk",
                             "How much is written at a time when the dataset is made: it shapes the file's "
                             "layout on the device. Whole pages, at most 64 MiB.",
                             kWriteChunk));
  all.back().schema["default"] = kDefaultWriteChunk;
  all.push_back(integer_setting("dataset.seed", "Seed of the dataset's content.", {0, kLargestInteger}));
  all.back().schema["default"] = 1;
}

Json work_schema() {
  const auto form = [](std::string_view key, const Json& value) {
    return Json{{"type", "object"},
                {"properties", {{std::string(key), value}}},
                {"required", Json::array({key})},
                {"additionalProperties", false}};
  };
  const Json seconds = {{"description", "Work for that long."},
                        {"type", "number"},
                        {"exclusiveMinimum", 0},
                        {"maximum", kMostSeconds}};
  return {
      {"description", "How long a trial works. Exact counts need fixed work: accesses or passes."},
      {"oneOf",
       Json::array({form("seconds", seconds),
                    form("accesses", integer_schema("Blocks reached, by all processes and threads together.",
                                                    {1, kLargestInteger})),
                    form("passes", integer_schema("Times that every block of the dataset is reached.",
                                                  {1, kLargestInteger}))})}};
}

void add_work(std::vector<Setting>& all) {
  const Json schema = work_schema();
  all.push_back({"workload.work", schema, read_work});
  // Alone, a measure replaces the whole of `work`: it is checked as the only member of one.
  for (const Json& form : schema["oneOf"]) {
    const std::string key = form["required"][0];
    all.push_back(
        {"workload.work." + key, form["properties"][key], [key](const Node& node, const Context& context) {
           Node work{.kind = Kind::object, .place = node.place};
           work.members.push_back({key, node.place, std::make_shared<Node>(node)});
           read_work(work, context);
         }});
  }
}

// The options of all rows, each under its path; two plugins may take one of the same name.
void add_options(const std::string& prefix, std::span<const Row* const> rows, std::vector<Setting>& all) {
  std::map<std::string, std::vector<const OptionSpec*>> by_name;
  for (const Row* row : rows) {
    for (const OptionSpec& spec : row->options) by_name[std::string(spec.name)].push_back(&spec);
  }
  for (const auto& [name, specs] : by_name) {
    Json forms = Json::array();
    for (const OptionSpec* spec : specs) {
      if (std::find(forms.begin(), forms.end(), option_schema(*spec)) == forms.end()) {
        forms.push_back(option_schema(*spec));
      }
    }
    const auto check = [specs = specs](const Node& node, const Context& context) {
      for (const OptionSpec* spec : specs) {
        Problems scratch("");
        read_option(*spec, node, {context.catalogue, scratch});
        if (scratch.none()) return;
      }
      read_option(*specs.front(), node, context);
    };
    all.push_back({prefix + name, forms.size() == 1 ? forms[0] : Json{{"anyOf", forms}}, check});
  }
}

// A chosen plugin, and each of its options.
void add_choice(const std::string& path, const Json& schema, const std::vector<const Row*>& rows,
                std::vector<Setting>& all) {
  const std::string noun = path.substr(path.rfind('.') + 1);
  all.push_back({path, schema, [noun, rows](const Node& node, const Context& context) {
                   read_choice(node, noun, rows, context);
                 }});
  add_options(path + ".", rows, all);
}

void add_medium(const Catalogue& catalogue, std::vector<Setting>& all) {
  const auto media = rows_of(catalogue.media);
  add_choice("dataset.medium",
             with_default(choice_schema(media, "What the dataset lies on."), kDefaultMedium), media, all);
}

void add_workers(std::vector<Setting>& all) {
  all.push_back(integer_setting("workload.processes",
                                "Processes that share the work, with workload.threads threads each.",
                                {1, kMaxWorkers}));
  all.back().schema["default"] = 1;
  all.push_back(
      integer_setting("workload.threads", "Threads of each process that share the work.", {1, kMaxWorkers}));
  all.back().schema["default"] = 1;
}

// When accesses begin, and whether they are timed.
void add_timing(std::vector<Setting>& all) {
  all.push_back(integer_setting(
      "workload.arrivals_per_second",
      "Of an open loop: how many accesses become due in a second, of all workers together, at "
      "random moments; their latency counts from then. Without it each begins when the one "
      "before has ended.",
      {1, kMostArrivals}));
  all.push_back(name_setting("workload.latency",
                             "Which accesses are timed one by one: none, a random one in 64, or every one. "
                             "Timing costs, so that cells which time have a twin which does not.",
                             words_of<Latency>(names_of(Latency{}))));
  all.back().schema["default"] = "off";
}

void add_workload(const Catalogue& catalogue, std::vector<Setting>& all) {
  const auto engines = rows_of(catalogue.engines);
  const auto orders = rows_of(catalogue.orders);
  add_choice("workload.engine", choice_schema(engines, "How bytes are reached."), engines, all);
  all.push_back(name_setting(
      "workload.advice", "Access policy, set alike by madvise for mappings and by fadvise for descriptors.",
      words_of<Advice>(names_of(Advice{}))));
  all.back().schema["default"] = "normal";
  add_choice("workload.order",
             choice_schema(orders, "Which block comes next. Required of engines that make accesses."), orders,
             all);
  add_choice(
      "workload.sink",
      choice_schema(rows_of(catalogue.sinks), "Where the blocks go, of engines that move them somewhere."),
      rows_of(catalogue.sinks), all);
  all.push_back(size_setting("workload.block",
                             "What one access reaches. Whole pages of 4 KiB; divides the dataset's size.",
                             kBlock));
  all.back().schema["default"] = kDefaultBlock;
  all.push_back(
      name_setting("workload.consume",
                   "What is done with a block: touch reads the first word of every page, sum every "
                   "word, copy copies it to a private buffer, chase does as touch and needs the words to "
                   "know where the next access goes.",
                   words_of<Consume>(names_of(Consume{}))));
  all.back().schema["default"] = "touch";
  add_workers(all);
  add_work(all);
  all.push_back(
      integer_setting("workload.writes",
                      "Percentage of the accesses that store, of engines that can; without it, each "
                      "engine does as its summary says.",
                      {0, kMostPercent}));
  add_timing(all);
  all.push_back(
      name_setting("workload.binding",
                   "Where the threads run: on neighbouring cores, spread out, or where the kernel puts "
                   "them.",
                   words_of<Binding>(names_of(Binding{}))));
  all.back().schema["default"] = "compact";
  add_command_settings(all);
  const auto scenarios = names_in(catalogue.scenarios);
  all.push_back(name_setting(
      "workload.scenario",
      "The kernel event that the engine `scenario` brings about (`faultlab list scenarios`).", scenarios));
}

void add_knobs(std::vector<Setting>& all) {
  Json properties = Json::object();
  std::vector<Setting> each;
  for (const KnobSpec& knob : knobs()) {
    const Json schema = knob.choices.empty() ? integer_schema(knob.meaning, {knob.minimum, knob.maximum})
                                             : names_schema(knob.meaning, knob.choices);
    properties[std::string(knob.name)] = schema;
    each.push_back({fmt::format("knobs.{}", knob.name), schema,
                    [&knob](const Node& node, const Context& context) { read_knob(knob, node, context); }});
  }
  all.push_back({"knobs",
                 {{"description", "Kernel settings that the trial changes; they are put back after it."},
                  {"type", "object"},
                  {"properties", properties},
                  {"additionalProperties", false},
                  {"default", Json::object()}},
                 [](const Node& node, const Context& context) {
                   std::map<std::string, std::string> values;
                   read_knobs(node, context, values);
                 }});
  all.insert(all.end(), each.begin(), each.end());
}

void add_pressures(const Catalogue& catalogue, std::vector<Setting>& all) {
  Json properties = Json::object();
  std::vector<Setting> each;
  for (const PressureSpec* spec : catalogue.pressures) {
    const std::string name(spec->row.name);
    Json required = Json::array();
    Json schema = {{"description", spec->row.summary},
                   {"type", "object"},
                   {"properties", option_properties(spec->row, required)}};
    if (!required.empty()) schema["required"] = required;
    schema["additionalProperties"] = false;
    properties[name] = schema;
    each.push_back({"pressure." + name, schema, [spec](const Node& node, const Context& context) {
                      read_pressure(*spec, node, context);
                    }});
    const Row* row = &spec->row;
    add_options("pressure." + name + ".", std::span(&row, 1), each);
  }
  all.push_back({"pressure",
                 {{"description", "How memory is made scarce; several kinds may stand together."},
                  {"type", "object"},
                  {"properties", properties},
                  {"additionalProperties", false},
                  {"default", Json::object()}},
                 [](const Node& node, const Context& context) {
                   std::vector<Choice> pressures;
                   read_pressures(node, context, pressures);
                 }});
  all.insert(all.end(), each.begin(), each.end());
}

void add_measurement(const Catalogue& catalogue, std::vector<Setting>& all) {
  all.push_back(
      {"budget.wall",
       with_default(text_setting_schema("Longest duration of a whole trial, set-up included: 1 ms to 7 days.",
                                        kDurationPattern),
                    kDefaultWall),
       [](const Node& node, const Context& context) { read_duration(node, kWall, context.problems); }});
  all.push_back(size_setting("budget.device_read",
                             "Most that the timed window may read from the device before it is stopped.",
                             kDeviceRead));
  all.back().schema["default"] = kDefaultDeviceRead;
  all.push_back({"sample_every",
                 {{"description", "Interval of the time series, 1 ms to 1 h, or \"off\"."},
                  {"type", "string"},
                  {"anyOf", Json::array({{{"const", "off"}}, {{"pattern", kDurationPattern}}})},
                  {"default", kDefaultSampleEvery}},
                 read_sample_every});
  const auto probes = names_in(catalogue.probes);
  all.push_back({"probes",
                 {{"description",
                   "Sources of counters; by default all but the tracers, which cost more and must be named."},
                  {"type", "array"},
                  {"items", {{"enum", list_of(probes)}}},
                  {"uniqueItems", true}},
                 read_probes});
}

}  // namespace

std::vector<Setting> settings(const Catalogue& catalogue) {
  std::vector<Setting> all;
  add_dataset(all);
  add_medium(catalogue, all);
  add_workload(catalogue, all);
  all.push_back(
      name_setting("start",
                   "The state in which the timed window opens. cold: no page of the dataset in memory; "
                   "warm: all of them; steady: filled to the limit, then aged until the counters have "
                   "settled.",
                   words_of<Start>(names_of(Start{}))));
  all.back().schema["default"] = "cold";
  add_pressures(catalogue, all);
  all.push_back({"schedule", with_default(schedule_schema(catalogue), Json::array()), read_schedule});
  const auto swaps = rows_of(catalogue.swaps);
  add_choice("swap", with_default(choice_schema(swaps, "Where anonymous memory can go."), kDefaultSwap),
             swaps, all);
  add_knobs(all);
  add_measurement(catalogue, all);
  return all;
}

}  // namespace faultlab::config
