// The engine `scenario`: one of the kernel events that `calibrate` counts is the trial, and is timed.
#include "engine/policy.hpp"

namespace faultlab {

extern const EngineSpec scenario_engine;
constinit const EngineSpec scenario_engine = {
    .row = {.name = "scenario",
            .summary = "one kernel event (workload.scenario), once for each page of dataset.size, timed as a "
                       "whole; its counts must be those that are forecast"},
    .shape = Shape::scenario,
    .advices = engine::kNormalOnly,
    .uses_dataset = false,
    .make = []() -> std::unique_ptr<Engine> { return nullptr; }};

}  // namespace faultlab
