// The command line: words to commands. The only place that exits.
#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdlib>
#include <functional>
#include <system_error>

#include "app/commands.hpp"
#include "app/completion.hpp"
#include "app/manual.hpp"
#include "app/paths.hpp"
#include "app/terminal.hpp"
#include "catalogue/tables.hpp"
#include "host/guardian.hpp"
#include "os/file.hpp"
#include "pressure/antagonist_process.hpp"
#include "pressure/balloon_process.hpp"
#include "run/protocol.hpp"
#include "run/scenario_worker.hpp"
#include "run/worker.hpp"
#include "sink/receiver_process.hpp"

namespace faultlab::app {
namespace {

constexpr const char* kCalibrateFooter = R"(Examples:
  faultlab calibrate                        every scenario against every source, a line each
  faultlab calibrate --verbose anon_write   all rows of one: predicted, rule, measured, residual, verdict
  faultlab calibrate --quick --json         fewer pages, everything as JSON
  faultlab list scenarios                   what there is, and what this host lacks for it

Exit codes: 0 every scenario with a fixed forecast closes; 1 one does not; 2 usage error; 3 the host
cannot do it. What the counters count: docs/counters.md)";

constexpr const char* kOffsetsFooter =
    R"(Prints block numbers, one a line in the order of the accesses; the byte offset is the number times
workload.block. They are those of the window: what a warm or steady start read before it is not among them.
With --json: the same with the size of a block, the number of blocks, and the checksum that proves them.

Examples:
  faultlab offsets results/eviction/<run id> 17 > trace.txt
  faultlab offsets results/eviction/<run id> 17 --worker 1 --json)";

constexpr const char* kExecFooter =
    R"(First it runs once without a limit, and its peak memory is printed: what shares are of. Then it runs
--trials times without a limit and within each, in turns, every time as a fresh process in a memory cgroup.
A verdict "confirmed" says that the limit costs less than a tenth, in time or in bytes read from the device.

Examples:
  faultlab exec -- ./my_app --its --arguments
  faultlab exec --limit 75% --limit 50% --limit "64 MiB" --trials 10 -- ./my_app
  faultlab exec --files data/ --files index.bin --start cold -- ./my_app data/)";

constexpr const char* kCompletionFooter = R"(Examples:
  source <(faultlab completion bash)                                    for this shell; or in ~/.bashrc
  faultlab completion zsh > FOLDER/_faultlab                            a folder of zsh's fpath
  faultlab completion fish > ~/.config/fish/completions/faultlab.fish)";

constexpr const char* kManFooter = R"(Examples:
  man -l <(faultlab man)                                    to read it
  faultlab man > ~/.local/share/man/man1/faultlab.1         so that `man faultlab` finds it)";

constexpr const char* kCompareFooter = R"(Examples:
  faultlab compare RUN RUN                                 two runs of one experiment: machines, kernels, commits
  faultlab compare RUN RUN --bound 'ops_per_second 5%'     exit 1 on a regression
  faultlab compare RUN fio.json --figure figures           beside fio

Exit codes: 0 compared; 1 a bound is crossed; 2 usage, or something that cannot be read.)";

// Runs the command and sees its output through. fmt::print throws where stdout fails; the exception unwinds
// the guards, so that the host is as it was. (What SIGPIPE would kill at once must not be killed while it
// holds guards: measuring commands ignore it.)
int deliver(const std::function<int()>& command) {
  const auto failed = [](int code, const std::string& what) {
    if (code == EPIPE) return static_cast<int>(ExitCode::reader_gone);
    print_error(what, "give standard output a place that can take it");
    return static_cast<int>(ExitCode::some_trials_failed);
  };
  try {
    const int status = command();
    const auto flushed = os::flush(stdout);
    return flushed ? status : failed(flushed.error().code, flushed.error().what);
  } catch (const std::system_error& error) {
    return failed(error.code().value(), error.what());
  }
}

constexpr const char* kFooter = R"(Examples:
  faultlab run quickstart                      the first experiment, with figures
  faultlab plan experiments/quickstart         what it would do, and change on this host
  faultlab new my-question                     a config to edit
  faultlab validate my.json                    every problem, with file, line and path
  faultlab resume results/quickstart/<run id>  go on after a kill
  faultlab run quickstart --no-probes          its times, with nothing else going on
  faultlab exec --limit 50% -- ./my_app        what less memory costs a program of yours
  faultlab doctor                              what this host supports, and what would help
  faultlab calibrate                           do this kernel's fault counters count what they should?

)";

// The whole command line; `chosen` becomes the command that was typed.
class CommandLine {
 public:
  CommandLine(int argc, char** argv) : argc_(argc), argv_(argv) {
    common_.words.assign(argv + 1, argv + argc);
    app_.require_subcommand(1);
    app_.footer(kFooter + exit_codes_text());
    app_.set_version_flag("--version", FAULTLAB_VERSION);
    add_measuring();
    add_exec();
    add_results();
    add_offsets();
    add_calibrating();
    add_looking();
    add_describing();
  }

  int run() {
    if (const auto unknown = unknown_command()) {
      print_error("there is no command " + *unknown, "`faultlab --help` lists the commands");
      return static_cast<int>(ExitCode::usage);
    }
    try {
      app_.parse(argc_, argv_);
    } catch (const CLI::ParseError& error) {
      // CLI11 has codes of its own for each kind of error; ours are documented.
      return app_.exit(error) == 0 ? 0 : static_cast<int>(ExitCode::usage);
    }
    if (common_.results.empty()) common_.results = default_results();
    if (common_.data.empty()) common_.data = default_data(common_.results);
    return static_cast<int>(chosen_());
  }

 private:
  // CLI11 only says that a subcommand is required, not that this one is none.
  std::optional<std::string> unknown_command() const {
    if (argc_ < 2 || argv_[1][0] == '-') return std::nullopt;
    const std::string word = argv_[1];
    const auto of_that_name =
        app_.get_subcommands([&](const CLI::App* sub) { return sub->get_name() == word; });
    return of_that_name.empty() ? std::optional(word) : std::nullopt;
  }

  CLI::App* command(const char* name, const char* summary, std::function<ExitCode()> action) {
    CLI::App* sub = app_.add_subcommand(name, summary);
    sub->add_option("--results", common_.results, "Folder of run folders (default: results/ of the project)")
        ->type_name("FOLDER");
    sub->add_option("--data", common_.data, "Folder of datasets (default: .data in the results folder)")
        ->type_name("FOLDER");
    sub->add_flag("--json", common_.json, "Machine-readable output on stdout");
    sub->add_flag("--quiet", common_.quiet, "No progress on stderr");
    sub->callback([this, action = std::move(action)] { chosen_ = action; });
    return sub;
  }

  void add_target(CLI::App* sub, const char* name, const char* meaning) {
    sub->add_option(name, options_.target, meaning)->required();
  }

  void add_measuring() {
    auto* run = command("run", "Run an experiment, study it, draw its figures",
                        [this] { return run_experiment(common_, options_); });
    add_target(run, "experiment", "A config file, a folder with experiment.json, or an experiment's name");
    run->add_flag("--no-probes", options_.no_probes,
                  "Neither probes nor a time series: the twin of a run, for its times alone");
    auto* resume = command("resume", "Go on with a run that was stopped",
                           [this] { return resume_run(common_, options_); });
    add_target(resume, "run", "A run folder");
    for (auto* sub : {run, resume}) {
      add_strict(sub);
      sub->add_flag("--no-study", options_.no_study, "Only measure: no study.json, no figures");
    }
  }

  void add_strict(CLI::App* sub) {
    sub->add_flag("--strict", options_.strict, "Exit 1 when an expectation is refuted");
  }

  static CLI::Option* add_repeated(CLI::App* sub, const char* name, std::vector<std::string>& values,
                                   const char* type, const char* meaning) {
    // One value each time: an option that took more would take the -- behind it as their end.
    return sub->add_option(name, values, meaning)
        ->type_name(type)
        ->take_all()
        ->expected(1)
        ->allow_extra_args(false);
  }

  void add_results() {
    auto* study = command("study", "Compute study.json, the figures and the report of a run again",
                          [this] { return study_run(common_, options_); });
    add_target(study, "run", "A run folder");
    add_repeated(
        study, "--model", options_.price_lists, "PRICES_RUN",
        "A run of a price list: predict every trial's time from its counts (docs/model.md); repeatable");
    add_strict(study);
    add_comparing();
    add_exporting();
    auto* report = command("report", "Write report.html of a run again, or a bundle for a paper",
                           [this] { return report_runs(common_, report_); });
    report->add_option("runs", report_.runs, "Run folders")->required();
    report->add_option("--out", report_.out, "The report's file (default: report.html in the run folder)");
    report->add_option("--paper", report_.paper,
                       "Make this folder: figures, tables, numbers for LaTeX, raw data, configs, checksums");
    auto* reproduce = command("reproduce", "Run a paper's bundle again, and say what agrees with it",
                              [this] { return reproduce_bundle(common_, reproduce_); });
    reproduce->add_option("bundle", reproduce_.bundle, "What `faultlab report --paper` made")->required();
    reproduce->add_option("--trials", reproduce_.trials, "Per cell, fewer than the bundle's configs say");
    reproduce->add_option("--only", reproduce_.only, "One experiment of the bundle");
  }

  void add_comparing() {
    auto* compare = command("compare", "What differs between runs: provenance, then ratios, cell by cell",
                            [this] { return compare_runs(common_, compare_); });
    compare
        ->add_option("runs", compare_.runs,
                     "Run folders, or JSON files of fio; the others are compared with the first")
        ->required();
    add_repeated(compare, "--metric", compare_.metrics, "METRIC", "What is compared; repeatable");
    add_repeated(compare, "--bound", compare_.bounds, "'METRIC 5%'",
                 "Exit 1 where this is worse than in the first run by more; repeatable");
    add_repeated(compare, "--of-factor", compare_.of_factors, "FACTOR=LEVEL",
                 "Only this level of a factor that not every run has; repeatable");
    compare
        ->add_option("--match", compare_.matches,
                     "Later runs' cells that stand for cells of the first; repeatable")
        ->type_name("CELL CELL")
        ->take_all();
    compare->add_option("--figure", compare_.figures, "Draw the ratios into this folder");
    compare->footer(kCompareFooter);
  }

  void add_exporting() {
    auto* exporting =
        command("export", "Write trials.csv and benchmark.json of a run again, or another format",
                [this] { return export_run(common_, export_); });
    exporting->add_option("run", export_.run, "A run folder")->required();
    exporting->add_option(
        "--as", export_.format,
        "hyperfine, github-action-benchmark, bencher, fio-csv or google-benchmark (docs/compare.md)");
    add_repeated(exporting, "--metric", export_.metrics, "METRIC", "What --as exports; repeatable");
    exporting->add_option("--out", export_.out, "The file of --as (default: standard output)");
  }

  void add_exec() {
    auto* sub = command("exec", "Run any program with all the memory it wants, and with less; study it",
                        [this] { return execute_program(common_, exec_); });
    sub->add_option("program", exec_.program, "The program and its arguments, after --")->required();
    add_repeated(sub, "--limit", exec_.limits, "LIMIT",
                 "A share of its peak, or a size; repeatable (default: 50%)");
    add_repeated(sub, "--files", exec_.files, "PATH",
                 "A file or folder that it reads: dropped from memory before each trial; repeatable");
    sub->add_option("--start", exec_.start, "cold: nothing of the files in memory; warm: all of them")
        ->check(CLI::IsMember({"cold", "warm"}));
    sub->add_option("--trials", exec_.trials, "Of each limit, and without one")
        ->check(CLI::Range(1U, 10000U));
    sub->add_option("--swap", exec_.swap, "Give each trial a swap file of this size, such as \"1 GiB\"")
        ->type_name("SIZE");
    sub->add_option("--wall", exec_.wall, "The longest that a trial may take")
        ->type_name("TIME")
        ->capture_default_str();
    sub->add_flag("--marked", exec_.marked, "Its window is what the program marks (docs/applications.md)");
    sub->footer(kExecFooter);
  }

  void add_offsets() {
    auto* sub = command("offsets", "Print what one worker of a trial reached, access by access",
                        [this] { return print_offsets(common_, offsets_); });
    sub->add_option("run", offsets_.run, "A run folder")->required();
    sub->add_option("sequence", offsets_.sequence, "The trial's place in the run's order")->required();
    sub->add_option("--worker", offsets_.worker, "Which of its threads (default: 0)");
    sub->footer(kOffsetsFooter);
  }

  void add_calibrating() {
    auto* sub = command("calibrate", "Count kernel events of known size with every source; compare",
                        [this] { return calibrate(common_, calibrate_); });
    sub->add_option("scenarios", calibrate_.scenarios, "Names of scenarios (default: all)");
    sub->add_flag("--quick", calibrate_.quick, "Fewer pages, same rules");
    sub->add_option("--shift", calibrate_.shift,
                    "Judge as if every prediction were so many more: no row may close");
    sub->add_flag("--verbose", calibrate_.verbose, "Every row of every scenario");
    sub->footer(kCalibrateFooter);
  }

  void add_looking() {
    auto* listing = command(
        "list", "Experiments, engines, orders, pressures, probes, media, swaps, scenarios, knobs, metrics",
        [this] { return list(common_, list_); });
    listing->add_option("kind", list_.kind, "Only this kind");
    listing->add_flag("--markdown", list_.markdown,
                      "The catalogue of experiments, as a page: experiments/README.md");
    command("doctor", "What this host supports, with a remedy for each lack", [this] {
      return doctor(common_, fix_hints_);
    })->add_flag("--fix-hints", fix_hints_, "Print the remedies as a shell script; nothing is done");
    command("validate", "Check configs; all problems at once", [this] { return validate(common_, configs_); })
        ->add_option("configs", configs_, "Config files or experiments")
        ->required();
    add_target(command("plan", "Cells, trials, order, estimates, and every change to the host",
                       [this] { return show_plan(common_, options_.target); }),
               "experiment", "A config file, a folder with experiment.json, or an experiment's name");
    command("recover", "Put back what a killed run left on the host", [this] { return recover(common_); });
    command("schema", "Print the JSON Schema of experiment configs", [] { return print_schema(); });
    auto* making = command("new", "Start an experiment: a folder with a config and a README",
                           [this] { return make_experiment(common_, new_); });
    making->add_option("name", new_.name, "The experiment's name: small letters, digits, dashes")->required();
    making->add_option("--from", new_.from, "Copy the config of this one")->type_name("EXPERIMENT");
  }

  void add_describing() {
    auto* sub = command("completion", "Print a script that completes this command line in a shell",
                        [this] { return print_completion(common_, completion_, command_tree(app_)); });
    sub->add_option("shell", completion_.shell, "Which")->check(CLI::IsMember({"bash", "zsh", "fish"}));
    sub->add_option("--values", completion_.values)->group("");  // what the scripts ask for
    sub->footer(kCompletionFooter);
    command("man", "Print the manual page", [this] {
      return print_manual(command_tree(app_), FAULTLAB_VERSION);
    })->footer(kManFooter);
  }

  int argc_;
  char** argv_;
  CLI::App app_{"faultlab: memory-mapped-file and page-fault experiments", "faultlab"};
  Common common_;
  RunOptions options_;
  CalibrateOptions calibrate_;
  OffsetsOptions offsets_;
  ExecOptions exec_;
  ListOptions list_;
  NewOptions new_;
  CompletionOptions completion_;
  bool fix_hints_ = false;
  ExportOptions export_;
  CompareOptions compare_;
  ReportOptions report_;
  ReproduceOptions reproduce_;
  std::vector<std::string> configs_;
  std::function<ExitCode()> chosen_;
};

}  // namespace
}  // namespace faultlab::app

int main(int argc, char** argv) {
  // The trial's own process: no command line, only inherited descriptors.
  if (argc == 2 && std::string_view(argv[1]) == faultlab::run::kWorkerWord) {
    return faultlab::run::work_as_child(faultlab::full_catalogue());
  }
  if (argc == 2 && std::string_view(argv[1]) == faultlab::run::kScenarioWord) {
    return faultlab::run::work_on_scenario(faultlab::full_catalogue());
  }
  if (argc == 5 && std::string_view(argv[1]) == faultlab::kAntagonistWord) {
    return faultlab::work_as_antagonist(std::strtoull(argv[2], nullptr, 10),
                                        std::strtoull(argv[3], nullptr, 10),
                                        std::string_view(argv[4]) == "file");
  }
  if (argc == 4 && std::string_view(argv[1]) == faultlab::host::kGuardianWord) {
    return faultlab::host::work_as_guardian(argv[2], argv[3]);
  }
  if (argc == 2 && std::string_view(argv[1]) == faultlab::kBalloonWord) return faultlab::work_as_balloon();
  if (argc == 2 && std::string_view(argv[1]) == faultlab::sink::kReceiverWord) {
    return faultlab::sink::work_as_receiver();
  }
  return faultlab::app::deliver([&] { return faultlab::app::CommandLine(argc, argv).run(); });
}
