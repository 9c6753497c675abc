// greylisters.json: the catalogue of known greylisters, shipped and extended by the admin's own.
// An entry with the id of a shipped one stands in its place and has from it what it leaves out.
// Errors: Problems; entries that have one are left out.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "config/problem.hpp"
#include "scheduler/scheduler_settings.hpp"

namespace greyhound::config {

using CataloguePtr = std::shared_ptr<const scheduler::Catalogue>;

// The shipped catalogue, read once.
const CataloguePtr& shipped_catalogue();

// The entries of `text` and no others, in its order; `file` names it in problems.
scheduler::Greylisters read_greylisters(const std::string& file,
                                        std::string_view text,
                                        Problems& problems);

// The shipped catalogue with `own` in it.
CataloguePtr extended(scheduler::Greylisters own);

}  // namespace greyhound::config
