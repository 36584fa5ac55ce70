// The engine `command`: any program of the user's is the trial, under the same pressure and probes.
#include "engine/policy.hpp"

namespace faultlab {

extern const EngineSpec command_engine;
constinit const EngineSpec command_engine = {
    .row = {.name = "command",
            .summary =
                "runs workload.command, timed from exec to exit; its accesses and checksum are unknown"},
    .shape = Shape::command,
    .advices = engine::kNormalOnly,
    .uses_dataset = false,
    .make = []() -> std::unique_ptr<Engine> { return nullptr; }};

}  // namespace faultlab
