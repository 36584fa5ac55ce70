"""`python3 plots/study RUN_DIR`: writes study.json, and what else the run or the options ask for, and says
what it says.

Exit codes: 0 done (a refuted expectation is a finding), 1 with --strict when one is refuted,
2 when the folder cannot be read.
"""

import argparse
import sys
import warnings
from pathlib import Path

# Run by folder name, Python puts plots/study on its path; the package's parent belongs there.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

import break_even  # noqa: E402
import prices  # noqa: E402
import simulation  # noqa: E402
from load import LoadError, load_run  # noqa: E402
from model import predict, price_list, report  # noqa: E402
from study import advice, claims, terminal  # noqa: E402
from study.study import study, write  # noqa: E402


def main(arguments=None):
    options = _options(arguments)
    warnings.simplefilter("ignore")  # what load_run warns of is shown as a remark
    try:
        lists = price_list.read(options.model)
        run = load_run(options.run_dir)
        # What a price list lacks for its break-even, others have.
        others = break_even.read(options.model) if prices.wanted(run.manifest) else []
    except LoadError as error:
        print(f"study: {error}", file=sys.stderr)
        return 2
    if options.program and simulation.wanted(run.manifest):
        try:
            simulation.write(run, simulation.simulate(run, options.program))
            run = load_run(options.run_dir)
        except LoadError as error:
            print(f"study: {error}", file=sys.stderr)
            return 2
    result = study(run)
    path = write(run, result)
    claims.write(run, result)
    advice.write(run, result, prices.machine(run))
    texts = [str(path) if options.json else terminal.render(run, result, sys.stdout)]
    if prices.wanted(run.manifest):
        prices.write(run, result)
        break_even.write(run, others)
        lists = price_list.read([*options.model, run.path])
    if lists.runs and any(row["outcome"] == "ok" for _, row in predict.work(run)):
        modelled = report.model(run, lists, prices.machine(run))
        model_path, _ = report.write(run, modelled)
        texts.append(str(model_path) if options.json else f"\n{report.render(modelled)}")
    print("\n".join(texts))
    refuted = any(e["verdict"] == "refuted" for e in result["expectations"])
    return 1 if options.strict and refuted else 0


def _options(arguments):
    parser = argparse.ArgumentParser(
        prog="plots/study", description="Medians, ratios and verdicts of one run.")
    parser.add_argument("run_dir", type=Path, metavar="RUN_DIR",
                        help="results/<experiment>/<run>")
    parser.add_argument("--program", metavar="FAULTLAB",
                        help="the program, which prints the traces that are simulated; without it "
                             "what was simulated before stands")
    parser.add_argument("--model", metavar="PRICES_RUN", action="append", default=[],
                        help="a run of a price list: predict the trials' times from it (model.json, model.md); "
                             "given again, later prices count, and the run's own prices last")
    parser.add_argument("--json", action="store_true",
                        help="print the path of study.json alone, and of model.json where it is made")
    parser.add_argument("--strict", action="store_true",
                        help="exit with 1 when an expectation is refuted")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
