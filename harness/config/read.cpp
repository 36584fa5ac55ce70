// The whole of a config: its head, the base trial, the levels, the cells, the checks.
#include "config/read.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "config/checks.hpp"
#include "config/resolve.hpp"

namespace faultlab::config {
namespace {

// A cell is costly to look at; once a config is known to be wrong, a sample shows what else is.
constexpr std::size_t kCellsOfWrongConfig = 256;

bool valid_name(std::string_view name) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !name.empty() && name.size() <= 64 && plain(name[0]) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return plain(c) || c == '-'; });
}

class ExperimentReader {
 public:
  ExperimentReader(const NodePtr& root, const Catalogue& catalogue, Problems& problems)
      : root_(root),
        problems_(problems),
        context_{catalogue, problems},
        settings_(settings(catalogue)),
        reader_(*root, "experiment", problems) {}

  Experiment read() {
    read_head();
    if (!reader_.usable()) return std::move(out_);
    reader_.required("dataset", "write \"dataset\": {\"size\": \"1 GiB\"}");
    reader_.required("workload", "write \"workload\": {\"engine\": ..., \"order\": ..., \"work\": ...}");
    for (const std::string_view key : trial_keys()) reader_.optional(key);
    const Draft base = read_trial(*root_, context_, false);
    read_design();
    read_numbers();
    read_checks();
    reader_.finish();
    read_cells();
    if (problems_.none()) check_twins();
    if (problems_.none()) resolve(base);
    return std::move(out_);
  }

 private:
  void read_head();
  void read_design();
  void read_numbers();
  void read_checks();
  void read_cells();
  void check_twins();
  void resolve(const Draft& base);

  NodePtr root_;
  Problems& problems_;
  Context context_;
  std::vector<Setting> settings_;
  ObjectReader reader_;
  std::vector<FactorPlan> factors_;
  Filters filters_;
  std::optional<std::vector<LevelIndexes>> cells_;
  Experiment out_;
};

void ExperimentReader::read_head() {
  if (const Node* schema = reader_.optional("$schema")) read_text(*schema, "schema's address", problems_);
  if (const Node* version = reader_.required("schema_version", "write \"schema_version\": 1")) {
    read_integer(*version, {1, 1}, problems_);
  }
  if (const Node* name = reader_.required("name", "write \"name\": \"my-experiment\"")) {
    const auto text = name->kind == Kind::string ? name->scalar.get<std::string>() : std::string();
    if (valid_name(text)) {
      out_.name = text;
    } else {
      problems_.add(*name->place, fmt::format("expected a name, got {}", describe(*name)),
                    "write 1 to 64 characters of a-z, 0-9 and -, the first a letter or a digit");
    }
  }
  if (const Node* question = reader_.required("question", "write what the experiment is to answer")) {
    out_.question = read_text(*question, "question", problems_).value_or("");
  }
}

void ExperimentReader::read_design() {
  if (const Node* factors = reader_.optional("factors")) {
    factors_ = read_factors(*factors, settings_, context_);
  }
  if (const Node* include = reader_.optional("include")) {
    filters_.include = read_filter(*include, "include", factors_, problems_);
  }
  if (const Node* exclude = reader_.optional("exclude")) {
    filters_.exclude = read_filter(*exclude, "exclude", factors_, problems_);
  }
  const Node* blamed = root_->find("exclude");
  if (blamed == nullptr) blamed = root_->find("include");
  const Node* factors = root_->find("factors");
  const Place& place = *(blamed != nullptr ? blamed : factors != nullptr ? factors : root_.get())->place;
  cells_ = list_cells(factors_, filters_, place, problems_);
}

void ExperimentReader::read_numbers() {
  out_.trials = kDefaultTrials;
  if (const Node* trials = reader_.optional("trials")) {
    if (const auto count = read_integer(*trials, {1, kMostTrials}, problems_)) {
      out_.trials = static_cast<unsigned>(*count);
    }
  }
  if (const Node* seed = reader_.optional("seed")) {
    if (const auto value = read_integer(*seed, {0, kLargestInteger}, problems_)) out_.seed = *value;
  }
}

void ExperimentReader::read_checks() {
  const Design design{factors_, cells_ ? &*cells_ : nullptr};
  out_.expect = Json::array();
  out_.figures = Json::array();
  if (const Node* expect = reader_.optional("expect")) {
    out_.expect = read_expectations(*expect, design, problems_);
  }
  if (const Node* figures = reader_.optional("figures")) {
    out_.figures = read_figures(*figures, design, problems_);
  }
}

// What a level has wrong by itself has been reported by now: what appears here is of the combination.
void ExperimentReader::read_cells() {
  if (!cells_) return;
  std::size_t seen = 0;
  for (const LevelIndexes& indexes : *cells_) {
    if (problems_.full() || (!problems_.none() && seen++ >= kCellsOfWrongConfig)) {
      problems_.cut_cells();
      break;
    }
    const Cell cell = cell_of(indexes, factors_);
    problems_.set_cell(&cell);
    const NodePtr tree = tree_of(indexes, factors_, root_);
    Draft draft = read_trial(*tree, context_, true);
    check_combination(*tree, draft, context_);
    problems_.set_cell(nullptr);
    out_.cells.push_back({cell, std::move(draft.trial)});
  }
}

// Timing takes away the overlap of accesses, and sampling makes faults dearer: what it cost must be seen.
void ExperimentReader::check_twins() {
  constexpr std::string_view kPath = "workload.latency";
  const bool is_factor = std::any_of(factors_.begin(), factors_.end(),
                                     [&](const FactorPlan& factor) { return factor.name == kPath; });
  std::set<std::string> untimed;
  for (const ResolvedCell& cell : out_.cells) {
    if (cell.trial.workload.latency == Latency::off) untimed.insert(to_json(cell.trial).dump());
  }
  const Node* factors = root_->find("factors");
  const Node* levels = factors == nullptr ? nullptr : factors->find(kPath);
  const Place& place = levels != nullptr ? *levels->place : locate(*root_, kPath);
  for (const ResolvedCell& cell : out_.cells) {
    Trial twin = cell.trial;
    if (twin.workload.latency == Latency::off) continue;
    twin.workload.latency = Latency::off;
    if (is_factor && untimed.contains(to_json(twin).dump())) continue;
    problems_.set_cell(&cell.cell);
    problems_.add(Rule::latency_twin, place, "accesses are timed without an untimed twin to compare with",
                  "write \"factors\": {\"workload.latency\": [\"off\", \"full\"]}, and exclude no twin");
    problems_.set_cell(nullptr);
  }
}

void ExperimentReader::resolve(const Draft& base) {
  Json& json = out_.resolved;
  json = {{"schema_version", 1}, {"name", out_.name}, {"question", out_.question}};
  json.update(resolved_trial(*root_, base, context_.catalogue));
  json["factors"] = resolved_factors(factors_, root_->find("factors"));
  json["include"] = resolved_filter(filters_.include, factors_);
  json["exclude"] = resolved_filter(filters_.exclude, factors_);
  json["trials"] = out_.trials;
  json["seed"] = out_.seed;
  json["expect"] = out_.expect;
  json["figures"] = out_.figures;
  for (const FactorPlan& plan : factors_) {
    Factor factor{plan.name, {}};
    for (const LevelPlan& level : plan.levels) {
      Level& each = factor.levels.emplace_back(Level{level.label, {}});
      for (const auto& [path, value] : level.set) each.set.emplace_back(path, plain(*value));
    }
    out_.factors.push_back(std::move(factor));
  }
}

}  // namespace

std::string to_string(const Problem& problem) {
  std::string text = problem.file;
  if (problem.line > 0) text += fmt::format(":{}:{}", problem.line, problem.column);
  text += ": ";
  if (!problem.path.empty()) text += problem.path + ": ";
  text += problem.what;
  if (!problem.remedy.empty()) text += "\n  " + problem.remedy;
  return text;
}

ReadResult read_experiment(std::string_view text, const std::string& file, const Catalogue& catalogue) {
  Problems problems(file);
  ReadResult result;
  const Document document = parse(text, problems);
  if (document.root != nullptr) {
    result.experiment = ExperimentReader(document.root, catalogue, problems).read();
    result.experiment.source_path = file;
  }
  result.problems = problems.sorted();
  return result;
}

}  // namespace faultlab::config
