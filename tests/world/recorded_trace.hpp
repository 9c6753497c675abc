// RecordedTrace: a watcher that wants everything and keeps it: "> sent", "< received", "* remark".
// Runs on: one loop; a test reads it when that stands still.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "mail/trace.hpp"

namespace greyhound::world {

class RecordedTrace final : public mail::Trace {
 public:
  bool is_watched() const override { return true; }
  bool wants(const mail::TraceSubject&) const override { return true; }
  void show(const mail::TraceSubject& subject, mail::TraceKind kind, std::string line) override {
    const auto* const mark = kind == mail::TraceKind::sent       ? "> "
                             : kind == mail::TraceKind::received ? "< "
                                                                 : "* ";
    lines.push_back(mark + std::move(line));
    subjects.push_back(subject);
  }

  std::vector<std::string> lines;
  std::vector<mail::TraceSubject> subjects;  // of each line
};

}  // namespace greyhound::world
