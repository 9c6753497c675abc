// What `config check` says of retry.json: how its greylist series gets mail past each known
// greylister, and which of them it never would. Pure but for the printing.
#pragma once

#include "cli/console.hpp"
#include "config/loader.hpp"
#include "config/settings.hpp"

namespace greyhound::cli {

// A warning for each rule and reason, with all the greylisters that it concerns.
config::Problems coverage_problems(const config::LoadedSettings& loaded);

// One row per greylister with a known window, for each rule that greylisted mail may go by; rules
// that fare alike are named together.
void print_coverage(const config::Settings& settings, std::ostream& out);
void print_coverage_json(const config::Settings& settings, std::ostream& out);

}  // namespace greyhound::cli
