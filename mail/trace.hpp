// Trace: the port for those who watch attempts as they happen. What goes through it is for an
// operator's eyes: never a byte of a message, never a secret.
// Runs on: any thread, all members alike.
// Limits: show() waits for nobody; a watcher that is slow loses lines.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "runtime/ip.hpp"

namespace greyhound::mail {

enum class TraceKind : std::uint8_t { sent, received, remark };

// What a line is about; a watcher may have asked for any of it.
struct TraceSubject {
  std::string delivery;                 // its id
  std::string domain;                   // of its recipients
  std::string host = {};                // the MX; empty: none yet
  std::optional<Endpoint> remote = {};  // none: none yet
};

class Trace {
 public:
  Trace() = default;
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;
  virtual ~Trace() = default;

  // Costs next to nothing: asked before anything is written down for a watcher.
  virtual bool is_watched() const = 0;

  virtual bool wants(const TraceSubject& subject) const = 0;
  virtual void show(const TraceSubject& subject, TraceKind kind, std::string line) = 0;
};

// For those who have nobody to show anything to.
Trace& nobody_watches();

}  // namespace greyhound::mail
