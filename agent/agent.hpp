// The delivery agent: builds every part in lifetime order, runs until SIGTERM or SIGINT, drains,
// stops.
// Runs on: the calling thread becomes the dispatcher's loop.
#pragma once

#include "config/settings.hpp"
#include "runtime/event_log.hpp"

namespace greyhound::agent {

// The exit code of `greyhound run`: 0 after an orderly stop, 74 if the store or a socket cannot be
// opened, 78 if a setting proves wrong only then (port taken, folder not ours).
int run(config::Settings settings, EventLog& log);

}  // namespace greyhound::agent
